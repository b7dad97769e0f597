"""Files made to cost whoever reads them: time for few bytes, or memory. Each has a valid head."""

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


def moving(kind: str, count: int) -> bytes:
    frames = [Image.new("RGB", (64, 48), (n % 256, n // 256, 0)) for n in range(count)]
    return saved(kind, save_all=True, append_images=frames)


def scans(count: int, size: tuple[int, int] = (2_000, 2_000), before: bytes = b"") -> bytes:
    """Return a progressive JPEG whose last scan comes again and again, with `before` it."""
    data = saved("JPEG", size, progressive=True)
    last = before + data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (count - data.count(b"\xff\xda")) + b"\xff\xd9"


def jpeg(*parts: bytes) -> bytes:
    """Return a JPEG with these parts before all others."""
    data = saved("JPEG")
    return data[:2] + b"".join(parts) + data[2:]


def png(*chunks: bytes, size: tuple[int, int] = (64, 48), kind: bytes = b"\x08\2\0\0\0") -> bytes:
    """Return a PNG; `kind` is its depth, colour, two zeros and interlacing."""
    head = png_chunk(b"IHDR", struct.pack(">II", *size) + kind)
    return PNG_MAGIC + head + b"".join(chunks) + png_chunk(b"IEND", b"")


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def idat(raw: bytes) -> bytes:
    return png_chunk(b"IDAT", zlib.compress(raw, 1))


def rings() -> bytes:
    """Return Exif whose directory has thousands of entries that lead to itself."""
    entry = struct.pack(">HHII", 0x8769, 4, 1, 8)
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", 5_000) + entry * 5_000 + struct.pack(">I", 8)


def packed(kind: bytes, head: bytes, size: int, count: int) -> bytes:
    """Return many chunks that each grow to `size` bytes of nothing."""
    return png_chunk(kind, head + zlib.compress(bytes(size), 9)) * count


def bytewise(marker: int) -> bytes:
    """Return what Pillow takes for one marker and much that it looks through byte by byte."""
    return b"\xff" + bytes((marker,)) + b"\xff\xf0" + bytes(65_518)


PIXELS = idat(b"".join(b"\0" + bytes(64 * 3) for _ in range(48)))
XMP = b"http://ns.adobe.com/xap/1.0/\0"
BLOCKS = b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5_000

SCANS: dict[str, Callable[[], bytes]] = {
    "65 scans": lambda: scans(65),
    "1,000 scans": lambda: scans(1_000),
    "30,000 scans": lambda: scans(30_000),
    "scans behind TEM": lambda: scans(1_000, before=b"\xff\x01"),
    "scans behind restarts": lambda: scans(1_000, before=b"\xff\xd0\xff\xff\xff\xd7"),
    "scans behind stuffed bytes": lambda: scans(1_000, before=b"\xff\0\xff\0\xff"),
    "scans behind ends in comments": lambda: scans(1_000, before=b"\xff\xfe\0\4\xff\xd9"),
    "scans behind tables": lambda: scans(1_000, before=jpeg_segment(b"\xdd", b"\0\0")),
}
HOSTILE: dict[str, Callable[[], bytes]] = {
    **{f"jpeg, {name}": make for name, make in SCANS.items()},
    "jpeg, fill bytes": lambda: jpeg(b"\xff" * 59_000_000),
    "jpeg, fill between segments": lambda: jpeg((b"\xff" * 900 + b"\xfe\0\2") * 65_000),
    "jpeg, restarts for segments": lambda: jpeg(bytewise(0xD0) * 300),
    "jpeg, extensions": lambda: jpeg(bytewise(0xF0) * 300),
    "jpeg, TEM for segments": lambda: jpeg(bytewise(0x01) * 300),
    "jpeg, reserved segments": lambda: jpeg(bytewise(0xC8) * 300),
    "jpeg, Exif": lambda: jpeg(jpeg_segment(b"\xe1", b"Exif\0\0" + rings()) * 100),
    "jpeg, XMP": lambda: jpeg(jpeg_segment(b"\xe1", XMP + b"<" * 60_000) * 600),
    "jpeg, profile": lambda: jpeg(
        jpeg_segment(b"\xe2", b"ICC_PROFILE\0\1\xff" + bytes(60_000)) * 600
    ),
    "jpeg, Photoshop's blocks": lambda: jpeg(jpeg_segment(b"\xed", BLOCKS) * 100),
    "jpeg, further pictures": lambda: jpeg(jpeg_segment(b"\xe2", b"MPF\0" + rings()) * 600),
    "jpeg, tiny segments": lambda: jpeg(b"\xff\xe5\0\2" * 65_000),
    "jpeg, tables": lambda: saved("JPEG")[:-2] + b"\xff\xfe\0\2" * 500_000 + b"\xff\xd9",
    "jpeg, restarts": lambda: saved("JPEG")[:-2] + b"\xff\xd0" * 20_000_000,
    "png, tiny chunks": lambda: png(png_chunk(b"teSt", b"") * 65_000, PIXELS),
    "png, tiny pieces of pixels": lambda: png(png_chunk(b"IDAT", b"") * 65_000, PIXELS),
    "png, texts that grow": lambda: png(packed(b"zTXt", b"prompt\0\0", 8_000_000, 2_000), PIXELS),
    "png, texts beyond": lambda: png(packed(b"zTXt", b"parameters\0\0", 9_000_000, 900), PIXELS),
    "png, iTXt": lambda: png(packed(b"iTXt", b"workflow\0\1\0\0\0", 9_000_000, 900), PIXELS),
    "png, our record packed": lambda: png(
        packed(b"zTXt", b"sentry_block_playground\0\0", 9_000_000, 900), PIXELS
    ),
    "png, profiles": lambda: png(packed(b"iCCP", b"a\0\0", 50_000_000, 200), PIXELS),
    "png, a huge text": lambda: png(png_chunk(b"tEXt", b"prompt\0" + b"{" * 50_000_000), PIXELS),
    "png, deep JSON": lambda: png(png_chunk(b"tEXt", b"prompt\0" + b'{"a":' * 900_000), PIXELS),
    "png, Exif in rings": lambda: png(png_chunk(b"eXIf", rings()), PIXELS),
    "png, pixels beyond its size": lambda: png(idat(b"\4" * 60_000_000)),
    "png, interlaced": lambda: png(
        idat(bytes(30_000_000)), size=(5_000, 5_000), kind=b"\x08\0\0\0\1"
    ),
    "png, many frames": lambda: moving("PNG", 500),
    "webp, many frames": lambda: moving("WEBP", 300),
    "webp, tiny chunks": lambda: webp(webp_chunk(b"JUNK", b"") * 65_000),
    "webp, Exif in rings": lambda: webp(saved("WEBP")[12:], webp_chunk(b"EXIF", rings()) * 600),
}
