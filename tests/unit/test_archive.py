"""export: an archive that any program opens, with the very files, and lists safe to open."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from backend.exchange.archive import Entry, defused, file_name, zip_stream
from backend.images import metadata
from backend.storage.image_files.names import FILE_MAX_BYTES
from backend.storage.reading import read_plain
from backend.types import GenerationRequest, ImageRecord, Origin

FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"


def reads(path: Path, max_bytes: int = FILE_MAX_BYTES) -> Callable[[], bytes]:
    return partial(read_plain, path, max_bytes)


def record(number: int = 0, prompt: str = "a cat", **changes: object) -> ImageRecord:
    values = {"negative_prompt": "fog", "width": 64, "height": 48, "num_steps": 4}
    made = ImageRecord(
        id=f"{number:032x}",
        run_id=f"{number:032x}",
        request=GenerationRequest(FLUX, prompt, {**values, "guidance_scale": 3.5}, 42),
        created=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC) + timedelta(seconds=number),
        seconds=1.25,
        price_usd=Decimal("0.0090"),
        format="png",
        width_px=64,
        height_px=48,
        sha256="",
        source="api.example.com",
        rating=4,
        tags=("sea", "night"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def stored(folder: Path, number: int = 0, **changes: object) -> Entry:
    """Store a picture of its own colour with all its metadata."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (number % 256, number // 256 % 256, 90)).save(out, "PNG")
    about = record(number, **changes)
    data = metadata.embed(out.getvalue(), about, model_label="FLUX", app_version="1")
    path = folder / f"{about.id}.png"
    path.write_bytes(data)
    return Entry(replace(about, sha256=sha256(data).hexdigest()), path.read_bytes)


def archive(entries: list[Entry], **options: bool) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(zip_stream(entries, **options))))


def rows(found: zipfile.ZipFile) -> list[dict[str, str]]:
    text = found.read("images.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_files_are_byte_for_byte_under_their_names_and_the_lists_come_last(
    tmp_path: Path,
) -> None:
    entries = [stored(tmp_path, n) for n in range(3)]
    found = archive(entries)
    assert found.namelist() == [
        "2026-03-04-flux-1-schnell-42.png",
        "2026-03-04-flux-1-schnell-42-2.png",
        "2026-03-04-flux-1-schnell-42-3.png",
        "images.csv",
        "images.json",
    ]
    assert found.testzip() is None
    for name, entry in zip(found.namelist(), entries, strict=False):
        assert found.read(name) == entry.read()
        assert found.getinfo(name).compress_type == zipfile.ZIP_STORED


@pytest.mark.skipif(shutil.which("unzip") is None, reason="no unzip here")
def test_unzip_finds_no_fault_with_it(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    entries = [stored(tmp_path / "files", n) for n in range(4)]
    entries.append(Entry(record(9), reads(tmp_path / "gone.png")))
    target = tmp_path / "out.zip"
    target.write_bytes(b"".join(zip_stream(entries)))
    tested = subprocess.run(["unzip", "-t", str(target)], capture_output=True, text=True)
    assert tested.returncode == 0 and "No errors detected" in tested.stdout
    subprocess.run(["unzip", "-q", str(target), "-d", str(tmp_path / "x")], check=True)
    out = tmp_path / "x" / "2026-03-04-flux-1-schnell-42.png"
    assert out.read_bytes() == entries[0].read()


def test_the_lists_hold_every_field(tmp_path: Path) -> None:
    entry = stored(
        tmp_path,
        1,
        prompt="a “café” 🐈\nin two lines, with a comma",
        origin=Origin("a" * 32, "seed"),
        deleted=datetime(2026, 5, 6, tzinfo=UTC),
        starred=True,
        experiment="b" * 32,
    )
    found = archive([entry])
    assert found.read("images.csv").startswith(b"\xef\xbb\xbffile,id,created,model,prompt,")
    (row,) = rows(found)
    assert row == {
        "file": "2026-03-04-flux-1-schnell-42.png",
        "id": entry.record.id,
        "created": "2026-03-04T05:06:08.000Z",
        "model": FLUX,
        "prompt": "a “café” 🐈\nin two lines, with a comma",
        "negative_prompt": "fog",
        "width": "64",
        "height": "48",
        "num_steps": "4",
        "guidance_scale": "3.5",
        "other_values": "",
        "seed": "42",
        "width_px": "64",
        "height_px": "48",
        "format": "png",
        "seconds": "1.25",
        "price_usd": "0.009",
        "provider": "api.example.com",
        "cached": "no",
        "starred": "yes",
        "rating": "4",
        "tags": "sea, night",
        "deleted": "2026-05-06T00:00:00.000Z",
        "parent_id": "a" * 32,
        "parent_kind": "seed",
        "experiment": "b" * 32,
        "run_id": entry.record.run_id,
        "sha256": entry.record.sha256,
    }
    listed = json.loads(found.read("images.json"))
    assert listed["version"] == 1
    (told,) = listed["images"]
    assert told["values"] == dict(entry.record.request.values)
    assert (told["tags"], told["parent"]) == (["sea", "night"], {"id": "a" * 32, "kind": "seed"})
    assert told["sha256"] == sha256(found.read(told["file"])).hexdigest()


def test_without_metadata_the_pixels_are_there_alone(tmp_path: Path) -> None:
    entry = stored(tmp_path, prompt="a secret garden")
    found = archive([entry, entry], with_metadata=False)
    assert found.namelist() == ["image-1.png", "image-2.png"]
    data = found.read("image-1.png")
    assert b"secret" in entry.read() and b"secret" not in data
    assert metadata.read(data) is None
    with Image.open(io.BytesIO(data)) as bare, Image.open(io.BytesIO(entry.read())) as whole:
        assert bare.tobytes() == whole.tobytes()


def test_what_cannot_be_read_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    whole, gone = stored(tmp_path, 1), Entry(record(2), reads(tmp_path / "gone.png"))
    folder = Entry(record(3), reads(tmp_path))
    found = archive([gone, whole, folder])
    assert found.testzip() is None
    assert found.namelist()[-1] == "missing.txt"
    told = found.read("missing.txt").decode()
    assert f"(image {gone.record.id}): It is not there any more." in told
    assert f"(image {folder.record.id}): It is no plain file." in told or "ermission" in told
    assert [row["file"] for row in rows(found)] == ["", "2026-03-04-flux-1-schnell-42-2.png", ""]
    assert found.read("2026-03-04-flux-1-schnell-42-2.png") == whole.read()


def test_a_file_that_cannot_be_stripped_stays_out_rather_than_keep_its_metadata(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n and a secret")
    found = archive([Entry(record(), path.read_bytes)], with_metadata=False)
    assert found.namelist() == ["missing.txt"]


def test_a_file_that_has_grown_without_bounds_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(bytes(1001))
    found = archive([Entry(record(), reads(tmp_path / "x.png", 1000))])
    assert "far too large" in found.read("missing.txt").decode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])  # noqa: RUF001
