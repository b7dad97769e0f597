"""The languages' tables hold what the code says, all of it, with the same places for values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from babel.messages.catalog import Catalog, Message

from backend.said import Said
from ui.language.files import path_of
from ui.language.languages import ENGLISH, LANGUAGES
from ui.language.table import read
from ui.language.tables import in_code, updated
from ui.present.facts import facts

OTHERS = sorted(LANGUAGES.keys() - {ENGLISH.tag})


@pytest.fixture(scope="module")
def code() -> Catalog:
    return in_code()


def texts(message: Message) -> list[str]:
    """Return what a language says for a message: one text, or one for each of its plurals."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


def ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_what_the_code_says_is_found(code: Catalog) -> None:
    assert len(code) > 20 and "The prompt is empty." in code


def test_words_of_our_toml_files_are_found_and_names_are_not(code: Catalog) -> None:
    assert "Lettering" in code and "Lighthouse" in code
    assert "FLUX.1 schnell" not in code


def test_the_words_of_the_facts_are_told_to_scripts(code: Catalog) -> None:
    said = list(sentences(facts()))
    assert len(said) > 30
    assert [text for text in said if ("ui/present/facts.py", 0) not in code[text].locations] == []


def sentences(value: object) -> Iterator[Said]:
    if isinstance(value, Said):
        yield value
    elif isinstance(value, Mapping):
        yield from sentences(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from sentences(item)


def test_every_name_in_braces_is_a_place_for_a_value(code: Catalog) -> None:
    wrong = [
        text
        for m in code
        if m.id
        for text in ids(m)
        if re.search(r"[{}]", re.sub(r"\{\w+\}", "", text))
    ]
    assert wrong == []


@pytest.mark.parametrize("tag", OTHERS)
def test_a_table_holds_all_that_is_said_and_nothing_else(tag: str, code: Catalog) -> None:
    assert path_of(tag).read_bytes() == updated(read(tag), code), "run `make words`"


@pytest.mark.parametrize("tag", OTHERS)
def test_everything_is_translated(tag: str) -> None:
    assert [m.id for m in read(tag) if m.id and not all(texts(m))] == []


@pytest.mark.parametrize("tag", OTHERS)
def test_translations_have_the_places_of_what_they_translate(tag: str) -> None:
    for message in read(tag):
        if not message.id:
            continue
        wanted = set.union(*map(places, ids(message)))
        for text in texts(message):
            assert places(text) == wanted or (len(ids(message)) > 1 and places(text) <= wanted), (
                text
            )
