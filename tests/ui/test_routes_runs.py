"""GET /api/runs over a real studio with the sample engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.settings.load import Settings
from backend.studio import Studio
from tests.blank import blank
from tests.ui.described import Described
from tests.ui.fake_studio import FLUX
from ui.door.visitor import COOKIE
from ui.site import build_app

SMALL = {"model": FLUX, "prompt": "a cat", "width": 256, "height": 256}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(Studio(Settings(blank(tmp_path / "data"), tmp_path / ".env")))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", event_hooks=Described(app).hooks
        ) as client,
    ):
        yield client


async def test_all_visitors_runs_are_listed_newest_first_in_parts(
    client: httpx.AsyncClient,
) -> None:
    for owner in ("a", "b"):
        cookie = {"Cookie": f"{COOKIE}={owner * 32}"}
        asked = SMALL | {"seed": ord(owner), "count": 2}
        assert (await client.post("/api/generate", json=asked, headers=cookie)).status_code == 200
    first = (await client.get("/api/runs?limit=3&state=saved")).json()
    assert [run["seed"] for run in first["runs"]] == [99, 98, 98]
    assert first["total"] == 4
    rest = (await client.get("/api/runs", params={"limit": 3, "cursor": first["next"]})).json()
    assert [run["seed"] for run in rest["runs"]] == [97]
    assert (rest["next"], rest["total"]) == (None, 4)
    run = rest["runs"][0]
    assert list(run) == (
        [
            "id",
            "state",
            "model",
            "prompt",
            "seed",
            "created",
            "price_usd",
            "attempts",
            "error",
            "message",
        ]
    )
    told = {name: run[name] for name in ("state", "model", "prompt", "attempts", "price_usd")}
    assert told == {
        "state": "saved",
        "model": FLUX,
        "prompt": "a cat",
        "attempts": 1,
        "price_usd": 0.0,
    }
    assert (run["error"], run["message"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({"state": "done"}, "state", "Choose queued, sent, saved, failed, unknown, cancelled."),
        ({"limit": "0"}, "limit", "At least 1."),
        ({"limit": "1001"}, "limit", "At most 1,000."),
        ({"limit": "many"}, "limit", "whole number"),
        ({"limit": ""}, "limit", "whole number"),
        ({"cursor": "zz"}, "cursor", "Start without a cursor."),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    client: httpx.AsyncClient, query: dict[str, Any], field: str, words: str
) -> None:
    answer = await client.get("/api/runs", params=query)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == field
    assert words in f"{error['message']} {error['hint']}"
