"""A field of an axis taken apart into its items: one grammar for all kinds. Pure.

Commas or line breaks separate; if `||` stands outside quotes, it alone does. A quote that begins an
item protects separators, `""` within it is a quote. Whole prompts are never parted at commas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from backend.errors import InvalidInput
from backend.said import msg

BARS = "||"

_BLANKS = " \t"
_OF_VALUES = re.compile(r"\|\||,|\n")
_OF_PROMPTS = re.compile(r"\|\||\n")
_ONLY_BARS = re.compile(r"\|\|")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it was typed, without the blanks around it; `number` counts from 1.

    A quoted one may be empty: that is "nothing", by which a word is removed.
    """

    number: int
    text: str
    quoted: bool = False


def items(field: str, *, prompts: bool = False) -> list[Item]:
    """Return the items of a field, at least one; `prompts` keeps commas within an item.

    Separators at the end are ignored, and so are blank lines. Raises: InvalidInput.
    """
    text = field.replace("\r\n", "\n").replace("\r", "\n")
    between = _OF_PROMPTS if prompts else _OF_VALUES
    parted = _parted(text, between)
    if any(separator == BARS for _, separator in parted):
        parted = _parted(text, between := _ONLY_BARS)
    while parted and not parted[-1][0].text and not parted[-1][0].quoted:
        parted.pop()
    if not parted:
        raise InvalidInput(msg("There are no values."), msg("Enter at least one."))
    found: list[Item] = []
    for item, separator in parted:
        if not item.text and not item.quoted:
            if separator == "\n" and between is not _ONLY_BARS:
                continue  # a blank line, or a comma at a line's end
            raise InvalidInput(
                msg("Value {number} is empty.", number=str(len(found) + 1)),
                msg('Take the separator away, or write "" for nothing.'),
            )
        found.append(Item(len(found) + 1, item.text, item.quoted))
    return found


def _parted(text: str, between: re.Pattern[str]) -> list[tuple[Item, str]]:
    """Return each item with the separator after it, "" at the end."""
    found: list[tuple[Item, str]] = []
    at = 0
    while True:
        start = _past_blanks(text, at)
        if text.startswith('"', start):
            quoted = _QUOTED.match(text, start)
            if quoted is None:
                raise InvalidInput(
                    msg("The quote of value {number} is not closed.", number=str(len(found) + 1)),
                    msg('Write " at its end, or take the one at its beginning away.'),
                )
            item = Item(0, quoted[1].replace('""', '"'), quoted=True)
            end = _past_blanks(text, quoted.end())
            separator = between.match(text, end)
            if separator is None and end < len(text):
                raise InvalidInput(
                    msg(
                        "Something follows the quote of value {number}.", number=str(len(found) + 1)
                    ),
                    msg("Put a separator after it, or take the quotes away."),
                )
        else:
            separator = between.search(text, start)
            end = separator.start() if separator else len(text)
            item = Item(0, text[start:end].strip())
        found.append((item, separator[0] if separator else ""))
        if separator is None:
            return found
        at = separator.end()


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at
