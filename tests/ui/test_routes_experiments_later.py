"""Growing and deleting over HTTP: what is asked wrongly is refused, and nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.settings.load import Settings
from backend.studio import Studio
from ui.site import build_app

PLAN = {
    "base": {
        "model": "black-forest-labs/FLUX.1-schnell",
        "prompt": "a fox",
        "width": 256,
        "height": 256,
        "seed": 1,
    },
    "axes": {"x": {"num_steps": "1-3 (+2)"}, "y": {"replace": "fox, owl"}},
}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with Studio(Settings(tmp_path / "data", tmp_path / ".env")) as studio:
        transport = httpx.ASGITransport(app=build_app(studio))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client


async def done(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while (one := (await client.get(path)).json())["state"] != "done":
            await asyncio.sleep(0.02)
    return dict(one)


async def test_an_experiment_grows_and_goes_as_it_was_asked_to(client: httpx.AsyncClient) -> None:
    looked = (await client.post("/api/experiments/plan", json=PLAN)).json()
    begun = {"plan": PLAN, "digest": looked["digest"], "token": "a" * 32}
    own = (await client.post("/api/experiments", json=begun)).json()["id"]
    path = f"/api/experiments/{own}"
    assert (await done(client, path))["seconds_left"] is None

    async def refused(body: dict[str, Any], way: str = "") -> tuple[int, str]:
        answer = await client.post(path + way, json=body)
        return answer.status_code, answer.json()["error"]["field"]

    assert await refused({"axis": "w"}, "/plan") == (422, "axis")
    assert await refused({"axis": "y"}, "/plan") == (422, "axis")
    assert await refused({}, "/plan") == (422, "axis")
    assert await refused({"do": "between", "axis": "x"}) == (422, "digest")
    assert await refused({"do": "delete", "images": "yes"}) == (422, "images")
    assert await refused({"do": "vanish"}) == (422, "do")
    for way in (f"/api/experiments/{'0' * 32}", "/api/experiments/x"):
        assert (await client.post(f"{way}/plan", json={"axis": "x"})).status_code == 404
        assert (await client.get(f"{way}/images")).status_code == 404
        assert (await client.post(way, json={"do": "delete"})).status_code == 404

    offer = (await client.post(f"{path}/plan", json={"axis": "x"})).json()
    assert offer["axes"]["x"]["labels"] == ["1", "2", "3"] and offer["cells"] == 2
    other = offer["digest"][:-1] + ("0" if offer["digest"][-1] != "0" else "1")
    changed = await client.post(path, json={"do": "between", "axis": "x", "digest": other})
    assert changed.status_code == 409 and changed.json()["plan"]["digest"] == offer["digest"]
    late = {"do": "between", "axis": "x", "digest": offer["digest"], "made": "00000000-1"}
    assert (await client.post(path, json=late)).status_code == 422
    assert (await client.get(path)).json()["counts"]["cells"] == 4

    await client.post(path, json=late | {"made": None})
    grown = await done(client, path)
    assert grown["counts"]["saved"] == 6
    assert grown["plan"]["axes"] == {"x": {"num_steps": "1, 2, 3"}, "y": PLAN["axes"]["y"]}
    (listed,) = (await client.get("/api/experiments")).json()["experiments"]
    assert listed["counts"] == {"cells": 6, "saved": 6, "failed": 0, "unknown": 0}
    again = (await client.post("/api/experiments/plan", json=grown["plan"])).json()
    assert (again["cells"], again["cached"]) == (6, 6)

    assert (await client.get(f"{path}/images")).json() == {"images": 6}
    gone = (await client.post(path, json={"do": "delete", "images": True})).json()
    assert (gone["deleted"], gone["trashed"]) == (own, 6)
    back = await client.post("/api/images", json={"undo": gone["undo"]})
    assert back.json()["changed"] == 6 and (await client.get(path)).status_code == 404
