"""The phone's page, a helper's, and those of a sentence: plain HTML in the language of who asks."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from backend.said import Said, msg
from backend.sessions.text import WISH_MAX_CHARS
from ui import static
from ui.door.guard import HEADERS, is_navigation
from ui.frame.frame import environment
from ui.language.chosen import language, tell

SCRIPT, HELPER_SCRIPT = static.script("audience"), static.script("helper")
"""The names in static.files() of the pages' scripts, one each."""

_EXAMPLES = (
    msg("A lighthouse built of old books"),
    msg("An otter reading the newspaper"),
    msg("A tiny house inside a teacup"),
)

_TEXTS = {
    "lost": msg("No connection. This page tries again by itself."),
    "unsent": msg("It could not be sent. Try again."),
    "take_back": msg("Take back"),
    "sure": msg("Take it back?"),
    "save": msg("Save"),
    "chosen": msg("Your vote"),
    "winner": msg("Chosen by the room"),
    "voting": msg("Which picture do you like most?"),
    "voted": msg("This is what the room chose"),
    "option": msg("Picture {letter}"),
    "you": msg("In this room you are {name}."),
    "choice": msg("Choice {number}"),
}
"""What the script says by itself; all else comes with the state."""

_HELPER_TEXTS = {name: _TEXTS[name] for name in ("lost", "unsent")} | {
    "approve": msg("Approve"),
    "show": msg("Show"),
    "refuse": msg("Not this time"),
}

_TEMPLATES = Path(__file__).parent / "templates"
NO_STORE = {"Cache-Control": "no-store"}


def prepare() -> None:
    """Make what all phones get, before the first one comes. Blocks for half a second."""
    headers()
    for name in (SCRIPT, HELPER_SCRIPT):
        script(name).compressed  # noqa: B018  # made and kept
    for name in ("base.html", "scripted.html", "page.html", "helper.html", "words.html"):
        _templates().get_template(name)


def phone_page(state: str) -> Response:
    """Return the page that begins with this `state`, JSON of a PhoneView."""
    html = _html(
        "page.html",
        title=msg("Demo session"),
        script=f"/page.js?{static.digest()}",
        examples=[tell(example) for example in _EXAMPLES],
        most=WISH_MAX_CHARS,
        texts=_data({name: tell(text) for name, text in _TEXTS.items()}),
        state=_data(json.loads(state)),
    )
    return HTMLResponse(html, headers=NO_STORE)


def helper_page(state: str) -> Response:
    """Return a helper's page that begins with this `state`, JSON of helper_json."""
    html = _html(
        "helper.html",
        title=msg("Demo session"),
        own_style=Markup(_helper_style()),
        script=f"/h/page.js?{static.digest()}",
        texts=_data({name: tell(text) for name, text in _HELPER_TEXTS.items()}),
        state=_data(json.loads(state)),
    )
    return HTMLResponse(html, headers=NO_STORE)


def script_answer(request: Request, name: str) -> Response:
    """Answer a page's one script; it is asked for under an address that changes with it."""
    file = script(name)
    headers = {"Cache-Control": "private, max-age=43200", "Vary": "Accept-Encoding"}
    if file.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, 200, headers, file.media_type)
    return Response(file.content, 200, headers, file.media_type)


def words(scope: Scope, status: int, sentence: Said, *, asks: bool = False) -> Response:
    """Return a sentence: a page for who opened it, which `asks` for the code, JSON for a script."""
    if not is_navigation(scope):
        return JSONResponse({"detail": tell(sentence)}, status, NO_STORE)
    html = _html("words.html", title=msg("Demo session"), sentence=tell(sentence), asks=asks)
    return HTMLResponse(html, status, NO_STORE)


@cache
def headers() -> dict[str, str]:
    """Return the headers of all answers: our scripts, our styles by hash, and no one else's.

    Without what browsers heed over HTTPS alone: they would complain of it on each page.
    """
    styles = " ".join(_source(style) for style in (_style(), _helper_style()))
    policy = (
        f"default-src 'none'; script-src 'self'; style-src {styles}; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return HEADERS | {
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "unsafe-none",
    }


@cache
def script(name: str) -> static.File:
    """Return a page's script, without the way back to its sources, which stay behind."""
    file = static.files()[name]
    text = file.content.decode().partition("//# sourceMappingURL")[0]
    return static.File(text.encode(), file.media_type)


def _html(name: str, **values: object) -> str:
    own = language()
    title = values.pop("title")
    return (
        _templates()
        .get_template(name)
        .render(language=own, title=tell(str(title)), style=Markup(_style()), **values)
    )


def _data(value: object) -> Markup:
    """Return JSON that can stand in a script element: nothing in it ends that."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))


@cache
def _templates() -> Environment:
    return environment("ui.audience")


def _source(style: str) -> str:
    """Return what allows this style in a policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


@cache
def _helper_style() -> str:
    """Return what a helper's page has beside the phones' style."""
    return (_TEMPLATES / "helper.css").read_text(encoding="utf-8").strip()


@cache
def _style() -> str:
    """Return the style in the colours of all other pages, which phones do not fetch."""
    light, dark = (static.tokens(theme) for theme in ("light", "dark"))
    return (
        (_TEMPLATES / "page.css")
        .read_text(encoding="utf-8")
        .replace("LIGHT;", light)
        .replace("DARK;", dark)
        .strip()
    )
