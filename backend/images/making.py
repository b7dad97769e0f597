"""How an image came to be, as it stands in our own JSON: its templates, and its cell. Pure.

`template` and `negative_template` are {"text", "number", "seed"}, `place` is {"experiment", "x",
"y", "z", "repeat"}; older files have none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.types import ID, SEED_MAX, CellPlace, Making, Template

_AXES = ("x", "y", "z", "repeat")
_PLACE_MAX = 100_000
_NUMBER_MAX_DIGITS = 4000
_TEXT_MAX_CHARS = 10_000


def template_table(one: Template | None) -> dict[str, Any] | None:
    """Return a template as a table, None where there is none."""
    if one is None:
        return None
    return {"text": one.text, "number": one.number, "seed": one.seed}


def making_tables(making: Making | None) -> dict[str, Any]:
    """Return what is known of the making, by its names in the JSON; nothing where nothing is."""
    if making is None:
        return {}
    place = making.place
    known = {
        "template": template_table(making.template),
        "negative_template": template_table(making.negative_template),
        "place": place
        and {"experiment": place.experiment} | {name: getattr(place, name) for name in _AXES},
    }
    return {name: table for name, table in known.items() if table is not None}


def making_of(found: object) -> Making | None:
    """Return what a file's JSON says of the making, as far as it makes sense.

    Nothing depends on it, so what makes none is passed over, and the image keeps its record.
    """
    if not isinstance(found, Mapping):
        return None
    made = Making(
        template_of(found.get("template")),
        template_of(found.get("negative_template")),
        _place(found.get("place")),
    )
    return None if made == Making() else made


def template_of(table: object) -> Template | None:
    """Return the template that a table names, None where it names none."""
    if not isinstance(table, Mapping):
        return None
    text, number, seed = table.get("text"), table.get("number"), table.get("seed")
    if not isinstance(text, str) or not 0 < len(text) <= _TEXT_MAX_CHARS or "\0" in text:
        return None
    if type(number) is not int or not 0 <= number < 10**_NUMBER_MAX_DIGITS:
        return None
    if seed is not None and (type(seed) is not int or not 0 <= seed <= SEED_MAX):
        return None
    return Template(text.encode("utf-8", "replace").decode(), number, seed)


def _place(table: object) -> CellPlace | None:
    if not isinstance(table, Mapping):
        return None
    own, at = table.get("experiment"), [table.get(name) for name in _AXES]
    if not isinstance(own, str) or not ID.fullmatch(own):
        return None
    if not all(type(number) is int and 0 <= number < _PLACE_MAX for number in at):
        return None
    x, y, z, repeat = at
    return CellPlace(own, x, y, z, repeat)  # type: ignore[arg-type]  # whole numbers, see above
