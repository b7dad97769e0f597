"""Who answers: the platform with its key, or the sample engine in this process. One call path."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from backend.errors import PlaygroundError
from backend.providers import PROVIDERS
from backend.providers.base import Provider
from backend.providers.offline.server import create_app
from backend.settings.load import Settings
from backend.types import OFFLINE, Limits, ModelSpec
from backend.wire.client import Api, in_process


@dataclass(frozen=True, slots=True)
class Route:
    """Where a run is sent: one API with one provider's words, and the limits there."""

    api: Api
    provider: Provider
    source: str
    limits: Limits


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Connection:
    """A route to send on, and the free questions that can be asked there."""

    route: Route

    async def balance(self) -> Decimal | None:
        """Return the balance in US dollars, None where it cannot be had."""
        provider = self.route.provider
        try:
            body = await self.route.api.get_json(provider.credits_call(), provider.explain)
            return provider.parse_credits(body)
        except PlaygroundError as error:
            log.warning("no balance: %s", error.message)
            return None

    async def remote_models(self) -> list[tuple[str, Decimal | None]]:
        """Return (id, price) of the account's image models; empty where they cannot be had."""
        provider = self.route.provider
        try:
            body = await self.route.api.get_json(provider.models_call(), provider.explain)
            return [(m.id, m.price) for m in provider.parse_models(body) if m.kind == "Image"]
        except PlaygroundError as error:
            log.warning("no list of models: %s", error.message)
            return []


async def try_connection(api_url: str, api_key: str) -> tuple[int, Decimal]:
    """Return how many image models the account has, and its balance in US dollars.

    Two free questions. Raises: PlaygroundError saying what is wrong.
    """
    provider, api = PROVIDERS["sentry_block"], Api(api_url, api_key)
    models = provider.parse_models(await api.get_json(provider.models_call(), provider.explain))
    balance = await api.get_json(provider.credits_call(), provider.explain)
    return sum(m.kind == "Image" for m in models), provider.parse_credits(balance)


def open_connection(settings: Settings, models: Mapping[str, ModelSpec]) -> Connection:
    """Return the connection that the settings ask for; nothing is sent. Raises: SettingsError."""
    provider = PROVIDERS["sentry_block"]
    if not settings.on_platform:
        app = create_app(models)
        api = Api("http://localhost", None, transport=in_process(app))
        return Connection(Route(api, provider, OFFLINE, Limits()))
    assert settings.api_url and settings.api_key
    api = Api(settings.api_url, settings.api_key, deadline_s=settings.timeout_s)
    source = urlsplit(api.base_url).netloc
    return Connection(Route(api, provider, source, settings.limits))
