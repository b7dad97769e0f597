"""Words on a picture: fonts that have their letters, and lines that are broken by the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from backend.exchange.sheet_text import font_for, whole, wrapped

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
