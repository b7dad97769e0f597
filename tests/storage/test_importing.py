"""Import: other folders' images come in byte for byte, once, whatever happens on the way."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from backend.errors import SettingsError
from backend.exchange import importing
from backend.exchange.foreign_record import foreign_record, record_of
from backend.images import metadata
from backend.images.containers import header
from backend.library.library import Library
from backend.recipes import foreign
from backend.recipes.recipe import Brought
from backend.settings.load import Settings
from backend.storage.database import open_engine, open_reader, sqlite_url
from backend.storage.folder import LocalStore
from backend.terminal import run_import, run_verify
from backend.types import IMPORT, ImageRecord
from tests.storage.conftest import FLUX, OpenStudio
from tests.storage.test_studio import generate

ROOT = Path(__file__).parents[2]
INFOTEXT = (
    "a sunken city\nNegative prompt: fog\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 1234, Size: 64x48, Model: dreamshaper_8"
)
MADE = datetime(2024, 2, 29, 13, 14, 15, 123456, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / ".env")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


def picture(
    path: Path, colour: int = 0, kind: str = "PNG", text: str | None = None, size=(64, 48)
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    about = PngImagePlugin.PngInfo()
    if text:
        about.add_text("parameters", text)
    image = Image.new("RGB", size, (colour % 256, colour // 256, 90))
    image.save(path, kind, **({"pnginfo": about} if kind == "PNG" else {}))
    ns = int(MADE.timestamp()) * 10**9 + 123_456_789
    os.utime(path, ns=(ns, ns))
    return path


def taken(settings: Settings, *folders: Path) -> tuple[int, str]:
    out = io.StringIO()
    code = run_import(settings, folders, out)
    return code, out.getvalue()


def recorded(settings: Settings) -> list[ImageRecord]:
    url = sqlite_url(settings.data_dir / "playground.db")
    engine, reader = open_engine(url), open_reader(url)
    try:
        return [r for batch in Library(engine, reader).each() for r in batch]
    finally:
        reader.dispose()
        engine.dispose()


def file_of(settings: Settings, record: ImageRecord) -> Path:
    suffix = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}[record.format]
    return settings.data_dir / "images" / f"{record.created:%Y-%m-%d}" / f"{record.id}{suffix}"


def verified(settings: Settings) -> None:
    out = io.StringIO()
    assert run_verify(settings, out) == 0, out.getvalue()


def test_images_of_other_programs_come_in_with_what_they_tell(
    settings: Settings, folder: Path
) -> None:
    source = picture(folder / "a.png", text=INFOTEXT)
    before = (source.read_bytes(), source.stat().st_mtime_ns)
    code, said = taken(settings, folder)
    assert (code, said) == (
        0,
        "1 imported, 0 already there (in the gallery or its trash), 0 skipped.\n",
    )
    (record,) = recorded(settings)
    digest = sha256(before[0]).hexdigest()
    assert (record.id, record.run_id, record.sha256) == (digest[:32], digest[:32], digest)
    assert (record.source, record.price_usd, record.seconds) == (IMPORT, None, None)
    assert record.request.model == "dreamshaper_8"
    assert (record.request.prompt, record.request.seed) == ("a sunken city", 1234)
    values = record.request.values
    assert values["negative_prompt"] == "fog" and values["num_steps"] == 20
    assert (record.created, record.width_px, record.height_px) == (MADE, 64, 48)
    assert file_of(settings, record).read_bytes() == before[0]
    assert (source.read_bytes(), source.stat().st_mtime_ns) == before
    verified(settings)


def test_an_image_that_tells_nothing_is_of_an_unknown_model(
    settings: Settings, folder: Path
) -> None:
    picture(folder / "deep" / "er" / "a.JPG", 1, "JPEG")
    picture(folder / "b.webp", 2, "WEBP")
    picture(folder / "c.png", 3, "JPEG")  # named wrongly
    assert taken(settings, folder)[1].startswith("3 imported")
    found = recorded(settings)
    assert {r.format for r in found} == {"jpeg", "webp"}
    assert {(r.request.model, r.request.prompt, r.request.seed) for r in found} == {
        ("unknown", "", None)
    }
    verified(settings)


async def test_our_own_images_keep_id_record_and_date(
    open_studio: OpenStudio, settings: Settings, tmp_path: Path
) -> None:
    async with open_studio(data_dir=tmp_path / "elsewhere") as studio:
        await generate(studio, seed=5, prompt="a fox", count=3)
        theirs = (await studio.gallery.images()).images
    # The thumbnails of that data folder are no images of their own.
    picture(tmp_path / "elsewhere" / "thumbs" / "ab" / "x.webp", 9, "WEBP")
    picture(tmp_path / "elsewhere" / "unfinished" / "y.png", 8)
    assert taken(settings, tmp_path / "elsewhere")[1].startswith("3 imported, 0 already there")
    assert sorted(map(str, recorded(settings))) == sorted(map(str, theirs))
    async with open_studio() as studio:
        assert studio.notices == []
        again = (await generate(studio, seed=5, prompt="a fox")).runs[0].record
        assert again is not None and again.cached and again.id in {r.id for r in theirs}


async def test_an_edited_copy_of_ours_is_another_image(
    open_studio: OpenStudio, settings: Settings, folder: Path
) -> None:
    async with open_studio() as studio:
        record = (await generate(studio, seed=5, prompt="a fox")).runs[0].record
        assert record is not None
        path = studio.gallery.image_path(record)
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, "PNG")
    edited = metadata.embed(out.getvalue(), record, model_label="x", app_version="1")
    (folder / "edited.png").write_bytes(edited)
    (folder / "same.png").write_bytes(path.read_bytes())
    assert taken(settings, folder)[1].startswith("1 imported, 1 already there")
    _, other = recorded(settings)
    assert other.id == sha256(edited).hexdigest()[:32] and other.source == IMPORT
    assert (other.request.prompt, other.request.seed) == ("a fox", 5)
    assert sha256(path.read_bytes()).hexdigest() == record.sha256
    verified(settings)


async def test_a_stored_file_that_no_record_knows_is_never_overwritten(
    open_studio: OpenStudio, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    async with open_studio(data_dir=tmp_path / "elsewhere") as studio:
        record = (await generate(studio, seed=5)).runs[0].record
        assert record is not None
        source = studio.gallery.image_path(record)
    taken(settings, folder)
    orphan = picture(file_of(settings, record), 77)
    before = orphan.read_bytes()
    (folder / "x.png").write_bytes(source.read_bytes())
    assert taken(settings, folder)[1].startswith("1 imported")
    assert orphan.read_bytes() == before
    assert [r.id for r in recorded(settings)] == [record.sha256[:32]]


def test_what_is_there_is_passed_over(settings: Settings, folder: Path) -> None:
    picture(folder / "a.png", 1)
    picture(folder / "b" / "a.png", 1)
    picture(folder / "c.png", 2)
    assert taken(settings, folder)[1].startswith("2 imported, 1 already there")
    picture(folder / "d.png", 3)
    assert taken(settings, folder, folder / "b")[1].startswith("1 imported, 3 already there")
    assert len(recorded(settings)) == 3


def test_a_missing_stored_file_is_brought_back(settings: Settings, folder: Path) -> None:
    picture(folder / "a.png", 1, text=INFOTEXT)
    taken(settings, folder)
    (record,) = recorded(settings)
    file_of(settings, record).unlink()
    said = taken(settings, folder)[1]
    assert "0 imported" in said and "missing and are back: 1." in said
    verified(settings)
    assert record_of(file_of(settings, record)) == record


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


def test_a_seed_and_values_beyond_our_own_are_kept_as_text(
    settings: Settings, folder: Path
) -> None:
    text = INFOTEXT.replace("Seed: 1234", f"Seed: {2**63}")
    picture(folder / "a.png", text=text)
    taken(settings, folder)
    (record,) = recorded(settings)
    assert record.request.seed is None
    assert record.request.values["original_seed"] == str(2**63)


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


def test_a_record_can_be_told_from_the_stored_copy_alone(settings: Settings, folder: Path) -> None:
    picture(folder / "a.png", 1, text=INFOTEXT)
    picture(folder / "b.jpg", 2, "JPEG")
    taken(settings, folder)
    for record in recorded(settings):
        path = file_of(settings, record)
        assert record_of(path) == record == record_of(path, path.read_bytes())


def test_a_copy_whose_time_was_lost_keeps_its_day(settings: Settings, folder: Path) -> None:
    picture(folder / "a.png", 1)
    taken(settings, folder)
    (record,) = recorded(settings)
    path = file_of(settings, record)
    os.utime(path)
    midnight = MADE.replace(hour=0, minute=0, second=0, microsecond=0)
    assert record_of(path) == replace(record, created=midnight)


def test_no_record_is_told_of_a_strange_or_changed_file(settings: Settings, folder: Path) -> None:
    taken(settings, picture(folder / "a.png", 1))
    (record,) = recorded(settings)
    path = file_of(settings, record)
    assert record_of(picture(path.with_name("holiday.png"))) is None
    path.write_bytes(path.read_bytes() + b"\0")
    assert record_of(path) is None
    text = path.with_name(f"{sha256(b'text').hexdigest()[:32]}.png")
    text.write_bytes(b"text")
    assert record_of(text) is None


@pytest.mark.parametrize("seconds", [-(2**40), -1, 0, 2**34])
def test_impossible_times_are_brought_into_range(
    settings: Settings, folder: Path, seconds: int
) -> None:
    path = picture(folder / "a.png", 1)
    try:
        os.utime(path, (seconds, seconds))
    except OSError:
        pytest.skip("this file system takes no such time")
    assert taken(settings, folder)[1].startswith("1 imported")
    (record,) = recorded(settings)
    assert record.created.year >= 1970 and record_of(file_of(settings, record)) == record
    verified(settings)


def test_what_a_hostile_file_says_of_itself_fits_into_database_and_folders(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a reader of other programs' metadata makes of a file."""
    brought = Brought(
        "a1111",
        "model\0\ud800" * 100,
        {
            "prompt": "x\0\ud83d" * 50_000,
            "seed": 2**80,
            "steps": float("nan"),
            "list": [1, 2],
            "none": None,
            "flag": True,
            "big": 10**30,
            "n" * 1_000: "v\0" * 50_000,
            **{f"k{n}": n for n in range(1_000)},
        },
    )
    monkeypatch.setattr(foreign, "read", lambda _: brought)
    picture(folder / "a.png", 1)
    assert taken(settings, folder)[1].startswith("1 imported")
    (record,) = recorded(settings)
    values = record.request.values
    assert len(record.request.model) == 200 and len(record.request.prompt) == 20_000
    assert (values["flag"], values["big"]) == ("true", str(10**30))
    assert len(values) <= 65 and not {"steps", "list", "none"} & set(values)
    text = repr(record)
    assert "\\x00" not in text and "\\ud8" not in text


