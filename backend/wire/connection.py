"""One API with one provider's words: the platform with its key, or the sample engine in process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from backend.errors import PlaygroundError
from backend.providers.base import Provider, RemoteModel
from backend.providers.offline.server import SPOKEN, create_app
from backend.types import OFFLINE, ModelSpec, WireCall
from backend.wire.client import Api

T = TypeVar("T")

log = logging.getLogger(__name__)

DEADLINE_S = 300.0


@dataclass(frozen=True, slots=True)
class Connection:
    """Where runs are sent, and the free questions that can be asked there.

    `source` is `offline` or the platform's host: what records say of who made an image.
    """

    api: Api
    provider: Provider
    source: str

    async def balance(self) -> Decimal | None:
        """Return the balance in US dollars, None where it cannot be had."""
        try:
            return await self._balance()
        except PlaygroundError as error:
            log.warning("no balance: %s", error.message)
            return None

    async def remote_models(self) -> list[tuple[str, Decimal | None]]:
        """Return (id, price) of the account's image models; empty where they cannot be had."""
        try:
            return [(model.id, model.price) for model in await self._models()]
        except PlaygroundError as error:
            log.warning("no list of models: %s", error.message)
            return []

    async def check(self) -> tuple[list[str], Decimal]:
        """Return the ids of the account's image models, and its balance in US dollars.

        Two free questions. Raises: PlaygroundError saying what is wrong.
        """
        models = await self._models()
        return [model.id for model in models], await self._balance()

    async def _models(self) -> list[RemoteModel]:
        models = await self._asked(self.provider.models_call(), self.provider.parse_models)
        return [model for model in models if model.makes_images]

    async def _balance(self) -> Decimal:
        return await self._asked(self.provider.credits_call(), self.provider.parse_credits)

    async def _asked(self, call: WireCall, parse: Callable[[bytes], T]) -> T:
        try:
            return parse(await self.api.get_json(call, self.provider.explain))
        except PlaygroundError as error:
            self.api.keyless(error)
            raise


def connect(
    provider: Provider, url: str, key: str | None, *, deadline_s: float = DEADLINE_S
) -> Connection:
    """Return the connection to a platform; nothing is sent. Raises: SettingsError."""
    api = Api(url, key, deadline_s=deadline_s)
    return Connection(api, provider, urlsplit(api.base_url).netloc)


def connect_offline(models: Mapping[str, ModelSpec]) -> Connection:
    """Return the connection to the sample engine in this process, by the same call path."""
    api = Api("http://localhost", None, transport=httpx.ASGITransport(app=create_app(models)))
    return Connection(api, SPOKEN, OFFLINE)
