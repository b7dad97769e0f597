"""A workflow of one's own, from the click to the stored image: sent once, whatever is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from backend.errors import Refused, SettingsError, TakenBack
from backend.images import pictures
from backend.providers.comfyui import ComfyUi
from backend.studio import Studio
from backend.types import RunState
from tests.storage.clock import until
from tests.storage.comfy_server import ComfyServer
from tests.storage.conftest import OpenStudio, Pauses
from tests.storage.queued import gone_on
from tests.unit.comfy_graphs import encode, graph, sampler

WORKFLOW = json.dumps(graph(n2=encode("{{prompt}}"), n5=sampler(seed="{{seed}}")))
MODELS = """
[[model]]
id = "portrait"
label = "Portrait"
provider = "comfyui"
[model.params]
prompt = {}
seed = {}
"""

Opened = Callable[[], AbstractAsyncContextManager[Studio]]


@pytest.fixture
async def server() -> AsyncIterator[ComfyServer]:
    async with ComfyServer() as server:
        yield server


@pytest.fixture
def opened(open_studio: OpenStudio, tmp_path: Path, slept: Pauses) -> Opened:
    """Return what opens a studio on the workflow; opening again is a restart."""
    slept.during = lambda: asyncio.sleep(0.01)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models.toml").write_text(MODELS, encoding="utf-8")
    provider = ComfyUi().with_workflows({"portrait": WORKFLOW})
    return lambda: open_studio(provider=provider)


async def click(studio: Studio) -> Any:
    given = {"prompt": "a fox", "seed": 7}
    return await studio.submit(studio.prepare("portrait", given, 1))


async def test_a_workflow_is_sent_once_and_its_image_stored(
    opened: Opened, server: ComfyServer
) -> None:
    async with opened() as studio:
        job = await click(studio)
        await until(lambda: server.line)
        server.finish()
        (run,) = await job.wait()
        assert run.record is not None, run.error
        stored = studio.gallery.image_path(run.record).read_bytes()
    (sent,) = server.taken
    assert sent["prompt"] == graph(n2=encode("a fox"), n5=sampler(seed=7))
    assert sent["client_id"] == run.id
    assert pictures.verify(stored).width_px == 48 and run.record.seconds == 3.5


async def test_an_answer_that_was_lost_is_no_doubt(opened: Opened, server: ComfyServer) -> None:
    server.hangs_up = "after"
    async with opened() as studio:
        job = await click(studio)
        await until(lambda: server.line)
        await asyncio.sleep(0.1)
        server.finish()
        (run,) = await job.wait()
    assert run.state is RunState.SAVED and len(server.taken) == 1


async def test_what_never_arrived_is_known_not_to_have(opened: Opened, server: ComfyServer) -> None:
    server.hangs_up = "before"
    async with opened() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.FAILED and type(run.error) is Refused
    assert "knows nothing of this image" in run.error.message and len(server.taken) == 1


async def test_a_restart_goes_on_with_what_is_in_its_line(
    opened: Opened, server: ComfyServer
) -> None:
    async with opened() as studio:
        job = await click(studio)
        await until(lambda: any("/history/" in request.path for request in server.requests))
    server.finish()
    async with opened() as studio:
        run = await gone_on(studio, job)
    assert run.state is RunState.SAVED and len(server.taken) == 1


async def test_stop_takes_out_what_waits(opened: Opened, server: ComfyServer) -> None:
    async with opened() as studio:
        job = await click(studio)
        await until(lambda: any("/history/" in request.path for request in server.requests))
        job.stop()
        (run,) = await job.wait()
    assert type(run.error) is TakenBack and server.line == [] and len(server.taken) == 1


async def test_a_server_that_was_restarted_is_said_so(opened: Opened, server: ComfyServer) -> None:
    async with opened() as studio:
        job = await click(studio)
        await until(lambda: server.line)
        server.line.clear()
        (run,) = await job.wait()
    assert run.state is RunState.FAILED and run.error is not None
    assert "it was restarted or its line cleared" in run.error.message


async def test_a_workflow_that_fails_is_told_with_its_node(
    opened: Opened, server: ComfyServer
) -> None:
    error = {"node_type": "KSampler", "exception_message": "Allocation on device"}
    failed = {"status_str": "error", "completed": False, "messages": [["execution_error", error]]}
    async with opened() as studio:
        job = await click(studio)
        await until(lambda: server.line)
        server.finish(outputs={}, status=failed)
        (run,) = await job.wait()
    assert run.state is RunState.FAILED and run.error is not None
    assert "KSampler: Allocation on device" in run.error.message
    assert "Nothing was charged" in run.error.hint


# --- as a connection --------------------------------------------------------------------------


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "workflows"
    folder.mkdir(parents=True)
    (folder / "portrait.json").write_text(WORKFLOW, encoding="utf-8")
    return folder


def comfy(server: ComfyServer) -> dict[str, str]:
    url = f"http://127.0.0.1:{server.port}/api/v1"
    return {"name": "comfy", "kind": "comfyui", "api_url": url}


async def test_files_in_the_folder_are_models_and_a_changed_one_is_another(
    open_studio: OpenStudio, server: ComfyServer, workflows: Path, slept: Pauses
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    async with open_studio() as studio:
        await studio.account.further.keep(comfy(server), None)
        (model,) = (m for m in studio.account.models.values() if m.connection == "comfy")
        assert model.id.startswith("comfy/portrait#")
        job = await studio.submit(studio.prepare(model.id, {"prompt": "a fox", "seed": 7}, 1))
        await until(lambda: server.line)
        server.finish()
        (run,) = await job.wait()
        assert run.record is not None, run.error
    marked = WORKFLOW.replace('"euler"', '"{{sampler=dpmpp_2m}}"')
    (workflows / "portrait.json").write_text(marked, encoding="utf-8")
    async with open_studio() as studio:
        await studio.account.asked()
        (other,) = (m for m in studio.account.models.values() if m.connection == "comfy")
        sampler_ = other.param("sampler")
    assert other.id != model.id and sampler_ is not None
    assert (sampler_.choices, sampler_.default) == (("euler", "dpmpp_2m"), "dpmpp_2m")


async def test_a_workflow_without_marks_is_named_and_the_others_go_on(
    open_studio: OpenStudio, server: ComfyServer, workflows: Path, slept: Pauses
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    (workflows / "second.json").write_text(json.dumps(graph()), encoding="utf-8")
    (workflows / "third.json").write_bytes(b"\xff\xfe{")
    async with open_studio() as studio:
        await studio.account.further.keep(comfy(server), None)
        trouble = studio.account.branches["comfy"].trouble
        assert trouble is not None and "second has no mark {{prompt}}" in trouble.message
        (model,) = (m for m in studio.account.models.values() if m.connection == "comfy")
        job = await studio.submit(studio.prepare(model.id, {"prompt": "a fox", "seed": 7}, 1))
        await until(lambda: server.line)
        server.finish()
        (run,) = await job.wait()
        assert run.record is not None, run.error
        _, models, _ = await studio.account.further.test({**comfy(server), "name": "more"}, None)
        assert models == ["portrait"]


async def test_a_connection_that_has_no_other_workflow_is_tested_in_vain(
    open_studio: OpenStudio, server: ComfyServer, workflows: Path
) -> None:
    (workflows / "portrait.json").write_text(json.dumps(graph()), encoding="utf-8")
    async with open_studio() as studio:
        with pytest.raises(SettingsError, match="portrait has no mark"):
            await studio.account.further.test(comfy(server), None)
        await studio.account.further.keep(comfy(server), None)
        branch = studio.account.branches["comfy"]
        assert branch.trouble is not None and not branch.models
        (workflows / "portrait.json").write_text(WORKFLOW, encoding="utf-8")
        await studio.account.further.keep({**comfy(server), "name": "more"}, None)
        assert studio.account.branches["more"].trouble is None


async def test_a_workflow_that_was_brought_is_there_once_somebody_asks(
    open_studio: OpenStudio, server: ComfyServer, workflows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.branch.ASKED_AGAIN_S", 0.0)
    async with open_studio() as studio:
        await studio.account.further.keep(comfy(server), None)
        (workflows / "landscape.json").write_text(WORKFLOW, encoding="utf-8")
        studio.account.look()
        await studio.account.asked()
        labels = {m.label for m in studio.account.models.values() if m.connection == "comfy"}
    assert labels == {"portrait", "landscape"}
