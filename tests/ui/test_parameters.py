"""What is asked for in an address and is not there is refused by name, never passed over."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

import ui  # noqa: F401  # before gradio
from ui.door.key_gate import opens_with_key
from ui.routes.models.base import EXAMPLE_ID
from ui.routes.schema import DescribedApp, operations


def addresses(app: FastAPI) -> list[tuple[str, str, dict[str, bool]]]:
    """Return (method, address, names of parameters and whether they are lists) of all routes.

    Not of those for programs with a key: without one nothing else is looked at there.
    """
    assert isinstance(app, DescribedApp)
    found = []
    for method, path, operation in operations(app.openapi()):
        if opens_with_key(path):
            continue
        parameters = operation.get("parameters", ())
        names = {
            p["name"]: p["schema"].get("type") == "array" for p in parameters if p["in"] == "query"
        }
        for parameter in parameters:
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", EXAMPLE_ID)
        found.append((method, path, names))
    return found


async def test_every_route_refuses_a_name_that_it_does_not_have(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    routes = addresses(app)
    assert len(routes) > 20
    for method, path, names in routes:
        for name in ("modle", "Q", "limit ", "limit[]", "\U0001f600", "", "x" * 500):
            answer = await client.request(method, path, params={name: "1"})
            assert answer.status_code == 422, (method, path, name)
            error = answer.json()["error"]
            assert error["field"] == name[:40] and f"called {name[:40]}" in error["message"]
            assert all(known in error["hint"] for known in names)


async def test_what_counts_once_is_refused_when_it_is_given_twice(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    tried = 0
    for method, path, names in addresses(app):
        for name, many in names.items():
            if not many:
                answer = await client.request(method, path, params=[(name, "1"), (name, "2")])
                assert answer.status_code == 422, (method, path, name)
                assert f"{name} is given twice" in answer.json()["error"]["message"]
                tried += 1
    assert tried > 15


@pytest.mark.parametrize("query", ["tag=a&tag=b&model=x&model=y", "q=&limit=1", "total=fast"])
async def test_what_there_is_is_taken_as_before(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/api/images?{query}")).status_code == 200


async def test_pages_open_whatever_stands_in_their_address(client: httpx.AsyncClient) -> None:
    for path in ("/", "/gallery", "/examples", "/settings", "/statistics", "/docs", "/help"):
        assert (await client.get(f"{path}?from=mail")).status_code == 200
