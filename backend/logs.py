"""What the terminal is told: warnings and a line for each send; the steps too where asked for.

The lines are for people and for `grep`: a time of day, then words. No line holds a key or a prompt.
"""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import warnings
from contextlib import suppress
from typing import TextIO

sends = logging.getLogger("playground.sends")
"""Told of each send, by default. Everything else below a warning is for --verbose."""

_STEPS = ("app", "backend", "ui")
_ACCESS = "uvicorn.access"
_QUERY = re.compile(r"\?\S*")


class _Lines(logging.Formatter):
    """`14:03:22 words`; warnings also say how bad it is and whose they are."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")
        self._plain = logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        if record.levelno < logging.WARNING:
            return self._plain.format(record)
        return super().format(record)


def open_terminal() -> None:
    """Make stdout and stderr such that no word of ours ends the program. Call it first of all.

    They may be closed, know few characters, or turn warnings into errors (PYTHONWARNINGS).
    """
    for number in range(3):  # else a file that is opened later, the database say, takes its number
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.warnoptions:  # whoever asks for warnings sees them: none is a reason to end
        warnings.simplefilter("default")


def say(text: str, stream: TextIO) -> None:
    """Write a line; where nobody can read it any more it is lost."""
    with suppress(OSError, ValueError):
        print(text, file=stream, flush=True)


def close_terminal() -> None:
    """Let go of what could not be written: Python would end with an error of its own for it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def set_up(*, verbose: bool) -> None:
    """Send this program's log to stderr. A log that was set up before is left as it is."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    sends.setLevel(logging.INFO)
    if verbose:
        for name in _STEPS:
            logging.getLogger(name).setLevel(logging.INFO)


def follow_requests() -> None:
    """Have uvicorn's line for each request in the log. Call it once uvicorn is set up."""
    access = logging.getLogger(_ACCESS)
    access.setLevel(logging.INFO)
    access.addFilter(_without_query)


def _without_query(record: logging.LogRecord) -> bool:
    """Cut what a request's address asks for: searches and recipes hold prompts."""
    record.msg, record.args = _QUERY.sub("?...", record.getMessage()), ()
    return True
