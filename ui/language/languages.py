"""The languages there are: English, in which the code is written, and those that have a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Literal

from backend.said import Amount, Said, filled, msg, sentences_of

if TYPE_CHECKING:
    from ui.language.table import Table

# Translators: two sentences, one after the other; without the blank in Chinese and Japanese
_TWO = msg("{t0} {t1}")


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
        if sentences := sentences_of(text):
            return reduce(self._and, map(self.tell, sentences))
        values = {name: self.tell(value) for name, value in text.values.items()}
        return filled(self._table.template(text), values)

    def _and(self, told: str, then: str) -> str:
        # What a platform has said in English has its blank behind it anywhere.
        latin = "!" <= told[-1:] <= "~"
        template = _TWO.template if latin else self._table.template(_TWO)
        return filled(template, {"t0": told, "t1": then})

    def _amount(self, amount: Amount) -> str:
        if amount.kind == "texts":
            return str(amount.raw.get(self.tag) or amount)
        if amount.kind == "list":
            return self.tell(msg(", ")).join(map(self.tell, amount.raw))
        return self._table.amount(amount)

    @cached_property
    def _table(self) -> Table:
        from ui.language.table import Table  # noqa: PLC0415  # 0.1 s, for who reads no English

        return Table(self.tag)


ENGLISH = Language("en", "English")

LANGUAGES = {
    language.tag: language
    for language in (
        ENGLISH,
        Language("de", "Deutsch"),
        Language("es", "Español"),
        Language("fr", "Français"),
        Language("pt-BR", "Português (Brasil)"),
        Language("ar", "العربية", direction="rtl"),
        Language("ja", "日本語"),
        Language("zh-Hans", "简体中文"),
    )
}
"""By their tags. One more needs a line here, a file in `texts` and `make words`."""


def known_as(tag: str) -> Language | None:
    """Return the language of a tag in any case, else one that those can read who asked for it.

    de-AT is answered in de, pt-PT in pt-BR, zh-TW in zh-Hans; None where there is none.
    """
    tag = tag.lower()
    found = [one for own, one in LANGUAGES.items() if own.lower() == tag]
    found += [one for own, one in LANGUAGES.items() if _spoken(own) == _spoken(tag)]
    return found[0] if found else None


def _spoken(tag: str) -> str:
    return tag.partition("-")[0]
