"""An experiment as one PNG with labels: to be put on a slide, or sent. Takes seconds; blocks."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from backend.exchange.picture_sheet import paste, write
from backend.exchange.sheet_text import direction_of, font_for, wrapped
from backend.exchange.sheets import Reader
from backend.experiments.exports import words
from backend.experiments.exports.picture_layout import (
    GAP,
    MARGIN,
    Layout,
    Words,
    layout,
)
from backend.experiments.exports.table import Pictures, Sheet, Shown
from backend.types import RunState

_INK, _MUTED, _GROUND = "#1b2130", "#566074", "#ffffff"
_GROUNDS = {RunState.FAILED: "#fdeaea", RunState.UNKNOWN: "#fff4d6"}
_INKS = {RunState.FAILED: "#9c1c1c", RunState.UNKNOWN: "#6e4a00"}
_EMPTY = "#eef0f5"


def picture(of: Sheet, pictures: Pictures, reader: Reader) -> bytes:
    """Return the PNG. No other file than the images that are there is read, one at a time.

    Raises: InvalidInput where it would be larger than programs open.
    """
    where = layout(of, reader)
    if where.refusal:
        raise where.refusal
    return _Picture(where, pictures).drawn()


class _Picture:
    """Every `x` is counted from where lines begin: from the right for who reads Arabic."""

    def __init__(self, where: Layout, pictures: Pictures) -> None:
        self.where, self.of, self.reader = where, where.of, where.reader
        self.rtl = where.reader.direction == "rtl"
        self.sheet = Image.new("RGB", where.size, _GROUND)
        self.draw = ImageDraw.Draw(self.sheet)
        self.files = lambda record: pictures(record, max(where.box))

    def drawn(self) -> bytes:
        where, y = self.where, MARGIN
        for number, one in enumerate(where.above):
            y = self._write(one, MARGIN, y, _MUTED if number == 1 else _INK) + 6
        y = MARGIN + where.above_height
        for z, head in enumerate(where.tab_heads):
            y = self._head(head, MARGIN, y) + (GAP if head else 0)
            y = self._tab(z, y) + GAP
        out = io.BytesIO()
        self.sheet.save(out, "PNG", compress_level=4)
        return out.getvalue()

    def _tab(self, z: int, y: int) -> int:
        where = self.where
        left = MARGIN + (where.rows_width + GAP if where.rows_width else 0)
        for x, head in enumerate(where.column_heads):
            self._head(head, left + x * (where.side + GAP), y)
        y += where.heads_height
        for row in range(len(self.of.y.labels)):
            self._head(where.row_heads[row], MARGIN, y)
            for x in range(len(self.of.x.labels)):
                for repeat in range(self.of.repeats):
                    at = left + x * (where.side + GAP), y + repeat * where.place_height
                    self._cell((x, row, z, repeat), at)
            y += where.row_height(row)
        return y

    def _cell(self, place: tuple[int, int, int, int], at: tuple[int, int]) -> None:
        cell, where = self.of.at.get(place), self.where
        left = where.width - at[0] - where.side if self.rtl else at[0]
        box = (left, at[1], *where.box)
        if cell is None:
            return
        if cell.record is None:
            self._missing(cell, box)
        else:
            files, beside = self.files, where.letters
            paste(self.sheet, cell.record, files, box, self.draw, self.reader, beside)
        facts = [self.reader.tell(one) for one in words.facts(self.of, cell)]
        if self.of.repeats > 1:
            facts.insert(0, self.reader.tell(words.repeat_name(place[3])))
        text = words.SEPARATOR.join(facts)
        font = font_for(text, where.facts_px, where.letters)
        lines = tuple(wrapped(text, font, where.side, where.facts_lines))
        told = Words(lines, font, where.facts_line_px, direction_of(text, font))
        self._write(told, at[0], at[1] + where.box[1] + 4, _MUTED)

    def _missing(self, cell: Shown, box: tuple[int, int, int, int]) -> None:
        left, top, width, height = box
        ground = _GROUNDS.get(cell.state, _EMPTY) if cell.state else _EMPTY
        self.draw.rectangle((left, top, left + width - 1, top + height - 1), fill=ground)
        ink = _INKS.get(cell.state, _MUTED) if cell.state else _MUTED
        text, where = self.reader.tell(cell.words), self.where
        write(self.draw, text, box, ink, where.facts_px, where.letters)

    def _head(self, head: list[Words], x: int, y: int) -> int:
        for number, one in enumerate(head):
            self._write(one, x, y, _MUTED if number == 0 and len(head) > 1 else _INK)
            y += one.height
        return y

    def _write(self, one: Words, x: int, y: int, colour: str) -> int:
        left, anchor = (self.where.width - x, "ra") if self.rtl else (x, "la")
        for number, line in enumerate(one.lines):
            at = (left, y + number * one.line_px)
            self.draw.text(
                at, line, fill=colour, font=one.font, anchor=anchor, direction=one.direction
            )
        return y + one.height
