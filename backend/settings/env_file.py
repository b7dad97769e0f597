"""Reads .env: the names that are asked for, nothing else. What was meant for one is never dropped.

A limit that somebody wrote in another way would not hold, and money be spent beyond it.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from pathlib import Path

from dotenv.parser import parse_stream

from backend.errors import SettingsError
from backend.storage.reading import read_plain

ENV_MAX_BYTES = 1_000_000


def read_env(path: Path, names: Sequence[str]) -> dict[str, str]:
    """Return the values of `names` in a file, which need not be there.

    Raises: SettingsError for a file that cannot be read, and for a line that cannot be understood
    where one of `names` stands. No value is quoted: it may be a key.
    """
    one = "|".join(map(re.escape, names))
    named = re.compile(rf"(?<!\w)(?:{one})(?!\w)", re.IGNORECASE)
    nearly = re.compile(rf"(?:\$?env:)?(?:{one})", re.IGNORECASE)  # PowerShell's way, small letters
    found: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(_text_of(path))):
        key = binding.key or ""
        if key in names:
            found[key] = (binding.value or "").strip()  # the last one counts
        elif binding.error or nearly.fullmatch(key):
            text, line = binding.original
            if meant := named.search(text):
                line += len(re.findall(r"\r\n|\n|\r", text[: meant.start()]))
                raise SettingsError(
                    f"Line {line} of the settings {path} cannot be understood.",
                    f"It must be of the form {meant[0].upper()}=value.",
                )
    return {name: value for name, value in found.items() if value}


def _text_of(path: Path) -> str:
    try:
        # A folder, a pipe or a link to nowhere may stand for limits that were meant to hold.
        text = "" if _is_devnull(path) else read_plain(path, ENV_MAX_BYTES).decode("utf-8-sig")
        if "\0" in text:  # UTF-16 without its mark
            raise UnicodeError("NUL")
    except FileNotFoundError as error:
        if not os.path.lexists(path):
            return ""
        raise SettingsError(
            f"The settings {path} are a link to a file that is not there.",
            "Bring the file back, or remove the link.",
        ) from error
    except UnicodeError as error:
        raise SettingsError(
            f"The settings {path} cannot be read.", "Save the file as plain text (UTF-8)."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"The settings {path} cannot be read ({reason}).", "Correct that file, or move it away."
        ) from error
    return text


def _is_devnull(path: Path) -> bool:
    """Whether the file was put out of use by a link to nothing, as services do."""
    try:
        return path.samefile(os.devnull)
    except OSError:
        return False
