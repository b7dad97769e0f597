"""From a fresh folder to the program: what is missing is said in words, else it is set up once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTERS = ["install.py", "run.sh", "run.command"]
SETTING_UP = "Setting up in .venv, about a minute ...\n"
NO_SUCH = f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n"
ARGUMENTS = "import sys; print('started with', sys.argv[1:])\n"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shell scripts")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a fresh copy of the starters, in a folder with blanks in its path."""
    made = tmp_path / "my images (new)"
    made.mkdir()
    for name in STARTERS:
        shutil.copy(ROOT / name, made)
    return made


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder for PATH that holds what the scripts call, and no Python."""
    made = tmp_path / "tools"
    made.mkdir()
    found = shutil.which("dirname")
    assert found
    (made / "dirname").symlink_to(found)
    return made


def python(tools: Path, version: str = "") -> None:
    """Put this Python on the path; as one of another version where that is given."""
    program = tools / "python3"
    if not version:
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    else:
        numbers = tuple(map(int, version.split(".")))
        pretend = f"import sys; sys.version_info, sys.version = {numbers}, '{version} (old)'; "
        run = "import runpy; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], None, '__main__')"
        program.write_text(
            f'#!/bin/sh\nif [ "$1" = -c ]; then exec "{sys.executable}" -c "{pretend} $2"; fi\n'
            f'exec "{sys.executable}" -c "{pretend} {run}" "$@"\n',
            encoding="utf-8",
        )
    program.chmod(0o755)


def prepare(folder: Path) -> None:
    """Make a .venv as a set-up leaves it, with the pip of the tests' own: the real one is slow."""
    made = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made], timeout=60, check=True)
    (packages,) = made.glob("lib/python*/site-packages")
    (packages / "pip.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")


def start(folder: Path, tools: Path, *arguments: str, by: str = "run.sh") -> tuple[int, str, str]:
    """Start by a script from another folder; return its exit code and what it said."""
    # No index: what must be fetched fails at once. Of the place that is not there pip warns.
    environ = {"PATH": str(tools), "HOME": str(tools)}
    environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tools / "gone")}
    ran = subprocess.run(
        [folder / by, *arguments],
        cwd=tools,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize("by", ["run.sh", "run.command"])
def test_without_python_it_says_what_to_get(folder: Path, tools: Path, by: str) -> None:
    code, said, complaint = start(folder, tools, by=by)
    assert (code, said) == (1, "")
    assert complaint == (
        "Python is missing. Get version 3.11 or newer from https://www.python.org/downloads/ "
        "and start again.\n"
    )


def test_a_python_that_is_too_old_is_named(folder: Path, tools: Path) -> None:
    python(tools, "3.9.6")
    code, said, complaint = start(folder, tools)
    assert (code, said) == (1, "")
    assert complaint.startswith("Python 3.11 or newer is needed; this is 3.9.6. Get one from ")
    assert "Traceback" not in complaint
    assert not (folder / ".venv").exists()


def test_a_newer_python_beside_an_old_one_is_taken(folder: Path, tools: Path) -> None:
    python(tools)
    (tools / "python3").rename(tools / "python3.12")
    python(tools, "3.9.6")
    prepare(folder)
    (folder / "requirements.lock").write_text(NO_SUCH, encoding="utf-8")
    assert start(folder, tools)[1] == SETTING_UP


def test_it_sets_up_once_and_passes_arguments_on(folder: Path, tools: Path) -> None:
    python(tools)
    (folder / "app.py").write_text(ARGUMENTS, encoding="utf-8")
    lock = folder / "requirements.lock"

    lock.write_text(NO_SUCH, encoding="utf-8")
    code, said, complaint = start(folder, tools, "--port", "8000")
    assert (code, said) == (1, SETTING_UP)
    pip, _, ours = complaint.rstrip().rpartition("\n")
    assert "ERROR: No matching distribution found for no-such-package==1.0" in pip
    assert "WARNING" not in pip
    assert ours.startswith("Setting up did not work; the reason stands above.")

    lock.write_text("", encoding="utf-8")
    started = "started with ['--port', '8000', 'a b']\n"
    arguments = ("--port", "8000", "a b")
    assert start(folder, tools, *arguments) == (0, SETTING_UP + started, "")
    assert start(folder, tools, *arguments, by="run.command") == (0, started, "")

    lock.write_text("# newer\n", encoding="utf-8")
    assert start(folder, tools, *arguments) == (0, SETTING_UP + started, "")


def test_a_package_with_another_hash_is_not_installed(folder: Path, tools: Path) -> None:
    python(tools)
    prepare(folder)
    (folder / "thing-1.0.tar.gz").write_bytes(b"not what was locked")
    where = (folder / "thing-1.0.tar.gz").as_uri()
    lock = f"thing @ {where} --hash=sha256:{'0' * 64}\n"
    (folder / "requirements.lock").write_text(lock, encoding="utf-8")
    code, said, complaint = start(folder, tools)
    assert (code, said) == (1, SETTING_UP)
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in complaint


def test_the_program_itself_starts_so(tools: Path) -> None:
    if Path(sys.prefix) != ROOT / ".venv":
        pytest.skip("these tests do not run in the .venv that run.sh starts with")
    python(tools)
    code, said, complaint = start(ROOT, tools, "--help")
    assert (code, complaint) == (0, "")
    assert said.startswith("usage: python app.py ")


@pytest.mark.parametrize("wanted", ["run", "dev"])
def test_make_sets_up_by_the_same_script_and_echoes_nothing(wanted: str) -> None:
    environ = {"PATH": os.environ["PATH"]}  # not the options of the make that runs the tests
    ran = subprocess.run(
        ["make", "-n", "--always-make", "--no-print-directory", f".venv/{wanted}.stamp"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert ran.stdout.split() == ["python3", "install.py", *(["dev"] if wanted == "dev" else [])]
    rules = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    loud = [rules[at + 1] for at, line in enumerate(rules) if line.startswith((".venv/", "run:"))]
    assert len(loud) == 3
    assert all(line.startswith("\t@") for line in loud)


def test_the_starters_can_be_clicked() -> None:
    assert all(os.access(ROOT / name, os.X_OK) for name in ("run.sh", "run.command", ".ci/run"))
    batch = (ROOT / "run.bat").read_bytes()
    assert batch.count(b"\r\n") == batch.count(b"\n") == 5
