"""The texts in an image file in which programs note how it was made. Pure, bounded, never raises.

Returned by the names that PNG gives them; `UserComment` is what JPEG and WebP have instead.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress

from backend.images import containers, exif
from backend.images.containers import Malformed, is_exif

COMMENT = exif.USER_COMMENT

MAX_TEXT_BYTES = 8_000_000
"""Most that is read of one text, packed or not: ComfyUI's graphs can hold whole pictures."""

_NAMES = frozenset(
    ("parameters", "prompt", "workflow", "invokeai_metadata", "sd-metadata", "Dream")
) | {"fooocus_scheme", "Software"}
_KEYWORD_BYTES = 80
_PREFIXED = re.compile(r"(parameters|prompt|workflow):\s*", re.IGNORECASE)


def texts(data: bytes) -> dict[str, str]:
    """Return the texts of a PNG, JPEG or WebP that are of use here; of two alike, the first."""
    walk = {"png": _of_png, "jpeg": _of_jpeg, "webp": _of_webp}.get(containers.sniff(data) or "")
    found: dict[str, str] = {}
    with suppress(Malformed, struct.error):  # cut short: what came before is whole
        for name, text in walk(data) if walk else ():
            found.setdefault(name, text)
    return found


def _of_png(data: bytes) -> Iterator[tuple[str, str]]:
    block = b""
    left = 2 * MAX_TEXT_BYTES
    for part in containers.png_parts(data):
        if part.name == b"eXIf" and part.body_end - part.body <= MAX_TEXT_BYTES:
            block = data[part.body : part.body_end]
        if part.name not in (b"tEXt", b"zTXt", b"iTXt") or left <= 0:
            continue
        name = data[part.body : min(part.body + _KEYWORD_BYTES, part.body_end)].split(b"\0")[0]
        keyword = name.decode("latin-1")
        if keyword not in _NAMES or not containers.crc_ok(data, part):
            continue
        start = part.body + len(name) + 1
        text = _text(part.name, data[start : min(part.body_end, start + MAX_TEXT_BYTES + 400)])
        left -= len(text or b"")
        if text is not None and len(text) <= MAX_TEXT_BYTES:
            yield keyword, exif.plain(text)
    yield from _of_exif(block)


def _text(kind: bytes, payload: bytes) -> bytes | None:
    """Return a chunk's text, one byte too long where it is longer than what is read."""
    try:
        if kind == b"tEXt":
            return payload[: MAX_TEXT_BYTES + 1]
        if kind == b"zTXt":
            return _inflated(payload[1:])
        packed, rest = payload[0], payload[2:].split(b"\0", 2)
        return _inflated(rest[2]) if packed else rest[2][: MAX_TEXT_BYTES + 1]
    except (IndexError, zlib.error):
        return None


def _inflated(packed: bytes) -> bytes:
    return zlib.decompressobj().decompress(packed, MAX_TEXT_BYTES + 1)


def _of_jpeg(data: bytes) -> Iterator[tuple[str, str]]:
    block = b"".join(
        data[part.body + len(exif.HEAD) : part.body_end]
        for part in _jpeg_parts(data)
        if is_exif(data, part)
    )
    yield from _of_exif(block)


def _jpeg_parts(data: bytes) -> Iterator[containers.Part]:
    with suppress(Malformed):
        yield from containers.jpeg_parts(data)


def _of_webp(data: bytes) -> Iterator[tuple[str, str]]:
    for part in containers.webp_parts(data):
        if part.name == b"EXIF":
            yield from _of_exif(data[part.body : part.body_end].removeprefix(exif.HEAD))


def _of_exif(block: bytes) -> Iterator[tuple[str, str]]:
    """Yield an Exif block's texts; ComfyUI writes `prompt:{...}` into tags meant for cameras."""
    for name, text in exif.texts(block, MAX_TEXT_BYTES).items():
        if head := _PREFIXED.match(text):
            yield head[1].lower(), text[head.end() :]
        elif name == "Model" and text.startswith("{"):
            yield COMMENT, text
        elif name in (COMMENT, "Software"):
            yield name, text
        elif name == "MakerNote" and text in ("fooocus", "a1111"):
            yield "fooocus_scheme", text
