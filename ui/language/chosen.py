"""The language of whoever asks: what was chosen in the header, else what the browser prefers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.language.languages import ENGLISH, Language, known_as

COOKIE = "playground_language"

_MOST_PREFERRED = 20
"""So many languages of an Accept-Language are looked at: browsers send a handful."""

_asking: ContextVar[HTTPConnection | None] = ContextVar("asking", default=None)


@contextmanager
def answering(asking: HTTPConnection | None) -> Iterator[None]:
    """Tell what is told within to whoever asks by that request; in English where it is none."""
    token = _asking.set(asking)
    try:
        yield
    finally:
        _asking.reset(token)


def language() -> Language:
    """Return the language of the request under way; most need none, so it is looked up here."""
    asking = _asking.get()
    if asking is None:
        return ENGLISH
    return language_of(asking.cookies, asking.headers.get("accept-language", ""))


def other_language() -> str:
    """Return the tag of the language of the request under way; "" for English."""
    return "" if language() is ENGLISH else language().tag


def tell(text: str) -> str:
    """Return a text in the language of the request under way."""
    return language().tell(text)


def language_of(cookies: Mapping[str, str], accept: str) -> Language:
    """Return the language that was chosen, else the first of `accept` that there is, else English.

    `accept` is an Accept-Language (RFC 9110, section 12.5.4).
    """
    for tag in (cookies.get(COOKIE, ""), *_preferred(accept)):
        if found := known_as(tag):
            return found
    return ENGLISH


def _preferred(accept: str) -> list[str]:
    found: list[tuple[float, str]] = []
    for part in accept.split(",", _MOST_PREFERRED)[:_MOST_PREFERRED]:
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if tag and 0 < quality <= 1:
            found.append((quality, tag.strip().lower()))
    return [tag for _, tag in sorted(found, key=lambda one: -one[0])]


class LanguageOfVisitor:
    """ASGI middleware: answers each request in the language of whoever asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _asking.set(HTTPConnection(scope))
        await self.app(scope, receive, send)
