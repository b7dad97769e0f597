"""One further connection at work: its models, limits and prices; and a balance, kept a while.

A server's own models and their choices are asked for when it begins, and whenever somebody looks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from backend.catalogue.named import marked
from backend.catalogue.params import estimated_price_usd
from backend.errors import PlaygroundError
from backend.providers.base import Provider, RemoteModel
from backend.settings.connections import ConnectionSettings
from backend.types import Limits, ModelSpec, ParamSpec
from backend.wire.connection import Connection, connect

log = logging.getLogger(__name__)

BALANCE_KEPT_S = 5.0
BALANCE_KNOWN_S = 600.0
"""So long a balance stands for what the account holds, where nothing was sent since."""

LOCAL_TIMEOUT_S = 1800.0
"""A server of one's own has one line, and others may stand in it."""

ASKED_AGAIN_S = 10.0
FRESH_S = 5.0
TELLS_S = 2.0


class Purse:
    """A balance that is asked for now and then. `ask` returns it in US dollars, or None."""

    def __init__(self, ask: Callable[[], Awaitable[Decimal | None]]) -> None:
        self._ask = ask
        self._balance: tuple[float, Decimal | None] = (-BALANCE_KNOWN_S, None)
        self._forgotten = 0  # how often: an answer that was asked for before is of no use

    async def balance(self) -> Decimal | None:
        """Return it, of at most 5 s ago; None where it cannot be had."""
        read_at, amount = self._balance
        if time.monotonic() - read_at >= BALANCE_KEPT_S:
            forgotten = self._forgotten
            amount = await self._ask()
            if forgotten == self._forgotten:
                self._balance = (time.monotonic(), amount)
        return amount

    def known(self) -> Decimal | None:
        """Return it where it was told lately and nothing was sent since; asks nobody."""
        read_at, amount = self._balance
        return amount if time.monotonic() - read_at < BALANCE_KNOWN_S else None

    def forget(self) -> None:
        """Ask anew next time: something was paid."""
        self._forgotten += 1
        self._balance = (-BALANCE_KNOWN_S, None)


