"""No words for people stand outside of the languages' tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.language.outside import in_python, in_script, in_style, in_template

ROOT = Path(__file__).parents[3]

FILES = {
    "backend/catalogue/load.py": "a wrong catalogue stops the start, which the terminal tells",
    "backend/exchange/im": "`import` and `verify` are told in the terminal",
    "backend/terminal.py": "the same",
    "ui/terminal/": "the same of `grid`",
    "backend/storage/folder.py": "a folder that cannot be used stops the start",
    "backend/storage/image_files/store_url.py": "the same of the address of a store",
    "backend/upkeep/rebuild.py": "the same of a database",
    "backend/storage/database.py": "the same",
    "backend/storage/migrations/": "SQL",
    "backend/providers/offline/": "a platform of its own, whose messages are shown as they came",
    "backend/recipes/foreign/": "what other programs call things in their files",
    "backend/generation/sendlog.py": "the log",
    "ui/routes/schema.py": "the reference is in English, as its names are",
    "ui/routes/models/": "the same",
    "ui/assistant/tools.py": "assistants read it, as they do the reference",
    "assets/shared/facts.js": "scripts show what it names by `translated`",
}
"""Where nothing is said to visitors in their own language, by how the path begins, and why."""

TEXTS = {
    "Sentry Block": "the product",
    "Playground": "the same",
    "Negative prompt: {}": "a line in files, which other programs read",
    "Exception in {}:\n": "the log",
    "Authorization: Bearer {}": "a header",
    "Basic {}": "the same",
    'Basic realm="playground"': "the same",
    "curl … --header 'Authorization: Bearer ak_…'": "a command, as it is typed",
    "interim answers without end": "the log",
    "There is no file.": "an error that no one is told of",
    "a very large number": "stands for digits among the values of a file",
    "a lighthouse at dusk": "an example for programs",
    "Making images": "a name in the reference",
    "Make an image again": "the same",
    "Make the neighbouring seeds": "the same",
    "Demo sessions": "the same",
    "The file": "the same",
    "openapi.json": "a file's name",
    "Files": "what browsers call files that are dragged",
    "Segmenter": "a name of Intl's",
    "Ctrl+Z": "a key",
    "b64_json": "a field's name",
    "timings.inference": "the same",
    "Automatic": "a name in A1111's interface",
    "Python": "a language's name",
    "Roboto": "a font",
    "Menlo": "the same",
    "Consolas": "the same",
}
"""What is the same in every language, or read by nobody, and why."""

CODE = (
    "import ",
    "# With",
    "// ",
    "/** ",
    "{\n",
    "\n:root",
    "html lang",
    "const draw = ",
    "rowid",
    "anyauth",
)
"""Texts that begin so are code, of whatever kind."""

LABELLED = ("ui/page/", "ui/present/", "ui/frame/")
"""Where a single word with a capital is a label."""


def said(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of all files like `pattern`."""
    for path in sorted(ROOT.glob(pattern)):
        yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def in_pythons(pattern: str) -> Iterator[tuple[str, str]]:
    for path, source in said(pattern):
        for line, words in in_python(source, labels=path.startswith(LABELLED)):
            yield f"{path}:{line}", words


def in_scripts() -> Iterator[tuple[str, str]]:
    for path, source in said("assets/**/*.js"):
        for line, words in in_script(source):
            yield f"{path}:{line}", words


def in_templates() -> Iterator[tuple[str, str]]:
    for path, source in said("ui/**/templates/*.html"):
        yield from ((path, words) for words in in_template(source))


def in_styles() -> Iterator[tuple[str, str]]:
    for path, source in said("assets/**/*.css"):
        yield from ((path, words) for words in in_style(source))


FOUND = {
    "backend": lambda: in_pythons("backend/**/*.py"),
    "ui": lambda: in_pythons("ui/**/*.py"),
    "scripts": in_scripts,
    "templates": in_templates,
    "styles": in_styles,
}


def untold(where: str) -> list[str]:
    return [
        f"{place}: {words[:120]!r}"
        for place, words in FOUND[where]()
        if not place.startswith(tuple(FILES)) and words not in TEXTS and not words.startswith(CODE)
    ]


@pytest.mark.parametrize("where", FOUND)
def test_no_words_stand_outside_of_the_tables(where: str) -> None:
    found = untold(where)
    assert found == [], "say it by msg():\n" + "\n".join(found)


def test_no_exception_is_left_over() -> None:
    found = [one for where in FOUND for one in FOUND[where]()]
    files = [f for f in FILES if not any(place.startswith(f) for place, _ in found)]
    texts = [t for t in TEXTS if not any(words == t for _, words in found)]
    assert (files, texts) == ([], [])


SCRIPT = """
import { msg } from "../shared/language.js";
h("p", { text: "Close" }, h("b", { class: "big one", text: msg("Close") }));
announce(`Image ${n} of ${total}`);
const why = broken ? "It broke." : msg(open ? "It is open." : "It is shut.");
h("p", { text: msg("{a} or {b}", { a: "Either this", b: msg("That") }) });
root.querySelector("Some thing.");
throw new Error("This is for us.");
"""


def test_words_in_a_script_are_found() -> None:
    assert [words for _, words in in_script(SCRIPT)] == [
        "Close",
        "Image {} of {}",
        "It broke.",
        "It is open.",
        "It is shut.",
        "Either this",
    ]


PYTHON = '''
"""A docstring is for us."""
log.info("Something happened.")
raise InvalidInput(msg("Told."), "Not told.", f"Nor is {this}.")
raise ValueError("This is for us.")
button(msg("Go to {where}.", where="the next page"), "Close", "x y")
html = "<p class='a b'>A text</p>"
'''


def test_words_in_python_are_found() -> None:
    found = [words for _, words in in_python(PYTHON, labels=True)]
    assert found == ["Not told.", "Nor is {}.", "the next page", "Close", "A text"]


def test_words_in_pages_and_styles_are_found() -> None:
    page = '<p title="A title">{{ msg("Told") }} {# no #}not told<b aria-label="{{ x }}"></b></p>'
    assert list(in_template(page)) == ["A title", "not told"]
    style = '.a::after { content: "\\2260\\2009"; } /* content: "no" */ .b { content: "No file"; }'
    assert list(in_style(style)) == ["No file"]
