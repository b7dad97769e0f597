"""Image files without what anyone has said about them. Pure; compressed pixels are copied."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from backend.errors import BadAnswer
from backend.images import containers, exif
from backend.images.containers import Malformed, Part, is_exif, jpeg_segment, png_chunk, webp_chunk
from backend.said import msg

# What is kept: pixels, and what says how to show them.
_PNG_SHOWN = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs".split()
)
_PROFILES = {"png": b"iCCP", "jpeg": b"\xe2", "webp": b"ICCP"}
_WEBP_SHOWN = frozenset((b"VP8X", b"ICCP", b"ANIM", b"ALPH", b"VP8 ", b"VP8L", b"ANMF"))
_JPEG_SHOWN = {b"\xe0": b"JFIF\0", b"\xe2": b"ICC_PROFILE\0", b"\xee": b"Adobe"}
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_VP8X_ICC, _VP8X_EXIF, _VP8X_XMP = 0x20, 0x08, 0x04

_Piece = bytes | memoryview


def strip(data: bytes, *, profile: bool = True) -> bytes:
    """Return `data` without anything that a person or program has said about it.

    Compressed pixels, orientation, colour profile and resolution stay as they were; texts, Exif,
    XMP, comments, unknown parts and bytes after the image's end go, and without `profile` the
    colour profile, too.

    Raises: BadAnswer when `data` is no PNG, JPEG or WebP whose parts can be told apart.
    """
    kind = containers.header(data).format
    bare = {"png": _bare_png, "jpeg": _bare_jpeg, "webp": _bare_webp}[kind]
    try:
        return b"".join(bare(data, _PROFILES[kind] if not profile else b""))
    except (Malformed, struct.error) as error:
        raise BadAnswer(
            msg("The {format} image is damaged: {error}.", format=kind.upper(), error=error)
        ) from error


def _bare_png(data: bytes, gone: bytes) -> Iterator[_Piece]:
    yield containers.PNG_MAGIC
    for part in containers.png_parts(data):
        if part.name in _PNG_SHOWN and part.name != gone:
            yield memoryview(data)[part.start : part.end]
        elif part.name == b"eXIf":
            turned = exif.orientation(data[part.body : part.body_end])
            if turned > 1:
                yield png_chunk(b"eXIf", exif.written(None, turned))


def _bare_jpeg(data: bytes, gone: bytes) -> Iterator[_Piece]:
    parts = list(containers.jpeg_parts(data))
    block = b"".join(data[p.body + len(exif.HEAD) : p.body_end] for p in parts if is_exif(data, p))
    turned = exif.orientation(block)
    yield data[:2]
    for part in parts:
        if turned > 1 and part.name != b"\xe0":
            yield jpeg_segment(b"\xe1", exif.HEAD + exif.written(None, turned))
            turned = 1
        if part.name != gone and _is_shown(data, part):
            yield memoryview(data)[part.start : part.end]
    at = parts[-1].end
    # A progressive file has tables and further scans after its first, so comments may be there too.
    for _ in range(containers.MAX_PARTS):
        if (found := _SCAN_END.search(data, at)) is None:
            break
        yield memoryview(data)[at : found.start()]
        at = found.end()
        if found[0][-1:] == b"\xd9":
            yield b"\xff\xd9"
            return
        end = at + int.from_bytes(data[at : at + 2], "big")
        part = Part(found[0][-1:], found.start(), at + 2, end, end)
        if part.name != gone and _is_shown(data, part):
            yield memoryview(data)[part.start : end]
        at = max(end, at + 2)
    raise Malformed("its end is missing")


def _is_shown(data: bytes, part: Part) -> bool:
    if part.name in _JPEG_SHOWN:
        return data.startswith(_JPEG_SHOWN[part.name], part.body)
    return part.name != b"\xfe" and not b"\xe0" <= part.name <= b"\xef"


def _bare_webp(data: bytes, gone: bytes) -> Iterator[_Piece]:
    parts = containers.webp_parts(data)
    block = b"".join(data[p.body : p.body_end] for p in parts if p.name == b"EXIF")
    turned = exif.orientation(block.removeprefix(exif.HEAD))
    chunks = []
    for part in parts:
        payload = data[part.body : part.body_end]
        if part is parts[0] and part.name == b"VP8X":
            flags = payload[0] & ~(_VP8X_EXIF | _VP8X_XMP) | (_VP8X_EXIF if turned > 1 else 0)
            payload = bytes((flags & ~_VP8X_ICC if gone else flags,)) + payload[1:]
        if part.name in _WEBP_SHOWN and part.name != gone:
            chunks.append(webp_chunk(part.name, payload))
    if turned > 1 and parts[0].name == b"VP8X":  # without it no Exif was valid, or shown
        chunks.append(webp_chunk(b"EXIF", exif.written(None, turned)))
    yield b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WEBP"
    yield from chunks
