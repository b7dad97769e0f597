"""Opens and closes the room's door: a server of its own in the program's loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import sys
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.types import Scope

from backend.errors import InvalidInput
from backend.said import msg
from backend.sessions.doorway import PORT, Address
from backend.sessions.live import Live
from ui.audience import page
from ui.audience.addresses import HERE, Found, look
from ui.audience.answers import Small
from ui.audience.app import STREAMS_MAX, Audience
from ui.audience.guests import Guests
from ui.door.connections import backlog, bounded, further_connections_max

log = logging.getLogger(__name__)

CONNECTIONS_MAX = 1_200
"""A stream for each of 500 phones and what they fetch beside it, and others that poll."""

NEIGHBOURS = 10
"""So many ports are tried from the usual one on: other programs like it, too."""

LEAVE_S = 120.0
"""How long phones are told that a session has ended which is no more: after its end they ask once
in 60 to 90 seconds."""

STALL_S = 10.0
LOOK_S = 5.0


class RoomDoor:
    """The Doorway of this program's sessions; `small` makes what phones get of a picture."""

    def __init__(self, small: Small, *, look_s: float = LOOK_S, leave_s: float = LEAVE_S) -> None:
        self._small, self._look_s, self._leave_s = small, look_s, leave_s
        self._guests: list[Guests] = []
        self._asked: tuple[str, int] | None = None
        self._port = 0
        self._found: list[Found] = []
        self._reached: set[str] = set()
        self._moved = False
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    async def open(self, live: Live, host: str, port: int) -> int:
        """Serve this session and return the port; `host` "" is every address, `port` 0 any.

        Who was in the session before may save images for a while.
        Raises: InvalidInput naming `host` or `port` where it cannot be had; then it serves what it
        served before.
        """
        async with self._changing:
            if self._stands(host, port):
                self._enter(live)
            else:
                await self._move(host, port, live)
            await self._stay()  # where it failed, the door goes on closing
            return self._port

    async def forget(self, session_id: str) -> None:
        """Let those who were in a former session see nothing of it any more."""
        async with self._changing:
            for guests in [one for one in self._guests[1:] if one.live.session.id == session_id]:
                await self._let_go(guests)

    async def leave(self) -> None:
        """Show nothing more of the session of now; stop serving once its phones were told so.

        Those of former sessions keep their time.
        """
        async with self._changing:
            if self._guests:
                await self._guests[0].forget()
            if self._server is not None and self._leaving is None:
                self._leaving = asyncio.create_task(self._left())

    async def close(self) -> None:
        """Stop serving. What is under way is cut."""
        async with self._changing:
            await self._stay()
            await self._stop()
            self._guests = []

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it is reached, those first by which somebody came in; empty while it is closed."""
        if self._server is None:
            return ()
        found = [
            Address(f"http://{_bracketed(ip)}:{self._port}", name, ip in self._reached)
            for ip, name in self._found
        ]
        return sorted(found, key=lambda one: not one.reached)

    async def _left(self) -> None:
        await asyncio.sleep(self._leave_s)
        while not all(guests.forgotten or guests.over for guests in self._guests):
            await asyncio.sleep(self._look_s)
        async with self._changing:
            self._leaving = None
            await self._stop()
            self._guests = []

    async def _stay(self) -> None:
        """Let nothing stop the serving but what has the lock."""
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            leaving.cancel()
            await asyncio.wait([leaving])

    def _stands(self, host: str, port: int) -> bool:
        if self._server is None or self._asked is None:
            return False
        return host == self._asked[0] and port in (self._asked[1], self._port)

    async def _move(self, host: str, port: int, live: Live) -> None:
        former = self._asked
        if port == self._port:
            await self._stop()  # the same port cannot be had twice
        try:
            sock = await asyncio.to_thread(_bound, host, port)
        except InvalidInput:
            if former is not None and self._server is None:
                await self._serve(await asyncio.to_thread(_bound, former[0], self._port))
                self._asked = former
                for guests in self._guests:
                    guests.begin()
            raise
        await self._stop()
        self._enter(live)  # who comes at once finds the session
        await self._serve(sock)
        self._asked = host, port
        self._found = await self._addresses()

    @property
    def news(self) -> str:
        """Where the door is now, until somebody came in there after a change of the network."""
        if not self._moved or self._server is None:
            return ""
        if self._found[0][0] == HERE:
            return msg("This computer has lost its network. Ideas are kept; phones come back.")
        return msg(
            "The network has changed: the room is at {url} now. Phones scan the code again.",
            url=self.addresses[0].url,
        )

    def _enter(self, live: Live) -> None:
        former, self._guests = self._guests, [Guests(live)]
        for guests in [one for one in former if not one.forgotten]:
            if guests.live.session.id == live.session.id:  # opened once more, elsewhere
                self._guests[0] = guests
            else:
                self._guests.append(guests)
        for guests in self._guests:
            guests.begin()

    async def _serve(self, sock: socket.socket) -> None:
        self._port = sock.getsockname()[1]
        most = further_connections_max(CONNECTIONS_MAX)
        await asyncio.to_thread(page.prepare)
        audience = Audience(
            lambda: self._guests, self._small, streams_max=min(STREAMS_MAX, most // 2)
        )
        config = uvicorn.Config(
            audience.app(self._note_reached),
            workers=1,
            log_config=None,
            http=bounded(most, stall_s=STALL_S, unlogged=True),
            backlog=backlog(most),
            ws="none",
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve([sock]))
        await self._server.up.wait()
        self._watching = asyncio.create_task(self._watch())

    async def _stop(self) -> None:
        if not (self._server and self._serving and self._watching):
            return
        self._watching.cancel()
        for guests in self._guests:
            await guests.close()
        self._server.should_exit = True
        await self._serving
        self._server = self._asked = None
        self._reached.clear()
        self._moved = False

    async def _watch(self) -> None:
        """Look again where the door is reached: a network changes, a cable is pulled."""
        while True:
            await asyncio.sleep(self._look_s)
            found = await self._addresses()
            if found != self._found:
                log.info("the room's door is reached at %s", ", ".join(ip for ip, _ in found))
                before = self._found[0]
                self._found = found
                self._reached.intersection_update(ip for ip, _ in found)
                self._moved |= before != found[0]
                self._tell()
            for guests in [one for one in self._guests[1:] if one.over]:
                await self._let_go(guests)

    async def _let_go(self, guests: Guests) -> None:
        self._guests.remove(guests)
        await guests.close()

    async def _addresses(self) -> list[Found]:
        host = self._asked[0] if self._asked else ""
        if host not in ("", "0.0.0.0", "::"):
            return [(host, "")]
        return await asyncio.to_thread(look)

    def _note_reached(self, scope: Scope) -> None:
        ip = scope["server"][0] if scope.get("server") else ""
        arrives = self._moved and ip == self._found[0][0] != HERE
        if arrives or (ip not in self._reached and any(ip == found for found, _ in self._found)):
            self._moved = self._moved and not arrives
            self._reached.add(ip)
            self._tell()

    def _tell(self) -> None:
        if self._guests:
            self._guests[0].live.book.touch()


class _Server(uvicorn.Server):
    """Leaves the program's signals to the program; `up` once it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket there; a neighbour of the usual port where another program has that.

    Raises: InvalidInput naming `host` or `port`.
    """
    for neighbour in range(PORT, PORT + NEIGHBOURS) if port == PORT else ():
        with contextlib.suppress(OSError):
            return _listener(host, neighbour)
    try:
        return _listener(host, port)
    except (OSError, UnicodeError) as error:
        code = getattr(error, "errno", None)
        if code in (errno.EADDRINUSE, errno.EACCES):
            said = (
                msg("Another program has port {port}.", port=str(port))
                if code == errno.EADDRINUSE
                else msg("This computer does not give port {port} to programs.", port=str(port))
            )
            hint = msg("Choose another port for the room.")
            raise InvalidInput(said, hint, field="port") from error
        raise InvalidInput(
            msg("{host} is no address of this computer.", host=host),
            msg("Leave it empty for all of them."),
            field="host",
        ) from error


def _listener(host: str, port: int) -> socket.socket:
    """Return a socket that is bound there. Raises: OSError, UnicodeError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: asyncio switches Nagle's delay off (40 ms an answer) for none but TCP's.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # on Windows this option would share the port, not free it
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(1)  # two may be bound to one port, and the second fails here
    except BaseException:
        sock.close()
        raise
    return sock


def _bracketed(ip: str) -> str:
    return f"[{ip}]" if ":" in ip else ip
