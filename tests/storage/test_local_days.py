"""What was made, by days of any zone: from quarters of an hour, that also an older library has."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from backend.library.history import History
from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery
from backend.storage import database
from backend.types import IMPORT, ImageRecord
from tests.library import make
from tests.storage.older import back_to_version_5
from tests.storage.queries import everything

COUNT = 500
SINCE, UNTIL = date(2020, 1, 1), date(2030, 1, 1)
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
    "America/St_Johns",
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days") / "data"
    make(COUNT, folder, with_files=1)
    return folder / "playground.db"


@pytest.fixture
def history(engines: tuple[sa.Engine, sa.Engine]) -> History:
    return History(*engines)


Sums = Counter[tuple[str, str, str]]


def counted(history: History, zone: str, since: date = SINCE, until: date = UNTIL) -> Sums:
    found = history.days(since, until, ZoneInfo(zone))
    assert len({(d.day, d.source, d.model) for d in found}) == len(found)
    return Counter({(d.day, d.source, d.model): d.images for d in found})


def looked_through(records: list[ImageRecord], zone: str) -> Sums:
    return Counter(
        (r.created.astimezone(ZoneInfo(zone)).date().isoformat(), r.source, r.request.model)
        for r in records
        if r.source != IMPORT
    )


@pytest.mark.parametrize("zone", ZONES)
def test_each_image_counts_in_the_day_that_clocks_there_showed(
    library: Library, history: History, zone: str
) -> None:
    assert counted(history, zone) == looked_through(everything(library), zone)


@pytest.mark.parametrize("zone", ZONES)
def test_images_around_a_change_of_clocks_are_counted_right(
    library: Library, history: History, zone: str
) -> None:
    like = next(record for record in everything(library) if record.source != IMPORT)
    for hour in range(24 * 8):
        at = datetime(2025, 9, 25, tzinfo=UTC) + timedelta(hours=hour, minutes=hour % 60, seconds=1)
        image_id = f"{hour:032x}"
        library.add(replace(like, id=image_id, run_id=image_id, created=at), None)
    assert counted(history, zone) == looked_through(everything(library), zone)


def test_only_the_days_asked_for_are_counted(library: Library, history: History) -> None:
    zone = "Asia/Kathmandu"
    every = looked_through(everything(library), zone)
    middle = sorted({day for day, *_ in every})[len(every) // 9]
    one = date.fromisoformat(middle)
    assert counted(history, zone, one, one) == Counter(
        {key: count for key, count in every.items() if key[0] == middle}
    )


def test_days_are_read_from_quarters_and_not_from_images(
    history: History, engines: tuple[sa.Engine, sa.Engine]
) -> None:
    asked: list[str] = []
    sa.event.listen(
        engines[1], "before_cursor_execute", lambda c, k, text, *_: asked.append(text.lower())
    )
    history.days(UNTIL - timedelta(days=3659), UNTIL, ZoneInfo("Europe/Berlin"))
    assert 0 < len(asked) < 60 and not any("from images" in text for text in asked)


def test_an_older_library_keeps_its_sums_and_gets_days_of_any_zone(
    filled: Path, tmp_path: Path
) -> None:
    path = tmp_path / "old.db"
    path.write_bytes(filled.read_bytes())
    engine = database.open_engine(database.sqlite_url(path))
    library, history = Library(engine, engine), History(engine, engine)
    before = history.days(SINCE, UNTIL, UTC)
    ids = [record.id for record in everything(library) if record.source != IMPORT][::3]
    library.change(ids, Changes(deleted=True))
    library.forget(library.ids(ImageQuery(trash=True)))
    kept = everything(library)
    engine.dispose()
    to_the_version_before(path)
    engine = database.open_engine(database.sqlite_url(path))
    library, history = Library(engine, engine), History(engine, engine)
    after = history.days(SINCE, UNTIL, UTC)
    assert [(d.day, d.source, d.model, d.images, d.price_usd) for d in after] == [
        (d.day, d.source, d.model, d.images, d.price_usd) for d in before
    ]
    assert [d.seconds for d in after] == pytest.approx([d.seconds for d in before])
    far = counted(history, "Pacific/Apia")
    assert sum(far.values()) == sum(d.images for d in before)
    for key, count in looked_through(kept, "Pacific/Apia").items():
        assert far[key] >= count
    assert sum(d.price_usd for d in after) > Decimal(0)
    assert library.facets()["models"]
    engine.dispose()


def to_the_version_before(path: Path) -> None:
    """Undo the migration to quarters, as an earlier version would have left the database."""
    db = sqlite3.connect(path)
    db.execute(
        "CREATE TABLE days (day VARCHAR(10) NOT NULL, provider VARCHAR(255) NOT NULL,"
        " model VARCHAR(255) NOT NULL, images INTEGER NOT NULL, cost_microusd BIGINT NOT NULL,"
        " seconds FLOAT NOT NULL, PRIMARY KEY (day, provider, model))"
    )
    db.execute(
        "INSERT INTO days SELECT strftime('%Y-%m-%d', start, 'unixepoch'), provider, model,"
        " sum(images), sum(cost_microusd), sum(seconds) FROM quarters GROUP BY 1, 2, 3"
    )
    back_to_version_5(db)
    db.commit()
    db.close()
