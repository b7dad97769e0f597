"""The login: one user name and password before everything but /login and /healthz.

Browsers get a form and a session cookie, programs send HTTP Basic; both are slowed down alike
after wrong passwords.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import logging
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import SettingsError
from ui.guard import Guard, is_navigation, own_names, refusal
from ui.login_page import login_page, logout_page

log = logging.getLogger(__name__)

COOKIE = "sentry_block_session"
SESSION_S = 12 * 3600.0
SESSIONS_MAX = 1_000
PASSWORD_MIN_CHARS = 12
FORM_MAX_BYTES = 8_192
GENERATED_USER = "playground"

NEEDED = "Log in first: open /login, or send your user name and password as HTTP Basic."
WRONG = "That user name or password is not right."


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one user that may come in."""

    user: str
    password: str = field(repr=False)

    def match(self, user: str, password: str) -> bool:
        """Compare both, in a time that does not tell how much of them is right."""
        right_user = hmac.compare_digest(_bytes(user), _bytes(self.user))
        right_password = hmac.compare_digest(_bytes(password), _bytes(self.password))
        return right_user & right_password


def parse_auth(text: str) -> Credentials:
    """Read `user:password`. Raises: SettingsError, which never quotes the text."""
    user, colon, password = text.partition(":")
    if not colon or not user.strip() or not text.isprintable():
        raise SettingsError(
            "The login is not of the form user:password.", "Check --auth or PLAYGROUND_AUTH."
        )
    if len(password) < PASSWORD_MIN_CHARS:
        raise SettingsError(
            "The login's password is too short.",
            f"Choose one of {PASSWORD_MIN_CHARS} or more, or leave --auth out to have one made.",
        )
    return Credentials(user, password)


def generate_auth() -> Credentials:
    """Return a login that nobody can guess (144 random bits), to be shown once."""
    return Credentials(GENERATED_USER, secrets.token_urlsafe(18))


class Throttle:
    """Who has to wait after wrong passwords: 10 s after the fifth, then twice as long each time.

    Per address (an IPv6 network counts as one) up to 15 minutes, and over all addresses up to one
    minute, from the thirtieth wrong password on. An hour without any is forgiven.
    """

    FREE, FREE_OF_ALL = 5, 30
    FIRST_S, LONGEST_S, LONGEST_OF_ALL_S = 10.0, 900.0, 60.0
    FORGIVEN_S = 3_600.0
    ADDRESSES_MAX = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._of_all = (0, 0.0)

    def wait_s(self, address: str) -> float:
        """Return the seconds until `address` may try again, 0 for now."""
        mine = self._failures.get(_network(address), (0, 0.0))
        return max(
            self._left_s(mine, self.FREE, self.LONGEST_S),
            self._left_s(self._of_all, self.FREE_OF_ALL, self.LONGEST_OF_ALL_S),
        )

    def failed(self, address: str) -> None:
        network = _network(address)
        self._failures[network] = self._one_more(self._failures.pop(network, (0, 0.0)))
        self._of_all = self._one_more(self._of_all)
        if len(self._failures) > self.ADDRESSES_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        self._failures.pop(_network(address), None)

    def _one_more(self, before: tuple[int, float]) -> tuple[int, float]:
        now = self._clock()
        forgiven = now - before[1] > self.FORGIVEN_S
        return (1 if forgiven else before[0] + 1), now

    def _left_s(self, failures: tuple[int, float], free: int, longest_s: float) -> float:
        count, last = failures
        if count < free:
            return 0.0
        wait_s = min(longest_s, self.FIRST_S * 2.0 ** min(count - free, 20))
        return max(0.0, last + wait_s - self._clock())


