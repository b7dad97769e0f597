"""The scripts' folders: who may import whom; the styles and their order."""

from __future__ import annotations

import posixpath
import re

import pytest

from ui import static
from ui.bundle import joined_sheets

# Which folders each may import from; a folder's page.js puts the frame around what it shows.
BELOW = {
    "frame": {"create", "shared"},
    "create": {"viewer", "shared"},
    "gallery": {"viewer", "shared"},
    "viewer": {"stage", "shared"},
    "stage": {"shared"},
    "examples": {"shared"},
    "experiments": {"viewer", "shared"},
    "desk": {"shared"},
    "statistics": {"shared"},
    "settings": {"shared"},
    "styles": {"shared"},
    "sessions": {"shared"},
    "docs": {"shared"},
    "help": {"shared"},
    "projector": {"stage", "shared"},
    "audience": set(),
    "helper": {"audience"},
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
            allowed = {folder, *BELOW[folder]}
            if posixpath.basename(path) == "page.js":
                allowed.add("frame")
            if to not in scripts or posixpath.dirname(to) not in allowed:
                found.append(f"{path} -> {target}")
    return found


def test_scripts_import_downward_alone() -> None:
    scripts = {
        path: file.content.decode()
        for path, file in static.files().items()
        if path.endswith(".js") and not path.startswith("bundles/")
    }
    assert {posixpath.dirname(path) for path in scripts} == BELOW.keys()
    assert sum(len(_IMPORT.findall(text)) for text in scripts.values()) > 50
    assert upward(scripts) == []


def test_one_module_alone_speaks_politely() -> None:
    """A second live region would talk over the first, and be silent beneath an open dialog."""
    speaks = re.compile(r'role: ?"(?:status|log)"|role="(?:status|log)"|aria-live')
    sources = [path for path in static.FOLDER.rglob("*.js") if speaks.search(path.read_text())]
    phone = static.FOLDER / "audience" / "page.js"  # stands alone
    assert [path.name for path in sources if path != phone] == ["announce.js"]
    pages = (static.FOLDER.parent / "ui").rglob("*.html")
    spoken = [path.parts[-3] for path in pages if speaks.search(path.read_text())]
    assert set(spoken) == {"audience"}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("shared/a.js", 'import { h } from "../viewer/b.js";'),
        ("viewer/a.js", 'import "../gallery/b.js";'),
        ("create/a.js", 'const late = import("../gallery/b.js");'),
        ("gallery/a.js", 'export { h } from "../create/b.js";'),
        ("settings/a.js", 'import {\n  h,\n} from "../statistics/b.js";'),
        ("viewer/a.js", 'import { h } from "./missing.js";'),
        ("gallery/a.js", 'import { open } from "../frame/b.js";'),
    ],
)
def test_import_upward_sideways_or_into_nothing_is_found(path: str, line: str) -> None:
    scripts = {f"{folder}/b.js": "" for folder in BELOW} | {path: line}
    assert len(upward(scripts)) == 1


def test_a_page_may_import_the_frame() -> None:
    scripts = {"frame/open.js": "", "gallery/page.js": 'import { open } from "../frame/open.js";'}
    assert upward(scripts) == []


def test_joined_styles_hold_all_and_begin_with_what_the_others_build_upon() -> None:
    joined = static.files()[static.STYLE].content.decode()
    sheets = [n for n in static.files() if n.endswith(".css") and n != static.STYLE]
    places = {name: joined.index(joined_sheets([static.text(name)])) for name in sheets}
    assert len(sheets) > 4
    assert sorted(places, key=places.__getitem__)[:2] == ["frame/frame.css", "style.css"]
