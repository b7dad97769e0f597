"""The offline server answers as the platform's documentation says, in process over ASGI."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from backend.providers.offline import server
from backend.providers.offline.server import create_app
from backend.types import ModelSpec, ParamSpec

PROMPT = ParamSpec("prompt", "text", "Prompt", minimum=1, maximum=200)
WIDTH = ParamSpec("width", "integer", "Width", 256, 256, 2048, 16)
HEIGHT = ParamSpec("height", "integer", "Height", 256, 256, 2048, 16)
STEPS = ParamSpec("num_steps", "integer", "Steps", 2, 1, 50, 1)
GUIDANCE = ParamSpec("guidance_scale", "number", "Guidance", 3.5, 0, 20, 0.5)
SEED = ParamSpec("seed", "integer", "Seed", None, 0, 2**32 - 1)
NEGATIVE = ParamSpec("negative_prompt", "text", "Negative prompt", maximum=200)
DULL = ParamSpec("guidance_scale", "number", "Guidance", 3.5, 0, 20, effect=False)

MODELS = {
    spec.id: spec
    for spec in (
        ModelSpec("a/seeded", "Seeded", "Takes a seed.", "p",
                  (PROMPT, WIDTH, HEIGHT, STEPS, GUIDANCE, SEED), Decimal("0.009")),
        ModelSpec("b/negative", "Negative", "Takes a negative prompt.", "p",
                  (PROMPT, NEGATIVE, WIDTH, HEIGHT, STEPS, GUIDANCE)),
        ModelSpec("c/dull", "Dull", "Guidance does nothing.", "p",
                  (PROMPT, WIDTH, HEIGHT, STEPS, DULL, SEED)),
    )
}  # fmt: skip
GOOD: dict[str, Any] = {"model": "a/seeded", "prompt": "ocean", "seed": 1}


def client_of(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://offline")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(MODELS)) as client:
        yield client


def decoded(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    data = base64.b64decode(answer.json()["data"][0]["b64_json"], validate=True)
    return Image.open(BytesIO(data))


def pixels(answer: httpx.Response) -> np.ndarray:
    return np.asarray(decoded(answer))


async def generate(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await client.post("/images/generation", json=fields)


async def test_an_image_comes_in_the_documented_shape(client: httpx.AsyncClient) -> None:
    answer = await generate(client, **GOOD, width=272, height=256)
    body = answer.json()
    seconds = body["data"][0].pop("timings")
    image = body["data"][0].pop("b64_json")
    assert body == {
        "model": "a/seeded",
        "object": "list",
        "data": [{"index": 0}],
        "message": "Image generated successfully",
        "status": "success",
    }
    assert seconds.keys() == {"inference"}
    assert 0 < seconds["inference"] < 60
    assert isinstance(image, str)
    assert answer.headers["content-type"] == "application/json"
    assert (decoded(answer).format, decoded(answer).size) == ("PNG", (272, 256))


async def test_defaults_of_the_catalogue_fill_what_is_not_sent(client: httpx.AsyncClient) -> None:
    short = await generate(client, **GOOD)
    full = await generate(client, **GOOD, width=256, height=256, num_steps=2, guidance_scale=3.5)
    assert np.array_equal(pixels(short), pixels(full))


async def test_seed_decides_where_the_model_takes_one(client: httpx.AsyncClient) -> None:
    one, same = await generate(client, **GOOD), await generate(client, **GOOD)
    other = await generate(client, **{**GOOD, "seed": 2})
    assert np.array_equal(pixels(one), pixels(same))
    assert not np.array_equal(pixels(one), pixels(other))


async def test_repeats_differ_where_the_model_takes_no_seed(client: httpx.AsyncClient) -> None:
    one, two = [await generate(client, model="b/negative", prompt="ocean") for _ in range(2)]
    assert not np.array_equal(pixels(one), pixels(two))


async def test_a_null_negative_prompt_is_fine_where_the_model_takes_one(
    client: httpx.AsyncClient,
) -> None:
    answer = await generate(client, model="b/negative", prompt="ocean", negative_prompt=None)
    assert decoded(answer).size == (256, 256)


async def test_a_field_without_effect_has_none_here_either(client: httpx.AsyncClient) -> None:
    low, high = [
        await generate(client, **{**GOOD, "model": "c/dull"}, guidance_scale=g) for g in (1, 15)
    ]
    assert np.array_equal(pixels(low), pixels(high))
    low, high = [await generate(client, **GOOD, guidance_scale=g) for g in (1, 15)]
    assert not np.array_equal(pixels(low), pixels(high))


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"prompt": None}, 422, "prompt"),
        ({"prompt": ""}, 422, "prompt"),
        ({"prompt": "   "}, 422, "prompt"),
        ({"prompt": 5}, 422, "prompt"),
        ({"prompt": ["a"]}, 422, "prompt"),
        ({"prompt": "x" * 201}, 422, "prompt"),
        ({"prompt": "half \ud800"}, 422, "prompt"),
        ({"model": None}, 422, "model"),
        ({"model": 3}, 422, "model"),
        ({"model": "nobody/knows"}, 404, "model"),
        ({"model": "\udfff"}, 404, "model"),
        ({"width": 255}, 422, "width"),
        ({"width": 264}, 422, "width"),
        ({"width": 4096}, 422, "width"),
        ({"width": "512"}, 422, "width"),
        ({"width": 512.0}, 422, "width"),
        ({"width": True}, 422, "width"),
        ({"width": None}, 422, "width"),
        ({"num_steps": 0}, 422, "num_steps"),
        ({"num_steps": 10**400}, 422, "num_steps"),
        ({"guidance_scale": "high"}, 422, "guidance_scale"),
        ({"guidance_scale": False}, 422, "guidance_scale"),
        ({"guidance_scale": 20.5}, 422, "guidance_scale"),
        ({"guidance_scale": 3.3}, 422, "guidance_scale"),
        ({"guidance_scale": {}}, 422, "guidance_scale"),
        ({"seed": -1}, 422, "seed"),
        ({"seed": 2**32}, 422, "seed"),
        ({"seed": 1.5}, 422, "seed"),
        ({"negative_prompt": "stars"}, 422, "negative_prompt"),
        ({"negative_prompt": None}, 422, "negative_prompt"),
        ({"n": 2}, 422, "n"),
        ({"\ud800": 2}, 422, "ud800"),
    ],
)
async def test_a_bad_field_is_refused_by_name(
    client: httpx.AsyncClient, change: dict[str, Any], status: int, named: str
) -> None:
    # json.dumps writes a lone surrogate as an escape, as a careless client would.
    answer = await client.post("/images/generation", content=json.dumps({**GOOD, **change}))
    assert answer.status_code == status
    assert answer.json().keys() == {"status", "message"}
    assert answer.json()["status"] == "failed"
    assert named in answer.json()["message"].split(":")[0]


async def test_a_number_without_a_range_may_still_be_too_large() -> None:
    free = ModelSpec("f", "F", "", "p", (PROMPT, ParamSpec("guidance_scale", "number", "G")))
    async with client_of(create_app({"f": free})) as client:
        answer = await generate(client, model="f", prompt="ocean", guidance_scale=10**400)
    assert answer.status_code == 422
    assert "guidance_scale" in answer.json()["message"]


async def test_seed_is_refused_where_the_model_takes_none(client: httpx.AsyncClient) -> None:
    answer = await generate(client, model="b/negative", prompt="ocean", seed=1)
    assert answer.status_code == 422
    assert "seed" in answer.json()["message"]


async def test_a_missing_prompt_or_model_is_refused(client: httpx.AsyncClient) -> None:
    for fields, named in (({"model": "a/seeded"}, "prompt"), ({"prompt": "ocean"}, "model")):
        answer = await generate(client, **fields)
        assert (answer.status_code, answer.json()["message"].split(":")[0]) == (422, named)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"a"', b"null", b"\xff\xfe", b'{"prompt": NaN}', b"[" * 100_000,
     b'{"prompt": ' + b"9" * 5000 + b"}"],
)  # fmt: skip
async def test_a_body_that_is_no_json_object_is_a_400(
    client: httpx.AsyncClient, content: bytes
) -> None:
    answer = await client.post("/images/generation", content=content)
    assert (answer.status_code, answer.json()["status"]) == (400, "failed")


async def test_a_huge_body_is_refused_before_it_is_parsed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/images/generation", content=b" " * 1_000_001)
    assert (answer.status_code, answer.json()["status"]) == (413, "failed")


async def test_unknown_addresses_and_methods_fail_in_the_documented_shape(
    client: httpx.AsyncClient,
) -> None:
    for answer, status in (
        (await client.get("/nothing"), 404),
        (await client.get("/images/generation"), 405),
        (await client.post("/users/credits"), 405),
    ):
        assert answer.status_code == status
        assert answer.json()["status"] == "failed"


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer ak_wrong", "Basic ak_right", "ak_right",
     "Bearer ak_right_and_more", b"Bearer \xff\xfe"],
)  # fmt: skip
async def test_every_route_is_closed_without_the_key(header: str | bytes | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    async with client_of(create_app(MODELS, key="ak_right")) as client:
        for call in (
            client.post("/images/generation", json=GOOD, headers=headers),
            client.get("/serverless/models", headers=headers),
            client.get("/users/credits", headers=headers),
        ):
            answer = await call
            assert answer.status_code == 401
            assert answer.json()["status"] == "failed"
            assert "ak_right" not in answer.text


async def test_the_right_key_opens() -> None:
    async with client_of(create_app(MODELS, key="ak_right")) as client:
        answer = await client.get("/users/credits", headers={"Authorization": "Bearer ak_right"})
    assert answer.status_code == 200


async def test_the_list_has_every_model_and_only_known_prices(client: httpx.AsyncClient) -> None:
    body = (await client.get("/serverless/models")).json()
    assert body["status"] == "success"
    listed = {entry["model_name"]: entry for entry in body["data"]["models"]}
    assert listed.keys() == MODELS.keys()
    assert listed["a/seeded"] == {
        "model_name": "a/seeded",
        "model_alias": "Seeded",
        "model_type": "Image",
        "context_length": None,
        "max_completion_tokens": None,
        "description": "Takes a seed.",
        "price": 0.009,
        "huggingface_url": None,
    }
    assert listed["b/negative"]["price"] is None


async def test_the_balance_is_a_decimal_in_a_string_and_never_refuses(
    client: httpx.AsyncClient,
) -> None:
    body = (await client.get("/users/credits")).json()
    assert body["status"] == "success"
    assert body["data"].keys() == {"available_balance"}
    assert isinstance(body["data"]["available_balance"], str)
    assert Decimal(body["data"]["available_balance"]) == 0
    assert (await generate(client, **GOOD)).status_code == 200


async def test_painting_never_blocks_the_loop_and_keeps_to_its_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, lock, now, most = threading.Event(), threading.Lock(), [0], [0]
    real: Callable[..., Any] = server.render

    def slow(*arguments: Any) -> Any:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        assert gate.wait(20)
        with lock:
            now[0] -= 1
        return real(*arguments)

    monkeypatch.setattr(server, "render", slow)
    async with client_of(create_app(MODELS, render_threads=2)) as client:
        jobs = [asyncio.create_task(generate(client, **{**GOOD, "seed": n})) for n in range(4)]
        try:
            while now[0] < 2:
                await asyncio.sleep(0.01)
            # Both threads are stuck, and still the server answers.
            assert (await client.get("/users/credits")).status_code == 200
        finally:
            gate.set()
        answers = await asyncio.gather(*jobs)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert most[0] == 2


async def test_many_at_once_each_get_their_own_picture(client: httpx.AsyncClient) -> None:
    seeds = [1, 2, 3, 1, 2, 3]
    answers = await asyncio.gather(*(generate(client, **{**GOOD, "seed": n}) for n in seeds))
    shots = [pixels(answer).tobytes() for answer in answers]
    assert shots[:3] == shots[3:]
    assert len(set(shots)) == 3


async def test_lifespan_ends_the_threads() -> None:
    app = create_app(MODELS)
    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await generate(client, **GOOD)).status_code == 200
    with pytest.raises(RuntimeError, match="shutdown"):
        app.state.backend.pool.submit(print)
