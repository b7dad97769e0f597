"""The scripts' folders: who may import whom, and that each import finds its file."""

from __future__ import annotations

import posixpath
import re

import pytest

from ui import static

# From the frame around all pages down to what everything shares; each may import what stands here.
BELOW = {
    "frame": {"create", "gallery", "viewer", "statistics", "settings", "shared"},
    "create": {"viewer", "shared"},
    "gallery": {"viewer", "shared"},
    "viewer": {"shared"},
    "statistics": {"shared"},
    "settings": {"shared"},
    "shared": set(),
}
_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\bimport\()\s*["']([./][^"']*)["']""")


def upward(scripts: dict[str, str]) -> list[str]:
    """Return the imports that no arrow of BELOW allows or that find no file."""
    found = []
    for path, text in scripts.items():
        folder = posixpath.dirname(path)
        for target in _IMPORT.findall(re.sub(r"//.*", "", text)):
            to = posixpath.normpath(posixpath.join(folder, target))
            if to not in scripts or posixpath.dirname(to) not in {folder, *BELOW[folder]}:
                found.append(f"{path} -> {target}")
    return found


def test_scripts_import_downward_alone() -> None:
    scripts = {n: content.decode() for n, (content, _) in static.files().items() if ".js" in n}
    assert {posixpath.dirname(path) for path in scripts} == BELOW.keys()
    assert sum(len(_IMPORT.findall(text)) for text in scripts.values()) > 50
    assert upward(scripts) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("shared/a.js", 'import { h } from "../viewer/b.js";'),
        ("viewer/a.js", 'import "../gallery/b.js";'),
        ("create/a.js", 'const late = import("../gallery/b.js");'),
        ("gallery/a.js", 'export { h } from "../create/b.js";'),
        ("settings/a.js", 'import {\n  h,\n} from "../statistics/b.js";'),
        ("viewer/a.js", 'import { h } from "./missing.js";'),
    ],
)
def test_import_upward_sideways_or_into_nothing_is_found(path: str, line: str) -> None:
    scripts = {f"{folder}/b.js": "" for folder in BELOW} | {path: line}
    assert len(upward(scripts)) == 1


def test_styles_begin_with_the_one_that_names_the_colours() -> None:
    links = re.findall(r'href="/page/[0-9a-f]{12}/([^"]+)"', static.stylesheets())
    assert links[0] == "style.css"
    assert sorted(links) == sorted(name for name in static.files() if name.endswith(".css"))
