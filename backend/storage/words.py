"""Texts as they are compared: without case, composition or accents; and cut for an index of words.

The database's own tokenisers cut at blanks and signs. Chinese, Japanese, Thai, Lao, Khmer and
Burmese have none between words, and Korean adds to its words without one, so each of their signs
is a word here, and a word a phrase of them: it is found wherever it stands. Pure.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "\u0131": "i",
    }
)
"""Letters that people without them write so; Unicode does not take them apart."""

_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
"""Of Latin, Greek and Cyrillic, and the vowels above and below Hebrew and Arabic."""

_BREAKS = str.maketrans(dict.fromkeys('\0"\u200b', " "))  # the last is a blank of no width
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)

_UNSPACED = re.compile(
    "["
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0edf"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17dd"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c"  # Han and its marks
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\uac00-\ud7a3"  # Korean
    "]"
)


def folded(text: str) -> str:
    """Return the text for comparing: "Straße" and "STRASSE" are one, so are "café" and "CAFE".

    Full-width forms are plain ones. Characters that show nothing are gone.
    """
    if text.isascii():
        return text.lower().translate(_BREAKS)
    plain = unicodedata.normalize("NFKD", _UNSEEN.sub("", text)).casefold()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)).translate(_LETTERS)
    return unicodedata.normalize("NFC", plain).translate(_BREAKS)


def indexed(text: str) -> str:
    """Return the text for an index of words, and so what is looked for in it."""
    return _UNSPACED.sub(r" \g<0> ", folded(text))


def is_word_of_its_own(sign: str) -> bool:
    """Whether the index holds this sign by itself, wherever it stands."""
    return _UNSPACED.fullmatch(sign) is not None


def indexed_apart(text: str) -> str | None:
    """Return what the index holds in the text's place; None: the text itself, as most are."""
    return None if text.isascii() else indexed(text)


def folded_apart(text: str) -> str | None:
    """Return what is compared in the text's place; None: its small letters, as most are."""
    return None if text.isascii() else folded(text)


def tag_key(tag: str) -> str:
    """Return what is the same for a tag however its letters are composed, large or small."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", tag).casefold())
