"""What one file may cost while it is read apart."""

from __future__ import annotations

from typing import Final

CPU_S: Final = 2.0
"""Seconds of computing. Where a system counts none (Windows), the deadline alone ends a file."""

DEADLINE_S: Final = 20.0
"""Seconds by the clock, so long because a busy computer may give a process a tenth of its time."""

MEMORY_BYTES: Final = 200_000_000
"""The whole process, its Python and the file too. Only Linux can hold a process to it."""

IDLE_S: Final = 300.0
"""Seconds that a process waits for another file: starting one takes 0.15 s, keeping it 27 MB."""

FILES_EACH: Final = 1_000
"""After so many files a process is replaced, whatever their decoders have left in its memory."""
