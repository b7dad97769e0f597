"""The closed door, as a plain ASGI middleware: who may talk to the page, how, and how much.

`Guard` stands before everything.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.said import Said, joined, msg
from ui.door.policy import STRICT
from ui.door.proxy import said
from ui.door.read_on import comes_with_body, read_on
from ui.language.chosen import tell
from ui.present.facts import FILE_MAX_BYTES, PAGES

BODY_MAX_BYTES = 10_000_000
"""The largest request: a form with its longest texts is a hundredth of it."""

UPLOAD_MAX_BYTES = {
    "/api/metadata": FILE_MAX_BYTES + 4_000_000,
    "/sdapi/v1/png-info": 2 * BODY_MAX_BYTES,  # in base64, and in memory
}
"""The larger limits of the paths that take whole files."""

OPENED_FROM_ELSEWHERE = frozenset(
    {"/", "/docs", "/login", "/logout"}
    | {f"{path}{end}" for path, _ in PAGES.values() if path != "/" for end in ("", "/")}
)
"""What a link on another site may open. Nothing else of ours can be reached from other sites."""

HEADERS = {
    "Content-Security-Policy": STRICT,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_MISDIRECTED = msg(
    "This playground does not answer under that name. Open the address that it printed when it "
    "started, or start it with --allow-host and this name."
)

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_-]+(?:\.[a-z0-9_-]+)*))(?::[0-9]{1,5})?")
_METHODS = frozenset({"GET", "HEAD", "POST"})


def refusal(scope: Scope, status: int, sentence: str, **headers: str) -> Response:
    """Return an answer that says why not: text for a person's browser, else JSON."""
    sentence = tell(sentence)
    extra = {"Cache-Control": "no-store"} | {k.replace("_", "-"): v for k, v in headers.items()}
    if is_navigation(scope):
        return PlainTextResponse(sentence, status, extra)
    return JSONResponse({"detail": sentence}, status, extra)


def is_navigation(scope: Scope) -> bool:
    """Whether a person opened this address, rather than a script or a program asking for it."""
    headers = Headers(scope=scope)
    mode = headers.get("sec-fetch-mode")  # not sent over http beyond this computer
    return mode == "navigate" or (mode is None and "text/html" in headers.get("accept", ""))


