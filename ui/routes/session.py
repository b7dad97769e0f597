"""The demo session of now over HTTP, for its presenter: the desk, the stage, and programs.

People in the room never come here: their door is ui/audience.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import InvalidInput, PlaygroundError
from backend.said import joined, msg
from backend.sessions.asked import number
from backend.sessions.desk import SCENES
from backend.sessions.live import Live
from backend.sessions.room import WISHES_MAX
from backend.sessions.rounds import Rounds, made_variants
from backend.sessions.sender import AT_ONCE
from backend.studio import Studio
from ui.present.records import Json
from ui.present.scan import scan_svg
from ui.present.session_plan import least_s, plan_json
from ui.present.sessions import desk_json, elsewhere_json, emptied, helper_url, room_url, stage_json
from ui.routes.answers import (
    BEAT,
    BEAT_S,
    REFUSED,
    JsonBody,
    chosen,
    content,
    json_answer,
    list_answer,
    refused,
    stream_answer,
    takes,
)
from ui.routes.models import sessions as models
from ui.routes.models.base import AN_ID, one_of
from ui.routes.schema import new_router

LOOK_S = 5.0
"""How often the desk is told who is here and where the door is, though nothing happened."""

PACE_S = 0.1
"""So long each page rests between two states."""

_OF = ("desk", "stage")
_EVENTS = {
    "schema": {
        "type": "string",
        "description": "Events with one line of data each: the whole state as a JSON object, each "
        "time that it has changed; `event: elsewhere` where several machines share the gallery: "
        "`here`, this one's desk, and `session`, the `machine`, `url` of the desk and `title` of "
        "a session on another one, or null; `event: beat` where nothing was said for 15 s.",
        "contentMediaType": "application/json",
    }
}

WishId = Annotated[str, AN_ID, Path(description="The wish's id.")]


def session_routes(studio: Studio, *, beat_s: float = BEAT_S) -> APIRouter:
    """Return the routes of the session of now; a silent stream beats every `beat_s` seconds."""
    own, router = _Sessions(studio, beat_s), new_router("Demo sessions")
    router.get(
        "/api/session", summary="The session of now", response_model=models.Desk, responses=REFUSED
    )(own.desk)
    router.post(
        "/api/session",
        summary="Start a session",
        response_model=models.Desk,
        responses=REFUSED,
        openapi_extra=takes(models.StartSession),
    )(own.start)
    router.post(
        "/api/session/plan",
        summary="What a session would cost",
        response_model=models.PlannedSession,
        responses=REFUSED,
        openapi_extra=takes(models.StartSession),
    )(own.plan)
    router.post(
        "/api/session/do",
        summary="Open, close, pause, raise, show, end",
        response_model=models.Desk,
        responses=REFUSED,
        openapi_extra=takes(models.SessionDeed),
    )(own.do)
    router.post(
        "/api/session/wishes",
        summary="Add a wish by hand",
        response_model=models.Desk,
        responses=REFUSED,
        openapi_extra=takes(models.WishByHand),
    )(own.add)
    router.post(
        "/api/session/wishes/{id}",
        summary="Approve, refuse, show, hide or try a wish again",
        response_model=models.Desk,
        responses=REFUSED,
        openapi_extra=takes(models.WishDeed),
    )(own.wish)
    router.get(
        "/api/session/code.svg",
        summary="The code that phones scan",
        response_class=Response,
        responses=content("image/svg+xml") | REFUSED,
    )(own.code)
    router.get(
        "/api/session/helper.svg",
        summary="The helper's link, to scan",
        response_class=Response,
        responses=content("image/svg+xml") | REFUSED,
    )(own.helper)
    router.get(
        "/api/session/events",
        summary="Follow the session",
        response_class=Response,
        responses={
            200: {"description": "The stream", "content": {"text/event-stream": _EVENTS}},
            **REFUSED,
        },
    )(own.events)
    return router


def desk_of(studio: Studio, live: Live) -> Json:
    """Return the session as its presenter sees it now."""
    sessions = studio.sessions
    return desk_json(
        live.session,
        code=live.desk.codes.now,
        addresses=sessions.addresses,
        here=live.room.here,
        trouble=joined(live.book.trouble, sessions.trouble),
        helper_token=live.helper.token,
        blocked=sessions.blocked.now,
        crowds=live.room.crowds.of(live.session),
        image_price_usd=studio.account.estimate(live.session.plan.model, 1),
        plays_s=studio.rehearsals.left_s,
    )


def stage_of(studio: Studio, live: Live) -> Json:
    """Return the session as the projector shows it now."""
    return stage_json(
        live.session,
        code=live.desk.codes.now,
        addresses=studio.sessions.addresses,
        here=live.room.here,
    )


class _Sessions:
    def __init__(self, studio: Studio, beat_s: float) -> None:
        self.studio, self._beat_s = studio, beat_s

    async def desk(self, request: Request) -> Response:
        """Return the desk's whole state: wishes, counts, money, the door."""
        try:
            live = self.studio.sessions.require()
            await self.studio.sessions.blocked.look()
            return list_answer(request, desk_of(self.studio, live))
        except PlaygroundError as error:
            return refused(error)

    async def start(self, body: JsonBody) -> Response:
        """Start a session, its door closed to wishes until it is opened.

        The one before it ends, and is kept.
        """
        try:
            return json_answer(desk_of(self.studio, await self.studio.sessions.start(body)))
        except PlaygroundError as error:
            return refused(error)

    async def plan(self, body: JsonBody) -> Response:
        """Return what a session would cost at most, and how long it would take; nothing begins."""
        account = self.studio.account
        try:
            plan = self.studio.sessions.planned(body)
        except PlaygroundError as error:
            return refused(error)
        price = account.estimate(plan.model, 1)
        standing = account.of(plan.model)
        usual = await self.studio.gallery.usual(plan.model, standing.connection.source)
        usual_s, per_minute = usual.seconds(plan.values), standing.limits.requests_per_minute
        seconds = least_s(plan.images, usual_s, AT_ONCE, per_minute)
        today = await self.studio.left_today(standing.limits)
        return json_answer(plan_json(plan, price_usd=price, seconds=seconds, today=today))

    async def do(self, request: Request, body: JsonBody) -> Response:
        """Change the session as a whole. One that is forgotten is told once more, without words."""
        try:
            live = self.studio.sessions.require(body.get("session"))
            deeds = _deeds(self.studio, live, body)
            await chosen(body.get("do"), deeds)()
            now = self.studio.sessions.live
            desk = desk_of(self.studio, now) if now else emptied(desk_of(self.studio, live))
            return list_answer(request, desk)
        except PlaygroundError as error:
            return refused(error)

    async def add(self, request: Request, body: JsonBody) -> Response:
        """Add a shouted idea: it is made next, without any phone."""
        try:
            live = self.studio.sessions.require()
            self.studio.sessions.check(live.book.session.plan, body.get("text"))
            await live.desk.add(body.get("text"))
            return list_answer(request, desk_of(self.studio, live))
        except PlaygroundError as error:
            return refused(error)

    async def wish(self, request: Request, id: WishId, body: JsonBody) -> Response:
        """Let a wish through one of the two gates, or not."""
        try:
            live = self.studio.sessions.require()
            await chosen(body.get("do"), _wish_deeds(live, id))()
            return list_answer(request, desk_of(self.studio, live))
        except PlaygroundError as error:
            return refused(error)

    async def code(self) -> Response:
        """Return the room's address as a QR code, black on white."""
        return self._scan(
            lambda live: room_url(self.studio.sessions.addresses, live.desk.codes.now)
        )

    async def helper(self) -> Response:
        """Return the helper's link as a QR code, black on white; it is for the desk alone."""
        return self._scan(
            lambda live: helper_url(live.session, self.studio.sessions.addresses, live.helper.token)
        )

    def _scan(self, url_of: Callable[[Live], str]) -> Response:
        try:
            url = url_of(self.studio.sessions.require())
            if not url:
                raise InvalidInput(msg("The room's door is not open."), msg("Open the stage."))
        except PlaygroundError as error:
            return refused(error)
        return Response(scan_svg(url), 200, {"Cache-Control": "no-store"}, "image/svg+xml")

    async def events(
        self,
        of: Annotated[str, one_of(*_OF), Query(description="Whose view of it.")] = "desk",
    ) -> Response:
        """Stream the session of now, and the one that comes after it, as the desk or stage sees it.

        It needs no session to begin with.
        """
        view = stage_of if of == "stage" else desk_of
        return stream_answer(self._stream(view))

    async def _stream(self, view: Callable[[Studio, Live], Json]) -> AsyncIterator[str]:
        sessions, told, quiet_s, told_at = self.studio.sessions, "", 0.0, 0.0
        others = "null"
        yield "retry: 1000\n\n"
        while True:
            # In a flood of ideas the states of a moment are told in one go.
            await asyncio.sleep(told_at + PACE_S - time.monotonic())
            await sessions.blocked.look()
            live, another, told_at = sessions.live, sessions.current, time.monotonic()
            seen = live and live.session
            text = "null" if live is None else json.dumps(view(self.studio, live))
            if text != told:
                told, quiet_s = text, 0.0
                yield f"data: {text}\n\n"
            if (found := json.dumps(elsewhere_json(sessions.elsewhere))) != others:
                others = found
                yield f"event: elsewhere\ndata: {others}\n\n"
            if live is not None and live.session is not seen:
                continue  # it happened while a slow page was told of the one before
            changes: list[asyncio.Future[Any]] = [asyncio.ensure_future(another.wait())]
            if live is not None:
                changes.append(asyncio.ensure_future(live.book.changed()))
            wait_s = min(LOOK_S, self._beat_s)
            try:
                done, _ = await asyncio.wait(
                    changes, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
                )
            finally:  # also where the page has hung up
                for change in changes:
                    change.cancel()
            quiet_s = 0.0 if done else quiet_s + wait_s
            if quiet_s >= self._beat_s:
                quiet_s = 0.0
                yield BEAT


