"""PNG, JPEG and WebP files taken apart into their parts, and parts built from their payload. Pure.

Each walker raises Malformed, never reads outside `data`, and stops in bounded time.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from backend.errors import BadAnswer
from backend.images import exif
from backend.said import msg

Format = Literal["png", "jpeg", "webp"]

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

# A file of nothing but empty chunks takes seconds to walk; no real one comes near this many.
MAX_PARTS = 65_536

MAX_SCANS = 64
"""Passes over the pixels that a JPEG may take. Encoders write 10 to 12 (libjpeg's own script, and
what mozjpeg chooses); each costs a decoder time for all pixels, however few bytes it has."""

# What may stand before the first scan: frames, tables, APPn and comments. Of all else decoders do
# not agree whether a length follows it: Pillow would look through what is behind it byte by byte.
_SEGMENTS = frozenset(bytes((n,)) for n in (*range(0xC0, 0xC8), *range(0xC9, 0xD0)))
_SEGMENTS |= frozenset(bytes((n,)) for n in (*range(0xDA, 0xE0), *range(0xE0, 0xF0), 0xFE))
_MAX_FILL_BYTES = 65_536  # in all; it reads these one by one too

_FILL = re.compile(rb"\xff+")
# Within a scan: stuffed and fill bytes, RSTn and TEM are no end, as libjpeg sees it.
_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What an image file says of itself. The size is as stored, before any Exif orientation."""

    format: Format
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Part:
    """One chunk or segment: `data[start:end]` is all of it, `data[body:body_end]` its payload."""

    name: bytes
    start: int
    body: int
    body_end: int
    end: int


class Malformed(ValueError):
    """A container breaks its own format's rules. Stays inside the backend."""


def sniff(data: bytes) -> Format | None:
    """Return the format that the first bytes announce, or None."""
    if data.startswith(PNG_MAGIC):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return None


def header(data: bytes) -> ImageInfo:
    """Return format and size in pixels from the header alone, in microseconds.

    Raises: BadAnswer for an unknown format or a header that makes no sense.
    """
    kind = sniff(data)
    try:
        if kind == "png":
            part = next(png_parts(data))
            if part.name != b"IHDR" or part.body_end - part.body != 13:
                raise Malformed("no IHDR")
            width, height = struct.unpack_from(">II", data, part.body)
        elif kind == "jpeg":
            height, width = _jpeg_size(data)
        elif kind == "webp":
            width, height = webp_size(data, webp_parts(data))
        else:
            raise BadAnswer(msg("This is not a PNG, JPEG or WebP image."))
        if width < 1 or height < 1:
            raise Malformed("no pixels")
    except (Malformed, struct.error) as error:
        raise BadAnswer(
            msg(
                "The {format} image is damaged: {error}.",
                format=kind.upper() if kind else "",
                error=error,
            )
        ) from error
    return ImageInfo(kind, width, height)


def crc_ok(data: bytes, part: Part) -> bool:
    """Tell whether a PNG chunk's checksum is right."""
    crc = zlib.crc32(memoryview(data)[part.start + 4 : part.body_end])
    return crc == int.from_bytes(data[part.body_end : part.end], "big")


# Containers. Each walker raises Malformed, never reads outside `data`, and stops in bounded time.


def png_parts(data: bytes) -> Iterator[Part]:
    """Yield the chunks up to and with IEND. A chunk is length, name, payload, checksum."""
    at = len(PNG_MAGIC)
    for _ in range(MAX_PARTS):
        if at + 12 > len(data):
            raise Malformed("its end is missing")
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            raise Malformed("its end is missing")
        part = Part(data[at + 4 : at + 8], at, at + 8, end - 4, end)
        yield part
        if part.name == b"IEND":
            return
        at = end
    raise Malformed("too many chunks")


def jpeg_parts(data: bytes) -> Iterator[Part]:
    """Yield the segments up to and with the first SOS; `name` is the marker's second byte."""
    at = 2
    fill_left = _MAX_FILL_BYTES
    for _ in range(MAX_PARTS):
        start = at
        fill = _FILL.match(data, at)  # any number of fill bytes may precede a marker
        if fill is None:
            raise Malformed("a marker is missing")
        at = fill.end()
        fill_left -= at - start
        name = data[at : at + 1]
        if name not in _SEGMENTS or fill_left < 0:
            raise Malformed("a marker is out of place" if fill_left >= 0 else "too many fill bytes")
        at += 1
        size = int.from_bytes(data[at : at + 2], "big")
        if at + size > len(data) or size < 2:
            raise Malformed("its end is missing")
        yield Part(name, start, at + 2, at + size, at + size)
        if name == b"\xda":
            return
        at += size
    raise Malformed("too many segments")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for part in jpeg_parts(data):
        # SOF0 to SOF15 but DHT, JPG and DAC, which share the range
        if 0xC0 <= part.name[0] <= 0xCF and part.name[0] not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">xHH", data[part.body : part.body_end])
            return height, width
    raise Malformed("its size is missing")


def has_countless_scans(data: bytes) -> bool:
    """Whether a JPEG has more than MAX_SCANS. Raises: Malformed."""
    if data.count(b"\xff\xda") <= MAX_SCANS:  # which an Exif thumbnail may hold too
        return False
    scans, at = 1, list(jpeg_parts(data))[-1].end
    for _ in range(MAX_PARTS):
        found = _MARKER.search(data, at)
        if found is None or found[0] == b"\xff\xd9":
            return False
        scans += found[0] == b"\xff\xda"
        if scans > MAX_SCANS:
            return True
        at = found.end() + max(2, int.from_bytes(data[found.end() : found.end() + 2], "big"))
    raise Malformed("too many segments")


def webp_parts(data: bytes) -> list[Part]:
    """Return the RIFF chunks within the size that the file's head states."""
    limit = 8 + int.from_bytes(data[4:8], "little")
    if limit > len(data):
        raise Malformed("its end is missing")
    parts: list[Part] = []
    at = 12
    while at + 8 <= limit:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        body_end = at + 8 + size
        if body_end > limit or len(parts) >= MAX_PARTS:
            raise Malformed("a chunk is longer than the file")
        end = min(body_end + (size & 1), limit)  # some writers forget the last padding byte
        parts.append(Part(data[at : at + 4], at, at + 8, body_end, end))
        at = end
    return parts


def webp_size(data: bytes, parts: list[Part]) -> tuple[int, int]:
    """Return width and height in pixels of the canvas. Raises: Malformed."""
    if not parts:
        raise Malformed("it is empty")
    head = data[parts[0].body : parts[0].body_end][:10]
    if parts[0].name == b"VP8X" and len(head) == 10:
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if parts[0].name == b"VP8L" and len(head) >= 5 and head[0] == 0x2F:
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if parts[0].name == b"VP8 " and len(head) == 10 and head[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise Malformed("its size is missing")


def png_chunk(name: bytes, payload: bytes) -> bytes:
    """Return a PNG chunk with its length and checksum."""
    crc = zlib.crc32(payload, zlib.crc32(name))
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", crc)


def jpeg_segment(marker: bytes, payload: bytes) -> bytes:
    """Return a JPEG segment; `marker` is its second byte, the payload at most 65,533 bytes."""
    return b"\xff" + marker + struct.pack(">H", len(payload) + 2) + payload


def webp_chunk(name: bytes, payload: bytes) -> bytes:
    """Return a RIFF chunk with its padding."""
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) & 1)


def is_exif(data: bytes, part: Part) -> bool:
    """Whether this segment of a JPEG holds Exif; XMP shares its marker."""
    return part.name == b"\xe1" and data.startswith(exif.HEAD, part.body)
