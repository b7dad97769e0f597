"""Folders of images are taken into the gallery."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path

from PIL import Image

from backend.images import metadata
from backend.settings.load import Settings
from backend.types import IMPORT
from tests.storage.conftest import OpenStudio
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
from tests.storage.test_studio import generate


def test_images_of_other_programs_come_in_with_what_they_tell(
    settings: Settings, folder: Path
) -> None:
    source = picture(folder / "a.png", text=INFOTEXT)
    before = (source.read_bytes(), source.stat().st_mtime_ns)
    code, said = taken(settings, folder)
    assert (code, said) == (
        0,
        "1 imported, 0 already there (in the gallery or its trash), 0 skipped.\n"
        "\nLooked at 1 image.\n",
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
    assert record_in(file_of(settings, record)) == record
