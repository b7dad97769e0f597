"""An image as a file of another format, for whoever cannot read its own. Pure.

What is stored is never changed; the copy has no metadata.
"""

from __future__ import annotations

import io

from PIL import Image

from backend.images.containers import Format
from backend.images.pictures import decoded, fitted

QUALITY = 92
"""Of JPEG and WebP, where nobody asks for another."""


def as_format(data: bytes, format: Format, quality: int | None = None) -> bytes:
    """Return the picture as a file of `format`; `quality` is 0 to 100, of JPEG and WebP.

    What is transparent is white in a JPEG. Raises: BadAnswer as `pictures.verify` does.
    """
    picture = _on_white(decoded(data)) if format == "jpeg" else decoded(data)
    out = io.BytesIO()
    if format == "png":
        picture.save(out, "PNG", compress_level=1)
    else:
        picture.save(out, format.upper(), quality=QUALITY if quality is None else quality)
    return out.getvalue()


def preview(data: bytes, side_px: int) -> bytes:
    """Return a JPEG of at most `side_px` a side. Raises: BadAnswer as `pictures.verify` does."""
    picture = fitted(data, side_px, side_px)
    out = io.BytesIO()
    _on_white(picture).save(out, "JPEG", quality=80)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")
