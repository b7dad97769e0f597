"""models.toml of several machines: the one that was changed last counts on all, from their start.

It goes to the database when a machine starts with a newer one; the others read it from a copy
beside their own, which stays as it is.
"""

from __future__ import annotations

from pathlib import Path

from backend.said import msg
from backend.storage.reading import read_plain
from backend.storage.shared_texts import SharedTexts
from backend.storage.writing import write_durably

NAME = "models"
"""Under which it stands among the texts that are shared."""

COPY = "models.shared.toml"


def models_file(texts: SharedTexts, own: Path, max_bytes: int) -> tuple[Path, str]:
    """Return the file that counts, which may not be there, and what a person has to know of it.

    Raises: OSError; PlaygroundError where the database does not answer.
    """
    kept = texts.get(NAME)
    text = read_plain(own, max_bytes).decode("utf-8", "replace") if own.exists() else None
    if text is not None and (kept is None or text != kept.text):
        if kept is None or own.stat().st_mtime > kept.changed:
            texts.put(NAME, text)
            return own, ""
    elif kept is None or text is not None:
        return own, ""
    assert kept is not None
    copy = own.with_name(COPY)
    write_durably(copy, kept.text.encode())
    older = "" if text is None else msg("A newer {file} of another machine is used.", file=own.name)
    return copy, older
