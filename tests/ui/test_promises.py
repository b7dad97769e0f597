"""What was promised to other programs is there, and what is there is promised or the page's own."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

README = Path(__file__).resolve().parents[2] / "README.md"

PROMISED = {
    *("GET /healthz", "GET /readyz", "POST /api/generate", "GET /api/runs", "GET /api/credits"),
    *("GET /api/images", "POST /api/images", "GET /api/images/{id}", "POST /api/images/{id}"),
    "GET /api/images/{id}/like",
    *("POST /api/images/{id}/reproduce", "POST /api/images/{id}/neighbours", "GET /api/compare"),
    *("GET /api/facets", "GET /api/prompts", "GET /api/statistics", "POST /api/trash/empty"),
    "POST /api/trash/forget",
    *("POST /api/experiments/plan", "POST /api/experiments", "GET /api/experiments"),
    *("GET /api/experiments/{id}", "POST /api/experiments/{id}"),
    *("GET /api/experiments/{id}/export", "GET /api/experiments/{id}/exports"),
    *("POST /api/experiments/{id}/plan", "GET /api/experiments/{id}/images"),
    *("GET /api/experiments/{id}/votes", "POST /api/experiments/{id}/votes"),
    *("GET /api/wildcards", "GET /api/wildcards/{name}", "POST /api/wildcards/{name}"),
    *("GET /api/styles", "POST /api/styles", "POST /api/presets"),
    *("POST /api/styles/import", "GET /api/styles/export"),
    "GET /api/experiments/{id}/left",
    *("GET /api/session", "POST /api/session", "POST /api/session/do"),
    *("POST /api/session/wishes", "POST /api/session/wishes/{id}", "GET /api/session/events"),
    *("GET /api/sessions", "GET /api/sessions/{id}", "POST /api/sessions/{id}"),
    "GET /api/sessions/{id}/lineage/{wish}",
    "GET /api/sessions/{id}/lineage/{wish}/picture",
    *("GET /api/demos", "POST /api/demos", "POST /api/demos/{name}"),
    *("POST /api/export", "POST /api/metadata", "GET /images/{id}", "GET /thumbs/{id}"),
    *("POST /v1/images/generations", "GET /v1/models", "GET /v1/models/{name}"),
    "GET /v1/images/{file}",
    *("POST /sdapi/v1/txt2img", "GET /sdapi/v1/options", "POST /sdapi/v1/options"),
    *("GET /sdapi/v1/sd-models", "GET /sdapi/v1/samplers", "GET /sdapi/v1/schedulers"),
    *("GET /sdapi/v1/upscalers", "GET /sdapi/v1/latent-upscale-modes", "GET /sdapi/v1/sd-vae"),
    *("GET /sdapi/v1/progress", "POST /sdapi/v1/interrupt", "GET /sdapi/v1/prompt-styles"),
    *("GET /sdapi/v1/loras", "GET /sdapi/v1/hypernetworks", "GET /sdapi/v1/embeddings"),
    *("GET /sdapi/v1/face-restorers", "GET /sdapi/v1/realesrgan-models", "GET /sdapi/v1/memory"),
    *("GET /sdapi/v1/scripts", "GET /sdapi/v1/script-info", "GET /sdapi/v1/extensions"),
    *("GET /sdapi/v1/cmd-flags", "POST /sdapi/v1/reload-checkpoint"),
    *("POST /sdapi/v1/refresh-checkpoints", "POST /sdapi/v1/refresh-vae"),
    *("POST /sdapi/v1/refresh-loras", "POST /sdapi/v1/refresh-embeddings"),
    *("POST /sdapi/v1/unload-checkpoint", "POST /sdapi/v1/png-info"),
}
"""Names that other programs were told and rely on: none of them may change or go."""

OF_THE_PAGE = {
    *("GET /page/{digest}/{name}", "GET /diffs/{one}/{other}", "GET /api/jobs", "GET /api/events"),
    *("GET /api/status", "GET /api/setup", "POST /api/setup", "POST /api/setup/read"),
    *("POST /api/styles/compose", "POST /api/styles/remove", "POST /api/styles/restore"),
    *(
        "POST /api/setup/test",
        "POST /api/setup/remove-key",
        "POST /api/jobs/seen",
        "GET /api/models",
    ),
    *("GET /api/session/code.svg", "GET /api/session/helper.svg"),
    "GET /api/demos/{name}/images/{sha256}",
    "POST /api/session/plan",
    *("GET /api/connections", "POST /api/connections", "POST /api/connections/{name}"),
    *("GET /api/keys", "POST /api/keys", "POST /api/keys/{id}"),
}
"""Described too, but made for our own scripts."""

ITSELF = {"GET /openapi.json", "GET /docs"}


@pytest.fixture
async def described(client: httpx.AsyncClient) -> set[str]:
    paths = (await client.get("/openapi.json")).json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def named(text: str) -> set[str]:
    """Return the routes that a text names, as METHOD /path."""
    return set(re.findall(r"`((?:GET|POST) /[\w/{}.-]*)", text))


async def test_all_that_is_promised_is_there_and_nothing_is_there_by_chance(
    described: set[str],
) -> None:
    assert described == PROMISED | OF_THE_PAGE


async def test_the_routes_that_the_readme_names_are_there(
    client: httpx.AsyncClient, described: set[str]
) -> None:
    text = README.read_text(encoding="utf-8")
    found = named(text)
    assert len(found) >= 4
    assert found <= described | ITSELF
    for path in re.findall(r"\]\(http://127\.0\.0\.1:7860(/[^)]*)\)", text):
        assert (await client.get(path)).status_code == 200, path


async def test_the_calls_that_the_readme_shows_are_answered(client: httpx.AsyncClient) -> None:
    text = README.read_text(encoding="utf-8")
    calls = re.findall(r"curl --json '([^']*)' http://127\.0\.0\.1:7860(/\S+)", text)
    assert calls
    for body, path in calls:
        answer = await client.post(path, content=body)
        assert answer.status_code == 200, answer.text


def test_a_route_that_is_named_is_found() -> None:
    text = "`GET /api/x/{id}`, `POST /api/y?z=1`; `GET` and `/api/z`"
    assert named(text) == {"GET /api/x/{id}", "POST /api/y"}