class Sessions:
    """Who is logged in, in memory: a restart logs everybody out. Tokens are kept as hashes only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: OrderedDict[bytes, float] = OrderedDict()

    def open(self) -> str:
        """Return a new token (256 random bits), good for 12 hours."""
        token = secrets.token_urlsafe(32)
        self._ends[_digest(token)] = self._clock() + SESSION_S
        while len(self._ends) > SESSIONS_MAX:
            self._ends.popitem(last=False)
        return token

    def is_open(self, token: str) -> bool:
        return self._ends.get(_digest(token), -math.inf) > self._clock()

    def close(self, token: str) -> None:
        self._ends.pop(_digest(token), None)


def closed_door(
    credentials: Credentials | None = None, allowed_hosts: Iterable[str] = ()
) -> list[Middleware]:
    """Return what stands before the app: the Guard, and with credentials the LoginGate behind it.

    Without a login the page answers to this computer's loopback names and `allowed_hosts` only.
    With one it is meant to be reached from elsewhere: by any IP address, and this computer's name.
    """
    names = {*allowed_hosts, *(own_names() if credentials else ())}
    door = [Middleware(Guard, allowed_hosts=names, any_address=credentials is not None)]
    return [*door, Middleware(LoginGate, credentials)] if credentials else door


class LoginGate:
    """ASGI middleware that lets only those in who know the credentials.

    Open to all: /login, and GET /healthz, which says no more than that the program runs. The cookie
    is SameSite=Lax, so that a link in a mail opens the page: no GET of ours changes anything, and
    the Guard, which stands before, refuses other sites' POSTs and scripts.
    """

    def __init__(
        self,
        app: ASGIApp,
        credentials: Credentials,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.credentials = credentials
        self.throttle, self.sessions = Throttle(clock), Sessions(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = await self._answer(Request(scope, receive))
        await (self.app if answer is None else answer)(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """Return the gate's own answer, None where the request may pass."""
        scope, path = request.scope, request.scope["path"]
        posted = scope["method"] == "POST"
        if path == "/login":
            return await self._log_in(request) if posted else self._form(request)
        if path == "/healthz":
            return None
        token = request.cookies.get(COOKIE, "")
        if path == "/logout":
            return self._log_out(token) if posted else logout_page()
        if self.sessions.is_open(token):
            return None
        basic = _basic(request.headers)
        if basic is not None:
            return self._check(request, *basic)
        if scope["method"] == "GET" and is_navigation(scope):
            query = scope["query_string"].decode("latin-1")
            wanted = safe_next(f"{path}?{query}" if query else path)
            target = "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}"
            return RedirectResponse(target, 303, {"Cache-Control": "no-store"})
        return refusal(scope, 401, NEEDED)

    def _check(self, request: Request, user: str, password: str) -> Response | None:
        """Return None where user and password are right, else the refusal; counts it."""
        address = request.client.host if request.client else ""
        if wait_s := math.ceil(self.throttle.wait_s(address)):
            return JSONResponse(
                {"detail": f"Too many wrong passwords. Try again in {_duration(wait_s)}."},
                429,
                {"Retry-After": str(wait_s), "Cache-Control": "no-store"},
            )
        if self.credentials.match(user, password):
            self.throttle.succeeded(address)
            return None
        self.throttle.failed(address)
        log.warning("a wrong user name or password came from %s", address)
        return JSONResponse({"detail": WRONG}, 401, {"Cache-Control": "no-store"})

    def _form(self, request: Request) -> Response:
        return login_page(safe_next(request.query_params.get("next", "/")))

    async def _log_in(self, request: Request) -> Response:
        form = await _read_form(request)
        if form is None:
            return refusal(request.scope, 413, "That is too long for a user name and a password.")
        wanted = safe_next(form.get("next", "/"))
        user, password = form.get("user", ""), form.get("password", "")
        refused = self._check(request, user, password)
        if refused is not None:
            if not is_navigation(request.scope):
                return refused
            return login_page(wanted, user=user, refused=refused)
        answer = RedirectResponse(quote(wanted, safe="/?&=%#:+,;@!*'()~"), 303)
        answer.headers["Cache-Control"] = "no-store"
        answer.set_cookie(
            COOKIE,
            self.sessions.open(),
            max_age=int(SESSION_S),
            httponly=True,
            samesite="lax",
            secure=request.scope["scheme"] == "https",
        )
        return answer

    def _log_out(self, token: str) -> Response:
        self.sessions.close(token)
        answer = RedirectResponse("/login", 303, {"Cache-Control": "no-store"})
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer


def safe_next(text: str) -> str:
    """Return `text` where it is a path on this server, else "/": no link leads out by the login."""
    bad = not text.startswith("/") or text.startswith("//") or "\\" in text or len(text) > 2_000
    if bad or not text.isprintable() or text.split("?")[0] in ("/login", "/logout"):
        return "/"
    return text


async def _read_form(request: Request) -> dict[str, str] | None:
    """Return the fields of a posted form; None where it is too long to be one."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_MAX_BYTES:
            return None
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _basic(headers: Headers) -> tuple[str, str] | None:
    """Return the user and password of an Authorization header, None where there is none."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""  # counts as wrong
    return user, password


def _network(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or an IPv6 network of one household."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


def _duration(seconds: int) -> str:
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _digest(token: str) -> bytes:
    return hashlib.sha256(_bytes(token)).digest()
