"""Numbers as people list them: ranges, steps, counts and "and so on", exact. Pure.

`A-B` (step 1), `A-B (+S)`, `A-B [N]` (N values, both ends) and `A, B, .., C`, as A1111's and
SwarmUI's users write them. Counted in Decimal, and counted before anything is listed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from backend.errors import InvalidInput
from backend.experiments.items import Item
from backend.said import Said, msg

VALUES_MAX = 1000
"""Values of one axis."""

_LONGEST = 60
"""Characters of an item; no number that a parameter takes is as long."""
_DIGITS = 80
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_N = r"([+-]?[ \t]*(?:\d+\.?\d*|\.\d+))"
_ONE = re.compile(_N)
_RANGE = re.compile(rf"{_N}[ \t]*-[ \t]*{_N}(?:[ \t]*(\(.*\)|\[.*\]))?")
_STEP = re.compile(rf"\([ \t]*{_N}[ \t]*\)")
_COUNT = re.compile(r"\[[ \t]*(\d+)[ \t]*\]")
_AND_SO_ON = re.compile(r"\.{2,4}|\u2026")


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that were meant, in their order, each with its item; and what has to be said.

    One stands twice where it was listed twice.
    """

    values: list[tuple[Decimal, Item]]
    notes: list[Said] = field(default_factory=list)


def numbers(items: Sequence[Item], multiple: Decimal | None = None) -> Numbers:
    """Return the numbers that the items list.

    `multiple` is that of the parameter, 1 for whole numbers: values between the ends of `A-B [N]`
    are cut to it, towards A. Raises: InvalidInput, which names the item.
    """
    found = Numbers([])
    with localcontext() as exact:
        exact.prec = _DIGITS
        for at, item in enumerate(items):
            text = item.text.translate(_DASHES)
            if _AND_SO_ON.fullmatch(text):
                _go_on(found, items, at)
            elif at and _AND_SO_ON.fullmatch(items[at - 1].text):
                continue  # the end of what goes on
            elif one := _match(_ONE, text):
                _add(found, [_decimal(one[1])], item)
            elif span := _match(_RANGE, text):
                _add_range(found, span, item, multiple)
            else:
                raise refused(item, msg("{text} is not a number.", text=_quoted(item.text)))
    return found


def refused(item: Item, why: str, hint: str = "") -> InvalidInput:
    """Return a refusal of an item, in words that say which."""
    return InvalidInput(msg("Value {number}: {why}", number=str(item.number), why=why), hint)


def plain(value: Decimal) -> str:
    """Return a number as it is typed: 0.3, 1024."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return pattern.fullmatch(text) if len(text) <= _LONGEST else None


def _decimal(text: str) -> Decimal:
    return Decimal(re.sub(r"[ \t]", "", text))


def _quoted(text: str) -> str:
    return f"\u201c{text[:40]}\u201d"


def _add(found: Numbers, values: Sequence[Decimal], item: Item) -> None:
    found.values.extend((value, item) for value in values)


def _make_room(found: Numbers, count: Decimal, item: Item) -> int:
    if count + len(found.values) > VALUES_MAX:
        raise refused(
            item,
            msg("This is {count} values.", count=int(count)),
            msg("An axis holds at most {most}.", most=VALUES_MAX),
        )
    return int(count)


def _add_range(found: Numbers, span: re.Match[str], item: Item, multiple: Decimal | None) -> None:
    first, last = _decimal(span[1]), _decimal(span[2])
    how = span[3] or ""
    if how.startswith("["):
        count = _COUNT.fullmatch(how)
        if count is None or int(count[1]) < 1:
            raise refused(
                item, msg("In brackets stands how many values there are."), msg("Write [5].")
            )
        _add(found, _spread(found, first, last, Decimal(count[1]), item, multiple), item)
        return
    rises = last >= first
    step = Decimal(1 if rises else -1)
    if how:
        written = _STEP.fullmatch(how)
        if written is None or not _decimal(written[1]):
            raise refused(
                item, msg("In parentheses stands the step, which is not 0."), msg("Write (+2).")
            )
        size = _decimal(written[1])
        signed = written[1][0] in "+-"
        if signed and first != last and (size > 0) != rises:
            right = plain(abs(size))
            if rises:
                raise refused(item, msg("It rises."), msg("Write (+{step}).", step=right))
            raise refused(item, msg("It falls."), msg("Write (-{step}).", step=right))
        step = abs(size) if rises else -abs(size)
    values, reached = _steps(found, first, last, step, item)
    _add(found, values, item)
    if not reached:
        found.notes.append(msg("{end} is not reached.", end=plain(last)))


def _steps(
    found: Numbers, first: Decimal, last: Decimal, step: Decimal, item: Item
) -> tuple[list[Decimal], bool]:
    """Return the values from first by step, never past last, and whether last is one of them."""
    count = _make_room(found, (last - first) // step + 1, item)
    values = [first + step * n for n in range(count)]
    return values, values[-1] == last


def _spread(
    found: Numbers,
    first: Decimal,
    last: Decimal,
    count: Decimal,
    item: Item,
    multiple: Decimal | None,
) -> list[Decimal]:
    """Return `count` values from first to last, evenly, both ends among them."""
    steps = _make_room(found, count, item) - 1
    if not steps:
        return [first]
    values = [first + (last - first) * n / steps for n in range(1, steps)]
    if multiple is not None:
        values = [_cut(value, multiple, up=last < first) for value in values]
    else:
        values = [round(value, 6) for value in values]
    return [first, *values, last]


def _cut(value: Decimal, multiple: Decimal, *, up: bool) -> Decimal:
    whole = value // multiple * multiple
    return whole + multiple if up and whole != value else whole


def _go_on(found: Numbers, items: Sequence[Item], at: int) -> None:
    """Add what `A, B, .., C` goes on with after B, C included. The item `at` is the dots."""
    known = [_match(_ONE, items[n].text.translate(_DASHES)) for n in (at - 2, at - 1) if n >= 0]
    end = items[at + 1] if at + 1 < len(items) else None
    last = _match(_ONE, end.text.translate(_DASHES)) if end else None
    if len(known) < 2 or not all(known) or last is None:
        raise refused(
            items[at],
            msg("Two numbers stand before the dots, and one after them."),
            msg("Write 1, 2, .., 10."),
        )
    first, second = (_decimal(one[1]) for one in known if one)
    goal, step = _decimal(last[1]), second - first
    if not step or (goal - second) / step < 1 or (goal - second) % step:
        raise refused(
            items[at],
            msg(
                "{end} is not reached from {a} and {b}.",
                end=plain(goal),
                a=plain(first),
                b=plain(second),
            ),
        )
    values, _ = _steps(found, second + step, goal, step, items[at])
    _add(found, values, items[at])
