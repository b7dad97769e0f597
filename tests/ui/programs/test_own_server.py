"""A server of one's own behind the interfaces for programs: the names that they have stay good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backend import account, branch
from tests.storage.clock import until
from tests.storage.test_connections import Sdapi, gpu
from tests.ui.programs.conftest import Playground

BARE = "home/dream.safetensors"
HASHED = f"{BARE}#a1b2c3d4e5"


@pytest.fixture
async def home() -> AsyncIterator[Sdapi]:
    async with Sdapi() as server:
        yield server


async def listed(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
async def late(home: Sdapi) -> Sdapi:
    """Return a server that is not there yet."""
    home.here = False
    return home


async def add(playground: Playground, server: Sdapi, **more: Any) -> None:
    """Add the connection, or ask it anew what it has."""
    own = playground.studio.account
    former = "home" if "home" in own.branches else None
    await own.further.keep(gpu(server, **more), former)


async def test_a_name_is_good_when_the_checkpoint_was_hashed_since(
    playground: Playground, home: Sdapi
) -> None:
    home.version = ""
    await add(playground, home)
    async with playground.client() as client:
        listed = (await client.get("/sdapi/v1/sd-models")).json()
        assert BARE in [model["title"] for model in listed]
        assert (
            await client.post("/sdapi/v1/options", json={"sd_model_checkpoint": BARE})
        ).status_code == 200
        home.version = "a1b2c3d4e5f6"
        await add(playground, home, requests_per_day=50)
        assert [*playground.studio.account.branches["home"].models] == [HASHED]
        assert (await client.get("/sdapi/v1/options")).json()["sd_model_checkpoint"] == HASHED
        assert (await client.get("/sdapi/v1/samplers")).json()[0]["name"] == "Euler"
        assert (await client.get(f"/v1/models/{BARE}")).json()["id"] == HASHED
        calls: list[tuple[str, dict[str, Any]]] = [
            ("/sdapi/v1/txt2img", {"seed": 1}),
            ("/sdapi/v1/txt2img", {"seed": 2, "override_settings": {"sd_model_checkpoint": BARE}}),
            ("/v1/images/generations", {"seed": 3, "model": BARE}),
            ("/v1/images/generations", {"seed": 4, "model": f"{BARE}#0000000000"}),
            ("/api/generate", {"seed": 5, "model": BARE}),
        ]
        for path, body in calls:
            answer = await client.post(path, json={"prompt": "a fox", **body})
            assert answer.status_code == 200, (path, answer.text)
        refused = await client.post("/v1/images/generations", json={"prompt": "a", "model": "home"})
        assert refused.status_code == 404
    assert home.posts == 5


async def test_a_server_that_was_started_since_is_there_when_programs_list_the_models(
    playground: Playground, late: Sdapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(playground, late)
    async with playground.client() as client:
        for path in ("/v1/models", "/sdapi/v1/sd-models", "/sdapi/v1/options"):
            late.here = True
            assert BARE not in await listed(client, "/v1/models")  # it was asked just now
            with monkeypatch.context() as patch:
                patch.setattr(branch, "ASKED_AGAIN_S", 0.0)
                await listed(client, path)
                assert [*playground.studio.account.branches["home"].models] == [HASHED]
            late.here = False
            await add(playground, late, requests_per_day=len(path))  # as after a start


async def test_it_is_there_for_a_call_that_names_its_model(
    playground: Playground, late: Sdapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(playground, late)
    monkeypatch.setattr(branch, "ASKED_AGAIN_S", 0.0)
    late.here = True
    calls: list[tuple[str, dict[str, Any]]] = [
        ("/v1/images/generations", {"model": BARE}),
        ("/sdapi/v1/txt2img", {"override_settings": {"sd_model_checkpoint": BARE}}),
        ("/sdapi/v1/options", {"sd_model_checkpoint": BARE}),
        ("/api/generate", {"model": BARE, "sampler": "Euler"}),
    ]
    async with playground.client() as client:
        for seed, (path, body) in enumerate(calls):
            playground.studio.account.branches["home"].models = {}
            answer = await client.post(path, json={"prompt": "a fox", "seed": seed, **body})
            assert answer.status_code == 200, (path, answer.text)
    assert late.posts == 3


async def test_an_unknown_name_asks_its_own_connection_alone_and_once_in_a_while(
    playground: Playground, late: Sdapi
) -> None:
    await add(playground, late)
    asked = late.gets
    async with playground.client() as client:
        for name in (BARE, BARE, "nobody/x", "home"):
            answer = await client.post(
                "/v1/images/generations", json={"prompt": "a", "model": name}
            )
            assert answer.status_code == 404
    assert late.gets == asked  # within 10 s of the last time


async def test_a_server_that_hangs_holds_up_no_list_for_long(
    playground: Playground, late: Sdapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    late.here = True
    await add(playground, late)
    monkeypatch.setattr(branch, "ASKED_AGAIN_S", 0.0)
    monkeypatch.setattr(account, "LOOKED_S", 0.05)
    late.hangs = True
    async with playground.client() as client:
        assert HASHED in await listed(client, "/v1/models")  # as it was told before
        asking = late.gets
        assert HASHED in await listed(client, "/v1/models")
        assert late.gets == asking  # who asks already is waited for
    late.release()
    await playground.studio.account.asked()


async def test_what_our_own_pages_ask_for_looks_and_waits_for_nobody(
    playground: Playground, late: Sdapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(playground, late)
    monkeypatch.setattr(branch, "ASKED_AGAIN_S", 0.0)
    late.here = late.hangs = True
    async with playground.client() as client:
        assert HASHED not in await listed(client, "/api/models")
        late.release()
        await until(lambda: HASHED in playground.studio.account.models)
