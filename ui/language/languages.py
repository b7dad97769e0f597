"""The languages there are: English, in which the code is written, and those that have a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from backend.said import Amount, Said, filled

if TYPE_CHECKING:
    from ui.language.table import Table


@dataclass(frozen=True)
class Language:
    """One language: its tag for browsers, what it calls itself, and where its lines begin."""

    tag: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"

    def tell(self, text: str) -> str:
        """Return a text in this language; in English where it is no sentence of the table's."""
        if self is ENGLISH:
            return str(text)
        if isinstance(text, Amount):
            return self._amount(text)
        if not isinstance(text, Said):
            return text
        values = {name: self.tell(value) for name, value in text.values.items()}
        return filled(self._table.template(text), values)

    def _amount(self, amount: Amount) -> str:
        if amount.kind == "texts":
            return str(amount.raw.get(self.tag) or amount)
        if amount.kind == "list":
            return ", ".join(map(self.tell, amount.raw))
        return self._table.amount(amount)

    @cached_property
    def _table(self) -> Table:
        from ui.language.table import Table  # noqa: PLC0415  # 0.1 s, for who reads no English

        return Table(self.tag)


ENGLISH = Language("en", "English")

LANGUAGES = {language.tag: language for language in (ENGLISH, Language("de", "Deutsch"))}
"""By their tags. One more needs a line here, a file in `texts` and `make words`."""
