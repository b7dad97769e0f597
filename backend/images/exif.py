"""Exif blocks (TIFF): the two that we write, and the texts and orientation read from any. Pure.

Reading never raises: what is damaged or points outside the block is passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

HEAD = b"Exif\0\0"
"""What stands before the block in a JPEG segment, and in some WebP chunks too."""

USER_COMMENT = "UserComment"
"""The name under which `texts` returns tag 0x9286."""

_ORIENTATION, _EXIF_IFD, _MAKER_NOTE, _USER_COMMENT = 0x0112, 0x8769, 0x927C, 0x9286
_NAMES = {
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    _MAKER_NOTE: "MakerNote",
    _USER_COMMENT: USER_COMMENT,
}
_ASCII, _SHORT, _LONG, _UNDEFINED = 2, 3, 4, 7
_MAX_ENTRIES = 512
_LOOKED_AT = 64
_NO_LETTERS = bytes(
    code for code in range(256) if not chr(code).isascii() or not chr(code).isalpha()
)


def written(text: str | None, orientation: int = 1, note: bytes = b"") -> bytes:
    """Return a block with `text` as its comment, the orientation and `note`, and nothing else.

    `text` None leaves both out; an orientation of 1, upright, is not written. Big-endian, as most
    readers expect the text in it. The note, the field that Exif leaves to each maker, comes last:
    readers that stop after a JPEG's first segment still have the comment.
    """
    entries = []
    if orientation > 1:
        entries.append(struct.pack(">HHIHxx", _ORIENTATION, _SHORT, 1, orientation))
    inner = b""
    if text is not None:
        comment = b"UNICODE\0" + text.encode("utf-16-be", "replace")
        exif_ifd = 8 + 2 + 12 * (len(entries) + 1) + 4
        entries.append(struct.pack(">HHII", _EXIF_IFD, _LONG, 1, exif_ifd))
        count = 3 if note else 2
        at = exif_ifd + 2 + 12 * count + 4
        fields = [struct.pack(">HHI4s", 0x9000, _UNDEFINED, 4, b"0232")]
        if note:
            fields.append(_undefined(_MAKER_NOTE, note, at + len(comment)))
        fields.append(_undefined(_USER_COMMENT, comment, at))
        inner = struct.pack(">H", count) + b"".join(fields) + bytes(4) + comment + note
    count = len(entries)
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", count) + b"".join(entries) + bytes(4) + inner


def _undefined(tag: int, value: bytes, at: int) -> bytes:
    return struct.pack(">HHII", tag, _UNDEFINED, len(value), at)


def note(tiff: bytes) -> bytes:
    """Return the maker's note; empty where there is none."""
    order = _order(tiff)
    for tag, kind, _count, at in _entries(tiff, order, _first(tiff, order)):
        if tag != _EXIF_IFD or kind != _LONG:
            continue
        (inner,) = struct.unpack_from(order + "I", tiff, at)
        for tag, kind, size, at in _entries(tiff, order, inner):
            if tag == _MAKER_NOTE and kind == _UNDEFINED and size > 4:
                (start,) = struct.unpack_from(order + "I", tiff, at)
                return tiff[start : start + size]
    return b""


def orientation(tiff: bytes) -> int:
    """Return the orientation, 1 to 8; 1, which means upright, where there is none."""
    order = _order(tiff)
    for tag, kind, _count, at in _entries(tiff, order, _first(tiff, order)):
        if tag == _ORIENTATION and kind == _SHORT:
            (value,) = struct.unpack_from(order + "H", tiff, at)
            if 1 <= value <= 8:
                return int(value)
    return 1


