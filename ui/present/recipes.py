"""The recipes of the examples page, read from assets/examples/recipes.toml. Pure but for that file.

A recipe travels to the form as any other does: as a link's text (backend.recipes.link).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from backend.recipes import link
from backend.recipes.recipe import EXAMPLE, Brought
from backend.said import msg
from ui.language.chosen import tell

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "examples"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One example; the fields are those that recipes.toml describes.

    `values` are by the API's names; what they leave open is the model's default.
    """

    name: str
    title: str
    tells: str
    shows: str
    model: str
    values: Mapping[str, object]
    beside: Mapping[str, object] = field(default_factory=dict)
    drawn_seed: int = 0

    @property
    def picture(self) -> str:
        """The name of its picture among static.files()."""
        return f"examples/{self.name}.webp"

    @property
    def link(self) -> str:
        """The recipe as URL-safe text, for the address of the Create page."""
        return link.encode(Brought(EXAMPLE, self.model, self.values))


@cache
def recipes() -> tuple[Recipe, ...]:
    """Return them in the order of the page, in English: so their pictures were drawn."""
    document = tomllib.loads((FOLDER / "recipes.toml").read_text(encoding="utf-8"))
    return tuple(
        Recipe(
            **{name: value for name, value in entry.items() if name not in ("values", "beside")}
            | {name: msg(entry[name]) for name in ("title", "tells", "shows")},
            values=_said(entry["values"]),
            beside=_said(entry.get("beside", {})),
        )
        for entry in document["recipe"]
    )


def told() -> list[Recipe]:
    """Return them in the language of the request under way, with what they put into the form."""
    return [
        replace(
            recipe,
            title=tell(recipe.title),
            tells=tell(recipe.tells),
            shows=tell(recipe.shows),
            values={name: _told(value) for name, value in recipe.values.items()},
            beside={name: _told(value) for name, value in recipe.beside.items()},
        )
        for recipe in recipes()
    ]


def _said(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: msg(value) if isinstance(value, str) and value else value
        for name, value in values.items()
    }


def _told(value: object) -> object:
    return tell(value) if isinstance(value, str) else value
