"""Who answers now, which models there are, what they cost, what is left; and changing that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from decimal import Decimal

from backend.background import Tasks
from backend.catalogue.load import with_remote
from backend.catalogue.params import estimated_price_usd
from backend.errors import SettingsError
from backend.providers import PROVIDERS
from backend.providers.base import Provider
from backend.settings.change import Pasted, SettingsChange, apply, chosen_key, read_pasted
from backend.settings.load import OFFLINE_MODE, Settings
from backend.types import Limits, ModelSpec
from backend.wire.connection import Connection, connect, connect_offline

BALANCE_KEPT_S = 5.0
BALANCE_KNOWN_S = 600.0
"""So long a balance stands for what the account holds, where nothing was sent since."""


class Account:
    """The settings in force and the connection that they ask for.

    `catalogue` holds all models by id. Raises: SettingsError where the settings cannot be used.
    """

    def __init__(self, settings: Settings, catalogue: Mapping[str, ModelSpec]) -> None:
        for model in catalogue.values():
            if model.provider not in PROVIDERS:
                raise SettingsError(
                    f"The model {model.id} has a provider that does not exist: {model.provider}.",
                    f"In models.toml it can be {', '.join(PROVIDERS)}.",
                )
        self._settings, self._catalogue = settings, catalogue
        self._keys: set[str] = set()
        self._connection = self._open(settings)
        if not self.models:
            label = self.provider.platform.label
            raise SettingsError(f"There is no model of {label} in the catalogue.", "Add one.")
        self._balance: tuple[float, Decimal | None] = (-BALANCE_KNOWN_S, None)
        self._forgotten = 0  # how often: an answer that was asked for before is of no use
        self._tasks = Tasks()
        self._changed = asyncio.Event()

    def begin(self) -> None:
        """Ask the platform for the account's models, in the background; nothing offline."""
        if not self.offline:
            self._tasks.keep(self._refresh_models())

    async def close(self) -> None:
        await self._tasks.ended()

    # --- who answers ------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def connection(self) -> Connection:
        """Where runs are sent."""
        return self._connection

    @property
    def provider(self) -> Provider:
        """The words in which runs are sent; offline those that the sample engine speaks."""
        return self._connection.provider

    @property
    def offline(self) -> bool:
        """Whether images come from the sample engine and cost nothing."""
        return not self._settings.on_platform

    @property
    def mode(self) -> str:
        """`offline`, or the name of the platform that answers."""
        return OFFLINE_MODE if self.offline else self.provider.platform.name

    @property
    def api_url(self) -> str | None:
        """The platform's base URL, None offline."""
        return None if self.offline else self._connection.api.base_url

    def secrets(self) -> frozenset[str]:
        """Return what no image may tell back: the keys that were used since the start."""
        return frozenset(self._keys)

    @property
    def limits(self) -> Limits:
        """What may be sent; offline there are no limits."""
        return Limits() if self.offline else self._settings.limits

    async def changed(self) -> None:
        """Return once the settings have changed."""
        await self._changed.wait()

    # --- what it offers ---------------------------------------------------------------------

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """The models that can be asked for by id, with the account's prices once known."""
        return self._catalogue if self.offline else self.models_of(self.provider.platform.name)

    def models_of(self, provider: str) -> Mapping[str, ModelSpec]:
        """Return the catalogue's models of a platform by its name, whoever answers now."""
        return {id: model for id, model in self._catalogue.items() if model.provider == provider}

    def estimate(self, model_id: str, count: int) -> Decimal | None:
        """Return the listed price of `count` images in US dollars; 0 offline, None if unlisted."""
        if self.offline:
            return Decimal(0)
        spec = self.models.get(model_id)
        return estimated_price_usd(spec, count) if spec else None

    async def balance(self) -> Decimal | None:
        """Return the account's balance in US dollars; None offline or where it cannot be had."""
        read_at, amount = self._balance
        if time.monotonic() - read_at >= BALANCE_KEPT_S:
            forgotten = self._forgotten
            amount = None if self.offline else await self._connection.balance()
            if forgotten == self._forgotten:
                self._balance = (time.monotonic(), amount)
        return amount

    def known_balance(self) -> Decimal | None:
        """Return the balance where it was told lately and nothing was sent since; asks nobody."""
        read_at, amount = self._balance
        return amount if time.monotonic() - read_at < BALANCE_KNOWN_S else None

    def forget_balance(self) -> None:
        """Ask anew next time: something was paid."""
        self._forgotten += 1
        self._balance = (-BALANCE_KNOWN_S, None)

    # --- setting up -------------------------------------------------------------------------

    def read_pasted(self, text: str) -> Pasted:
        """Return the URL and the key in a pasted text."""
        return read_pasted(text, self._settings.provider.platform)

    async def test(self, change: SettingsChange) -> tuple[list[str], Decimal]:
        """Ask the platform for its image models' ids and the balance, free of charge.

        Nothing is kept. Raises: PlaygroundError saying what is wrong.
        """
        provider = self._settings.provider
        change = change.filled(provider.platform)
        key = chosen_key(self._settings, change.api_url, change.api_key)
        return await connect(provider, change.api_url, key).check()

    async def change(self, change: SettingsChange) -> None:
        """Keep the settings and use them for every run from now on.

        Raises: InvalidInput, SettingsError; then nothing has changed.
        """
        settings = await asyncio.to_thread(apply, self._settings, change)
        self._connection = self._open(settings)
        self._settings = settings
        self._changed, changed = asyncio.Event(), self._changed
        changed.set()
        self.forget_balance()
        self.begin()

    def _open(self, settings: Settings) -> Connection:
        if not settings.on_platform:
            return connect_offline(self._catalogue)
        assert settings.api_url
        if settings.api_key:
            self._keys.add(settings.api_key)
        return connect(
            settings.provider, settings.api_url, settings.api_key, deadline_s=settings.timeout_s
        )

    async def _refresh_models(self) -> None:
        remote = await self._connection.remote_models()
        if remote:
            self._catalogue = with_remote(self._catalogue, remote)
