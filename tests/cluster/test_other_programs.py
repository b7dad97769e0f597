"""Other programs before two machines on one PostgreSQL: keys, retries and limits are shared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from backend.errors import MaybeCharged, OverShare
from backend.once import generate_once
from backend.programs.key import Key
from backend.settings.load import Settings
from backend.storage.image_files.store_url import StoreUrl
from backend.studio import Studio
from tests.http.faults import Fault, FaultServer, good, held
from tests.storage.clock import until

FLUX = "black-forest-labs/FLUX.1-schnell"


@pytest.fixture
async def machines(
    tmp_path: Path, server: FaultServer, database_url: str, store: StoreUrl
) -> AsyncIterator[list[Studio]]:
    async with AsyncExitStack() as stack:
        opened = []
        for name in ("one", "two"):
            settings = Settings(
                tmp_path / name,
                tmp_path / f"{name}.env",
                api_url=server.base_url,
                api_key="ak_test-0123456789",
                timeout_s=20.0,
                database_url=database_url,
                store_url=store,
            )
            opened.append(await stack.enter_async_context(Studio(settings)))
        stack.callback(server.release)  # else their ends wait for the answers
        yield opened


async def ask(studio: Studio, key: Key, prompt: str = "a cat", **more: Any) -> list[str]:
    asked = {"model": FLUX, "prompt": prompt, "count": 1, "width": 256, "height": 256}
    records = await generate_once(studio, key, asked, said=["call", prompt], **more)
    return [record.id for record in records]


async def test_a_key_made_on_one_machine_opens_all_until_it_is_removed(
    machines: list[Studio],
) -> None:
    one, two = machines
    key, text = await one.keys.make({"name": "open-webui", "requests_per_day": 5})
    assert await two.keys.find(text) == key
    assert [use.key.name for use in await two.keys.all()] == ["open-webui"]
    await two.keys.remove(key.id)
    assert await one.keys.find(text) is None


async def test_a_retry_on_the_other_machine_is_the_same_run(
    machines: list[Studio], server: FaultServer
) -> None:
    one, two = machines
    key, _ = await one.keys.make({"name": "a"})
    server.script(held(good()))
    first = asyncio.create_task(ask(one, key))
    await until(lambda: server.posts == 1)
    again = asyncio.create_task(ask(two, key))  # while it is under way
    await asyncio.sleep(0.3)
    assert server.posts == 1
    server.release()
    async with asyncio.timeout(15):
        assert await first == await again == await ask(two, key)  # and after it
    assert server.posts == 1


async def test_at_the_same_moment_on_both_it_is_sent_once(
    machines: list[Studio], server: FaultServer
) -> None:
    key, _ = await machines[0].keys.make({"name": "a"})
    for number in range(10):
        async with asyncio.timeout(20):
            found = await asyncio.gather(*(ask(one, key, f"cat {number}") for one in machines * 2))
        assert len({id for ids in found for id in ids}) == 1
        assert server.posts == number + 1


async def test_what_may_be_charged_is_not_sent_by_the_other_machine(
    machines: list[Studio], server: FaultServer
) -> None:
    key, _ = await machines[0].keys.make({"name": "a"})
    server.script(Fault(drop="headers"))
    for studio in (*machines, *machines):
        with pytest.raises(MaybeCharged):
            await ask(studio, key, name="order-17")
    assert server.posts == 1


async def test_a_keys_limit_holds_over_both(machines: list[Studio], server: FaultServer) -> None:
    key, _ = await machines[0].keys.make({"name": "a", "requests_per_day": 5})
    async with asyncio.timeout(40):
        found = await asyncio.gather(
            *(ask(machines[n % 2], key, f"cat {n}") for n in range(16)), return_exceptions=True
        )
    assert sum(isinstance(one, OverShare) for one in found) == 11, found
    assert server.posts == 5
