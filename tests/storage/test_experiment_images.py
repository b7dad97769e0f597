"""A search for an experiment finds what its cells show, whoever had it made, in a large library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.storage.rows import request_columns
from backend.storage.run_rows import RunRow, insert_run
from backend.storage.tables import cells
from backend.types import OFFLINE, ImageRecord, RunState
from tests.grown import grown_database

FEW, TIMES = 500, 10
OWN, OTHER = "e" * 32, "f" * 32
Engines = tuple[sa.Engine, sa.Engine]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grown_database(tmp_path_factory.mktemp("library"), FEW, TIMES)


def answered(engine: sa.Engine, experiment: str, images: Sequence[ImageRecord]) -> None:
    """Add cells that were answered by images of earlier clicks, newest last."""
    with engine.begin() as db:
        for position, image in enumerate(images):
            run = RunRow(
                id=f"{position:08x}{experiment[8:]}",
                job_id=f"{position:08x}{experiment[8:]}",
                position=1,
                request=image.request,
                state=RunState.SAVED,
                created=datetime(2026, 11, 28, tzinfo=UTC),
                sent=None,
                ended=None,
                cost_usd=Decimal(0),
                source=OFFLINE,
                error=None,
                record=replace(image, cached=True),
                experiment=experiment,
            )
            insert_run(db, run)
            row = {
                "experiment": experiment,
                "position": position,
                "places_json": "[[0, 0, 0, 0]]",
                "repeat": 0,
                "request_key": str(position),
                "run_id": run.id,
                **request_columns(image.request),
            }
            db.execute(cells.insert(), row)


def made(library: Library, experiment: str, count: int) -> list[str]:
    """Add images that were made for an experiment; return their ids, the oldest first."""
    (like,) = library.find(ImageQuery(), limit=1).images
    ids = [f"{number:031x}a" for number in range(count)]
    for own in ids:
        library.add(replace(like, id=own, run_id=own, experiment=experiment), None)
    return ids


def test_pages_jumps_and_totals_hold_also_what_was_there_already(
    library: Library, engines: Engines
) -> None:
    shown = library.find(ImageQuery(), limit=150, offset=3_000).images
    own = made(library, OWN, 20)
    answered(engines[0], OWN, shown[::-1])
    answered(engines[0], OTHER, shown[:3])
    wanted = [*own[::-1], *(image.id for image in shown)]
    query = parse_address(f"experiment={OWN}")
    assert library.ids(query) == wanted and library.total(query) == 170
    first = library.find(query, limit=60, fast=True)
    assert [image.id for image in first.images] == wanted[:60] and first.total == 170
    second = library.find(replace(query, as_of=first.as_of), limit=60, cursor=first.next)
    assert [image.id for image in second.images] == wanted[60:120]
    jump = library.find(query, limit=60, offset=100, fast=True)
    assert [image.id for image in jump.images] == wanted[100:160]
    oldest = library.find(replace(query, sort="oldest"), limit=200)
    assert [image.id for image in oldest.images] == wanted[::-1]
    starred = library.ids(parse_address(f"experiment={OWN}&starred=1"))
    assert starred == [image.id for image in shown if image.starred]
    assert library.ids(parse_address(f"experiment={OTHER}")) == [i.id for i in shown[:3]]


def test_a_cell_that_is_answered_later_counts_at_once(library: Library, engines: Engines) -> None:
    shown = library.find(ImageQuery(), limit=3, offset=2_000).images
    query = parse_address(f"experiment={OWN}")
    made(library, OWN, 3)
    first = library.find(query, limit=2)
    assert first.total == library.total(query) == 3
    answered(engines[0], OWN, shown)
    assert library.find(query, limit=2).total == library.total(query) == 6
    library.change([shown[0].id], Changes(deleted=True))
    assert library.total(query) == 5


def test_a_search_for_it_looks_at_no_other_image(library: Library, engines: Engines) -> None:
    answered(engines[0], OWN, library.find(ImageQuery(), limit=50, offset=1_000).images)
    statements: list[tuple[str, object]] = []

    def note(_c: object, _u: object, statement: str, values: object, *_: object) -> None:
        statements.append((statement, values))

    sa.event.listen(engines[1], "before_cursor_execute", note)
    for address in (f"experiment={OWN}", f"experiment={OWN}&sort=rating&q=cat&starred=1"):
        query = parse_address(address)
        library.find(query, limit=10, offset=5, fast=True)
        library.total(query)
    with engines[1].begin() as db:
        asked = [
            row[3]
            for statement, values in list(statements)
            if "cells" in statement
            for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert any("cells" in plan for plan in asked)
    whole = re.compile(r"SCAN (images|made|shown|cells|runs)\b")
    assert [plan for plan in asked if whole.match(plan)] == []
