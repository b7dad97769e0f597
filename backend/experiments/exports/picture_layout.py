"""Where everything stands on the picture of an experiment, and so how large it is. Pure.

Nothing is drawn for it: the size is known before anybody asks for the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from backend.errors import InvalidInput
from backend.exchange.sheet_text import Font, direction_of, font_for, whole
from backend.exchange.sheets import Reader
from backend.experiments.exports import words
from backend.experiments.exports.table import Sheet, Side, shape_of
from backend.said import dollars, joined, msg

MAX_PIXELS = 40_000_000
MAX_SIDE_PX = 16_384
"""What programs open: browsers draw no larger side, and this one reads no larger picture."""

SIDES_PX = (512, 384, 256, 192, 128, 96)
LABELS_MAX_CHARS = 100_000
GAP, MARGIN = 10, 28
LEAST_WIDTH_PX = 640
_SAMPLE_USD = Decimal("0.00888")


@dataclass(frozen=True, slots=True)
class Words:
    """A text as it is drawn: lines of one font, which all run in its direction."""

    lines: tuple[str, ...]
    font: Font
    line_px: int
    direction: str | None

    @property
    def height(self) -> int:
        return len(self.lines) * self.line_px


def words_of(text: str, px: int, width: int, beside: str = "") -> Words:
    """Return a text as lines that fit the width, all of it; in one font with what is `beside`."""
    font = font_for(text, px, beside)
    lines = tuple(whole(text, font, width))
    return Words(lines, font, round(px * 1.35), direction_of(text, font))


@dataclass(frozen=True)
class Layout:
    """The picture with images of at most `side` pixels in width."""

    of: Sheet
    reader: Reader
    side: int
    ratio: float
    smaller: bool
    refusal: InvalidInput | None = None

    @cached_property
    def letters(self) -> str:
        """The letters of all that is shown, but for what becomes of each cell."""
        of, tell = self.of, self.reader.tell
        texts = [tell(words.title(of)), tell(words.summary(of)), *map(str, of.same().values())]
        texts += [tell(words.setting(of, *one)) for one in of.same().items()]
        for side in of.sides:
            texts += [tell(side.name), *side.labels]
        return "".join(sorted({letter for text in texts for letter in text}))

    def words(self, text: str, px: int, width: int) -> Words:
        return words_of(text, px, width, self.letters)

    @property
    def label_px(self) -> int:
        """The height of the labels' letters: they can be read where all of it is seen at once."""
        return max(16, self.side // 18)

    @property
    def facts_px(self) -> int:
        """The height of the small letters."""
        return max(13, self.side // 24)

    @property
    def facts_line_px(self) -> int:
        return round(self.facts_px * 1.35)

    @property
    def box(self) -> tuple[int, int]:
        """The width and height of the place of one image."""
        return self.side, max(1, round(self.side * self.ratio))

    @cached_property
    def facts_lines(self) -> int:
        """How many lines stand below each image."""
        tell = self.reader.tell
        longest = (words.seconds(88.8), dollars(_SAMPLE_USD), words.difference(88.8))
        text = joined(*map(tell, longest), by=words.SEPARATOR)
        extra = 1 if self.of.repeats > 1 else 0
        return len(self.words(text, self.facts_px, self.side).lines) + extra

    @property
    def place_height(self) -> int:
        return self.box[1] + 4 + self.facts_lines * self.facts_line_px + GAP

    @cached_property
    def rows_width(self) -> int:
        """The width of the heads of the rows, none where nothing stands there."""
        side = self.of.y
        if not side.kind:
            return 0
        texts = [self.reader.tell(side.name), *side.labels]
        px = self.label_px
        widest = max(
            font_for(text, px, self.letters).getlength(text.replace("\n", " ")) for text in texts
        )
        return min(max(200, self.side * 3 // 5), max(72, int(widest) + 1))

    @property
    def width(self) -> int:
        cells = len(self.of.x.labels) * (self.side + GAP)
        heads = self.rows_width + GAP if self.rows_width else 0
        return max(LEAST_WIDTH_PX, 2 * MARGIN + heads + cells - GAP)

    def labels(self, side: Side, width: int) -> list[list[Words]]:
        """Return what stands at each value: the axis's name, and the value."""
        name = self.reader.tell(side.name)
        named = [self.words(name, self.facts_px, width)] if name else []
        return [[*named, self.words(label, self.label_px, width)] for label in side.labels]

    @cached_property
    def column_heads(self) -> list[list[Words]]:
        return self.labels(self.of.x, self.side) if self.of.x.kind else []

    @cached_property
    def row_heads(self) -> list[list[Words]]:
        return self.labels(self.of.y, self.rows_width) if self.of.y.kind else [[]]

    @cached_property
    def tab_heads(self) -> list[list[Words]]:
        if not self.of.z.kind:
            return [[]]
        name, px, width = self.of.z.name, self.label_px * 5 // 4, self.width - 2 * MARGIN
        told = [
            msg("{label}: {value}", label=name, value=label) if name else label
            for label in self.of.z.labels
        ]
        return [[self.words(self.reader.tell(text), px, width)] for text in told]

    @cached_property
    def above(self) -> list[Words]:
        """The title, when and with what it was made, and what is the same in all cells."""
        of, tell, width = self.of, self.reader.tell, self.width - 2 * MARGIN
        same = of.same()
        prompt, negative = str(same.pop("prompt", "")), str(same.pop("negative_prompt", ""))
        settings = [tell(words.setting(of, *one)) for one in same.items()]
        if negative:
            text = msg("{label}: {value}", label=msg("Negative prompt"), value=negative)
            settings.append(tell(text))
        px = self.label_px
        lines = [
            self.words(tell(words.title(of)), px * 7 // 4, width),
            self.words(tell(words.summary(of)), px, width),
            self.words(prompt, px, width),
            self.words(words.SEPARATOR.join(settings), px, width),
        ]
        return [one for one in lines if one.lines]

    @property
    def above_height(self) -> int:
        return sum(one.height + 6 for one in self.above) + GAP

    @property
    def heads_height(self) -> int:
        return max((heights(head) for head in self.column_heads), default=0) + GAP

    def row_height(self, y: int) -> int:
        """The height of a row: of its images, or of its head where that is more."""
        return max(self.of.repeats * self.place_height, heights(self.row_heads[y]) + GAP)

    @cached_property
    def size(self) -> tuple[int, int]:
        """The width and height of the whole in pixels."""
        rows = sum(self.row_height(y) for y in range(len(self.of.y.labels)))
        tabs = sum(heights(head) + (GAP if head else 0) for head in self.tab_heads)
        tabs += len(self.tab_heads) * (self.heads_height + rows + GAP)
        return self.width, 2 * MARGIN + self.above_height + tabs

    @property
    def fits(self) -> bool:
        if self.width > MAX_SIDE_PX:
            return False  # which is known before any label is measured
        width, height = self.size
        return height <= MAX_SIDE_PX and width * height <= MAX_PIXELS


def heights(head: list[Words]) -> int:
    return sum(words.height for words in head)


def layout(of: Sheet, reader: Reader) -> Layout:
    """Return the largest layout that is of a sane size; the smallest with a refusal if none is."""
    shapes = [shape_of(cell) for cell in of.cells]
    ratio = min(2.0, max(0.5, max((height / width for width, height in shapes), default=1.0)))
    widest = max((width for width, _ in shapes), default=SIDES_PX[0])
    sides = [side for side in SIDES_PX if side <= widest] or [SIDES_PX[-1]]
    labels = sum(len(label) for side in of.sides for label in side.labels)
    if labels > LABELS_MAX_CHARS:
        return Layout(of, reader, sides[-1], ratio, True, _refusal_of_labels(labels))
    found = Layout(of, reader, sides[0], ratio, False)
    for side in sides:
        found = Layout(of, reader, side, ratio, side < sides[0])
        images = len(of.z.labels) * len(of.y.labels) * len(of.x.labels) * of.repeats
        if images * found.box[0] * found.box[1] <= MAX_PIXELS and found.fits:
            return found
    return Layout(of, reader, found.side, ratio, True, _refusal(found))


def _refusal(smallest: Layout) -> InvalidInput:
    width, height = smallest.size
    return InvalidInput(
        msg(
            "As a picture this is {width} x {height} pixels, with images of {side}: more than"
            " programs open.",
            width=width,
            height=height,
            side=smallest.side,
        ),
        msg("Take the web page or the table: they hold all of it."),
        field="form",
    )


def _refusal_of_labels(count: int) -> InvalidInput:
    return InvalidInput(
        msg("The labels have {count} characters: a picture cannot show them.", count=count),
        msg("Take the web page or the table: they hold all of it."),
        field="form",
    )
