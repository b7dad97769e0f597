"""Sentences that remember how they were made, so that they can be told in another language. Pure.

The code is written in English, and what `msg` returns is that English text: it is logged, stored
and compared like any other. Whoever shows it (`ui.language`) finds the template and the values in
it. Templates are found by Babel's extractor: they are literals, whole sentences, and never put
together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

_PLACE = re.compile(r"\{(\w+)\}")
_JOINED = re.compile(r"\{t0\}( \{t\d+\})+")

Kind = Literal["number", "dollars", "list", "day", "texts"]


class Said(str):
    """A text in English, with the template and the values that it was made of.

    Where `n` is a number, it is the template `other` for all but one. Pickled like a text.
    """

    template: str
    other: str
    n: int | None
    values: Mapping[str, str]


class Amount(str):
    """A value in English, with what it was made of: each language writes it in its own way."""

    kind: Kind
    raw: Any


def msg(template: str, /, **values: object) -> Said:
    """Return the sentence `template`, in which {name} is the value of that name.

    Numbers are written as people read them, "1,024"; what is none to them (a seed, an id, a field's
    own value) is given as text.
    """
    return _said(template, "", None, values)


def msg_n(one: str, other: str, count: int, /, **values: object) -> Said:
    """Return `one` for a count of 1, else `other`; {n} is the count."""
    return _said(one, other, count, {"n": count, **values})


def joined(*texts: str, by: str = " ") -> Said:
    """Return texts, one after the other; empty ones are left out."""
    some = [text for text in texts if text]
    names = [f"{{t{n}}}" for n in range(len(some))]
    return _said(by.join(names), "", None, {f"t{n}": text for n, text in enumerate(some)})


def sentences_of(text: str) -> list[str]:
    """Return what `joined` has put one after the other with a blank; [] where it has not."""
    if not isinstance(text, Said) or not _JOINED.fullmatch(text.template):
        return []
    return list(text.values.values())


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the template with each {name} replaced by the value of that name, and nothing else."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)


def number(value: int | float | Decimal, decimals: int | None = None) -> Amount:
    """Return a number: 1,024 or 0.5; with that many `decimals` where they are given."""
    if decimals is not None:
        return _amount(f"{value:,.{decimals}f}", "number", f"{value:.{decimals}f}")
    written = f"{value:,}" if isinstance(value, int) else f"{value:,.12g}"
    return _amount(written, "number", value if isinstance(value, int) else float(value))


def dollars(amount: Decimal, least: int = 2) -> Amount:
    """Return an amount in US dollars: at least two decimals, up to five where they matter."""
    decimals = max(least, min(5, decimals_of(amount.normalize())))
    return _amount(f"${amount:,.{decimals}f}", "dollars", f"{amount:.{decimals}f}")


def decimals_of(amount: Decimal) -> int:
    """Return how many decimals an amount is written with."""
    return max(0, -int(amount.as_tuple().exponent))


def listed(texts: Iterable[object]) -> Amount:
    """Return what can be chosen of: a, b, c. Numbers in it stay as they are."""
    some = [text if isinstance(text, str) else str(text) for text in texts]
    return _amount(", ".join(some), "list", some)


def day(of: date) -> Amount:
    """Return a day: 3 Nov 2026."""
    return _amount(f"{of.day} {of:%b %Y}", "day", f"{of:%Y-%m-%d}")


def translated(texts: Mapping[str, str]) -> Amount:
    """Return a text that brings its translations along: by the tags of languages, "en" with them.

    For what stands in no table of ours, such as the label of a parameter that a user has added.
    """
    return _amount(texts["en"], "texts", dict(texts))


def within(label: str) -> str:
    """Return a label as it stands within a sentence: English begins it small."""
    small = type(label)(label[:1].lower() + label[1:])
    if isinstance(small, Said | Amount):
        vars(small).update(vars(label))  # other languages write it as it stands
    return small


def changed(text: str, change: Callable[[str], str]) -> str:
    """Return the text with `change` made in every value of it, and in those of its values."""
    if not isinstance(text, Said):
        return text if isinstance(text, Amount) else change(text)
    values = {name: changed(value, change) for name, value in text.values.items()}
    return _said(text.template, text.other, text.n, values)


def to_json(text: str) -> str | None:
    """Return what `from_json` makes the text of again; None where it remembers nothing."""
    return json.dumps(_plain(text), ensure_ascii=False) if isinstance(text, Said) else None


def from_json(stored: str) -> Said:
    """Return a text that was stored. Raises: ValueError."""
    try:
        found = _text(json.loads(stored))
    except (KeyError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise ValueError("This is no sentence that was stored.") from error
    if not isinstance(found, Said):
        raise ValueError("This is no sentence that was stored.")
    return found


def _said(template: str, other: str, count: int | None, values: Mapping[str, object]) -> Said:
    written = {name: _written(value) for name, value in values.items()}
    said = Said(filled(template if count in (None, 1) else other, written))
    said.template, said.other, said.n, said.values = template, other, count, written
    return said


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return str(value)


def _amount(text: str, kind: Kind, raw: Any) -> Amount:
    amount = Amount(text)
    amount.kind, amount.raw = kind, raw
    return amount


def _plain(text: str) -> Any:
    if isinstance(text, Amount):
        return {text.kind: [*map(_plain, text.raw)] if text.kind == "list" else text.raw}
    if not isinstance(text, Said):
        return text
    values = {name: _plain(value) for name, value in text.values.items()}
    return {"say": [text.template, text.other, text.n], "values": values}


def _text(stored: Any) -> str:
    if isinstance(stored, str):
        return stored
    if "say" in stored:
        template, other, count = stored["say"]
        values = {name: _text(value) for name, value in stored["values"].items()}
        return _said(template, other, count, values)
    ((kind, raw),) = stored.items()
    if kind == "list":
        return listed(map(_text, raw))
    if kind == "texts":
        return translated(raw)
    if kind == "day":
        return day(date.fromisoformat(raw))
    if kind == "dollars":
        return dollars(Decimal(raw), decimals_of(Decimal(raw)))
    if isinstance(raw, str):
        return number(Decimal(raw), decimals_of(Decimal(raw)))
    return number(raw)
