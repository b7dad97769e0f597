"""Where a failure is put right: the settings' field, or a field of the form. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from backend import errors
from backend.errors import PlaygroundError
from backend.recipes.recipe import STANDARD
from backend.said import Said, msg
from ui.present.facts import PAGES
from ui.present.place import at


@dataclass(frozen=True, slots=True)
class Way:
    """A link's words, and the field of the settings that it leads to."""

    text: Said
    field: str

    @property
    def href(self) -> str:
        """The address; setup.js goes to the field that it names."""
        return at(f"{PAGES['settings'][0]}#setup-{self.field}")


# The platform's document names no page for credits: Test tells the balance, free of charge.
_TO_SETTINGS: tuple[tuple[type[PlaygroundError], Way], ...] = (
    (errors.KeyRejected, Way(msg("Enter the key again"), "api_key")),
    (errors.NoCredit, Way(msg("See what is left"), "test")),
    (errors.NotFound, Way(msg("Check the API URL"), "api_url")),
    (errors.Unreachable, Way(msg("Check the API URL"), "api_url")),
    (errors.Untrusted, Way(msg("Check the API URL"), "api_url")),
    (errors.OverLimit, Way(msg("Change your limits"), "requests_per_day")),
    (errors.MaybeCharged, Way(msg("See what is left"), "test")),
)

_OF_THE_MODEL = (errors.AccessDenied, errors.NotFound)
"""Another model may help."""


def way_of(error: PlaygroundError) -> Way | None:
    """Return where in the settings something can be done about `error`, if anywhere."""
    return next((way for kind, way in _TO_SETTINGS if isinstance(error, kind)), None)


def field_of(error: PlaygroundError, names: Iterable[str]) -> str | None:
    """Return the field of the form that `error` is about; `names` are the request's parameters.

    The platform names it for programs, or in its sentence alone: then the only one in it counts.
    """
    if isinstance(error, _OF_THE_MODEL):
        return "model"
    sent = set(names)
    if error.field in sent:
        return error.field
    if type(error) is not errors.Refused:
        return None
    if "(413)" in error.message:
        return "prompt"
    text, found = error.message.lower(), []
    for name in sorted({*STANDARD, *sent}, key=len, reverse=True):  # negative_prompt before prompt
        spelt = re.escape(name).replace("_", "[_ -]?")
        text, count = re.subn(rf"(?<![a-z]){spelt}(?![a-z])", " ", text)
        found += [name] if count else []
    return found[0] if len(found) == 1 and found[0] in sent else None
