"""The process in which files are read: `python -m backend.apart.child MODULE:FUNCTION`.

Answers one file after the other until there is nobody to ask. An answer is a pickle: whether it
went well, and what the function returned or raised. A file that takes more than its time of
computing ends the process.
"""

from __future__ import annotations

import gc
import importlib
import pickle
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress

from backend import logs
from backend.apart.channel import Answering
from backend.apart.limits import CPU_S, MEMORY_BYTES
from backend.errors import PlaygroundError, TooHeavy


def serve(function: Callable[[bytes], object], channel: Answering) -> None:
    """Answer until nobody asks any more, or the memory was too small for a file."""
    while True:
        went_well, answer = _answer(function, channel.next_file())
        channel.answer(pickle.dumps((went_well, answer)))
        if isinstance(answer, TooHeavy):
            return


def _answer(function: Callable[[bytes], object], data: bytes) -> tuple[bool, object]:
    _count_computing(CPU_S)
    try:
        return True, function(data)
    except MemoryError:
        return False, TooHeavy.memory(MEMORY_BYTES)
    except PlaygroundError as error:
        return False, error
    except Exception:  # a mistake of ours; not every error survives being sent
        return False, RuntimeError(traceback.format_exc())
    finally:
        _count_computing(0)


def _count_computing(seconds: float) -> None:
    """Have the system end this process after so much computing, in whatever code it then is."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _bound_memory() -> None:
    """Refuse this process more memory than it may have; it then meets MemoryError.

    Linux alone tells how much address space a process has that is not memory in use.
    """
    if sys.platform == "linux":
        import resource  # noqa: PLC0415  # not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", encoding="ascii") as file:
            claimed, used = (int(n) * resource.getpagesize() for n in file.read().split()[:2])
        most = MEMORY_BYTES + claimed - used
        with suppress(ValueError):  # a lower limit holds already
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(named: str) -> None:
    module, _, name = named.partition(":")
    function = getattr(importlib.import_module(module), name)
    logs.set_up(verbose=False)
    warnings.simplefilter("ignore")  # Pillow's, of files that are odd: nobody can do anything
    channel = Answering()
    gc.freeze()
    _bound_memory()
    with suppress(EOFError, ConnectionError):  # whoever asked has gone
        serve(function, channel)


if __name__ == "__main__":
    main(sys.argv[1])
