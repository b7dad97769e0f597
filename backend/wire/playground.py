"""A playground, asked as any other program asks it: over HTTP, or in this process."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from backend.errors import LookupFailed, Unreachable
from backend.said import msg

ANSWER_S = 330.0
"""Longer than one paid send may take: stopping waits for those that are under way."""

_CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its status, and the JSON that it holds, None where it holds none."""

    status: int
    json: Any

    @property
    def ok(self) -> bool:
        return self.status == 200


class PlaygroundClient:
    """Asks the playground at `url`, by an `app` of this process where one is given.

    `login` is `user:password`, sent to that address alone; proxies of the environment are not used.
    """

    def __init__(self, url: str, login: str | None = None, *, app: Any = None) -> None:
        self.url = url.rstrip("/")
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if login:
            headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        self._client = httpx.AsyncClient(
            base_url=self.url,
            headers=headers,
            transport=None if app is None else httpx.ASGITransport(app=app),
            timeout=httpx.Timeout(ANSWER_S, connect=_CONNECT_S),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Answered:
        """Return the answer to one request. Raises: Unreachable where none came."""
        async with _reached(self.url):
            answer = await self._client.request(method, path, json=body)
        return Answered(answer.status_code, _json(answer.content))

    async def save(self, path: str, target: Path) -> Answered:
        """Keep a file of the playground's as `target`, whole or not at all.

        Raises: Unreachable; OSError where it cannot be written; LookupFailed where it came in part.
        """
        part = target.with_name(f"{target.name}.part")
        try:
            async with _reached(self.url), self._client.stream("GET", path) as answer:
                if answer.status_code != 200:
                    content = await answer.aread()
                    return Answered(answer.status_code, _json(content))
                with part.open("wb") as file:
                    async for piece in answer.aiter_raw():
                        file.write(piece)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
        return Answered(200, None)


@asynccontextmanager
async def _reached(url: str) -> AsyncIterator[None]:
    try:
        yield
    except httpx.ReadTimeout as error:
        raise LookupFailed(
            msg("The playground at {address} does not answer.", address=url)
        ) from error
    except httpx.HTTPError as error:
        raise Unreachable(
            msg("The playground at {address} cannot be reached.", address=url)
        ) from error


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
