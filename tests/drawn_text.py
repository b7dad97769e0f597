"""What is written on a picture while it is drawn: each line, with its font and direction."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from PIL import ImageDraw, ImageFont, features


class Line(NamedTuple):
    """A line, where it is anchored in pixels, and how it is drawn."""

    text: str
    x: float
    anchor: str
    direction: str | None
    font: Any


def drawn_text(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """Return a list that every line goes into as it is drawn."""
    lines: list[Line] = []
    draw = ImageDraw.ImageDraw.text

    def text(self: Any, xy: tuple[float, float], text: str, *args: Any, **how: Any) -> None:
        found = how.get("anchor") or "la", how.get("direction"), how.get("font")
        lines.append(Line(text, xy[0], *found))
        draw(self, xy, text, *args, **how)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    return lines


def wider_font(px: int = 16) -> ImageFont.FreeTypeFont:
    """Return a font with Arabic letters whose lines can run in both directions; skip without."""
    try:
        font = ImageFont.truetype("DejaVuSans.ttf", px)
    except OSError:
        pytest.skip("this system has no font of that name")
    if not features.check("raqm"):
        pytest.skip("Pillow has no raqm here")
    return font
