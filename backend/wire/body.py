"""Bodies as they come in: unpacked with a cap, and with our key taken out of what is told back."""

from __future__ import annotations

import asyncio
import json
import string
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import suppress

import httpx

from backend.errors import CHECK, BadAnswer
from backend.said import msg

REASON_MAX_BYTES = 64_000
REASON_TIMEOUT_S = 5.0
ECHO_MIN_BYTES = 8
PIECES_MAX = 200_000
"""So many take 10 s to read. 40 MB in chunks of 200 bytes, an eighth of what a network carries."""


_BASE64 = (string.ascii_letters + string.digits + "+/=").encode()


def body_of(response: httpx.Response, max_bytes: int) -> AsyncIterator[bytes]:
    """Yield an answer's body, unpacked, up to `max_bytes`. Raises: BadAnswer."""
    packing = response.headers.get("content-encoding", "identity")
    return unpacked(_raw(response), packing, max_bytes)


async def _raw(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield what comes, and let others have their turn: a chunk of one byte takes 50 us.

    Many of them arrive at once, and httpx goes through them without waiting for anything.
    """
    if response.is_stream_consumed:  # a transport without a wire may hand it over in one piece
        yield response.content
        return
    pieces = 0
    async for piece in response.aiter_raw():
        yield piece
        pieces += 1
        if pieces > PIECES_MAX:
            raise BadAnswer(
                msg("The answer came in too many pieces, so it was not read on."), CHECK
            )
        if pieces % 64 == 0:
            await asyncio.sleep(0)


async def reason_of(response: httpx.Response, secrets: Iterable[str]) -> bytes:
    """Return what a refusal says: the status is known, so whatever arrives in 5 s is enough."""
    pieces = []
    with suppress(Exception):
        async with asyncio.timeout(REASON_TIMEOUT_S):
            body = body_of(response, REASON_MAX_BYTES)
            for secret in secrets:
                body = without(secret, body)
            async for piece in body:
                pieces.append(piece)
    return b"".join(pieces)


async def unpacked(
    pieces: AsyncIterator[bytes], packing: str, max_bytes: int
) -> AsyncIterator[bytes]:
    """Yield a body of that Content-Encoding, unpacked, up to `max_bytes`.

    httpx's own decoders inflate 64 KB to any size at once; zlib's max_length cannot be overrun.
    Raises: BadAnswer if it goes on or is damaged.
    """
    packing = packing.strip().lower()
    if packing not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise BadAnswer(msg("The answer is packed in a way that cannot be unpacked."), CHECK)
    inflater = zlib.decompressobj(wbits=47) if packing not in ("identity", "") else None
    room = max_bytes
    async for piece in pieces:
        if inflater is not None:
            try:
                piece = inflater.decompress(piece, room + 1)
            except zlib.error as error:
                raise BadAnswer(msg("The answer arrived damaged."), CHECK) from error
        yield piece[:room]
        room -= len(piece)
        if room < 0:
            raise too_big(max_bytes)
    if inflater is not None and not inflater.eof:
        raise BadAnswer(msg("The answer arrived cut short."), CHECK)


async def without(key: str | None, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield `pieces` with "[key]" in place of our key, for what they say is stored and shown.

    An end that may be the key's beginning is held back. A shorter key than any real one is let
    through: an image's base64 may hold it by chance.
    """
    if key is None or len(key) < ECHO_MIN_BYTES:
        async for piece in pieces:
            yield piece
        return
    in_json = json.dumps(key)[1:-1]
    forms = {form.encode() for form in (key, in_json, in_json.replace("/", r"\/"))}
    written = {form: _rare(form) for form in forms}
    held = b""
    async for piece in pieces:
        piece = held + piece
        for form, rare in written.items():
            if rare in piece:
                piece = piece.replace(form, b"[key]")
        held_bytes = max(_begun(piece, form) for form in written)
        piece, held = piece[: len(piece) - held_bytes], piece[len(piece) - held_bytes :]
        yield piece
    yield held


def _rare(form: bytes) -> bytes:
    """Return a byte of `form` that base64 has not, where there is one.

    Where it is missing, so is the key: to look for one byte takes a hundredth of the time.
    """
    return bytes(next(([byte] for byte in form if byte not in _BASE64), form[:1]))


def _begun(piece: bytes, secret: bytes) -> int:
    """Return how many bytes at the end of `piece` may be the beginning of `secret`."""
    longest = min(len(piece), len(secret) - 1)
    return next((n for n in range(longest, 0, -1) if piece.endswith(secret[:n])), 0)


def too_big(max_bytes: int) -> BadAnswer:
    """Return the error for an answer over the cap."""
    return BadAnswer(
        msg(
            "The answer is larger than {size} MB, so it was not read.",
            size=max_bytes / 1e6,
        ),
        CHECK,
    )
