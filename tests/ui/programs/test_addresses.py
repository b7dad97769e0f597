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


async def test_a_program_that_knocks_at_the_page_is_let_into_its_interface_alone(
    opening: Opening,
) -> None:
    """SDAI asks `/` before all else, with its key; without a 200 it does not connect."""
    playground = await opening(RIGHT)
    other = "sbp_" + "x" * 43
    async with httpx.AsyncClient(base_url=playground.url) as client:

        async def told(path: str, user: str, password: str, method: str = "GET") -> httpx.Response:
            return await client.request(method, path, auth=(user, password))

        hello = await told("/", "sdai", playground.key)
        assert hello.status_code == 200 and hello.json() == {}  # and nothing of the page
        assert (await told("/", "sdai", playground.key, "HEAD")).status_code == 200
        assert (await told("/", "sdai", other)).json()["error"] == "invalid_api_key"
        for path in ("/docs", "/config", "/internal/ping", "/app_id", "/api/images"):
            for key in (playground.key, other):
                assert (await told(path, "sdai", key)).status_code == 401, path
        assert (await told("/", "sdai", playground.key, "POST")).status_code == 401
        page = await told("/", RIGHT.user, RIGHT.password)
        assert page.status_code == 200 and "<html" in page.text
        assert (await client.get("/", headers={"Accept": "text/html"})).status_code == 303


async def test_a_key_at_the_login_is_no_wrong_password_and_a_wrong_one_is(
    opening: Opening, caplog: pytest.LogCaptureFixture
) -> None:
    playground = await opening(RIGHT)
    async with httpx.AsyncClient(base_url=playground.url) as client:
        await client.get("/docs", auth=("sdai", playground.key))
        assert "wrong user name" not in caplog.text
        await client.get("/docs", auth=("sdai", playground.key + "x"))
        assert "wrong user name" in caplog.text and playground.key not in caplog.text


async def test_without_a_login_the_page_is_there_whatever_is_shown(playground: Playground) -> None:
    async with httpx.AsyncClient(base_url=playground.url) as client:
        page = await client.get("/", auth=("sdai", playground.key))
    assert page.status_code == 200 and "<html" in page.text


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
