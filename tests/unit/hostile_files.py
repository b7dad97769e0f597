"""Files made to cost whoever reads them: time for few bytes, or memory. Each has a valid head.

Sizes are those that upload and import take, or smaller where that shows the same.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from backend.images.containers import PNG_MAGIC, jpeg_segment, png_chunk, webp_chunk


def saved(kind: str, size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 120, 200)).save(out, kind, **options)
    return out.getvalue()


def scans(count: int, size: tuple[int, int] = (2_000, 2_000), between: bytes = b"") -> bytes:
    """Return a progressive JPEG whose last scan comes again and again."""
    data = saved("JPEG", size, progressive=True)
    last = between + data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (count - data.count(b"\xff\xda")) + b"\xff\xd9"


def segments(*parts: bytes) -> bytes:
    data = saved("JPEG")
    return data[:2] + b"".join(parts) + data[2:]


def png(*chunks: bytes, size: tuple[int, int] = (64, 48), flags: bytes = b"\x08\2\0\0\0") -> bytes:
    head = png_chunk(b"IHDR", struct.pack(">II", *size) + flags)
    return PNG_MAGIC + head + b"".join(chunks) + png_chunk(b"IEND", b"")


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def idat(raw: bytes) -> bytes:
    return png_chunk(b"IDAT", zlib.compress(raw, 1))


def rings() -> bytes:
    """Return Exif whose directories lead to each other, and to themselves."""
    entry = struct.pack(">HHII", 0x8769, 4, 1, 8)
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", 5_000) + entry * 5_000 + struct.pack(">I", 8)


def bomb(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


PIXELS = idat(b"".join(b"\0" + bytes(64 * 3) for _ in range(48)))
BAD_PIXELS = idat(b"\5" * 60_000_000)

HOSTILE: dict[str, Callable[[], bytes]] = {
    "jpeg of 1,000 scans": lambda: scans(1_000),
    "jpeg of 30,000 scans": lambda: scans(30_000),
    "jpeg of scans behind TEM": lambda: scans(1_000, between=b"\xff\x01"),
    "jpeg of scans behind restarts": lambda: scans(1_000, between=b"\xff\xd0\xff\xff"),
    "jpeg of scans behind comments": lambda: scans(1_000, between=b"\xff\xfe\0\4\xff\xd9"),
    "jpeg of fill bytes": lambda: segments(b"\xff" * 59_000_000),
    "jpeg of fill between segments": lambda: segments(*[b"\xff" * 900 + b"\xfe\0\2"] * 65_000),
    "jpeg of Exif segments": lambda: segments(
        *[jpeg_segment(b"\xe1", b"Exif\0\0" + rings())] * 600
    ),
    "jpeg of XMP segments": lambda: segments(
        *[jpeg_segment(b"\xe1", b"http://ns.adobe.com/xap/1.0/\0" + b"<" * 60_000)] * 600
    ),
    "jpeg of profile pieces": lambda: segments(
        *[jpeg_segment(b"\xe2", b"ICC_PROFILE\0\1\xff" + bytes(60_000))] * 600
    ),
    "jpeg of Photoshop's blocks": lambda: segments(
        *[jpeg_segment(b"\xed", b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5_000)] * 100
    ),
    "jpeg of many pictures": lambda: segments(*[jpeg_segment(b"\xe2", b"MPF\0" + rings())] * 600),
    "jpeg of tables": lambda: (
        saved("JPEG")[:-2]
        + jpeg_segment(b"\xdb", b"\0" + bytes(range(1, 65))) * 500_000
        + b"\xff\xd9"
    ),
    "jpeg of restart markers": lambda: (
        saved("JPEG", (2_000, 2_000))[:-2] + b"\xff\xd0" * 20_000_000
    ),
    "png of tiny chunks": lambda: png(*[png_chunk(b"teSt", b"")] * 65_000, PIXELS),
    "png of tiny pixel chunks": lambda: png(*[png_chunk(b"IDAT", b"")] * 65_000, PIXELS),
    "png of broken texts": lambda: png(
        *[png_chunk(b"zTXt", b"prompt\0\0" + b"x" * 800)] * 60_000, PIXELS
    ),
    "png of texts that grow": lambda: png(
        *[png_chunk(b"zTXt", b"prompt\0\0" + bomb(8_000_000))] * 2_000, PIXELS
    ),
    "png of texts that grow beyond": lambda: png(
        *[png_chunk(b"zTXt", b"parameters\0\0" + bomb(9_000_000))] * 2_000, PIXELS
    ),
    "png of international texts": lambda: png(
        *[png_chunk(b"iTXt", b"workflow\0\1\0\0\0" + bomb(9_000_000))] * 2_000, PIXELS
    ),
    "png of our own record packed": lambda: png(
        *[png_chunk(b"zTXt", b"sentry_block_playground\0\0" + bomb(9_000_000))] * 2_000, PIXELS
    ),
    "png of profiles": lambda: png(
        *[png_chunk(b"iCCP", b"a\0\0" + bomb(50_000_000))] * 200, PIXELS
    ),
    "png with a huge text": lambda: png(
        png_chunk(b"tEXt", b"prompt\0" + b"{" * 50_000_000), PIXELS
    ),
    "png with deep json": lambda: png(
        png_chunk(b"tEXt", b"prompt\0" + b'{"a":' * 1_000_000), PIXELS
    ),
    "png with Exif in rings": lambda: png(png_chunk(b"eXIf", rings()), PIXELS),
    "png with far too many pixels": lambda: png(BAD_PIXELS),
    "png interlaced": lambda: png(
        idat(bytes(50_000_000)), size=(6_000, 6_000), flags=b"\x08\0\0\0\1"
    ),
    "png with a palette": lambda: png(
        png_chunk(b"PLTE", bytes(768)),
        idat(bytes(40_005_000)),
        size=(8_000, 5_000),
        flags=b"\x08\3\0\0\0",
    ),
    "png one pixel wide": lambda: png(
        idat(bytes(80_000_000)), size=(1, 40_000_000), flags=b"\x08\0\0\0\0"
    ),
    "png of moving pictures": lambda: saved(
        "PNG",
        save_all=True,
        append_images=[Image.new("RGB", (64, 48), (n % 256, n // 256, 0)) for n in range(2_000)],
    ),
    "webp of moving pictures": lambda: saved(
        "WEBP",
        save_all=True,
        append_images=[Image.new("RGB", (64, 48), (n % 256, n // 256, 0)) for n in range(500)],
    ),
    "webp of tiny chunks": lambda: webp(*[webp_chunk(b"JUNK", b"")] * 65_000),
    "webp of Exif": lambda: webp(saved("WEBP")[12:], *[webp_chunk(b"EXIF", rings())] * 600),
}
