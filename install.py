"""Sets the program up in .venv with exactly the packages that its lock file names.

`python3 install.py` is for running it, `python3 install.py dev` for its tests too. Says nothing
where all is done. Runs on any Python 3 by itself, so that an old one is named in a sentence.
"""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parent
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BEGUN = VENV / "begun"
NEWEST = (3, 14)
"""The newest Python for which all packages of the locks are there ready-made."""

DOWNLOADS = "https://www.python.org/downloads/"
ELSEWHERE = {
    *("PYTHONHOME", "PYTHONPATH"),
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN"),
}
"""What the environment may name by which packages are found or put elsewhere than in .venv."""


def main(wanted: str = "run", *more: str) -> None:
    """Set up where the lock is not what was installed last. Raises: SystemExit with a sentence."""
    if more or wanted not in LOCKS:
        sys.exit("Start install.py with nothing behind it, or with dev for the tests too.")
    if _is_done(wanted):
        return
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts this may have any
        sys.exit(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. "
            f"Get version {_written(NEWEST)} from {DOWNLOADS} and start again\n"
            "(with make, you can name it: make run PYTHON=python3.11)."
        )
    with _turn():
        if not _is_done(wanted):
            print("Setting up in .venv, about a minute ...", flush=True)  # noqa: T201
            _set_up(LOCKS[wanted])
            # What the tests need holds all that running needs, in the same versions.
            for name in {wanted, "run"}:
                _stamp(name).write_text(_state(name), encoding="ascii")


def _set_up(lock: str) -> None:
    folder = VENV if VENV.is_dir() else ROOT
    if not os.access(folder, os.W_OK):
        sys.exit(
            f"The folder {folder} cannot be written to, so that nothing can be set up in it. "
            "Copy the program into a folder of your own, and start it there."
        )
    this, made_of = sys.version_info[:2], _made_of()
    # An end in the middle leaves packages in parts, which pip takes for whole ones.
    if BEGUN.exists() or made_of is None or made_of > NEWEST >= this:
        if importlib.util.find_spec("ensurepip") is None:  # Debian has it in another package
            package = f"python{_written(this)}-venv"
            sys.exit(f"Python's venv is missing. Add it with: sudo apt install {package}")
        if _call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
            sys.exit(
                "Setting up did not work; the reason stands above. "
                f"Remove {VENV} if it is there, and start again."
            )
        made_of = this
    BEGUN.touch()
    # Twice quiet: what pip says of this computer's own settings is no news; errors are shown.
    options = ["-qq", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    if made_of > NEWEST:  # to build packages takes long, and tools that few have
        options += ["--only-binary", ":all:"]
    failed = _call([str(PYTHON), "-m", "pip", "install", *options, "-r", str(ROOT / lock)])
    if failed >= 0:  # else it was ended from outside
        BEGUN.unlink()
    if failed:
        sys.exit(
            "Setting up did not work; the reason stands above. "
            f"A connection to the internet is needed for it. {_advice(made_of)}"
        )


def _advice(made_of: "tuple[int, ...]") -> str:
    if made_of <= NEWEST:
        return "Start again to try again."
    known = _written(NEWEST)
    start = f"py -{known}" if os.name == "nt" else f"python{known}"
    return (
        f"Not all packages may be there for Python {_written(made_of)} yet: get version {known} "
        f"from {DOWNLOADS}, start {start} install.py in {ROOT}, and then start again."
    )


def _written(version: "tuple[int, ...]") -> str:
    return ".".join(map(str, version))


def _call(command: list[str]) -> int:
    environ = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    return subprocess.call(command, env={**environ, "PIP_USER": "0"})


def _turn() -> BinaryIO:
    """Wait while another start sets up: each would clear what the other makes.

    Others wait until what is returned is closed.
    """
    file = open(__file__, "rb")  # noqa: SIM115
    told = False
    while not _take(file):
        if not told:
            print("Another start is setting up; waiting for it ...", flush=True)  # noqa: T201
        told = True
        time.sleep(0.2)
    return file


def _take(file: BinaryIO) -> bool:
    """Lock a file until it is closed; False where somebody else has it."""
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415

            file.seek(2**30)  # far behind its text, which others read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a disk without locks
        return True
    return True


def _made_of() -> "tuple[int, ...] | None":
    """Return the version of .venv's Python; None where it is no longer there, or half made."""
    if not _lives():
        return None
    ask = [str(PYTHON), "-I", "-c", "import pip, sys; print(*sys.version_info[:2])"]
    asked = subprocess.run(ask, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return None if asked.returncode else tuple(map(int, asked.stdout.split()))


def _lives() -> bool:
    """Whether .venv's Python can start. On Windows it outlives the one that it was made of."""
    if not os.path.exists(PYTHON):  # of others' folders Path.exists() raises
        return False
    try:
        text = (VENV / "pyvenv.cfg").read_text("utf-8", errors="replace")
    except OSError:
        return False
    made_of = re.search(r"^home\s*=\s*(.+?)\s*$", text, re.MULTILINE)
    return made_of is not None and os.path.isdir(made_of[1])


def _is_done(wanted: str) -> bool:
    stamp = _stamp(wanted)
    return _lives() and stamp.exists() and stamp.read_text("ascii") == _state(wanted)


def _stamp(wanted: str) -> Path:
    return VENV / f"{wanted}.stamp"


def _state(wanted: str) -> str:
    """Return what .venv is made of. A new system's Python finds no packages of the one before."""
    lock = hashlib.sha256((ROOT / LOCKS[wanted]).read_bytes()).hexdigest()
    return f"{PYTHON.resolve().name} {lock}"


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"{ROOT} cannot be used: {error.strerror} ({error.filename}).")
