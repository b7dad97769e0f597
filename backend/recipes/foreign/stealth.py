"""Texts hidden in the lowest bits of a PNG's alpha channel, as NovelAI and some extensions do it.

The bits run down the columns: `stealth_pnginfo` or `stealth_pngcomp` (packed by gzip), 32 bits of
length in bits, then the text: an infotext, or NovelAI's or SwarmUI's JSON. Pictures without alpha
have them in red, green and blue in turn (`stealth_rgb...`; EmbedRgb in SwarmUI's
src/Utils/MetadataHelper.cs). Pure and bounded: the signature is looked for in the first 120 rows,
before any picture is decoded.
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

_SIGNATURES = {
    "A": (b"stealth_pnginfo", b"stealth_pngcomp"),
    "RGB": (b"stealth_rgbinfo", b"stealth_rgbcomp"),
}
_ROWS = 8 * len(b"stealth_pnginfo")
_MAX_PIXELS = 8_000_000
_MAX_BYTES = 1_000_000
_BITS = bytes(48 + (value & 1) for value in range(256))


def texts(data: bytes) -> dict[str, str]:
    """Return the hidden text by the names that it would have in the open; empty without one."""
    if containers.sniff(data) != "png":
        return {}
    with suppress(Malformed, struct.error, zlib.error, OSError, SyntaxError, ValueError):
        if (channels := _channels(data)) and (hidden := _hidden(data, channels)):
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


def _channels(data: bytes) -> str:
    """Return the channels whose first column begins a signature; a picture of few rows may."""
    parts = list(containers.png_parts(data))
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(
        ">IIBBBBB", data, parts[0].body
    )
    samples = {2: 3, 6: 4}.get(colour, 0)
    if depth != 8 or not samples or interlaced or not 0 < width * height <= _MAX_PIXELS:
        return ""
    rows = min(height, _ROWS)
    row_bytes = 1 + samples * width
    raw, unpacker = b"", zlib.decompressobj()
    for part in parts:
        if part.name == b"IDAT" and (missing := rows * row_bytes - len(raw)) > 0:
            raw += unpacker.decompress(data[part.body : part.body_end], missing)
    if len(raw) < rows * row_bytes:
        return ""
    # Of a row's first pixel nothing stands to the left: each filter leaves the pixel above.
    above, column = [0] * samples, bytearray()
    for at in range(0, rows * row_bytes, row_bytes):
        kind = raw[at] if raw[at] < 5 else 0
        pixel = raw[at + 1 : at + 1 + samples]
        above = [
            (value + (0, 0, up, up // 2, up)[kind]) & 0xFF
            for value, up in zip(pixel, above, strict=True)
        ]
        column += bytes(above)
    alpha = _as_bytes(column[3::4]) if samples == 4 else b""
    colours = bytes(value for at, value in enumerate(column) if at % samples < 3)
    for channels, begun in (("A", alpha), ("RGB", _as_bytes(colours))):
        if begun and any(begun.startswith(one[: len(begun)]) for one in _SIGNATURES[channels]):
            return channels
    return ""


def _hidden(data: bytes, channels: str) -> bytes:
    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        width = picture.width
        planes = [picture.getchannel(name).tobytes() for name in channels]
    height = len(planes[0]) // width
    head = _ROWS + 32

    def column_bits(count: int) -> bytes:
        columns = min(width, -(-count // (height * len(planes))))
        bits = bytearray(columns * height * len(planes))
        for at, plane in enumerate(planes):
            bits[at :: len(planes)] = b"".join(plane[one::width] for one in range(columns))
        return bytes(bits[:count])

    begin = _as_bytes(column_bits(head))
    size = int.from_bytes(begin[-4:], "big") // 8
    plain, packed = _SIGNATURES[channels]
    if begin[:-4] not in (plain, packed) or not 0 < size <= _MAX_BYTES:
        return b""
    found = _as_bytes(column_bits(head + 8 * size))[len(begin) :]
    if len(found) < size:
        return b""
    if begin[:-4] == plain:
        return found
    return zlib.decompressobj(wbits=31).decompress(found, _MAX_BYTES)


def _as_bytes(values: bytes | bytearray) -> bytes:
    """Return the lowest bits of these bytes, eight to a byte; what is left over is dropped."""
    count = len(values) // 8
    bits = bytes(values[: 8 * count]).translate(_BITS)
    return int(bits, 2).to_bytes(count, "big") if count else b""
