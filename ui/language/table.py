"""A language's table: what people have translated, and Babel's rules for numbers and amounts."""

from __future__ import annotations

import gettext
import io
import re
from datetime import date
from decimal import Decimal

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from backend.said import Amount, Said, decimals_of
from ui.language.files import path_of

_COUNTED = (*range(200), 1000, 10_000, 1_000_000)
"""Every plural of any language is that of one of these (Unicode's plural rules)."""

_FRACTION = re.compile(r"\.[0#]+")
"""The decimals in a pattern of Unicode's."""


def read(tag: str) -> Catalog:
    """Return the table of a language. Raises: OSError."""
    with path_of(tag).open("rb") as file:
        return read_po(file, locale=Locale.parse(tag, sep="-"))


def plurals(catalog: Catalog) -> dict[str, int]:
    """Return which of a message's texts each plural of the language is, by Unicode's names."""
    form, category = gettext.c2py(catalog.plural_expr), Locale.parse(catalog.locale).plural_form
    return {category(count): form(count) for count in reversed(_COUNTED)}


class Table:
    """What is needed to tell a text in the language `tag`."""

    def __init__(self, tag: str) -> None:
        self._locale = Locale.parse(tag, sep="-")
        compiled = io.BytesIO()
        write_mo(compiled, read(tag))
        compiled.seek(0)
        self._texts = gettext.GNUTranslations(compiled)

    def template(self, text: Said) -> str:
        """Return the template of a text; in English where it has not been translated."""
        if not text.template:  # under which gettext keeps the table's own description
            return ""
        if text.n is None:
            return self._texts.gettext(text.template)
        return self._texts.ngettext(text.template, text.other, text.n)

    def amount(self, amount: Amount) -> str:
        """Return a number, an amount of money or a day as this language writes it."""
        locale, raw = self._locale, amount.raw
        if amount.kind == "day":
            return dates.format_skeleton("yMMMd", date.fromisoformat(raw), locale=locale)
        if not isinstance(raw, str):
            return numbers.format_decimal(raw, locale=locale, decimal_quantization=False)
        exact, money = Decimal(raw), amount.kind == "dollars"
        formats = locale.currency_formats["standard"] if money else locale.decimal_formats[None]
        form = _FRACTION.sub(_fraction(decimals_of(exact)), formats.pattern)
        if money:
            text = numbers.format_currency(exact, "USD", form, locale, currency_digits=False)
            return f"\u2066{text}\u2069" if locale.text_direction == "rtl" else text  # one piece
        return numbers.format_decimal(exact, form, locale)


def _fraction(decimals: int) -> str:
    return "." + "0" * decimals if decimals else ""