def test_our_metadata_with_fields_that_fit_nowhere_is_another_program_s(
    settings: Settings, folder: Path
) -> None:
    whole = picture(folder / "x.png", 1).read_bytes()
    (folder / "x.png").unlink()
    base = foreign_record(whole, "0" * 64, header(whole), MADE)
    for n, change in enumerate(
        (
            {"run_id": "r" * 500},
            {"source": "p" * 500},
            {"source": IMPORT},
            {"created": datetime(1, 1, 1, tzinfo=UTC)},
        )
    ):
        forged = replace(base, **({"source": "offline"} | change))  # type: ignore[arg-type]
        data = metadata.embed(whole, forged, model_label="x", app_version="1")
        (folder / f"{n}.png").write_bytes(data)
    assert taken(settings, folder)[1].startswith("4 imported")
    assert {r.source for r in recorded(settings)} == {IMPORT}
    verified(settings)


async def test_imported_images_are_found_in_the_gallery_and_not_repeated(
    open_studio: OpenStudio, settings: Settings, folder: Path
) -> None:
    picture(folder / "a.png", 1, text=INFOTEXT)
    taken(settings, folder)
    async with open_studio() as studio:
        (record,) = (await studio.gallery.images()).images
        assert record.source == IMPORT
        assert await studio.gallery.thumbnail(record.id)
        made = (await generate(studio, FLUX, seed=1234, prompt="a sunken city")).runs[0].record
        assert made is not None and not made.cached


