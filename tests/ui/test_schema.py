"""/openapi.json: it is true, whole, behind the door, and costs nothing until it is asked for."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from backend.generation.runs import RUNS_MAX
from backend.library.library import PAGE_MAX
from backend.settings.load import Settings
from backend.studio import Studio
from backend.types import COUNT_MAX, FOREIGN_SEED_MAX, RunState
from tests.ui.described import Described
from tests.ui.fake_studio import FLUX, SDXL, FakeStudio
from tests.ui.login.visitors import RIGHT
from ui import static
from ui.door.visitor import COOKIE
from ui.site import build_app

SMALL = {"model": FLUX, "prompt": "a cat", "width": 256, "height": 256}
ME = {COOKIE: "a" * 32}


@pytest.fixture
async def schema(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def parameter(schema: dict[str, Any], path: str, name: str) -> dict[str, Any]:
    found = schema["paths"][path]["get"]["parameters"]
    one: dict[str, Any] = next(p["schema"] for p in found if p["name"] == name)
    return one


async def judged(client: httpx.AsyncClient) -> None:
    """Start a blind test, vote on a pair of it, and look at the result."""
    settings = [{"num_steps": 1}, {"num_steps": 2}, {"num_steps": 3}]
    base = {name: value for name, value in SMALL.items() if name != "prompt"}
    varied = {"kind": "blind", "base": base, "blind": {"settings": settings, "prompts": "a\nb"}}
    looked = (await client.post("/api/experiments/plan", json=varied)).json()
    begun = {"plan": varied, "digest": looked["digest"], "token": "e" * 32}
    own = (await client.post("/api/experiments", json=begun)).json()["id"]
    votes = f"/api/experiments/{own}/votes"
    async with asyncio.timeout(30):
        while not (pairs := (await client.get(votes)).json()["to_show"]):
            await asyncio.sleep(0.05)
    one = {"pair": pairs[0]["number"]}
    await client.post(votes, json=one | {"do": "vote", "choice": "left"})
    assert (await client.post(votes, json={"do": "end"})).json()["result"]["votes"] == 1


async def shown_to_a_room(client: httpx.AsyncClient) -> None:
    """Start a session, have a wish made and shown, let the room vote, and end it."""
    plan = {"title": "Open day", "model": FLUX, "port": 0, "values": {"width": 256, "height": 256}}
    assert (await client.post("/api/session/plan", json=plan)).json()["text"]
    for change in (plan, {"do": "open"}):
        path = "/api/session/do" if "do" in change else "/api/session"
        assert (await client.post(path, json=change)).status_code == 200
    for text in ("a cat", "a dog"):
        await client.post("/api/session/wishes", json={"text": text})
    async with asyncio.timeout(30):
        while any(
            one["picture"] is None for one in (await client.get("/api/session")).json()["wishes"]
        ):
            await asyncio.sleep(0.05)
    ids = [one["id"] for one in (await client.get("/api/session")).json()["wishes"]]
    await client.post(f"/api/session/wishes/{ids[0]}", json={"do": "show"})
    voting = await client.post("/api/session/do", json={"do": "round", "options": ids})
    assert voting.json()["round"]["totals"] == [0, 0]
    for code in ("code", "helper"):
        assert (await client.get(f"/api/session/{code}.svg")).status_code == 200
    await client.post("/api/session/do", json={"do": "end"})
    await client.post("/api/session/do", json={"do": "keep", "name": "Evening"})
    kept = (await client.post("/api/demos", json={})).json()
    assert kept["kept"] == "open-day" and kept["demos"][0]["images"] == 2
    await client.post("/api/demos/open-day", json={"do": "play", "speed": 20, "port": 0})
    async with asyncio.timeout(30):
        while not (wishes := (await client.get("/api/session")).json()["wishes"]) or any(
            one["picture"] is None for one in wishes
        ):
            await asyncio.sleep(0.05)
    for size in ("image_url", "thumb_url"):
        picture = await client.get(wishes[0]["picture"][size])
        assert picture.headers["content-type"] == "image/webp"
    refused = await client.post("/api/session/wishes", json={"text": "a cat"})
    assert refused.status_code == 422 and refused.json()["error"]["message"]
    await client.post("/api/demos/open-day", json={"do": "stop"})
    assert (await client.get("/api/session")).status_code == 422  # there is none now
    await client.post("/api/session", json=plan)
    rehearsed = {"do": "rehearse", "demo": "open-day", "on": True}
    now = (await client.post("/api/session/do", json=rehearsed)).json()
    assert now["rehearsed"] and now["recorded_on"]
    await client.post("/api/session/wishes", json={"text": "a cat"})
    async with asyncio.timeout(30):
        while not (one := (await client.get("/api/session")).json()["wishes"][0])["picture"]:
            await asyncio.sleep(0.05)
    assert one["recorded"] and one["picture"]["recorded_on"]
    now = (await client.post("/api/session/do", json={"do": "rehearse", "on": False})).json()
    assert not now["rehearsed"] and now["recorded_on"] == ""
    await client.post("/api/session/do", json={"do": "end"})
    await client.post("/api/demos/open-day", json={"do": "delete"})
    assert [one["name"] for one in (await client.get("/api/demos")).json()["demos"]] == ["evening"]
    ended = (await client.get("/api/sessions")).json()["sessions"][-1]
    own = f"/api/sessions/{ended['id']}"
    for path in (own, f"{own}/lineage/{ids[0]}", f"{own}/lineage/{ids[0]}/picture"):
        await client.get(path)
    await client.post(own, json={"do": "forget"})
    assert (await client.get("/api/demos")).json()["demos"] == []


async def connections_kept(client: httpx.AsyncClient) -> None:
    """Add a further connection, which nobody answers, test and change it, and remove it."""
    wish = {"name": "home", "kind": "a1111", "api_url": "http://127.0.0.1:9"}
    assert (await client.get("/api/connections")).json()["connections"] == []
    assert (await client.post("/api/connections", json={"do": "test", **wish})).status_code == 422
    assert (await client.post("/api/connections", json=wish)).status_code == 200
    for deed in ("test", "change", "remove"):
        body = {**wish, "do": deed, "requests_per_day": "5"}
        code = (await client.post("/api/connections/home", json=body)).status_code
        assert code == (422 if deed == "test" else 200)


async def asked_as_a1111(client: httpx.AsyncClient) -> None:
    """Choose a model and make an image with a key, as SillyTavern does."""
    chosen = {"sd_model_checkpoint": FLUX}
    assert (await client.post("/sdapi/v1/options", json=chosen)).status_code == 200
    await client.post("/api/styles", json={"name": "noir", "prompt": "{prompt}, black and white"})
    names = (
        *("sd-models", "samplers", "schedulers", "upscalers", "latent-upscale-modes", "sd-vae"),
        *("loras", "hypernetworks", "embeddings", "face-restorers", "scripts"),
        *("realesrgan-models", "script-info", "extensions", "cmd-flags", "memory", "prompt-styles"),
    )
    for name in ("options", "progress?skip_current_image=true", *names):
        assert (await client.get(f"/sdapi/v1/{name}")).status_code == 200
    wanted = {"prompt": "a cat", "width": 256, "height": 256, "steps": 4, "seed": -1}
    made = (await client.post("/sdapi/v1/txt2img", json=wanted)).json()
    (image,) = made["images"]
    read = (await client.post("/sdapi/v1/png-info", json={"image": image})).json()
    assert read["parameters"]["Prompt"] == "a cat"
    assert (await client.post("/sdapi/v1/png-info", json={"image": "?"})).status_code == 400
    assert (await client.post("/sdapi/v1/txt2img", json={"n_iter": 0})).status_code == 400
    refreshed = ("refresh-checkpoints", "refresh-vae", "refresh-loras", "refresh-embeddings")
    for name in ("interrupt", "unload-checkpoint", "reload-checkpoint", *refreshed):
        assert (await client.post(f"/sdapi/v1/{name}")).status_code == 200


async def asked_as_openai(client: httpx.AsyncClient) -> None:
    """Make a key for another program, ask for an image with it, and remove it."""
    made = (await client.post("/api/keys", json={"name": "open-webui"})).json()
    client.headers["Authorization"] = f"Bearer {made['key']}"
    wanted = {"prompt": "a cat", "size": "256x256", "n": 2}
    images = (await client.post("/v1/images/generations", json=wanted)).json()
    assert len(images["data"]) == 2
    assert (await client.post("/v1/images/generations", json={"n": 0})).status_code == 400
    assert (await client.get(images["data"][0]["url"])).status_code == 200
    for path in ("", f"/{FLUX}"):
        assert (await client.get(f"/v1/models{path}")).status_code == 200
    assert (await client.get("/v1/models/none")).status_code == 404
    assert (await client.get("/api/keys")).json()["keys"][0]["last"]
    await asked_as_a1111(client)
    await client.post(f"/api/keys/{made['id']}", json={"do": "remove"})
    assert (await client.get("/v1/models")).status_code == 401
    del client.headers["Authorization"]
    assert (await client.get(f"/v1/images/{'0' * 32}.png?sign=0")).status_code == 404


async def test_every_operation_answers_as_it_is_described(tmp_path: Path) -> None:
    app = build_app(Studio(Settings(tmp_path / "data", tmp_path / ".env")))
    described = Described(app)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1",
            cookies=ME,
            event_hooks=described.hooks,
        ) as client,
    ):
        made = await client.post("/api/generate", json=SMALL | {"seed": 1, "count": 2})
        one, other = (record["id"] for record in made.json())
        anew = {"token": "b" * 32}
        again = await client.post(f"/api/images/{one}/reproduce", json=anew)
        await client.get("/api/events", params={"job": again.json()["job"]["id"]})
        await client.post(f"/api/images/{one}/neighbours", json={"token": "c" * 32})
        for path in ("images", "thumbs", "api/images"):
            await client.get(f"/{path}/{one}")
        await client.get(f"/diffs/{one}/{other}")
        await client.get(f"/api/images/{one}/like")
        await client.get("/api/compare", params={"id": [one, other]})
        for path in ("images", "facets", "prompts", "statistics"):
            await client.get(f"/api/{path}")
        for path in ("jobs", "runs", "status", "setup", "credits"):
            await client.get(f"/api/{path}")
        varied = {"base": SMALL | {"seed": 1}, "axes": {"x": {"num_steps": "1, 3"}}}
        looked = (await client.post("/api/experiments/plan", json=varied)).json()
        begun = {"plan": varied, "digest": looked["digest"], "token": "d" * 32}
        own = (await client.post("/api/experiments", json=begun)).json()["id"]
        await client.get("/api/experiments")
        await client.get(f"/api/experiments/{own}")
        await client.get(f"/api/experiments/{own}/exports")
        await client.get(f"/api/experiments/{own}/export", params={"form": "csv"})
        await client.get(f"/api/experiments/{own}/left?of=failed")
        await client.get("/api/experiments", params={"token": begun["token"]})
        await client.post(f"/api/experiments/{own}", json={"do": "pause"})
        words = {"kind": "words", "base": SMALL | {"seed": 1}, "words": {"instead": {"1": "x"}}}
        looked = (await client.post("/api/experiments/plan", json=words)).json()
        begun = {"plan": words, "digest": looked["digest"], "token": "f" * 32}
        told = (await client.post("/api/experiments", json=begun)).json()
        assert told["words"]["phrases"][0]["instead"] == "x"
        await client.post(f"/api/experiments/{own}", json={"do": "resume"})
        async with asyncio.timeout(30):
            while (await client.get(f"/api/experiments/{own}")).json()["state"] != "done":
                await asyncio.sleep(0.05)
        looked = (await client.post(f"/api/experiments/{own}/plan", json={"axis": "x"})).json()
        grow = {"do": "between", "axis": "x", "digest": looked["digest"]}
        await client.post(f"/api/experiments/{own}", json=grow)
        await client.get(f"/api/experiments/{own}/images")
        await client.post(f"/api/experiments/{own}", json={"do": "stop"})
        gone = await client.post(f"/api/experiments/{own}", json={"do": "delete", "images": True})
        assert gone.json()["deleted"] == own
        await judged(client)
        await shown_to_a_room(client)
        kept = {"text": "red\nblue", "digest": ""}
        await client.post("/api/wildcards/art/colour", json=kept)
        await client.get("/api/wildcards")
        await client.get("/api/wildcards/art/colour")
        await client.post("/api/jobs/seen", json={"until": "2026-01-31T23:30:05.120Z"})
        await client.get("/healthz")
        await client.get("/readyz")
        await client.get(static.url("style.css"))
        marks = {"rating": 3, "tags": ["sea"]}
        await client.post(f"/api/images/{one}", json=marks)
        await client.post("/api/images", json={"ids": [one], "deleted": True})
        for path in ("facets", "models", "images?trash=1", "runs?limit=1&state=saved"):
            await client.get(f"/api/{path}")
        style = {"name": "Cinema", "prompt": "cinematic {prompt}"}
        await client.post("/api/styles", json=style)
        await client.post("/api/presets", json={"name": "Small", "values": {"width": 256}})
        await client.get("/api/styles")
        await client.post("/api/styles/compose", json={"prompt": "a cat", "styles": ["Cinema"]})
        names = {"styles": ["Cinema"], "presets": ["Small"]}
        gone = (await client.post("/api/styles/remove", json=names)).json()
        await client.post("/api/styles/restore", json=gone)
        table = {"file": ("styles.csv", b"name,prompt\nOil,oil painting", "text/csv")}
        await client.post("/api/styles/import", files=table)
        for kind in ("csv", "json"):
            await client.get("/api/styles/export", params={"format": kind})
        await client.post("/api/export", data={"ids": other})
        await client.post("/api/trash/forget", json={"query": "trash=1"})
        await client.post("/api/trash/empty", json={})
        picture = io.BytesIO()
        Image.new("RGB", (8, 8)).save(picture, "PNG")
        file = {"file": ("a.png", picture.getvalue(), "image/png")}
        await client.post("/api/metadata", files=file)
        curl = "curl https://cloud.example/api/v1/images -H 'Authorization: Bearer ak_0123456789'"
        await client.post("/api/setup/read", json={"pasted": curl})
        await client.post("/api/setup", json={"requests_per_day": "50"})
        await client.post("/api/setup/remove-key", json={})
        await client.post("/api/setup/test", json={})  # refused: there is no key
        await connections_kept(client)
        await asked_as_openai(client)
    assert {o["operationId"] for _, o in operations(described.schema)} - described.seen == {
        "test_the_settings",
        "follow_the_session",  # a stream that does not end
    }


async def test_the_settings_are_tested_as_described(tmp_path: Path) -> None:
    studio = FakeStudio(tmp_path)

    async def told(change: object) -> tuple[list[str], Decimal]:
        return [SDXL, FLUX, "an/other"], Decimal("1.5")

    studio.account.test = told  # type: ignore[method-assign, assignment]
    app = build_app(studio)
    described = Described(app)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1",
        event_hooks=described.hooks,
    ) as client:
        answer = await client.post("/api/setup/test", json={"api_url": "https://cloud.example"})
    assert answer.json() == {
        "text": "It works: 3 image models, and a balance of $1.50. The form does not know an/other;"
        " models.toml can name more models."
    }
    assert described.seen == {"test_the_settings"}


async def test_all_references_lead_somewhere_and_all_ids_differ(schema: dict[str, Any]) -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(schema)):
        found: Any = schema
        for name in reference.split("/"):
            found = found[name]
        assert found
    named = [operation["operationId"] for _, operation in operations(schema)]
    assert len(named) == len(set(named)) > 20
    for told, operation in operations(schema):
        assert operation["summary"] and operation["description"], told
        assert len(operation["tags"]) == 1, told


async def test_bounds_are_those_of_the_code(schema: dict[str, Any]) -> None:
    limit = parameter(schema, "/api/images", "limit")
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, PAGE_MAX, 50)
    assert parameter(schema, "/api/runs", "limit")["maximum"] == RUNS_MAX
    assert parameter(schema, "/api/runs", "state")["enum"] == [state.value for state in RunState]
    assert parameter(schema, "/api/images", "seed")["maximum"] == FOREIGN_SEED_MAX
    wanted = schema["components"]["schemas"]["Wanted"]
    assert wanted["properties"]["count"]["maximum"] == COUNT_MAX
    assert wanted["required"] == ["model", "prompt"]


async def test_answers_of_the_door_are_described_where_they_occur(schema: dict[str, Any]) -> None:
    for told, operation in operations(schema):
        assert {"400", "403", "421"} <= operation["responses"].keys(), told
        assert ("413" in operation["responses"]) == told.startswith("POST"), told
        if " /v1/" in told or " /sdapi/" in told:
            ways = [{"key_as_password": []}] if " /sdapi/" in told else []
            assert "401" in operation["responses"]
            assert operation["security"] == [*ways, {"key": []}]
        else:
            assert not {"401", "429"} & operation["responses"].keys(), told
            assert "security" not in operation


async def test_behind_a_login_it_needs_one_and_says_so(tmp_path: Path) -> None:
    app = build_app(FakeStudio(tmp_path), RIGHT)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get("/openapi.json")).status_code == 401
        answer = await client.get("/openapi.json", auth=(RIGHT.user, RIGHT.password))
        schema = answer.json()
        Described(app).hold(await client.get("/api/images"))
    for told, operation in operations(schema):
        closed = told not in ("GET /healthz", "GET /readyz")
        door = "key" if " /v1/" in told or " /sdapi/" in told else "basic"
        assert ("401" in operation["responses"]) == closed, told
        assert ({door: []} in operation.get("security", ())) == closed, told
    assert schema["components"]["securitySchemes"]["basic"]["scheme"] == "basic"


async def test_it_is_made_when_it_is_first_asked_for(studio: FakeStudio) -> None:
    app = build_app(studio)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
    ) as client:
        assert (await client.get("/api/jobs")).status_code == 200
        assert app.openapi_schema is None
        await client.get("/openapi.json")
        assert app.openapi_schema is not None


@pytest.mark.parametrize("path", ["/healthz", "/api/images", "/api/status", "/openapi.json"])
async def test_head_is_answered_like_get(app: FastAPI, path: str) -> None:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        ) as client,
    ):
        got, told = await client.get(path), await client.head(path)
    assert got.status_code == told.status_code
    assert got.headers["content-type"] == told.headers["content-type"]
