"""Whatever lies in the data folder: it starts and says what is wrong, or says so in a sentence."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.types import RunState
from tests.library import make
from tests.storage.conftest import OpenStudio
from tests.storage.test_studio import generate

pytestmark = pytest.mark.wide

KINDS: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a full folder": lambda path: (path / "deep").mkdir(parents=True),
    "a pipe": os.mkfifo,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a loop of links": lambda path: path.symlink_to(path),
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a full device": lambda path: path.symlink_to("/dev/full"),
    "a socket": lambda path: os.mknod(path, stat.S_IFSOCK | 0o600),
    "nothing in it": Path.touch,
    "rubbish": lambda path: path.write_bytes(b"\0\xff\xfe{" * 50),
}

PLACES = (
    *("playground.db", "playground.db-wal", "playground.db-shm", "playground.db-journal"),
    *(
        "playground.db.new",
        "marks.jsonl",
        "models.toml",
        ".lock",
        ".running",
        ".damaged",
        ".address",
    ),
    *("images", "thumbs", "spool", "unfinished"),
    *("images/2026-01-01", "images/2026-01-01/x.png", f"images/2026-01-01/{'a' * 32}.png"),
    *(f"spool/{'a' * 32}", f"spool/{'a' * 32}.part", "spool/x", "spool/.room-x"),
    *("thumbs/x.tmp", ".probe-x", "unfinished/x", "images/2026-01-01/x.tmp"),
    *("images/\udcff", "spool/\udcff\n", f"spool/{'b' * 255}"),
)


@pytest.fixture(autouse=True)
def _nothing_logged() -> Iterator[None]:
    """Keep names that are no text out of what is reported: xdist cannot pass them on."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two images that was closed in order."""
    folder = tmp_path_factory.mktemp("template") / "data"
    make(2, folder, with_files=2)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="has no such things")
@pytest.mark.parametrize("kind", KINDS)
async def test_every_unusable_thing_ends_in_a_running_program_or_a_sentence(
    open_studio: OpenStudio, tmp_path: Path, kind: str, template: Path
) -> None:
    for number, place in enumerate(PLACES):
        data = tmp_path / str(number)
        shutil.copytree(template, data)
        path = data / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            path.rename(path.with_name(f"{path.name}.old"))
        KINDS[kind](path)
        try:
            async with asyncio.timeout(60), open_studio(data_dir=data) as studio:
                assert (await studio.gallery.images()).total == 2 or studio.notices, place
                (run,) = (await generate(studio, seed=50)).runs
                assert run.state in (RunState.SAVED, RunState.FAILED), place
        except SettingsError as error:
            said = str(error)
            assert str(data) in said and said.endswith(".") and len(said) < 500, said


WHERE = {
    "quotes and signs": 'it\'s "a" 100% `x` $HOME ;&#?*[!]',
    "what looks quoted": "%41%20%2e%2e?mode=ro#x",
    "no UTF-8": os.fsdecode(b"caf\xe9"),
    "lines": "one\ntwo\r\tthree",
    "right to left": "תמונות ✨\u202e",
    "a long name": "x" * 255,
    "a colon": ":memory:",
    "a scheme": "file:x?mode=memory",
}


@pytest.mark.skipif(os.name == "nt", reason="has no such names")
@pytest.mark.parametrize("name", WHERE.values(), ids=WHERE)
async def test_no_name_of_a_folder_is_special(
    open_studio: OpenStudio, tmp_path: Path, name: str
) -> None:
    data = tmp_path / name
    for count in (1, 2):
        async with open_studio(data_dir=data) as studio:
            await generate(studio, seed=count)
            assert (await studio.gallery.images()).total == count and studio.notices == []
    (data / "playground.db").write_bytes(b"damaged" * 1000)
    async with open_studio(data_dir=data) as studio:
        assert (await studio.gallery.images()).total == 2
    assert [path.name for path in tmp_path.iterdir() if path.name not in (".env", name)] == []


@pytest.mark.parametrize("length", [600, 3_900, 5_000])
async def test_a_path_that_is_too_long_is_one_sentence(
    open_studio: OpenStudio, tmp_path: Path, length: int
) -> None:
    data = tmp_path
    while len(str(data)) < length - 200:
        data /= "y" * 199
    data /= "z" * (length - len(str(data)) - 1)
    with pytest.raises(SettingsError, match="too long"):
        async with open_studio(data_dir=data):
            pass


@pytest.mark.parametrize("kind", ["a file", "a loop", "below a file"])
async def test_a_data_folder_that_is_none_is_one_sentence(
    open_studio: OpenStudio, tmp_path: Path, kind: str
) -> None:
    data = tmp_path / "data"
    data.symlink_to(data) if kind == "a loop" else data.touch()
    with pytest.raises(SettingsError, match="cannot be written to"):
        async with open_studio(data_dir=data / "x" if kind == "below a file" else data):
            pass
