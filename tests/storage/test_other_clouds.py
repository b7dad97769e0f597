"""fal, Replicate and Hugging Face over real sockets: one paid call, its questions, its image."""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import Refused
from backend.generation import following
from backend.images import metadata, pictures
from backend.types import RunState, Tokens
from tests.http.faults import Fault, FaultServer, Received, png, raw, status
from tests.storage.conftest import OpenStudio, Pauses

IMAGE = png(48, 32, noise=True)
KEY = "another-key-0123456789"
MODELS = """
[[model]]
id = "owner/name"
label = "Name"
provider = "{kind}"
{prices}
[model.params]
prompt = {{}}
width = {{}}
height = {{}}
seed = {{}}
"""
TOKEN_PRICES = """
price_usd_per_million_input_tokens = "5"
price_usd_per_million_output_tokens = "40"
"""


@dataclass
class Cloud(FaultServer):
    """Answers what is scripted, by method and path; a picture at /files/1.png."""

    said: dict[str, deque[Fault]] = field(default_factory=dict)

    def answers(self, call: str, *documents: object) -> None:
        """Script the answers to `call`, such as "GET /x"; what is no file or fault as JSON."""
        self.said[call] = deque(
            one
            if isinstance(one, Fault)
            else Fault(one, headers=(("Content-Type", "image/png"),))
            if isinstance(one, bytes)
            else raw(json.dumps(one))
            for one in documents
        )

    def choose(self, request: Received) -> Fault:
        line = self.said.get(f"{request.method} {request.path}")
        return line.popleft() if line else status(404)

    def sent(self, method: str) -> list[Received]:
        return [request for request in self.requests if request.method == method]


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        yield cloud


async def made(
    open_studio: OpenStudio, cloud: Cloud, folder: Path, kind: str, prices: str = ""
) -> Any:
    """Return the run of one click at a connection of that kind, once it ended."""
    (folder / "data").mkdir()
    models = MODELS.format(kind=kind, prices=prices)
    (folder / "data" / "models.toml").write_text(models, encoding="utf-8")
    url = f"http://127.0.0.1:{cloud.port}"
    given = {"name": "far", "kind": kind, "api_url": url, "key": KEY}
    async with open_studio() as studio:
        await studio.account.further.keep(given, None)
        cloud.requests.clear()
        values = {"prompt": "a fox", "width": 512, "height": 512, "seed": 7}
        job = await studio.submit(studio.prepare("far/owner/name", values, 1))
        (run,) = await job.wait()
        if run.record is not None:
            stored = studio.gallery.image_path(run.record).read_bytes()
            assert pictures.verify(stored).width_px == 48
            told = metadata.read(stored)
            assert told is not None and told.record.tokens == run.record.tokens
            spent = (await studio.jobs.usage()).dollars_today
            assert spent == (run.record.price_usd or 0) == (run.cost_usd or 0)
    return run


async def test_hugging_face_answers_the_image_itself(
    open_studio: OpenStudio, cloud: Cloud, tmp_path: Path
) -> None:
    cloud.answers("POST /hf-inference/models/owner/name", IMAGE)
    run = await made(open_studio, cloud, tmp_path, "hugging_face")
    assert run.state is RunState.SAVED, run.error
    (post,) = cloud.requests
    assert post.headers["authorization"] == f"Bearer {KEY}"
    assert post.headers["accept"].startswith("image/")
    assert post.json()["inputs"] == "a fox"


@pytest.mark.parametrize(
    ("prices", "paid"), [(TOKEN_PRICES, "0.04366"), ('price_usd = "0.02"', "0.02"), ("", None)]
)
async def test_openais_tokens_are_kept_and_are_the_price_where_they_have_one(
    open_studio: OpenStudio, cloud: Cloud, tmp_path: Path, prices: str, paid: str | None
) -> None:
    used = {"input_tokens": 380, "output_tokens": 1044, "total_tokens": 1424}
    answer = {"data": [{"b64_json": base64.b64encode(IMAGE).decode()}], "usage": used}
    cloud.answers("POST /images/generations", answer)
    run = await made(open_studio, cloud, tmp_path, "openai", prices)
    assert run.state is RunState.SAVED, run.error
    assert run.record.tokens == Tokens(380, 1044)
    assert run.record.price_usd == (paid and Decimal(paid))


