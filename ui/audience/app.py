"""The app behind the room's door: these routes and no others, and before them the Guard."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import InvalidInput
from backend.said import joined, msg
from backend.sessions.code import LENGTH, SIGNS
from ui.audience import page
from ui.audience.answers import (
    CROWD,
    NOTHING,
    Small,
    json_object,
    refusal,
    refusal_of,
    state_answer,
    text_in,
)
from ui.audience.guests import COOKIE_S, Guests, new_key
from ui.audience.helpers import HelpersDoor, is_link
from ui.audience.knocks import Knocks
from ui.audience.stream import PhoneStream
from ui.door.guard import Guard, own_names
from ui.language.chosen import LanguageOfVisitor
from ui.present.phone import ENDED
from ui.present.sessions import may_see

BODY_MAX_BYTES = 4_096
STREAMS_MAX = 500
IMAGE_MAX_PX = 768

_TYPED = re.compile(r"[A-Za-z0-9]{4}", re.ASCII)
_CODE = re.compile(rf"[{SIGNS}{SIGNS.lower()}]{{{LENGTH}}}", re.ASCII)
_ASK = msg("Type the four signs that are on the screen.")
_WRONG = msg("This is not the code on the screen. It changes every ten minutes.")
_FAST = msg("That was very fast. Try again in a moment.")
_GONE = msg("You are not in this session any more.")
_ELSEWHERE = msg("Scan the code on the screen, or type the address that stands beside it.")


class Audience:
    """The routes. `guests` finds those of the session of now and, for a while, of former ones."""

    def __init__(
        self,
        guests: Callable[[], list[Guests]],
        small: Small,
        *,
        streams_max: int = STREAMS_MAX,
        knocks: Knocks | None = None,
    ) -> None:
        self._guests, self._small = guests, small
        self._streams_max, self._streams = streams_max, 0
        self._knocks = knocks or Knocks()

    def app(self, reached: Callable[[Scope], None]) -> ASGIApp:
        """Return the app; `reached` is told of each request that the Guard let through."""
        helpers = HelpersDoor(lambda: self._guests()[0], self._small, self._knocks)
        app = Starlette(
            routes=[
                Route("/", self.page),
                Route("/page.js", self.script),
                Route("/s", self.stream),
                Route("/state", self.state),
                Route("/wish", self.wish, methods=["POST"]),
                Route("/take-back", self.take_back, methods=["POST"]),
                Route("/vote", self.vote, methods=["POST"]),
                Route("/i/{ticket}", self.image),
                *helpers.routes(),
                Route("/{code}", self.enter),
            ],
            middleware=[
                Middleware(LanguageOfVisitor),
                Middleware(
                    Guard,
                    any_address=True,
                    allowed_hosts=own_names(),
                    max_body_bytes=BODY_MAX_BYTES,
                    larger={},
                    opened=_is_opened,
                    headers=page.headers(),
                    misdirected=_ELSEWHERE,
                ),
                Middleware(_Reached, reached),
            ],
            exception_handlers={HTTPException: _nothing},
        )
        app.router.redirect_slashes = False  # of what there is not, nothing leads elsewhere
        return app

    # --- coming in ----------------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        """Answer the page of who is in the room; others are asked for the code."""
        typed = request.query_params.get("code", "").strip()
        guests, visitor = self._who(request)
        if guests and not (guests.over and typed):
            return page.phone_page(await guests.text(visitor))
        if _TYPED.fullmatch(typed):  # the form of who types it
            return RedirectResponse(f"/{typed}", 303)
        if self._guests()[0].ended:
            return page.words(request.scope, 410, ENDED)
        return page.words(request.scope, 200, _ASK, asks=True)

    async def enter(self, request: Request) -> Response:
        """Let in who has the code, and forget it: it leaves the address, too."""
        code = request.path_params["code"]
        if not _CODE.fullmatch(code):  # a path, or signs that no code has: nothing to find out
            typed = _TYPED.fullmatch(code)
            return page.words(request.scope, 404, _WRONG if typed else NOTHING, asks=bool(typed))
        now = self._guests()[0]
        answer = RedirectResponse("/", 303, page.NO_STORE)
        if self._who(request)[0] is now:
            return answer
        if not now.live.desk.codes.fits(code):
            if not await self._knocks.wrong():
                return page.words(request.scope, 429, CROWD, asks=True)
            return page.words(request.scope, 404, _WRONG, asks=True)
        if now.ended:
            return page.words(request.scope, 410, ENDED)
        key = new_key()
        try:
            await now.enter(key)
        except InvalidInput as error:
            return page.words(request.scope, 503, joined(error.message, error.hint))
        answer.set_cookie(now.cookie, key, COOKIE_S, httponly=True, samesite="lax")
        return answer

    async def script(self, request: Request) -> Response:
        """Answer the page's one script."""
        return page.script_answer(request, page.SCRIPT)

    # --- what happens -------------------------------------------------------------------------

    async def stream(self, request: Request) -> ASGIApp:
        """Answer the states as they come; 204 where as many streams are open as there may be."""
        guests, visitor = self._who(request)
        if not guests:
            return _gone(request.scope)
        if self._streams >= self._streams_max or request.method == "HEAD":
            return Response(None, 204)
        return self._counted(PhoneStream(guests, visitor))

    async def state(self, request: Request) -> Response:
        """Answer the state; 204 where it is the one that the phone names."""
        guests, visitor = self._who(request)
        if not guests:
            return _gone(request.scope)
        return state_answer(await guests.text(visitor), request)

    async def image(self, request: Request) -> Response:
        """Answer a picture that this visitor may see."""
        guests, visitor = self._who(request)
        if guests and not guests.over:
            session = guests.live.session
            wish = session.wishes.get(guests.tickets.wish(request.path_params["ticket"]))
            if wish and wish.picture and may_see(session, visitor, wish):
                found = await self._small(wish.picture, IMAGE_MAX_PX)
                if found is not None and not guests.forgotten:
                    return Response(found, 200, page.NO_STORE, "image/webp")
        return page.words(request.scope, 404, NOTHING)

    # --- what phones do -----------------------------------------------------------------------

    async def wish(self, request: Request) -> Response:
        """Take a wish; the same token twice is one."""

        async def done(guests: Guests, visitor: str, body: dict[str, Any]) -> None:
            token = text_in(body, "token")
            await guests.live.room.wish(visitor, token, body.get("text"), body.get("choices"))

        return await self._do(request, done)

    async def take_back(self, request: Request) -> Response:
        """Take back an own wish, with its image."""

        async def done(guests: Guests, visitor: str, body: dict[str, Any]) -> None:
            await guests.live.room.take_back(visitor, text_in(body, "id"))

        return await self._do(request, done)

    async def vote(self, request: Request) -> Response:
        """Vote; the last vote counts."""

        async def done(guests: Guests, visitor: str, body: dict[str, Any]) -> None:
            await guests.live.room.vote(visitor, text_in(body, "round"), body.get("option"))

        return await self._do(request, done)

    async def _do(
        self, request: Request, done: Callable[[Guests, str, dict[str, Any]], Awaitable[None]]
    ) -> Response:
        """Answer the state after a deed, or why it cannot be done."""
        guests, visitor = self._who(request)
        if not guests or guests.over:
            return _gone(request.scope)
        if not guests.deeds.may(visitor):
            return refusal(429, _FAST)
        body = await request.body()
        if guests.forgotten:  # while the body came in
            return _gone(request.scope)

        async def asked() -> None:
            await done(guests, visitor, json_object(body))

        return await refusal_of(asked()) or state_answer(await guests.text(visitor))

    def _who(self, request: Request) -> tuple[Guests | None, str]:
        """Return whose room somebody is in, and who that is there."""
        for guests in self._guests():
            if visitor := guests.visitor(request.cookies.get(guests.cookie, "")):
                if request.client is not None:
                    guests.came(visitor, request.client.host)
                return guests, visitor
        return None, ""

    def _counted(self, stream: ASGIApp) -> ASGIApp:
        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self._streams += 1
            try:
                await stream(scope, receive, send)
            finally:
                self._streams -= 1

        return counted


class _Reached:
    """ASGI middleware: tells of each request."""

    def __init__(self, app: ASGIApp, reached: Callable[[Scope], None]) -> None:
        self.app, self._reached = app, reached

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._reached(scope)
        await self.app(scope, receive, send)


def _is_opened(path: str) -> bool:
    """Whether a link on another site may open it: the page, the code and a helper's link."""
    return path == "/" or _TYPED.fullmatch(path[1:]) is not None or is_link(path)


def _gone(scope: Scope) -> Response:
    return page.words(scope, 410, _GONE)


async def _nothing(request: Request, error: Exception) -> Response:
    """Answer what there is not, whichever way it was asked for."""
    return page.words(request.scope, 404, NOTHING)
