"""/openapi.json: it is true, whole, behind the door, and costs nothing until it is asked for."""

from __future__ import annotations

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
        varied = {"base": SMALL | {"seed": 1}, "axes": {"x": {"num_steps": "1-2"}}}
        looked = (await client.post("/api/experiments/plan", json=varied)).json()
        begun = {"plan": varied, "digest": looked["digest"], "token": "d" * 32}
        own = (await client.post("/api/experiments", json=begun)).json()["id"]
        await client.get("/api/experiments")
        await client.get(f"/api/experiments/{own}")
        await client.post(f"/api/experiments/{own}", json={"do": "pause"})
        await client.post("/api/jobs/seen", json={"until": "2026-01-31T23:30:05.120Z"})
        await client.get("/healthz")
        await client.get(static.url("style.css"))
        marks = {"rating": 3, "tags": ["sea"]}
        await client.post(f"/api/images/{one}", json=marks)
        await client.post("/api/images", json={"ids": [one], "deleted": True})
        for path in ("facets", "models", "images?trash=1", "runs?limit=1&state=saved"):
            await client.get(f"/api/{path}")
        await client.post("/api/export", data={"ids": other})
        await client.post("/api/trash/empty", json={})
        picture = io.BytesIO()
        Image.new("RGB", (8, 8)).save(picture, "PNG")
        file = {"file": ("a.png", picture.getvalue(), "image/png")}
        await client.post("/api/metadata", files=file)
        curl = "curl https://cloud.example/api/v1/images -H 'Authorization: Bearer ak_0123456789'"
        await client.post("/api/setup/read", json={"pasted": curl})
        await client.post("/api/setup", json={"requests_per_day": "50"})
        await client.post("/api/setup/test", json={})  # refused: there is no key
    assert {o["operationId"] for _, o in operations(described.schema)} - described.seen == {
        "test_the_settings"
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
        closed = told != "GET /healthz"
        assert ("401" in operation["responses"]) == closed, told
        assert (operation.get("security") == [{"basic": []}]) == closed, told
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
