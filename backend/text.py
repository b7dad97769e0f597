"""Texts cut where a person sees a letter end: never within an emoji, or between its accents."""

from __future__ import annotations

from wcwidth import iter_graphemes


def letters(text: str) -> list[str]:
    """Return the text as what a person sees as letters; together they are the text."""
    return list(text if text.isascii() and "\r\n" not in text else iter_graphemes(text))


def cut(text: str, most: int) -> str:
    """Return the beginning of the text, at most so many characters, in whole letters.

    What is one letter by itself and yet longer is left out with what follows.
    """
    if len(text) <= most:
        return text
    if text.isascii():
        return text[:most]
    kept = 0
    # A letter that goes on beyond is seen to do so by some more of the text.
    for letter in iter_graphemes(text[: most + _LETTER_MAX_CHARS]):
        if kept + len(letter) > most:
            break
        kept += len(letter)
    return text[:kept]


def shortened(text: str, most: int) -> str:
    """Return the text, where it is longer than `most` characters cut and with an ellipsis."""
    return text if len(text) <= most else cut(text, most - 1).rstrip() + "…"


_LETTER_MAX_CHARS = 64
