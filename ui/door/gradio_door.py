"""The door before Gradio: of its routes only those that the page needs, of events only sound ones.

What comes through is JSON that Gradio can read, for a function that there is, and names no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.said import Said, msg, msg_n
from ui import static
from ui.door.event_body import Event, Unfit, read_event, write_event
from ui.door.guard import is_navigation, refusal
from ui.door.policy import OF_GRADIO
from ui.gradio_private import Events, Takes
from ui.language.chosen import language

# Everything that reaches Gradio and is not here is 404. Left out on purpose: /file= and /proxy=
# (other files, other servers), /upload, the monitoring, run-history, "vibe" and developer routes,
# its login, and the descriptions of its API beyond /info, which its own client needs.
GRADIO = {
    "GET": re.compile(
        r"/|/config/?|/theme\.css|/robots\.txt"
        r"|/(assets|static)/(?!.*\.\.).+"
        r"|/gradio_api/(info/?|app_id/?|queue/data|heartbeat/[\w-]+|call/[\w-]+/[\w-]+)"
    ),
    "POST": re.compile(r"/gradio_api/((run|call)/[\w-]+/?|queue/join|cancel|reset/?)"),
}
GRADIO["HEAD"] = GRADIO["GET"]

_CALLED = re.compile(r"/gradio_api/(?:run|call)/([\w-]+)/?")
_AWAITED = re.compile(r"/gradio_api/call/[\w-]+/([\w-]+)")
_LEADS_OUT = b'href="/manifest.json"'
_LEADS_IN = b'href="./manifest.json" crossorigin="use-credentials"'  # to ours, with the login
_HEAD = b"<head>"
_FIRST = ("create/frames.js", "create/copies.js", "create/own_language.js")
_OF_HTML = re.compile(rb"<html\s+lang=\"en\"")
_NOTHING = msg("There is no such thing here.")


def close_gradio(app: Starlette, lost: Callable[[], Response] | None = None) -> None:
    """Put this door before the Gradio app mounted in `app`.

    `lost` answers a person who opened an address that leads nowhere.

    Our own routes come before the mount, so they never meet it.
    """
    (mount,) = (route for route in app.routes if isinstance(route, Mount))
    mount.app = GradioDoor(mount.app, Events(mount.app), lost)


class GradioDoor:
    """ASGI middleware; `events` is what is known of the page behind it; `lost` as above."""

    def __init__(
        self, app: ASGIApp, events: Events, lost: Callable[[], Response] | None = None
    ) -> None:
        self.app, self.events, self.lost = app, events, lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            known = GRADIO.get(scope["method"])
            path = scope["path"]
            if known is None or not known.fullmatch(path):
                await self._nothing(scope)(scope, receive, send)
                return
            if scope["method"] == "POST":
                answer, receive = await self._read(scope, receive)
            else:
                answer = self._awaited(scope)
            if answer is not None:
                await answer(scope, receive, send)
                return
            # Gradio finds its own address, which its page asks, by the whole path.
            scope = {**scope, "path": scope.get("root_path", "") + path}

        await self.app(scope, receive, _answering(send))

    def _nothing(self, scope: Scope) -> Response:
        if self.lost is not None and scope["method"] == "GET" and is_navigation(scope):
            return self.lost()
        return refusal(scope, 404, _NOTHING)

    async def _read(self, scope: Scope, receive: Receive) -> tuple[Response | None, Receive]:
        """Return a refusal, or None with what hands the event on as it was read here."""
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return Response(status_code=400), receive  # to nobody
        try:
            event = read_event(body)
            missing = self._complete(scope["path"], event)
        except Unfit as unfit:
            return refusal(scope, 422, unfit.sentence), receive
        if missing:
            return refusal(scope, 404, missing), receive
        written = write_event(event)
        headers = MutableHeaders(scope=scope)
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = str(len(written))
        scope["headers"] = [pair for pair in headers.raw if pair[0] != b"transfer-encoding"]
        pending: list[Message] = [{"type": "http.request", "body": written, "more_body": False}]

        async def again() -> Message:
            return pending.pop() if pending else await receive()

        return None, again

    def _complete(self, path: str, event: Event) -> str:
        """Put into the event what Gradio needs of it; return why it is for nobody, else "".

        Raises: Unfit.
        """
        if path.startswith(("/gradio_api/cancel", "/gradio_api/reset")):
            wanted = {"event_id", "session_hash", "fn_index"}
            if path.startswith("/gradio_api/reset"):
                wanted = {"event_id"}
            if lacking := wanted - event.keys():
                raise Unfit(msg("{name} is missing.", name=min(lacking)))
            return ""
        if "data" not in event:
            raise Unfit(msg("data, the list of the event's values, is missing."))
        if path == "/gradio_api/queue/join" and "session_hash" not in event:
            raise Unfit(msg("{name} is missing.", name="session_hash"))
        called = _CALLED.fullmatch(path)
        if called and called[0].startswith("/gradio_api/call/"):
            event.pop("fn_index", None)  # the name alone counts there
        takes = self.events.takes(called[1] if called else None, event.get("fn_index"))
        if takes is None:
            return _NOTHING
        if not takes.least <= len(event["data"]) <= takes.most:
            raise Unfit(_other_number(takes, len(event["data"])))
        return ""

    def _awaited(self, scope: Scope) -> Response | None:
        """Refuse to follow what was never asked: Gradio finds that out within the answer."""
        if scope["path"] == "/gradio_api/queue/data":
            session = Request(scope).query_params.get("session_hash", "")
            known = self.events.is_awaited(session)
        elif awaited := _AWAITED.fullmatch(scope["path"]):
            known = self.events.is_pending(awaited[1])
        else:
            return None
        return None if known else refusal(scope, 404, _NOTHING)


def _other_number(takes: Takes, given: int) -> Said:
    if takes.least < takes.most:
        return msg(
            "This takes {least} to {most} values, and {given} were given.",
            least=takes.least,
            most=takes.most,
            given=given,
        )
    return msg_n(
        "This takes 1 value, and {given} were given.",
        "This takes {n} values, and {given} were given.",
        takes.most,
        given=given,
    )


def _answering(send: Send) -> Send:
    """Return what hands Gradio's answers on, under their policy, its page as we have it.

    The page's links are relative: one would lead to another program where it stands below a path.
    Some of ours are first of its scripts.
    """
    head: Message | None = None

    async def answer(message: Message) -> None:
        nonlocal head
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = OF_GRADIO
            if headers.get("content-type", "").startswith("text/html"):
                head = message  # it tells the length: held back until that is known
                return
        elif head is not None:
            body = message.get("body", b"")
            message = {**message, "body": _as_we_have_it(body)}
            headers = MutableHeaders(scope=head)
            if "content-length" in headers:
                longer = len(message["body"]) - len(body)
                headers["content-length"] = str(int(headers["content-length"]) + longer)
            await send(head)
            head = None
        await send(message)

    return answer


def _as_we_have_it(page: bytes) -> bytes:
    own = language()
    script = "".join(f"<script>\n{static.text(name)}</script>" for name in _FIRST)
    script += static.texts(".", own.tag)  # before what Gradio puts into the head
    script += static.theme_colours()
    said = f'<html lang="{own.tag}" dir="{own.direction}"'
    page = _OF_HTML.sub(said.encode(), page, count=1)
    return page.replace(_LEADS_OUT, _LEADS_IN).replace(_HEAD, _HEAD + script.encode(), 1)
