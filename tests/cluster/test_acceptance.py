"""Several machines as processes on a real PostgreSQL, against a platform that counts.

`make acceptance` takes them at their full size: PostgreSQL is restarted for a minute under 20
users, and 100 pairs of equal clicks are made. `make crash ARGS="--machines 3"` kills at random.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from backend.storage import database
from tests.cluster.programs import KEY, Machine, machines
from tests.cluster.servers import Postgres
from tests.crash.platform import Platform
from tests.http.faults import document, png

pytestmark = [pytest.mark.wide, pytest.mark.xdist_group("machines")]

FULL = os.environ.get("ACCEPTANCE") == "full"
USERS, RESTARTS, PAIRS = (20, 12, 100) if FULL else (8, 3, 25)
if FULL:
    pytestmark.append(pytest.mark.timeout(900))

MODEL = "black-forest-labs/FLUX.1-schnell"
IMAGES = (("image", 1),)
NO_LIMITS = {"PLAYGROUND_REQUESTS_PER_MINUTE": "0", "PLAYGROUND_REQUESTS_PER_DAY": "0"}


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform.in_thread(7, IMAGES) as platform:
        yield platform


def paid(platform: Platform, **more: str) -> dict[str, str]:
    """The environment of a machine that pays."""
    url, key = platform.base_url, KEY
    return {"SENTRY_BLOCK_API_URL": url, "SENTRY_BLOCK_API_KEY": key} | NO_LIMITS | more


def generate(machine: Machine, seed: int, count: int = 1, **more: Any) -> httpx.Response:
    asked = {"model": MODEL, "prompt": "a cat", "seed": seed, "count": count}
    asked |= {"width": 256, "height": 256} | more
    return httpx.post(f"{machine.url}/api/generate", json=asked, timeout=60)


def begin(machine: Machine, seed: int, count: int = 1, **more: Any) -> threading.Thread:
    """Ask for images without waiting for them."""

    def ask() -> None:
        with suppress(httpx.HTTPError):
            generate(machine, seed, count, **more)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


def rows(url: str, columns: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url.replace("+psycopg", "")) as db:
        return db.execute(f"SELECT {columns} FROM runs").fetchall()  # type: ignore[call-overload]


def until(condition: Callable[[], object], timeout_s: float, why: str) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.1)


def test_of_a_killed_machine_another_sends_what_waited_and_names_what_was_sent(
    database_url: str, tmp_path: Path, platform: Platform, one_store: dict[str, str]
) -> None:
    platform.hold()
    environ = paid(platform, **one_store)
    with machines(tmp_path, ["one", "two"], database_url, **environ) as (one, two):
        begin(one, 100, 8)
        assert platform.wait_for_charges(2, 20)
        one.kill()
        killed = time.monotonic()
        platform.release()

        def states() -> list[str]:
            return sorted(state for (state,) in rows(database_url, "state"))

        until(lambda: states() == ["saved"] * 6 + ["unknown"] * 2, 50, "nobody took over")
        assert time.monotonic() - killed < 35
        told = two.get("/api/runs?state=unknown")["runs"]
        assert len(told) == 2
        assert all("stopped before the answer came" in run["message"] for run in told)
        # Of the one it had received the answer, but not stored it.
        (one.data / "spool" / told[0]["id"]).write_bytes(document(png()))
        again = Machine(tmp_path / "one", {"PLAYGROUND_DATABASE_URL": database_url} | environ)
        try:
            again.wait_until_ready()
            assert states() == ["saved"] * 7 + ["unknown"]
        finally:
            again.close()
    assert sorted(platform.charges) == list(range(100, 108))
    assert set(platform.charges.values()) == {1}


def test_what_is_paid_is_stored_while_the_database_restarts_again_and_again(
    postgres_server: Postgres,
    database_url: str,
    tmp_path: Path,
    platform: Platform,
    one_store: dict[str, str],
) -> None:
    seeds, ends = itertools.count(1), threading.Event()
    odd: list[str] = []
    failing_since: dict[str, float] = {}
    longest_s = 0.0

    def user(machine: Machine) -> None:
        nonlocal longest_s
        while not ends.is_set():
            answer = generate(machine, next(seeds))
            if answer.status_code not in (200, 422, 429, 503):
                odd.append(f"{answer.status_code}: {answer.text[:200]}")
            page = httpx.get(f"{machine.url}/api/images?limit=5", timeout=30)
            if page.status_code >= 500:
                since = failing_since.setdefault(machine.url, time.monotonic())
                longest_s = max(longest_s, time.monotonic() - since)
            else:
                failing_since.pop(machine.url, None)

    environ = paid(platform, **one_store)
    with machines(tmp_path, ["one", "two"], database_url, **environ) as both:
        users = [threading.Thread(target=user, args=(both[n % 2],)) for n in range(USERS)]
        for one in users:
            one.start()
        restart_s = 0.0
        for _ in range(RESTARTS):
            time.sleep(5)
            began = time.monotonic()
            postgres_server.restart()
            restart_s = max(restart_s, time.monotonic() - began)
        time.sleep(2)
        ends.set()
        for one in users:
            one.join(60)
        is_open = {("queued",), ("sent",)}
        until(lambda: not is_open.intersection(rows(database_url, "state")), 40, "open")
        known = dict(rows(database_url, "seed, state"))
    assert not odd, odd[:3]
    assert longest_s < restart_s + 5, f"{longest_s:.1f} s of 500, a restart took {restart_s:.1f}"
    assert platform.charges.total() > 20
    assert set(platform.charges.values()) == {1}
    assert {seed: known.get(seed) for seed in platform.charges} == dict.fromkeys(
        platform.charges, "saved"
    )


def test_the_same_click_on_two_machines_is_one_send(
    database_url: str, tmp_path: Path, platform: Platform, one_store: dict[str, str]
) -> None:
    environ = paid(platform, **one_store)
    with (
        machines(tmp_path, ["one", "two"], database_url, **environ) as both,
        ThreadPoolExecutor(2) as pool,
    ):
        for seed in range(PAIRS):
            answers = list(pool.map(lambda machine, s=seed: generate(machine, s), both))
            assert [answer.status_code for answer in answers] == [200, 200]
            ((first,), (second,)) = (answer.json() for answer in answers)
            assert first["id"] == second["id"], f"two images of seed {seed}"
            assert sorted([first["cached"], second["cached"]]) == [False, True]
            for machine in both:
                picture = httpx.get(f"{machine.url}/images/{first['id']}", timeout=30)
                assert picture.headers["content-type"].startswith("image/")
    assert platform.charges == dict.fromkeys(range(PAIRS), 1)


@pytest.mark.parametrize(
    ("limit", "most"),
    [
        ({"PLAYGROUND_REQUESTS_PER_MINUTE": "10"}, 10),
        ({"PLAYGROUND_REQUESTS_PER_DAY": "20"}, 20),
        ({"PLAYGROUND_DOLLARS_PER_DAY": "0.05"}, 5),  # at the platform's $0.009
    ],
)
def test_sixty_clicks_on_three_machines_whose_clocks_differ_stay_within_a_limit(
    limit: dict[str, str],
    most: int,
    database_url: str,
    tmp_path: Path,
    platform: Platform,
    one_store: dict[str, str],
) -> None:
    environ = {"PLAYGROUND_DATABASE_URL": database_url} | paid(platform, **one_store) | limit
    skewed = str(Path(__file__).with_name("skewed.py"))
    three = [
        Machine(tmp_path / f"m{ahead_s}", environ, [skewed, str(ahead_s)])
        for ahead_s in (-90, 0, 90)
    ]
    try:
        for machine in three:
            machine.wait_until_ready()
        clicks = [begin(three[n % 3], 1000 + n) for n in range(60)]
        assert platform.wait_for_charges(most, 30)
        deadline = time.monotonic() + 5
        for click in clicks:
            click.join(max(0.0, deadline - time.monotonic()))
        assert platform.charges.total() == most
    finally:
        for machine in three:
            machine.close()


def test_three_start_at_once_on_a_database_of_the_previous_version(
    database_url: str, tmp_path: Path, one_store: dict[str, str]
) -> None:
    upgrade_to(database_url, f"{int(database.HEAD) - 1:04}")
    began = time.monotonic()
    environ = {"PLAYGROUND_PROVIDER": "offline"} | one_store
    with machines(tmp_path, ["a", "b", "c"], database_url, **environ) as three:
        assert not FULL or time.monotonic() - began < 15  # else others use the cores, too
        for machine in three:
            assert machine.get("/api/images")["total"] == 0


def upgrade_to(url: str, version: str) -> None:
    """Make the tables of an older version."""
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config

    engine = sa.create_engine(url)
    with engine.begin() as db:
        options = Config()
        options.set_main_option("script_location", str(database.MIGRATIONS))
        options.attributes["connection"] = db
        command.upgrade(options, version)
    engine.dispose()
