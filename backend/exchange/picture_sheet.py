"""A contact sheet as one PNG to put on a slide: the images, with prompt, seed and model."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from PIL import Image, ImageDraw

from backend.errors import BadAnswer
from backend.exchange.sheet_text import direction_of, font_for, plain, wrapped
from backend.exchange.sheets import Reader, check_count, made_with, model_label
from backend.images.pictures import fitted
from backend.said import msg
from backend.types import ImageRecord, ModelSpec

Files = Callable[[ImageRecord], bytes | None]
"""Gives an image's file, None where there is none."""

Box = tuple[int, int, int, int]
"""Left, top, width and height, in pixels."""

WIDTH_PX = 1_920
SLIDE_PX = 1_080
"""The height that a sheet keeps to as long as its pictures stay LEAST_PX wide."""
LEAST_PX = 150

_GAP_PX = 24
_TITLE_PX, _TITLE_LINES = 38, 3
_FACTS_LINES = 3
_INK, _MUTED, _GROUND, _EMPTY = "#1b2130", "#566074", "#ffffff", "#eef0f5"

one_at_a_time = Lock()
"""Held while a picture is decoded, which takes up to 160 MB: by whichever sheet asks."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where things stand, in pixels: in each column of `width`, a picture's box, then its words."""

    columns: int
    width: int
    picture: int
    font: int
    prompt_lines: int
    facts_lines: int = 1

    @property
    def line(self) -> int:
        return round(self.font * 1.35)

    @property
    def row(self) -> int:
        return self.picture + 10 + (self.prompt_lines + self.facts_lines) * self.line + _GAP_PX

    def height(self, count: int, above: int) -> int:
        """Return the height of a sheet with so many pictures, below what is `above` them."""
        return above + _GAP_PX + math.ceil(count / self.columns) * self.row

    def boxes(self, count: int, above: int, direction: str) -> Iterator[Box]:
        """Yield where each picture stands; those of the last row stand in its middle.

        For who reads from right to left (`direction` "rtl") each row begins at the right.
        """
        for number in range(count):
            row, column = divmod(number, self.columns)
            in_row = min(self.columns, count - row * self.columns)
            spare = WIDTH_PX - _GAP_PX - in_row * (self.width + _GAP_PX)
            left = spare // 2 + _GAP_PX + column * (self.width + _GAP_PX)
            if direction == "rtl":
                left = WIDTH_PX - left - self.width
            yield left, above + _GAP_PX + row * self.row, self.width, self.picture


