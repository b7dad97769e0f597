"""One API with one provider's words: the platform with its key, or the sample engine in process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from backend.catalogue.named import unmarked
from backend.errors import (
    FREE,
    AccessDenied,
    BadAnswer,
    KeyRejected,
    LookupFailed,
    NoAnswer,
    PlaygroundError,
    Refused,
    ServerTrouble,
)
from backend.providers.base import Platform, Provider, RemoteModel
from backend.providers.offline.server import SPOKEN, create_app
from backend.said import joined
from backend.types import OFFLINE, GenerationRequest, ModelSpec, WireCall
from backend.wire.address import NO_KEY_IN_CLEAR, SOURCE_MAX_CHARS, WITHOUT_KEY
from backend.wire.client import Api

T = TypeVar("T")

log = logging.getLogger(__name__)

DEADLINE_S = 300.0


@dataclass(frozen=True, slots=True)
class Connection:
    """Where runs are sent, and the free questions that can be asked there.

    `source` is `offline` or the platform's host: what records say of who made an image; also the
    path where that is not the usual one, and of further connections path and provider. `prefix`
    stands before its models' ids in this program.
    """

    api: Api
    provider: Provider
    source: str
    prefix: str = ""

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        """Return the one paid call that makes `request`'s image, by the API's name of the model.

        Raises: InvalidInput where the API has no words for it.
        """
        if self.prefix:
            name = unmarked(request.model.removeprefix(self.prefix))
            request = replace(request, model=name)
        return self.provider.build(request, run_id)

    def told(self, error: PlaygroundError, cost_usd: Decimal | None) -> PlaygroundError:
        """Return what is told of a run that failed: without our key.

        Where a server of one's own has no price, nothing is in doubt but the image.
        """
        error = self._said(error)
        doubtful = isinstance(error, NoAnswer | ServerTrouble | BadAnswer)
        if doubtful and self.provider.platform.local and not cost_usd:
            return Refused(error.message, FREE)
        return error

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

    async def models(self) -> list[RemoteModel]:
        """Return the account's image models. Raises: PlaygroundError saying what is wrong."""
        return await self._models()

    async def loaded(self) -> str:
        """Return a hash of the weights that a server with one model has, "" where it tells none.

        Raises: PlaygroundError saying what is wrong.
        """
        if (call := self.provider.loaded_call()) is None:
            return ""
        try:
            body = await self._asked(call, bytes)
        except Refused:  # an older one, or something before it that knows no such path
            return ""
        try:
            return self.provider.parse_loaded(body)
        except LookupFailed:  # a web page of something before it, which answers any path
            return ""

    async def choices(self, name: str) -> tuple[str, ...]:
        """Return what a parameter can be, as the server tells it. Raises: PlaygroundError."""
        call = self.provider.choices_calls()[name]
        return await self._asked(call, lambda body: self.provider.parse_choices(name, body))

    async def check(self) -> tuple[list[str], Decimal | None]:
        """Return the ids of the account's image models, and its balance where it has one.

        Two free questions. Raises: PlaygroundError saying what is wrong.
        """
        models = await self._models()
        return [model.id for model in models], await self._balance()

    async def _models(self) -> list[RemoteModel]:
        if (call := self.provider.models_call()) is None:
            return []
        models = await self._asked(call, self.provider.parse_models)
        return [model for model in models if model.makes_images]

    async def _balance(self) -> Decimal | None:
        if (call := self.provider.credits_call()) is None:
            return None
        return await self._asked(call, self.provider.parse_credits)

    async def _asked(self, call: WireCall, parse: Callable[[bytes], T]) -> T:
        try:
            return parse(await self.api.get_json(call, self.provider.explain))
        except PlaygroundError as error:
            if (said := self._said(error)) is error:
                raise
            raise said from error

    def _said(self, error: PlaygroundError) -> PlaygroundError:
        """Return an error without our key, and with the reason where that was not shown."""
        if self.api.withheld and isinstance(error, KeyRejected | AccessDenied):
            return KeyRejected(NO_KEY_IN_CLEAR, joined(WITHOUT_KEY, FREE))
        return self.api.keyless(error)


def connect(
    provider: Provider,
    url: str,
    key: str | None,
    *,
    deadline_s: float = DEADLINE_S,
    lan: bool = False,
    source: str = "",
    prefix: str = "",
) -> Connection:
    """Return the connection to a platform; nothing is sent. Raises: SettingsError.

    `source` is its host where nothing else is said, and the path where that is not its usual one:
    behind one gateway there may be several accounts.
    """
    platform = provider.platform
    api = Api(
        url,
        key,
        auth=platform.auth,
        needs_key=platform.needs_key,
        lan=lan and platform.local,
        deadline_s=deadline_s,
    )
    return Connection(api, provider, source or _source(api.base_url, platform), prefix)


def _source(base_url: str, platform: Platform) -> str:
    parts = urlsplit(base_url)
    usual = platform.base or urlsplit(platform.url).path.rstrip("/")
    return (parts.netloc + ("" if parts.path == usual else parts.path))[:SOURCE_MAX_CHARS]


def connect_offline(models: Mapping[str, ModelSpec]) -> Connection:
    """Return the connection to the sample engine in this process, by the same call path."""
    api = Api("http://localhost", None, transport=httpx.ASGITransport(app=create_app(models)))
    return Connection(api, SPOKEN, OFFLINE)
