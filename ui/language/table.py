"""A language's table: what people have translated, and Babel's rules for numbers and amounts."""

from __future__ import annotations

import gettext
import io
from decimal import Decimal

from babel import Locale, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from backend.said import Amount, Said, cents
from ui.language.files import path_of

_COUNTED = (*range(200), 1000, 10_000, 1_000_000)
"""Every plural of any language is that of one of these (Unicode's plural rules)."""


def read(tag: str) -> Catalog:
    """Return the table of a language. Raises: OSError."""
    with path_of(tag).open("rb") as file:
        return read_po(file, locale=tag)


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
        if text.n is None:
            return self._texts.gettext(text.template)
        return self._texts.ngettext(text.template, text.other, text.n)

    def amount(self, amount: Amount) -> str:
        """Return a number, an amount of money or a list as this language writes it."""
        if amount.kind == "list":
            return str(amount)
        if amount.kind == "number":
            return numbers.format_decimal(
                amount.raw, locale=self._locale, decimal_quantization=False
            )
        exact = Decimal(amount.raw)
        return numbers.format_currency(
            round(exact, cents(exact)), "USD", locale=self._locale, decimal_quantization=False
        )
