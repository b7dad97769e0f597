"""The endpoint /generate over a real socket, as gradio_client and plain HTTP call it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.ui.fake_studio import FLUX, SDXL, FakeStudio
from tests.ui.marked import MARKED
from ui.language.languages import LANGUAGES


@pytest.fixture
async def url(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=0)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest.fixture
async def predict(url: str) -> AsyncIterator[Any]:
    client = await asyncio.to_thread(Client, url, verbose=False)

    async def call(**arguments: object) -> Any:
        return await asyncio.to_thread(client.predict, api_name="/generate", **arguments)

    yield call
    await asyncio.to_thread(client.close)


async def test_generate_returns_documented_records(studio: FakeStudio, predict: Any) -> None:
    records = await predict(model=FLUX, prompt="a cat", seed=42, count=3, negative_prompt="dog")
    assert [r["seed"] for r in records] == [42, 43, 44]
    assert {r["model"] for r in records} == {FLUX}
    assert {r["negative_prompt"] for r in records} == {None}
    assert records[0]["num_steps"] == 4
    assert records[0]["image_url"] == f"/images/{records[0]['id']}"


async def test_generate_takes_a_label_too(predict: Any) -> None:
    [record] = await predict(model="SDXL 1.0", prompt="a cat", width=512, height=512, seed=5)
    assert (record["model"], record["seed"]) == (SDXL, None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"prompt": " "}, "The prompt is empty. Describe the image you want."),
        ({"model": "no/such"}, "This model is not in the catalogue."),
        ({"width": 1000}, "Width must be a multiple of 16. The nearest are 992 and 1008."),
        ({"count": 9}, "Number of images is out of range. Enter a whole number from 1 to 8."),
        ({"num_steps": "many"}, "Steps must be a"),
        ({"seed": -1}, "Seed is out of range."),
        ({"prompt": "<b>refused</b>"}, None),
        ({"prompt": "refused"}, "Your balance is too low for an image. Add credits."),
    ],
)
async def test_errors_reach_the_client_in_the_words_of_the_page(
    predict: Any, arguments: dict[str, Any], sentence: str | None
) -> None:
    call = {"model": FLUX, "prompt": "a cat", **arguments}
    if sentence is None:
        [record] = await predict(**call)
        assert record["prompt"] == "<b>refused</b>"
        return
    with pytest.raises(AppError) as caught:
        await predict(**call)
    assert sentence in str(caught.value)


async def test_plain_http_gets_records_and_sentences_too(url: str) -> None:
    async def call(data: list[object]) -> tuple[str, Any]:
        async with httpx.AsyncClient(base_url=url) as http:
            posted = await http.post("/gradio_api/call/generate", json={"data": data})
            event = posted.json()["event_id"]
            answer = await http.get(f"/gradio_api/call/generate/{event}")
        kind, data_line = answer.text.strip().splitlines()[-2:]
        return kind.removeprefix("event: "), json.loads(data_line.removeprefix("data: "))

    kind, data = await call([FLUX, "a cat", "", 512, 512, None, None, 7, 1])
    assert (kind, data[0][0]["seed"]) == ("complete", 7)
    kind, data = await call([FLUX, "", "", 512, 512, None, None, 7, 1])
    assert kind == "error"
    assert "The prompt is empty." in json.dumps(data)

    kind, data = await call([FLUX, "a cat"])
    assert (kind, data[0][0]["width"], len(data[0])) == ("complete", 1024, 1)
    kind, data = await call([FLUX])
    assert (kind, "The prompt is empty." in json.dumps(data)) == ("error", True)
    kind, data = await call([])
    assert (kind, "This model is not in the catalogue." in json.dumps(data)) == ("error", True)


async def test_posted_twice_with_one_token_it_is_one_job(studio: FakeStudio, predict: Any) -> None:
    asked = {"model": SDXL, "prompt": "a cat", "width": 512, "height": 512, "token": "b" * 32}
    [first], [again] = await asyncio.gather(predict(**asked), predict(**asked))
    assert first["id"] == again["id"] and len(studio.jobs.started) == 1
    await predict(**asked | {"token": "c" * 32})
    assert len(studio.jobs.started) == 2
    for token in ("x", "b" * 33, "b" * 10_000):
        with pytest.raises(AppError, match="another form"):
            await predict(**asked | {"token": token})


async def test_fresh_passes_the_cache_by(studio: FakeStudio, predict: Any) -> None:
    asked = {"model": FLUX, "prompt": "a cat", "width": 512, "height": 512, "seed": 7}
    [first] = await predict(**asked)
    [cached] = await predict(**asked)
    assert cached["id"] == first["id"] and cached["cached"]
    [anew] = await predict(**asked, fresh=True)
    assert anew["id"] != first["id"] and not anew["cached"]


async def test_page_handlers_are_no_part_of_the_api(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        info = (await http.get("/gradio_api/info")).json()
    assert list(info["named_endpoints"]) == ["/generate"]
    parameters = info["named_endpoints"]["/generate"]["parameters"]
    assert [p["parameter_name"] for p in parameters] == [
        "model",
        "prompt",
        "negative_prompt",
        "width",
        "height",
        "num_steps",
        "guidance_scale",
        "seed",
        "count",
        "token",
        "fresh",
        "styles",
    ]


async def test_each_program_is_refused_in_the_language_that_it_asks_for(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LANGUAGES, "de", MARKED)

    async def refused(**headers: str) -> str:
        async with httpx.AsyncClient(base_url=url, headers=headers) as http:
            body = {"data": [FLUX, ""]}
            event = (await http.post("/gradio_api/call/generate", json=body)).json()["event_id"]
            return (await http.get(f"/gradio_api/call/generate/{event}")).text

    german = {"Accept-Language": "de"}
    told = await asyncio.gather(*[refused(**german) if n % 2 else refused() for n in range(6)])
    assert all("The prompt is empty." in text for text in told)
    assert ["[The prompt is empty." in text for text in told] == [bool(n % 2) for n in range(6)]
