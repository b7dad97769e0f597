"""Addresses as programs put them together, from a base URL that a person typed."""

from __future__ import annotations

import httpx
import pytest

from tests.ui.login.visitors import RIGHT
from tests.ui.programs.conftest import FLUX, Opening, Playground
from ui.door.key_gate import tidy

WANTED = {"prompt": "a cat", "size": "256x256", "response_format": "url"}


async def test_a_slash_too_many_is_none(playground: Playground) -> None:
    """open-webui takes none away: {BASE_URL}/images/generations in routers/images.py.

    So does LibreChat's StableDiffusion.js; others, such as MCP's clients, know `/mcp/` alone.
    """
    base = f"{playground.url}/v1/"
    async with playground.client() as client:
        made = await client.post(f"{base}/images/generations", json=WANTED)
        assert made.status_code == 200, made.text
        assert (await client.get(made.json()["data"][0]["url"])).status_code == 200
        for path in ("/v1/models/", "//v1/models", f"/v1//models/{FLUX}/"):
            assert (await client.get(playground.url + path)).status_code == 200, path
        hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        accept = {"Accept": "application/json, text/event-stream"}
        assert (await client.post("/mcp/", json=hello, headers=accept)).json()["result"] == {}


async def test_a_slash_too_many_shows_the_key_to_its_own_gate_and_not_to_the_login(
    opening: Opening,
) -> None:
    playground = await opening(RIGHT)
    a1111 = f"{playground.url}//sdapi/v1/options/"
    async with httpx.AsyncClient(auth=("open-webui", playground.key)) as program:
        for _ in range(12):  # as wrong passwords they would close the door
            assert (await program.get(a1111)).json()["sd_model_checkpoint"] == FLUX
    async with httpx.AsyncClient() as nobody:
        for path in ("//sdapi/v1/options", "//v1//models/", "/v1/models/", "/mcp/"):
            assert (await nobody.get(playground.url + path)).status_code == 401, path


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1//images///generations/", "/v1/images/generations"),
        ("//sdapi/v1/txt2img", "/sdapi/v1/txt2img"),
        ("/mcp/", "/mcp"),
        ("//v1/", "/v1/"),
        *(
            (path, path)
            for path in ("/", "//", "//api/keys", "/v1", "/images//", "/api//v1/models")
        ),
        ("/v1/../api/keys", "/v1/../api/keys"),
        ("/v1//../api/keys", "/v1/../api/keys"),
    ],
)
def test_only_what_a_key_opens_is_tidied(path: str, meant: str) -> None:
    assert tidy(path) == meant
