"""What the log says of a run, by how it ended; and how lines look."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from backend.catalogue.load import load_catalogue
from backend.errors import NoAnswer, OverLimit, PlaygroundError, RateLimited, Stopped
from backend.generation.jobs import RunView
from backend.generation.sendlog import SendLog
from backend.types import GenerationRequest, RunState

ROOT = Path(__file__).parents[2]
RUN = RunView("f" * 32, 0, GenerationRequest("black-forest-labs/FLUX.1-schnell", "a fox", {}, 1))
WHO = f"run {RUN.id} FLUX.1 schnell"
SAVED, FAILED, UNKNOWN = RunState.SAVED, RunState.FAILED, RunState.UNKNOWN


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sends(clock: Clock, caplog: pytest.LogCaptureFixture) -> SendLog:
    caplog.set_level(logging.INFO)
    return SendLog(load_catalogue(), clock)


def said(caplog: pytest.LogCaptureFixture, *, by_default: bool) -> list[str]:
    """Return what was said by default, or only with --verbose."""
    return [
        record.getMessage()
        for record in caplog.records
        if (record.name == "playground.sends") == by_default
    ]


@pytest.mark.parametrize(
    ("state", "why", "line"),
    [
        (SAVED, None, "saved in 1.9 s"),
        (FAILED, RateLimited("a fox"), "failed after 1.9 s (rate limited)"),
        (UNKNOWN, NoAnswer("a fox"), "may have been charged after 1.9 s (no answer)"),
        (RunState.CANCELLED, Stopped("a fox"), "stopped after 1.9 s"),
    ],
)
def test_a_send_is_one_line_that_quotes_nobody(
    state: RunState,
    why: PlaygroundError | None,
    line: str,
    sends: SendLog,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sends.sent(RUN)
    clock.now += 1.9
    sends.ended(RUN, state, why)
    assert said(caplog, by_default=True) == [f"{WHO} {line}"]


def test_what_was_not_sent_is_said_by_default_only_where_it_failed(
    sends: SendLog, caplog: pytest.LogCaptureFixture
) -> None:
    sends.ended(RUN, SAVED)
    sends.ended(RUN, RunState.CANCELLED, Stopped("stopped"))
    sends.ended(RUN, FAILED, OverLimit("no more today"))
    assert said(caplog, by_default=True) == [f"{WHO} not sent (over limit)"]
    assert said(caplog, by_default=False) == [
        f"{WHO} answered from disk",
        f"{WHO} not sent (stopped)",
    ]


def test_seconds_count_from_the_last_try_and_pauses_have_a_reason(
    sends: SendLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    sends.waits(RUN, 12.34)
    sends.sent(RUN)
    sends.waits(RUN, 5, RateLimited("a fox"))
    clock.now += 30
    sends.sent(RUN)
    clock.now += 2
    sends.ended(RUN, SAVED)
    assert said(caplog, by_default=True) == [f"{WHO} saved in 2.0 s"]
    assert said(caplog, by_default=False) == [
        f"{WHO} waits 12.3 s (limit a minute)",
        f"{WHO} waits 5.0 s (rate limited)",
    ]


@pytest.mark.parametrize(("verbose", "step"), [(False, ""), (True, "HH:MM:SS a step\n")])
def test_a_line_is_a_time_and_words_and_a_warning_says_whose_it_is(
    verbose: bool, step: str
) -> None:
    script = (
        "import logging; from backend import logs\n"
        f"logs.set_up(verbose={verbose})\n"
        "logging.getLogger('backend.x').info('a step')\n"
        "logging.getLogger('httpx').info('chatter')\n"
        "logs.sends.info('a send')\n"
        "logging.getLogger('backend.x').warning('trouble')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    shown = "".join("HH:MM:SS" + line[8:] for line in done.stderr.splitlines(keepends=True))
    assert shown == f"{step}HH:MM:SS a send\nHH:MM:SS WARNING backend.x: trouble\n"
