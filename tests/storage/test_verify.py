"""Verify: finds each kind of damage, says so plainly, and changes nothing."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from backend.errors import SettingsError
from backend.library.marks import Changes
from backend.settings.load import Settings
from backend.terminal import LISTED_MAX, run_import, run_verify

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder with six images in two folders of days."""
    made = Settings(tmp_path / "data", tmp_path / ".env")
    (tmp_path / "pictures").mkdir()
    for n in range(6):
        path = tmp_path / "pictures" / f"{n}.png"
        Image.effect_noise((64, 48), 50 + n).convert("RGB").save(path, pnginfo=None)
        os.utime(path, (1_700_000_000 + n // 3 * 86_400,) * 2)
    assert run_import(made, [tmp_path / "pictures"], io.StringIO()) == 0
    return made


def files(settings: Settings) -> list[Path]:
    return sorted((settings.data_dir / "images").glob("*/*.png"))


def everything(settings: Settings) -> dict[str, bytes]:
    inside = settings.data_dir
    return {
        str(p): p.read_bytes()
        for p in inside.rglob("*")
        if p.is_file() and not p.name.startswith(("playground.db", "."))
    }


def verified(settings: Settings) -> tuple[int, str]:
    out = io.StringIO()
    return run_verify(settings, out), out.getvalue()


def test_when_all_is_well_it_says_so(settings: Settings) -> None:
    code, said = verified(settings)
    assert code == 0
    assert said == f"All is well: 6 images in {settings.data_dir}, every one as it was recorded.\n"


def flip_a_pixel(path: Path) -> None:
    with Image.open(path) as image:
        image.putpixel((1, 1), (1, 2, 3))
        image.save(path)


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "deleted": (Path.unlink, "Missing: 1"),
    "edited": (flip_a_pixel, "Changed since they were stored: 1"),
    "appended to": (lambda p: p.write_bytes(p.read_bytes() + b"\0"), "Changed since"),
    "a flipped bit": (flip_a_byte, "Unreadable or damaged: 1"),
    "cut": (lambda p: os.truncate(p, p.stat().st_size - 100), "Unreadable or damaged: 1"),
    "emptied": (lambda p: os.truncate(p, 0), "Unreadable or damaged: 1"),
    "other content": (lambda p: p.write_text("hello"), "Unreadable or damaged: 1"),
    "a folder": (replace_by_folder, "Unreadable or damaged: 1"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_each_kind_of_damage_is_found_named_and_left_as_it_is(settings: Settings, how: str) -> None:
    damage, words = DAMAGE[how]
    victim = files(settings)[2]
    damage(victim)
    before = everything(settings)
    code, said = verified(settings)
    assert code == 1
    assert f"6 images recorded in {settings.data_dir}: 5 whole." in said
    assert words in said and f"  {victim}" in said
    assert "Nothing was changed or deleted." in said
    assert everything(settings) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_that_may_not_be_read_is_named(settings: Settings) -> None:
    files(settings)[0].chmod(0)
    assert "Permission denied" in verified(settings)[1]


def test_a_file_without_bounds_is_not_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.storage.image_files.local.FILE_MAX_BYTES", 100)
    assert "It is far too large for an image." in verified(settings)[1]


def test_files_that_no_record_knows_are_named_but_not_what_desktops_leave(
    settings: Settings,
) -> None:
    day = files(settings)[0].parent
    (day / "holiday.png").write_bytes(b"x")
    (day / "deeper").mkdir()
    (day / "deeper" / "notes.txt").write_text("x")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (day / name).write_bytes(b"")
    code, said = verified(settings)
    assert code == 1 and "6 whole" in said and "Files that no record knows: 2" in said
    assert str(day / "holiday.png") in said and str(day / "deeper" / "notes.txt") in said
    assert "DS_Store" not in said and f"import {settings.data_dir / 'images'}" in said


def test_several_kinds_at_once_are_told_apart(settings: Settings) -> None:
    one, two, three, *_ = files(settings)
    one.unlink()
    flip_a_pixel(two)
    flip_a_byte(three)
    said = verified(settings)[1]
    assert "6 images recorded" in said and "3 whole" in said
    assert all(f"{words}: 1" in said for words in ("Missing", "stored", "damaged"))


def test_a_record_without_its_file_is_missing_also_in_the_trash(settings: Settings) -> None:
    victim = files(settings)[0]
    url = f"sqlite:///{settings.data_dir / 'playground.db'}"
    from backend.library.library import Library
    from backend.storage.database import open_engine, open_reader

    engine, reader = open_engine(url), open_reader(url)
    Library(engine, reader).change([victim.stem], Changes(deleted=True))
    reader.dispose()
    engine.dispose()
    assert verified(settings)[0] == 0
    victim.unlink()
    assert "Missing: 1" in verified(settings)[1]


def test_a_long_list_is_cut(settings: Settings) -> None:
    day = files(settings)[0].parent
    for n in range(LISTED_MAX + 7):
        (day / f"{n}.png").write_bytes(b"x")
    assert "  and 7 more\n" in verified(settings)[1]


def test_a_lost_database_is_not_made_anew_from_what_is_to_be_verified(settings: Settings) -> None:
    database = settings.data_dir / "playground.db"
    for path in settings.data_dir.glob("playground.db*"):
        path.unlink()
    with pytest.raises(SettingsError, match=r"is missing\. Start the playground once"):
        verified(settings)
    assert not database.exists()  # an empty one would hide from the next start that it was lost


def test_a_damaged_database_is_said_and_left_where_it_is(settings: Settings) -> None:
    database = settings.data_dir / "playground.db"
    for path in settings.data_dir.glob("playground.db-*"):
        path.unlink()
    database.write_bytes(b"x" * 20_000)
    with pytest.raises(SettingsError, match=r"cannot be read: .* Start the playground once"):
        verified(settings)
    assert database.read_bytes() == b"x" * 20_000


def test_a_damaged_page_of_the_database_is_found(settings: Settings) -> None:
    database = settings.data_dir / "playground.db"
    with sqlite3.connect(database) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    data = bytearray(database.read_bytes())
    data[12 * 4096 : 12 * 4096 + 64] = bytes(range(64))
    database.write_bytes(bytes(data))
    with pytest.raises(SettingsError, match="cannot be read: it is damaged"):
        verified(settings)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "nowhere", tmp_path / ".env")
    with pytest.raises(SettingsError, match="There is no data folder"):
        verified(settings)
    assert not (tmp_path / "nowhere").exists()


def test_a_new_folder_has_no_images_yet(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(SettingsError, match="There are no images"):
        verified(Settings(tmp_path / "data", tmp_path / ".env"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *arguments], capture_output=True, text=True
    )


def test_the_command_ends_with_0_when_all_is_well_and_1_when_not(settings: Settings) -> None:
    options = ["verify", "--data-dir", str(settings.data_dir)]
    done = run(*options)
    assert (done.returncode, done.stderr) == (0, "") and "All is well" in done.stdout
    files(settings)[0].unlink()
    done = run(*options)
    assert (done.returncode, done.stderr) == (1, "") and "Missing: 1" in done.stdout


def test_a_bad_option_of_a_command_is_one_sentence() -> None:
    for options in (["verify", "--port", "1"], ["import"], ["import", "--colour"], ["verify", "x"]):
        done = run(*options)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
        assert "Traceback" not in done.stderr


def test_progress_stands_on_one_line_of_a_terminal(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("backend.terminal.SHOWN_EVERY_S", 0)
    out = Terminal()
    run_verify(settings, out)
    progress, account = out.getvalue().rsplit("\r", 1)
    assert "\r6 of 6 files checked" in progress and "\n" not in progress
    assert account.startswith("All is well")
