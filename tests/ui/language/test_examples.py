"""Examples, recipes and models that come with the playground speak every language there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from babel.messages.catalog import Catalog
from starlette.requests import HTTPConnection

from backend.catalogue.load import load_catalogue
from backend.providers.offline.words import MOOD_OF, split
from backend.providers.offline.words import read as planned
from backend.recipes import link
from backend.said import Amount, Said, msg
from tests.ui.fake_studio import FakeStudio
from ui.language.chosen import COOKIE, answering
from ui.language.languages import ENGLISH, LANGUAGES
from ui.language.table import read
from ui.page.handlers import Handlers
from ui.present.recipes import recipes
from ui.static import examples

OTHERS = sorted(LANGUAGES.keys() - {ENGLISH.tag})
LIGHTHOUSE = examples()[0][1]


def shipped() -> Iterator[tuple[str, object]]:
    """Yield (what it is of, text) of all that is told of what comes with the playground."""
    for title, prompt in examples():
        yield from ((f"example {title}", text) for text in (title, prompt))
    for recipe in recipes():
        own = (recipe.title, recipe.tells, recipe.shows, *prompts(recipe.values))
        yield from ((f"recipe {recipe.name}", text) for text in (*own, *prompts(recipe.beside)))
    for model in load_catalogue().values():
        yield f"model {model.id}", model.description
        for spec in model.params:
            yield from ((f"{spec.name} of {model.id}", t) for t in (spec.label, spec.help))


def prompts(values: Mapping[str, object]) -> list[str]:
    return [value for value in values.values() if isinstance(value, str)]


def lacking(whose: str, text: object, tables: dict[str, Catalog]) -> str:
    """Return the sentence that says what a text lacks, "" where it is told in every language."""
    if not text:
        return ""
    if isinstance(text, Amount):  # brings its languages along
        missing = [tag for tag in tables if tag not in text.raw]
    elif not isinstance(text, Said):
        missing = list(tables)
    else:
        found = {tag: table.get(text.template) for tag, table in tables.items()}
        missing = [tag for tag, message in found.items() if not (message and message.string)]
    return f"{whose} has no {text!r} in {', '.join(missing)}: `make words`" if missing else ""


@pytest.fixture(scope="module")
def tables() -> dict[str, Catalog]:
    return {tag: read(tag) for tag in OTHERS}


def test_all_that_comes_with_the_playground_is_told_in_every_language(
    tables: dict[str, Catalog],
) -> None:
    lacks = [lacking(whose, text, tables) for whose, text in shipped()]
    assert len(lacks) > 60
    assert list(filter(None, lacks)) == []


def test_what_is_new_and_not_translated_is_named(tables: dict[str, Catalog]) -> None:
    for new in ("A new prompt", msg("A new prompt")):
        said = lacking("recipe mine", new, tables)
        assert said.startswith("recipe mine has no 'A new prompt' in ar, de, es, fr, ja, pt-BR")


@pytest.mark.parametrize("tag", OTHERS)
def test_the_sample_engine_paints_the_same_of_an_example_in_each_language(tag: str) -> None:
    for recipe in recipes():
        english, own = recipe.values, in_language(tag, recipe.values)
        assert painted(**own) == painted(**english), recipe.name
    for title, prompt in examples():
        named = MOOD_OF.keys() & split(prompt)  # else the mood is drawn by all the words
        english, own = (
            painted(text)[not named :] for text in (prompt, LANGUAGES[tag].tell(prompt))
        )
        assert own == english, title


def painted(prompt: object, negative_prompt: object = "", **_: object) -> list[object]:
    plan = planned(str(prompt), str(negative_prompt))
    return [plan.mood, plan.features, plan.tints]


def in_language(tag: str, values: Mapping[str, object]) -> dict[str, object]:
    tell = LANGUAGES[tag].tell
    return {n: tell(value) if isinstance(value, str) else value for n, value in values.items()}


@pytest.mark.parametrize("tag", LANGUAGES)
async def test_the_examples_page_shows_and_fills_in_the_prompts_of_the_language(
    tag: str, client: httpx.AsyncClient
) -> None:
    shown = await client.get("/examples", headers={"Accept-Language": tag})
    text = unescape(shown.text)
    filled = [link.decode(found) for found in re.findall(r'"use" href="/\?recipe=([\w-]+)"', text)]
    assert len(filled) == len(recipes())
    for recipe, brought in zip(recipes(), filled, strict=True):
        own = in_language(tag, recipe.values)
        assert brought.values == own and brought.model == recipe.model
        assert all(prompt in text for prompt in prompts(own))
    drawn_of = LANGUAGES[tag].tell(msg("They were painted from the prompts in English."))
    assert (drawn_of in text) == (tag != "en")


async def test_the_create_page_begins_and_is_filled_in_the_chosen_language(
    client: httpx.AsyncClient,
) -> None:
    japanese = {"Accept-Language": "ja"}
    for headers, tag in (
        ({}, "en"),
        (japanese, "ja"),
        (japanese | {"Cookie": f"{COOKIE}=de"}, "de"),
    ):
        page = (await client.get("/config", headers=headers)).json()
        props = {c["props"].get("elem_id"): c["props"] for c in page["components"]}
        tell = LANGUAGES[tag].tell
        assert props["examples"]["value"]["first"] == tell(LIGHTHOUSE)
        understood = tell(msg("Most models understand English best."))
        assert (understood in props["prompt"]["info"]) == (tag != "en")
        assert understood not in (props["negative_prompt"]["info"] or "")


async def test_a_picked_example_is_put_into_the_form_in_the_language_of_whoever_picks(
    studio: FakeStudio,
) -> None:
    picked: Any = SimpleNamespace(_data={"index": 0})
    handlers = Handlers(studio, None)  # type: ignore[arg-type]
    asking = HTTPConnection({"type": "http", "headers": [(b"accept-language", b"ar")]})
    with answering(asking):
        prompt, *_ = await handlers.example(picked)
    assert prompt == LANGUAGES["ar"].tell(LIGHTHOUSE) != LIGHTHOUSE
