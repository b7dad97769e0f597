"""Logging in on any of several machines: two doors, one database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import sqlalchemy as sa
from starlette.responses import PlainTextResponse

from backend.generation.machines import Machines, Me
from backend.storage.database import open_engine
from backend.storage.logins import Logins
from backend.storage.tables import logins, wrong_logins
from tests.cluster.servers import Postgres
from ui.door.credentials import Credentials
from ui.door.login import LoginGate
from ui.door.throttle import Throttle

RIGHT = Credentials("ada", "correct horse battery")
FORM = {"user": RIGHT.user, "password": RIGHT.password}


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def doors(engine: sa.Engine, clock: Clock) -> AsyncIterator[list[httpx.AsyncClient]]:
    """The doors of two machines; cookies go where the test takes them."""
    clients = [client_of(engine, RIGHT, clock) for _ in range(2)]
    yield clients
    for client in clients:
        await client.aclose()


def client_of(engine: sa.Engine, credentials: Credentials, clock: Clock) -> httpx.AsyncClient:
    gate = LoginGate(PlainTextResponse("inside"), credentials, Logins(engine), clock=clock)
    transport = httpx.ASGITransport(gate, client=("203.0.113.9", 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://pg.example")


async def log_in(door: httpx.AsyncClient) -> dict[str, str]:
    answer = await door.post("/login", data=FORM)
    assert answer.status_code == 303, answer.text
    door.cookies.clear()
    return dict(answer.cookies)


async def status(door: httpx.AsyncClient, cookie: dict[str, str]) -> int:
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookie.items())}
    return (await door.get("/api/images", headers=headers)).status_code


async def test_who_logged_in_on_one_is_in_on_the_other_at_once(
    doors: list[httpx.AsyncClient],
) -> None:
    cookie = await log_in(doors[0])
    assert [await status(door, cookie) for door in doors] == [200, 200]
    assert await status(doors[1], dict.fromkeys(cookie, "x" * 43)) == 401


async def test_who_logged_out_on_one_is_out_on_the_other_within_a_second(
    doors: list[httpx.AsyncClient], clock: Clock
) -> None:
    cookie = await log_in(doors[0])
    assert await status(doors[1], cookie) == 200
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookie.items())}
    assert (await doors[0].post("/logout", headers=headers)).status_code == 303
    assert await status(doors[0], cookie) == 401
    clock.now += 1.1
    assert await status(doors[1], cookie) == 401


async def test_neither_token_nor_password_is_in_the_database_and_a_new_password_ends_all(
    doors: list[httpx.AsyncClient], engine: sa.Engine, clock: Clock
) -> None:
    cookie = await log_in(doors[0])
    (token,) = cookie.values()
    with engine.begin() as db:
        (digest,) = db.scalars(sa.select(logins.c.digest))
    assert len(digest) == 64 and token not in digest
    other = client_of(engine, Credentials("ada", "another long password"), clock)
    assert await status(other, cookie) == 401 and await status(doors[1], cookie) == 200
    await other.aclose()


async def test_a_login_ends_by_the_clock_of_the_database(
    doors: list[httpx.AsyncClient], engine: sa.Engine, clock: Clock
) -> None:
    cookie = await log_in(doors[0])
    with engine.begin() as db:
        db.execute(logins.update().values(ends=logins.c.ends - 13 * 3_600))
    clock.now += 1.1
    assert [await status(door, cookie) for door in doors] == [401, 401]


async def test_wrong_passwords_on_one_slow_the_other_too(
    doors: list[httpx.AsyncClient], engine: sa.Engine
) -> None:
    for _ in range(Throttle.FREE):
        answer = await doors[0].post("/login", data=FORM | {"password": "wrong"})
        assert answer.status_code == 401
    answer = await doors[1].post("/login", data=FORM | {"password": "wrong"})
    assert answer.status_code == 429
    await log_in(doors[1])  # a right one always enters, and is forgiven
    with engine.begin() as db:
        assert set(db.scalars(sa.select(wrong_logins.c.network))) == {""}


async def test_a_guesser_who_asks_two_machines_gets_no_more_looks_than_at_one(
    doors: list[httpx.AsyncClient], engine: sa.Engine
) -> None:
    for name in "ab":
        Machines(engine, Me(name * 32, name, name * 32)).begin()
    wrong = FORM | {"password": "wrong"}
    for _ in range(Throttle.FREE):
        await doors[0].post("/login", data=wrong)
    began, tries = time.monotonic(), 5
    await asyncio.gather(*(door.post("/login", data=wrong) for door in doors * tries))
    # The first of each machine's goes at once, each other one waits for its turn.
    assert time.monotonic() - began > (tries - 1) * 2 * Throttle.EACH_S
    Machines(engine, Me("a" * 32, "a", "a" * 32)).end()
    assert Logins(engine).times("")[2] == 1


async def test_while_the_database_is_away_who_was_in_stays_in_and_nobody_new_comes(
    doors: list[httpx.AsyncClient], postgres_server: Postgres, clock: Clock
) -> None:
    cookie = await log_in(doors[0])
    await asyncio.to_thread(postgres_server.stop)
    try:
        clock.now += 60
        assert await status(doors[0], cookie) == 200
        assert await status(doors[1], cookie) == 401
        answer = await doors[0].post("/login", data=FORM)
        assert answer.status_code == 503 and "database does not answer" in answer.text
    finally:
        await asyncio.to_thread(postgres_server.start)
    assert await status(doors[1], cookie) == 200