def test_what_a_spreadsheet_would_run_is_defused(tmp_path: Path, start: str) -> None:
    evil = f'{start}cmd|"/c calc"!A1'
    request = GenerationRequest(evil, evil, {"negative_prompt": evil, evil: evil}, 1)
    entry = stored(tmp_path, request=request, tags=(evil,))
    (row,) = rows(archive([entry]))
    for name in ("prompt", "negative_prompt", "model", "tags"):
        assert row[name] == f"'{evil}", name
    assert not any(cell.startswith(start) for cell in row.values())
    assert json.loads(archive([entry]).read("images.json"))["images"][0]["prompt"] == evil


def test_harmless_text_and_numbers_are_left_as_they_are(tmp_path: Path) -> None:
    assert defused("a = b") == "a = b" and defused("") == ""
    request = GenerationRequest(FLUX, "p", {"guidance_scale": -1.5}, 1)
    (row,) = rows(archive([stored(tmp_path, request=request)]))
    assert row["guidance_scale"] == "-1.5"


def test_texts_that_cannot_be_utf_8_do_not_break_the_lists(tmp_path: Path) -> None:
    entry = stored(tmp_path)
    request = replace(entry.record.request, prompt="half \ud83d and \0 nul")
    found = archive([Entry(replace(entry.record, request=request), entry.read)])
    assert json.loads(found.read("images.json"))["images"][0]["prompt"] == "half \ud83d and \0 nul"
    assert "half \\ud83d" in found.read("images.csv").decode("utf-8-sig")


@pytest.mark.parametrize(
    "model", ["../../etc/passwd", "C:\\con", "x" * 500, "猫", "", "a/b\0c\r\n", ".hidden", "-rf"]
)
def test_names_are_flat_safe_and_short(model: str) -> None:
    about = record(request=GenerationRequest(model, "p", {}, None), format="jpeg")
    name = file_name(about)
    assert name.isascii() and len(name) < 100
    assert name.startswith("2026-03-04-") and name.endswith("-00000000.jpg")
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-.") and name.count(".") == 1


def test_names_stay_unique_where_a_suffixed_one_is_taken(tmp_path: Path) -> None:
    """Model `flux` seed 4-2 cannot be told from `flux` seed 4, second: the names still differ."""

    def of(model: str, seed: int, number: int) -> Entry:
        return stored(tmp_path, number, request=GenerationRequest(model, "p", {}, seed))

    entries = [of("m-4", 2, 1), of("m", 4, 2), of("m", 4, 3), of("m-4", 2, 4), of("M", 4, 5)]
    names = archive(entries).namelist()[:5]
    assert len({name.lower() for name in names}) == 5
    assert names[:3] == ["2026-03-04-m-4-2.png", "2026-03-04-m-4.png", "2026-03-04-m-4-3.png"]


def test_dates_that_a_zip_cannot_hold_do_not_break_it(tmp_path: Path) -> None:
    entries = [
        stored(tmp_path, n, created=datetime(year, 1, 1, tzinfo=UTC))
        for n, year in enumerate((1970, 2107, 2300))
    ]
    found = archive(entries)
    assert [i.date_time[0] for i in found.infolist()[:1]] == [1980]
    assert found.testzip() is None


def test_nothing_at_all_is_still_an_archive() -> None:
    assert archive([]).namelist() == ["images.csv", "images.json"]
    assert json.loads(archive([]).read("images.json")) == {"version": 1, "images": []}


def test_3_000_images_pass_through_with_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(bytes(300_000))  # 900 MB in all
    prompt = "a prompt that is neither short nor long, as people write them " * 8

    def entries() -> Iterator[Entry]:
        for number in range(3_000):
            yield Entry(record(number, prompt), path.read_bytes)

    count = size = 0
    peak_of = []
    tracemalloc.start()
    try:
        for chunk in zip_stream(entries()):
            size += len(chunk)
            count += 1
            if count in (300, 3_000):
                peak_of.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.reset_peak()
        end_peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 900_000_000
    # zipfile's own index and the names in use grow by about a kilobyte an image.
    assert max(*peak_of, end_peak) < 12_000_000, (peak_of, end_peak)


def test_a_download_that_is_broken_off_leaves_nothing_open(tmp_path: Path) -> None:
    entries = [stored(tmp_path, n) for n in range(3)]
    stream = zip_stream(entries)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a ResourceWarning would fail this
    assert list(stream) == []
