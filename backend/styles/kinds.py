"""What a style and a preset are, and what of a stranger's can be one. Pure.

Nothing that comes in is trusted: every text and name is looked at here, whoever wrote it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.errors import InvalidInput
from backend.said import msg
from backend.text import shortened
from backend.types import COUNT_MAX, Value

NAME_MAX_CHARS = 100
TEXT_MAX_CHARS = 10_000
STYLES_MAX = 2_000
PRESETS_MAX = 500
WORN_MAX = 20
"""Styles on one prompt."""

_VALUES_MAX = 64
_WHOLE_MAX = 2**64
_CONTROL = re.compile("[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBERED = re.compile(r" \(\d+\)$")
_PARAMETER = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class Style:
    """Texts that go around a prompt, or behind it: see compose.py. Either may be empty."""

    name: str
    prompt: str = ""
    negative_prompt: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """A form under a name. What it leaves open, a form keeps as it is.

    `model` is an id or another program's name, "" for any; `values` are the parameters by name,
    with `prompt` where it has one; `random_seed` and `count` are the form's own; `styles` names.
    """

    name: str
    model: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    styles: tuple[str, ...] = ()
    random_seed: bool | None = None
    count: int | None = None


def read_name(given: object) -> str:
    """Return a name as it is kept: composed letters, no blanks around it. Raises: InvalidInput."""
    if not isinstance(given, str):
        raise InvalidInput(msg("The name is no text."), msg("Give it a name."), field="name")
    if len(given) > 10 * NAME_MAX_CHARS:  # to compose a megabyte of accents takes its time
        raise _too_long(given)
    name = unicodedata.normalize("NFC", given).strip()
    if not name:
        raise InvalidInput(msg("The name is empty."), msg("Give it a name."), field="name")
    if len(name) > NAME_MAX_CHARS:
        raise _too_long(name)
    if _CONTROL.search(name):
        raise InvalidInput(
            msg("The name holds a line break or another sign that is not shown."),
            msg("Write it on one line."),
            field="name",
        )
    return name


def read_style(given: Mapping[str, Any]) -> Style:
    """Return the style that is given by our names. Raises: InvalidInput."""
    style = Style(
        read_name(given.get("name")),
        _text(given.get("prompt"), "prompt"),
        _text(given.get("negative_prompt"), "negative_prompt"),
    )
    if not style.prompt and not style.negative_prompt:
        raise InvalidInput(
            msg("It has no text."),
            msg("Write what the style adds to a prompt or to a negative prompt."),
            field="prompt",
        )
    return style


def read_preset(given: Mapping[str, Any]) -> Preset:
    """Return the preset that is given by our names. Raises: InvalidInput."""
    name = read_name(given.get("name"))
    model, values = given.get("model") or "", given.get("values") or {}
    if not isinstance(model, str) or len(model) > 300 or _CONTROL.search(model):
        raise InvalidInput(msg("The model is no name of one."), field="model")
    if not isinstance(values, Mapping) or len(values) > _VALUES_MAX:
        raise InvalidInput(msg("The values are no table of parameters."), field="values")
    random_seed, count = given.get("random_seed"), given.get("count")
    if random_seed is not None and not isinstance(random_seed, bool):
        raise InvalidInput(
            msg("{name} is neither true nor false.", name="random_seed"), field="random_seed"
        )
    if count is not None and (
        isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= COUNT_MAX
    ):
        raise InvalidInput(
            msg("The number of images is none from 1 to {most}.", most=COUNT_MAX), field="count"
        )
    return Preset(
        name,
        model,
        {key: _value(key, value) for key, value in values.items() if value is not None},
        read_names(given.get("styles")),
        random_seed,
        count,
    )


def read_names(given: object) -> tuple[str, ...]:
    """Return the names of styles in their order, each once. Raises: InvalidInput."""
    if given is None:
        return ()
    if not isinstance(given, list | tuple) or not all(isinstance(name, str) for name in given):
        raise InvalidInput(
            msg("{name} is no list of names.", name="styles"),
            msg('Write them like ["one", "another"].'),
            field="styles",
        )
    names = tuple(
        dict.fromkeys(unicodedata.normalize("NFC", name[:1000]).strip() for name in given)
    )
    if len(names) > WORN_MAX:
        raise InvalidInput(
            msg("Those are {count} styles, and {most} fit.", count=len(names), most=WORN_MAX),
            msg("Take some off."),
            field="styles",
        )
    return names


def numbered(name: str, number: int) -> str:
    """Return the name with a number behind it: "Cinema (2)"."""
    end = f" ({number})"
    return shortened(name, NAME_MAX_CHARS - len(end)) + end


def unnumbered(name: str) -> str:
    """Return the name without the number that `numbered` gave it, if any."""
    return _NUMBERED.sub("", name)


def _text(given: object, name: str) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise InvalidInput(msg("Its text is no text."), msg("Write it in quotes."), field=name)
    text = given.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > TEXT_MAX_CHARS:
        raise InvalidInput(
            msg(
                "Its text is too long: {length} characters, and {maximum} fit.",
                length=len(text),
                maximum=TEXT_MAX_CHARS,
            ),
            msg("Shorten it."),
            field=name,
        )
    if bad := _UNSENDABLE.search(text):
        code = f"U+{ord(bad.group()):04X}"
        raise InvalidInput(
            msg(
                "Its text holds a character that cannot be sent ({character}).",
                character=code,
            ),
            msg("Delete it, or type the text instead of pasting it."),
            field=name,
        )
    return text


def _value(name: object, value: object) -> Value:
    if not isinstance(name, str) or not _PARAMETER.fullmatch(name):
        raise InvalidInput(msg("One of the values has no name of a parameter."), field="values")
    if isinstance(value, str):
        return _text(value, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(msg("{name} is neither a text nor a number.", name=name), field=name)
    if not (abs(value) < _WHOLE_MAX if isinstance(value, int) else math.isfinite(value)):
        raise InvalidInput(msg("{name} is no number that can be kept.", name=name), field=name)
    return value


def _too_long(name: str) -> InvalidInput:
    return InvalidInput(
        msg(
            "The name is too long: {length} characters, and {maximum} fit.",
            length=len(name),
            maximum=NAME_MAX_CHARS,
        ),
        msg("Shorten it."),
        field="name",
    )
