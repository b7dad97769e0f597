"""The door of other programs: /v1 and /sdapi, all below, and /mcp open with a key of ours alone.

With a login and without: a key says whose budget it is, and removing it has to mean something.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.programs.key import Key, looks_like_one
from backend.said import msg
from ui.door.credentials import basic_of
from ui.language.chosen import tell
from ui.present.a1111_told import fault

SHOWN = "playground.key"
"""What the scope holds of a request: the key that it showed."""

IMAGES = "/v1/images/"
"""Where images are served to programs; an address with a signature needs no key beside it."""

SIGNATURE = "sign"

MCP = "/mcp"

SDAPI = "/sdapi/"
"""Where A1111's interface is. Its programs know HTTP Basic alone: the password is the key."""

_SLASHES = re.compile("/{2,}")
_NO_KEY = msg(
    "A key is needed here. Make one on the Settings page, under Other programs, and send it as"
    " Authorization: Bearer KEY."
)
_NO_KEY_OF_A1111 = msg(
    "A key is needed here. Make one on the Settings page, under Other programs, and send it as the"
    " password of HTTP Basic: any name, a colon, and the key."
)
_WRONG = msg("This is no key of this playground, or it was removed. The Settings page makes keys.")


def opens_with_key(path: str) -> bool:
    """Whether a key opens what is at `path`, and no login."""
    return path.startswith(("/v1/", SDAPI)) or path == MCP


def tidy(path: str) -> str:
    """Return the path that a program means where a key opens it, any other path as it came.

    Programs put the base URL that a person typed and a path of their own together, so there is one
    `/` too many where both have one (open-webui: routers/images.py), or one at the end.
    """
    single = _SLASHES.sub("/", path)
    meant = single.rstrip("/")
    return meant if opens_with_key(meant) else single if opens_with_key(single) else path


class TidyPaths:
    """ASGI middleware before the other doors: all of them see the path that is meant.

    With `login`, `/` is what stands below SDAPI for a program that shows a key: some ask there
    whether there is anything (SDAI: healthCheck in KtorAutomatic1111GenerationApi.kt), and the page
    is not theirs.
    """

    def __init__(self, app: ASGIApp, *, login: bool = False) -> None:
        self.app, self.login = app, login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asks = self.login and scope["path"] == "/" and scope["method"] in ("GET", "HEAD")
            if asks and is_key(basic_of(Headers(scope=scope).get("authorization", ""))):
                scope = {**scope, "path": SDAPI}
            elif (path := tidy(scope["path"])) != scope["path"]:
                scope = {**scope, "path": path}
        await self.app(scope, receive, send)


class KeyGate:
    """ASGI middleware that lets a request with a known key in, and notes whose it is.

    `find` returns the key that a text is. Errors have the shape that the programs there read.
    """

    def __init__(self, app: ASGIApp, find: Callable[[str], Awaitable[Key | None]]) -> None:
        self.app, self.find = app, find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and opens_with_key(scope["path"]):
            refused = await self._refused(scope)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _refused(self, scope: Scope) -> Response | None:
        of_a1111 = scope["path"].startswith(SDAPI)
        text = shown(Headers(scope=scope), basic=of_a1111)
        if not text:
            no_key = _NO_KEY_OF_A1111 if of_a1111 else _NO_KEY
            return None if _is_signed(scope) else _no_entry(no_key, of_a1111)
        key = await self.find(text)
        if key is None:
            return _no_entry(_WRONG, of_a1111)
        scope[SHOWN] = key
        return None


def shown(headers: Headers, *, basic: bool = False) -> str:
    """Return what a request shows as its key, "" where it shows none.

    With `basic` the password of HTTP Basic is one too, or what stands there alone.
    """
    header = headers.get("authorization", "")
    if basic and (pair := basic_of(header)) is not None:
        return _password(pair)
    scheme, _, text = header.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def is_key(pair: tuple[str, str] | None) -> bool:
    """Whether the password of HTTP Basic has a key's form, and so is no guess at the login's."""
    return pair is not None and looks_like_one(_password(pair))


def _password(pair: tuple[str, str]) -> str:
    """Return the password of HTTP Basic, or what stands there alone."""
    user, password = pair
    return (password or user).strip()


def openai_error(
    message: str, kind: str, *, param: str | None = None, code: str | None = None
) -> dict[str, object]:
    """Return an error as OpenAI's programs read it."""
    return {"error": {"message": tell(message), "type": kind, "param": param, "code": code}}


def _is_signed(scope: Scope) -> bool:
    asks = scope["method"] in ("GET", "HEAD") and scope["path"].startswith(IMAGES)
    return asks and SIGNATURE in QueryParams(scope["query_string"])


def _no_entry(sentence: str, of_a1111: bool) -> Response:
    code = "invalid_api_key"
    if of_a1111:
        body, challenge = fault(code, sentence), 'Basic realm="playground"'
    else:
        body, challenge = openai_error(sentence, "invalid_request_error", code=code), "Bearer"
    return JSONResponse(body, 401, {"Cache-Control": "no-store", "WWW-Authenticate": challenge})
