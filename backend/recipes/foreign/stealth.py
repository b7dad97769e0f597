"""Texts hidden in the lowest bits of a PNG's alpha channel, as NovelAI and some extensions do it.

The bits run down the columns: `stealth_pnginfo` or `stealth_pngcomp` (packed by gzip), 32 bits of
length in bits, then the text: an infotext, or NovelAI's JSON. Pure and bounded: the signature is
looked for in the first 120 rows, before any picture is decoded.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from contextlib import suppress

from PIL import Image

from backend.images import containers
from backend.images.containers import Malformed

_PLAIN, _PACKED = b"stealth_pnginfo", b"stealth_pngcomp"
_ROWS = 8 * len(_PLAIN)
_MAX_PIXELS = 8_000_000
_MAX_BYTES = 1_000_000
_BITS = bytes(48 + (value & 1) for value in range(256))


def texts(data: bytes) -> dict[str, str]:
    """Return the hidden text by the names that it would have in the open; empty without one."""
    if containers.sniff(data) != "png":
        return {}
    with suppress(Malformed, struct.error, zlib.error, OSError, SyntaxError, ValueError):
        if _may_have(data) and (hidden := _hidden(data)):
            return _by_name(hidden)
    return {}


def _by_name(hidden: bytes) -> dict[str, str]:
    text = hidden.decode("utf-8", "replace")
    if not text.lstrip().startswith("{"):
        return {"parameters": text}
    document = json.loads(text)
    if "Comment" not in document:
        return {"parameters": text}
    return {
        name: one if isinstance(one, str) else json.dumps(one) for name, one in document.items()
    }


def _may_have(data: bytes) -> bool:
    """Whether the first column's alpha begins the signature; a picture of few rows may."""
    parts = list(containers.png_parts(data))
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(
        ">IIBBBBB", data, parts[0].body
    )
    if (depth, colour, interlaced) != (8, 6, 0) or not 0 < width * height <= _MAX_PIXELS:
        return False
    rows = min(height, _ROWS)
    row_bytes = 1 + 4 * width
    raw, unpacker = b"", zlib.decompressobj()
    for part in parts:
        if part.name == b"IDAT" and (missing := rows * row_bytes - len(raw)) > 0:
            raw += unpacker.decompress(data[part.body : part.body_end], missing)
    if len(raw) < rows * row_bytes:
        return False
    # Of a row's first pixel nothing stands to the left: each filter leaves the pixel above.
    above, bits = 0, bytearray()
    for at in range(0, rows * row_bytes, row_bytes):
        kind, value = raw[at], raw[at + 4]
        above = (value + (0, 0, above, above // 2, above)[kind if kind < 5 else 0]) & 0xFF
        bits.append(above)
    begun = _as_bytes(bits)
    return begun == _PLAIN[: len(begun)] or begun == _PACKED[: len(begun)]


def _hidden(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        width = picture.width
        alpha = picture.getchannel("A").tobytes()
    height = len(alpha) // width
    head = _ROWS + 32

    def column_bits(count: int) -> bytes:
        columns = min(width, -(-count // height))
        return b"".join(alpha[at::width] for at in range(columns))[:count]

    begin = _as_bytes(column_bits(head))
    size = int.from_bytes(begin[-4:], "big") // 8
    if begin[:-4] not in (_PLAIN, _PACKED) or not 0 < size <= _MAX_BYTES:
        return b""
    found = _as_bytes(column_bits(head + 8 * size))[len(begin) :]
    if len(found) < size:
        return b""
    if begin[:-4] == _PLAIN:
        return found
    return zlib.decompressobj(wbits=31).decompress(found, _MAX_BYTES)


def _as_bytes(values: bytes | bytearray) -> bytes:
    """Return the lowest bits of these bytes, eight to a byte; what is left over is dropped."""
    count = len(values) // 8
    bits = bytes(values[: 8 * count]).translate(_BITS)
    return int(bits, 2).to_bytes(count, "big") if count else b""
