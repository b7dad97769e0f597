"""OpenAI's own SDK against the playground: its images, its errors, and its blind retries."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from datetime import timedelta
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI
from PIL import Image

from backend import once
from backend.programs import keys
from backend.types import Limits, RunState
from tests.http.faults import (
    Fault,
    cut_mid_body,
    document,
    good,
    held,
    html,
    picture,
    png,
    status,
)
from tests.storage.clock import until
from tests.ui.programs.conftest import FLUX, SDXL, Opening, Playground

CAT = {"prompt": "a cat", "model": FLUX, "size": "256x256"}


def sdk(playground: Playground, **more: Any) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=playground.base_url, api_key=playground.key, **more)


def body(**changes: Any) -> dict[str, Any]:
    return {**CAT, **changes}


async def stored(playground: Playground) -> int:
    return (await playground.studio.gallery.images()).total


async def test_the_sdk_gets_an_image_as_from_openai(playground: Playground) -> None:
    async with sdk(playground) as client:
        made = await client.images.generate(**body(response_format="b64_json"))
    assert made.data and made.data[0].b64_json and made.data[0].url is None
    assert abs(made.created - time.time()) < 60
    with Image.open(io.BytesIO(base64.b64decode(made.data[0].b64_json))) as image:
        assert image.format == "PNG" and f"{image.width}x{image.height}" == made.size
    sent = playground.platform.requests[-1].json()
    assert (sent["model"], sent["width"], sent["height"]) == (FLUX, 256, 256)
    assert await stored(playground) == 1


async def test_an_address_is_good_without_the_key_and_no_other_is(playground: Playground) -> None:
    async with sdk(playground) as client:
        made = await client.images.generate(**body(response_format="url"))
    assert made.data and made.data[0].b64_json is None
    url = made.data[0].url or ""
    assert url.startswith(f"{playground.base_url}/images/")
    async with httpx.AsyncClient() as anybody:
        answer = await anybody.get(url)
        assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
        Image.open(io.BytesIO(answer.content)).verify()
        for changed in (
            url.replace("until=", "until=9"),
            url[:-1] + ("0" if url[-1] != "0" else "1"),
            url.replace(".png", ".webp"),
            url + "&compression=5",
        ):
            assert (await anybody.get(changed)).status_code == 404, changed
        bare = url.partition("?")[0]
        assert (await anybody.get(bare)).status_code == 401
    async with playground.client() as own:
        assert (await own.get(bare)).status_code == 200
    (use,) = await playground.studio.keys.all()
    await playground.studio.keys.remove(use.key.id)
    async with httpx.AsyncClient() as anybody:
        assert (await anybody.get(url)).status_code == 404


async def test_both_come_where_nothing_is_said(playground: Playground) -> None:
    async with sdk(playground) as client:
        made = await client.images.generate(**body(n=2, extra_body={"seed": 7}))
    assert made.data and [one.model_extra["seed"] for one in made.data] == [7, 8]  # type: ignore[index]
    assert all(one.b64_json and one.url for one in made.data)


async def test_the_models_are_listed_and_found_by_label(playground: Playground) -> None:
    async with sdk(playground) as client:
        models = [model.id async for model in client.models.list()]
        assert models == [FLUX, SDXL]
        assert (await client.models.retrieve(SDXL)).id == SDXL
        with pytest.raises(openai.NotFoundError) as error:
            await client.models.retrieve("dall-e-3")
        assert error.value.code == "model_not_found" and FLUX in error.value.message
        await client.images.generate(**body(model="SDXL 1.0"))
        assert playground.platform.requests[-1].json()["model"] == SDXL
        with pytest.raises(openai.NotFoundError):
            await client.images.generate(**body(model="gpt-image-2"))
    async with playground.client() as plain:
        answer = await plain.post("/v1/images/generations", json={"prompt": "a dog"})
    assert answer.status_code == 200
    assert playground.platform.requests[-1].json()["model"] == FLUX


@pytest.mark.parametrize(
    "broken",
    [
        Fault(drop="headers"),
        Fault(drop="headers", reset=True),
        cut_mid_body(),
        html(502),
        status(503),
    ],
    ids=["no answer", "reset", "cut", "bad gateway", "unavailable"],
)
async def test_what_may_be_charged_is_sent_once_however_often_the_sdk_tries(
    playground: Playground, broken: Fault
) -> None:
    playground.platform.script(broken)
    async with sdk(playground, max_retries=2) as client:
        with pytest.raises(openai.InternalServerError) as error:
            await client.images.generate(**body())
        assert error.value.code == "may_have_been_charged"
        with pytest.raises(openai.InternalServerError):
            await client.images.generate(**body())
    for _ in range(3):  # a program that retries whatever it is told
        async with playground.client() as plain:
            assert (await plain.post("/v1/images/generations", json=CAT)).status_code == 502
    assert playground.platform.posts == 1
    (run,) = (await playground.studio.runs.page()).runs
    assert run.state is RunState.UNKNOWN


async def test_a_timeout_of_the_sdk_and_its_retries_are_one_run(playground: Playground) -> None:
    playground.platform.script(held(good()))
    async with sdk(playground, timeout=0.4, max_retries=2) as client:
        with pytest.raises(openai.APITimeoutError):
            await client.images.generate(**body())
    assert playground.platform.posts == 1
    playground.platform.release()
    async with sdk(playground) as client:
        made = await client.images.generate(**body())
    assert made.data and made.data[0].b64_json
    assert playground.platform.posts == 1 and await stored(playground) == 1


async def test_two_requests_at_once_with_the_same_body_are_one_run(playground: Playground) -> None:
    async with sdk(playground) as client:
        made = await asyncio.gather(*(client.images.generate(**body()) for _ in range(5)))
        assert len({one.data[0].b64_json for one in made if one.data}) == 1
        assert playground.platform.posts == 1
        await client.images.generate(**body(user="somebody else"))
        await client.images.generate(**body(extra_headers={"Idempotency-Key": "another"}))
    assert playground.platform.posts == 3
    playground.key = await playground.new_key("another program")
    async with sdk(playground) as client:
        await client.images.generate(**body())
    assert playground.platform.posts == 4


async def test_a_client_that_hangs_up_finds_its_image_in_the_gallery(
    playground: Playground,
) -> None:
    playground.platform.script(held(good()))
    async with playground.client() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/v1/images/generations", json=CAT, timeout=0.3)
    playground.platform.release()
    await until(lambda: not playground.studio.jobs.under_way)
    async with asyncio.timeout(10):
        while not await stored(playground):
            await asyncio.sleep(0.02)
    assert playground.platform.posts == 1


async def test_a_name_makes_one_run_also_after_a_restart(opening: Opening) -> None:
    named = {"Idempotency-Key": "order-17"}
    playground = await opening()
    async with sdk(playground) as client:
        first = await client.images.generate(**body(extra_headers=named))
    await opening.stack.aclose()
    again = await opening_again(opening, playground)
    async with sdk(again) as client:
        second = await client.images.generate(**body(extra_headers=named))
        assert first.data and second.data
        assert first.data[0].b64_json == second.data[0].b64_json
        assert opening.platform.posts == 1
        with pytest.raises(openai.UnprocessableEntityError) as error:
            await client.images.generate(**body(prompt="a dog", extra_headers=named))
        assert error.value.code == "idempotency_key_reused"
    assert opening.platform.posts == 1


async def opening_again(opening: Opening, before: Playground) -> Playground:
    """Open the same folder once more, with the key of before."""
    made = await opening_with(opening, "second")
    made.key = before.key
    return made


async def opening_with(opening: Opening, name: str) -> Playground:
    studio_key = opening.key_name
    opening.key_name = name
    try:
        return await opening()
    finally:
        opening.key_name = studio_key


async def test_a_name_whose_call_was_begun_anew_stands_for_its_images_for_good(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = body(model=SDXL, extra_headers={"Idempotency-Key": "order-17"})  # it takes no seed
    async with sdk(playground) as client:
        for asked in (named, body(prompt="a dog")):
            playground.platform.script(status(422))
            with pytest.raises(openai.BadRequestError):
                await client.images.generate(**asked)
        first = await client.images.generate(**named)
        monkeypatch.setattr(keys, "CALLS_KEPT_S", -1.0)  # all that can be forgotten is old by now
        await client.images.generate(**body(prompt="a dog"))  # it is begun anew, and old ones go
        posts = playground.platform.posts
        second = await client.images.generate(**named)
    assert first.data and second.data
    assert first.data[0].b64_json == second.data[0].b64_json
    assert playground.platform.posts == posts == 4


async def test_after_a_while_the_same_request_asks_for_more_unless_it_has_a_name(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"Idempotency-Key": "order-17"}
    async with sdk(playground) as client:
        await client.images.generate(**body())
        await client.images.generate(**body(extra_headers=named))
        await client.images.generate(**body())
        assert playground.platform.posts == 2
        monkeypatch.setattr(once, "SAME_FOR", timedelta(0))
        await client.images.generate(**body(extra_headers=named))
        assert playground.platform.posts == 2
        await client.images.generate(**body())
        await client.images.generate(**body())
    seeds = [request.json()["seed"] for request in playground.platform.requests if request.body]
    assert len(seeds) == len(set(seeds)) == 4


async def test_an_image_that_was_deleted_since_is_made_anew(playground: Playground) -> None:
    async with sdk(playground) as client, playground.client() as page:
        named = body(prompt="a fox", extra_headers={"Idempotency-Key": "order-17"})
        await client.images.generate(**body())
        await client.images.generate(**named)
        await page.post("/api/images", json={"query": "q=a", "deleted": True})
        for asked in (body(), named):  # they are in the trash yet
            assert (await client.images.generate(**asked)).data
        assert playground.platform.posts == 2
        await page.post("/api/trash/empty", json={})
        assert await stored(playground) == 0
        made = await client.images.generate(**body())
        assert made.data and playground.platform.posts == 3 and await stored(playground) == 1
        with pytest.raises(openai.BadRequestError) as error:
            await client.images.generate(**named)
    assert "deleted since" in error.value.message and playground.platform.posts == 3


async def test_what_failed_for_nothing_is_tried_again_by_the_same_request(
    playground: Playground,
) -> None:
    playground.platform.script(status(402, "no credit"))
    async with sdk(playground, max_retries=2) as client:
        with pytest.raises(openai.RateLimitError) as error:
            await client.images.generate(**body())
        assert error.value.code == "insufficient_quota"
        assert playground.platform.posts == 1  # the SDK was told not to
        made = await client.images.generate(**body())  # there is credit again
        assert made.data and playground.platform.posts == 2
        await client.images.generate(**body())
    assert playground.platform.posts == 2


async def test_of_a_batch_that_failed_in_part_only_the_rest_is_sent_again(
    playground: Playground,
) -> None:
    playground.platform.script(good(), status(402, "no credit"))
    async with sdk(playground, max_retries=0) as client:
        with pytest.raises(openai.RateLimitError):
            await client.images.generate(**body(n=2))
        made = await client.images.generate(**body(n=2))
    assert made.data and len({one.b64_json for one in made.data}) <= 2 == len(made.data)
    seeds = [request.json()["seed"] for request in playground.platform.requests if request.body]
    assert len(seeds) == 3 and len(set(seeds)) == 2
    assert await stored(playground) == 2


async def test_without_seeds_a_batch_that_failed_in_part_is_not_paid_again(
    playground: Playground,
) -> None:
    playground.platform.script(good(), status(402, "no credit"))
    async with sdk(playground, max_retries=0) as client:
        for _ in range(2):
            with pytest.raises(openai.RateLimitError):
                await client.images.generate(**body(n=2, model=SDXL))
    assert playground.platform.posts == 2


async def test_the_keys_own_limit_holds_for_many_at_once(opening: Opening) -> None:
    playground = await opening()
    playground.key = await playground.new_key("narrow", requests_per_day=3)
    async with sdk(playground, max_retries=2) as client:
        asked = (client.images.generate(**body(prompt=f"cat {n}")) for n in range(8))
        found = await asyncio.gather(*asked, return_exceptions=True)
        refused = [one for one in found if isinstance(one, openai.RateLimitError)]
        assert len(refused) == 5 and playground.platform.posts == 3
        assert {one.code for one in refused} == {"insufficient_quota"}
        assert "3 requests a day" in refused[0].message and "key" in refused[0].message
        assert refused[0].response.headers["x-should-retry"] == "false"
    wide = AsyncOpenAI(base_url=playground.base_url, api_key=await playground.new_key("wide"))
    async with wide:
        await wide.images.generate(**body(prompt="one more"))
    assert playground.platform.posts == 4


async def test_dollars_of_a_key_hold(playground: Playground) -> None:
    playground.key = await playground.new_key("poor", dollars_per_day="0.02")
    async with sdk(playground) as client:
        await client.images.generate(**body(model=SDXL))  # $0.009 each
        await client.images.generate(**body(model=SDXL, prompt="a dog"))
        with pytest.raises(openai.RateLimitError) as error:
            await client.images.generate(**body(model=SDXL, prompt="a cow"))
    assert error.value.code == "insufficient_quota" and playground.platform.posts == 2
    use = next(use for use in await playground.studio.keys.all() if use.key.name == "poor")
    assert use.today.requests_today == 2 and str(use.today.dollars_today) == "0.018"
    assert use.last is not None


async def test_the_day_of_everybody_holds_too(opening: Opening) -> None:
    playground = await opening(limits=Limits(requests_per_day=1))
    async with sdk(playground) as client:
        await client.images.generate(**body())
        with pytest.raises(openai.RateLimitError) as error:
            await client.images.generate(**body(prompt="a dog"))
    assert error.value.code == "insufficient_quota" and "key" not in error.value.message
    assert playground.platform.posts == 1


async def test_a_pause_that_the_platform_asks_for_is_handed_on(playground: Playground) -> None:
    playground.platform.script(status(429, retry_after="3600"))
    async with sdk(playground, max_retries=2) as client:
        with pytest.raises(openai.RateLimitError) as error:
            await client.images.generate(**body())
    assert error.value.code == "rate_limit_exceeded" and playground.platform.posts == 1
    assert error.value.response.headers["retry-after"] == "3600"


async def test_a_key_of_the_platform_that_is_refused_is_not_the_programs(
    playground: Playground,
) -> None:
    playground.platform.script(status(401, "bad key"))
    async with sdk(playground) as client:
        with pytest.raises(openai.InternalServerError) as error:
            await client.images.generate(**body())
    assert error.value.code == "platform_refused" and playground.platform.posts == 1


async def test_the_file_comes_in_the_format_that_is_asked_for(playground: Playground) -> None:
    playground.platform.script(good(picture("JPEG")))
    for asked in ("jpeg", "webp", "png"):
        async with sdk(playground) as client:
            made = await client.images.generate(**body(output_format=asked, extra_body={"seed": 7}))
        assert made.data and made.output_format == asked
        files = [base64.b64decode(made.data[0].b64_json or "")]
        async with httpx.AsyncClient() as anybody:
            files.append((await anybody.get(made.data[0].url or "")).content)
        for file in files:
            with Image.open(io.BytesIO(file)) as image:
                assert image.format == asked.upper()
                image.load()
    (record,) = (await playground.studio.gallery.images()).images
    assert record.format == "jpeg" and playground.platform.posts == 1


async def test_a_style_of_ones_own_is_put_on_the_prompt(playground: Playground) -> None:
    async with sdk(playground) as client:
        await client.images.generate(**body(style="vivid"))  # as programs send it always
    assert playground.platform.requests[-1].json()["prompt"] == "a cat"
    async with playground.client() as plain:
        style = {"name": "vivid", "prompt": "{prompt}, in vivid colours"}
        assert (await plain.post("/api/styles", json=style)).status_code == 200
    async with sdk(playground) as client:
        made = await client.images.generate(**body(style="vivid"))
        assert made.data and made.data[0].revised_prompt == "a cat, in vivid colours"
        assert playground.platform.requests[-1].json()["prompt"] == "a cat, in vivid colours"
        with pytest.raises(openai.BadRequestError) as error:
            await client.images.generate(**body(style="natural"))
    assert error.value.param == "style" and playground.platform.posts == 2


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"prompt": ""}, "prompt"),
    ({"n": 9}, "n"),
    ({"n": 0}, "n"),
    ({"size": "huge"}, "size"),
    ({"size": "100x100"}, "size"),
    ({"size": "1000x1000"}, "size"),
    ({"stream": True}, "stream"),
    ({"partial_images": 2}, "partial_images"),
    ({"background": "transparent"}, "background"),
    ({"quality": "best"}, "quality"),
    ({"moderation": "none"}, "moderation"),
    ({"response_format": "png"}, "response_format"),
    ({"output_format": "gif"}, "output_format"),
    ({"output_compression": 50}, "output_compression"),
    ({"output_format": "jpeg", "output_compression": 101}, "output_compression"),
    ({"negative_prompt": "dogs"}, "negative_prompt"),
    ({"model": SDXL, "seed": 7}, "seed"),
    ({"seed": -2}, "seed"),
    ({"steps": 1000}, "steps"),
    ({"num_inference_steps": 1000}, "num_inference_steps"),
    ({"steps": 4, "quality": "high"}, "quality"),
    ({"size": "512x512", "width": 512}, "width"),
    ({"svg": {"model": "x"}}, "svg"),
    ({"frame_count": 3}, "frame_count"),
]


async def test_what_cannot_be_done_is_refused_by_name_and_nothing_is_sent(
    playground: Playground,
) -> None:
    async with playground.client() as client:
        for wrong, param in WRONG:
            answer = await client.post("/v1/images/generations", json=body(**wrong))
            assert answer.status_code == 400, (wrong, answer.text)
            error = answer.json()["error"]
            assert list(error) == ["message", "type", "param", "code"]
            assert (error["type"], error["param"]) == ("invalid_request_error", param), error
            assert error["message"].endswith(".")
            assert answer.headers["x-should-retry"] == "false"
    assert playground.platform.posts == 0


async def test_what_is_not_json_or_nowhere_is_told_in_the_same_shape(
    playground: Playground,
) -> None:
    async with playground.client() as client:
        answers = [
            await client.post("/v1/images/generations", content=b"{"),
            await client.post("/v1/images/generations", json=[1]),
            await client.post("/v1/images/edits", json=CAT),
            await client.get("/v1/files"),
            await client.post("/v1/models", json={}),
            await client.get("/v1/models?limit=3"),
            await client.post(
                "/v1/images/generations", json=CAT, headers={"Idempotency-Key": "x" * 300}
            ),
        ]
    assert [one.status_code for one in answers] == [400, 400, 404, 404, 404, 400, 400]
    for answer in answers:
        assert answer.json()["error"]["type"] == "invalid_request_error", answer.text
    assert playground.platform.posts == 0


async def test_a_large_image_comes_whole(playground: Playground) -> None:
    noise = png(700, 700, noise=True)
    playground.platform.script(Fault(document(noise)))
    async with sdk(playground) as client:
        made = await client.images.generate(**body())
    assert made.data
    data = base64.b64decode(made.data[0].b64_json or "")
    (record,) = (await playground.studio.gallery.images()).images
    assert data == playground.studio.gallery.image_path(record).read_bytes()
    assert len(data) > len(noise)
