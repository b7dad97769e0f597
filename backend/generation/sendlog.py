"""A line in the log for each send: the run, its model, how it ended, seconds. Never a prompt.

Errors are told by their kind: their messages may quote the platform, and the platform the prompt.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping

from backend import logs
from backend.errors import PlaygroundError
from backend.generation.jobs import RunView
from backend.types import ModelSpec, RunState

log = logging.getLogger(__name__)


class SendLog:
    """Knows when each run under way was sent. `clock` counts seconds from anywhere."""

    def __init__(
        self, models: Mapping[str, ModelSpec], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._models, self._clock = models, clock
        self._sent: dict[str, float] = {}

    def sent(self, run: RunView) -> None:
        """Note that `run` leaves now; seconds count from its last send."""
        self._sent[run.id] = self._clock()

    def waits(self, run: RunView, wait_s: float, why: PlaygroundError | None = None) -> None:
        """Tell of a pause before a send: after `why`, else for the limit a minute."""
        reason = _words(why) if why else "limit a minute"
        log.info("run %s %s waits %.1f s (%s)", run.id, self._label(run), wait_s, reason)

    def ended(self, run: RunView, state: RunState, why: PlaygroundError | None = None) -> None:
        """Tell how `run` ended. What neither was sent nor failed is told with --verbose alone."""
        sent = self._sent.pop(run.id, None)
        if sent is None:
            quiet = state in (RunState.SAVED, RunState.CANCELLED)
            what = "answered from disk" if state is RunState.SAVED else "not sent"
            after = ""
        else:
            quiet = False
            what = _ENDS.get(state, str(state))
            after = f" {'in' if what == 'saved' else 'after'} {self._clock() - sent:.1f} s"
        reason = f" ({_words(why)})" if why and what != "stopped" else ""
        told = log if quiet else logs.sends
        told.info("run %s %s %s%s%s", run.id, self._label(run), what, after, reason)

    def _label(self, run: RunView) -> str:
        model = self._models.get(run.request.model)
        return model.label if model else run.request.model


_ENDS = {RunState.UNKNOWN: "may have been charged", RunState.CANCELLED: "stopped"}


def _words(error: PlaygroundError) -> str:
    """Return an error's kind as words: RateLimited is "rate limited"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
