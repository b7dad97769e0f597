"""Sentences that follow each other: with a blank between them, or none, as the language has it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.said import from_json, joined, msg, to_json
from tests.ui.language.scripts import script_tokens
from ui.language.languages import LANGUAGES

ROOT = Path(__file__).parents[3]
EMPTY, LEFT = msg("The prompt is empty."), msg("Nothing was sent.")

NO_SENTENCES = {
    "create/card.js: {} {}": "a token",
    "create/form.js: {} {}": "the same",
    "create/rest.js: {} {}": "the same",
    "create/results.js: {} {}": "what an announcement is about",
    "experiments/plot.js: join": "points of a line",
    "gallery/empty.js: {} {}": "what is shown, for comparison",
    "gallery/typed.js: join": "words that are searched for",
    "gallery/ways.js: join": "the same",
    "projector/many.js: {} {}": "a key",
    "settings/saying.js: join": "ids",
    "shared/language.js: {} {}": "joined itself",
    "shared/palette_items.js: {} {}": "what is searched in",
    "statistics/statistics.js: {} {}": "a key",
    "styles/editor.js: join": "ids",
    "viewer/actions.js: {} {}": "a key",
}
"""Where scripts put a blank between texts that nobody reads as sentences, and why."""


@pytest.mark.parametrize("tag", LANGUAGES)
def test_each_language_has_its_own_gap_between_sentences(tag: str) -> None:
    language, both = LANGUAGES[tag], joined(EMPTY, LEFT)
    gap = "" if tag in ("ja", "zh-Hans") else " "
    assert language.tell(both) == gap.join(map(language.tell, (EMPTY, LEFT)))
    stored = to_json(both)
    assert stored and language.tell(from_json(stored)) == language.tell(both)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_three_follow_each_other_as_two_do(tag: str) -> None:
    tell = LANGUAGES[tag].tell
    gap = "" if tag in ("ja", "zh-Hans") else " "
    assert tell(joined(EMPTY, "", LEFT, EMPTY)) == gap.join([*map(tell, (EMPTY, LEFT, EMPTY))])


def test_what_a_platform_says_in_english_has_its_blank_behind_it_and_keeps_its_braces() -> None:
    tell = LANGUAGES["zh-Hans"].tell
    assert tell(joined("Out of {t1} memory.", LEFT)) == f"Out of {{t1}} memory. {tell(LEFT)}"


def in_scripts() -> Iterator[str]:
    """Yield where scripts put a blank between two texts."""
    for path in sorted((ROOT / "assets").rglob("*.js")):
        tokens = script_tokens(path.read_text("utf-8"))
        for at, token in enumerate(tokens):
            name = path.relative_to(ROOT / "assets").as_posix()
            if token.literal and token.text in ("{} {}", "{}. {}", "{} {}."):
                yield f"{name}: {token.text}"
            if token.literal and token.text == " " and tokens[at - 2].text == "join":
                yield f"{name}: join"


def in_pythons() -> Iterator[str]:
    """Yield where Python puts together what has been told."""
    for path in sorted((ROOT / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            parts: list[ast.AST] = []
            if isinstance(node, ast.JoinedStr) and any(
                isinstance(part, ast.Constant) and part.value[:1] == " " for part in node.values
            ):
                parts = list(node.values)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                blank = isinstance(node.func.value, ast.Constant) and node.func.value.value == " "
                parts = list(node.args) if blank else []
            called = {
                call.func.id
                for part in parts
                for call in ast.walk(part)
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
            }
            if called & {"tell", "msg", "msg_n"}:
                yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"  # type: ignore[attr-defined]


def test_nothing_but_joined_puts_sentences_after_each_other() -> None:
    found = set(in_scripts())
    assert sorted(found - NO_SENTENCES.keys()) == [], "say it by joined()"
    assert sorted(NO_SENTENCES.keys() - found) == [], "no longer there"
    titles = "ui/present/facts.py"  # of pages: a name, a dash, the product's
    assert [place for place in in_pythons() if not place.startswith(titles)] == []
