"""/api/jobs and what may be pressed there, over a real studio: what is in doubt comes in parts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from backend.settings.load import Settings
from backend.studio import Studio
from tests.blank import blank
from tests.http.faults import FaultServer, cut_mid_body, status
from tests.marked import ASKED, can_be_asked_for
from tests.ui.described import Described
from ui.door.press import clock
from ui.door.visitor import COOKIE
from ui.present.facts import CLOCK_HEADER
from ui.site import build_app

KEY = "ak_test-0123456789"
SMALL = {"model": "FLUX.1 schnell", "prompt": "a cat", "width": 256, "height": 256}


@asynccontextmanager
async def calling(folder: Path, platform: FaultServer) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        blank(folder / "data"), folder / ".env", api_url=platform.base_url, api_key=KEY
    )
    app = build_app(Studio(settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://127.0.0.1",
            cookies={COOKIE: "a" * 32},
            event_hooks=Described(app).hooks,
        ) as client,
    ):
        yield client


async def test_what_is_in_doubt_is_counted_shown_in_parts_and_put_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.generation.shown.DOUBTS_SHOWN", 2)
    async with FaultServer() as platform, calling(tmp_path, platform) as client:
        platform.script(*[cut_mid_body()] * 5)
        for seed in range(5):
            assert (await client.post("/api/generate", json=SMALL | {"seed": seed})).is_error
        first = (await client.get("/api/jobs")).json()
        assert (first["in_doubt"], len(first["jobs"])) == (5, 5)  # the last jobs are shown anyway
        seen, cursor = [], first["earlier"]
        while cursor:
            part = (await client.get("/api/jobs", params={"doubts": cursor})).json()
            assert part["in_doubt"] == 5
            seen = [run["seed"] for job in part["jobs"] for run in job["runs"]] + seen
            cursor = part["earlier"]
        assert seen == [0, 1, 2]
        answer = await client.post("/api/jobs/seen", json={"until": first["as_of"]})
        assert answer.json() == {"count": 5}
        assert (await client.get("/api/jobs")).json()["in_doubt"] == 0
        assert (await client.get("/api/runs?state=unknown")).json()["total"] == 5


@pytest.mark.parametrize("until", [None, "", "now", 7, [], "2026-01-31", "2026-01-31T10:00:00"])
async def test_only_a_moment_puts_anything_away(tmp_path: Path, until: object) -> None:
    async with FaultServer() as platform, calling(tmp_path, platform) as client:
        answer = await client.post("/api/jobs/seen", json={"until": until})
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "until")
        assert (await client.get("/api/jobs", params={"doubts": "x"})).status_code == 422


async def test_presses_of_the_viewer_come_in_time_or_not_at_all(tmp_path: Path) -> None:
    async with FaultServer() as platform, calling(tmp_path, platform) as client:
        [made] = (await client.post("/api/generate", json=SMALL | {"seed": 100})).json()
        told = (await client.get("/api/jobs")).headers[CLOCK_HEADER]
        start, ms = told.split("-")
        for path in ("reproduce", "neighbours"):
            url = f"/api/images/{made['id']}/{path}"
            for moment in (f"{start}-{int(ms) - 9000}", "", f"0000-{ms}", 7):
                late = {"token": "b" * 32, "made": moment}
                answer = await client.post(url, json=late)
                assert answer.status_code == 422, answer.text
                assert "nothing was sent" in answer.json()["error"]["message"]
            for token in ("x", "b" * 33, "B" * 32, 7, None):
                assert (await client.post(url, json={"token": token})).status_code == 422
        assert platform.posts == 1
        in_time = {"token": "b" * 32, "made": clock()}
        answers = [
            await client.post(f"/api/images/{made['id']}/reproduce", json=in_time) for _ in range(3)
        ]
        assert len({answer.json()["job"]["id"] for answer in answers}) == 1
        other = await client.post(f"/api/images/{made['id']}/neighbours", json=in_time)
        assert other.status_code == 409, "one token for two things"


async def test_each_stream_tells_what_failed_in_the_language_of_its_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_be_asked_for(monkeypatch)
    async with FaultServer() as platform, calling(tmp_path, platform) as client:
        platform.script(status(402, "top up"))
        answer = await client.post("/api/generate", json=SMALL, headers=ASKED)
        assert answer.json()["error"]["message"].startswith("«Your balance")
        [job] = (await client.get("/api/jobs")).json()["jobs"]
        assert job["runs"][0]["error"]["message"].startswith("Your balance")
        for headers, begins in ((ASKED, "«Your balance"), ({}, "Your balance")):
            events = await client.get("/api/events", params={"job": job["id"]}, headers=headers)
            data = events.text.removeprefix("data: ").split("\n")[0]
            assert json.loads(data)["run"]["error"]["message"].startswith(begins)
