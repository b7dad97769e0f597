"""What the tests have done apart; a process finds these by their names."""

from __future__ import annotations

import os
import time
from hashlib import sha256

from backend.errors import InvalidInput
from backend.exchange import brought_file
from backend.images.containers import ImageInfo
from backend.recipes.recipe import Brought

SPINS, SLEEPS = b"spin", b"sleep"


def digest(data: bytes) -> str:
    os.write(1, b"what is printed is no answer\n")
    return sha256(data).hexdigest()


def pid(data: bytes) -> int:
    if data == SPINS:
        while True:
            pass
    if data == SLEEPS:
        time.sleep(600)
    if data == b"abort":
        os.abort()
    if data == b"hoard":
        hoard = [bytes(10_000_000) for _ in range(100)]
        assert hoard
    return os.getpid()


def refuses(data: bytes) -> None:
    raise InvalidInput("It is odd.", "Choose another.", field="file")


def mistaken(data: bytes) -> int:
    return 1 // len(data)


def environment(data: bytes) -> list[str]:
    return [*os.environ, *os.environ.values()]


def settings(data: bytes) -> list[Brought]:
    """Read as the program does, but for two contents."""
    pid(data)
    return brought_file.settings(data)


def whole_image(data: bytes) -> tuple[ImageInfo, Brought | None]:
    """Check as an import does; whatever says so goes on for ever, or takes all memory."""
    pid(data[-5:].removeprefix(b"\0"))
    return brought_file.whole_image(data)
