"""What may stand between the program and PostgreSQL: passes bytes on, and has ways of its own."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa


class Between:
    """Listens for connections to a database, on `url`.

    `poses`: it introduces a server's process as another one, as a pooler does, which has its own.
    """

    def __init__(self, url: str, *, poses: bool = False) -> None:
        target = sa.make_url(url)
        self._target, self._poses = (target.host, target.port), poses
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Without these the first message would be a question of another form.
        plain = {"sslmode": "disable", "gssencmode": "disable"}
        here = target.set(port=self._listener.getsockname()[1]).update_query_dict(plain)
        self.url = here.render_as_string(hide_password=False)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._forgetful = False
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        """Pass nothing of what is open on, as a network that lost it: who sends is told then."""
        self._forgetful = True
        for _, server in self._pairs:
            server.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()
        for one in [one for pair in self._pairs for one in pair]:
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):  # until it is closed
            while True:
                client, _ = self._listener.accept()
                self._forgetful = False
                pair = client, socket.create_connection(self._target)
                self._pairs.append(pair)
                for one, other in (pair, pair[::-1]):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        from_server = (other, one) in self._pairs
        with suppress(OSError):
            if from_server and self._poses:
                _introduce(one, other)
            while data := one.recv(65536):
                if self._forgetful:
                    break
                other.sendall(data)
        if from_server and self._forgetful:
            return  # the client has not heard of it
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def between(url: str, *, poses: bool = False) -> Iterator[Between]:
    one = Between(url, poses=poses)
    try:
        yield one
    finally:
        one.close()


def _introduce(server: socket.socket, client: socket.socket) -> None:
    """Pass on what a server says until it is ready, with another number of its process."""
    kind = b""
    while kind != b"Z":
        kind, length = struct.unpack("!cI", _exactly(server, 5))
        rest = _exactly(server, length - 4)
        if kind == b"K":
            (process,) = struct.unpack_from("!I", rest)
            rest = struct.pack("!I", process ^ 1) + rest[4:]
        client.sendall(struct.pack("!cI", kind, length) + rest)


def _exactly(source: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        more = source.recv(count - len(got))
        if not more:
            raise ConnectionError
        got += more
    return got
