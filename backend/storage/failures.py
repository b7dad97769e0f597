"""What went wrong with a run as its row holds it: in English, and so that it can be told anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from backend import errors
from backend.errors import PlaygroundError
from backend.said import from_json, msg, to_json

COLUMNS = ("error_kind", "error_message", "error_hint", "error_said")


def columns_of(error: PlaygroundError | None) -> dict[str, str | None]:
    """Return the columns that hold an error; None takes away what was there."""
    if error is None:
        return dict.fromkeys(COLUMNS)
    said = [to_json(error.message), to_json(error.hint)]
    return {
        "error_kind": type(error).__name__,
        "error_message": str(error.message),
        "error_hint": str(error.hint),
        "error_said": json.dumps(said) if any(said) else None,
    }


def wordless() -> dict[str, str | None]:
    """Return what stands in an error's columns once only its kind may be known any more."""
    columns = columns_of(PlaygroundError(msg("What this said was forgotten.")))
    return {name: value for name, value in columns.items() if name != "error_kind"}


def error_in(row: Mapping[Any, Any]) -> PlaygroundError | None:
    """Return the error of a row of `runs`."""
    if not row["error_kind"]:
        return None
    kind = getattr(errors, row["error_kind"], PlaygroundError)
    message, hint = row["error_message"], row["error_hint"]
    with suppress(ValueError, TypeError):  # what an older version wrote, or a hand
        said_message, said_hint = json.loads(row["error_said"] or "[null, null]")
        message = from_json(said_message) if said_message else message
        hint = from_json(said_hint) if said_hint else hint
    error: PlaygroundError = kind(message, hint)
    return error
