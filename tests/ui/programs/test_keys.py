"""Keys of other programs: made, listed and removed by the page; what they open, and what not."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx

from tests.http.faults import good, held
from tests.storage.clock import until
from tests.ui.login.visitors import RIGHT
from tests.ui.programs.conftest import Opening, Playground


async def test_a_key_is_told_once_and_only_a_hash_of_it_is_kept(opening: Opening) -> None:
    playground = await opening()
    async with httpx.AsyncClient(base_url=playground.url) as page:
        made = await page.post("/api/keys", json={"name": " open-webui ", "requests_per_day": "20"})
        assert made.status_code == 200, made.text
        told = made.json()
        key = told["key"]
        assert re.fullmatch(r"sbp_[\w-]{43}", key)
        assert told["base_url"] == playground.base_url
        assert told["a1111_url"] == playground.url
        assert told["keys"][0]["name"] == "open-webui" and told["keys"][0]["id"] == told["id"]
        listed = await page.get("/api/keys")
        assert key not in listed.text and len(listed.json()["keys"]) == 2
        assert listed.json()["keys"][0]["text"] == "0 of 20 requests today, $0.00"
    playground.key = key
    async with playground.client() as program:
        assert (await program.get("/v1/models")).status_code == 200
    await opening.stack.aclose()
    files = [file for file in Path(opening.settings.data_dir).rglob("*") if file.is_file()]
    assert files and all(key.encode() not in file.read_bytes() for file in files)


async def test_what_makes_no_key_is_refused_by_its_field(playground: Playground) -> None:
    async with httpx.AsyncClient(base_url=playground.url) as page:
        for body, field in (
            ({}, "name"),
            ({"name": "  "}, "name"),
            ({"name": "x" * 61}, "name"),
            ({"name": "a\u202eb"}, "name"),
            ({"name": "a program"}, "name"),  # there is one
            ({"name": "new", "requests_per_day": 0}, "requests_per_day"),
            ({"name": "new", "requests_per_day": "many"}, "requests_per_day"),
            ({"name": "new", "dollars_per_day": "0"}, "dollars_per_day"),
        ):
            answer = await page.post("/api/keys", json=body)
            assert answer.status_code == 422, body
            assert answer.json()["error"]["field"] == field, body
        assert len((await page.get("/api/keys")).json()["keys"]) == 1


async def test_a_removed_key_opens_nothing_and_its_waiting_images_are_not_sent(
    playground: Playground,
) -> None:
    playground.platform.script(held(good()), held(good()))
    async with playground.client() as program, httpx.AsyncClient(base_url=playground.url) as page:
        (own,) = (await page.get("/api/keys")).json()["keys"]
        call = program.build_request("POST", "/v1/images/generations", json={"prompt": "x", "n": 8})
        waiting = asyncio.create_task(program.send(call))
        await until(lambda: playground.platform.posts == 2)
        assert (await page.post(f"/api/keys/{own['id']}", json={"do": "burn"})).status_code == 422
        gone = await page.post(f"/api/keys/{own['id']}", json={"do": "remove"})
        assert gone.json()["keys"] == []
        assert (await page.post(f"/api/keys/{own['id']}", json={"do": "remove"})).status_code == 404
        playground.platform.release()
        assert (await waiting).status_code == 503
        assert playground.platform.posts == 2
        assert (await program.get("/v1/models")).status_code == 401
        assert (await playground.studio.gallery.images()).total == 2


async def test_nothing_below_v1_opens_without_a_key_also_on_this_computer(
    playground: Playground,
) -> None:
    wrong = "sbp_" + "x" * 43
    async with httpx.AsyncClient(base_url=playground.url) as nobody:
        for shown in ({}, {"Authorization": f"Bearer {wrong}"}, {"Authorization": "Basic eDp5"}):
            for method, path in (
                ("GET", "/v1/models"),
                ("POST", "/v1/images/generations"),
                ("GET", "/v1/"),
                ("GET", "/v1/images/" + "0" * 32 + ".png"),
                ("POST", "/mcp"),
            ):
                answer = await nobody.request(method, path, headers=shown, json={"prompt": "x"})
                assert answer.status_code == 401, (path, answer.text)
                error = answer.json()["error"]
                assert error["code"] == "invalid_api_key" and error["param"] is None
                assert error["type"] == "invalid_request_error" and "key" in error["message"]
                assert wrong not in answer.text
    assert playground.platform.posts == 0


async def test_with_a_login_a_key_opens_its_interface_and_nothing_else(opening: Opening) -> None:
    playground = await opening(RIGHT)
    async with playground.client() as program:
        assert (await program.get("/v1/models")).status_code == 200
        made = await program.post("/v1/images/generations", json={"prompt": "a cat"})
        assert made.status_code == 200
        image = made.json()["data"][0]["id"]
        for path in (
            *("/", "/api/images", f"/images/{image}", f"/thumbs/{image}", "/api/keys", "/docs"),
            *("/api/setup", "/openapi.json", "/v1", "/v1models", "/gradio_api/info", "/config"),
        ):
            answer = await program.get(path)
            assert answer.status_code in (303, 401), path
        assert (await program.post("/api/keys", json={"name": "more"})).status_code == 401
        assert (await program.post("/api/generate", json={"prompt": "x"})).status_code == 401
    async with httpx.AsyncClient(base_url=playground.url, auth=(RIGHT.user, RIGHT.password)) as ada:
        assert (await ada.get("/v1/models")).status_code == 401  # a login is no key
        assert len((await ada.get("/api/keys")).json()["keys"]) == 1
        assert (await ada.get("/v1/../api/keys")).status_code in (200, 404)
    async with playground.client() as program:  # no way out of the part that a key opens
        for path in ("/v1/..%2fapi/keys", "/v1/%2e%2e/api/keys", "/v1//api/keys"):
            assert (await program.get(path)).status_code in (401, 404), path


async def test_other_pages_and_names_stay_out_with_a_key_too(playground: Playground) -> None:
    async with playground.client() as program:
        foreign = await program.post(
            "/v1/images/generations", json={"prompt": "x"}, headers={"Origin": "http://evil.com"}
        )
        assert foreign.status_code == 403
        rebound = await program.get("/v1/models", headers={"Host": "evil.com"})
        assert rebound.status_code == 421
    assert playground.platform.posts == 0
