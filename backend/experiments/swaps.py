"""Search and replace in prompts: all axes search the original text at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from backend.errors import InvalidInput
from backend.experiments.axis_types import Swap
from backend.said import Said, msg, msg_n

_SPACES = re.compile(r"[ \t]{2,}")
_COMMAS = re.compile(r"[ \t]*,(?:[ \t]*,)+")
_EDGES = re.compile(r"^[ \t]*,[ \t]*|[ \t]*,[ \t]*$")


def refuse_missing(search: str, texts: Sequence[str]) -> None:
    """Refuse a text that is in none of the texts it is searched in. Raises: InvalidInput."""
    if any(search in text for text in texts):
        return
    for text in texts:
        at = text.casefold().find(search.casefold())
        if at >= 0 and len(text.casefold()) == len(text):
            raise InvalidInput(
                msg(
                    "\u201c{search}\u201d is not in the prompt, but found as \u201c{found}\u201d.",
                    search=search[:60],
                    found=text[at : at + len(search)][:60],
                ),
                msg("Write it as it stands there."),
            )
    raise InvalidInput(
        msg("\u201c{search}\u201d is not in the prompt.", search=search[:60]),
        msg("The first value is what is searched, and what the others replace."),
    )


def within_words(search: str, texts: Sequence[str]) -> int:
    """Return how often the text is found as a part of a longer word."""
    part = re.compile(rf"(?<=\w){re.escape(search)}|{re.escape(search)}(?=\w)")
    return sum(len(part.findall(text)) for text in texts)


def swapped(texts: Mapping[str, str], swaps: Sequence[Swap]) -> dict[str, str]:
    """Return the texts with every place of each search replaced; searched is the original alone.

    Where a text is taken out, doubled blanks and commas go with it. Raises: InvalidInput where two
    searches meet in one place.
    """
    wanted = {swap.search: swap.instead for swap in swaps}
    if len(wanted) < len(swaps) and len(set(swaps)) > len(wanted):
        raise _overlap(swaps[0].search, swaps[-1].search)
    found = {}
    for name, text in texts.items():
        spans = sorted(
            (at.start(), at.end(), search)
            for search in wanted
            for at in re.finditer(re.escape(search), text)
        )
        parts, end, before = [], 0, ""
        for start, stop, search in spans:
            if start < end:
                raise _overlap(before, search)
            parts += [text[end:start], wanted[search]]
            end, before = stop, search
        made = "".join([*parts, text[end:]])
        found[name] = _mended(made) if any(not wanted[s] for *_, s in spans) else made
    return found


def _mended(text: str) -> str:
    text = _COMMAS.sub(",", text)
    return _EDGES.sub("", _SPACES.sub(" ", text)).strip()


def _overlap(one: str, other: str) -> InvalidInput:
    return InvalidInput(
        msg(
            "Two axes replace the same place: \u201c{one}\u201d and \u201c{other}\u201d.",
            one=one[:60],
            other=other[:60],
        ),
        msg("Let each search words of its own."),
    )


def said_within(search: str, count: int) -> Said:
    """Say that a text is also found inside of longer words."""
    return msg_n(
        "\u201c{search}\u201d is also part of a longer word, which changes too.",
        "\u201c{search}\u201d is also part of {n} longer words, which change too.",
        count,
        search=search[:60],
    )