Deed = Callable[[], Awaitable[object]]


def _deeds(studio: Studio, live: Live, body: Mapping[str, Any]) -> dict[str, Deed]:
    desk, sessions = live.desk, studio.sessions

    def rounds() -> Rounds:
        if live.rounds is None:
            raise InvalidInput(msg("No images are made in what was recorded."), "")
        return live.rounds

    return {
        "check": desk.check,
        "open": desk.open,
        "close": desk.close,
        "rotate": desk.rotate,
        "helper": live.helper.renew,
        "refuse_all": lambda: desk.refuse_all(_crowd(live, body)),
        "pause": desk.pause,
        "resume": lambda: desk.pause(paused=False),
        "raise": lambda: desk.raise_images(body.get("images", 10)),
        "trust": lambda: desk.trust(body.get("next")),
        "scene": lambda: desk.scene(**_scene(body)),
        "variants": lambda: rounds().vary(
            str(body.get("wish")),
            body.get("kind"),
            name=body.get("field"),
            values=body.get("values"),
            count=body.get("count"),
            vote=body.get("vote") is True,
        ),
        "round": lambda: desk.start_round(
            _ids(body.get("options")) or made_variants(live.book.session)
        ),
        "closed": desk.close_round,
        "address": lambda: sessions.prefer(body.get("url")),
        "onward": lambda: rounds().onward(count=body.get("count"), vote=body.get("vote") is True),
        "next": lambda: sessions.next(keep=body.get("keep") is not False),
        "end": lambda: sessions.end(live.session.id),
        "forget": lambda: sessions.forget(live.session.id),
        "keep": lambda: studio.rehearsals.keep(name=body.get("name")),
        "rehearse": lambda: studio.rehearsals.rehearse(body.get("on"), body.get("demo")),
    }


def _wish_deeds(live: Live, wish_id: str) -> dict[str, Deed]:
    desk = live.desk
    deeds = (desk.approve, desk.hold, desk.refuse, desk.show, desk.hide, desk.again)
    return {deed.__name__: lambda deed=deed: deed(wish_id) for deed in deeds}  # type: ignore[misc]


def _scene(body: Mapping[str, Any]) -> dict[str, bool]:
    return {name: bool(body[name]) for name in SCENES if name in body}


def _crowd(live: Live, body: Mapping[str, Any]) -> Sequence[str]:
    """Return the wishes of a crowd, none once they are gone. Raises: InvalidInput."""
    group = number({"group": 0, **body}, "group", 0, WISHES_MAX)
    crowds = live.room.crowds.of(live.book.session)
    return next((one.wishes for one in crowds if one.number == group), ())


def _ids(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
