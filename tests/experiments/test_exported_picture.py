"""An experiment as one picture: all labels whole, its size known before, never too large."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from backend.catalogue.load import load_catalogue
from backend.errors import InvalidInput
from backend.experiments.exports import words
from backend.experiments.exports.exports import ENGLISH
from backend.experiments.exports.picture import picture
from backend.experiments.exports.picture_layout import (
    GAP,
    MARGIN,
    MAX_PIXELS,
    MAX_SIDE_PX,
    Layout,
    layout,
)
from backend.experiments.exports.table import sheet
from backend.types import RunState
from tests.drawn_text import drawn_text, wider_font
from tests.experiments.exported import NOW, coloured, grid, made
from ui.language.languages import LANGUAGES

RED = (200, 30, 30)
LONG = "a lighthouse on a rock, painted by somebody who had never seen the sea before, in oil " * 4


def numbers(count: int) -> list[str]:
    return [str(n) for n in range(count)]


def drawn(where: Layout) -> list[str]:
    heads = [*where.column_heads, *where.row_heads, *where.tab_heads]
    return [" ".join(one.lines) for head in heads for one in head]


def test_it_has_the_size_that_was_told_and_its_pictures_and_no_record_of_anything() -> None:
    of = grid(z=("2", "5"), prompt="a cat at sea")
    data = picture(of, coloured(), ENGLISH)
    where = layout(of, ENGLISH)
    with Image.open(io.BytesIO(data)) as im:
        assert im.format == "PNG" and im.size == where.size and im.info == {}
        reds = sum(n for n, colour in im.getcolors(1 << 20) or [] if colour == RED)
    width, height = where.box
    assert reds == 8 * width * height


def test_labels_wrap_and_are_whole() -> None:
    word = "Donaudampfschifffahrtsgesellschaft" * 3
    of = grid((LONG, "<mystyle>"), (f"{LONG} twice", word), (LONG,))
    where = layout(of, ENGLISH)
    found = drawn(where)
    told = " ".join(LONG.split())
    assert found[:4] == ["Steps", told, "Steps", "<mystyle>"]
    assert found[5] == f"{told} twice" and found[7].replace(" ", "") == word
    assert found[8] == f"Guidance scale: {told}"
    for head in where.column_heads:
        for one in head:
            assert all(one.font.getlength(line) <= where.side for line in one.lines)
    highest = max(sum(one.height for one in head) for head in where.column_heads)
    assert where.heads_height > highest  # the images begin below


def test_a_head_that_is_higher_than_its_images_moves_the_next_row_down() -> None:
    of = grid(("1",), (LONG * 8, "dog"))
    where = layout(of, ENGLISH)
    assert where.row_height(0) > where.row_height(1) == where.place_height


def test_a_label_that_was_shortened_when_it_was_planned_is_whole_again() -> None:
    axes = {"x": {"kind": "prompts", "values": [LONG], "labels": [f"{LONG[:79]}…"]}}
    of = sheet("", NOW, "", axes, [made(0, [(0, 0, 0, 0)])], {}, load_catalogue())
    assert of.x.labels == (" ".join(LONG.split()),)


@pytest.mark.parametrize(("across", "down", "side"), [(5, 5, 512), (20, 10, 384), (40, 30, 128)])
def test_the_images_are_as_large_as_fits(across: int, down: int, side: int) -> None:
    where = layout(grid(numbers(across), numbers(down)), ENGLISH)
    assert where.side == side and where.refusal is None
    assert where.smaller == (side < 512)
    width, height = where.size
    assert width * height <= MAX_PIXELS and max(width, height) <= MAX_SIDE_PX


@pytest.mark.parametrize("down", [1, 5, 1000])
def test_what_would_be_too_large_is_refused_in_words_and_never_made(down: int) -> None:
    of = grid(numbers(5000 // down), numbers(down))
    where = layout(of, ENGLISH)
    width, height = where.size
    assert where.refusal is not None
    assert f"{width:,} x {height:,} pixels" in where.refusal.message

    def never(record: object, px: int) -> bytes:
        raise AssertionError("a picture was read")

    with pytest.raises(InvalidInput, match="more than programs open") as refused:
        picture(of, never, ENGLISH)
    assert refused.value.field == "form" and "web page" in refused.value.hint


def test_endless_labels_are_refused_before_they_are_measured() -> None:
    of = grid([f"{n} {'word ' * 200}" for n in range(120)], ())
    refusal = layout(of, ENGLISH).refusal
    assert refusal is not None and "characters" in refusal.message


def test_what_is_not_there_is_marked() -> None:
    cells = [
        made(0, [(0, 0, 0, 0)]),
        made(1, [(1, 0, 0, 0)], state=RunState.FAILED),
        made(2, [(0, 1, 0, 0)], state=None),
        made(3, [(1, 1, 0, 0)], deleted=True),
    ]
    where = layout(grid(cells=cells), ENGLISH)
    with Image.open(io.BytesIO(picture(grid(cells=cells), coloured(), ENGLISH))) as im:
        counted = {colour: n for n, colour in im.getcolors(1 << 20) or []}
    width, height = where.box
    assert counted[RED] == width * height
    assert counted[0xFD, 0xEA, 0xEA] > 0.8 * width * height  # what failed
    assert counted[0xEE, 0xF0, 0xF5] > 1.6 * width * height  # not made, and in the trash


def across(im: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int]:
    """Return from where to where a colour stands, in pixels from the left."""
    line = Image.new("1", (im.width, 1))
    for x in range(im.width):
        found = im.crop((x, 0, x + 1, im.height)).getcolors(1 << 16) or []
        line.putpixel((x, 0), any(n > 100 and one == colour for n, one in found))
    box = line.getbbox()
    assert box
    return box[0], box[2]


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_it_begins_where_the_readers_lines_begin(tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [made(0, [(0, 0, 0, 0)]), made(1, [(1, 0, 0, 0)], state=None)]
    of, reader = grid(("1", "4"), ("cat",), ("2",), cells=cells), LANGUAGES[tag]
    where, lines = layout(of, reader), drawn_text(monkeypatch)
    with Image.open(io.BytesIO(picture(of, coloured(), reader))) as im:
        first, second = across(im, RED), across(im, (0xEE, 0xF0, 0xF5))
    left = MARGIN + where.rows_width + GAP
    begins = [left, left + where.side + GAP]
    if tag == "en":
        assert [first[0], second[0]] == begins
    else:
        assert [where.width - first[1], where.width - second[1]] == begins
    told = [line for line in lines if line.anchor != "mm"]  # that stands where an image is not
    assert {line.anchor for line in told} == {"la" if tag == "en" else "ra"}
    xs = {line.x if tag == "en" else where.width - line.x for line in told}
    assert xs == {MARGIN, *begins}


def test_a_title_and_what_stands_below_the_images_are_in_one_font(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wider_font()
    lines = drawn_text(monkeypatch)
    cells = [made(0, [(0, 0, 0, 0)]), made(1, [(1, 0, 0, 0)], state=None)]
    picture(grid(cells=cells, title="Маяк"), coloured(), ENGLISH)
    assert {"Маяк", "2.5 s · $0.0006 · reference", "Not made yet"} <= {one.text for one in lines}
    assert len({one.font.getname() for one in lines}) == 1


def test_a_date_stands_as_it_is_written_between_arabic_letters() -> None:
    told = LANGUAGES["ar"].tell(words.summary(grid()))
    assert "\u20662026-03-04 05:06 UTC\u2069" in told