class Branch:
    """A connection beside the first one, as runs are sent by it.

    `catalogue` are the models that models.toml has of its kind; `reread` returns the provider with
    the user's own files as they are now, where it has such. Raises: SettingsError.
    """

    def __init__(
        self,
        own: ConnectionSettings,
        provider: Provider,
        catalogue: Mapping[str, ModelSpec],
        experiment_sends: int,
        timeout_s: float,
        reread: Callable[[], Provider],
    ) -> None:
        self._catalogue, self._timeout_s, self._reread = catalogue, timeout_s, reread
        self._purse = Purse(lambda: self.connection.balance())
        self._changed = asyncio.Event()
        self.become(own, provider, experiment_sends)

    def become(self, own: ConnectionSettings, provider: Provider, experiment_sends: int) -> None:
        """Send as these settings say, from now on. Raises: SettingsError; then nothing changed."""
        platform = provider.platform
        self.connection: Connection = connect(
            provider,
            own.api_url,
            own.key,
            lan=own.lan,
            deadline_s=max(self._timeout_s, LOCAL_TIMEOUT_S) if platform.local else self._timeout_s,
            source=own.source,
            prefix=f"{own.name}/",
        )
        self.own = own
        self.limits = Limits(
            own.requests_per_minute,
            own.requests_per_day,
            own.dollars_per_day,
            experiment_sends,
            only=(own.source,),
        )
        self._choices: dict[str, tuple[str, ...]] = {}
        self._remote: list[RemoteModel] | None = None
        self._asked_at = -ASKED_AGAIN_S
        self._asking: asyncio.Task[None] | None = None
        self.trouble: PlaygroundError | None = None
        self._remodel()
        self._note_change()

    def end(self, instead: Connection) -> None:
        """It was removed: what waits is not sent by it any more, for now others answer."""
        self.connection = instead
        self._note_change()

    def _note_change(self) -> None:
        self.forget_balance()
        self._changed, changed = asyncio.Event(), self._changed
        changed.set()

    @property
    def next_change(self) -> asyncio.Event:
        """Set once the settings have changed; then there is another one."""
        return self._changed

    def estimate(self, model_id: str, count: int) -> Decimal | None:
        """Return the price of `count` images in US dollars; None where it is unlisted."""
        spec = self.models.get(model_id)
        return estimated_price_usd(spec, count) if spec else None

    async def balance(self) -> Decimal | None:
        """Return the account's balance in US dollars; None where it cannot be had."""
        return await self._purse.balance()

    def known_balance(self) -> Decimal | None:
        """Return the balance where it was told lately and nothing was sent since; asks nobody."""
        return self._purse.known()

    def forget_balance(self) -> None:
        self._purse.forget()

    async def still_has(self, model_id: str) -> bool:
        """Whether a server whose answers name no model still has this one, asked within 5 s.

        What cannot be had within 2 s is taken as it was; of all others it is not asked.
        """
        if not self.connection.provider.platform.nameless:
            return True
        if (asking := self.look(FRESH_S)) is not None:
            await asyncio.wait([asking], timeout=TELLS_S)
        unknown = self._remote is None or self.trouble is not None
        return unknown or model_id in self.models

    def look(self, after_s: float | None = None) -> asyncio.Task[None] | None:
        """Begin to ask for its models and their choices, at most every `after_s` (10 s).

        Returns what asks just now, None where nothing does. What fails stays as it was.
        """
        after_s = ASKED_AGAIN_S if after_s is None else after_s
        if self._asking is None and time.monotonic() - self._asked_at >= after_s:
            self._asked_at = time.monotonic()
            self._asking = asyncio.create_task(self._ask(self.own))
            self._asking.add_done_callback(self._told_all)
        return self._asking

    async def refresh(self) -> None:
        """Ask as `look` does, and return once it has answered, or has not."""
        if (asking := self.look()) is not None:
            await asyncio.shield(asking)  # others wait for it too

    def _told_all(self, asking: asyncio.Task[None]) -> None:
        if self._asking is asking:
            self._asking = None

    async def _ask(self, own: ConnectionSettings) -> None:
        connection = self.connection
        trouble: PlaygroundError | None = None
        remote, choices = self._remote, dict(self._choices)
        try:
            if connection.provider.platform.workflows:
                provider = await asyncio.to_thread(self._reread)
                connection = replace(connection, provider=provider)
                remote, trouble = provider.own_models(), provider.unusable
            else:
                remote = await connection.models() or None
                if remote and (version := await connection.loaded()):
                    remote = [replace(model, version=version) for model in remote]
            for name in connection.provider.choices_calls():
                choices[name] = await connection.choices(name)
        except PlaygroundError as error:
            log.warning("%s does not tell its models: %s", own.name, error.message)
            trouble = error
        if self.own is own:  # else these are another server's words, or nobody's
            self.connection, self.trouble = connection, trouble
            self._remote, self._choices = remote, choices
            self._remodel()

    def _remodel(self) -> None:
        told = {model.id: model for model in self._remote or ()}
        found = [self._listed(spec, told) for spec in self._catalogue.values()]
        found += [
            spec
            for model in told.values()
            if model.id not in self._catalogue and (spec := self._told(model))
        ]
        self.models: Mapping[str, ModelSpec] = {spec.id: spec for spec in found}

    def _listed(self, spec: ModelSpec, told: Mapping[str, RemoteModel]) -> ModelSpec:
        """Return a model of models.toml as this connection's."""
        model = told.get(spec.id)
        return replace(
            spec,
            id=self._id(spec.id, model.version if model else ""),
            connection=self.own.name,
            params=self._with_choices(spec.params),
            price_usd=self._price(spec.price_usd),
            available=None if self._remote is None else model is not None,
        )

    def _told(self, model: RemoteModel) -> ModelSpec | None:
        """Return a model that only the server tells of; None where nobody knows what it takes."""
        platform = self.connection.provider.platform
        params = model.params or platform.params
        if not any(spec.name == "prompt" for spec in params):
            return None
        return ModelSpec(
            id=self._id(model.id, model.version),
            label=model.id,
            description="",
            provider=platform.name,
            params=self._with_choices(params),
            price_usd=self._price(model.price),
            connection=self.own.name,
        )

    def _id(self, model_id: str, version: str) -> str:
        """Return a model's id here: with other weights under the same name it is another model."""
        return marked(f"{self.connection.prefix}{model_id}", version)

    def _price(self, listed: Decimal | None) -> Decimal | None:
        if self.own.price_usd is not None:
            return self.own.price_usd
        return Decimal(0) if self.connection.provider.platform.local else listed

    def _with_choices(self, params: tuple[ParamSpec, ...]) -> tuple[ParamSpec, ...]:
        return tuple(
            replace(spec, choices=choices, default=_kept(spec.default, choices))
            if (choices := self._choices.get(spec.name))
            else spec
            for spec in params
        )


def _kept(default: object, choices: tuple[str, ...]) -> str:
    return default if isinstance(default, str) and default in choices else choices[0]
