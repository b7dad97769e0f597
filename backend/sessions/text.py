"""Words that strangers send, made harmless to show; nothing is judged. Pure."""

from __future__ import annotations

import re
import unicodedata

from backend.errors import InvalidInput, TooLong
from backend.said import msg
from backend.text import letters

WISH_MAX_CHARS = 300
MARKS_MAX = 3
"""Combining marks of one letter: more of them climb over the lines around."""

_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_KEPT = "\u200c\u200d"
"""Joiners: Persian words, Indic letters and families of emoji are written with them."""

_CHOICES = re.compile(r"\{([^{}]*)\}")


def clean_wish(text: object) -> str:
    """Return what is asked for on one line, composed (NFC), without controls or changes of
    direction, with at most 3 marks on a letter.

    Raises: InvalidInput, TooLong; then no turn is used.
    """
    if not isinstance(text, str):
        raise InvalidInput(msg("Write what you would like to see."), field="text")
    if len(text) > 20 * WISH_MAX_CHARS:  # of letters with many marks: looked at no further
        raise _too_long()
    bare = "".join(_bare(letter) for letter in letters(one_line(text))).strip()
    if not any(sign.isprintable() and not sign.isspace() for sign in bare.strip(_KEPT)):
        raise InvalidInput(msg("Write what you would like to see."), field="text")
    if len(bare) > WISH_MAX_CHARS:
        raise _too_long()
    return bare


def one_line(text: str) -> str:
    """Return a text composed (NFC) on one line, without controls or changes of direction."""
    kept = (_plain(sign) for sign in unicodedata.normalize("NFC", text))
    return " ".join("".join(kept).split())


def parts_of(menu: str) -> list[str | tuple[str, ...]]:
    """Return a menu, `a {cat|robot} as {comic|Van Gogh}`, as its texts and choices in their order.

    A choice has at least two ways; braces with fewer are text.
    """
    found: list[str | tuple[str, ...]] = []
    end = 0
    for match in _CHOICES.finditer(menu):
        ways = tuple(way.strip() for way in match[1].split("|"))
        if len(ways) < 2 or not all(ways):
            continue
        found += [menu[end : match.start()], ways]
        end = match.end()
    found.append(menu[end:])
    return [part for part in found if part]


def chosen_of(menu: str, choices: object) -> str:
    """Return the words of a menu with these choices, numbers from 0. Raises: InvalidInput."""
    parts = parts_of(menu)
    ways = [part for part in parts if isinstance(part, tuple)]
    if not (
        isinstance(choices, list)
        and len(choices) == len(ways)
        and all(type(n) is int and 0 <= n < len(w) for n, w in zip(choices, ways, strict=True))
    ):
        raise InvalidInput(msg("Choose one of each."), field="choices")
    numbers = iter(choices)
    return clean_wish("".join(p if isinstance(p, str) else p[next(numbers)] for p in parts))


def folded(text: str) -> str:
    """Return a text as words are compared: NFKC, whatever the case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _plain(sign: str) -> str:
    if sign.isspace() or unicodedata.category(sign) in ("Zl", "Zp"):
        return " "
    if sign in _KEPT or unicodedata.category(sign) not in _DROPPED:
        return sign
    # Tags of flags are formats too: an emoji without them is another one, and no harm.
    return ""


def _bare(letter: str) -> str:
    kept, marks = [], 0
    for sign in letter:
        if unicodedata.combining(sign):
            marks += 1
            if marks > MARKS_MAX:
                continue
        kept.append(sign)
    return "".join(kept)


def _too_long() -> TooLong:
    return TooLong(
        msg("That is too long: at most {most} characters.", most=WISH_MAX_CHARS), field="text"
    )
