"""Reads what is still coming of a request that is refused already, so that its sender hears why.

A server that answers and closes while a sender still sends resets the connection. Programs that
asked for it to be closed (Python's urllib does) then tell of that, and never see the answer.
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import Receive, Scope

READ_ON_BYTES = 200_000_000
"""Most that is read and forgotten; whoever sends more is cut off."""

READ_ON_S = 30.0
QUIET_S = 2.0
"""A sender of whom nothing comes for so long may be waiting for the answer."""


def comes_with_body(scope: Scope) -> bool:
    """Whether a body is on its way, one that is not waiting to be asked for (by `100 Continue`)."""
    headers = Headers(scope=scope)
    if headers.get("expect", "").lower() == "100-continue":
        return False
    length = headers.get("content-length", "0")
    announced = length.isascii() and length.isdigit() and length.strip("0") != ""
    return announced or "transfer-encoding" in headers


async def read_on(receive: Receive) -> bool:
    """Take what is left of a request's body, within bounds; return whether that was all of it."""
    left = READ_ON_BYTES
    try:
        async with asyncio.timeout(READ_ON_S):
            while left > 0:
                message = await asyncio.wait_for(receive(), QUIET_S)
                left -= len(message.get("body", b""))
                if not message.get("more_body"):  # its end, or the sender has gone
                    return True
    except TimeoutError:
        return False
    return False