async def test_fal_is_asked_in_its_queue_and_its_link_gets_no_key(
    open_studio: OpenStudio,
    cloud: Cloud,
    tmp_path: Path,
    slept: Pauses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "TICKET_MAX_S", 3.5)  # is over once it is there
    order, host = "/owner/name/requests/1", f"http://127.0.0.1:{cloud.port}"
    queued = {"status": "IN_QUEUE", "status_url": f"https://queue.fal.run{order}/status"}
    cloud.answers("POST /owner/name", queued)
    about = [{"status": told} for told in ("IN_QUEUE", "IN_PROGRESS", "COMPLETED")]
    cloud.answers(f"GET {order}/status", *about)
    result = {"images": [{"url": f"{host}/files/1.png"}], "seed": 11, "timings": {"inference": 1.5}}
    cloud.answers(f"GET {order}", result)
    cloud.answers("GET /files/1.png", IMAGE)
    run = await made(open_studio, cloud, tmp_path, "fal")
    assert run.state is RunState.SAVED, run.error
    assert (run.record.request.seed, run.record.seconds) == (11, 1.5)
    assert len(slept) == 4 and 3.5 < sum(slept) < 4 and slept[-1] == 0
    (post,) = cloud.sent("POST")
    assert post.headers["x-fal-no-retry"] == "1"
    *asked, fetched = cloud.requests
    assert {request.headers["authorization"] for request in asked} == {f"Key {KEY}"}
    assert fetched.path == "/files/1.png" and "authorization" not in fetched.headers


async def test_what_fal_says_failed_is_asked_about_no_more_and_is_no_doubt(
    open_studio: OpenStudio, cloud: Cloud, tmp_path: Path
) -> None:
    order = "/owner/name/requests/1"
    queued = {"status": "IN_QUEUE", "status_url": f"https://queue.fal.run{order}/status"}
    cloud.answers("POST /owner/name", queued)
    cloud.answers(f"GET {order}/status", raw("<html>", 502), {"status": "COMPLETED"})
    said = {"detail": "Runner was killed", "error_type": "runner_disconnected"}
    kind = ("X-Fal-Error-Type", "runner_disconnected")
    cloud.answers(f"GET {order}", Fault(json.dumps(said).encode(), 503, (kind,)))
    run = await made(open_studio, cloud, tmp_path, "fal")
    assert run.state is RunState.FAILED and type(run.error) is Refused
    assert "Runner was killed" in run.error.message and run.error.hint == "Nothing was charged."
    assert len(cloud.requests) == 4


async def test_replicate_is_waited_for_then_asked_by_the_id(
    open_studio: OpenStudio, cloud: Cloud, tmp_path: Path, slept: Pauses
) -> None:
    job = "azaq55dbukgxg6kubr4k6g3pby"
    cloud.answers("POST /models/owner/name/predictions", {"id": job, "status": "starting"})
    url = f"http://127.0.0.1:{cloud.port}/files/1.png"
    ended = {"id": job, "status": "succeeded", "output": [url], "metrics": {"predict_time": 2.5}}
    cloud.answers(f"GET /predictions/{job}", {"id": job, "status": "processing"}, ended)
    cloud.answers("GET /files/1.png", IMAGE)
    run = await made(open_studio, cloud, tmp_path, "replicate")
    assert run.state is RunState.SAVED and run.record.seconds == 2.5, run.error
    (post,) = cloud.sent("POST")
    assert (post.headers["prefer"], post.headers["authorization"]) == ("wait", f"Bearer {KEY}")


async def test_a_link_to_a_host_that_is_none_of_the_platforms_is_not_opened(
    open_studio: OpenStudio, cloud: Cloud, tmp_path: Path
) -> None:
    cloud.answers("POST /owner/name", {"images": [{"url": "https://evil.example/1.png"}]})
    run = await made(open_studio, cloud, tmp_path, "fal")
    assert run.state is RunState.UNKNOWN and "evil.example" in str(run.error)
    assert len(cloud.requests) == 1
