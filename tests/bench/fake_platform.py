"""A platform in a process of its own that answers every request with one image after a delay.

`GET /last` tells when the last byte of the latest answer left, on the machine's monotonic clock.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

APART_S = 0.02
"""On any network but this machine's own all other bytes are read when the last one comes; this is
long enough for that."""

last_byte_at = 0.0


async def serve(image: bytes, latency_s: float, apart_s: float) -> None:
    answer = {
        "model": "black-forest-labs/FLUX.1-schnell",
        "object": "list",
        "data": [{"timings": {"inference": latency_s}, "index": 0}],
        "message": "Image generated successfully",
        "status": "success",
    }
    answer["data"][0]["b64_json"] = base64.b64encode(image).decode()  # type: ignore[index]
    body = json.dumps(answer).encode()
    empty = json.dumps({"data": {"models": [], "available_balance": "9"}}).encode()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        global last_byte_at
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        size = next(
            (int(h.split(":")[1]) for h in head.split("\r\n") if h.lower().startswith("content-l")),
            0,
        )
        await reader.readexactly(size)
        content = empty
        if head.startswith("POST"):
            await asyncio.sleep(latency_s)
            content = body
        elif "/last" in head:
            content = repr(last_byte_at).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n" % len(content)
        )
        if head.startswith("POST"):
            writer.write(content[:-1])
            await writer.drain()
            await asyncio.sleep(apart_s)
            last_byte_at = time.perf_counter()
            writer.write(content[-1:])
        else:
            writer.write(content)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def platform(image: Path, latency_s: float = 0.0, *, apart_s: float = 0.0) -> Iterator[str]:
    """Yield the base URL of a platform that answers with `image` after `latency_s`.

    The last byte comes `apart_s` after the others.
    """
    given = [str(image), str(latency_s), str(apart_s)]
    command = [sys.executable, "-m", "tests.bench.fake_platform", *given]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def last_byte(base_url: str) -> float:
    """Return when the last answer's last byte left, in `time.perf_counter` seconds."""
    with urlopen(f"{base_url}/last") as answer:
        return float(answer.read())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("image", type=Path)
    parser.add_argument("latency_s", type=float)
    parser.add_argument("apart_s", type=float)
    options = parser.parse_args()
    asyncio.run(serve(options.image.read_bytes(), options.latency_s, options.apart_s))
