"""Every system call of a start after a crash fails once: it starts all the same, or says why.

Afterwards an undisturbed start must find everything. Needs strace, and leave to trace.
`python -m tests.crash.syscalls` tries all of them: some 500 starts.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.errors import SettingsError
from backend.settings.load import Settings
from backend.studio import Studio
from tests.crash.left import leave_crashed

CALLS = {
    "openat": ("EIO", "EACCES", "ENOSPC"),
    "read": ("EIO",),
    "pread64": ("EIO",),
    "write": ("EIO", "ENOSPC"),
    "pwrite64": ("EIO", "ENOSPC"),
    "fsync": ("EIO",),
    "fdatasync": ("EIO", "ENOSPC"),
    "rename": ("EIO", "EACCES"),
    "unlink": ("EIO", "EACCES"),
    "mkdir": ("EACCES", "ENOSPC"),
    "ftruncate": ("EIO", "ENOSPC"),
    "flock": ("ENOLCK", "EIO"),
    "newfstatat": ("EIO", "EACCES"),
    "getdents64": ("EIO",),
    "lseek": ("EIO",),
}
"""What is made to fail, and how. Not fcntl: strace cannot tell SQLite's locks from its unlocks, and
where those fail it waits for itself."""

STARTED, REFUSED, BROKEN = "started", "refused", "broken"
WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """The `number`-th time that a system call is made it fails with `error`."""

    call: str
    error: str
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a start: `images` there were, or the words that it ended with."""

    what: str
    images: int
    said: str


def usable() -> bool:
    """Whether there is a strace that may trace our own children."""
    if shutil.which("strace") is None or not hasattr(os, "fork"):
        return False
    probe = ["strace", "-f", "-o", os.devnull, "-e", "inject=getppid:error=EIO", "true"]
    return subprocess.run(probe, capture_output=True).returncode == 0


def start(data: Path) -> Outcome:
    """Open the folder as the program does, look into the gallery, close it in order."""

    async def opened() -> Outcome:
        settings = Settings(data_dir=data, env_file=data.parent / ".env", mode="offline")
        async with Studio(settings) as studio:
            try:
                found = (await studio.gallery.images()).total
            except Exception:  # one question may fail, as long as the program runs
                found = -1
            return Outcome(STARTED, found, " ".join(studio.notices))

    try:
        return asyncio.run(opened())
    except SettingsError as error:
        return Outcome(REFUSED, -1, str(error))
    except BaseException:
        return Outcome(BROKEN, -1, traceback.format_exc())


def traced(data: Path, *options: str) -> Outcome:
    """Start in a child of this process, which has imported all that is needed, under strace."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        try:
            theirs.recv(1)  # neither this nor the answer is among the calls
            found = start(data)
            theirs.sendall(f"{found.what}\0{found.images}\0{found.said}".encode())
        finally:
            os.kill(os.getpid(), signal.SIGKILL)  # with none of what else ends a Python
    theirs.close()
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(pid), *options], stderr=subprocess.PIPE, text=True
    )
    try:
        assert tracer.stderr is not None
        for line in tracer.stderr:
            if "attached" in line:
                break
        ours.settimeout(WAIT_S)
        ours.sendall(b"!")
        answer = b"".join(iter(lambda: ours.recv(65_536), b""))
    except TimeoutError:
        answer = f"{BROKEN}\0-1\0it hangs".encode()
    finally:
        with ours:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        tracer.wait(timeout=WAIT_S)
        tracer.stderr.close()  # type: ignore[union-attr]
    what, images, said = answer.decode().split("\0") if answer else (BROKEN, "-1", "it died")
    return Outcome(what, int(images), said)


def cases(crashed: Path, folder: Path) -> list[Case]:
    """Return all cases of a start on a copy of the folder that a crash left."""
    data, log = folder / "counted", folder / "log"
    shutil.copytree(crashed, data)
    traced(data, "-o", str(log), "-e", f"trace={','.join(CALLS)}")
    counts = Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.M))
    return [
        Case(call, error, number)
        for call, errors in CALLS.items()
        for error in errors
        for number in range(1, counts[call] + 1)
    ]


def faults(crashed: Path, images: int, folder: Path, chosen: list[Case]) -> Iterator[str]:
    """Try each case on a copy of the folder; yield what went wrong, in words."""
    for case in chosen:
        data = folder / f"{case.call}-{case.error}-{case.number}"
        shutil.copytree(crashed, data)
        inject = f"inject={case.call}:error={case.error}:when={case.number}"
        first = traced(data, "-o", os.devnull, "-e", f"trace={case.call}", "-e", inject)
        if first.what == BROKEN:
            yield f"{case}: {first.said}"
        elif first.what == REFUSED and (not first.said.endswith(".") or "\n" in first.said):
            yield f"{case}: no sentence: {first.said}"
        second = start(data)
        if (second.what, second.images) != (STARTED, images):
            yield f"{case}: the next start: {second} (the first: {first})"
        shutil.rmtree(data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="try only each so-many-th")
    options = parser.parse_args()
    logging.disable()  # each start has much to tell
    if not usable():
        say("There is no strace here, or it may not trace.")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = asyncio.run(leave_crashed(folder / "crashed"))
        chosen = cases(folder / "crashed", folder)[:: options.every]
        say(f"{len(chosen)} starts ...")
        found = 0
        for fault in faults(folder / "crashed", images, folder, chosen):
            say(fault)
            found += 1
    say(f"{found} faults")
    return 1 if found else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
