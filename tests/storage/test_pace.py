"""How long a model's images take of late, from the library's own seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa

from backend.library import pace
from backend.library.library import Library
from backend.storage import database
from backend.types import IMPORT, OFFLINE, ImageRecord
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


def add(library: Library, seconds: list[float | None], model: str, source: str = OFFLINE) -> None:
    like: ImageRecord = everything(library)[0]
    for number, taken in enumerate(seconds, len(everything(library))):
        image_id = f"{number:032x}"
        request = replace(like.request, model=model)
        image = replace(like, id=image_id, run_id=image_id, request=request, source=source)
        library.add(replace(image, seconds=taken, deleted=None), None)


def test_it_is_the_median_of_the_last_twenty_of_that_model_and_maker(library: Library) -> None:
    assert library.usual_s("new", OFFLINE) is None
    add(library, [100.0] * 5, "new")
    late = [float(n) for n in range(1, 21)]
    add(library, late, "new")
    add(library, [300.0] * 3, "other")
    add(library, [300.0] * 3, "new", "sentry_block")
    add(library, [300.0] * 3, "new", IMPORT)
    assert library.usual_s("new", OFFLINE) == median(late)
    assert library.usual_s("new", "sentry_block") == 300


def test_one_that_stalled_or_told_no_time_does_not_count_for_much(library: Library) -> None:
    add(library, [2.0, 2.2, None, 0.0, 280.0], "new")
    assert library.usual_s("new", OFFLINE) == 2.2


def test_of_a_large_library_the_end_of_one_index_is_read(engine: sa.Engine) -> None:
    told: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *call: told.append(call[2]))
    with engine.begin() as db:
        pace.usual_s(db, FLUX, OFFLINE)
        (asked,) = [text for text in told if "seconds" in text]
        plan = db.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {asked}", (pace.LATE, FLUX, OFFLINE, 0, 20, 0)
        )
        steps = [row[3] for row in plan]
    assert "SEARCH images USING COVERING INDEX ix_images_facets (seq>?)" in steps
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN images") for step in steps)
