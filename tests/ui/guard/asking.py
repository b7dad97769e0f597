"""Requests as browsers and programs send them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio

BASE = "http://127.0.0.1:7860"
EVIL = "https://evil.example"


def generate(client: TestClient, **headers: str) -> Any:
    """Ask for an image as the page's own event or another program does."""
    body = {"data": ["no such model", "a fox"]}
    return client.post("/gradio_api/call/generate", json=body, headers=headers)


def fetched(site: str, mode: str = "cors", dest: str = "empty") -> dict[str, str]:
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}


async def _never(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("the request came through")


async def status_of(app: Any, *, headers: Any = None, receive: Any = None, path: str = "/") -> int:
    """Send one POST straight to an ASGI app; TestClient would put such headers right."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost")] if headers is None else headers,
    }

    async def send(message: Any) -> None:
        sent.append(message)

    await asyncio.wait_for(app(scope, receive, send), 5)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    assert json.loads(body)["detail"]
    status: int = sent[0]["status"]
    return status
