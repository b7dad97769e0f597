"""Connections to PostgreSQL that were used before: whether they stand, what they have prepared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from backend.storage import database, pooled
from tests.cluster.between import between
from tests.cluster.servers import Postgres

OFTEN = 10


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    engine = database.open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def prepared(engine: sa.Engine) -> int:
    """Ask the same often; return how many statements of it the server's process has prepared."""
    asked = sa.select(sa.literal("a cat"))
    for _ in range(OFTEN):
        with engine.begin() as db:
            db.scalar(asked)
    with engine.begin() as db:
        names = sa.text(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%AS an%'"
        )
        return int(db.scalar(names) or 0)


def test_what_is_asked_often_is_prepared(database_url: str) -> None:
    with opened(database_url) as engine:
        assert prepared(engine) == 1


def test_nothing_is_prepared_behind_a_pooler(database_url: str) -> None:
    with between(database_url, poses=True) as pooler, opened(pooler.url) as engine:
        assert prepared(engine) == 0


def test_what_only_passes_bytes_on_is_no_pooler(database_url: str) -> None:
    with between(database_url) as cable, opened(cable.url) as engine:
        assert prepared(engine) == 1


def test_a_connection_that_was_used_just_now_is_not_asked_about(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled, "ASK_AFTER_S", 60.0)
    with opened(database_url) as engine:
        asked = pings(engine, monkeypatch)
        for _ in range(OFTEN):
            with engine.begin() as db:
                db.scalar(sa.select(1))
        assert asked == []
        monkeypatch.setattr(pooled, "ASK_AFTER_S", 0.0)
        with engine.begin() as db:
            db.scalar(sa.select(1))
        assert len(asked) == 1


def pings(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return the connections that are asked whether they stand, as they are asked."""
    asked: list[object] = []
    ping = engine.dialect.do_ping

    def note(connection: sa.engine.interfaces.DBAPIConnection) -> bool:
        asked.append(connection)
        return ping(connection)

    monkeypatch.setattr(engine.dialect, "do_ping", note)
    return asked


def test_all_connections_that_the_server_closed_are_opened_anew_unseen(
    postgres_server: Postgres, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled, "ASK_AFTER_S", 60.0)
    with opened(database_url) as engine:
        both = threading.Barrier(2)

        def use() -> None:
            with engine.begin() as db:
                db.scalar(sa.select(1))
                both.wait(10)

        threads = [threading.Thread(target=use) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        name = sa.make_url(database_url).database
        postgres_server.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        with engine.begin() as one, engine.begin() as other:
            assert one.scalar(sa.select(1)) == other.scalar(sa.select(1)) == 1


def test_one_that_the_network_lost_is_found_out_after_a_rest(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled, "ASK_AFTER_S", 0.0)
    with between(database_url) as network, opened(network.url) as engine:
        with engine.begin() as db:
            db.scalar(sa.select(1))
        network.forget()
        with engine.begin() as db:
            assert db.scalar(sa.select(1)) == 1
