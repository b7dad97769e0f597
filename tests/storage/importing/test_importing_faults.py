"""What ends an import, and what a file may say of itself."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from backend.errors import SettingsError
from backend.exchange import importing
from backend.exchange.foreign_record import record_of
from backend.library.library import Library
from backend.settings.load import Settings
from backend.storage.folder import LocalStore
from backend.terminal import run_import, run_verify
from backend.types import ImageRecord
from tests.storage.importing.folders import (
    INFOTEXT,
    MADE,
    file_of,
    picture,
    recorded,
    taken,
    verified,
)

ROOT = Path(__file__).parents[3]


def hostile(folder: Path) -> None:
    whole = picture(folder / "whole.png", 7).read_bytes()
    (folder / "cut.png").write_bytes(whole[:-20])
    (folder / "flipped.png").write_bytes(whole.replace(b"IDAT", b"IDAT\x01", 1))
    (folder / "text.png").write_text("hello")
    (folder / "empty.webp").write_bytes(b"")
    bomb = bytearray(whole)
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    (folder / "bomb.png").write_bytes(bytes(bomb))
    frames = [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    frames[0].save(folder / "moves.webp", save_all=True, append_images=frames[1:])
    with (folder / "huge.png").open("wb") as file:
        file.truncate(importing.FILE_MAX_BYTES + 1)
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_bytes(whole)


def test_what_cannot_be_used_is_skipped_and_counted_with_its_reason(
    settings: Settings, folder: Path
) -> None:
    hostile(folder)
    code, said = taken(settings, folder)
    assert code == 0 and "1 imported" in said and "7 skipped" in said
    for why in (
        "more than 40 megapixels",
        "animated; only still images",
        "larger than 40 MB",
        "not a PNG, JPEG or WebP",
        "damaged",
    ):
        assert why in said, why
    assert str(folder / "bomb.png") in said
    assert "notes.txt" not in said and ".hidden" not in said
    verified(settings)


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
def test_links_and_pipes_are_not_followed(settings: Settings, folder: Path, tmp_path: Path) -> None:
    outside = picture(tmp_path / "outside" / "secret.png", 3)
    (folder / "link.png").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe.png")
    code, said = taken(settings, folder)
    assert code == 0 and said.startswith("0 imported, 0 already there") and "2 skipped" in said
    assert recorded(settings) == []


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be made there")
def test_a_file_name_cannot_steer_the_terminal(settings: Settings, folder: Path) -> None:
    name = b"\x1b[2J\xff\n.png"
    (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_bytes(b"no image")
    said = taken(settings, folder)[1]
    assert "\x1b" not in said and "\\x1b[2J" in said and said.encode("utf-8")


@pytest.mark.parametrize("seed", [2**32, 813617545434765, 2**53 + 1, 2**63, 2**64 - 1])
def test_a_seed_of_64_bits_is_kept_exactly(settings: Settings, folder: Path, seed: int) -> None:
    picture(folder / "a.png", text=INFOTEXT.replace("Seed: 1234", f"Seed: {seed}"))
    taken(settings, folder)
    (record,) = recorded(settings)
    assert record.request.seed == seed
    assert "original_seed" not in record.request.values
    assert record_of(file_of(settings, record)) == record


@pytest.mark.parametrize("seed", ["-1", str(2**64), "lucky"])
def test_what_is_no_seed_is_kept_as_text(settings: Settings, folder: Path, seed: str) -> None:
    picture(folder / "a.png", text=INFOTEXT.replace("Seed: 1234", f"Seed: {seed}"))
    taken(settings, folder)
    (record,) = recorded(settings)
    assert record.request.seed is None
    assert record.request.values["original_seed"] == seed


def test_a_folder_that_is_not_there_is_one_sentence(settings: Settings, folder: Path) -> None:
    with pytest.raises(SettingsError, match="There is no folder"):
        run_import(settings, [folder / "nowhere"], io.StringIO())


def test_a_running_playground_is_left_alone(settings: Settings, folder: Path) -> None:
    holder = LocalStore(settings.data_dir)
    try:
        for command in (
            lambda: run_import(settings, [folder], io.StringIO()),
            lambda: run_verify(settings, io.StringIO()),
        ):
            with pytest.raises(SettingsError, match=r"is running .* End it first"):
                command()
    finally:
        holder.close()


def test_a_full_disk_ends_it_in_a_sentence_and_the_next_run_goes_on(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(20):
        picture(folder / f"{n:02}.png", n)
    put, count = LocalStore.put, 0

    def full(self: LocalStore, record: ImageRecord, data: bytes) -> None:
        nonlocal count
        count += 1
        if count > 7:
            raise OSError(28, "No space left on device")
        put(self, record, data)

    monkeypatch.setattr(LocalStore, "put", full)
    code, said = taken(settings, folder)
    assert code == 1 and "7 imported" in said and "No space left on device. Run the same" in said
    monkeypatch.undo()
    assert taken(settings, folder)[1].startswith("13 imported, 7 already there")
    verified(settings)


def test_ctrl_c_ends_it_in_a_sentence_and_the_next_run_goes_on(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(20):
        picture(folder / f"{n:02}.png", n)
    add, count = Library.add, 0

    def interrupted(self: Library, record: ImageRecord, key: str | None) -> None:
        nonlocal count
        count += 1
        if count > 7:
            raise KeyboardInterrupt  # the file is there already, its row is not
        add(self, record, key)

    monkeypatch.setattr(Library, "add", interrupted)
    code, said = taken(settings, folder)
    assert code == 130 and "7 imported" in said and "Stopped. Run the same command again" in said
    monkeypatch.undo()
    assert taken(settings, folder)[1].startswith("13 imported, 7 already there")
    verified(settings)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
@pytest.mark.parametrize("after", [1, 9, 30])
def test_it_goes_on_after_a_kill(settings: Settings, folder: Path, after: int) -> None:
    for n in range(40):
        picture(folder / f"{n:02}.png", n, text=INFOTEXT)
    command = [sys.executable, str(ROOT / "app.py"), "import", str(folder)]
    command += ["--data-dir", str(settings.data_dir)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    day = settings.data_dir / "images" / f"{MADE:%Y-%m-%d}"
    deadline = time.monotonic() + 60
    while len(list(day.glob("*.png"))) < after and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    _, err = process.communicate()
    assert process.returncode == -signal.SIGKILL, err
    (day / f"{'0' * 32}.png.{'1' * 32}.tmp").write_bytes(b"half")
    there = len(recorded(settings))
    assert after - 2 <= there < 40

    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{40 - there} imported, {there} already there")
    assert len(recorded(settings)) == 40 and not list(day.glob("*.tmp"))
    verified(settings)
