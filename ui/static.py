"""Our own scripts, styles and pictures: read once, served under an address that names their state.

An address holds a digest of all files, so browsers may keep what they fetched for ever. A page asks
for one script and one stylesheet, `bundles/…`, in which all that it needs is joined.
"""

from __future__ import annotations

import gzip
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from backend import __version__
from backend.said import Said, msg
from ui.bundle import bundle, joined_sheets
from ui.language.files import TEXTS
from ui.language.languages import ENGLISH
from ui.language.script import table_script

FOLDER = Path(__file__).resolve().parent.parent / "assets"

STYLE = "bundles/style.css"

_OF_DOCUMENTS = {
    *("architecture.svg", "desk.webp", "experiment.webp", "gallery.webp", "screenshot.webp"),
    "stage.webp",
}
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".png": "image/png",
}
_PAGES = (
    "create",
    "gallery",
    "experiments",
    "desk",
    "examples",
    "statistics",
    "settings",
    "styles",
    "sessions",
    "docs",
    "help",
    "projector",
    "audience",
    "helper",
)


@dataclass(frozen=True)
class File:
    """What is served under one name."""

    content: bytes
    media_type: str

    @cached_property
    def compressed(self) -> bytes | None:
        """The content under gzip, made at the first request and kept; None for pictures."""
        if self.media_type in (_TYPES[".webp"], _TYPES[".png"]):
            return None
        return gzip.compress(self.content, mtime=0)


@cache
def files() -> dict[str, File]:
    """Return all that a page may fetch: the files by their path below FOLDER, and the bundles."""
    found = _sources()
    scripts = {n: f.content.decode() for n, f in found.items() if f.media_type == _TYPES[".js"]}
    made = {STYLE: joined_sheets(text(name) for name in _sheets())}
    for page in _PAGES:
        name = script(page)
        joined, source_map = bundle(f"{page}/page.js", scripts)
        made |= {
            name: f"{joined}//# sourceMappingURL={page}.js.map\n",
            f"{name}.map": source_map,
        }
    types = {**_TYPES, ".map": "application/json"}
    return found | {
        name: File(content.encode(), types[Path(name).suffix]) for name, content in made.items()
    }


@cache
def _sources() -> dict[str, File]:
    return {
        name: File(path.read_bytes(), _TYPES[path.suffix])
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in _TYPES
        and (name := path.relative_to(FOLDER).as_posix()) not in _OF_DOCUMENTS
    }


def _sheets() -> list[str]:
    """Return the stylesheets' names: what all others build upon comes first."""
    first = ("frame/frame.css", "style.css")
    return [*first, *sorted(n for n in _sources() if n.endswith(".css") and n not in first)]


@cache
def digest() -> str:
    """Return 12 hex digits that change with any of the files, and with the languages' tables."""
    state = hashlib.sha256(__version__.encode())
    for name, file in _sources().items():
        state.update(name.encode() + b"\0" + file.content)
    for table in sorted(TEXTS.iterdir()):
        state.update(table.read_bytes())
    return state.hexdigest()[:12]


def url(name: str) -> str:
    """Return the address of `name`, a path that begins with a slash."""
    return f"/page/{digest()}/{name}"


def script(page: str) -> str:
    """Return the name of the script in which all is joined that `page` runs."""
    return f"bundles/{page}.js"


@cache
def found(name: str) -> File | None:
    """Return what a page may fetch under this name: one of the files, or a language's table."""
    folder, _, tag = name.removesuffix(".js").partition("/")
    if name.endswith(".js") and folder == "texts" and (texts := table_script(tag)):
        return File(texts.encode(), _TYPES[".js"])
    return files().get(name)


def texts(root: str, tag: str) -> str:
    """Return what brings the table of a language to a page; it stands before our scripts."""
    return "" if tag == ENGLISH.tag else f'<script src="{root}{url(f"texts/{tag}.js")}"></script>'


def links(root: str = "") -> str:
    """Return what a page's head needs of ours: its styles and its icon.

    `root` stands before their addresses: where the page does.
    """
    return (
        f'<link rel="stylesheet" href="{root}{url(STYLE)}">'
        f'<link rel="icon" type="image/svg+xml" href="{root}{url("logo.svg")}">'
    )


def tokens(theme: str) -> str:
    """Return the colours of the theme, "light" or "dark", as style.css declares them."""
    at = {"light": ":root {", "dark": ".dark, :root:has(.dark) {"}[theme]
    return text("style.css").partition(f"\n{at}")[2].partition("}")[0].strip()


def ground(theme: str) -> str:
    """Return the colour on which all else of a page stands, in the theme "light" or "dark"."""
    return tokens(theme).partition("--sb-ground: ")[2].partition(";")[0]


def theme_colours(theme: str = "") -> str:
    """Return what tells a browser the colour of the window: by the system's theme, or of one."""
    if theme:
        return f'<meta name="theme-color" content="{ground(theme)}">'
    return "".join(
        f'<meta name="theme-color" media="(prefers-color-scheme: {one})" content="{ground(one)}">'
        for one in ("light", "dark")
    )


def text(name: str) -> str:
    """Return the text of a file."""
    return _sources()[name].content.decode()


def imported(page: str) -> str:
    """Return the expression by which Gradio's page imports the script of `page`.

    The address is made absolute there: Chromium, having compiled this text for a server on another
    port, would resolve a relative one against that server.
    """
    return f"import(new URL('.{url(script(page))}', document.baseURI).href)"


def on_load(part: str, *events: str) -> str:
    """Return the `js_on_load` of a gr.HTML that the `part` of assets/create/page.js draws.

    Gradio accepts listeners for those event names alone that stand quoted in this text. What it
    shows again is drawn at once: to import even what is there takes a browser until later.
    """
    return (
        f"const draw = (parts) => parts.{part}"
        f"({{element, props, trigger, watch, events: {list(events)!r}}}); "
        "globalThis.createParts ? draw(createParts) : "
        f"{imported('create')}.then(({{parts}}) => draw(parts))"
    )


@cache
def examples() -> tuple[tuple[Said, Said], ...]:
    """Return the example prompts as (title, prompt)."""
    document = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))
    return tuple((msg(entry["title"]), msg(entry["prompt"])) for entry in document["example"])
