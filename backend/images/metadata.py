"""What an image file says about its making: put into PNG, JPEG and WebP, and read back. Pure.

Bytes to bytes; compressed pixels are copied, never re-encoded. `infotext` makes the text for other
programs, `own_record` our JSON, `xmp` the prompt as photo programs look for it:

    format  infotext                       own JSON
    PNG     text chunk `parameters`        iTXt chunk `sentry_block_playground`
    JPEG    Exif UserComment in APP1       Exif MakerNote, after `sentry_block_playground`
    WebP    Exif UserComment in chunk EXIF chunk `SBPJ`

A JPEG has no comment segment of ours, where versions before 0.3 put the JSON (they are read still):
sd-prompt-reader takes any comment for Fooocus's and then reads nothing else. WebP tells readers to
ignore and writers to keep chunks that they do not know. Of Exif already there only the orientation
is kept, as it changes what one sees; a file's own XMP, ICC profiles and all else stay as they were.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from hashlib import sha256

from backend.errors import BadAnswer
from backend.images import containers, exif, xmp
from backend.images.containers import Malformed, Part, is_exif, jpeg_segment, png_chunk, webp_chunk
from backend.images.infotext import infotext, told
from backend.images.own_record import StoredMetadata, from_json, to_json
from backend.said import msg
from backend.types import ImageRecord

KEYWORD = b"sentry_block_playground"

MAX_JSON_BYTES = 256 * 1024
"""Most that is read of our own JSON. Two prompts of 10,000 characters take up to 120,000 bytes
(control characters as \\u0001), so the 64 KB that bound others' texts would lose our own."""

_WEBP_CHUNK = b"SBPJ"
_WEBP_PIXELS = (b"VP8 ", b"VP8L", b"ANMF")
_VP8X_ALPHA, _VP8X_EXIF, _VP8X_XMP = 0x10, 0x08, 0x04

_SEGMENT_MAX = 65_533  # the 16-bit length counts itself
_PACKET_MAX = _SEGMENT_MAX - len(xmp.HEAD)
_COM = re.compile(re.escape(KEYWORD) + rb" ([0-9]{1,2})/([0-9]{1,2}) ")

_PNG_XMP = xmp.PNG_KEYWORD + b"\0"

_Piece = bytes | memoryview


def embed(data: bytes, record: ImageRecord, *, model_label: str, app_version: str) -> bytes:
    """Return `data` with both texts in it, in place of any `parameters` or Exif comment before.

    What such `parameters` of a PNG say beyond what we know is kept in ours. Bytes after the image's
    end are dropped from PNG and WebP. Format, size and `sha256` of `record` are not written: `read`
    takes them from the file.

    Raises: BadAnswer when `data` is no PNG, JPEG or WebP whose parts can be told apart.
    """
    own = to_json(record, model_label=model_label, app_version=app_version)
    kind = containers.header(data).format
    theirs = told(_parameters(data)) if kind == "png" else {}
    public = infotext(record, model_label=model_label, app_version=app_version, theirs=theirs)
    packet = xmp.packet(record.request.prompt, model_label or record.request.model, _PACKET_MAX)
    write = {"png": _into_png, "jpeg": _into_jpeg, "webp": _into_webp}[kind]
    try:
        return b"".join(write(data, own, public, packet))
    except (Malformed, struct.error) as error:
        raise BadAnswer(
            msg("The {format} image is damaged: {error}.", format=kind.upper(), error=error)
        ) from error


def read(data: bytes) -> StoredMetadata | None:
    """Return what `embed` wrote into the file, or None where there is nothing valid of ours.

    Never raises, whatever the bytes: decodes no pixels and inflates at most 256 KB.
    """
    try:
        info = containers.header(data)
        find = {"png": _from_png, "jpeg": _from_jpeg, "webp": _from_webp}[info.format]
        own = find(data)
        if own is None or len(own) > MAX_JSON_BYTES:
            return None
        return from_json(own, info, sha256(data).hexdigest())
    # ValueError has JSON, UTF-8, dates and Malformed below it; deep nesting is RecursionError.
    except (BadAnswer, ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return None
    except (struct.error, zlib.error):
        return None


def _is_our_xmp(data: bytes, part: Part) -> bool:
    return xmp.is_ours(data[part.body : min(part.body_end, part.body + 500)])


def _without(data: bytes, gone: list[Part], start: int, end: int) -> Iterator[_Piece]:
    """Yield `data[start:end]` but for the parts in `gone`, as views: nothing is copied."""
    view = memoryview(data)
    for part in gone:
        yield view[start : part.start]
        start = part.end
    yield view[start:end]


# PNG


def _into_png(data: bytes, own: bytes, public: str, packet: bytes) -> Iterator[_Piece]:
    parts = list(containers.png_parts(data))
    ours = (b"parameters\0", KEYWORD + b"\0")
    packets = [p for p in parts if p.name == b"iTXt" and data.startswith(_PNG_XMP, p.body)]
    gone = [
        part
        for part in parts
        if part.name in (b"tEXt", b"zTXt", b"iTXt")
        and (data.startswith(ours, part.body) or (part in packets and _is_our_xmp(data, part)))
    ]
    yield memoryview(data)[: parts[0].end]
    # Right after IHDR: Pillow's `info`, and so most tools, shows what stands before the pixels.
    try:
        yield png_chunk(b"tEXt", b"parameters\0" + public.encode("latin-1"))
    except UnicodeEncodeError:
        text = public.encode("utf-8", "replace")
        yield png_chunk(b"iTXt", b"parameters\0\0\0\0\0" + text)
    yield png_chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + own)
    if packet and all(part in gone for part in packets):
        yield png_chunk(b"iTXt", _PNG_XMP + b"\0\0\0\0" + packet)
    yield from _without(data, gone, parts[0].end, parts[-1].end)


