"""Ctrl+C, a request to end, a closed terminal: the first ends in order, the second at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

STATUS = 130
"""The exit status, as shells have it for Ctrl+C."""

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupts:
    """Cancels the task that it is made in at the first of them; at the second the program ends.

    What is under way then is in doubt, as after a crash, and the next start says so.
    """

    def __init__(self) -> None:
        self._task, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        self._asking, self._came = False, False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Hear them meanwhile."""
        before: dict[signal.Signals, Any] = {}
        for number in (getattr(signal, name, None) for name in _NAMES):
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, self._hear)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let them break off what blocks, by KeyboardInterrupt: a question to a person."""
        self._asking = True
        try:
            yield
        finally:
            self._asking = False

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if self._asking:
            raise KeyboardInterrupt
        if self._came:
            os._exit(STATUS)
        self._came = True
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
