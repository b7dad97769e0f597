"""The examples page's content: each recipe with its picture and a link that fills the form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from backend.said import msg
from backend.types import ModelSpec
from ui import static
from ui.frame.frame import environment
from ui.language.chosen import tell
from ui.present.place import at
from ui.present.recipes import Recipe, recipes


def recipe_list(models: Mapping[str, ModelSpec]) -> Markup:
    """Return the recipes as HTML; `models` give the names of what they are for."""
    html = (
        _templates()
        .get_template("examples.html")
        .render(
            recipes=[
                {
                    "recipe": recipe,
                    "title": tell(recipe.title),
                    "tells": tell(recipe.tells),
                    "shows": tell(recipe.shows),
                    "picture": at(static.url(recipe.picture)),
                    "settings": settings(recipe, models),
                    "negative_prompt": recipe.values.get("negative_prompt"),
                    "use": at(f"/?recipe={recipe.link}"),
                }
                for recipe in recipes()
            ]
        )
    )
    return Markup(html)


def settings(recipe: Recipe, models: Mapping[str, ModelSpec]) -> list[str]:
    """Return what a recipe sets besides its texts, in words."""
    model, values = models.get(recipe.model), recipe.values
    told = [
        tell(model.label) if model else recipe.model,
        f"{values['width']} x {values['height']}",
    ]
    if "seed" in values:
        told.append(tell(msg("Seed {seed}", seed=str(values["seed"]))))
    return told


@cache
def _templates() -> Environment:
    return environment("ui.routes")
