"""The words of images as PostgreSQL keeps and finds them: made here, its own parser cuts nothing.

That takes `<lora:thing:0.8>` for a tag and `f/1.8` for a path, and reads letters as its locale has
them. Words here are those of SQLite's index (letters, marks, numbers, private use). Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import count

from backend.storage.words import indexed

WORD_MAX_CHARS = 200
"""What follows in a word is not looked at: PostgreSQL drops words of more than 2,046 bytes."""

_BYTES_MAX = 1_000_000  # of a vector, which can have 1,048,575
_PLACES = 16_383  # further words share the last place
_PLAIN = re.compile(r"[a-z0-9]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in their order, folded."""
    found = indexed(text)
    if found.isascii():
        every = _PLAIN.findall(found)
    else:
        every = "".join(sign if _is_of_a_word(sign) else " " for sign in found).split()
    return [word[:WORD_MAX_CHARS] for word in every]


def vector(prompt: str, negative_prompt: str) -> str:
    """Return the words of both as the text of a tsvector; no phrase leads from one to the other."""
    words = words_of(prompt)
    return f"{_text(words, 1)} {_text(words_of(negative_prompt), len(words) + 2)}".strip()


def phrase(text: str, *, prefix: bool = False) -> str:
    """Return words in this order, the last a beginning where asked, as the text of a tsquery.

    "" where there is no word in it.
    """
    found = " <-> ".join(f"'{word}'" for word in words_of(text))
    return f"{found}:*" if found and prefix else found


def _text(words: Iterable[str], first: int) -> str:
    left, parts = _BYTES_MAX // 2, []
    for place, word in zip(count(first), words, strict=False):
        left -= len(word.encode())
        if left < 0:
            break
        parts.append(f"'{word}':{min(place, _PLACES)}")
    return " ".join(parts)


def _is_of_a_word(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind[0] in "LMN" or kind == "Co"
