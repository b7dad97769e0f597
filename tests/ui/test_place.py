"""Scripts ask for nothing at the root of the host: the program may stand below a path."""

from __future__ import annotations

import re

import ui  # noqa: F401  # before gradio
from ui import static
from ui.present.place import at, below, root

OURS = (
    r"(?:api|images|thumbs|diffs|page|gallery|settings|statistics|styles|stage|docs|login|logout"
    r"|gradio_api)"
)
_PATHS = rf"(?:[\"'`]/(?:{OURS}\b|\?)|(?:`\$\{{)?PAGES\.\w+|STYLES_PAGE\b(?!.*from))"
PATH = re.compile(_PATHS)
PLACED = re.compile(
    rf"\b(?:at|ask|getJson|placed)\(\s*{_PATHS}|here\(\) [!=]== (?:PAGES\.\w+|STYLES_PAGE)"
)
FACTS = "shared/facts.js"
"""Holds the pages' paths, without what stands before them."""


def test_every_path_in_a_script_is_put_where_the_program_stands() -> None:
    tried = 0
    for name, file in static.files().items():
        if not name.endswith(".js") or name == FACTS or name.startswith("bundles/"):
            continue
        for number, line in enumerate(file.content.decode().splitlines(), 1):
            code = line.split("// ")[0]
            paths = len(PATH.findall(code))
            tried += paths
            if paths and "return `/api/images?${all}`" not in code:  # for ask()
                placed = len(PLACED.findall(code)) + code.count('send("/api/setup')
                assert placed == paths, f"{name}:{number}: {line.strip()}"
    assert tried > 20


def test_no_style_asks_for_anything_by_a_path() -> None:
    for name, file in static.files().items():
        if name.endswith(".css"):
            assert not re.search(r"url\(\s*[\"']?/", file.content.decode()), name


def test_a_place_holds_for_what_is_done_below_it() -> None:
    with below("/pg"):
        assert (root(), at("/x")) == ("/pg", "/pg/x")
    assert (root(), at("/x")) == ("", "/x")
