"""The keys of other programs in the database, and the tokens of their calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.background import Thread
from backend.programs.keys import CALLS_KEPT_S, Keys
from backend.storage.database import open_engine, open_reader, sqlite_url
from backend.storage.salvage import salvage
from backend.storage.tables import program_calls, program_keys
from tests.storage.clock import Clock

CALL = "c" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    yield engine
    engine.dispose()


@pytest.fixture
async def keys(engine: sa.Engine, tmp_path: Path, time: Clock) -> AsyncIterator[Keys]:
    reader, thread = open_reader(sqlite_url(tmp_path / "a.db")), Thread("ledger")
    keys = Keys(engine, reader, thread, time)
    yield keys
    keys.close()
    thread.close()
    reader.dispose()


async def test_a_key_is_known_by_itself_alone(keys: Keys) -> None:
    made, text = await keys.make({"name": "one", "dollars_per_day": "2.50"})
    assert await keys.find(text) == made
    assert str(made.limits.dollars_per_day) == "2.5" and made.limits.requests_per_day is None
    for other in (text[:-1], text + "a", text.upper(), "", "sbp_", made.id):
        assert await keys.find(other) is None
    assert await keys.remove(made.id) and not await keys.remove(made.id)
    assert await keys.find(text) is None


async def test_the_model_that_a_program_has_chosen_is_kept_with_its_key(keys: Keys) -> None:
    (one, text), (_, another) = [await keys.make({"name": name}) for name in ("one", "two")]
    assert one.model is None
    await keys.choose_model(one.id, "a/model")
    found = [await keys.find(shown) for shown in (text, another)]
    assert [key and key.model for key in found] == ["a/model", None]


async def test_a_call_has_one_token_until_it_begins_anew(keys: Keys) -> None:
    first = await keys.token(CALL)
    assert first == await keys.token(CALL)
    assert len({await keys.token(CALL), await keys.token("d" * 32)}) == 2
    second = await keys.begin_anew(CALL, first, for_good=False)
    assert second != first and await keys.token(CALL) == second
    assert await keys.begin_anew(CALL, first, for_good=False) == second  # whoever came too late
    third = await keys.begin_anew(CALL, second, for_good=False)
    assert third not in (first, second) and await keys.token(CALL) == third


async def test_many_that_begin_a_call_anew_at_once_agree(keys: Keys) -> None:
    first = await keys.token(CALL)
    tokens = await asyncio.gather(
        *(keys.begin_anew(CALL, first, for_good=False) for _ in range(20))
    )
    assert len(set(tokens)) == 1 and first not in tokens


async def test_old_calls_are_forgotten(keys: Keys, engine: sa.Engine, time: Clock) -> None:
    await keys.begin_anew(CALL, await keys.token(CALL), for_good=False)
    time.now += CALLS_KEPT_S + 1
    await keys.begin_anew("d" * 32, await keys.token("d" * 32), for_good=False)
    with engine.begin() as db:
        assert db.scalars(sa.select(program_calls.c.id)).all() == ["d" * 32]


async def test_named_calls_are_never_forgotten(keys: Keys, time: Clock) -> None:
    second = await keys.begin_anew(CALL, await keys.token(CALL), for_good=True)
    third = await keys.begin_anew(CALL, second, for_good=True)
    time.now += 100 * CALLS_KEPT_S
    await keys.begin_anew("d" * 32, await keys.token("d" * 32), for_good=False)
    assert await keys.token(CALL) == third


async def test_keys_are_taken_out_of_a_damaged_database(
    keys: Keys, engine: sa.Engine, tmp_path: Path
) -> None:
    one, _ = await keys.make({"name": "one", "requests_per_day": 5})
    await keys.choose_model(one.id, "a/model")
    await keys.make({"name": "two"})
    with engine.begin() as db:
        db.execute(
            program_keys.update().where(program_keys.c.name == "two").values(digest="nonsense")
        )
    engine.dispose()
    fresh = open_engine(sqlite_url(tmp_path / "b.db"))
    salvage(tmp_path / "a.db", fresh)
    with fresh.begin() as db:
        c = program_keys.c
        rows = db.execute(sa.select(c.name, c.requests_per_day, c.model)).all()
    fresh.dispose()
    assert [tuple(row) for row in rows] == [("one", 5, "a/model")]
