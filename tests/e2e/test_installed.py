"""The program installed as a package, into an environment that holds nothing else.

Its build and its libraries come from the package registry, or from what uv kept of it before.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.request import Request, urlopen

import pytest
from packaging.requirements import Requirement
from PIL import Image

from backend import __version__

ROOT = Path(__file__).resolve().parents[2]
MODEL = "black-forest-labs/FLUX.1-schnell"
NAME, PACKAGE = "sentry-block-playground", "sentry_block_playground"
WHEEL_MAX_BYTES = 3_000_000
UV = Path(sys.executable).with_name("uv")

pytestmark = [
    pytest.mark.wide,
    pytest.mark.timeout(600),  # a first install fetches some 100 MB
    pytest.mark.xdist_group("installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child on Windows"),
]


def uv(*command: str | Path) -> None:
    done = subprocess.run([UV, *command], cwd=ROOT, capture_output=True, text=True)
    if done.returncode and "Failed to fetch" in done.stderr:
        if os.environ.get("REQUIRE_REGISTRY") == "1":
            pytest.fail(f"REQUIRE_REGISTRY=1, but it cannot be reached: {done.stderr}")
        pytest.skip("no package registry can be reached")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of this folder."""
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed program's command. Its environment also has other packages of our names."""
    made = tmp_path_factory.mktemp("installed") / "venv"
    uv("venv", "--quiet", "--python", sys.executable, made)
    python = made / "bin" / "python"
    uv("pip", "install", "--quiet", "--python", python, "-c", "requirements.lock", wheel)
    (packages,) = made.glob("lib/python*/site-packages")
    for name in ("app", "backend", "ui"):
        (packages / f"{name}.py").write_text(f"raise ImportError('the other {name}')\n")
    return made / "bin" / NAME


def environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home)}


@contextmanager
def started(command: Path, home: Path, cwd: Path) -> Iterator[tuple[str, str]]:
    """Start the program; yield the line that it says and its address."""
    with subprocess.Popen(
        [command, "--no-browser", "--port", "0"],
        env=environment(home),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                pytest.fail(f"it did not start: {process.communicate(timeout=60)[1]}")
            yield line, line.split()[4]
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        except BaseException:
            process.kill()
            raise
    assert "Traceback" not in out + err, err


def ask(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)


def opened(url: str, headers: Mapping[str, str] = MappingProxyType({})) -> str:
    with urlopen(Request(url, headers=dict(headers)), timeout=60) as answer:
        return str(answer.read().decode())


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return message_from_bytes(archive.read(f"{PACKAGE}-{__version__}.dist-info/METADATA"))


def test_the_wheel_is_small_and_holds_the_program_alone(wheel: Path) -> None:
    assert wheel.stat().st_size <= WHEEL_MAX_BYTES
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = [path for part in ("assets", "backend", "ui") for path in (ROOT / part).rglob("*.*")]
    parts = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
    of_documents = re.compile(r"assets/[\w-]+\.webp|assets/architecture\.svg")
    wanted = {"app.py"} | {name for name in parts if not of_documents.fullmatch(name)}
    assert len(parts) > len(wanted) > 500
    own = {"__init__.py", "__main__.py"}
    assert names == {f"{PACKAGE}/{name}" for name in wanted | own}


def test_the_wheel_asks_for_what_the_lists_of_requirements_ask_for(wheel: Path) -> None:
    asked: dict[str, set[str]] = {"": set(), "cluster": set()}
    for text in metadata(wheel).get_all("Requires-Dist", []):
        what, _, extra = text.partition("; extra == ")
        asked[extra.strip("'")].add(str(Requirement(what)))
    for file, extra in (("requirements.txt", ""), ("requirements-cluster.txt", "cluster")):
        lines = (line.partition("#")[0] for line in (ROOT / file).read_text().splitlines())
        assert asked[extra] == {str(Requirement(line)) for line in lines if line.strip()}, file


def test_an_installed_program_makes_an_image_and_keeps_all_in_the_user_s_places(
    command: Path, tmp_path: Path
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    for folder in (home, elsewhere):
        folder.mkdir()
    data, config = home / ".local/share" / NAME, home / ".config" / NAME
    with started(command, home, elsewhere) as (line, url):
        assert "\n" not in line.rstrip("\n")
        assert f"kept in {data}, settings in {config / '.env'};" in line
        wanted = {"model": MODEL, "prompt": "a lighthouse", "width": 256, "height": 256}
        made = ask(f"{url}api/generate", wanted)
        page = opened(f"{url}gallery", {"Accept-Language": "de"})
        assert "Galerie" in page
        parts = re.findall(r'"(/page/[^"]+)"', page)
        assert len(parts) >= 3 and all(opened(url + part[1:]) for part in parts)
        ask(f"{url}api/setup", {"requests_per_day": "50"})
    (image,) = data.glob("images/*/*.png")
    assert image.stem == made[0]["id"]
    assert "PLAYGROUND_REQUESTS_PER_DAY='50'" in (config / ".env").read_text()
    assert list(elsewhere.iterdir()) == []
    installed = next(command.parents[1].glob(f"lib/python*/site-packages/{PACKAGE}"))
    assert not {path.name for path in installed.iterdir()} & {"data", ".env", "connections.json"}


def test_its_commands_are_there_and_name_themselves(command: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / "a.png")

    def said(*arguments: str | Path) -> str:
        done = subprocess.run(
            [command, *arguments],
            env=environment(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    assert "1 image" in said("import", folder)  # a process of its own reads the file
    data = tmp_path / ".local/share" / NAME
    (stored,) = data.glob("images/*/*.png")
    shutil.copy(stored, stored.with_name(f"{'0' * 32}.png"))
    assert f"gallery:  {NAME} import {data / 'images'}" in said("verify")