def _parameters(data: bytes) -> str:
    """Return the infotext that a PNG has already, "" without one that can be read."""
    try:
        return (_from_png(data, b"parameters") or b"").decode("utf-8", "replace")
    except (Malformed, struct.error, zlib.error, ValueError, IndexError):
        return ""


def _from_png(data: bytes, keyword: bytes = KEYWORD) -> bytes | None:
    for part in containers.png_parts(data):
        if part.name not in (b"tEXt", b"zTXt", b"iTXt"):
            continue
        if not data.startswith(keyword + b"\0", part.body) or not containers.crc_ok(data, part):
            continue
        rest = data[part.body + len(keyword) + 1 : part.body_end]
        if part.name == b"tEXt":  # as a tool may have copied it
            return rest.decode("latin-1").encode()
        if part.name == b"zTXt":
            return _inflated(rest[1:]).decode("latin-1").encode()
        packed, (_language, _keyword, text) = rest[0], rest[2:].split(b"\0", 2)
        return _inflated(text) if packed else text
    return None


def _inflated(packed: bytes) -> bytes:
    """Inflate no more than one byte over the limit, however much more there is."""
    return zlib.decompressobj().decompress(packed, MAX_JSON_BYTES + 1)


# JPEG


def _into_jpeg(data: bytes, own: bytes, public: str, packet: bytes) -> Iterator[_Piece]:
    parts = list(containers.jpeg_parts(data))
    old = [part for part in parts if is_exif(data, part)]
    own_before = [part for part in parts if part.name == b"\xfe" and _COM.match(data, part.body)]
    packets = [p for p in parts if p.name == b"\xe1" and data.startswith(xmp.HEAD, p.body)]
    own_before += [part for part in packets if _is_our_xmp(data, part)]
    gone = sorted(old + own_before, key=lambda part: part.start)
    # JFIF wants its APP0 first, and Exif wants to be first: after APP0 is what all readers take.
    start = 2
    for part in parts:
        if part.name != b"\xe0":
            break
        start = part.end
    yield memoryview(data)[:start]

    before = b"".join(data[part.body + len(exif.HEAD) : part.body_end] for part in old)
    note = KEYWORD + b"\0" + own
    tiff = exif.written(public, exif.orientation(before), note)
    # Only long prompts need a second segment; Pillow and ExifTool join them.
    for piece in _pieces(tiff, _SEGMENT_MAX - len(exif.HEAD)):
        yield jpeg_segment(b"\xe1", exif.HEAD + piece)
    if packet and all(part in gone for part in packets):
        yield jpeg_segment(b"\xe1", xmp.HEAD + packet)
    yield from _without(data, gone, start, len(data))


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _from_jpeg(data: bytes) -> bytes | None:
    parts = list(containers.jpeg_parts(data))
    block = b"".join(data[p.body + len(exif.HEAD) : p.body_end] for p in parts if is_exif(data, p))
    head, found, own = exif.note(block).partition(b"\0")
    return own if found and head == KEYWORD else _from_comments(data, parts)


def _from_comments(data: bytes, parts: list[Part]) -> bytes | None:
    """Return the JSON as versions before 0.3 wrote it, in numbered comments."""
    texts: list[bytes] = []
    for part in parts:
        if part.name == b"\xfe" and (head := _COM.match(data, part.body, part.body_end)):
            number, count = int(head[1]), int(head[2])
            if number != len(texts) + 1 or number > count:
                return None
            texts.append(data[head.end() : part.body_end])
            if number == count:
                return b"".join(texts)
    return None


# WebP


def _into_webp(data: bytes, own: bytes, public: str, packet: bytes) -> Iterator[_Piece]:
    parts = containers.webp_parts(data)
    gone = [
        part
        for part in parts
        if part.name in (b"EXIF", _WEBP_CHUNK) or (part.name == b"XMP " and _is_our_xmp(data, part))
    ]
    if any(part.name == b"XMP " and part not in gone for part in parts):
        packet = b""
    pixels = [part for part in parts if part.name in _WEBP_PIXELS]
    if not pixels:
        raise Malformed("it holds no picture")
    before = b"".join(data[part.body : part.body_end] for part in gone if part.name == b"EXIF")
    first, last = parts[0], pixels[-1]
    if first.name == b"VP8X":
        flags, body_start = data[first.body] | _VP8X_EXIF, first.end
        if any(part.name == b"XMP " for part in gone):
            flags &= ~_VP8X_XMP
    else:
        lossless = first.name == b"VP8L"
        has_alpha = lossless and data[first.body + 4] & 0x10
        flags, body_start = _VP8X_EXIF | (_VP8X_ALPHA if has_alpha else 0), first.start
    flags |= _VP8X_XMP if packet else 0
    width, height = containers.webp_size(data, parts)
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    block = exif.written(public, exif.orientation(before.removeprefix(exif.HEAD)))
    chunks: list[_Piece] = [
        webp_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + size),
        *_without(data, [p for p in gone if p.start < last.start], body_start, last.body_end),
        b"\0" * (last.body_end - last.body & 1),
        webp_chunk(b"EXIF", block),
    ]
    for part in parts:
        if part.start > last.start and part not in gone:
            chunks.append(webp_chunk(part.name, data[part.body : part.body_end]))
    if packet:
        chunks.append(webp_chunk(b"XMP ", packet))
    chunks.append(webp_chunk(_WEBP_CHUNK, own))
    yield b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WEBP"
    yield from chunks


def _from_webp(data: bytes) -> bytes | None:
    for part in containers.webp_parts(data):
        if part.name == _WEBP_CHUNK and part.body_end - part.body <= MAX_JSON_BYTES:
            return data[part.body : part.body_end]
    return None
