"""Lends processes that call one function on files' bytes, and ends those that take too much."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

from backend.apart.channel import Asking
from backend.apart.limits import CPU_S, DEADLINE_S, FILES_EACH, IDLE_S
from backend.errors import PlaygroundError, TooHeavy
from backend.said import msg

T = TypeVar("T")

_ROOT = Path(__file__).parents[2]

# What a Python needs to start. The rest stays here: the platform's key may be in it.
_ENVIRONMENT = {"PATH", "HOME", "LANG", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT"}
_ENVIRONMENT_OF = ("PYTHON", "LC_", "LD_", "DYLD_")


class Pool(Generic[T]):
    """Processes that call `function`, which takes a file's bytes and is found by its name.

    A process is started when it is first needed, and kept for the next file. It ends once nobody
    has needed it for some minutes, and with this program however that ends. As many are lent at
    the same time as are asked for.
    """

    def __init__(self, function: Callable[[bytes], T]) -> None:
        self._function = f"{function.__module__}:{function.__qualname__}"
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Process[T]]] = []
        self._watched = False
        self.close = weakref.finalize(self, _end, self._idle)

    @contextmanager
    def lent(self) -> Iterator[Process[T]]:
        """Lend a process to one caller at a time."""
        with self._lock:
            process = self._idle.pop()[1] if self._idle else Process[T](self._function)
        try:
            yield process
        finally:
            self._take_back(process)

    def _take_back(self, process: Process[T]) -> None:
        if not process.reusable:
            process.close()
            return
        with self._lock:
            self._idle.append((time.monotonic(), process))
            if not self._watched:
                self._watched = True
                _later(IDLE_S, weakref.WeakMethod(self._end_idle))

    def _end_idle(self) -> None:
        """End those that have been idle for long; look again for as long as any is left."""
        with self._lock:
            long_ago = time.monotonic() - IDLE_S
            for since, process in self._idle[:]:
                if since <= long_ago:
                    self._idle.remove((since, process))
                    process.close()
            self._watched = bool(self._idle)
            if self._watched:
                _later(self._idle[0][0] - long_ago, weakref.WeakMethod(self._end_idle))


class Process(Generic[T]):
    """One process, started with its first file."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._files = 0
        self._lock = threading.Lock()
        self._asking: Asking | None = None
        self._ended = False

    @property
    def reusable(self) -> bool:
        """Whether it can take another file."""
        return self._asking is not None and not self._ended and self._files < FILES_EACH

    def run(self, file: BinaryIO, size: int) -> T:
        """Return what the function makes of `file`, of `size` bytes, read from its start. Blocks.

        Raises: TooHeavy where it took too much, broke down or was killed; else whatever the
        function raises. PlaygroundError where no process can be had.
        """
        asking = self._started()
        try:
            packed = asking.ask(file, size, DEADLINE_S)
        except EOFError:
            self.kill()
            raise _why(asking.process.wait()) from None
        except OSError as error:
            self.kill()
            raise PlaygroundError(
                msg("The file cannot be read: {strerror}.", strerror=error.strerror)
            ) from error
        self._files += 1
        went_well, value = pickle.loads(packed)
        if not went_well:
            self._ended = self._ended or isinstance(value, TooHeavy)
            raise value
        found: T = value
        return found

    def kill(self) -> None:
        """End it, from any thread; whoever waits for its answer hears of it at once."""
        with self._lock:
            self._ended = True
            if self._asking is not None:
                self._asking.process.kill()

    def close(self) -> None:
        """End it and wait until it is gone. Nobody may be waiting for an answer."""
        self.kill()
        if self._asking is not None:
            self._asking.close()

    def _started(self) -> Asking:
        with self._lock:
            if self._ended:
                raise TooHeavy.broken()
            if self._asking is None:
                self._asking = _start(self._function)
            return self._asking


def _start(function: str) -> Asking:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _ENVIRONMENT or name.upper().startswith(_ENVIRONMENT_OF)
    }
    environment.pop("PYTHONSAFEPATH", None)  # it is found in the folder where it is started
    alone: dict[str, Any] = {"process_group": 0}  # Ctrl+C is for the program, which ends this one
    if sys.platform == "win32":
        alone = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    command = [sys.executable, "-m", "backend.apart.child", function]
    try:
        return Asking(command, cwd=_ROOT, env=environment, **alone)
    except OSError as error:
        raise PlaygroundError(
            msg("The file cannot be read: this computer starts no further program."),
            msg("Close some others, then try again."),
        ) from error


def _why(code: int) -> TooHeavy:
    """Say why a process has ended. Only its time of computing and the deadline end one by these."""
    if sys.platform == "win32":
        return TooHeavy.time(DEADLINE_S)
    if code in (-signal.SIGPROF, -signal.SIGKILL):
        return TooHeavy.time(CPU_S)
    return TooHeavy.broken()


def _later(seconds: float, method: weakref.WeakMethod[Callable[[], None]]) -> None:
    """Call a method some time, unless its object has gone by then."""

    def call() -> None:
        if (there := method()) is not None:
            there()

    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()


def _end(idle: list[tuple[float, Process[Any]]]) -> None:
    while idle:
        idle.pop()[1].close()
