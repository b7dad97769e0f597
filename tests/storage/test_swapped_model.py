"""sd-server started again with other weights: what the old ones made answers nothing any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend import branch
from backend.errors import InvalidInput
from backend.types import RunState
from tests.http import faults as f
from tests.storage.clock import until
from tests.storage.conftest import OpenStudio, Pauses
from tests.storage.test_connections import made, model_of, url_of
from tests.storage.test_experiments import rests, start

NATIVE, V1 = "sdcpp", "sdcpp_v1"


class SdServer(f.FaultServer):
    """sd-server with one file of weights: its own interface, and its /v1 that names all alike.

    `instead` is answered where it tells which file that is.
    """

    weights = "one.safetensors"
    instead: f.Fault | None = None

    def choose(self, request: f.Received) -> f.Fault:
        if self._get_script and request.method == "GET":
            return self._get_script.popleft()
        picture = json.loads(f.document(f.png(64, 64)))["data"][0]["b64_json"]
        answers: dict[str, Any] = {
            "/v1/models": {"data": [{"id": "sd-cpp-local"}]},
            "/v1/images/generations": {"data": [{"b64_json": picture}]},
            "/sdcpp/v1/img_gen": {"id": "job_1", "status": "queued"},
            "/sdcpp/v1/jobs/job_1": {
                "status": "completed",
                "result": {"images": [{"b64_json": picture}]},
            },
            "/sdcpp/v1/capabilities": {
                "model": {"name": self.weights, "path": f"/models/{self.weights}"},
                "samplers": ["euler"],
                "schedulers": ["karras"],
            },
        }
        if request.path.endswith("/capabilities") and self.instead:
            return self.instead
        return f.raw(json.dumps(answers[request.path]))


@pytest.fixture
async def gpu() -> AsyncIterator[SdServer]:
    async with SdServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch, "FRESH_S", 0.0)


def given(server: SdServer, kind: str, **more: Any) -> dict[str, Any]:
    base = url_of(server) + ("/v1" if kind == V1 else "")
    return {"name": "home", "kind": kind, "api_url": base, **more}


@pytest.mark.parametrize("kind", [NATIVE, V1])
async def test_other_weights_are_another_model_before_anything_answers_from_the_cache(
    open_studio: OpenStudio, gpu: SdServer, slept: Pauses, kind: str
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(given(gpu, kind), None)
        old = model_of(studio)
        assert (await made(studio, old)).state is RunState.SAVED
        assert (await made(studio, old)).record.cached and gpu.posts == 1
        request = studio.prepare(old, {"prompt": "a cat", "seed": 8}, 1)
        first = await studio.submit(request, token="a" * 32)
        await first.wait()
        gpu.weights = "two.safetensors"
        with pytest.raises(InvalidInput, match="another model") as caught:
            await made(studio, old)
        assert caught.value.field == "model"
        assert await studio.submit(request, token="a" * 32) is first  # pressed before
        new = model_of(studio)
        assert new != old
        other = await made(studio, new)
        assert other.record.request.model == new and not other.record.cached
    assert gpu.posts == 3


async def test_what_waited_meanwhile_is_not_painted_by_other_weights(
    open_studio: OpenStudio, gpu: SdServer, slept: Pauses
) -> None:
    waiting = asyncio.Event()
    slept.during = waiting.wait
    async with open_studio() as studio:
        await studio.account.further.keep(given(gpu, V1, requests_per_minute="1"), None)
        old = model_of(studio)
        await made(studio, old, seed=1)
        held = await studio.submit(studio.prepare(old, {"prompt": "a", "seed": 2}, 1))
        await until(lambda: held.runs[0].waits_for)
        gpu.weights = "two.safetensors"
        waiting.set()
        (run,) = await held.wait()
        assert run.state is RunState.FAILED and "another model" in str(run.error)
    assert gpu.posts == 1


async def test_an_experiment_rests_rather_than_mix_two_models(
    open_studio: OpenStudio, gpu: SdServer
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(given(gpu, V1), None)
        old = model_of(studio)
        await made(studio, old, seed=7)
        gpu.weights = "two.safetensors"
        grid = {
            "base": {"model": old, "prompt": "a cat"},
            "axes": {"x": {"seed": "7,8"}},
        }
        one = await rests(studio, await start(studio, grid))
        assert one.state == "paused" and "another model" in str(one.why)
    assert gpu.posts == 1


@pytest.mark.parametrize(
    "instead",
    [f.status(404), f.status(401), f.html(200), f.raw('{"model": {"name": ""}}')],
    ids=["404", "401", "a page", "no name"],
)
async def test_a_server_that_is_away_or_tells_nothing_keeps_its_name(
    open_studio: OpenStudio, gpu: SdServer, monkeypatch: pytest.MonkeyPatch, instead: f.Fault
) -> None:
    gpu.instead = instead
    async with open_studio() as studio:
        await studio.account.further.keep(given(gpu, V1), None)
        assert model_of(studio) == "home/sd-cpp-local"
        assert (await made(studio, "home/sd-cpp-local")).state is RunState.SAVED
        gpu.script_gets(f.status(400))
        assert (await made(studio, "home/sd-cpp-local")).record.cached
        monkeypatch.setattr(branch, "TELLS_S", 0.01)
        gpu.script_gets(f.held(f.status(400)))
        assert (await made(studio, "home/sd-cpp-local")).record.cached
        gpu.release()
        await studio.account.branches["home"].refresh()
    assert gpu.posts == 1
