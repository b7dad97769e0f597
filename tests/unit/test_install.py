"""From a fresh folder to the program: what is missing is said in words, else it is set up once."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
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


def environment(tools: Path) -> dict[str, str]:
    # No index: what must be fetched fails at once. Of the place that is not there pip warns.
    environ = {"PATH": str(tools), "HOME": str(tools)}
    return environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tools / "gone")}


def ready(folder: Path, tools: Path, app: str = ARGUMENTS) -> None:
    """Have all that a start needs, with a program of the test's own, and nothing to install."""
    python(tools)
    prepare(folder)
    (folder / "app.py").write_text(app, encoding="utf-8")
    (folder / "requirements.lock").write_text("", encoding="utf-8")


def start(
    folder: Path, tools: Path, *arguments: str, by: str = "run.sh", **more: str
) -> tuple[int, str, str]:
    """Start by a script from another folder; return its exit code and what it said."""
    ran = subprocess.run(
        [folder / by, *arguments],
        cwd=tools,
        env=environment(tools) | more,
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
        "Python is missing. Get version 3.14 from https://www.python.org/downloads/ "
        "and start again.\n"
    )


def test_a_python_that_is_too_old_is_named(folder: Path, tools: Path) -> None:
    python(tools, "3.9.6")
    code, said, complaint = start(folder, tools)
    assert (code, said) == (1, "")
    assert complaint.startswith("Python 3.11 or newer is needed; this is 3.9.6. Get version 3.")
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


def test_what_is_set_up_needs_nothing_written_for_those_who_may_not(
    folder: Path, tools: Path
) -> None:
    ready(folder, tools)
    start(folder, tools)
    before = {path: path.stat().st_mtime_ns for path in (folder / ".venv").iterdir()}
    assert start(folder, tools) == (0, "started with []\n", "")
    assert {path: path.stat().st_mtime_ns for path in (folder / ".venv").iterdir()} == before


@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_one_sentence(folder: Path, tools: Path) -> None:
    python(tools)
    (folder / "requirements.lock").write_text("", encoding="utf-8")
    folder.chmod(0o500)
    code, said, complaint = start(folder, tools)
    folder.chmod(0o700)
    assert (code, said) == (1, SETTING_UP)
    assert complaint.count("\n") == 1 and "Copy the program into a folder of your own" in complaint


@pytest.mark.wide
@pytest.mark.parametrize("left", ["begun", "gone"])
def test_a_half_made_set_up_and_one_of_a_python_that_is_gone_are_made_anew(
    folder: Path, tools: Path, left: str
) -> None:
    ready(folder, tools)
    start(folder, tools)
    (part := folder / ".venv" / "half a package").touch()
    if left == "begun":  # as an end in the middle leaves it, before the stamp
        (folder / ".venv" / "begun").touch()
        (folder / ".venv" / "run.stamp").unlink()
    else:
        made_of = folder / ".venv" / "pyvenv.cfg"
        home = f"home = {tools / 'gone'}"
        made_of.write_text(re.sub("home = .*", home, made_of.read_text("utf-8")), "utf-8")
    assert start(folder, tools) == (0, SETTING_UP + "started with []\n", "")
    assert not part.exists()
    assert start(folder, tools) == (0, "started with []\n", "")


def test_a_second_start_waits_until_the_first_one_has_set_up(folder: Path, tools: Path) -> None:
    import fcntl  # not on Windows

    ready(folder, tools)
    with (folder / "install.py").open("rb") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [folder / "run.sh"], env=environment(tools), stdout=subprocess.PIPE, text=True
        )
        assert second.stdout is not None
        assert second.stdout.readline() == "Another start is setting up; waiting for it ...\n"
        assert not (folder / ".venv" / "run.stamp").exists()
    assert second.communicate(timeout=60)[0] == SETTING_UP + "started with []\n"


def test_other_programs_settings_of_python_and_pip_change_nothing(
    folder: Path, tools: Path
) -> None:
    python(tools)
    prepare(folder)
    made = folder / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        info = "thing-1.0.dist-info"
        wheel.writestr("thing.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    lock = f"thing @ {made.as_uri()} --hash=sha256:{digest}\n"
    (folder / "requirements.lock").write_text(lock, encoding="utf-8")
    (folder / "app.py").write_text("import thing; print(thing.__file__)\n", encoding="utf-8")
    (other := tools / "other").mkdir()
    (other / "thing.py").write_text("raise ImportError('the other thing')\n", encoding="utf-8")
    here = {name: str(other) for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX")}
    code, said, complaint = start(folder, tools, PIP_USER="1", **here)
    assert (code, complaint) == (0, "")
    assert str(folder / ".venv") in said


@pytest.mark.wide
def test_a_python_that_is_too_new_is_taken_last_and_says_so_where_packages_are_missing(
    folder: Path, tools: Path
) -> None:
    python(tools, "3.15.0")
    (folder / "requirements.lock").write_text(NO_SUCH, encoding="utf-8")
    code, said, complaint = start(folder, tools)
    assert (code, said) == (1, SETTING_UP)
    assert "3.15 yet: get version 3.14 from" in complaint
    assert f"start python3.14 install.py in {folder}" in complaint

    (tools / "python3").rename(tools / "python3.15")
    python(tools)
    (tools / "python3").rename(tools / "python3.12")
    (tools / "python3.15").rename(tools / "python3")
    complaint = start(folder, tools)[2]
    assert complaint.endswith("Start again to try again.\n")


def test_a_link_to_the_starter_may_lie_anywhere(folder: Path, tools: Path) -> None:
    found = shutil.which("readlink")
    assert found
    (tools / "readlink").symlink_to(found)
    ready(folder, tools)
    for name in ("run.sh", "run.command"):
        (tools / name).symlink_to(folder / name)
        code, said, _ = start(tools, tools, "a b", by=name)
        assert code == 0 and said.endswith("started with ['a b']\n")


def test_without_a_terminal_what_ends_the_starter_ends_the_program(
    folder: Path, tools: Path
) -> None:
    ready(folder, tools, "import os; print(os.getpid())\n")
    with subprocess.Popen(
        [folder / "run.sh"],
        env=environment(tools),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.communicate(timeout=60)[0] == f"{SETTING_UP}{process.pid}\n"


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
    assert batch.count(b"\r\n") == batch.count(b"\n") > 5
    # A folder of the network has no letter; a ZIP that is only looked into has no other files.
    assert b'pushd "%~dp0"' in batch and b"if not exist install.py" in batch


def test_git_leaves_the_ends_of_lines_as_they_are() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout")
    command = ["git", "check-attr", "text", "run.sh", "run.bat"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20).stdout
    assert told.splitlines() == ["run.sh: text: unset", "run.bat: text: unset"]
