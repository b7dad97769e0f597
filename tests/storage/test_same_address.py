"""Two connections of one address: each run by the key of its own model, within its own limits."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.errors import OverLimit
from backend.providers import PROVIDERS
from backend.settings import connections
from backend.settings.connections import checked, with_change
from backend.types import RunState
from backend.wire.address import SOURCE_MAX_CHARS
from backend.wire.connection import connect
from tests.storage.clock import until
from tests.storage.conftest import OpenStudio, Pauses
from tests.storage.test_connections import Sdapi, gpu, home, made
from tests.storage.test_experiments import rests, start
from tests.storage.test_other_clouds import IMAGE, MODELS, Cloud, cloud

__all__ = ["cloud", "home"]

WORK, HOME = "me:the-key-of-work", "me:the-key-of-home"
DREAM = "dream.safetensors#a1b2c3d4e5"


def of(server: Sdapi, name: str, key: str, **more: Any) -> dict[str, Any]:
    return gpu(server, key=key, **more) | {"name": name}


async def test_an_experiment_goes_by_the_key_of_its_own_connection(
    open_studio: OpenStudio, home: Sdapi, tmp_path: Path
) -> None:
    both = [checked(of(home, "work", WORK)), checked(of(home, "home", HOME))]
    connections.write(tmp_path / "connections.json", both)  # from before they were told apart
    async with open_studio() as studio:
        await studio.account.asked()
        grid = {
            "base": {"model": f"home/{DREAM}", "prompt": "a fox", "seed": 7},
            "axes": {"x": {"num_steps": "1-2"}},
        }
        one = await rests(studio, await start(studio, grid))
        assert (one.state, one.model) == ("done", f"home/{DREAM}")
    sent = [request for request in home.requests if request.method == "POST"]
    named = {request.json()["override_settings"]["sd_model_checkpoint"] for request in sent}
    keys = {request.headers["authorization"] for request in sent}
    assert named == {"dream.safetensors"} and len(sent) == 2
    assert keys == {f"Basic {b64encode(HOME.encode()).decode()}"}


async def test_a_restart_asks_for_an_image_by_the_key_that_ordered_it(
    open_studio: OpenStudio, cloud: Cloud, tmp_path: Path, slept: Pauses
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models.toml").write_text(MODELS.format(kind="fal", prices=""), "utf-8")
    host, order = f"http://127.0.0.1:{cloud.port}", "/owner/name/requests/1"
    cloud.answers("POST /owner/name", {"status_url": f"https://queue.fal.run{order}/status"})
    cloud.answers(f"GET {order}/status", *[{"status": "IN_QUEUE"}] * 1000)
    for name, key in (("work", "the-key-of-work"), ("home", "the-key-of-home")):
        given = {"name": name, "kind": "fal", "api_url": host, "key": key}
        listed = connections.read(tmp_path / "connections.json")
        connections.write(tmp_path / "connections.json", [*listed, checked(given)])
    async with open_studio() as studio:
        values = {"prompt": "a fox", "width": 512, "height": 512, "seed": 7}
        job = await studio.submit(studio.prepare("home/owner/name", values, 1))
        await until(lambda: len(cloud.sent("GET")) > 1)
    cloud.answers(f"GET {order}/status", {"status": "COMPLETED"})
    cloud.answers(f"GET {order}", {"images": [{"url": f"{host}/files/1.png"}]})
    cloud.answers("GET /files/1.png", IMAGE)
    async with open_studio() as studio:
        again = studio.jobs.job(job.id)
        assert again is not None
        (run,) = await again.wait()
        assert run.state is RunState.SAVED, run.error
    keys = {request.headers.get("authorization") for request in cloud.requests}
    assert keys == {"Key the-key-of-home", None} and len(cloud.sent("POST")) == 1


async def test_the_sends_of_one_count_against_no_limit_of_the_other(
    open_studio: OpenStudio, home: Sdapi
) -> None:
    async with open_studio() as studio:
        await studio.account.further.keep(of(home, "work", WORK, requests_per_day="1"), None)
        await studio.account.further.keep(of(home, "home", HOME, requests_per_day="1"), None)
        for name in ("work", "home"):
            assert (await made(studio, f"{name}/{DREAM}")).state is RunState.SAVED
            with pytest.raises(OverLimit):
                await made(studio, f"{name}/{DREAM}", seed=8)
    assert home.posts == 2


def test_what_tells_two_apart_stays_as_long_as_the_address_and_is_read_again(
    tmp_path: Path,
) -> None:
    first = {"name": "work", "kind": "fal", "key": "k" * 20}
    listed = with_change((), first, former=None)
    listed = with_change(listed, {**first, "name": "home", "apart": True}, former=None)
    assert [one.source for one in listed] == ["queue.fal.run (fal)", "queue.fal.run (fal) home"]
    path = tmp_path / "connections.json"
    connections.write(path, listed)
    assert connections.read(path) == listed
    assert [one.get("apart") for one in json.loads(path.read_text())["connections"]] == [None, True]
    alone = with_change(listed[1:], {"key": "n" * 20}, former="home")
    assert alone[0].source == "queue.fal.run (fal) home"  # what it made stays its own
    both = with_change(alone, first, former=None)
    assert both[1].source == "queue.fal.run (fal)"
    same = replace(listed[1], apart=False)  # as those were kept that are from before
    unchanged = with_change((listed[0], same), {"requests_per_day": 5}, former="home")
    assert unchanged[1].source == "queue.fal.run (fal)"
    moved = with_change(alone, {"api_url": "https://x.example", "key": "n" * 20}, former="home")
    assert moved[0].source == "x.example (fal)"
    long = replace(listed[1], api_url=f"https://x.example/{'a' * 300}")
    assert len(long.source) == SOURCE_MAX_CHARS and long.source.endswith(" home")


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://host.example/api/v1", "host.example"),  # as it always was
        ("https://host.example:8443/api/v1/", "host.example:8443"),
        ("https://host.example", "host.example"),
        ("https://host.example/team-a/api/v1", "host.example/team-a/api/v1"),
        ("https://host.example/team-b/api/v1/", "host.example/team-b/api/v1"),
    ],
)
def test_behind_one_gateway_the_path_tells_accounts_of_the_first_connection_apart(
    url: str, source: str
) -> None:
    assert connect(PROVIDERS["sentry_block"], url, "ak_0123456789").source == source


def test_a_long_path_is_cut_where_records_have_no_more_room() -> None:
    url = "https://host.example/" + "a" * 300
    assert len(connect(PROVIDERS["sentry_block"], url, "ak_0123456789").source) == SOURCE_MAX_CHARS
