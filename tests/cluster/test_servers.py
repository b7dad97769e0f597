"""What the tests of several machines stand on: servers that keep what they took."""

from __future__ import annotations

import os

import obstore
import psycopg

from tests.cluster.servers import ObjectStore, Postgres


def _conninfo(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def test_postgres_keeps_what_was_committed_over_a_kill(
    postgres_server: Postgres, database_url: str
) -> None:
    with psycopg.connect(_conninfo(database_url)) as db:
        db.execute("CREATE TABLE kept AS SELECT 7 AS n")
    postgres_server.stop("immediate")
    postgres_server.start()
    with psycopg.connect(_conninfo(database_url)) as db:
        assert db.execute("SELECT n FROM kept").fetchone() == (7,)


def test_the_store_keeps_what_it_took_over_a_kill(store_server: ObjectStore) -> None:
    data = os.urandom(300_000)
    obstore.put(store_server.client(), "a/b", data)
    store_server.kill()
    store_server.start()
    assert bytes(obstore.get(store_server.client(), "a/b").bytes()) == data
