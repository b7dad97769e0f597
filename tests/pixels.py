"""What a test compares pictures by: their pixels, in whatever container."""

from __future__ import annotations

import hashlib
import io

from PIL import Image


def pixel_sha256(data: bytes) -> str:
    """Return the SHA-256 of size and pixels: equal for the same picture in any lossless container.

    Palette, grey, RGB and opaque RGBA compare as 8-bit RGB; 16-bit grey keeps its depth.
    """
    with Image.open(io.BytesIO(data)) as im:
        if im.mode.startswith("I"):
            pixels = im if im.mode == "I" else im.convert("I")
        else:
            pixels = im.convert("RGBA" if im.has_transparency_data else "RGB")
            if pixels.mode == "RGBA" and pixels.getchannel("A").getextrema() == (255, 255):
                pixels = pixels.convert("RGB")
        digest = hashlib.sha256(f"{pixels.mode} {pixels.width}x{pixels.height} ".encode())
        digest.update(pixels.tobytes())
    return digest.hexdigest()
