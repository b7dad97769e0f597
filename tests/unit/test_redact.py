"""No secret leaves by a log, a traceback or the terminal, whatever a library puts into them."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from backend import redact

SECRET = 'Sk+live/7Zq9"\\Wd&4rT=='
ROOT = Path(__file__).parents[2]


Begin = Callable[[], io.StringIO]


class _Everything(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {getattr(record, 'request', '')}".rstrip()


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Return a function that installs; it returns what stderr and a root handler are given.

    It is called within the test: pytest exchanges sys.stderr between setting up and the test.
    """
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Everything("%(levelname)s %(name)s %(message)s"))
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    before: dict[logging.Handler, list[Any]] = {}

    def begin() -> io.StringIO:
        root.addHandler(handler)
        before.update({h: list(h.filters) for h in root.handlers})
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        monkeypatch.setattr(threading, "excepthook", threading.excepthook)
        redact.install(lambda: [SECRET])
        return stream

    yield begin
    logging.setLogRecordFactory(factory)
    root.removeHandler(handler)
    for h, filters in before.items():
        h.filters[:] = filters


def fail_with(text: str) -> None:
    try:
        raise ValueError(f"illegal header {text}")
    except ValueError as error:
        raise RuntimeError("could not be sent") from error


def forms_of(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        f"Bearer {secret}",
        quote(secret, safe=""),
        urlencode({"key": secret}),
        json.dumps({"key": secret}),
        repr({"key": secret}),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        base64.b64encode(b"user:" + raw).decode(),
        base64.b64encode(b"id:" + raw + b":more").decode(),
    ]


@pytest.mark.parametrize("text", forms_of(SECRET))
def test_every_way_of_writing_the_secret_is_found(text: str) -> None:
    clean = redact.redact(f"<{text}>", [SECRET])
    assert "[key]" in clean and "7Zq9" not in clean
    core = max(redact.forms(SECRET) & set(_parts(text)), key=len, default=SECRET)
    assert core not in clean


def _parts(text: str) -> list[str]:
    return [text[i:j] for i in range(len(text)) for j in range(i + 6, len(text) + 1)]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abcdefgh-1234", "Authorization: Bearer [key]"),
        ("{'authorization': 'bearer abcdefgh.1234'}", "{'authorization': 'bearer [key]'}"),
        ("key ak_live-0123456789 is wrong", "key [key] is wrong"),
        ("a break_in_the_clouds, ak_short", "a break_in_the_clouds, ak_short"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_what_looks_like_a_key_is_redacted_though_it_is_not_ours(text: str, clean: str) -> None:
    assert redact.redact(text) == clean


def test_redacting_twice_changes_nothing_more() -> None:
    once = redact.redact(f"Bearer {SECRET} and {SECRET}", [SECRET])
    assert once == "Bearer [key] and [key]" == redact.redact(once, [SECRET])


def test_too_short_a_secret_does_not_shred_the_text() -> None:
    assert redact.redact("a fox in a box", ["a", "", "fox"]) == "a fox in a box"


def test_message_and_arguments(begin: Begin) -> None:
    written = begin()
    log = logging.getLogger("somebody.else")
    log.warning("sent %s to %s", {"Authorization": f"Bearer {SECRET}"}, "host")
    log.warning(f"key {SECRET}")
    log.warning("%(key)s", {"key": SECRET})
    log.warning(ValueError(SECRET))
    said = written.getvalue()
    assert "7Zq9" not in said and said.count("[key]") == 4 and "host" in said


def test_a_record_without_secrets_keeps_its_arguments(begin: Begin) -> None:
    begin()
    record = logging.getLogRecordFactory()("x", 20, "f", 1, "%d of %d", (1, 2), None)
    assert (record.msg, record.args) == ("%d of %d", (1, 2))


def test_arguments_that_do_not_fit_are_not_printed_raw(
    begin: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    written = begin()
    logging.getLogger("x").warning("%d images", SECRET)
    logging.getLogger("x").warning("too few %s %s", SECRET)
    said = written.getvalue() + capsys.readouterr().err
    assert "7Zq9" not in said and "images" in said and "too few" in said


def test_exceptions_with_their_causes_groups_and_notes(begin: Begin) -> None:
    written = begin()
    log = logging.getLogger("x")
    try:
        fail_with(SECRET)
    except RuntimeError as error:
        error.add_note(f"sent with {SECRET}")
        log.exception("that failed")
        log.error("and so did this", exc_info=ExceptionGroup("all", [error]), stack_info=True)
    said = written.getvalue()
    assert "7Zq9" not in said
    assert "Traceback" in said and "illegal header [key]" in said and "could not be sent" in said


def test_extra_fields(begin: Begin) -> None:
    written = begin()
    logging.getLogger("x").warning("sent", extra={"request": {"key": SECRET}})
    assert "7Zq9" not in written.getvalue() and "[key]" in written.getvalue()


def test_a_handler_that_comes_later_and_does_not_propagate(begin: Begin) -> None:
    begin()
    late, log = io.StringIO(), logging.getLogger("late.comer")
    handler = logging.StreamHandler(late)
    log.addHandler(handler)
    log.propagate = False
    try:
        log.error("key %s", SECRET)
    finally:
        log.removeHandler(handler)
        log.propagate = True
    assert late.getvalue() == "key [key]\n"


def test_a_key_that_is_entered_later_counts_and_a_failing_look_up_costs_no_line(
    begin: Begin,
) -> None:
    written = begin()
    keys: list[str] = []

    def secrets() -> list[str]:
        if not keys:
            raise LookupError("no settings yet")
        return keys

    redact.install(secrets)
    logging.getLogger("x").warning("before: another-secret")
    keys.append("another-secret")
    logging.getLogger("x").warning("after: another-secret")
    assert "before: another-secret" in written.getvalue() and "after: [key]" in written.getvalue()


def test_uncaught_exceptions_of_the_program_and_of_threads(begin: Begin) -> None:
    written = begin()
    try:
        fail_with(SECRET)
    except RuntimeError:
        sys.excepthook(*sys.exc_info())
    thread = threading.Thread(target=fail_with, args=[SECRET], name="worker-7")
    thread.start()
    thread.join()
    said = written.getvalue()
    assert "7Zq9" not in said and said.count("illegal header [key]") == 2
    assert "Exception in worker-7" in said and said.count("Traceback") == 4


async def test_what_asyncio_reports_of_lost_tasks(begin: Begin) -> None:
    written = begin()

    async def fail() -> None:
        fail_with(SECRET)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    loop = asyncio.get_running_loop()
    loop.call_exception_handler({"message": f"lost {SECRET}", "exception": task.exception()})
    said = written.getvalue()
    assert "7Zq9" not in said and "lost [key]" in said and "illegal header [key]" in said


def test_a_traceback_that_a_library_prints_itself(begin: Begin) -> None:
    written = begin()
    import traceback

    try:
        fail_with(SECRET)
    except RuntimeError:
        traceback.print_exc()
    sys.stderr.writelines(["one ", SECRET])
    said = written.getvalue()
    assert "7Zq9" not in said and said.count("[key]") == 2
    assert not sys.stderr.isatty()


def test_a_whole_program_dies_without_saying_it() -> None:
    program = (
        "import threading\n"
        "from backend import redact\n"
        f"secret = {SECRET!r}\n"
        "redact.install(lambda: [secret])\n"
        "class Odd:\n"
        "    def __del__(self): raise ValueError(secret)\n"
        "Odd()\n"
        "raise SystemError('it was ' + secret)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "7Zq9" not in done.stdout + done.stderr
    assert "it was [key]" in done.stderr and "Exception ignored" in done.stderr
