"""How long a model's images take of late, from the library's own seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa

from backend.library import pace
from backend.library.library import Library
from backend.library.pace import Usual
from backend.storage import database
from backend.types import IMPORT, OFFLINE, ImageRecord, Value
from tests.library import MODELS, make
from tests.storage.queries import everything

FLUX, SDXL, _ = MODELS


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    make(1, tmp_path / "data", with_files=0)
    engine = database.open_engine(database.sqlite_url(tmp_path / "data" / "playground.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def library(engine: sa.Engine) -> Library:
    return Library(engine, engine)


def add(
    library: Library,
    seconds: list[float | None],
    model: str,
    source: str = OFFLINE,
    values: Mapping[str, Value] | None = None,
) -> None:
    like: ImageRecord = everything(library)[0]
    for number, taken in enumerate(seconds, len(everything(library))):
        image_id = f"{number:032x}"
        request = replace(like.request, model=model)
        if values is not None:
            request = replace(request, values=values)
        image = replace(like, id=image_id, run_id=image_id, request=request, source=source)
        library.add(replace(image, seconds=taken, deleted=None), None)


def test_it_is_the_median_of_the_last_twenty_of_that_model_and_maker(library: Library) -> None:
    assert library.usual("new", OFFLINE).seconds({}) is None
    add(library, [100.0] * 5, "new")
    late = [float(n) for n in range(1, 21)]
    add(library, late, "new")
    add(library, [300.0] * 3, "other")
    add(library, [300.0] * 3, "new", "sentry_block")
    add(library, [300.0] * 3, "new", IMPORT)
    assert library.usual("new", OFFLINE).seconds({}) == median(late)
    assert library.usual("new", "sentry_block").seconds({}) == 300


def test_one_that_stalled_or_told_no_time_does_not_count_for_much(library: Library) -> None:
    add(library, [2.0, 2.2, None, 0.0, 280.0], "new")
    assert library.usual("new", OFFLINE).seconds({}) == 2.2


def test_more_pixels_and_steps_take_longer_in_proportion() -> None:
    small = {"width": 512, "height": 512, "num_steps": 20, "guidance_scale": 7}
    usual = Usual(((2.0, small), (3.0, small | {"num_steps": 30}), (8.0, small | {"width": 2048})))
    assert usual.seconds(small) == 2
    assert usual.seconds(small | {"width": 1024, "height": 1024, "num_steps": 40}) == 16
    assert usual.seconds({"guidance_scale": 9}) == 3, "what does not tell is taken as it is"
    assert usual.mean_seconds([small, small, small | {"height": 1024, "num_steps": 40}]) == 4
    assert usual.mean_seconds([]) is None and Usual().mean_seconds([small]) is None


@pytest.mark.parametrize("odd", [0, -512, 10**400, math.inf, math.nan, True, "512", None])
def test_values_that_are_no_numbers_change_nothing(odd: Value) -> None:
    assert Usual(((2.0, {"width": odd}),)).seconds({"width": 512}) == 2
    assert Usual(((2.0, {"width": 512}),)).seconds({"width": odd}) == 2


def test_the_values_of_stored_images_count(library: Library) -> None:
    add(library, [3.0], "new", values={"width": 512, "height": 512})
    assert library.usual("new", OFFLINE).seconds({"width": 1024, "height": 1024}) == 12


def test_of_a_large_library_the_end_of_one_index_is_read(
    engine: sa.Engine, library: Library
) -> None:
    add(library, [2.0] * 3, FLUX)
    told: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *call: told.append(call[2]))
    with engine.begin() as db:
        pace.usual(db, FLUX, OFFLINE)
        asked, made = [text for text in told if "FROM images" in text]
        plan = db.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {asked}", (pace.LATE, FLUX, OFFLINE, 0, 20, 0)
        )
        steps = [row[3] for row in plan]
        (by_key,) = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", (1, 2, 3)).all()
    assert "SEARCH images USING COVERING INDEX ix_images_facets (seq>?)" in steps
    assert "(seq=?)" in by_key[3]
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN images") for step in steps)
