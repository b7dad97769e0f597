"""Our own scripts, styles and pictures: read once, served under an address that names their state.

An address holds a digest of all files, so browsers may keep what they fetched for ever.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from backend import __version__

FOLDER = Path(__file__).resolve().parent.parent / "assets"

_OF_DOCUMENTS = {"architecture.svg"}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@cache
def files() -> dict[str, tuple[bytes, str]]:
    """Return content and media type of all that the page may fetch, by the path below FOLDER."""
    return {
        path.relative_to(FOLDER).as_posix(): (
            path.read_bytes(),
            _TYPES[path.suffix],
        )
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in _TYPES and path.name not in _OF_DOCUMENTS
    }


@cache
def digest() -> str:
    """Return 12 hex digits that change with any of the files."""
    state = hashlib.sha256(__version__.encode())
    for name, (content, _) in files().items():
        state.update(name.encode() + b"\0" + content)
    return state.hexdigest()[:12]


def url(name: str) -> str:
    """Return the address of `name`, a path that begins with a slash."""
    return f"/page/{digest()}/{name}"


def stylesheets() -> str:
    """Return the links to all styles; style.css comes first, as the others use its colours."""
    names = sorted((n for n in files() if n.endswith(".css")), key=lambda n: (n != "style.css", n))
    return "".join(f'<link rel="stylesheet" href="{url(name)}">' for name in names)


def text(name: str) -> str:
    """Return the text of `name`."""
    return files()[name][0].decode()


def on_load(script: str, *events: str) -> str:
    """Return the `js_on_load` of a gr.HTML whose behaviour is `mount` of the module `script`.

    Gradio accepts listeners for those event names alone that stand quoted in this text. The address
    is absolute because Chromium, having compiled this text for a server on another port, would
    resolve a relative one against that server.
    """
    return (
        f"import(location.origin + '{url(script)}').then((module) => "
        f"module.mount({{element, props, trigger, watch, events: {list(events)!r}}}))"
    )


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """Return the example prompts as (title, prompt)."""
    document = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))
    return tuple((entry["title"], entry["prompt"]) for entry in document["example"])
