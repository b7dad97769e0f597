"""Image files as bytes: what they are, whether they are whole and safe, and small copies of them.

Pure: bytes in, values out. What cannot be used raises `errors.BadAnswer` with a sentence for the
user; no exception of Pillow's leaves this module. Containers are walked here and in `metadata`.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from backend.errors import BadAnswer

Format = Literal["png", "jpeg", "webp"]

MAX_PIXELS = 40_000_000
"""Largest picture that is decoded. Both cloud models stop at about 4 megapixels."""

THUMBNAIL_MAX_PX = 384

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

# A file of nothing but empty chunks takes seconds to walk; no real one comes near this many.
_MAX_PARTS = 65_536
_MAX_ICC_BYTES = 65_536

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
            raise BadAnswer("This is not a PNG, JPEG or WebP image.")
        if width < 1 or height < 1:
            raise Malformed("no pixels")
    except (Malformed, struct.error) as error:
        raise BadAnswer(f"The {kind.upper() if kind else ''} image is damaged: {error}.") from error
    return ImageInfo(kind, width, height)


def verify(data: bytes) -> ImageInfo:
    """Decode the whole image once and return what it is; ancillary metadata is not judged.

    Raises: BadAnswer when the format is unknown, the image has more than 40 megapixels, moves,
    or is cut or damaged. Flipped bits in the pixels of a JPEG or WebP may pass: neither format
    has checksums.
    """
    info = header(data)
    with _opened(data, info) as im:
        im.load()
    return info


def thumbnail_webp(data: bytes, max_px: int = THUMBNAIL_MAX_PX) -> bytes:
    """Return a WebP of at most `max_px` a side, upright, never larger than the original.

    Raises: BadAnswer as `verify` does.
    """
    with _opened(data, header(data)) as im:
        orientation = _orientation(im)
        icc = im.info.get("icc_profile")
        im.draft(None, (max_px * 2, max_px * 2))  # JPEG decodes at 1/2, 1/4 or 1/8: much faster
        small = _eight_bit(im)
        # A profile describes one colour space; ours is now RGB.
        if not isinstance(icc, bytes) or icc[16:20] != b"RGB " or len(icc) > _MAX_ICC_BYTES:
            icc = None
        small.thumbnail((max_px, max_px), Image.Resampling.LANCZOS, reducing_gap=1.3)
        if orientation in _TURNS:
            small = small.transpose(_TURNS[orientation])
        out = io.BytesIO()
        small.save(out, "WEBP", quality=80, method=2, icc_profile=icc, exif=b"", xmp=b"")
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Return the picture as 8-bit RGB or RGBA. Raises: BadAnswer as `verify` does."""
    with _opened(data, header(data)) as im:
        im.load()
        return _eight_bit(im).copy()


def pixel_sha256(data: bytes) -> str:
    """Return the SHA-256 of size and pixels: equal for the same picture in any lossless container.

    Palette, grey, RGB and opaque RGBA compare as 8-bit RGB; 16-bit grey keeps its depth. Exif
    orientation and colour profiles do not count.

    Raises: BadAnswer as `verify` does.
    """
    with _opened(data, header(data)) as im:
        if im.mode.startswith("I"):
            pixels = im if im.mode == "I" else im.convert("I")
        else:
            pixels = _eight_bit(im)
            if pixels.mode == "RGBA" and pixels.getchannel("A").getextrema() == (255, 255):
                pixels = pixels.convert("RGB")
        digest = hashlib.sha256(f"{pixels.mode} {pixels.width}x{pixels.height} ".encode())
        digest.update(pixels.tobytes())
    return digest.hexdigest()


@contextmanager
def _opened(data: bytes, info: ImageInfo) -> Iterator[Image.Image]:
    """Open with the sniffed format's decoder only, and turn whatever goes wrong into BadAnswer."""
    if info.width_px * info.height_px > MAX_PIXELS:
        raise _too_large(info.width_px, info.height_px)
    try:
        _check_container(data, info.format)
        with Image.open(io.BytesIO(data), formats=[info.format.upper()]) as im:
            if im.width * im.height > MAX_PIXELS:  # where Pillow read the header differently
                raise _too_large(im.width, im.height)
            yield im
    except BadAnswer:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadAnswer("The image is far larger than 40 megapixels.") from error
    except MemoryError as error:
        raise BadAnswer("There is not enough memory to read the image.") from error
    # Pillow's decoders raise OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error,
    # OverflowError and more on damaged files, and warn where warnings may be errors.
    except Exception as error:
        raise BadAnswer(f"The {info.format.upper()} image is cut short or damaged.") from error


def _too_large(width: int, height: int) -> BadAnswer:
    return BadAnswer(
        f"The image claims {width} x {height} pixels; more than 40 megapixels are not opened."
    )


def _check_container(data: bytes, kind: Format) -> None:
    """Refuse what Pillow passes over or takes long over. Raises: Malformed, BadAnswer."""
    animated = False
    if kind == "png":
        for part in png_parts(data):  # which wants IEND: Pillow does without
            animated |= part.name == b"acTL"
            # Pillow skips these checksums: it missed 4 of 10 flipped bits in a file of one IDAT.
            if part.name == b"IDAT" and not crc_ok(data, part):
                raise Malformed("checksum")
    elif kind == "webp":
        animated = any(part.name in (b"ANIM", b"ANMF") for part in webp_parts(data))
    if animated:
        raise BadAnswer("The image is animated; only still images are taken.")


def crc_ok(data: bytes, part: Part) -> bool:
    """Tell whether a PNG chunk's checksum is right."""
    crc = zlib.crc32(memoryview(data)[part.start + 4 : part.body_end])
    return crc == int.from_bytes(data[part.body_end : part.end], "big")


def _orientation(im: Image.Image) -> int:
    try:
        return int(im.getexif().get(0x0112, 1))
    except Exception:  # damaged Exif is no reason to have no thumbnail
        return 1


def _eight_bit(im: Image.Image) -> Image.Image:
    """Return `im` as RGB, or RGBA where anything may be transparent; resizing needs either."""
    if im.mode.startswith("I;16"):
        # convert("L") clips at 255 in some versions of Pillow, which turns pictures white.
        im = im.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if im.has_transparency_data else "RGB"
    return im if im.mode == mode else im.convert(mode)


# Containers. Each walker raises Malformed, never reads outside `data`, and stops in bounded time.


def png_parts(data: bytes) -> Iterator[Part]:
    """Yield the chunks up to and with IEND. A chunk is length, name, payload, checksum."""
    at = len(PNG_MAGIC)
    for _ in range(_MAX_PARTS):
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
    for _ in range(_MAX_PARTS):
        start = at
        if data[at : at + 1] != b"\xff":
            raise Malformed("a marker is missing")
        while data[at : at + 1] == b"\xff":  # any number of fill bytes may precede a marker
            at += 1
        name = data[at : at + 1]
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
        if body_end > limit or len(parts) >= _MAX_PARTS:
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
