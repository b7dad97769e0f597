"""Who is at the page: a random id in a cookie, so that a reload finds one's own jobs again.

It is no login: it tells browsers apart, and grants nothing but the sight of their own jobs.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.types import ID
from ui.present.place import root

COOKIE = "sentry_block_visitor"

_SET_ON = frozenset({"/", "/gallery", "/api/jobs"})


def visitor(cookies: Mapping[str, str]) -> str:
    """Return the visitor's id, empty where there is none or it is not of our making."""
    value = cookies.get(COOKIE, "")
    return value if ID.fullmatch(value) else ""


def cookies(headers: Headers) -> list[tuple[str, str]]:
    """Return all cookies as (name, value), in the browser's order: a name can come several times.

    The most specific path's comes first (RFC 6265, 5.4).
    """
    pairs = (pair.partition("=") for line in headers.getlist("cookie") for pair in line.split(";"))
    return [(name.strip(), value.strip().strip('"')) for name, equals, value in pairs if equals]


class VisitorCookie:
    """ASGI middleware that gives a browser its id with the page's own answer.

    A page opened by a link from another site does not send the cookie (SameSite=Strict), though it
    may have one: such an answer sets none, and the page's first own request does.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in _SET_ON:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        known = any(visitor({name: value}) for name, value in cookies(headers))
        if headers.get("sec-fetch-site") == "cross-site" or known:
            await self.app(scope, receive, send)
            return
        value = secrets.token_hex(16)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append(
                    "set-cookie",
                    f"{COOKIE}={value}; Path={root() or '/'}; HttpOnly; SameSite=Strict; "
                    "Max-Age=31536000",
                )
            await send(message)

        await self.app(scope, receive, send_with_cookie)