def plan(count: int, ratio: float, above: int, *, prompts: bool, facts: str = "") -> Plan:
    """Return how so many pictures become largest on a slide; below LEAST_PX it grows in height.

    `ratio` is the tallest picture's height by its width, `above` the title's height; `prompts`
    says that each has its own words, `facts` is the widest of what stands below them.
    """
    most = min(count, (WIDTH_PX - _GAP_PX) // (LEAST_PX + _GAP_PX))
    plans = [_columns(count, n, ratio, above, prompts, facts) for n in range(1, most + 1)]
    shown = [min(plan.width, plan.picture / ratio) for plan in plans]
    if max(shown) >= LEAST_PX:
        # A full last row is worth some size.
        least = max(LEAST_PX, 0.9 * max(shown))
        good = [p for p, size in zip(plans, shown, strict=True) if size >= least]
        return min(good, key=lambda plan: (-count % plan.columns, plan.columns))
    return _columns(count, most, ratio, math.inf, prompts, facts)


def _columns(
    count: int, columns: int, ratio: float, above: float, prompts: bool, facts: str
) -> Plan:
    """Return the plan with so many columns; a title of endless height leaves any height below."""
    width = (WIDTH_PX - _GAP_PX) // columns - _GAP_PX
    font = 26 if width >= 440 else 20 if width >= 240 else 16
    told = len(wrapped(facts, font_for(facts, font), width, _FACTS_LINES)) or 1
    empty = Plan(columns, width, 0, font, (3 if width >= 240 else 2) if prompts else 0, told)
    picture = max(1, round(width * ratio))
    if above < math.inf:
        rows = math.ceil(count / columns)
        picture = max(1, min(picture, int(SLIDE_PX - above - _GAP_PX) // rows - empty.row))
    return replace(empty, picture=picture)


def png_sheet(
    records: Sequence[ImageRecord],
    files: Files,
    *,
    models: Mapping[str, ModelSpec],
    reader: Reader,
) -> bytes:
    """Return a PNG of 1,920 px width with at most 200 images. Takes seconds.

    The prompt stands above all, once, where it is the same, else below each image. One image is
    held at a time, whatever their number.

    Raises: InvalidInput for no image or too many.
    """
    check_count(len(records), "png")
    prompts = {record.request.prompt for record in records}
    title = _title(prompts.pop()) if len(prompts) == 1 else []
    above = len(title) * round(_TITLE_PX * 1.3) + (_GAP_PX if title else 0)
    facts = [
        reader.tell(made_with(record.request.seed, model_label(record, models)))
        for record in records
    ]
    widest = max(facts, key=lambda told: font_for(told, _TITLE_PX).getlength(plain(told)))
    where = plan(len(records), tallest(records), above, prompts=not title, facts=widest)
    sheet = Image.new("RGB", (WIDTH_PX, where.height(len(records), above)), _GROUND)
    draw = ImageDraw.Draw(sheet)
    font = font_for(" ".join(title), _TITLE_PX)
    direction = direction_of(" ".join(title), font)
    for number, line in enumerate(title):
        at = (WIDTH_PX / 2, _GAP_PX + number * round(_TITLE_PX * 1.3))
        draw.text(at, line, fill=_INK, font=font, anchor="ma", direction=direction)
    boxes = where.boxes(len(records), above, reader.direction)
    for record, told, box in zip(records, facts, boxes, strict=True):
        paste(sheet, record, files, box, draw, reader)
        words = [(record.request.prompt, _INK, where.prompt_lines)] if where.prompt_lines else []
        caption(draw, [*words, (told, _MUTED, where.facts_lines)], box, where)
    return png_of(sheet)


def tallest(records: Iterable[ImageRecord]) -> float:
    """Return the height by the width of the tallest image, as far as a sheet goes along with it."""
    ratios = (record.height_px / max(1, record.width_px) for record in records)
    return min(1.5, max(0.5, max(ratios, default=1.0)))


def caption(
    draw: ImageDraw.ImageDraw, texts: Iterable[tuple[str, str, int]], box: Box, where: Plan
) -> None:
    """Write texts below a picture's box: each with its colour and how many lines it may take."""
    left, top, width, height = box
    y = top + height + 10
    for text, colour, most in texts:
        font = font_for(text, where.font)
        direction = direction_of(text, font)
        for line in wrapped(text, font, width, most):
            at = (left + width / 2, y)
            draw.text(at, line, fill=colour, font=font, anchor="ma", direction=direction)
            y += where.line


def png_of(sheet: Image.Image) -> bytes:
    """Return a sheet as a file."""
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _title(prompt: str) -> list[str]:
    """Return a prompt as the sheet's title, none where it is empty."""
    if not plain(prompt):
        return []
    font = font_for(prompt, _TITLE_PX)
    return wrapped(prompt, font, WIDTH_PX - 4 * _GAP_PX, _TITLE_LINES)


def paste(
    sheet: Image.Image,
    record: ImageRecord | None,
    files: Files,
    box: Box,
    draw: ImageDraw.ImageDraw,
    reader: Reader,
    beside: str = "",
) -> None:
    """Put the image into the middle of the box, or say that it is missing, as `write` does."""
    left, top, width, height = box
    try:
        with one_at_a_time:
            data = files(record) if record else None
            if data is None:
                raise BadAnswer("There is no file.")
            picture = fitted(data, width, height)
    except (BadAnswer, OSError):
        draw.rectangle((left, top, left + width - 1, top + height - 1), fill=_EMPTY)
        write(draw, reader.tell(msg("The file is missing.")), box, _MUTED, beside=beside)
        return
    place = (left + (width - picture.width) // 2, top + (height - picture.height) // 2)
    sheet.paste(picture, place, picture if picture.mode == "RGBA" else None)


def write(
    draw: ImageDraw.ImageDraw, text: str, box: Box, colour: str, px: int = 16, beside: str = ""
) -> None:
    """Write a few words into the middle of the box; in one font with the letters `beside`."""
    left, top, width, height = box
    font, line = font_for(text, px, beside), round(px * 1.35)
    direction = direction_of(text, font)
    lines = wrapped(text, font, width - 8, max(1, height // line))
    y = top + (height - (len(lines) - 1) * line) / 2
    for number, words in enumerate(lines):
        at = (left + width / 2, y + number * line)
        draw.text(at, words, fill=colour, font=font, anchor="mm", direction=direction)
