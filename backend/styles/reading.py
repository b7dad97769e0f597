"""Styles and presets out of a file, of ours or of another program's, known by what is in it. Pure.

AUTOMATIC1111, Forge and InvokeAI write tables (tables.py); InvokeAI, Fooocus, SwarmUI, SD.Next and
we ourselves write JSON (foreign.py). What a file says of its own kind is not looked at.
"""

from __future__ import annotations

import json
from typing import Any

from backend.errors import InvalidInput
from backend.said import msg
from backend.styles.foreign import read_document
from backend.styles.found import Found, unknown_file
from backend.styles.tables import read_table
from backend.text import shortened

FILE_MAX_BYTES = 2_000_000


def read_file(data: bytes, name: str = "") -> Found:
    """Return what a file holds; `name` is the file's own. Raises: InvalidInput, field `file`."""
    if len(data) > FILE_MAX_BYTES:
        raise InvalidInput(
            msg("The file is too large: {most} MB fit.", most=FILE_MAX_BYTES / 1e6),
            msg("Take a part of it."),
            field="file",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            msg("The file is not in UTF-8, or it is no text."),
            msg("Save it as UTF-8 in your editor."),
            field="file",
        ) from error
    if not text.strip():
        raise InvalidInput(msg("The file is empty."), msg("Choose another one."), field="file")
    if not text.lstrip().startswith(("{", "[")):
        return read_table(text)
    try:
        return read_document(load(text), name)
    except RecursionError as error:
        raise unknown_file() from error


def load(text: str) -> Any:
    """Return the JSON in a text. Raises: InvalidInput; RecursionError where it is nested deeply.

    What Python lets through and JSON does not know (NaN), and a name that stands twice in one
    object, of which one would be lost, are refused.
    """
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            msg("The file breaks off, or is damaged, at line {line}.", line=str(error.lineno)),
            msg("Export it again, or mend it in an editor."),
            field="file",
        ) from error
    except ValueError as error:  # a number of thousands of digits
        raise unknown_file() from error


def _no_number(text: str) -> Any:
    raise InvalidInput(
        msg("The file holds {value}, which is no number.", value=text),
        msg("Mend it in an editor."),
        field="file",
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise InvalidInput(
            msg("The name {name} stands twice in it.", name=shortened(twice, 60)),
            msg("Give one of the two another name."),
            field="file",
        )
    return found
