"""What A1111's programs look up as they connect, as they read it."""

from __future__ import annotations

import httpx

from tests.ui.programs.conftest import Playground


def basic(playground: Playground) -> httpx.AsyncClient:
    auth = httpx.BasicAuth("sdai", playground.key)
    return httpx.AsyncClient(base_url=f"{playground.url}/sdapi/v1/", auth=auth, timeout=30)


async def test_a_program_that_reads_every_list_as_it_connects_finds_each(
    playground: Playground,
) -> None:
    """SDAI: DataPreLoaderUseCaseImpl.kt, KtorAutomatic1111MetadataApi.kt; one failure ends it.

    webuiapi: check_controlnet and get_... in webuiapi/webuiapi.py; SwiftDiffusion: LoraModel.swift.
    """
    async with basic(playground) as client:
        found = {
            name: (await client.get(name)).raise_for_status().json()
            for name in (
                *("options", "sd-models", "samplers", "loras", "hypernetworks", "embeddings"),
                *("scripts", "script-info", "extensions", "face-restorers"),
                *("realesrgan-models", "sd-vae", "latent-upscale-modes", "cmd-flags", "memory"),
            )
        }
    assert [one["name"] for one in found["loras"] + found["hypernetworks"]] == []
    assert found["embeddings"] == {"loaded": {}, "skipped": {}}
    assert "controlnet m2m" not in found["scripts"]["txt2img"]
    assert found["memory"] == {"ram": {}, "cuda": {}}  # numbers, where there are any


async def test_what_makes_ready_is_done_already(playground: Playground) -> None:
    """text-generation-webui sends `''` and raises for 404: extensions/sd_api_pictures/script.py."""
    async with basic(playground) as client:
        for name in (
            *("unload-checkpoint", "reload-checkpoint", "refresh-checkpoints", "refresh-vae"),
            *("refresh-loras", "refresh-embeddings"),
        ):
            for body in ("", None):
                assert (await client.post(name, json=body)).json() == {}, name
    assert playground.platform.posts == 0


async def test_the_styles_that_are_listed_are_those_that_a_request_may_name(
    playground: Playground,
) -> None:
    style = {"name": "noir", "prompt": "{prompt}, black and white", "negative_prompt": "colours"}
    async with playground.client() as page:
        await page.post("/api/styles", json=style)
    async with basic(playground) as client:
        (listed,) = (await client.get("prompt-styles")).json()
        assert listed == style
        wanted = {"prompt": "a cat", "width": 256, "height": 256, "styles": [listed["name"]]}
        assert (await client.post("txt2img", json=wanted)).status_code == 200
    assert playground.platform.requests[-1].json()["prompt"] == "a cat, black and white"
