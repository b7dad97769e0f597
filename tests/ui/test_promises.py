"""What was promised to other programs is there, and what is there is promised or the page's own."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

README = Path(__file__).resolve().parents[2] / "README.md"

PROMISED = {
    *("GET /healthz", "POST /api/generate", "GET /api/runs", "GET /api/credits"),
    *("GET /api/images", "POST /api/images", "GET /api/images/{id}", "POST /api/images/{id}"),
    "GET /api/images/{id}/like",
    *("POST /api/images/{id}/reproduce", "POST /api/images/{id}/neighbours", "GET /api/compare"),
    *("GET /api/facets", "GET /api/prompts", "GET /api/statistics", "POST /api/trash/empty"),
    *("POST /api/experiments/plan", "POST /api/experiments", "GET /api/experiments"),
    *("GET /api/experiments/{id}", "POST /api/experiments/{id}"),
    *("POST /api/export", "POST /api/metadata", "GET /images/{id}", "GET /thumbs/{id}"),
}
"""Names that other programs were told and rely on: none of them may change or go."""

OF_THE_PAGE = {
    *("GET /page/{digest}/{name}", "GET /diffs/{one}/{other}", "GET /api/jobs", "GET /api/events"),
    *("GET /api/status", "GET /api/setup", "POST /api/setup", "POST /api/setup/read"),
    *("POST /api/setup/test", "POST /api/jobs/seen", "GET /api/models"),
}
"""Described too, but made for our own scripts."""

ITSELF = {"GET /openapi.json", "GET /docs"}


@pytest.fixture
async def described(client: httpx.AsyncClient) -> set[str]:
    paths = (await client.get("/openapi.json")).json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def named(text: str) -> set[str]:
    """Return the routes that a text names, as METHOD /path."""
    return set(re.findall(r"`((?:GET|POST) /[\w/{}.]*)", text))


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
