"""A real Stable Diffusion server, by both of its APIs: what it makes, tells, refuses and ends."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from backend.errors import Refused, Stopped, TakenBack
from backend.images import metadata
from backend.providers import PROVIDERS
from backend.settings.load import Settings
from backend.studio import Studio
from backend.types import ImageRecord, RunState
from tests.sd_server.server import SIDE

pytestmark = [pytest.mark.wide, pytest.mark.timeout(300), pytest.mark.xdist_group("sd-server")]

MODELS = """
[param.sampler]
kind = "text"
[[model]]
id = "{id}"
label = "Tiny"
provider = "{provider}"
[model.params]
prompt = {{}}
negative_prompt = {{}}
width = {{ default = {side}, minimum = {side} }}
height = {{ default = {side}, minimum = {side} }}
num_steps = {{ default = 1 }}
guidance_scale = {{}}
sampler = {{}}
seed = {{}}
"""
IDS = {"a1111": "tiny", "sdcpp": "tiny.safetensors"}

OpenOn = Callable[..., AbstractAsyncContextManager[Studio]]


@pytest.fixture
def open_on(sd_url: str, tmp_path: Path) -> OpenOn:
    """Return what opens a studio on the server by one of its APIs, in a folder of its own."""

    @asynccontextmanager
    async def opened(provider: str) -> AsyncIterator[Studio]:
        data = tmp_path / provider
        data.mkdir(exist_ok=True)
        told = MODELS.format(id=IDS[provider], provider=provider, side=SIDE)
        (data / "models.toml").write_text(told, encoding="utf-8")
        settings = Settings(
            data_dir=data,
            env_file=tmp_path / ".env",
            provider=PROVIDERS[provider],
            api_url=sd_url,
            api_key="play:word",  # which it passes over
            timeout_s=120.0,
        )
        async with Studio(settings) as studio:
            yield studio

    return opened


async def made(studio: Studio, **values: Any) -> ImageRecord:
    """Return an image of these values, made anew."""
    (model,) = studio.account.models
    given = {"prompt": "a flying cat", "width": SIDE, "height": SIDE, "num_steps": 1, **values}
    job = await studio.submit(studio.prepare(model, given, 1), anew=True)
    (run,) = await job.wait()
    assert run.record is not None, run.error
    return run.record


def pixels(studio: Studio, record: ImageRecord) -> Any:
    data = studio.gallery.image_path(record).read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("provider", IDS)
async def test_an_image_is_made_stored_and_described(open_on: OpenOn, provider: str) -> None:
    async with open_on(provider) as studio:
        record = await made(studio, seed=7, sampler="euler", negative_prompt="people")
        data = studio.gallery.image_path(record).read_bytes()
    assert (record.format, record.width_px, record.height_px) == ("png", SIDE, SIDE)
    assert record.request.seed == 7
    stored = metadata.read(data)
    assert stored is not None and stored.record.request.values["sampler"] == "euler"


async def test_the_same_seed_gives_the_same_pixels_by_either_api_another_seed_does_not(
    open_on: OpenOn,
) -> None:
    async with open_on("a1111") as web, open_on("sdcpp") as own:
        first = pixels(web, await made(web, seed=1))
        again = pixels(web, await made(web, seed=1))
        native = pixels(own, await made(own, seed=1))
        other = pixels(web, await made(web, seed=2))
    assert first.std() > 10, "a picture of nothing shows no seed"
    assert np.array_equal(first, again) and np.array_equal(first, native)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("provider", IDS)
async def test_made_again_it_is_proven_identical(open_on: OpenOn, provider: str) -> None:
    async with open_on(provider) as studio:
        record = await made(studio, seed=3)
        job = await studio.reproduce(record.id, owner="me", token=uuid4().hex)
        (run,) = await job.wait()
        assert run.record is not None, run.error
        (proof,) = await studio.gallery.proofs(run.record)
    assert (proof.verdict, proof.mean_difference) == ("identical", 0.0)


async def test_a_prompt_cannot_set_the_seed_behind_our_back(open_on: OpenOn) -> None:
    order = '<sd_cpp_extra_args>{"seed": 2}</sd_cpp_extra_args>'
    async with open_on("a1111") as studio:
        ordered = pixels(studio, await made(studio, seed=1, prompt=f"a flying cat{order}"))
        one, two = [pixels(studio, await made(studio, seed=seed)) for seed in (1, 2)]
    assert np.array_equal(ordered, one) and not np.array_equal(ordered, two)


@pytest.mark.parametrize("provider", IDS)
async def test_its_model_samplers_and_schedulers_are_told(open_on: OpenOn, provider: str) -> None:
    async with open_on(provider) as studio:
        connection = studio.account.connection
        assert await connection.remote_models() == [(IDS[provider], None)]
        for name, call in connection.provider.choices_calls().items():
            body = await connection.api.get_json(call, connection.provider.explain)
            choices = connection.provider.parse_choices(name, body)
            assert {"sampler": "euler_a", "scheduler": "karras"}[name] in choices


async def test_what_it_refuses_is_said_in_its_words_and_is_no_doubt(
    open_on: OpenOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_on("a1111") as studio:
        build = studio.account.provider.build
        values: dict[str, Any] = {"prompt": "", "width": "64"}
        for name, said in (("prompt", "prompt required"), ("width", "type must be number")):

            def wrong(*given: Any, name: str = name) -> Any:
                call = build(*given)
                assert call.json is not None
                return type(call)(call.method, call.path, {**call.json, name: values[name]})

            monkeypatch.setattr(
                type(studio.account.provider), "build", lambda _, *a, w=wrong: w(*a)
            )
            job = await studio.submit(studio.prepare("tiny", {"prompt": "a", "seed": 1}, 1))
            (run,) = await job.wait()
            assert run.state is RunState.FAILED and isinstance(run.error, Refused)
            assert said in run.error.message


async def test_stopped_what_waits_in_its_line_is_taken_out(open_on: OpenOn) -> None:
    async with open_on("sdcpp") as studio:
        given = {"prompt": "a", "width": SIDE, "height": SIDE, "num_steps": 5}
        job = await studio.submit(studio.prepare("tiny.safetensors", given, 4), anew=True)
        while any(run.state is RunState.QUEUED for run in job.runs):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)  # each is answered with its ticket by then
        job.stop()
        runs = await job.wait()
    ends = [type(run.error) if run.error else RunState.SAVED for run in runs]
    assert TakenBack in ends, ends
    assert set(ends) <= {RunState.SAVED, TakenBack, Stopped}, ends
