"""A contact sheet as one PNG to put on a slide: the images, with prompt, seed and model."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from PIL import Image, ImageDraw

from backend.errors import BadAnswer
from backend.exchange.sheet_text import font_for, plain, wrapped
from backend.exchange.sheets import Reader, check_count, model_label
from backend.images.pictures import fitted
from backend.said import Said, msg
from backend.types import ImageRecord, ModelSpec

Files = Callable[[ImageRecord], bytes | None]
"""Gives an image's file, None where there is none."""

WIDTH_PX = 1_920
SLIDE_PX = 1_080
"""The height that a sheet keeps to as long as its pictures stay LEAST_PX wide."""
LEAST_PX = 150

_GAP_PX = 24
_TITLE_PX, _TITLE_LINES = 38, 3
_INK, _MUTED, _GROUND, _EMPTY = "#1b2130", "#566074", "#ffffff", "#eef0f5"

_one_at_a_time = Lock()
"""Held while a picture is decoded, which takes up to 160 MB: by whichever sheet asks."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where things stand, in pixels: in each column of `width`, a picture's box, then its words."""

    columns: int
    width: int
    picture: int
    font: int
    prompt_lines: int

    @property
    def line(self) -> int:
        return round(self.font * 1.35)

    @property
    def row(self) -> int:
        return self.picture + 10 + (self.prompt_lines + 1) * self.line + _GAP_PX


def plan(count: int, ratio: float, above: int, *, prompts: bool) -> Plan:
    """Return how so many pictures become largest on a slide; below LEAST_PX it grows in height.

    `ratio` is the tallest picture's height by its width, `above` the title's height; `prompts`
    says that each has its own words.
    """
    plans = [_columns(count, n, ratio, above, prompts) for n in range(1, count + 1)]
    shown = [min(plan.width, plan.picture / ratio) for plan in plans]
    if max(shown) >= LEAST_PX:
        # A full last row is worth some size.
        least = max(LEAST_PX, 0.9 * max(shown))
        good = [p for p, size in zip(plans, shown, strict=True) if size >= least]
        return min(good, key=lambda plan: (-count % plan.columns, plan.columns))
    columns = min(count, (WIDTH_PX - _GAP_PX) // (LEAST_PX + _GAP_PX))
    return _columns(count, columns, ratio, math.inf, prompts)


def _columns(count: int, columns: int, ratio: float, above: float, prompts: bool) -> Plan:
    """Return the plan with so many columns; a title of endless height leaves any height below."""
    width = (WIDTH_PX - _GAP_PX) // columns - _GAP_PX
    font = 26 if width >= 440 else 20 if width >= 240 else 16
    empty = Plan(columns, width, 0, font, (3 if width >= 240 else 2) if prompts else 0)
    picture = max(1, round(width * ratio))
    if above < math.inf:
        rows = math.ceil(count / columns)
        picture = max(1, min(picture, int(SLIDE_PX - above - _GAP_PX) // rows - empty.row))
    return Plan(columns, width, picture, font, empty.prompt_lines)


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
    tallest = max(record.height_px / max(1, record.width_px) for record in records)
    ratio = min(1.5, max(0.5, tallest))
    where = plan(len(records), ratio, above, prompts=not title)
    rows = math.ceil(len(records) / where.columns)
    sheet = Image.new("RGB", (WIDTH_PX, above + _GAP_PX + rows * where.row), _GROUND)
    draw = ImageDraw.Draw(sheet)
    font = font_for(" ".join(title), _TITLE_PX)
    for number, line in enumerate(title):
        at = (WIDTH_PX / 2, _GAP_PX + number * round(_TITLE_PX * 1.3))
        draw.text(at, line, fill=_INK, font=font, anchor="ma")
    for number, record in enumerate(records):
        row, column = divmod(number, where.columns)
        in_row = min(where.columns, len(records) - row * where.columns)  # the last one is centred
        spare = WIDTH_PX - _GAP_PX - in_row * (where.width + _GAP_PX)
        left = spare // 2 + _GAP_PX + column * (where.width + _GAP_PX)
        top = above + _GAP_PX + row * where.row
        _paste(sheet, record, files, (left, top, where.width, where.picture), draw, reader)
        words = [(record.request.prompt, _INK, where.prompt_lines)] if where.prompt_lines else []
        y = top + where.picture + 10
        for text, colour, most in [*words, (reader.tell(_facts(record, models)), _MUTED, 1)]:
            font = font_for(text, where.font)
            for line in wrapped(text, font, where.width, most):
                at = (left + where.width / 2, y)
                draw.text(at, line, fill=colour, font=font, anchor="ma")
                y += where.line
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _title(prompt: str) -> list[str]:
    """Return a prompt as the sheet's title, none where it is empty."""
    if not plain(prompt):
        return []
    font = font_for(prompt, _TITLE_PX)
    return wrapped(prompt, font, WIDTH_PX - 4 * _GAP_PX, _TITLE_LINES)


def _facts(record: ImageRecord, models: Mapping[str, ModelSpec]) -> Said:
    seed, label = record.request.seed, model_label(record, models)
    if seed is None:
        return msg("No seed · {model}", model=label)
    return msg("Seed {seed} · {model}", seed=str(seed), model=label)


def _paste(
    sheet: Image.Image,
    record: ImageRecord,
    files: Files,
    box: tuple[int, int, int, int],
    draw: ImageDraw.ImageDraw,
    reader: Reader,
) -> None:
    """Put the image into the middle of the box (left, top, width, height), or say it is missing."""
    left, top, width, height = box
    try:
        with _one_at_a_time:
            data = files(record)
            if data is None:
                raise BadAnswer("There is no file.")
            picture = fitted(data, width, height)
    except (BadAnswer, OSError):
        draw.rectangle((left, top, left + width - 1, top + height - 1), fill=_EMPTY)
        words = reader.tell(msg("The file is missing."))
        at = (left + width / 2, top + height / 2)
        draw.text(at, words, fill=_MUTED, font=font_for(words, 16), anchor="mm")
        return
    place = (left + (width - picture.width) // 2, top + (height - picture.height) // 2)
    sheet.paste(picture, place, picture if picture.mode == "RGBA" else None)
