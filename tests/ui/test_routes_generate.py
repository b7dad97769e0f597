"""POST /api/generate over a real studio with the sample engine, and over one that does as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.catalogue.load import load_catalogue
from backend.settings.load import Settings
from backend.studio import Studio
from backend.types import Limits
from tests.http.faults import FaultServer
from tests.ui.described import Described
from tests.ui.fake_studio import FLUX, SDXL, FakeStudio
from tests.ui.serving import served
from ui.door.visitor import COOKIE
from ui.routes.generate import WAITING_MAX
from ui.site import build_app

SMALL = {"model": FLUX, "prompt": "a cat", "width": 256, "height": 256}
ME = "a" * 32


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(folder / "data", folder / ".env", **more)


@asynccontextmanager
async def calling(studio: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(studio)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", event_hooks=Described(app).hooks
        ) as client,
    ):
        yield client


def said(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 422, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


async def test_it_answers_with_records_once_all_images_are_stored(tmp_path: Path) -> None:
    async with calling(Studio(settings(tmp_path))) as client:
        answer = await client.post("/api/generate", json=SMALL | {"seed": 7, "count": 3})
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        records = answer.json()
        assert [record["seed"] for record in records] == [7, 8, 9]
        assert records[0]["num_steps"] == 4 and records[0]["negative_prompt"] is None
        for record in records:
            assert (await client.get(record["image_url"])).status_code == 200


async def test_a_label_and_any_content_type_do_and_defaults_are_those_of_the_endpoint() -> None:
    studio = FakeStudio(Path())
    async with calling(studio) as client:
        body = b'{"model": "FLUX.1 schnell", "prompt": "refused"}'
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        error = said(await client.post("/api/generate", content=body, headers=form))
        assert error["message"] == "Your balance is too low for an image."
    (request,) = studio.submissions[0]["requests"]
    assert (request.model, request.values["width"], request.values["height"]) == (FLUX, 1024, 1024)
    assert request.seed is not None


async def test_a_size_that_is_left_out_is_the_models_own() -> None:
    flux = load_catalogue()[FLUX]
    params = tuple(
        replace(one, default=512) if one.name in ("width", "height") else one for one in flux.params
    )
    studio = FakeStudio(Path(), models={FLUX: replace(flux, params=params)})
    async with calling(studio) as client:
        call = {"model": FLUX, "prompt": "refused"}
        said(await client.post("/api/generate", json=call))
        said(await client.post("/api/generate", json=call | {"width": None, "height": 256}))
    values = [asked["requests"][0].values for asked in studio.submissions]
    assert [(one["width"], one["height"]) for one in values] == [(512, 512), (512, 256)]


@pytest.mark.parametrize(
    ("more", "sentence", "field"),
    [
        ({"prompt": " "}, "The prompt is empty. Describe the image you want.", "prompt"),
        ({"model": "no/such"}, "This model is not in the catalogue.", "model"),
        ({"model": {}}, "This model is not in the catalogue.", "model"),
        ({"width": 1000}, "Width must be a multiple of 16. The nearest are 992 and", "width"),
        ({"count": 9}, "Number of images is out of range. Enter a whole number from 1 to", "count"),
        ({"num_steps": "many"}, "Steps must be a", "num_steps"),
        ({"seed": -1}, "Seed is out of range.", "seed"),
        ({"num_step": 4}, "There is no field called num_step. There are model, prompt", "num_step"),
        ({"token": "x"}, "The token has another form. Give 32 hex digits", "token"),
        ({"token": 7}, "The token has another form. Give 32 hex digits", "token"),
    ],
)
async def test_what_cannot_be_sent_is_refused_in_the_words_of_the_page(
    studio: FakeStudio, client: httpx.AsyncClient, more: dict[str, Any], sentence: str, field: str
) -> None:
    error = said(await client.post("/api/generate", json=SMALL | more))
    assert f"{error['message']} {error['hint']}".startswith(sentence)
    assert error["field"] == field
    assert studio.submissions == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"[" * 100_000, b"\xff"])
async def test_a_body_that_is_no_object_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    assert said(await client.post("/api/generate", content=body))["hint"]


async def test_the_same_token_is_one_job_paid_once(tmp_path: Path) -> None:
    studio = Studio(settings(tmp_path))
    asked = {**SMALL, "model": SDXL, "token": "b" * 32}  # without a seed: no answer from the cache
    async with calling(studio) as client:
        answers = await asyncio.gather(*(client.post("/api/generate", json=asked) for _ in "abc"))
        assert len({answer.json()[0]["id"] for answer in answers}) == 1
        other = await client.post("/api/generate", json=asked | {"token": "c" * 32})
        assert other.json()[0]["id"] != answers[0].json()[0]["id"]
        assert (await studio.runs.page()).total == 2


async def test_a_token_with_other_values_is_a_conflict_in_words(tmp_path: Path) -> None:
    async with calling(Studio(settings(tmp_path))) as client:
        asked = SMALL | {"token": "b" * 32}
        first = await client.post("/api/generate", json=asked)
        again = await client.post("/api/generate", json=asked | {"count": 1, "width": 256.0})
        assert again.json() == first.json(), "the same, written otherwise"
        for other in ({"prompt": "a dog"}, {"seed": 1}, {"count": 2}, {"fresh": True}):
            answer = await client.post("/api/generate", json=asked | other)
            assert answer.status_code == 409, answer.text
            error = answer.json()["error"]
            assert "stands for another request" in error["message"] and error["hint"]
            assert (error["field"], error["maybe_charged"]) == ("token", False)
        mine = {"Cookie": f"{COOKIE}={ME}"}
        answer = await client.post("/api/generate", json=asked | {"prompt": "x"}, headers=mine)
        assert answer.status_code == 200, "a token belongs to its owner"


async def test_the_same_call_after_a_restart_is_answered_with_the_same_images(
    tmp_path: Path,
) -> None:
    asked = SMALL | {"token": "b" * 32, "count": 2}
    async with calling(Studio(settings(tmp_path))) as client:
        first = (await client.post("/api/generate", json=asked)).json()
    async with calling(Studio(settings(tmp_path))) as client:
        assert (await client.post("/api/generate", json=asked)).json() == first
        for record in first:
            deleted = {"deleted": True}
            assert (await client.post(f"/api/images/{record['id']}", json=deleted)).is_success
        await client.post("/api/trash/empty", json={})
        error = said(await client.post("/api/generate", json=asked))
        assert "its images were deleted since" in error["message"]


async def test_fresh_passes_the_cache_by_and_is_paid_for(tmp_path: Path) -> None:
    async with FaultServer() as platform:
        more = {"api_url": platform.base_url, "api_key": "ak_test-0123456789"}
        async with calling(Studio(settings(tmp_path, **more))) as client:
            asked = SMALL | {"seed": 7}
            [first] = (await client.post("/api/generate", json=asked)).json()
            [cached] = (await client.post("/api/generate", json=asked | {"fresh": False})).json()
            assert cached["cached"] and cached["id"] == first["id"] and platform.posts == 1
            [anew] = (await client.post("/api/generate", json=asked | {"fresh": True})).json()
            assert not anew["cached"] and anew["id"] != first["id"] and platform.posts == 2
            assert anew["price_usd"] != 0 and cached["price_usd"] == 0
            for wrong in ("yes", 1, None, []):
                error = said(await client.post("/api/generate", json=asked | {"fresh": wrong}))
                assert error["field"] == "fresh"
            assert platform.posts == 2


async def test_the_jobs_are_the_visitors_who_called_and_nobodys_else(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    await client.post("/api/generate", json=SMALL)
    await client.post("/api/generate", json=SMALL, headers={"Cookie": f"{COOKIE}={ME}"})
    assert [submission["owner"] for submission in studio.submissions] == ["", ME]
    mine = await client.get("/api/jobs", headers={"Cookie": f"{COOKIE}={ME}"})
    assert len(mine.json()["jobs"]) == 1


async def test_what_was_stored_of_a_batch_that_failed_is_told(
    studio: FakeStudio, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = studio.prepare

    def second_fails(*asked: Any) -> Any:
        first, _ = prepare(*asked)
        return [first, *prepare(FLUX, {"prompt": "unknown"}, 1)]

    monkeypatch.setattr(studio, "prepare", second_fails)
    error = said(await client.post("/api/generate", json=SMALL | {"count": 2}))
    assert error["message"] == "The connection broke after the request was sent."
    assert error["hint"].endswith("by itself. 1 of 2 images were stored.")
    assert error["maybe_charged"] is True


async def test_beyond_the_days_limit_nothing_is_sent(tmp_path: Path) -> None:
    async with FaultServer() as platform:
        limits = Limits(requests_per_day=2)
        more = {"api_url": platform.base_url, "api_key": "ak_test-0123456789", "limits": limits}
        async with calling(Studio(settings(tmp_path, **more))) as client:
            error = said(await client.post("/api/generate", json=SMALL | {"count": 3}))
            assert error["message"].startswith("The limit of 2 requests a day leaves 2")
            assert (error["maybe_charged"], platform.posts) == (False, 0)
            answer = await client.post("/api/generate", json=SMALL | {"count": 2})
            assert (answer.status_code, platform.posts) == (200, 2), answer.text


async def test_beyond_what_may_wait_it_is_busy_at_once_and_soon_no_more(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    slow = SMALL | {"prompt": "slow cat"}
    waiting = [
        asyncio.create_task(client.post("/api/generate", json=slow)) for _ in range(WAITING_MAX)
    ]
    async with asyncio.timeout(60):
        while len(studio.submissions) < WAITING_MAX:
            await asyncio.sleep(0.01)
        busy = await client.post("/api/generate", json=SMALL)
    assert busy.status_code == 503 and busy.headers["retry-after"] == "5"
    assert "nothing was sent" in busy.json()["error"]["message"]
    assert len(studio.submissions) == WAITING_MAX
    studio.release.set()
    assert {(await call).status_code for call in waiting} == {200}
    assert (await client.post("/api/generate", json=SMALL)).status_code == 200


async def test_who_stops_waiting_loses_nothing(studio: FakeStudio, app: FastAPI) -> None:
    async with (
        served(app, timeout_graceful_shutdown=0) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        with pytest.raises(httpx.ReadTimeout):
            asked = SMALL | {"prompt": "slow cat"}
            await client.post("/api/generate", json=asked, timeout=1)
        assert not studio.gallery.stored
        studio.release.set()
        (job,) = studio.jobs.started.values()
        (run,) = await job.wait()
        assert run.record is not None
        answer = await client.get(f"/api/images/{run.record.id}")
        assert answer.status_code == 200


async def test_the_models_are_named_in_the_order_of_the_form(tmp_path: Path) -> None:
    async with calling(FakeStudio(tmp_path)) as client:
        answer = await client.get("/api/models")
    assert [(m["id"], m["label"]) for m in answer.json()] == [
        (FLUX, "FLUX.1 schnell"),
        (SDXL, "SDXL 1.0"),
    ]
