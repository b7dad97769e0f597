"""A picture's way through a session as one PNG to put on a slide. Nobody who was there is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from backend.exchange.picture_sheet import (
    WIDTH_PX,
    Files,
    caption,
    paste,
    plan,
    png_of,
    tallest,
)
from backend.exchange.sheet_text import direction_of, font_for, wrapped
from backend.exchange.sheets import Reader
from backend.said import msg
from backend.sessions import way_words
from backend.sessions.lineage import Step
from backend.types import ImageRecord, ModelSpec

_GAP_PX, _TITLE_PX, _WORDS_PX = 24, 38, 30
_INK, _MUTED, _GROUND, _WON = "#1b2130", "#566074", "#ffffff", "#146c43"


def way_sheet(
    title: str,
    steps: Sequence[Step],
    records: Mapping[str, ImageRecord],
    files: Files,
    *,
    models: Mapping[str, ModelSpec],
    reader: Reader,
) -> bytes:
    """Return a PNG of 1,920 px width: the first words above, then each picture with its vote.

    An image that is in no `records`, by its id, is said to be missing. Takes seconds; blocks.
    """
    words = steps[0].wish.text
    above = [
        *_lines(title or reader.tell(msg("The way of a picture")), _TITLE_PX, _INK, 1),
        *_lines(words, _WORDS_PX, _MUTED, 3),
    ]
    height = sum(round(px * 1.35) for _, px, _, _ in above) + _GAP_PX
    found = [records.get(step.picture.image) for step in steps]
    where = plan(len(steps), tallest(filter(None, found)), height, prompts=True)
    sheet = Image.new("RGB", (WIDTH_PX, where.height(len(steps), height)), _GROUND)
    draw = ImageDraw.Draw(sheet)
    y = _GAP_PX
    for line, px, colour, text in above:
        font = font_for(text, px)
        at, direction = (WIDTH_PX / 2, y), direction_of(text, font)
        draw.text(at, line, fill=colour, font=font, anchor="ma", direction=direction)
        y += round(px * 1.35)
    for number, box in enumerate(where.boxes(len(steps), height, reader.direction)):
        paste(sheet, found[number], files, box, draw, reader)
        caption(draw, _facts(number, steps[number], models, reader), box, where)
    return png_of(sheet)


def _facts(
    number: int, step: Step, models: Mapping[str, ModelSpec], reader: Reader
) -> list[tuple[str, str, int]]:
    """Return what stands below a picture: the text, its colour, its lines at most."""
    vote = reader.tell(way_words.vote(step))
    place = f"{number + 1} · {vote}" if vote else str(number + 1)
    changed = [reader.tell(one) for one in way_words.changed(step, models)]
    made = reader.tell(way_words.made(step, models))
    below = " · ".join([*changed, made])
    return [(place, _WON if step.won else _INK, 1), (below, _MUTED, 2)]


def _lines(text: str, px: int, colour: str, most: int) -> list[tuple[str, int, str, str]]:
    """Return each line with its height in pixels, its colour, and the text that it is part of."""
    lines = wrapped(text, font_for(text, px), WIDTH_PX - 4 * _GAP_PX, most)
    return [(line, px, colour, text) for line in lines]
