"""Sets the program up in .venv with exactly the packages that its lock file names.

`python3 install.py` is for running it, `python3 install.py dev` for its tests too. Says nothing
where all is done. Runs on any Python 3 by itself, so that an old one is named in a sentence.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main(wanted: str = "run") -> None:
    """Set up where the lock is not what was installed last. Raises: SystemExit with a sentence."""
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts this may have any
        sys.exit(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Get one from "
            "https://www.python.org/downloads/ and start again\n"
            "(with make, you can name it: make run PYTHON=python3.11)."
        )
    if not _is_done(wanted):
        print("Setting up in .venv, about a minute ...", flush=True)  # noqa: T201
        _set_up(LOCKS[wanted])
    # What the tests need holds all that running needs, in the same versions.
    for name in {wanted, "run"}:
        _stamp(name).write_text(_state(name), encoding="ascii")


def _set_up(lock: str) -> None:
    if not _has_pip():
        if importlib.util.find_spec("ensurepip") is None:  # Debian has it in another package
            sys.exit("Python's venv is missing. Add it with: sudo apt install python3-venv")
        _call([sys.executable, "-m", "venv", "--clear", str(VENV)])
    # Twice quiet: what pip says of this computer's own settings is no news; errors are shown.
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    _call([str(PYTHON), "-m", "pip", "install", *quiet, "--require-hashes", "-r", str(ROOT / lock)])


def _call(command: list[str]) -> None:
    if subprocess.call(command):
        sys.exit(
            "Setting up did not work; the reason stands above. "
            "A connection to the internet is needed for it. Start again to try again."
        )


def _has_pip() -> bool:
    """Whether there is a .venv of a Python that is still there, and not half made."""
    check = [str(PYTHON), "-c", "import pip"]
    return PYTHON.exists() and subprocess.call(check, stderr=subprocess.DEVNULL) == 0


def _is_done(wanted: str) -> bool:
    stamp = _stamp(wanted)
    return PYTHON.exists() and stamp.exists() and stamp.read_text("ascii") == _state(wanted)


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
