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
from backend.images.containers import jpeg_segment
from backend.library.library import Library
from backend.settings.load import Settings
from backend.storage.folder import LocalStore
from backend.storage.image_files.local import LocalFiles
from backend.terminal import run_import, run_verify
from backend.types import ImageRecord
from tests.storage.apart import deeds
from tests.storage.importing.folders import (
    INFOTEXT,
    MADE,
    file_of,
    picture,
    record_in,
    recorded,
    taken,
    verified,
)
from tests.unit.hostile_files import scans

pytestmark = pytest.mark.wide

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
def test_links_and_pipes_are_not_followed_but_told(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    outside = picture(tmp_path / "outside" / "secret.png", 3)
    (folder / "link.png").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    (folder / "round").symlink_to(folder)
    (folder / "to nothing.png").symlink_to(folder / "nothing")
    (folder / ".hidden").symlink_to(outside.parent)
    os.mkfifo(folder / "pipe.png")
    code, said = taken(settings, folder)
    assert code == 0 and said.startswith("0 imported, 0 already there") and "5 skipped" in said
    words = "Skipped, 2: It is a link to a folder: to import that, name it in the command."
    assert f"{words}\n  {folder / 'linked'}\n  {folder / 'round'}\n" in said
    assert "Skipped, 2: It is a link to another file.\n" in said
    assert recorded(settings) == []
    assert taken(settings, folder / "linked")[1].startswith("1 imported")


def test_images_of_other_kinds_are_named_and_all_files_counted(
    settings: Settings, folder: Path
) -> None:
    picture(folder / "a.png", 1)
    picture(folder / "b.gif", 2, "GIF")
    picture(folder / "deep" / "C.GIF", 3, "GIF")
    picture(folder / "d.tif", 4, "TIFF")
    for name in ("e.avif", "f.bmp", "g.heic", "h.HEIF", "i.jxl", "j.txt", "k", ".l.gif"):
        (folder / name).write_bytes(b"x")
    code, said = taken(settings, folder)
    assert code == 0 and said.startswith("1 imported") and "8 skipped" in said
    assert f"Skipped, 2: GIF is not taken: PNG, JPEG and WebP are.\n  {folder / 'b.gif'}\n" in said
    assert "Skipped, 2: HEIC is not taken" in said
    for kind in ("TIFF", "AVIF", "BMP", "JPEG XL"):
        assert f"Skipped, 1: {kind} is not taken" in said
    assert said.endswith("\nLooked at 9 images, and passed over 2 other files.\n")


def test_an_import_goes_on_past_files_that_take_too_much_and_names_them(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "whole_image", deeds.whole_image)
    for n in range(8):
        picture(folder / f"{n}.png", n)
    whole = (folder / "0.png").read_bytes()
    (folder / "1a.png").write_bytes(whole + b"\0spin")
    (folder / "3a.png").write_bytes(whole + b"hoard")
    (folder / "5a.png").write_bytes(whole + b"abort")
    (folder / "6a.jpg").write_bytes(scans(30_000))
    code, said = taken(settings, folder)
    assert code == 0 and said.startswith("8 imported, 0 already there") and "4 skipped" in said
    for words, name in (
        ("This file takes too long to read: more than 2 seconds.", "1a.png"),
        ("This file takes more than 200 MB of memory to read.", "3a.png"),
        ("This file cannot be read: the program that decodes it breaks down.", "5a.png"),
        ("The image has more than 64 scans, far more than any program writes.", "6a.jpg"),
    ):
        assert f"Skipped, 1: {words}\n  {folder / name}\n" in said
    verified(settings)


MEASURED = """
import resource, sys
from pathlib import Path
from app import main
main(["import", "--data-dir", sys.argv[1], "--env-file", sys.argv[2], sys.argv[3]])
status = Path("/proc/self/status").read_text()  # getrusage counts what was before this program
print(status.split("VmHWM:")[1].split()[0], resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.wide
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is held to its memory")
def test_an_import_of_the_largest_pictures_takes_300_mb_and_tells_no_warning(
    settings: Settings, folder: Path
) -> None:
    big = Image.effect_noise((2_000, 1_250), 90).resize((8_000, 5_000), Image.Resampling.NEAREST)
    colour = Image.merge("RGB", [big] * 3)
    for n in range(3):
        colour.paste((80 * n, 0, 0), (0, 0, 4_000, 4_000))
        colour.save(folder / f"{n}.png", compress_level=1)
        colour.save(folder / f"{n}.jpg", quality=70)
        colour.save(folder / f"{n}p.jpg", quality=70, progressive=True)
        colour.resize((3_000, 3_000)).save(folder / f"{n}.webp", quality=50, method=0)
    for n in range(4):  # as large as files may be
        with picture(folder / f"{n}z.png", n).open("r+b") as file:
            file.seek(0, os.SEEK_END)
            file.write(bytes(importing.FILE_MAX_BYTES - file.tell()))
    (folder / "odd.jpg").write_bytes(odd_exif())
    settings.env_file.touch()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, settings.data_dir, settings.env_file, folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("17 imported"), done.stdout
    used_kb = sum(map(int, done.stdout.splitlines()[-1].split()))  # the most of each, added up
    assert used_kb * 1024 <= 300_000_000, done.stdout


def odd_exif() -> bytes:
    """Return a JPEG of whose Exif Pillow warns."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "JPEG")
    data = out.getvalue()
    jfif = data.index(b"\xff\xdb")
    block = b"Exif\0\0MM\0*\0\0\0\x08\0\x05" + bytes(6)
    odd = data[:2] + jpeg_segment(b"\xe1", block) + data[jfif:]
    with pytest.warns(UserWarning):
        Image.open(io.BytesIO(odd)).load()
    return odd


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
    assert record_in(file_of(settings, record)) == record


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
    put, count = LocalFiles.put, 0

    def full(self: LocalFiles, record: ImageRecord, data: bytes) -> None:
        nonlocal count
        count += 1
        if count > 7:
            raise OSError(28, "No space left on device")
        put(self, record, data)

    monkeypatch.setattr(LocalFiles, "put", full)
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
