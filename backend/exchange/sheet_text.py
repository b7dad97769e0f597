"""Words on a picture: a font that has their letters, and lines that fit a width in pixels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from PIL import ImageFont

from backend.exchange.sheets import CONTROL
from backend.text import cut, letters

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

PROMPT_MAX_CHARS = 600
"""So much of a text is looked at: more does not fit any sheet."""

# Pillow's own font has Latin letters alone. These come with systems and cover more, and Pillow
# looks for them where the system keeps fonts: Linux, Windows, macOS.
_WIDER = (
    *("NotoSans-Regular.ttf", "DejaVuSans.ttf", "segoeui.ttf", "Arial Unicode.ttf"),
    *("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf"),
    *("msyh.ttc", "YuGothM.ttc", "malgun.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc"),
    *("NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf"),
    *("NotoSansThai-Regular.ttf", "Nirmala.ttc", "leelawui.ttf", "Kohinoor.ttc", "Thonburi.ttc"),
)
_BESIDE_MAX_LETTERS = 200  # more are of a script that no other text is written in
_NO_LETTER = "\U0010ffff"  # no font has it

# Of Chinese and Japanese, whose lines break between any two letters but for these: what no line
# begins with (ASCII's follow their letters too), and what none ends with.
_NEVER_FIRST = frozenset(
    "、。，．！？：；）」』】〉》〕］｝・ー…々ゝゞヽヾ,.!?:;)]}%"  # noqa: RUF001
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
)
_NEVER_LAST = frozenset("（「『【〈《〔［｛")  # noqa: RUF001
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What says in which direction letters run, and is none itself."""


@lru_cache(maxsize=128)
def _named(name: str, px: int) -> Font | None:
    """Return the font of that file, None where the system has none; "" is Pillow's own."""
    if not name:
        return ImageFont.load_default(px)
    try:
        return ImageFont.truetype(name, px)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _has(name: str, letter: str) -> bool:
    """Whether that font draws the letter as anything but the sign of a missing one."""
    font = _named(name, 16)
    if font is None:
        return False
    try:
        return bytes(font.getmask(letter)) != bytes(font.getmask(_NO_LETTER))
    except (OSError, ValueError, UnicodeError):  # bitmap fonts know Latin-1 alone
        return False


def font_for(text: str, px: int, beside: str = "") -> Font:
    """Return a font of that size with all letters of the text, else with most of them.

    Where one has those of `beside` too, which stands on the same picture, it is that one.
    """
    wanted = _seen(plain(text))
    every = wanted | _seen(beside)
    for name in ("", *_WIDER) if beside and len(every) <= _BESIDE_MAX_LETTERS else ():
        font = _named(name, px)
        if font is not None and all(_has(name, letter) for letter in every):
            return font
    best, most = "", -1
    for name in ("", *_WIDER):
        if name and _named(name, 16) is None:
            continue
        found = sum(_has(name, letter) for letter in wanted)
        if found > most:
            best, most = name, found
        if most == len(wanted):
            break
    return _named(best, px) or ImageFont.load_default(px)


def _seen(text: str) -> set[str]:
    """Return the letters of a text that are drawn."""
    return {letter for letter in _TURNS.sub("", text) if not letter.isspace()}


def direction_of(text: str, font: Font) -> str | None:
    """Return in which direction all lines of a text run: "rtl" or "ltr", by its first letter.

    As browsers have it with dir="auto": what is isolated does not count. None for a font that
    cannot be told one: Pillow's own, and any where this computer lacks raqm.
    """
    if not _turns(font):
        return None
    isolated = 0
    for kind in map(unicodedata.bidirectional, text):
        if kind in ("LRI", "RLI", "FSI"):
            isolated += 1
        elif kind == "PDI":
            isolated = max(0, isolated - 1)
        elif kind in ("L", "R", "AL") and not isolated:
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def _turns(font: Font) -> bool:
    return getattr(font, "layout_engine", None) == ImageFont.Layout.RAQM


def plain(text: str) -> str:
    """Return the beginning of the text on one line, without what no picture shows."""
    return " ".join(CONTROL.sub(" ", cut(text, PROMPT_MAX_CHARS)).split())


def wrapped(text: str, font: Font, width: int, most: int) -> list[str]:
    """Return the text as at most so many lines of that width; what is left out is an ellipsis."""
    lines = whole(plain(text), font, width)
    if len(lines) > most or len(text) > PROMPT_MAX_CHARS:
        lines = lines[:most] or [""]
        lines[-1] = _ended(lines[-1], font, width)
    return lines


def whole(text: str, font: Font, width: int) -> list[str]:
    """Return all of the text as lines of that width."""
    lines: list[str] = []
    line = ""
    text = CONTROL.sub(" ", text)
    if not _turns(font):
        text = _TURNS.sub("", text)  # it would be drawn as a box
    for part in _parts(text, font, width):
        joined = f"{line} {part}" if line else part
        if not line or font.getlength(joined) <= width:
            line = joined
        else:
            lines.append(line)
            line = part
    return [*lines, line] if line else lines


def _parts(text: str, font: Font, width: int) -> Iterator[str]:
    """Yield the words, those that are wider than a line in pieces."""
    for word in text.split():
        piece = ""
        for bit in _bits(word, font, width):
            if piece and font.getlength(piece + bit) > width:
                yield piece
                piece = bit
            else:
                piece += bit
        yield piece


def _bits(word: str, font: Font, width: int) -> Iterator[str]:
    """Yield the bits that a word may be parted into: as large as fit, else its letters."""
    if font.getlength(word) <= width:
        yield word
        return
    for run in _tied(word, runs=True):
        if font.getlength(run) <= width:
            yield run
            continue
        for bit in _tied(run, runs=False):
            yield from [bit] if font.getlength(bit) <= width else letters(bit)


def _tied(word: str, *, runs: bool) -> Iterator[str]:
    """Yield each letter with what may not begin the next line, or end the one before.

    With `runs` also letters that are not of Chinese or Japanese stay with their neighbours.
    """
    tied, last = "", ""
    for letter in letters(word):
        together = letter[0] in _NEVER_FIRST or last in _NEVER_LAST
        if tied and not together and not (runs and not _wide(last) and not _wide(letter)):
            yield tied
            tied = ""
        tied += letter
        last = letter
    yield tied


def _wide(letter: str) -> bool:
    """Whether it is as wide as a letter of Chinese, between which lines break."""
    return unicodedata.east_asian_width(letter[0]) in "WF"


def _ended(line: str, font: Font, width: int) -> str:
    seen = letters(line)
    while seen and font.getlength(f"{''.join(seen)}…") > width:
        seen.pop()
    return f"{''.join(seen).rstrip()}…"
