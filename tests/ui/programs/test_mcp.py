"""The tools of assistants, asked by the `mcp` package's own client over a real socket."""

from __future__ import annotations

import asyncio
import base64
import io
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import types
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from tests.http.faults import good, held, png, status
from tests.ui.login.visitors import RIGHT
from tests.ui.programs.conftest import FLUX, SDXL, Opening, Playground

ROOT = Path(__file__).parents[3]
MODES = pytest.mark.parametrize("mode", ["legacy", "auto"])
"""Assistants of before 2026 shake hands first; newer ones ask at once."""


@asynccontextmanager
async def assistant(playground: Playground, mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {playground.key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        transport = streamable_http_client(f"{playground.url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


async def call(client: Client, tool: str, **arguments: Any) -> types.CallToolResult:
    return await client.call_tool(tool, arguments)


def told(result: types.CallToolResult) -> Any:
    assert not result.is_error, result.content
    return result.structured_content


def refused(result: types.CallToolResult) -> str:
    assert result.is_error
    (text,) = result.content
    assert isinstance(text, types.TextContent)
    return text.text


def pictures(result: types.CallToolResult) -> list[Image.Image]:
    found = [one for one in result.content if isinstance(one, types.ImageContent)]
    assert all(one.mime_type == "image/jpeg" for one in found)
    return [Image.open(io.BytesIO(base64.b64decode(one.data))) for one in found]


@MODES
async def test_an_assistant_makes_finds_and_looks_at_images(
    playground: Playground, mode: str
) -> None:
    playground.platform.script(good(png(1200, 900, noise=True)))
    async with assistant(playground, mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == ["generate_image", "find_images", "image_details"]
        wanted = tools["generate_image"].input_schema
        assert wanted["required"] == ["prompt"]
        assert wanted["properties"]["model"]["enum"] == [FLUX, SDXL]
        notes = tools["generate_image"].annotations, tools["find_images"].annotations
        assert notes[0] and notes[1]
        assert not notes[0].read_only_hint and notes[1].read_only_hint

        made = await call(client, "generate_image", prompt="a red fox", size="512x512", seed=7)
        (image,) = told(made)["images"]
        assert (image["model"], image["seed"], image["cached"]) == (FLUX, 7, False)
        (picture,) = pictures(made)
        assert picture.size == (768, 576)
        size = sum(len(one.data) for one in made.content if isinstance(one, types.ImageContent))
        assert size < 600_000
        async with httpx.AsyncClient() as anybody:
            file = await anybody.get(image["file_url"])
            assert file.status_code == 200 and file.headers["content-type"] == "image/png"
            assert (await anybody.get(image["page_url"])).status_code == 200

        found = await call(client, "find_images", query="fox", limit=3)
        assert told(found)["total"] == 1 and told(found)["images"][0]["id"] == image["id"]
        assert [one.size for one in pictures(found)] == [(384, 288)]
        assert told(await call(client, "find_images", query="dog"))["total"] == 0

        looked = await call(client, "image_details", id=image["id"])
        assert told(looked)["details"]["Seed"] == "7" and told(looked)["prompt"] == "a red fox"
        assert len(pictures(looked)) == 1
    assert playground.platform.posts == 1


async def test_the_same_call_again_is_paid_once(playground: Playground) -> None:
    playground.platform.script(held(good()))
    async with assistant(playground) as client:
        calls = [asyncio.create_task(call(client, "generate_image", prompt="x")) for _ in range(3)]
        async with asyncio.timeout(20):
            while playground.platform.posts < 1:
                await asyncio.sleep(0.02)
        playground.platform.release()
        ids = {told(await one)["images"][0]["id"] for one in calls}
        assert len(ids) == 1
        again = told(await call(client, "generate_image", prompt="x"))
        assert again["images"][0]["id"] in ids and playground.platform.posts == 1
        await call(client, "generate_image", prompt="x", seed=8)
    assert playground.platform.posts == 2


async def test_over_its_budget_an_assistant_is_told_so(playground: Playground) -> None:
    playground.key = await playground.new_key("narrow", requests_per_day=1)
    async with assistant(playground) as client:
        told(await call(client, "generate_image", prompt="x"))
        words = refused(await call(client, "generate_image", prompt="y"))
        assert "1 request a day" in words and "key" in words
        told(await call(client, "find_images"))
    assert playground.platform.posts == 1


async def test_what_cannot_be_done_is_told_in_words(playground: Playground) -> None:
    playground.platform.script(status(402, "no credit"))
    async with assistant(playground) as client:
        for tool, arguments, words in (
            ("generate_image", {"prompt": "x"}, "balance"),
            ("generate_image", {}, "prompt"),
            ("generate_image", {"prompt": "x", "size": "huge"}, "size"),
            ("generate_image", {"prompt": "x", "model": "dall-e-3"}, "catalogue"),
            ("generate_image", {"prompt": "x", "colour": "red"}, "colour"),
            ("generate_image", {"prompt": "x", "style": "vivid"}, "vivid"),
            ("find_images", {"limit": 50}, "10"),
            ("find_images", {"path": "/etc"}, "path"),
            ("find_images", {"sort": "best"}, "newest"),
            ("image_details", {"id": "0" * 32}, "find_images"),
            ("image_details", {"id": ["../x"]}, "find_images"),
            ("delete_everything", {}, "delete_everything"),
        ):
            text = refused(await call(client, tool, **arguments))
            assert words.lower() in text.lower(), (tool, arguments, text)
    assert playground.platform.posts == 1


async def test_without_the_right_key_there_are_no_tools(opening: Opening) -> None:
    playground = await opening(RIGHT)
    right = playground.key
    async with assistant(playground) as client:
        assert len((await client.list_tools()).tools) == 3
    for wrong in ("", "sbp_" + "x" * 43, right[:-1]):
        playground.key = wrong
        with pytest.raises(BaseException) as error:
            async with asyncio.timeout(20):
                async with assistant(playground) as client:
                    await client.list_tools()
        assert not isinstance(error.value, TimeoutError)
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    async with httpx.AsyncClient(base_url=playground.url) as nobody:
        answer = await nobody.post("/mcp", json=hello)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        foreign = {"Authorization": f"Bearer {right}", "Origin": "http://evil.com"}
        assert (await nobody.post("/mcp", json=hello, headers=foreign)).status_code == 403
    assert playground.platform.posts == 0


async def test_where_the_package_is_missing_it_is_said_and_all_else_works(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ui.assistant.server", None)
    async with playground.client() as client:
        answer = await client.post("/mcp", json={})
        assert answer.status_code == 501 and "mcp" in answer.json()["detail"]
        assert (await client.get("/v1/models")).status_code == 200


def test_nothing_of_it_is_imported_before_an_assistant_comes() -> None:
    script = (
        "import sys, app, backend.studio, ui.site;"
        "print([n for n in ('mcp', 'mcp_types', 'cryptography', 'openai', 'psycopg', 'obstore')"
        " if n in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert run.stdout.strip() == "[]", run.stdout + run.stderr