def own_names() -> frozenset[str]:
    """Return the names by which others on the network know this computer."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return frozenset({name, short, f"{short}.local"})


def host_allowed(host: str, names: Collection[str] = (), *, any_address: bool = False) -> bool:
    """Whether `host`, a Host header, is one of ours; the port may be any (ssh and Docker map it).

    This stops DNS rebinding, where a stranger's name leads to this computer. Rebinding needs a
    name: so where a login guards the page, `any_address` lets every literal IP address through,
    and else only this computer's own.
    """
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    name = found[1] or found[2]
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name in names
    return any_address or address.is_loopback or str(address) in names


def is_here(host: str) -> bool:
    """Whether `host`, a Host header, can only mean this computer itself."""
    return host_allowed(host) or host.lower().partition(":")[0].endswith(".localhost")


class Guard:
    """Refuses foreign hosts, foreign pages and big bodies; puts security headers on all answers.

    `allowed_hosts`: further names (no ports) under which the page may be opened; under others one
    is told `misdirected`. `larger`: paths that take more than `max_body_bytes`. `opened` says of a
    path whether a link on another site may open it. `headers` are put on all answers.
    A program that sends neither Origin nor Sec-Fetch-* headers, such as curl, is none of a
    browser's pages.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed_hosts: Iterable[str] = (),
        any_address: bool = False,
        max_body_bytes: int = BODY_MAX_BYTES,
        larger: Mapping[str, int] = UPLOAD_MAX_BYTES,
        opened: Callable[[str], object] = OPENED_FROM_ELSEWHERE.__contains__,
        headers: Mapping[str, str] = HEADERS,
        misdirected: Said = _MISDIRECTED,
    ) -> None:
        self.app = app
        self.larger, self.opened = larger, opened
        self.headers, self.misdirected = headers, misdirected
        self.names = frozenset(name.lower() for name in allowed_hosts)
        self.any_address = any_address
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # nothing of ours speaks it, and no CORS protects it
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            exchange = _Exchange(
                receive, send, self._limit(scope), self.headers, unread=comes_with_body(scope)
            )
            refused = self._refused(scope)
            if refused is not None:
                await refused(scope, exchange.receive, exchange.send)
            else:
                await self._pass_on(scope, exchange)
        else:
            await self.app(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        headers = MutableHeaders(scope=scope)
        hosts = [*said(scope).hosts, *headers.getlist("host")]
        known = all(host_allowed(h, self.names, any_address=self.any_address) for h in hosts)
        if len(headers.getlist("host")) != 1 or not known:
            return refusal(scope, 421, self.misdirected)
        if scope["method"] not in _METHODS:
            return refusal(scope, 405, msg("That cannot be done here."), Allow="GET, HEAD, POST")
        host = headers["host"] = hosts[0]  # what the browser asked for, whoever handed it on
        if sentence := _lost_https(scope, headers, host):
            return refusal(scope, 421, sentence)
        if _is_foreign(scope, headers, host, self.opened):
            lost = headers.get("origin", "").lower() == f"https://{host.lower()}"
            return refusal(scope, 403, joined(_FOREIGN, _UNTOLD) if lost else _FOREIGN)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return refusal(scope, 400, msg("The request's length makes no sense."))
        if len(length) > 15 or int(length) > self._limit(scope):
            return self._too_big(scope)
        return None

    def _limit(self, scope: Scope) -> int:
        return self.larger.get(scope["path"], self.max_body_bytes)

    def _too_big(self, scope: Scope) -> Response:
        limit = self._limit(scope)
        if limit < 100_000:
            kilobytes = round(limit / 1000, 1)
            sentence = msg("That is too much at once: the limit is {size} kB.", size=kilobytes)
        else:
            sentence = msg("That is too much at once: the limit is {size} MB.", size=limit / 1e6)
        return refusal(scope, 413, sentence)

    async def _pass_on(self, scope: Scope, exchange: _Exchange) -> None:
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except Exception:
            if exchange.too_big:
                pass  # however the app took the loss of the body, the answer is ours
            elif exchange.started:
                raise
            else:
                words = joined(
                    msg("The program made a mistake here."), msg("Please report what you did.")
                )
                await refusal(scope, 500, words)(scope, exchange.receive, exchange.send)
                raise  # to the log
        if exchange.too_big and not exchange.started:
            exchange.too_big = False
            await self._too_big(scope)(scope, exchange.receive, exchange.send)


_FOREIGN = msg("Another web page asked for this, so it is refused. Open the playground itself.")
_UNTOLD = msg(
    "If you came over HTTPS, the proxy between did not say so. Let it send X-Forwarded-Proto, and "
    "start the playground with --trust-proxy and its address."
)


def _lost_https(scope: Scope, headers: Headers, host: str) -> str:
    """Return what is wrong where a browser came over HTTPS and nobody told us, else "".

    Its page would stay empty: the addresses in it would begin with http.
    """
    if scope["scheme"] == "https":
        return ""
    if is_navigation(scope) and (proxy := said(scope).distrusted):
        return msg(
            "A proxy brought you here over HTTPS, and the playground does not trust it yet. "
            "Start the playground with --trust-proxy {proxy}.",
            proxy=proxy,
        )
    # Sec-Fetch-* is sent over HTTPS, and over plain HTTP to this computer alone.
    lost = is_navigation(scope) and "sec-fetch-mode" in headers and not is_here(host)
    return _UNTOLD if lost else ""


def _is_foreign(scope: Scope, headers: Headers, host: str, opened: Callable[[str], object]) -> bool:
    """Whether a page that is not ours is behind this request.

    Another port of this computer is not ours either, though browsers call it "same-site".
    """
    origins = headers.getlist("origin")
    if any(origin.lower() != f"{scope['scheme']}://{host.lower()}" for origin in origins):
        return True
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return False
    followed_a_link = (
        scope["method"] == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
    return not (followed_a_link and opened(scope["path"]))


class _TooBig(Exception):
    """The body has grown beyond the limit."""


class _Exchange:
    """One request's two channels: counts the body, completes the headers.

    A refusal waits for the `unread` rest of the body, or its sender would not hear of it.
    """

    def __init__(
        self,
        receive: Receive,
        send: Send,
        max_bytes: int,
        headers: Mapping[str, str],
        *,
        unread: bool,
    ) -> None:
        self._receive, self._send, self._headers = receive, send, headers
        self._room, self._unread = max_bytes, unread
        self.started = self.too_big = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._unread = message.get("more_body", False)
        if message["type"] == "http.request":
            self._room -= len(message.get("body", b""))
            if self._room < 0:
                self.too_big = True
                raise _TooBig
        return message

    async def send(self, message: Message) -> None:
        if self.too_big and not self.started:
            return  # the app's own words about a body that broke off
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            if self._unread and message["status"] >= 400 and not await read_on(self._receive):
                headers["Connection"] = "close"  # else all that still comes would be taken
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]  # Gradio's: nobody else's page is to read anything
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)
