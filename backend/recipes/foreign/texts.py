"""The texts in an image file in which programs note how it was made. Pure, bounded, never raises.

Returned by the names that PNG gives them; `UserComment` is what JPEG and WebP have instead, and
`Comment` is a JPEG's own comment too.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress

from backend.images import containers, exif
from backend.images.containers import Malformed, is_exif
from backend.recipes.foreign import xmp

COMMENT = exif.USER_COMMENT

MAX_TEXT_BYTES = 8_000_000
"""Most that is read of one text, packed or not: ComfyUI's graphs can hold whole pictures."""

_MAX_TEXTS = 128
_KEYWORD_BYTES = 80
_PREFIXED = re.compile(r"(parameters|prompt|workflow):\s*", re.IGNORECASE)
_KEYWORDS = {"comment": "Comment", "parameters": "parameters"}  # WanGP's is `comment`
_XMP_TEXT = "XML:com.adobe.xmp"
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_STEP_BYTES = 16_384


def texts(data: bytes) -> dict[str, str]:
    """Return the texts of a PNG, JPEG or WebP; of two alike, the first."""
    walk = {"png": _of_png, "jpeg": _of_jpeg, "webp": _of_webp}.get(containers.sniff(data) or "")
    found: dict[str, str] = {}
    with suppress(Malformed, struct.error):  # cut short: what came before is whole
        for name, text in walk(data) if walk else ():
            found.setdefault(name, text)
            if len(found) >= _MAX_TEXTS:
                break
    return found


class _Budget:
    """Bytes that may still be looked at or unpacked, of all texts of a file together.

    Whatever is tried is paid for: thousands of texts that break after some megabytes, or whose
    checksum is wrong, cost no more than one that is whole.
    """

    def __init__(self) -> None:
        self.left = 2 * MAX_TEXT_BYTES

    def inflated(self, packed: bytes) -> bytes:
        """Return the unpacked text, one byte too long where it is longer than what is read.

        Raises: zlib.error.
        """
        unpacker, out = zlib.decompressobj(), bytearray()
        for at in range(0, len(packed), _STEP_BYTES):
            piece = packed[at : at + _STEP_BYTES]
            while piece and not unpacker.eof:
                # In small steps, as nothing tells how much came out before one that fails.
                self.left -= _STEP_BYTES
                if self.left <= 0 or len(out) > MAX_TEXT_BYTES:
                    return bytes(out[: MAX_TEXT_BYTES + 1])
                out += unpacker.decompress(piece, _STEP_BYTES)
                piece = unpacker.unconsumed_tail
        return bytes(out[: MAX_TEXT_BYTES + 1])


def _of_png(data: bytes) -> Iterator[tuple[str, str]]:
    block = packet = b""
    budget = _Budget()
    for part in containers.png_parts(data):
        if part.name == b"eXIf" and part.body_end - part.body <= MAX_TEXT_BYTES:
            block = data[part.body : part.body_end]
        if part.name not in (b"tEXt", b"zTXt", b"iTXt") or budget.left <= 0:
            continue
        name = data[part.body : min(part.body + _KEYWORD_BYTES, part.body_end)].split(b"\0")[0]
        budget.left -= part.body_end - part.body
        if len(name) == _KEYWORD_BYTES or not containers.crc_ok(data, part):
            continue
        start = part.body + len(name) + 1
        payload = data[start : min(part.body_end, start + MAX_TEXT_BYTES + 400)]
        text = _text(part.name, payload, budget)
        keyword = name.decode("latin-1")
        keyword = _KEYWORDS.get(keyword.lower(), keyword)
        if text is None or len(text) > MAX_TEXT_BYTES:
            continue
        if keyword == _XMP_TEXT:
            packet = packet or text
        else:
            yield keyword, exif.plain(text)
    yield from _of_exif(block)
    yield from xmp.properties(packet)


def _text(kind: bytes, payload: bytes, budget: _Budget) -> bytes | None:
    """Return a chunk's text, one byte too long where it is longer than what is read."""
    try:
        if kind == b"tEXt":
            return payload[: MAX_TEXT_BYTES + 1]
        if kind == b"zTXt":
            return budget.inflated(payload[1:])
        packed, rest = payload[0], payload[2:].split(b"\0", 2)
        return budget.inflated(rest[2]) if packed else rest[2][: MAX_TEXT_BYTES + 1]
    except (IndexError, zlib.error):
        return None


def _of_jpeg(data: bytes) -> Iterator[tuple[str, str]]:
    blocks, packet, comments = [], b"", []
    for part in _jpeg_parts(data):
        body = data[part.body : part.body_end]
        if is_exif(data, part):
            blocks.append(body[len(exif.HEAD) :])
        elif part.name == b"\xe1" and body.startswith(_XMP_HEAD):
            packet = packet or body[len(_XMP_HEAD) :]
        elif part.name == b"\xfe":
            comments.append(body)
    yield from _of_exif(b"".join(blocks))
    for body in comments:
        yield _of_comment(body)
    yield from xmp.properties(packet)


def _of_comment(body: bytes) -> tuple[str, str]:
    """Return a JPEG's own comment; stable-diffusion.cpp puts a PNG text's name before it."""
    head, found, rest = body.partition(b"\0")
    if found and head == b"parameters":
        return "parameters", exif.plain(rest)
    return "Comment", exif.plain(body)


def _jpeg_parts(data: bytes) -> Iterator[containers.Part]:
    with suppress(Malformed):
        yield from containers.jpeg_parts(data)


def _of_webp(data: bytes) -> Iterator[tuple[str, str]]:
    for part in containers.webp_parts(data):
        body = data[part.body : part.body_end]
        if part.name == b"EXIF":
            yield from _of_exif(body.removeprefix(exif.HEAD))
        elif part.name == b"XMP ":
            yield from xmp.properties(body)


def _of_exif(block: bytes) -> Iterator[tuple[str, str]]:
    """Yield an Exif block's texts; ComfyUI writes `prompt:{...}` into tags meant for cameras."""
    for name, text in exif.texts(block, MAX_TEXT_BYTES).items():
        if head := _PREFIXED.match(text):
            keyword, rest = head[1].lower(), text[head.end() :]
            # An infotext is read with its label, which says that ExifTool printed it.
            yield keyword, rest if keyword != "parameters" or rest.startswith("{") else text
        elif name == "Model" and text.startswith("{"):
            yield COMMENT, text
        elif name in (COMMENT, "Software", "ImageDescription"):
            yield name, text
        elif name == "MakerNote" and text in ("fooocus", "a1111"):
            yield "fooocus_scheme", text
