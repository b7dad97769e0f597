"""Parts of image files, built from their payload: the reverse of what `images` walks. Pure."""

from __future__ import annotations

import struct
import zlib

from backend import exif
from backend.images import Part


def png_chunk(name: bytes, payload: bytes) -> bytes:
    """Return a PNG chunk with its length and checksum."""
    crc = zlib.crc32(payload, zlib.crc32(name))
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", crc)


def jpeg_segment(marker: bytes, payload: bytes) -> bytes:
    """Return a JPEG segment; `marker` is its second byte, the payload at most 65,533 bytes."""
    return b"\xff" + marker + struct.pack(">H", len(payload) + 2) + payload


def webp_chunk(name: bytes, payload: bytes) -> bytes:
    """Return a RIFF chunk with its padding."""
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) & 1)


def is_exif(data: bytes, part: Part) -> bool:
    """Whether this segment of a JPEG holds Exif; XMP shares its marker."""
    return part.name == b"\xe1" and data.startswith(exif.HEAD, part.body)