def test_the_time_is_on_disk_before_the_image_is_recorded(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    fsync, add = os.fsync, Library.add

    def synced(descriptor: int) -> None:
        mtime = os.fstat(descriptor).st_mtime_ns // 1000
        told.append("time" if mtime == int(MADE.timestamp() * 1e6) else "other")
        fsync(descriptor)

    def added(self: Library, record: ImageRecord, key: str | None) -> None:
        told.append("recorded")
        add(self, record, key)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Library, "add", added)
    picture(folder / "a.png", 1)
    taken(settings, folder)
    assert told[-2:] == ["time", "recorded"]


async def test_a_lost_database_finds_imported_images_again_and_no_budget_is_used_by_them(
    open_studio: OpenStudio, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    picture(folder / "a.png", 1, text=INFOTEXT)
    picture(folder / "b.jpg", 2, "JPEG")
    run_import(settings, [folder], io.StringIO())
    async with open_studio() as studio:
        before = (await studio.gallery.images()).images
        assert len(before) == 2
    (tmp_path / "data" / "playground.db").unlink()
    async with open_studio() as studio:
        assert "made anew from 2 image files" in studio.notices[0]
        after = (await studio.gallery.images()).images
        assert {record.id: record for record in after} == {record.id: record for record in before}
        assert (await studio.jobs.usage()).requests_today == 0
