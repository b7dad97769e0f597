"""Prompts cut into phrases, and one of them taken out or replaced. Pure.

The page cuts in the same way while somebody types: assets/experiments/phrases.js, held to the same
table by a test of each. A cut never falls into brackets or quotes: half of them is another prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from backend.errors import InvalidInput
from backend.said import msg

Span = tuple[int, int]
"""From the first character of a phrase to the one after its last."""

LONG_WORDS = 6
"""A phrase of so many words is cut further, before words that join, and so is one that is alone."""

CONJUNCTIONS = ("and", "or", "but", "und", "oder", "aber")
"""Between two words alone they hold them together: black and white."""

JOINING = (
    *CONJUNCTIONS,
    *("with", "without", "while", "at", "in", "on", "under", "over", "above", "below"),
    *("beside", "behind", "before", "between", "near", "by", "against", "during", "among"),
    *("around", "through", "across", "inside", "outside", "beneath", "along", "toward"),
    *("towards", "into", "onto", "upon", "beyond", "after", "from", "as", "where", "who"),
    *("that", "which", "wearing", "holding", "standing", "sitting", "surrounded", "lit"),
    *("featuring", "mit", "ohne", "während", "am", "im", "auf", "bei", "unter", "über", "vor"),
    *("hinter", "neben", "zwischen", "nach", "aus"),
)
"""Words that a clause begins with, in the languages of the page."""

_WHOLE = (
    r'"[^"\n]*"|\u201c[^\u201c\u201d]*\u201d|\u201e[^\u201c\u201d\u201e]*[\u201c\u201d]'
    r"|\u00ab[^\u00ab\u00bb]*\u00bb|\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>"
)
_MARK = re.compile(
    rf"(?P<whole>{_WHOLE})"
    r"|[,;\n\u3001\uff0c\uff1b\u3002\uff01\uff1f\u2026]|[.!?:](?=\s|$)|[-\u2013\u2014](?=\s)"
)
_ABBREVIATED = re.compile(r"(?:^|[\W_])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|St|vs|ca)$")
_WORD = re.compile(rf"(?:{_WHOLE}|\S)+")
_LOOSE = "|".join(CONJUNCTIONS)
_BEGINS = re.compile(rf"\A(?:{_LOOSE})\s+", re.I)
_ENDS = re.compile(rf"\s+(?:{_LOOSE})\Z", re.I)
_STOPS = ".!?\u3002\uff01\uff1f\u2026"
_DASHES = "-\u2013\u2014"
_STRENGTHS = ("\n", f"{_STOPS}:", ";\uff1b", ",\u3001\uff0c", _DASHES)
_MARKS = frozenset("".join(_STRENGTHS))
_FIRST = re.compile(
    r"(?:[\s,;\u3001\uff0c\uff1b\u3002\uff01\uff1f\u2026]|[.!?:](?=[\s.!?:]|$)|[-\u2013\u2014](?=\s))*"
)


def cut(prompt: str) -> list[Span]:
    """Return the phrases of a prompt: what commas and the like part, and clauses where it is long.

    What is between them are blanks and marks alone.
    """
    pieces: list[Span] = []
    start = 0
    for mark in _MARK.finditer(prompt):
        if mark["whole"] is None and _parts(prompt, mark.start()):
            pieces.append((start, mark.start()))
            start = mark.end()
    pieces.append((start, len(prompt)))
    said = [span for piece in pieces if (span := _trimmed(prompt, piece))]
    alone = len(said) == 1
    return [clause for span in said for clause in _clauses(prompt, span, alone=alone)]


def placed(prompt: str, phrases: Sequence[str]) -> list[Span]:
    """Return where these texts stand in the prompt, one after the other.

    Raises: InvalidInput where one does not.
    """
    spans: list[Span] = []
    end = 0
    for number, phrase in enumerate(phrases, start=1):
        at = prompt.find(phrase, end)
        if at < 0 or not phrase:
            raise InvalidInput(
                msg("Phrase {number} is not in the rest of the prompt.", number=number),
                msg("Write the phrases as they stand there, in their order."),
            )
        end = at + len(phrase)
        spans.append((at, end))
    return spans


def between(prompt: str, spans: Iterable[Span]) -> list[str]:
    """Return what stands before each of them, and after the last."""
    found, end = [], 0
    for start, stop in spans:
        found.append(prompt[end:start])
        end = stop
    return [*found, prompt[end:]]


def replaced(prompt: str, span: Span, own: str) -> str:
    """Return the prompt with other words in place of a phrase; none take it out.

    What is taken out takes a mark with it, the weaker one of its two sides, and a conjunction that
    would begin or end the prompt. Nothing else is touched.
    """
    start, end = span
    if own := own.strip():
        return prompt[:start] + own + prompt[end:]
    before, left = _without_marks(prompt[:start])
    first = _FIRST.match(prompt, end)
    assert first  # of nothing, at least
    right, after = first[0], prompt[first.end() :]
    if not before:
        return _BEGINS.sub("", after, count=1)
    if after:
        return before + min(left, right, key=_weakness) + after
    return _ENDS.sub("", before) + next((sign for sign in left + right if sign in _STOPS), "")


def _parts(prompt: str, at: int) -> bool:
    """Whether the mark there parts phrases: not in 1,000, e.g. or Mr. Smith, nor a hyphen."""
    before, after = prompt[max(0, at - 4) : at], prompt[at + 1 : at + 2]
    match prompt[at]:
        case ",":
            return not (before[-1:].isdecimal() and after.isdecimal())
        case ".":
            return not _ABBREVIATED.search(before)
        case "-" | "\u2013" | "\u2014":
            return not before[-1:].strip()
    return True


def _without_marks(text: str) -> tuple[str, str]:
    """Return a text without the marks and blanks that it ends with, and those."""
    end = len(text)
    while end and (text[end - 1].isspace() or text[end - 1] in _MARKS):
        if text[end - 1] in _DASHES and text[end - 2 : end - 1].strip():
            break  # a hyphen
        end -= 1
    return text[:end], text[end:]


def _trimmed(prompt: str, span: Span) -> Span | None:
    """Return a piece without the blanks at its ends, None where it says nothing."""
    text = prompt[span[0] : span[1]]
    if all(sign.isspace() or sign in _MARKS for sign in text):
        return None
    start = span[0] + len(text) - len(text.lstrip())
    return start, start + len(text.strip())


def _clauses(prompt: str, span: Span, *, alone: bool) -> list[Span]:
    words = list(_WORD.finditer(prompt, *span))
    if len(words) < LONG_WORDS and not alone:
        return [span]
    starts, own = [0], 0  # `own` words, which join nothing, since the last start
    for at, word in enumerate(words[:-1]):  # the last one alone is no clause
        text = word[0].casefold()
        if text not in JOINING:
            own += 1
        elif own > (text in CONJUNCTIONS):
            starts.append(at)
            own = 0
    ends = [*(words[at - 1].end() for at in starts[1:]), span[1]]
    return [(words[at].start(), end) for at, end in zip(starts, ends, strict=True)]


def _weakness(gap: str) -> int:
    """Return how weakly what stands between two phrases parts them: 0 for a line's end."""
    for weakness, signs in enumerate(_STRENGTHS):
        if any(sign in gap for sign in signs):
            return weakness
    return len(_STRENGTHS) + (not gap)
