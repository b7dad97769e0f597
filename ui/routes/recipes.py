"""The examples page's content: each recipe with its picture and a link that fills the form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from backend.said import joined, msg
from backend.types import ModelSpec
from ui import static
from ui.frame.frame import environment
from ui.language.chosen import other_language, tell
from ui.present.place import at
from ui.present.recipes import Recipe, told

_PICTURES = msg(
    "These pictures come from the sample engine, which paints what it knows and writes no letters. "
    "The real models go further."
)
# Translators: said of the pictures, in other languages than English alone
_DRAWN_OF = msg("They were painted from the prompts in English.")


def recipe_list(models: Mapping[str, ModelSpec]) -> Markup:
    """Return the recipes as HTML; `models` give the names of what they are for."""
    html = (
        _templates()
        .get_template("examples.html")
        .render(
            recipes=[
                {
                    "recipe": recipe,
                    "title": recipe.title,
                    "tells": recipe.tells,
                    "shows": recipe.shows,
                    "picture": at(static.url(recipe.picture)),
                    "settings": settings(recipe, models),
                    "negative_prompt": recipe.values.get("negative_prompt"),
                    "use": at(f"/?recipe={recipe.link}"),
                }
                for recipe in told()
            ],
            about=tell(joined(_PICTURES, _DRAWN_OF if other_language() else "")),
        )
    )
    return Markup(html)


def settings(recipe: Recipe, models: Mapping[str, ModelSpec]) -> list[str]:
    """Return what a recipe sets besides its texts, in words."""
    model, values = models.get(recipe.model), recipe.values
    facts = [
        tell(model.label) if model else recipe.model,
        f"{values['width']} x {values['height']}",
    ]
    if "seed" in values:
        facts.append(tell(msg("Seed {seed}", seed=str(values["seed"]))))
    return facts


@cache
def _templates() -> Environment:
    return environment("ui.routes")
