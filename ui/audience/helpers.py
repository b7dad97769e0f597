"""The page of a helper on a second device: the desk's two gates, by a link of the session's own.

The link's token is in the address once; then a cookie holds it, for paths below /h alone. A helper
is nobody of the room, and a visitor's cookie opens nothing here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from backend.errors import InvalidInput
from backend.said import msg
from backend.sessions.helper import waits_to_be_shown
from ui.audience import page
from ui.audience.answers import (
    CROWD,
    NOTHING,
    Small,
    json_object,
    refusal_of,
    state_answer,
    text_in,
)
from ui.audience.guests import COOKIE_S, Guests
from ui.audience.knocks import Knocks
from ui.present.helper import helper_json

HOME = "/h"
IMAGE_MAX_PX = 512

_LINK = re.compile(rf"{HOME}(?:/[0-9a-f]{{32}})?", re.IGNORECASE | re.ASCII)
_NOT_NOW = msg("This link opens nothing any more. Ask the presenter for the new one.")


def is_link(path: str) -> bool:
    """Whether somebody may have sent this path to a helper; its token may be any."""
    return _LINK.fullmatch(path) is not None


class HelpersDoor:
    """The routes below /h. `now` returns the room of the session of now."""

    def __init__(self, now: Callable[[], Guests], small: Small, knocks: Knocks) -> None:
        self._now, self._small, self._knocks = now, small, knocks

    def routes(self) -> list[Route]:
        """Return the routes; in the code to scan the link is in capitals."""
        return [
            Route(HOME, self.page),
            Route("/h/page.js", self.script),
            Route("/h/state", self.state),
            Route("/h/do", self.do, methods=["POST"]),
            Route("/h/i/{ticket}", self.image),
            Route("/h/{token}", self.enter),
            Route("/H/{token}", self.enter),
        ]

    async def enter(self, request: Request) -> Response:
        """Let in who has the link, and take it out of the address."""
        now, path = self._now(), request.url.path
        if not is_link(path):  # signs that no link has: nothing to find out
            return page.words(request.scope, 404, NOTHING)
        helper = now.live.helper
        if not helper.fits(request.path_params["token"]):
            if not await self._knocks.wrong():
                return page.words(request.scope, 429, CROWD)
            return page.words(request.scope, 404, _NOT_NOW)
        answer = RedirectResponse(HOME, 303, page.NO_STORE)
        answer.set_cookie(
            _cookie(now), helper.token, COOKIE_S, path=HOME, httponly=True, samesite="lax"
        )
        return answer

    async def page(self, request: Request) -> Response:
        """Answer the page."""
        now = self._helped(request)
        return page.helper_page(_text(now)) if now else _not_now(request)

    async def script(self, request: Request) -> Response:
        """Answer the page's one script."""
        return page.script_answer(request, page.HELPER_SCRIPT)

    async def state(self, request: Request) -> Response:
        """Answer the two gates; 204 where they are as the helper names them."""
        now = self._helped(request)
        return state_answer(_text(now), request) if now else _not_now(request)

    async def do(self, request: Request) -> Response:
        """Let a wish through one of the gates, or not: `{"id": …, "do": approve|refuse|show}`."""
        body = await request.body()
        now = self._helped(request)  # the link may have changed while the body came in
        if not now:
            return _not_now(request)
        return await refusal_of(_done(now, body)) or state_answer(_text(now))

    async def image(self, request: Request) -> Response:
        """Answer a picture that waits to be shown, small."""
        if now := self._helped(request):
            session = now.live.session
            wish = session.wishes.get(now.tickets.wish(request.path_params["ticket"]))
            if wish and wish.picture and waits_to_be_shown(wish) and not session.ended:
                found = await self._small(wish.picture, IMAGE_MAX_PX)
                if found is not None and self._helped(request):
                    return Response(found, 200, page.NO_STORE, "image/webp")
        return page.words(request.scope, 404, NOTHING)

    def _helped(self, request: Request) -> Guests | None:
        """Return the room that is helped with this request's cookie, None where none is."""
        now = self._now()
        if now.forgotten:
            return None
        return now if now.live.helper.fits(request.cookies.get(_cookie(now), "")) else None


async def _done(now: Guests, body: bytes) -> None:
    """Do what is asked. Raises: InvalidInput saying why not."""
    asked, helper = json_object(body), now.live.helper
    deeds = {"approve": helper.approve, "refuse": helper.refuse, "show": helper.show}
    deed = deeds.get(text_in(asked, "do"))
    if deed is None:
        raise InvalidInput(msg("That cannot be done here."), field="do")
    await deed(text_in(asked, "id"))


def _text(now: Guests) -> str:
    return json.dumps(helper_json(now.live.session, now.tickets.of))


def _cookie(now: Guests) -> str:
    return f"helper_{now.live.session.id[:12]}"


def _not_now(request: Request) -> Response:
    return page.words(request.scope, 404, _NOT_NOW)
