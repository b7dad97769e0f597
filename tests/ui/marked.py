"""A made-up language for tests: each sentence stands in brackets, so one that is not is English."""

from __future__ import annotations

from dataclasses import dataclass

from backend.said import Amount, Said, changed
from ui.language.languages import Language


@dataclass(frozen=True)
class Marked(Language):
    """Tells a sentence as it is, in brackets."""

    def tell(self, text: str) -> str:
        told = isinstance(text, Said | Amount)
        return f"[{changed(text, str)}]" if told else str(text)


MARKED = Marked("de", "Deutsch")
"""Stands where German does: no visitor can ask for it otherwise."""
