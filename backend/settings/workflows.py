"""A user's own workflows: the JSON files of one folder, by their names without the ending."""

from __future__ import annotations

import stat
from pathlib import Path

from backend.errors import SettingsError
from backend.said import msg
from backend.storage.reading import read_plain

FOLDER = "workflows"
"""Below the data folder, and among the texts that several machines share."""

FILE_MAX_BYTES = 2_000_000
FILES_MAX = 200


def names_in(folder: Path) -> list[str]:
    """Return the names of a folder's workflows."""
    return sorted(path.stem for path in folder.glob("*.json"))[:FILES_MAX]


def read_workflows(folder: Path) -> dict[str, str | SettingsError]:
    """Return the texts of a folder's workflows by name, none where it is not there.

    In place of a text that cannot be read stands why; of a folder, under its own name.
    """
    if not folder.is_dir():
        return {}
    try:
        paths = sorted(path for path in folder.glob("*.json") if stat.S_ISREG(path.stat().st_mode))
    except OSError as error:
        return {folder.name: _unreadable(folder, error)}
    return {path.stem: _read(path) for path in paths[:FILES_MAX]}


def _read(path: Path) -> str | SettingsError:
    try:
        return read_plain(path, FILE_MAX_BYTES).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        return _unreadable(path, error)


def _unreadable(at: Path, error: Exception) -> SettingsError:
    reason = getattr(error, "strerror", None) or msg("it is no text")
    return SettingsError(
        msg("The workflows in {folder} cannot be read ({reason}).", folder=at, reason=reason)
    )
