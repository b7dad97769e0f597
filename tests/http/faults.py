"""A platform that misbehaves as told, on real sockets: what goes wrong is scripted per POST.

    async with FaultServer() as server:
        server.script(status(429, retry_after="5"), good())
        ...                                    # point an Api at server.base_url
        assert server.posts == 2               # POSTs received whole, whatever was answered

`with FaultServer.in_thread() as server:` is the same for tests without a loop. A POST beyond the
script gets `good()`. GETs answer models and credits unless `script_gets` says otherwise.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import json
import random
import socket
import ssl
import struct
import subprocess
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to answer. The defaults are a well-behaved server's.

    `framing`: how the body's end is told. `cut_after`: hang up after so many bytes of the body,
    the headers having promised all of it. `drop`: hang up "accept" (nothing read), "headers" (the
    request read, nothing answered) or not at all. `reset`: hang up with RST instead of FIN.
    `held`: answer after the server's `release`.
    """

    body: bytes = b""
    status: int = 200
    headers: Headers = (("Content-Type", "application/json"),)
    framing: Literal["length", "chunked", "close"] = "length"
    cut_after: int | None = None
    drop: Literal["accept", "headers"] | None = None
    reset: bool = False
    stall_s: float = 0.0
    drip_s: float | None = None
    held: bool = False

    def framed(self, framing: Literal["length", "chunked", "close"]) -> Fault:
        return replace(self, framing=framing)

    def pieces(self) -> list[bytes]:
        """Return the bytes to write: the head, then the body in pieces that may be delayed."""
        head = [f"HTTP/1.1 {self.status} Whatever", *(f"{k}: {v}" for k, v in self.headers)]
        if self.framing == "length":
            head.append(f"Content-Length: {len(self.body)}")
        elif self.framing == "chunked":
            head.append("Transfer-Encoding: chunked")
        sent = self.body if self.cut_after is None else self.body[: self.cut_after]
        size = 65_536 if self.drip_s is None else 1
        parts = [sent[i : i + size] for i in range(0, len(sent), size)]
        if self.framing == "chunked":
            parts = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts]
            parts += [b"0\r\n\r\n"] if self.cut_after is None else []
        return ["\r\n".join([*head, "", ""]).encode("latin-1"), *parts]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


# --- images -----------------------------------------------------------------------------------


def png(width: int = 64, height: int = 64, *, noise: bool = False, colour: int = 0x3366CC) -> bytes:
    """Return a whole RGB PNG; `noise` makes it as large as its pixels (about 3 bytes each)."""
    rng = random.Random(width * height)
    plain = colour.to_bytes(3, "big") * width
    rows = b"".join(b"\0" + (rng.randbytes(width * 3) if noise else plain) for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(rows, 1))
        + _chunk(b"IEND", b"")
    )


def bomb_png(side: int = 60_000) -> bytes:
    """Return a small PNG whose header claims `side` squared pixels."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    data = _chunk(b"IDAT", zlib.compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + header + data + _chunk(b"IEND", b"")


def picture(format: Literal["JPEG", "WEBP"], width: int = 64, height: int = 64) -> bytes:
    """Return a whole image of another format, made by Pillow."""
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(file, format)
    return file.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# --- answers ----------------------------------------------------------------------------------


def document(image: bytes | str | None = None, *, seconds: Any = 1.25, **changes: Any) -> bytes:
    """Return the documented answer around `image` (bytes, or ready base64)."""
    encoded = image if isinstance(image, str) else base64.b64encode(image or png()).decode()
    return json.dumps(
        {
            "model": "black-forest-labs/FLUX.1-schnell",
            "object": "list",
            "data": [{"timings": {"inference": seconds}, "index": 0, "b64_json": encoded}],
            "message": "Image generated successfully",
            "status": "success",
            **changes,
        }
    ).encode()


def good(image: bytes | None = None, *, delay_s: float = 0.0) -> Fault:
    """Answer with a whole image, `delay_s` seconds after the request."""
    return Fault(document(image), stall_s=delay_s)


def held(fault: Fault) -> Fault:
    """Answer so, but not before the test says so: what it does meanwhile comes before, surely."""
    return replace(fault, held=True)


def raw(body: bytes | str, status: int = 200, **changes: Any) -> Fault:
    return Fault(body.encode() if isinstance(body, str) else body, status, **changes)


def header_stall(stall_s: float = 3600) -> Fault:
    return Fault(document(), stall_s=stall_s)


def dripped(drip_s: float = 0.05) -> Fault:
    """Answer well, but one byte at a time."""
    return Fault(document(), drip_s=drip_s)


def cut_mid_body(framing: Literal["length", "chunked", "close"] = "length", **more: Any) -> Fault:
    body = document(png(128, 128, noise=True))
    return Fault(body, framing=framing, cut_after=len(body) // 2, **more)


def gzipped(size: int = 50_000_000) -> Fault:
    """Answer with a gzip of `size` bytes that is a thousandth of that on the wire."""
    headers = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
    return Fault(gzip.compress(b"[" * size, 6), headers=headers)


def html(code: int = 502) -> Fault:
    page = f"<html><head><title>{code} Bad Gateway</title></head><body>nginx</body></html>"
    return Fault(page.encode(), code, (("Content-Type", "text/html"),))


def status(code: int, message: str = "no", *, retry_after: str | None = None) -> Fault:
    """Answer with a failure in the platform's own form."""
    more: Headers = () if retry_after is None else (("Retry-After", retry_after),)
    body = json.dumps({"status": "failed", "message": message}).encode()
    return Fault(body, code, (("Content-Type", "application/json"), *more))


