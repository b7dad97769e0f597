"""Takes our key out of an image in which the platform tells it back. Pure; pixels stay.

A server may copy a header into a text chunk, say. What holds the key loses all that is said in it:
an image without remarks is worth more than a key in every copy of it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Collection
from functools import lru_cache

from backend.errors import BadAnswer
from backend.images import containers
from backend.images.containers import Malformed
from backend.images.strip import strip
from backend.redact import forms

_PIXELS = frozenset((b"IDAT", b"fdAT", b"VP8 ", b"VP8L", b"ALPH", b"ANMF"))
_UNPACKED_MAX_BYTES = 4_000_000  # the profile of a printer has a tenth of that
_PACKED = {
    b"zTXt": re.compile(rb"[^\0]*\0.", re.DOTALL),
    b"iCCP": re.compile(rb"[^\0]*\0.", re.DOTALL),
    b"iTXt": re.compile(rb"[^\0]*\0\x01.[^\0]*\0[^\0]*\0", re.DOTALL),
}
"""What stands before the packed part of a PNG's chunk."""


def without_secrets(data: bytes, secrets: Collection[str]) -> bytes:
    """Return the image without what is said in it, where that holds one of the secrets.

    All but the pixels is looked through, for every form of `redact.forms`, in UTF-16 too, and in
    what is packed. A file whose parts cannot be told apart comes back as it is: the check after
    this refuses it.
    """
    secret = _pattern(frozenset(secrets))
    try:
        if secret is None or not _is_told(data, secret):
            return data
        bare = strip(data)
        return strip(data, profile=False) if _is_told(bare, secret) else bare
    except (BadAnswer, Malformed, struct.error):
        return data


@lru_cache(maxsize=4)
def _pattern(secrets: frozenset[str]) -> re.Pattern[bytes] | None:
    written = {form for secret in secrets for form in forms(secret)}
    codes = "utf-8", "utf-16-le", "utf-16-be"
    ways = sorted(re.escape(form.encode(code, "replace")) for form in written for code in codes)
    return re.compile(b"|".join(ways)) if ways else None


def _is_told(data: bytes, secret: re.Pattern[bytes]) -> bool:
    kind = containers.sniff(data)
    if kind == "jpeg":
        *_, scan = containers.jpeg_parts(data)
        # Remarks may stand between its scans and behind the last.
        end = scan.end if len(strip(data)) == len(data) else len(data)
        return bool(secret.search(data, 0, end))
    parts = list(containers.png_parts(data)) if kind == "png" else containers.webp_parts(data)
    said = [data[part.body : part.body_end] for part in parts if part.name not in _PIXELS]
    said.append(data[parts[-1].end :] if parts else b"")
    return bool(secret.search(b"".join(said))) or any(
        _is_packed(data[part.body : part.body_end], _PACKED[part.name], secret)
        for part in parts
        if part.name in _PACKED
    )


def _is_packed(chunk: bytes, head: re.Pattern[bytes], secret: re.Pattern[bytes]) -> bool:
    """Whether a chunk holds the secret packed, or so much that it cannot be known."""
    if not (found := head.match(chunk)):
        return False
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(chunk[found.end() :], _UNPACKED_MAX_BYTES)
    except zlib.error:
        return False  # nobody can unpack it
    return (not inflater.eof and len(text) == _UNPACKED_MAX_BYTES) or bool(secret.search(text))
