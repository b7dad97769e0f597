"""Experiments of a studio taken out: whole files, while they run too, and nothing of the trash."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from backend.errors import InvalidInput
from backend.experiments.exports.exports import FORMS, Sizes
from backend.library.marks import Changes
from backend.studio import Studio
from tests.http.faults import FaultServer, good, held
from tests.storage.conftest import FLUX, OpenStudio

GRID = {
    "title": "Steps & words",
    "base": {"model": FLUX, "prompt": "a fox", "width": 256, "height": 256, "seed": 7},
    "axes": {"x": {"num_steps": "1-4"}, "y": {"guidance_scale": "1-5"}},
}


async def started(studio: Studio, document: Any = GRID) -> str:
    # The platform's price list comes some time after the start.
    await until(lambda: studio.account.estimate(FLUX, 1) is not None)
    offer = await studio.experiments.offer(document)
    one = await studio.experiments.start(document, offer.digest, owner="me", token="a" * 32)
    return one.id


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not (await found if asyncio.iscoroutine(found := condition()) else found):
            await asyncio.sleep(0.01)


async def ended(studio: Studio, experiment_id: str) -> None:
    async def done() -> bool:
        return (await studio.experiments.get(experiment_id)).state == "done"

    await until(done)


async def test_one_under_way_is_taken_out_as_it_stands_and_nothing_waits(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    server.script(good(), *[held(good())] * 20)
    async with open_studio() as studio:
        one = await started(studio)
        await until(lambda: server.posts >= 3)
        for form in FORMS:
            await studio.experiments.export(one, form, tmp_path / f"out.{form}")
        assert (await studio.experiments.get(one)).state == "running"
        server.release()
        await ended(studio, one)
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert page.count("<img ") <= 1 and "Under way" in page and "Not made yet" in page
    states = [row["state"] for row in table(tmp_path / "out.csv")]
    assert len(states) == 20 and states.count("sent") >= 2 and "waiting" in states
    with Image.open(tmp_path / "out.png") as im:
        im.load()
    assert not list(tmp_path.glob("*.part"))


async def test_what_is_in_the_trash_stays_there(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        one = await started(studio)
        await ended(studio, one)
        await studio.experiments.export(one, "csv", tmp_path / "before.csv")
        ids = [row["image_id"] for row in table(tmp_path / "before.csv")]
        assert all(ids)
        await studio.gallery.change(ids[:5], Changes(deleted=True))
        for form in FORMS:
            await studio.experiments.export(one, form, tmp_path / f"out.{form}")
    kept = [row["image_id"] for row in table(tmp_path / "out.csv")]
    assert kept == [""] * 5 + ids[5:]
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 15 and page.count("Deleted since") == 5


async def test_a_file_that_cannot_be_written_leaves_nothing_behind(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        one = await started(studio)
        (tmp_path / "out.csv").mkdir()
        with pytest.raises(OSError):
            await studio.experiments.export(one, "csv", tmp_path / "out.csv")
        assert list(tmp_path.glob("out*")) == [tmp_path / "out.csv"]
        with pytest.raises(InvalidInput, match="no such experiment"):
            await studio.experiments.export("0" * 32, "csv", tmp_path / "none.csv")


async def test_a_picture_beyond_all_size_is_refused_before_it_is_asked_for(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    server.hold()
    wide = {
        **GRID,
        "axes": {"x": {"seed": "1-1000"}, "y": {"guidance_scale": "1-5"}},
    }
    async with open_studio() as studio:
        one = await started(studio, wide)
        sizes: Sizes = await studio.experiments.exports.sizes(one)
        assert sizes.rows == 5000 and sizes.png is None and sizes.png_refusal is not None
        with pytest.raises(InvalidInput, match="As a picture this is"):
            await studio.experiments.export(one, "png", tmp_path / "out.png")
        assert not (tmp_path / "out.png").exists()
        await studio.experiments.do(one, "stop")
        server.release()


def table(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
