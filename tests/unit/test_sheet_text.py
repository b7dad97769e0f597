"""Words on a picture: fonts that have their letters, and lines that are broken by the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from backend.exchange.sheet_text import direction_of, font_for, whole, wrapped
from tests.drawn_text import wider_font

JAPANESE = (
    "夕暮れの海岸に立つ城、暖かな光と「静かな海」。ゆっくりとしたキャッチャーの（光）、人々…！"  # noqa: RUF001
)
CHINESE = "黄昏海岸上的灯塔，暖光；还有《大海之歌》！"  # noqa: RUF001


@given(st.text(max_size=200), st.integers(60, 900), st.integers(1, 4))
def test_lines_fit_their_width_whatever_the_words(text: str, width: int, most: int) -> None:
    font = ImageFont.load_default(16)
    lines = wrapped(text, font, width, most)
    assert len(lines) <= most
    for line in lines:
        assert font.getlength(line) <= width or len(line) <= 64  # a single letter, however wide


def test_what_is_left_out_is_an_ellipsis_and_nothing_else_is() -> None:
    font = ImageFont.load_default(16)
    assert wrapped("a cat on a wall", font, 400, 2) == ["a cat on a wall"]
    cut = wrapped("a cat on a wall " * 30, font, 400, 2)
    assert len(cut) == 2 and cut[1].endswith("…") and not cut[0].endswith("…")
    assert "".join(wrapped("w" * 60, font, 200, 9)) == "w" * 60


def test_letters_that_pillows_font_lacks_are_taken_from_the_systems() -> None:
    own = ImageFont.load_default(16)
    assert font_for("a cat", 16).getname() == own.getname()  # type: ignore[union-attr]
    try:
        ImageFont.truetype("DejaVuSans.ttf", 16)
    except OSError:
        pytest.skip("this system has no font of that name")
    for text in ("Маяк на закате", "Φάρος", "מגדלור"):
        assert font_for(text, 16).getname() != own.getname()  # type: ignore[union-attr]


@pytest.mark.parametrize("text", [JAPANESE, CHINESE])
def test_no_line_begins_with_a_mark_or_ends_with_an_opening_bracket(text: str) -> None:
    font = font_for(text, 16)
    for width in range(90, 400, 5):
        lines = whole(text, font, width)
        assert "".join(lines) == text
        for line in lines:
            assert line[0] not in "、。，；！）」》ー…々っャ", lines  # noqa: RUF001
            assert line[-1] not in "「（《", lines  # noqa: RUF001
            assert font.getlength(line) <= width


def test_a_word_of_other_letters_stays_whole_between_those_of_japanese() -> None:
    text = "夕暮れの海岸に立つ灯台とlighthouseの暖かな光"
    font = font_for(text, 16)
    for width in range(110, 300, 5):
        assert "lighthouse" in " ".join(whole(text, font, width))
    assert "".join(whole(text, font, 40)) == text, "and is parted where it fits no line"


def test_a_text_runs_as_its_first_letter_does_whatever_is_isolated_before_it() -> None:
    font = wider_font()
    assert direction_of("منارة lighthouse", font) == "rtl"
    assert direction_of("lighthouse منارة", font) == "ltr"
    assert direction_of("12 · منارة", font) == "rtl"
    assert direction_of("\u2066$0.009\u2069 · \u2066FLUX\u2069 منارة", font) == "rtl"
    assert direction_of("\u2067\u2066a\u2069منارة\u2069 lighthouse", font) == "ltr"  # noqa: RUF001
    assert direction_of("\u2069\u2069 منارة", font) == "rtl"
    assert direction_of("1, 2, 3", font) == direction_of("", font) == "ltr"


def test_no_direction_is_told_to_a_font_that_takes_none() -> None:
    assert direction_of("منارة", ImageFont.load_default(16)) is None
    font = wider_font()
    plain = ImageFont.truetype(font.path, 16, layout_engine=ImageFont.Layout.BASIC)
    assert direction_of("منارة", plain) is None


def test_what_isolates_a_date_is_never_seen() -> None:
    told, date = "\u20662026-03-04\u2069 \u2068UTC\u2069", "2026-03-04 UTC"
    own, font = ImageFont.load_default(16), wider_font()
    assert whole(told, own, 400) == [date], "a font without directions would draw boxes"
    assert wrapped(told, own, 400, 1) == [date]
    assert whole(told, font, 400) == [told]
    assert bytes(font.getmask(told)) == bytes(font.getmask(date))
    assert font_for(told, 16).getname() == font_for(date, 16).getname()  # type: ignore[union-attr]
