"""What an experiment varies, as programs and files say it: checked for its shape alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.errors import InvalidInput
from backend.experiments.numbers import VALUES_MAX
from backend.said import Said, listed, msg
from backend.text import cut
from backend.types import SEED_MAX

AXES = ("x", "y", "z")
REPEATS_MAX = 100
TITLE_MAX_CHARS = 200

KINDS = ("grid", "words", "blind")
"""What an experiment can be; each other than a grid has a table of its own under its name."""

_FIELDS = ("kind", "title", "base", "axes", "repeats", *KINDS[1:])


@dataclass(frozen=True, slots=True)
class Given:
    """One axis as it was given: its kind and its values; `templates`: braces in them are choices.

    Of those `take` are taken, at random by `take_seed`, which is drawn where there is none.
    """

    kind: str
    values: object
    templates: bool = False
    take: int | None = None
    take_seed: int | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """An experiment: `base` holds the model and what does not vary, `axes` what does.

    `own` is what the kind alone has, as it was given.
    """

    title: str
    base: Mapping[str, object]
    axes: Mapping[str, Given] = field(default_factory=dict)
    repeats: int = 1
    kind: str = "grid"
    own: Mapping[str, object] = field(default_factory=dict)


def read_spec(document: object) -> Spec:
    """Return what a document of plain tables says.

    Raises: InvalidInput with a field such as `axes.x`.
    """
    tables = _table(document, "", _FIELDS)
    kind = tables.get("kind", "grid")
    if kind not in KINDS:
        raise _wrong("kind", msg("An experiment is one of {kinds}.", kinds=listed(KINDS)))
    own = {} if kind == "grid" else _table(tables.get(kind, {}), kind)
    title = tables.get("title", "")
    if not isinstance(title, str) or len(title) > TITLE_MAX_CHARS:
        raise _wrong(
            "title", msg("The title is a text of at most {most} characters.", most=TITLE_MAX_CHARS)
        )
    base = _table(tables.get("base", {}), "base")
    if not base:
        raise _wrong("base", msg("What does not vary is missing: a model and a prompt."))
    axes = {}
    for name, given in _table(tables.get("axes", {}), "axes", AXES).items():
        axes[name] = _axis(name, given)
    repeats = tables.get("repeats", 1)
    if isinstance(repeats, bool) or not isinstance(repeats, int) or not 1 <= repeats <= REPEATS_MAX:
        raise _wrong(
            "repeats", msg("Repeats are a whole number from 1 to {most}.", most=REPEATS_MAX)
        )
    return Spec(title.strip(), base, axes, repeats, kind, own)


def _axis(name: str, given: object) -> Given:
    field = f"axes.{name}"
    table = dict(_table(given, field))
    templates = table.pop("templates", False)
    if not isinstance(templates, bool):
        raise _wrong(field, msg("templates is neither true nor false."))
    take = _whole(table.pop("take", None), field, 1, VALUES_MAX)
    take_seed = _whole(table.pop("take_seed", None), field, 0, SEED_MAX)
    if len(table) != 1:
        raise _wrong(field, msg("An axis varies one thing; here are {count}.", count=len(table)))
    ((kind, values),) = table.items()
    return Given(kind, values, templates, take, take_seed)


def _whole(value: object, field: str, least: int, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(
            field,
            msg("take and take_seed are whole numbers; take is from 1 to {most}.", most=VALUES_MAX),
        )
    return value


def _table(value: object, field: str, names: tuple[str, ...] = ()) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise _wrong(field or None, msg("This is no table of names and values."))
    for name in value:
        if names and name not in names:
            raise InvalidInput(
                msg("There is no field called {name}.", name=cut(name, 40)),
                msg("There are {names}.", names=listed(names)),
                field=f"{field}.{name}" if field else name,
            )
    return value


def _wrong(field: str | None, message: Said) -> InvalidInput:
    return InvalidInput(message, field=field)
