"""The login: one user name and password before everything but /login, /healthz and /readyz.

Browsers get a form and a session cookie, programs send HTTP Basic; both are slowed down alike
after wrong passwords.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.said import joined, msg
from backend.settings.network import Network
from backend.storage.logins import Logins
from ui.door.credentials import Credentials, basic_of
from ui.door.guard import Guard, is_navigation, own_names, refusal
from ui.door.key_gate import TidyPaths, is_key, opens_with_key
from ui.door.login_page import Denied, login_page, logout_page
from ui.door.proxy import Proxied
from ui.door.shared_logins import SharedLogins
from ui.door.streams import Streams
from ui.door.throttle import SESSION_S, Sessions, Throttle
from ui.door.visitor import cookies
from ui.language.chosen import tell
from ui.present.place import at, root

log = logging.getLogger(__name__)

NOWHERE_ELSE = Network()
COOKIE = "sentry_block_session"
COOKIES_MAX = 50

SESSION = "playground.session"
"""What the scope holds of a request that a session let in: that one can be logged out."""

OPEN = ("/healthz", "/readyz")
"""What whoever watches the program asks for, without a login."""

FORM_MAX_BYTES = 8_192

NEEDED = msg(
    "Log in first: open {address}, or send your user name and password as HTTP Basic.",
    address="/login",
)
WRONG = msg("That user name or password is not right.")
SLOWED = joined(WRONG, msg("After many wrong ones, each further try takes a moment."))
CROWDED = msg("Too many tries are waiting from where you are. Try again in a few seconds.")
AWAY = msg("The database does not answer just now. Try again in a few seconds.")
WAIT_S = 5


def closed_door(
    credentials: Credentials | None = None,
    network: Network = NOWHERE_ELSE,
    logins: Logins | None = None,
) -> list[Middleware]:
    """Return what stands before the app: the Guard, and with credentials the LoginGate behind it.

    Without a login the page answers to this computer's loopback names only, and those of the
    `network`. With one it is meant to be reached from elsewhere: by any IP address, and this
    computer's name. `logins` are those that several machines share.
    """
    login = credentials is not None
    paths = [Middleware(Proxied, network), Middleware(TidyPaths, login=login)]
    if credentials is None:
        return [*paths, Middleware(Guard, allowed_hosts=network.hosts), Middleware(Streams)]
    names = own_names() | network.hosts
    return [
        *paths,
        Middleware(Guard, allowed_hosts=names, any_address=True),
        Middleware(LoginGate, credentials, logins),
        Middleware(Streams),
    ]


class LoginGate:
    """ASGI middleware that lets only those in who know the credentials.

    Open to all: /login, and GET /healthz and /readyz, which say no more than that the program runs,
    and that what it stands on answers; what a key opens has a gate of its own (key_gate.py). The
    cookie is SameSite=Lax, so that a link in a mail opens the page: no GET of ours changes
    anything, and the Guard, which stands before, refuses other sites' POSTs and scripts.
    """

    def __init__(
        self,
        app: ASGIApp,
        credentials: Credentials,
        logins: Logins | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.credentials = credentials
        self.throttle, self.sessions = Throttle(clock), Sessions(clock)
        self.shared = SharedLogins(logins, credentials, clock) if logins else None

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
        if path in OPEN or opens_with_key(path):
            return None
        tokens = [value for _, value in _session_cookies(request.headers)]
        if path == "/logout":
            return await self._log_out(request) if posted else logout_page()
        if await self._open_of(tokens):
            scope[SESSION] = True
            return None
        basic = basic_of(request.headers.get("authorization", ""))
        if basic is not None:
            if is_key(basic) and not self.credentials.match(*basic):
                return refusal(scope, 401, NEEDED)  # a program looks around beside its interface
            denied = await self._check(request, *basic)
            return None if denied is None else _as_json(denied)
        if scope["method"] == "GET" and is_navigation(scope):
            query = scope["query_string"].decode("latin-1")
            wanted = safe_next(f"{path}?{query}" if query else path)
            target = "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}"
            return RedirectResponse(at(target), 303, {"Cache-Control": "no-store"})
        return refusal(scope, 401, NEEDED)

    async def _check(self, request: Request, user: str, password: str) -> Denied | None:
        """Return None where user and password are right, else why not; counts it."""
        address = request.client.host if request.client else ""
        if self.shared:
            await self.shared.told(self.throttle, address)
        if not await self.throttle.turn(address):
            return Denied(CROWDED, 429, WAIT_S)
        if self.credentials.match(user, password):
            was_wrong = self.throttle.succeeded(address)
            if self.shared and was_wrong:
                await self.shared.right(address)
            return None
        slowed = self.throttle.slows(address)
        self.throttle.failed(address)
        if self.shared:
            await self.shared.wrong(address)
        log.warning("a wrong user name or password came from %s", address)
        return Denied(SLOWED, 429, WAIT_S) if slowed else Denied(WRONG, 401)

    def _form(self, request: Request) -> Response:
        return login_page(safe_next(request.query_params.get("next", "/")))

    async def _log_in(self, request: Request) -> Response:
        form = await _read_form(request)
        if form is None:
            sentence = msg("That is too long for a user name and a password.")
            return refusal(request.scope, 413, sentence)
        wanted = safe_next(form.get("next", "/"))
        user, password = form.get("user", ""), form.get("password", "")
        denied = await self._check(request, user, password)
        token = None if denied else await self._new_token()
        if token is None:
            denied = denied or Denied(AWAY, 503, WAIT_S)
            if not is_navigation(request.scope):
                return _as_json(denied)
            return login_page(wanted, user=user, denied=denied)
        answer = RedirectResponse(quote(at(wanted), safe="/?&=%#:+,;@!*'()~"), 303)
        answer.headers["Cache-Control"] = "no-store"
        answer.set_cookie(
            cookie_name(request.headers.get("host", "")),
            token,
            max_age=int(SESSION_S),
            path=root() or "/",
            httponly=True,
            samesite="lax",
            secure=request.scope["scheme"] == "https",
        )
        return answer

    async def _new_token(self) -> str | None:
        """Return the token of a new login; None where the database cannot keep it now."""
        if self.shared is None:
            return self.sessions.open()
        try:
            return await self.shared.open()
        except SQLAlchemyError as error:
            log.warning("a log-in was not kept: %s", type(error).__name__)
            return None

    async def _open_of(self, tokens: Sequence[str]) -> Sequence[str]:
        """Return those of the tokens that are good."""
        if self.shared:
            return await self.shared.are_open(tokens)
        return [token for token in tokens if self.sessions.is_open(token)]

    async def _log_out(self, request: Request) -> Response:
        names = {cookie_name(request.headers.get("host", ""))}
        found = _session_cookies(request.headers)
        is_open = await self._open_of([token for _, token in found])
        for name, token in found:
            if token in is_open:
                try:
                    if self.shared:
                        await self.shared.close(token)
                    else:
                        self.sessions.close(token)
                except SQLAlchemyError:
                    return login_page("/", denied=Denied(AWAY, 503, WAIT_S))
                names.add(name)
        # Pages and images that the browser keeps for its back button go, too.
        headers = {"Cache-Control": "no-store", "Clear-Site-Data": '"cache"'}
        answer = RedirectResponse(at("/login"), 303, headers)
        for name in names:
            answer.delete_cookie(name, path=root() or "/", httponly=True, samesite="lax")
        return answer


def _as_json(denied: Denied) -> Response:
    headers = {"Cache-Control": "no-store", **denied.headers}
    return JSONResponse({"detail": tell(denied.sentence)}, denied.status, headers)


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


def cookie_name(host: str) -> str:
    """Return the session cookie's name under `host`, a Host header.

    Browsers keep cookies by host alone: playgrounds on two ports would log each other's visitors
    out.
    """
    port = host.rpartition(":")[2]
    return f"{COOKIE}_{port}" if port.isascii() and port.isdigit() else COOKIE


def _session_cookies(headers: Headers) -> list[tuple[str, str]]:
    """Return all that may be session cookies, as (name, value): several can have one name.

    Another port's, another path's or an old one may come along; a few of many are looked at.
    """
    found = cookies(headers)
    return [(name, value) for name, value in found if name.startswith(COOKIE)][:COOKIES_MAX]
