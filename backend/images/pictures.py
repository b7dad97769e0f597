"""Image files as bytes: what they are, whether they are whole and safe, and small copies of them.

Pure: bytes in, values out. What cannot be used raises `errors.BadAnswer` with a sentence for the
user; no exception of Pillow's leaves this module. Containers are walked here and in `metadata`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from backend.errors import BadAnswer
from backend.images.containers import (
    MAX_SCANS,
    Format,
    ImageInfo,
    Malformed,
    Part,
    crc_ok,
    has_countless_scans,
    header,
    png_parts,
    webp_parts,
)
from backend.said import msg

try:
    from isal import isal_zlib as zlib
except ImportError:  # on Windows for ARM
    import zlib  # type: ignore[no-redef]

MAX_PIXELS = 40_000_000
"""Largest picture that is decoded. Both cloud models stop at about 4 megapixels."""

THUMBNAIL_MAX_PX = 384

_MAX_ICC_BYTES = 65_536

_PIECE_BYTES = 65_536
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # of PNG's types of colour, but for the palette

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def verify(data: bytes) -> ImageInfo:
    """Decode the whole image once and return what it is; ancillary metadata is not judged.

    A plain PNG is not decoded but proven to be whole, as `_holds_all_pixels` says.

    Raises: BadAnswer when the format is unknown, the image has more than 40 megapixels, moves,
    or is cut or damaged. Flipped bits in the pixels of a JPEG or WebP may pass: neither format
    has checksums.
    """
    info = header(data)
    with _opened(data, info) as im:
        if not (info.format == "png" and _holds_all_pixels(data, info)):
            # Of a JPEG all of the data is read, but an eighth of each side's pixels are made of it.
            im.draft(None, (max(1, info.width_px // 8), max(1, info.height_px // 8)))
            im.load()
    return info


def _holds_all_pixels(data: bytes, info: ImageInfo) -> bool:
    """Whether a PNG's pixels are all there and right: a third of the time of decoding them.

    Every byte is unpacked, against the stream's checksum; as many as the size asks for, each row
    beginning with a filter that exists: any such bytes are pixels. False says nothing, of a damaged
    PNG or one with a palette, other depths or interlaced: decode it then.
    """
    parts = list(png_parts(data))
    head = data[parts[0].body : parts[0].body_end]
    channels = _CHANNELS.get(head[9])
    if channels is None or head[8] != 8 or head[10:13] != b"\0\0\0":
        return False
    row = 1 + info.width_px * channels
    stream, length = zlib.decompressobj(), 0
    try:
        for piece in _unpacked(data, parts, stream):
            if max(piece[-length % row :: row], default=0) > 4:
                return False
            length += len(piece)
            if length > info.height_px * row:
                return False
    except zlib.error:  # type: ignore[misc]  # a class, whatever the stubs say
        return False
    return length == info.height_px * row and bool(stream.eof)


def _unpacked(data: bytes, parts: Iterable[Part], stream: Any) -> Iterator[bytes]:
    """Yield what a PNG's IDAT chunks hold, little by little: it stays in the processor's cache."""
    view = memoryview(data)
    for part in parts:
        if part.name == b"IDAT":
            for at in range(part.body, part.body_end, _PIECE_BYTES):
                packed: Any = view[at : min(at + _PIECE_BYTES, part.body_end)]
                while packed and not stream.eof:
                    yield stream.decompress(packed, 2 * _PIECE_BYTES)
                    packed = stream.unconsumed_tail


def thumbnail_webp(data: bytes, max_px: int = THUMBNAIL_MAX_PX, quality: int = 80) -> bytes:
    """Return a WebP of at most `max_px` a side, upright, never larger than the original.

    Raises: BadAnswer as `verify` does.
    """
    with _opened(data, header(data)) as im:
        icc = im.info.get("icc_profile")
        small = _small(im, (max_px, max_px))
        # A profile describes one colour space; ours is now RGB.
        if not isinstance(icc, bytes) or icc[16:20] != b"RGB " or len(icc) > _MAX_ICC_BYTES:
            icc = None
        out = io.BytesIO()
        small.save(out, "WEBP", quality=quality, method=2, icc_profile=icc, exif=b"", xmp=b"")
    return out.getvalue()


def fitted(data: bytes, width: int, height: int) -> Image.Image:
    """Return the picture as RGB or RGBA, upright, within so many pixels, never enlarged.

    Raises: BadAnswer as `verify` does.
    """
    with _opened(data, header(data)) as im:
        small = _small(im, (width, height))
        small.load()
        return small.copy()


def _small(im: Image.Image, size: tuple[int, int]) -> Image.Image:
    orientation = _orientation(im)
    if orientation >= 5:  # it lies on its side
        size = size[::-1]
    im.draft(None, (size[0] * 2, size[1] * 2))  # JPEG decodes at 1/2, 1/4 or 1/8: much faster
    small = _eight_bit(im)
    small.thumbnail(size, Image.Resampling.LANCZOS, reducing_gap=1.3)
    return small.transpose(_TURNS[orientation]) if orientation in _TURNS else small


def decoded(data: bytes) -> Image.Image:
    """Return the picture as 8-bit RGB or RGBA. Raises: BadAnswer as `verify` does."""
    with _opened(data, header(data)) as im:
        im.load()
        return _eight_bit(im).copy()


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
        raise BadAnswer(msg("The image is far larger than 40 megapixels.")) from error
    except MemoryError as error:
        raise BadAnswer(msg("There is not enough memory to read the image.")) from error
    # Pillow's decoders raise OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error,
    # OverflowError and more on damaged files, and warn where warnings may be errors.
    except Exception as error:
        raise BadAnswer(
            msg("The {format} image is cut short or damaged.", format=info.format.upper())
        ) from error


def _too_large(width: int, height: int) -> BadAnswer:
    return BadAnswer(
        msg(
            "The image claims {width} x {height} pixels; more than 40 megapixels are not opened.",
            width=str(width),
            height=str(height),
        )
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
    elif kind == "jpeg":
        if has_countless_scans(data):
            raise BadAnswer(
                msg(
                    "The image has more than {max_scans} scans, far more than any program writes.",
                    max_scans=MAX_SCANS,
                )
            )
    elif kind == "webp":
        animated = any(part.name in (b"ANIM", b"ANMF") for part in webp_parts(data))
    if animated:
        raise BadAnswer(msg("The image is animated; only still images are taken."))


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
