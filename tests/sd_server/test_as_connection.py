"""A real Stable Diffusion server as a connection of one's own, beside the sample engine."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from backend.settings.load import Settings
from backend.studio import Studio
from tests.sd_server.server import SIDE

pytestmark = [pytest.mark.wide, pytest.mark.timeout(300), pytest.mark.xdist_group("sd-server")]


@pytest.mark.parametrize(
    ("kind", "model"), [("a1111", "gpu/tiny"), ("sdcpp", "gpu/tiny.safetensors")]
)
async def test_its_models_stand_in_the_form_and_make_images_without_any_cloud(
    sd_url: str, tmp_path: Path, kind: str, model: str
) -> None:
    async with Studio(Settings(tmp_path / "data", tmp_path / ".env")) as studio:
        await studio.account.further.keep({"name": "gpu", "kind": kind, "api_url": sd_url}, None)
        spec = studio.account.models[model]
        sampler, scheduler = spec.param("sampler"), spec.param("scheduler")
        assert sampler is not None and "euler_a" in sampler.choices
        assert scheduler is not None and "karras" in scheduler.choices
        given = {"prompt": "a flying cat", "width": SIDE, "height": SIDE, "num_steps": 1, "seed": 4}
        given |= {"sampler": "euler", "scheduler": "discrete"}
        (run,) = await (await studio.submit(studio.prepare(model, given, 1))).wait()
        assert run.record is not None, run.error
        host = sd_url.removeprefix("http://")
        assert run.record.source == f"{host} ({kind})" and not run.record.price_usd
        job = await studio.reproduce(run.record.id, owner="me", token=uuid4().hex)
        (again,) = await job.wait()
        assert again.record is not None, again.error
        (proof,) = await studio.gallery.proofs(again.record)
    assert proof.verdict == "identical"