def texts(tiff: bytes, max_bytes: int) -> dict[str, str]:
    """Return the block's texts by tag name, none longer than `max_bytes` as stored.

    Programs put generation data into the comment, and some into Make, Model or the description.
    """
    order = _order(tiff)
    found: dict[str, str] = {}
    followed = False
    for tag, kind, count, at in _entries(tiff, order, _first(tiff, order)):
        if tag == _EXIF_IFD and kind == _LONG:
            if followed:  # there is one; a thousand of them would lead to all entries each
                continue
            followed = True
            (inner,) = struct.unpack_from(order + "I", tiff, at)
            for part in _entries(tiff, order, inner):
                _keep(found, tiff, order, part, max_bytes)
        else:
            _keep(found, tiff, order, (tag, kind, count, at), max_bytes)
    return found


def comment(raw: bytes) -> str:
    """Return a UserComment's text. Its first eight bytes should name the encoding, and may lie."""
    code, body = raw[:8], raw[8:]
    if code == b"UNICODE\0":
        return _utf16(body)
    if code == b"\0" * 8:
        return _utf16(body) if b"\0" in body.rstrip(b"\0") else _turned(plain(body))
    if code.startswith((b"ASCII", b"JIS")):
        return plain(body)
    return plain(raw)


def plain(raw: bytes) -> str:
    """Return text that should be ASCII or Latin-1 and often is UTF-8."""
    raw = raw.rstrip(b"\0").removeprefix(b"\xef\xbb\xbf")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _utf16(body: bytes) -> str:
    """Decode UTF-16 of either byte order, or UTF-8 that claims to be it.

    The standard leaves the order to the block, which writers do not keep. But all that is read
    here holds some English: in the right order there is more of it. Zero bytes alone do not tell,
    as every second one of an emoji's may be zero.
    """
    for mark, name in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")):
        if body.startswith(mark):
            return body[2:].decode(name, "replace").rstrip("\0")
    if b"\0" not in body:
        return plain(body)
    big, little = (body.decode(name, "replace") for name in ("utf-16-be", "utf-16-le"))
    return (little if _english(little) > _english(big) else big).rstrip("\0")


def _turned(text: str) -> str:
    """Return UTF-8 made of UTF-16 that was read in the wrong order, in the right one.

    ImageSharp reads other programs' comments so (SwarmUI mends it in src/Media/ImageFile.cs), and
    what it then saves is in UTF-8.
    """
    begin = text[:_LOOKED_AT]
    if 2 * sum(ord(letter) % 256 == 0 for letter in begin) <= len(begin):
        return text
    turned = text.encode("utf-16-le", "replace").decode("utf-16-be", "replace")
    return turned if _english(turned) > _english(text) else text


def _english(text: str) -> tuple[bool, int]:
    """Return whether it has what settings have, and the number of its Latin letters."""
    letters = text.encode("ascii", "ignore").translate(None, _NO_LETTERS)
    return "Steps: " in text or '{"' in text, len(letters)


def _order(tiff: bytes) -> str:
    """Return struct's sign of the byte order, empty where this is no such block."""
    return {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4], "")


def _first(tiff: bytes, order: str) -> int:
    if not order or len(tiff) < 8:
        return len(tiff)
    return int(struct.unpack_from(order + "I", tiff, 4)[0])


def _entries(tiff: bytes, order: str, at: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tag, type, count, offset of the value field) of one directory."""
    if not order or at + 2 > len(tiff):
        return
    (count,) = struct.unpack_from(order + "H", tiff, at)
    for entry in range(at + 2, at + 2 + 12 * min(count, _MAX_ENTRIES), 12):
        if entry + 12 > len(tiff):
            return
        tag, kind, number = struct.unpack_from(order + "HHI", tiff, entry)
        yield tag, kind, number, entry + 8


def _keep(
    found: dict[str, str],
    tiff: bytes,
    order: str,
    part: tuple[int, int, int, int],
    max_bytes: int,
) -> None:
    tag, kind, size, at = part
    name = _NAMES.get(tag)
    # Type 1 is BYTE, which some writers use for text.
    if name is None or name in found or kind not in (1, _ASCII, _UNDEFINED) or size > max_bytes:
        return
    if size > 4:
        (at,) = struct.unpack_from(order + "I", tiff, at)
    raw = tiff[at : at + size]
    found[name] = comment(raw) if tag == _USER_COMMENT else plain(raw)
