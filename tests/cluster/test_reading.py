"""What only reads PostgreSQL: begins no transactions, sees what is newest, has rows in parts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from backend.storage import postgres
from backend.storage.database import open_engine, open_reader

NUMBERS = sa.text("SELECT * FROM generate_series(1, 10000)")


@pytest.fixture
def reader(shared_database: str) -> Iterator[sa.Engine]:
    reader = open_reader(shared_database)
    yield reader
    reader.dispose()


def test_between_two_reads_what_others_committed_is_seen(
    shared_database: str, reader: sa.Engine
) -> None:
    writer = open_engine(shared_database)
    asked = sa.text("SELECT count(*) FROM prompts")
    with reader.begin() as db:
        assert db.scalar(asked) == 0
        with writer.begin() as other:
            columns = "(digest, prompt, folded, used, uses)"
            other.execute(sa.text(f"INSERT INTO prompts {columns} VALUES ('a', 'b', 'b', 1, 1)"))
        assert db.scalar(asked) == 1
        open_ones = sa.text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'")
        assert other.closed and db.scalar(open_ones) == 0
    writer.dispose()


def test_a_search_is_planned_anew_however_often_it_is_asked(reader: sa.Engine) -> None:
    asked = sa.text("SELECT count(*) FROM images WHERE words @@ CAST(:words AS tsquery)")
    with reader.connect() as db:
        for n in range(20):
            db.scalar(asked, {"words": f"'cat{n}'"})
        plans = "SELECT custom_plans, generic_plans FROM pg_prepared_statements"
        custom, generic = db.execute(sa.text(f"{plans} WHERE statement LIKE '%words%'")).one()
    assert custom > 0 and generic == 0


def test_many_rows_come_in_parts_and_the_next_read_is_as_before(reader: sa.Engine) -> None:
    with postgres.many_rows(reader) as db:
        rows = db.execution_options(yield_per=100).execute(NUMBERS)
        assert sum(row[0] for row in rows) == 50_005_000
    with reader.connect() as db:
        db.scalar(sa.select(1))
        assert db.connection.driver_connection.info.transaction_status.name == "IDLE"  # type: ignore[union-attr]
