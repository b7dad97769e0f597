"""Draws the pictures of the examples page with the sample engine: `make pictures`.

    python -m tests.example_pictures [FOLDER]

They are part of the repository; test_recipes.py holds them to what this draws.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from backend.catalogue.load import load_catalogue
from backend.providers.offline.engine import render
from backend.types import ModelSpec
from ui.present.recipes import FOLDER, Recipe, recipes

SIZE = (720, 480)
"""Of each picture in px: what a card shows on a screen of twice the density."""

_GAP = 6
_QUALITY = 80


def drawn(recipe: Recipe, model: ModelSpec) -> Image.Image:
    """Return a recipe's picture, in two halves where something is shown beside it."""
    if not recipe.beside:
        return ImageOps.fit(_image(recipe, model, recipe.values), SIZE)
    whole = Image.new("RGB", SIZE, "white")
    half = ((SIZE[0] - _GAP) // 2, SIZE[1])
    for left, values in (
        (0, {**recipe.values, **recipe.beside}),
        (SIZE[0] - half[0], recipe.values),
    ):
        whole.paste(ImageOps.fit(_image(recipe, model, values), half), (left, 0))
    return whole


def encoded(picture: Image.Image) -> bytes:
    """Return the file."""
    buffer = BytesIO()
    picture.save(buffer, "WEBP", quality=_QUALITY, method=6)
    return buffer.getvalue()


def _image(recipe: Recipe, model: ModelSpec, values: Mapping[str, object]) -> Image.Image:
    """Return what the sample engine makes of `values`, as its server does."""
    given = {spec.name: values.get(spec.name, spec.default) for spec in model.params}
    pixels = render(
        str(given["prompt"]),
        str(given.get("negative_prompt") or "") or None,
        int(str(given["width"])),
        int(str(given["height"])),
        int(str(given["num_steps"])),
        float(str(given["guidance_scale"])),
        int(str(given.get("seed", recipe.drawn_seed))),
        model.id,
    )
    return Image.fromarray(pixels)


def main(folder: Path) -> None:
    """Write all pictures into `folder`."""
    models = load_catalogue()
    for recipe in recipes():
        file = folder / Path(recipe.picture).name
        file.write_bytes(encoded(drawn(recipe, models[recipe.model])))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
