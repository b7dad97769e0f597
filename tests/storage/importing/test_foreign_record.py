"""The record of another program's image, told from its stored copy."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from backend.apart.pool import Process
from backend.exchange.foreign_record import foreign_record
from backend.images import metadata, pictures
from backend.images.containers import header
from backend.library.library import Library
from backend.recipes.recipe import Brought
from backend.settings.load import Settings
from backend.terminal import run_import
from backend.types import IMPORT, ImageRecord
from tests.storage.conftest import FLUX, OpenStudio
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


def test_a_record_can_be_told_from_the_stored_copy_alone(settings: Settings, folder: Path) -> None:
    picture(folder / "a.png", 1, text=INFOTEXT)
    picture(folder / "b.jpg", 2, "JPEG")
    taken(settings, folder)
    for record in recorded(settings):
        path = file_of(settings, record)
        assert record_in(path) == record


def test_a_copy_whose_time_was_lost_keeps_its_day(settings: Settings, folder: Path) -> None:
    picture(folder / "a.png", 1)
    taken(settings, folder)
    (record,) = recorded(settings)
    path = file_of(settings, record)
    os.utime(path)
    midnight = MADE.replace(hour=0, minute=0, second=0, microsecond=0)
    assert record_in(path) == replace(record, created=midnight)


def test_no_record_is_told_of_a_strange_or_changed_file(settings: Settings, folder: Path) -> None:
    taken(settings, picture(folder / "a.png", 1))
    (record,) = recorded(settings)
    path = file_of(settings, record)
    assert record_in(picture(path.with_name("holiday.png"))) is None
    path.write_bytes(path.read_bytes() + b"\0")
    assert record_in(path) is None
    text = path.with_name(f"{sha256(b'text').hexdigest()[:32]}.png")
    text.write_bytes(b"text")
    assert record_in(text) is None


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
    assert record.created.year >= 1970 and record_in(file_of(settings, record)) == record
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
    monkeypatch.setattr(
        Process, "run", lambda _self, file, _size: (pictures.verify(file.read()), brought)
    )
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
    base = foreign_record(None, "0" * 64, header(whole), MADE)
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