def redirect(location: str, code: int = 302) -> Fault:
    return Fault(b"", code, (("Location", location),))


MODELS = {
    "data": {
        "models": [
            {
                "model_name": name,
                "model_alias": name.split("/")[-1],
                "model_type": "Image",
                "description": "Text to image",
                "price": 0.009,
            }
            for name in (
                "stabilityai/stable-diffusion-xl-base-1.0",
                "black-forest-labs/FLUX.1-schnell",
            )
        ]
    },
    "message": "ok",
    "status": "success",
}
CREDITS = {"data": {"available_balance": "12.34500"}, "message": "ok", "status": "success"}


# --- the server -------------------------------------------------------------------------------


@dataclass
class FaultServer:
    """See the module's docstring. `tls` makes it https, with whatever certificate that has.

    `port` 0 takes any that is free.
    """

    tls: ssl.SSLContext | None = None
    port: int = 0
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    _script: deque[Fault] = field(default_factory=deque)
    _get_script: deque[Fault] = field(default_factory=deque)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def script(self, *faults: Fault) -> None:
        """Answer the next POSTs with `faults`, in order."""
        self._script.extend(faults)

    def release(self) -> None:
        """Let all go on that is held, now and later. From the server's own loop."""
        self._released.set()

    def hold(self) -> None:
        """Hold back again, from now on, what is to be held. From the server's own loop."""
        self._released.clear()

    def script_gets(self, *faults: Fault) -> None:
        """Answer the next GETs with `faults`, in order."""
        self._get_script.extend(faults)

    @property
    def base_url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/api/v1"

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of the POSTs that arrived whole."""
        return [request.body for request in self.requests if request.method == "POST"]

    @property
    def posts(self) -> int:
        return len(self.bodies)

    @property
    def gets(self) -> int:
        return sum(request.method == "GET" for request in self.requests)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @classmethod
    @contextlib.contextmanager
    def in_thread(cls, tls: ssl.SSLContext | None = None) -> Iterator[Self]:
        """Run a server in a thread of its own, for tests that have no event loop."""
        server, loop = cls(tls), asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(5)
            try:
                yield server
            finally:
                asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(5)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)
            loop.close()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Refuse every connection meanwhile, as if nothing ran here. For a server in a thread."""
        loop = self._server.get_loop()
        with socket.socket() as place:  # bound, not listening: nobody else gets the port
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            asyncio.run_coroutine_threadsafe(self._leave(place), loop).result(5)
            yield
        asyncio.run_coroutine_threadsafe(self.__aenter__(), loop).result(5)

    async def _leave(self, place: socket.socket) -> None:
        self._server.close()
        await asyncio.sleep(0)  # the sockets are closed in the loop's next turn
        place.bind(("127.0.0.1", self.port))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            if self._script and self._script[0].drop == "accept":
                fault = self._script.popleft()
            else:
                request = await read_request(reader)
                self.requests.append(request)
                fault = self.choose(request)
                if fault.held:
                    await self._released.wait()
                await _answer(writer, fault)
            _hang_up(writer, fault.reset)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            _hang_up(writer, reset=True)  # the client has left, or the test is over

    def choose(self, request: Received) -> Fault:
        if request.method == "POST":
            return self._script.popleft() if self._script else good()
        if request.method != "GET":
            return status(405)
        if self._get_script:
            return self._get_script.popleft()
        if request.path.endswith("/serverless/models"):
            return raw(json.dumps(MODELS))
        return raw(json.dumps(CREDITS)) if request.path.endswith("/users/credits") else status(404)


async def read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    pairs = (line.split(":", 1) for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, body)


async def _answer(writer: asyncio.StreamWriter, fault: Fault) -> None:
    if fault.drop == "headers":
        return
    await asyncio.sleep(fault.stall_s)
    for piece in fault.pieces():
        writer.write(piece)
        await writer.drain()
        if fault.drip_s is not None:
            await asyncio.sleep(fault.drip_s)


def _hang_up(writer: asyncio.StreamWriter, reset: bool) -> None:
    if reset:
        sock = writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.close()


# --- addresses that do not even connect -------------------------------------------------------


def closed_port() -> int:
    """Return a port of this computer where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """Yield a port that lets no more connections in: connecting to it hangs (Linux)."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(3):  # fill the backlog
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return a server's TLS context with a fresh certificate that nobody vouches for.

    The certificate is left in `folder`/cert.pem, for a client that is to trust it.
    """
    cert, key = folder / "cert.pem", folder / "key.pem"
    options = (
        "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=IP:127.0.0.1,DNS:localhost"
    )
    command = ["openssl", "req", "-x509", *options.split(), "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context
