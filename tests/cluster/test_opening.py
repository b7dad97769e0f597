"""Opening PostgreSQL: several at once, an older or newer database, none at all."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from backend.storage import database, postgres
from backend.upkeep.readiness import KEPT_S
from tests.cluster.programs import ROOT, Machine, machines
from tests.cluster.servers import Postgres, free_ports


def start_fails(folder: Path, url: str) -> str:
    """Start the program on a database that it cannot have; return the one line that it says."""
    machine = Machine(folder, {"PLAYGROUND_DATABASE_URL": url})
    try:
        assert machine.process.wait(60) == 1
        (line,) = machine.told.splitlines()
        return line
    finally:
        machine.close()


def test_eight_open_an_empty_database_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        for engine in pool.map(lambda _: database.open_engine(database_url), range(8)):
            with engine.begin() as db:
                assert db.scalar(sa.text("SELECT version_num FROM alembic_version")) == (
                    database.HEAD
                )
            engine.dispose()


def test_who_waits_for_anothers_migration_waits_longer_than_a_statement_may(
    database_url: str,
) -> None:
    holder = sa.create_engine(database_url)
    with ThreadPoolExecutor(1) as pool:
        with holder.begin() as db:
            postgres.alone_to_migrate(db)
            waiting = pool.submit(
                database.open_engine, database_url + "?options=-cstatement_timeout%3D100"
            )
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
        waiting.result(30).dispose()
    holder.dispose()


def test_sessions_are_set_up_for_what_they_do(database_url: str) -> None:
    engine = database.open_engine(database_url)
    with engine.begin() as db:
        names = "statement_timeout", "idle_in_transaction_session_timeout", "jit"
        set_up = [db.scalar(sa.text(f"SHOW {name}")) for name in (*names, "application_name")]
    engine.dispose()
    assert set_up == ["10s", "30s", "off", "playground"]


@pytest.mark.parametrize("spelled", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_url_as_hosters_write_it_is_understood(database_url: str, spelled: str) -> None:
    engine = database.open_engine(database_url.replace("postgresql+psycopg", spelled))
    assert engine.dialect.driver == "psycopg"
    engine.dispose()


def test_a_connection_that_the_server_closed_is_opened_anew_unseen(
    postgres_server: Postgres, database_url: str
) -> None:
    engine = database.open_engine(database_url)
    name = sa.make_url(database_url).database
    postgres_server.execute(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    with engine.begin() as db:
        assert db.scalar(sa.select(1)) == 1
    engine.dispose()


def test_a_database_of_a_later_version_is_one_sentence(database_url: str, tmp_path: Path) -> None:
    engine = database.open_engine(database_url)
    with engine.begin() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    said = start_fails(tmp_path, database_url)
    assert said == (
        "The database of PLAYGROUND_DATABASE_URL cannot be opened: its tables are those of 9999,"
        f" this knows {database.HEAD}. Start that version here too."
    )


def test_no_database_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    said = start_fails(tmp_path, f"postgresql+psycopg://me:secret-word@127.0.0.1:{port}/none")
    assert said.startswith("The database of PLAYGROUND_DATABASE_URL cannot be opened: ")
    assert "Connection refused" in said and "secret" not in said
    assert said.endswith("Check that setting, and that the database is running.")


@pytest.mark.parametrize("url", ["postgresql://[", "nonsense", "mysql://me:secret@127.0.0.1/x"])
def test_what_is_no_url_of_a_database_is_one_sentence(url: str, tmp_path: Path) -> None:
    said = start_fails(tmp_path, url)
    assert said.startswith("The database of PLAYGROUND_DATABASE_URL cannot be opened: ")
    assert "secret" not in said


def test_without_the_driver_it_says_how_to_get_it(database_url: str, tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None; sys.argv[0] = 'app.py'; import app;"
        "sys.exit(app.main(sys.argv[1:]))"
    )
    options = ["--data-dir", str(tmp_path / "data"), "--port", "0", "--no-browser"]
    run = subprocess.run(
        [sys.executable, "-c", script, *options],
        cwd=ROOT,
        env={"PLAYGROUND_DATABASE_URL": database_url, "PLAYGROUND_ENV_FILE": str(tmp_path / ".e")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert run.stderr == (
        "PLAYGROUND_DATABASE_URL names PostgreSQL, and its driver is not installed. Run pip install"
        " -r requirements-cluster.txt with the Python that starts this.\n"
    )


@pytest.mark.wide
def test_three_start_at_once_on_an_empty_database_and_say_when_it_is_gone(
    postgres_server: Postgres, tmp_path: Path, one_store: dict[str, str]
) -> None:
    url, answers = postgres_server.create(), {"database": "ok", "store": "ok"}
    environ = {"PLAYGROUND_PROVIDER": "offline"} | one_store
    with machines(tmp_path, ["one", "two", "three"], url, **environ) as three:
        for machine in three:
            assert machine.get("/readyz") == {"status": "ok"} | answers
        postgres_server.drop(url)
        time.sleep(KEPT_S)
        for machine in three:
            answer = httpx.get(f"{machine.url}/readyz", timeout=30)
            assert answer.status_code == 503, machine.told
            assert answer.json() == {"status": "down"} | answers | {"database": "down"}
            assert httpx.get(f"{machine.url}/healthz").status_code == 200


@pytest.mark.wide
def test_a_second_program_without_a_store_says_so_and_ends(
    database_url: str, tmp_path: Path
) -> None:
    with machines(tmp_path, ["one"], database_url, PLAYGROUND_PROVIDER="offline"):
        told = start_fails(tmp_path / "two", database_url)
    assert "works on this database, and not both keep their images in one store." in told
    assert "Set PLAYGROUND_STORE_URL on each" in told
