"""A contact sheet as one PNG: thumbnails with seed and model below each."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

from backend.exchange.sheets import CONTROL, Thumbs, check_count, model_label
from backend.text import cut, letters
from backend.types import ImageRecord, ModelSpec

_GAP_PX, _LINE_PX, _FONT_PX = 20, 22, 16
_INK, _MUTED, _GROUND, _EMPTY = "#1b2130", "#566074", "#ffffff", "#eef0f5"


def png_sheet(
    records: Sequence[ImageRecord],
    thumbs: Thumbs,
    *,
    models: Mapping[str, ModelSpec],
) -> bytes:
    """Return a PNG of at most 200 thumbnails with seed and model below each. Takes seconds.

    Raises: InvalidInput for no image or too many.
    """
    check_count(len(records), "png")
    columns = min(len(records), max(3, round(math.sqrt(len(records) * 1.4))))
    side = 384 if len(records) <= 12 else 288 if len(records) <= 60 else 224
    across, down = side + _GAP_PX, side + 2 * _LINE_PX + 8 + _GAP_PX
    rows = math.ceil(len(records) / columns)
    sheet = Image.new("RGB", (columns * across + _GAP_PX, rows * down + _GAP_PX), _GROUND)
    draw, font = ImageDraw.Draw(sheet), _font()
    for number, record in enumerate(records):
        left = _GAP_PX + number % columns * across
        top = _GAP_PX + number // columns * down
        _paste(sheet, thumbs(record.id), (left, top, side), draw)
        seed = "No seed" if record.request.seed is None else f"Seed {record.request.seed}"
        text = [(seed, _INK), (model_label(record, models), _MUTED)]
        for line, (words, colour) in enumerate(text):
            where = (left, top + side + 8 + line * _LINE_PX)
            draw.text(where, _fitting(words, font, side), fill=colour, font=font)
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=4)
    return out.getvalue()


# The picture


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_FONT_PX)


def _paste(
    sheet: Image.Image,
    thumb: bytes | None,
    place: tuple[int, int, int],
    draw: ImageDraw.ImageDraw,
) -> None:
    """Put the thumbnail into the middle of the square (left, top, side), or a grey one."""
    left, top, side = place
    try:
        with Image.open(io.BytesIO(thumb or b""), formats=["WEBP"]) as opened:
            picture = opened.convert("RGBA")
    except Exception:  # Pillow's own are many; a sheet does not fail for one picture
        draw.rectangle((left, top, left + side - 1, top + side - 1), fill=_EMPTY)
        words = "The file is missing."
        at = (left + side / 2, top + side / 2)
        draw.text(at, words, fill=_MUTED, font=_font(), anchor="mm")
        return
    scale = side / max(picture.size)
    if scale < 1:
        size = tuple(max(1, round(length * scale)) for length in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    at = (left + (side - picture.width) // 2, top + (side - picture.height) // 2)
    sheet.paste(picture, (int(at[0]), int(at[1])), picture)


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return as much of the text's first 200 characters as fits, on one line."""
    words = " ".join(CONTROL.sub(" ", cut(text, 200)).split())
    if len(text) <= 200 and font.getlength(words) <= width:
        return words
    seen = letters(words)
    while seen and font.getlength(f"{''.join(seen)}…") > width:
        seen.pop()
    return f"{''.join(seen)}…"
