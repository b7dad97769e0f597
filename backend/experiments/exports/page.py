"""An experiment as one HTML file: its images in it, no script, nothing asked of any server.

The file is at most some 20 MB, whatever the number of cells: the more images, the smaller they are.
Every text in it is escaped. Blocks while it is made.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.errors import BadAnswer
from backend.exchange.picture_sheet import one_at_a_time
from backend.exchange.sheets import Reader, escaped
from backend.experiments.exports import words
from backend.experiments.exports.means import Means, means
from backend.experiments.exports.page_style import head
from backend.experiments.exports.table import Pictures, Sheet, Shown, Side, shape_of
from backend.experiments.order import Place
from backend.images.pictures import thumbnail_webp
from backend.said import joined, msg
from backend.types import ImageRecord

FILE_MAX_BYTES = 20_000_000
SIDES_PX = (512, 384, 320, 256, 192, 160, 128, 96, 64)

_WEBP_BYTES_A_PIXEL = 0.2  # at quality 80; photos at these sizes have 0.1 to 0.3
_PAGE_BYTES, _PLACE_BYTES, _VALUE_BYTES = 8_000, 260, 30  # of markup, measured and rounded up
_IMAGES_LEAST_BYTES = 6_000_000
_SAMPLES = 4
_PROMPTS_IN_CELLS_BYTES = 3_000_000
"""Where they are more, each prompt stands once, below all, and cells lead to it."""


@dataclass(frozen=True, slots=True)
class Room:
    """What fits: images of at most `side` pixels and `most` bytes; prompts in their cells or not.

    `written` is about how many bytes the file has without them.
    """

    side: int
    most: int
    in_cells: bool
    written: int


def room(of: Sheet) -> Room:
    """Return how large the images can be."""
    prompts = [cell.made.request.prompt for cell in of.cells for _ in cell.made.places]
    negatives = [str(c.made.request.values.get("negative_prompt") or "") for c in of.cells]
    spelled = sum(len(text.encode("utf-8", "replace")) for text in (*prompts, *negatives))
    in_cells = spelled <= _PROMPTS_IN_CELLS_BYTES
    if not in_cells:
        spelled = sum(len(p.encode("utf-8", "replace")) for p in {*prompts, *negatives})
    values = sum(len(cell.made.request.values) * len(cell.made.places) for cell in of.cells)
    written = _PAGE_BYTES + _PLACE_BYTES * len(of.at) + _VALUE_BYTES * values + spelled
    shots = sum(len(cell.made.places) for cell in of.cells if cell.record)
    left = max(_IMAGES_LEAST_BYTES, FILE_MAX_BYTES - written) * 3 // 4  # base64
    most = left // max(1, shots)
    side = next((s for s in SIDES_PX if s * s * _WEBP_BYTES_A_PIXEL <= most), SIDES_PX[-1])
    return Room(side, most, in_cells, written)


def page(
    of: Sheet, pictures: Pictures, reader: Reader, answer: Sequence[str] = ()
) -> Iterator[bytes]:
    """Yield the file, piece by piece; `answer` is what the experiment showed, in sentences."""
    for piece in _Page(of, pictures, reader, answer).pieces():
        yield piece.encode("utf-8", "replace")


def shot(record: ImageRecord, pictures: Pictures, side: int, most: int) -> bytes | None:
    """Return an image as a WebP of at most so many pixels a side and bytes; None without a file."""
    try:
        with one_at_a_time:
            data = pictures(record, side)
            if data is None:
                return None
            small = thumbnail_webp(data, side)
            for part, quality in ((1, 60), (1, 40), (2, 60), (4, 60), (8, 40)):
                if len(small) <= most:
                    break
                small = thumbnail_webp(small, max(16, side // part), quality)
            return small
    except (BadAnswer, OSError):
        return None


class _Page:
    def __init__(
        self, of: Sheet, pictures: Pictures, reader: Reader, answer: Sequence[str]
    ) -> None:
        self.answer = answer
        self.of, self.pictures, self.tell = of, pictures, reader.tell
        self.reader, self.room = reader, room(of)
        self.prompts: dict[tuple[str, str], int] = {}  # those that stand below, by their numbers
        self.again: dict[int, str | None] = {}  # images that stand at several places

    def pieces(self) -> Iterator[str]:
        of, title = self.of, self._text(words.title(self.of))
        columns = len(of.x.labels)
        shape = shape_of(of.cells[0]) if of.cells else (1, 1)
        yield head(title, self.reader, columns, self.room.side, shape)
        yield f"<header><h1>{self._bdi(words.title(of))}</h1>"
        yield f"<p>{self._text(words.summary(of))}</p>{self._same()}</header>\n<main>\n"
        yield from self._answer()
        tabs = [self._named(of.z, at) for at in range(len(of.z.labels))]
        if len(tabs) > 1:
            labels = map(self._bdi, of.z.labels)
            links = "".join(
                f'<li><a href="#t{z}">{label}</a></li>' for z, label in enumerate(labels)
            )
            name = self._text(of.z.name or msg("Tabs"))
            yield f'<nav aria-labelledby="tabs"><h2 id="tabs">{name}</h2><ul>{links}</ul></nav>\n'
        for at, name in enumerate(tabs):
            yield from self._tab(at, name)
        yield from self._means()
        if self.prompts:
            name = self._text(msg("Prompts"))
            yield f'<section><h2>{name}</h2><ol class="prompts">'
            for (prompt, negative), number in self.prompts.items():
                yield f'<li id="p{number}">{self._prompts(prompt, negative)}</li>\n'
            yield "</ol></section>\n"
        note = msg("In the details of a cell, what differs from the first cell made is bold.")
        yield f"</main>\n<footer>{self._text(note)}</footer>\n"
        yield "</body>\n</html>\n"

    def _same(self) -> str:
        """Return what is the same in all cells, where there are several."""
        same = self.of.same()
        texts = self._prompts(str(same.pop("prompt", "")), str(same.pop("negative_prompt", "")))
        said = joined(*(words.setting(self.of, *one) for one in same.items()), by=words.SEPARATOR)
        settings = f"<p>{self._text(said)}</p>" if said else ""
        if not (texts or settings):
            return ""
        label = self._text(msg("The same in all cells"))
        return f'<div class="same"><h2>{label}</h2>{texts}{settings}</div>'

    def _answer(self) -> Iterator[str]:
        if self.answer:
            name = self._text(msg("What it showed"))
            said = "".join(f"<p>{self._bdi(sentence)}</p>" for sentence in self.answer)
            yield f'<section class="same"><h2>{name}</h2>{said}</section>\n'

    def _tab(self, z: int, name: str) -> Iterator[str]:
        of = self.of
        heading = f'<h2 id="h{z}">{name}</h2>' if of.z.kind else ""
        cells = self._text(msg("Cells"))
        label = f'aria-labelledby="h{z}"' if heading else f'aria-label="{cells}"'
        yield f'<section id="t{z}">{heading}<div class="cells" role="region" tabindex="0" {label}>'
        yield "<table>\n"
        if of.x.kind:
            corner = "<td></td>" if of.y.kind else ""
            heads = (self._named(of.x, at) for at in range(len(of.x.labels)))
            cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
            yield f"<thead><tr>{corner}{cells}</tr></thead>\n"
        yield "<tbody>\n"
        for y in range(len(of.y.labels)):
            yield "<tr>"
            if of.y.kind:
                yield f'<th scope="row">{self._named(of.y, y)}</th>'
            for x in range(len(of.x.labels)):
                yield "<td>"
                for repeat in range(of.repeats):
                    yield self._cell((x, y, z, repeat))
                yield "</td>"
            yield "</tr>\n"
        yield "</tbody></table></div></section>\n"

    def _cell(self, place: Place) -> str:
        cell = self.of.at.get(place)
        if cell is None:
            nothing = self._text(msg("Nothing stands here"))
            return f'<div class="none">{nothing}</div>'
        facts = [self.tell(one) for one in words.facts(self.of, cell)]
        if self.of.repeats > 1:
            facts.insert(0, self.tell(words.repeat_name(place[3])))
        caption = f"<figcaption>{escaped(words.SEPARATOR.join(facts))}</figcaption>"
        details = self._details(cell)
        return f"<figure>{self._picture(cell, place)}{caption}{details}</figure>"

    def _picture(self, cell: Shown, place: Place) -> str:
        if cell.record is None:
            why = words.error(cell)
            more = f"<small>{self._text(why)}</small>" if why else ""
            kind = cell.state.value if cell.state else "waiting"
            return f'<div class="none {kind}"><b>{self._text(cell.words)}</b>{more}</div>'
        data = self._shot(cell)
        if data is None:
            missing = self._text(msg("The file is missing."))
            return f'<div class="none"><b>{missing}</b></div>'
        width, height = cell.record.width_px, cell.record.height_px
        scale = min(1, self.room.side / max(1, width, height))
        shape = f'width="{max(1, round(width * scale))}" height="{max(1, round(height * scale))}"'
        name = self._text(words.place_name(self.of, place))
        return f'<img alt="{name}" {shape} src="data:image/webp;base64,{data}">'

    def _shot(self, cell: Shown) -> str | None:
        """Return a cell's image in base64, made once for all places that it stands at."""
        if cell.made.position in self.again:
            return self.again[cell.made.position]
        assert cell.record is not None
        small = shot(cell.record, self.pictures, self.room.side, self.room.most)
        data = None if small is None else base64.b64encode(small).decode()
        if len(cell.made.places) > 1:
            self.again[cell.made.position] = data
        return data

    def _details(self, cell: Shown) -> str:
        request = cell.made.request
        prompt, negative = request.prompt, str(request.values.get("negative_prompt") or "")
        if self.room.in_cells:
            told = self._prompts(prompt, negative)
        else:
            number = self.prompts.setdefault((prompt, negative), len(self.prompts) + 1)
            link = self._text(msg("Prompt {number}", number=str(number)))
            told = f'<p><a href="#p{number}">{link}</a></p>'
        settings = (
            f"<b>{self._text(one)}</b>" if differs else self._text(one)
            for one, differs in words.settings(self.of, cell)
        )
        label = self._text(msg("Details"))
        return (
            f"<details><summary>{label}</summary>{told}"
            f"<p>{words.SEPARATOR.join(settings)}</p></details>"
        )

    def _prompts(self, prompt: str, negative: str) -> str:
        told = f'<p class="prompt" dir="auto">{escaped(prompt)}</p>' if prompt else ""
        if negative:
            label = self._text(msg("Negative prompt"))
            told += f'<p class="label">{label}</p><p dir="auto">{escaped(negative)}</p>'
        return told

    def _means(self) -> Iterator[str]:
        every = [(side, means(self.of, n)) for n, side in enumerate(self.of.sides)]
        found = [(side, rows) for side, rows in every if rows]
        if not found:
            return
        name = self._text(msg("On average"))
        yield f"<section><h2>{name}</h2>"
        for side, rows in found:
            yield self._mean_table(side, rows)
        hint = msg(
            "Mean distance of the colours; 2.3 is just visible. It sees pixels, not meaning."
        )
        yield f'<p class="note">{self._text(hint)}</p></section>\n'

    def _mean_table(self, side: Side, rows: list[Means]) -> str:
        columns = {
            msg("Seconds"): [row.seconds for row in rows],
            msg("Difference from the reference"): [row.difference for row in rows],
        }
        known = {head: of for head, of in columns.items() if any(n is not None for n in of)}
        heads = "".join(f'<th scope="col">{self._text(text)}</th>' for text in (side.name, *known))
        lines = [f'<table class="means"><thead><tr>{heads}</tr></thead><tbody>']
        for at, label in enumerate(side.labels):
            cells = "".join(f"<td>{self._text(words.mean(of[at]))}</td>" for of in known.values())
            lines.append(f'<tr><th scope="row">{self._bdi(label)}</th>{cells}</tr>')
        return "\n".join([*lines, "</tbody></table>\n"])

    def _named(self, side: Side, at: int) -> str:
        name = f"<small>{self._text(side.name)}</small> " if side.name else ""
        return name + self._bdi(side.labels[at])

    def _bdi(self, text: str) -> str:
        return f"<bdi>{self._text(text)}</bdi>"

    def _text(self, text: str) -> str:
        return escaped(self.tell(text))


def page_bytes(of: Sheet, pictures: Pictures) -> int:
    """Return about how large the file is: a few images are made, the others are like them."""
    fits = room(of)
    there = [cell for cell in of.cells if cell.record]
    some = there[:: max(1, len(there) // _SAMPLES)][:_SAMPLES]
    made = [shot(cell.record, pictures, fits.side, fits.most) for cell in some if cell.record]
    known = [len(small) for small in made if small]
    places = sum(len(cell.made.places) for cell in there)
    each = sum(known) / len(known) if known else 0
    return math.ceil(fits.written + places * each * 4 / 3)
