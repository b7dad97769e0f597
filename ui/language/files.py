"""Where the languages' tables are."""

from __future__ import annotations

from pathlib import Path

TEXTS = Path(__file__).parent / "texts"
"""One file for each language but English, named by its tag."""


def path_of(tag: str) -> Path:
    """Return the file of a language's table."""
    return TEXTS / f"{tag}.po"
