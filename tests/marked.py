"""A language in which every sentence that is told stands between marks: what has none was not."""

from __future__ import annotations

import pytest

from backend.said import Amount, Said
from ui.language.languages import LANGUAGES, Language


class _Table:
    def template(self, text: Said) -> str:
        english = text.template if text.n in (None, 1) else text.other
        return english if english.startswith("{t0}") else f"«{english}»"

    def amount(self, amount: Amount) -> str:
        return str(amount)


MARKED = Language("x-marked", "Marked", "rtl")
vars(MARKED)["_table"] = _Table()

ASKED = {"Accept-Language": MARKED.tag}
"""Asks for an answer in it."""


def can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests ask for this language while the test runs."""
    monkeypatch.setitem(LANGUAGES, MARKED.tag, MARKED)
