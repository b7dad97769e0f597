"""Keeps secrets out of whatever the program says: logs, tracebacks and its terminal.

A net below the rule that nothing logs a key, for what libraries say of their own accord.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

from backend.said import Said, changed

KEY = "[key]"
SECRET_MIN_CHARS = 6
"""Shorter secrets are not looked for: they would be found in every other word."""

Secrets = Callable[[], Iterable[str]]

_ANY_KEY = r"\bak_[\w-]{8,}|(?<=bearer )(?!\[key\])[^\s\"'\\,;)\]}]{8,}"
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def forms(secret: str) -> frozenset[str]:
    """Return how `secret` may be written: raw, quoted for URLs, JSON, HTML and Python, base64."""
    found = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    found |= {json.dumps(secret)[1:-1], secret.replace("/", r"\/"), html.escape(secret)}
    found |= {repr(secret)[1:-1]}
    raw = secret.encode("utf-8", "replace")
    for lead in range(3):  # within a longer text, base64 begins at any of three offsets
        whole = (lead + len(raw)) // 3 * 4
        part = base64.b64encode(bytes(lead) + raw).decode()[(lead * 8 + 5) // 6 : whole]
        found |= {part, part.replace("+", "-").replace("/", "_")}
    return frozenset(form for form in found if len(form) >= SECRET_MIN_CHARS)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with `secrets` in all their forms, and whatever looks like a key, as [key]."""
    pattern = _pattern(frozenset(secrets))
    clean = pattern.sub(KEY, text)
    if not isinstance(text, Said):
        return clean
    told = changed(text, lambda value: pattern.sub(KEY, value))
    return told if told == clean else clean


@lru_cache(maxsize=16)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    written = {
        form for secret in secrets if len(secret) >= SECRET_MIN_CHARS for form in forms(secret)
    }
    longest_first = sorted(written, key=lambda form: (-len(form), form))
    return re.compile("|".join([*map(re.escape, longest_first), _ANY_KEY]), re.IGNORECASE)


class RedactingFilter(logging.Filter):
    """Redacts a record in place: message, arguments, exception, stack and extra fields."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, redacted."""
        clean_record(record, _quietly(self._secrets))
        return True


def clean_record(record: logging.LogRecord, secrets: Iterable[str]) -> None:
    """Redact everything in `record` that a formatter may print. Never raises."""
    secrets = frozenset(secrets)
    try:
        message = record.getMessage()
    except Exception:  # logging itself would print the raw arguments to complain about them
        message = f"{record.msg!r} {record.args!r}"
        record.msg, record.args = redact(message, secrets), ()
    else:
        if (clean := redact(message, secrets)) != message:
            record.msg, record.args = clean, ()
    if record.exc_info:
        text = record.exc_text or "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if (clean := redact(text, secrets)) != text:
            record.exc_text, record.exc_info = clean, None  # formatters print exc_text as it is
    elif record.exc_text:
        record.exc_text = redact(record.exc_text, secrets)
    if record.stack_info:
        record.stack_info = redact(record.stack_info, secrets)
    for name in vars(record).keys() - _PLAIN:
        value = getattr(record, name)
        if (text := str(value)) != (clean := redact(text, secrets)):
            setattr(record, name, clean)


class RedactingStream:
    """A text stream that redacts what is written to it: tracebacks that libraries print by hand."""

    def __init__(self, stream: TextIO, secrets: Secrets) -> None:
        self._stream, self._secrets = stream, secrets

    def write(self, text: str) -> int:
        self._stream.write(redact(text, _quietly(self._secrets)))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def install(secrets: Secrets) -> None:
    """Redact all logs, uncaught exceptions and stderr of this process from now on.

    `secrets` is asked anew each time, so a key that is entered later counts too. asyncio reports
    what its tasks did not catch through a logger, so it is covered. Installing again adds to it.
    """
    make_record = logging.getLogRecordFactory()
    redacting = RedactingFilter(secrets)

    def make_clean_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        clean_record(record, _quietly(secrets))
        return record

    logging.setLogRecordFactory(make_clean_record)  # every logger and every handler
    for handler in logging.getLogger().handlers:
        handler.addFilter(redacting)  # extra fields, which come after the factory

    def say(*exc_info: Any) -> None:
        sys.stderr.write(redact("".join(traceback.format_exception(*exc_info)), _quietly(secrets)))

    def in_main(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, tb)
        else:
            say(kind, error, tb)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            sys.stderr.write(f"Exception in {args.thread.name if args.thread else 'a thread'}:\n")
            say(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook, threading.excepthook = in_main, in_thread
    sys.stderr = RedactingStream(sys.stderr, secrets)


def _quietly(secrets: Secrets) -> frozenset[str]:
    """Return the secrets; none where asking fails, for a log line must never break the program."""
    try:
        return frozenset(secret for secret in secrets() if secret)
    except Exception:
        return frozenset()
