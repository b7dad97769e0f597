"""The examples page: six recipes with their pictures, each taken whole by the form."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from random import Random

import httpx
import numpy as np
import pytest
from PIL import Image

from backend.catalogue.load import load_catalogue
from backend.catalogue.params import clean
from backend.recipes import fitting, link
from tests.example_pictures import SIZE, drawn, encoded
from ui import static
from ui.present.recipes import FOLDER, Recipe, recipes
from ui.routes.recipes import recipe_list

MODELS = load_catalogue()
each = pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)


def test_there_are_six_one_for_each_thing_to_learn() -> None:
    assert [recipe.title for recipe in recipes()] == [
        "Lettering",
        "Portraits",
        "Landscapes",
        "Styles",
        "Negative prompts",
        "Seeds",
    ]


@each
def test_form_takes_all_of_a_recipe_and_it_can_be_sent(recipe: Recipe) -> None:
    taken = fitting.fit(link.decode(recipe.link), MODELS)
    assert taken.model.id == recipe.model
    assert taken.values == recipe.values
    assert not taken.dropped and not taken.unknown
    clean(taken.model, {**recipe.values, **recipe.beside}, rng=Random(1))


@each
def test_picture_is_small_and_what_the_sample_engine_draws(recipe: Recipe) -> None:
    kept = static.files()[recipe.picture].content
    assert kept.startswith(b"RIFF") and len(kept) < 50_000
    picture = Image.open(BytesIO(kept))
    assert picture.size == SIZE and not picture.getexif()
    again = Image.open(BytesIO(encoded(drawn(recipe, MODELS[recipe.model]))))
    apart = np.abs(np.asarray(picture, dtype=float) - np.asarray(again, dtype=float))
    assert apart.mean() < 4, "run `make pictures` and look at them"


def test_every_picture_belongs_to_a_recipe() -> None:
    names = {f"examples/{path.name}" for path in FOLDER.glob("*.webp")}
    assert names == {recipe.picture for recipe in recipes()}


async def test_page_shows_each_with_its_picture_in_words_and_a_link_that_fills_the_form(
    client: httpx.AsyncClient,
) -> None:
    text = unescape((await client.get("/examples")).text)
    pictures = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', text)
    assert [alt for _, alt in pictures] == [recipe.shows for recipe in recipes()]
    for address, _ in pictures:
        answer = await client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-type"] == "image/webp"
        assert "content-encoding" not in answer.headers
        assert answer.headers["cache-control"].endswith("immutable")
    links = re.findall(r'<a class="use" href="/\?recipe=([\w-]+)"', text)
    assert links == [recipe.link for recipe in recipes()]
    for recipe in recipes():
        assert str(recipe.values["prompt"]) in text


def test_recipe_of_a_model_that_is_not_offered_is_shown_by_its_own_name() -> None:
    shown = unescape(recipe_list({}))
    assert shown.count('<a class="use"') == len(recipes())
    assert "black-forest-labs/FLUX.1-schnell" in shown


async def test_other_pictures_among_the_assets_are_not_served(client: httpx.AsyncClient) -> None:
    for name in ("gallery.webp", "screenshot.webp", "examples/recipes.toml"):
        assert (await client.get(static.url(name))).status_code == 404
