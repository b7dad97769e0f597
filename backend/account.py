"""Who answers now, which models there are, what they cost, what is left; and changing that."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from backend.background import Tasks
from backend.branch import Branch, Purse
from backend.branches import Branches, models_of
from backend.catalogue.load import with_remote
from backend.catalogue.named import meant
from backend.catalogue.params import estimated_price_usd
from backend.errors import InvalidInput, SettingsError
from backend.providers import PROVIDERS
from backend.providers.base import Provider
from backend.said import msg
from backend.settings.change import (
    Pasted,
    SettingsChange,
    apply,
    chosen_key,
    read_pasted,
    without_key,
)
from backend.settings.load import OFFLINE_MODE, Settings
from backend.settings.shared import of_each, with_shared
from backend.types import Limits, ModelSpec
from backend.wire.connection import Connection, connect, connect_offline

LOOKED_S = 1.0


class Account:
    """The settings in force and the connections that they ask for: the first one, and branches.

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
        if not self._own_models:
            label = self.provider.platform.label
            raise SettingsError(f"There is no model of {label} in the catalogue.", "Add one.")
        self._purse = Purse(lambda: self._connection.balance())
        self._tasks = Tasks()
        self._changed = asyncio.Event()
        self._share: Callable[[str], None] | None = None
        self.further = Branches(
            lambda: self._settings, lambda: self._catalogue, lambda: self._connection
        )
        """What changes `branches`."""

    def begin(self) -> None:
        """Ask the platform for the account's models, in the background; nothing offline.

        Further connections are asked for theirs too.
        """
        if not self.offline:
            self._tasks.keep(self._refresh_models())
        self.look()

    def look(self) -> list[asyncio.Task[None]]:
        """Ask further connections for their models, in the background, if that was not just now.

        Returns what asks now.
        """
        asking = []
        for branch in self.branches.values():
            if (one := branch.look()) is not None:
                self._tasks.keep(branch.refresh())
                asking.append(one)
        return asking

    async def looked(self) -> None:
        """Ask as `look` does, and return once all have answered, after a second at most.

        It is for programs, which list the models once: a server that was started since is there.
        """
        if asking := self.look():
            await asyncio.wait(asking, timeout=LOOKED_S)

    async def ask_for(self, named: object) -> None:
        """Ask for its models what an unknown model's name begins with, if that was not just now."""
        if not self.branches or not isinstance(named, str):
            return
        if meant(models := self.models, named) in models:
            return
        name, slash, _ = named.partition("/")
        if slash and (branch := self.branches.get(name)) is not None:
            await branch.refresh()

    async def asked(self) -> None:
        """Return once the platform has told its models and prices, or that could not be had."""
        await self._tasks.ended()

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
    def branches(self) -> Mapping[str, Branch]:
        """The further connections, by their names."""
        return self.further.now

    @property
    def to_come(self) -> list[ModelSpec]:
        """What is like the models that any further connection may bring, now or later.

        Of choices that only a server tells, the default stands for all.
        """
        found = []
        for name, provider in PROVIDERS.items():
            told = provider.choices_calls()
            params = tuple(
                replace(spec, choices=(str(spec.default or ""),)) if spec.name in told else spec
                for spec in provider.platform.params
            )
            if params:
                found.append(ModelSpec(name, provider.platform.label, "", name, params))
        return [*self._catalogue.values(), *found]

    def of(self, model_id: str) -> Account | Branch:
        """Return whose a model is: a branch's, or the first connection's.

        Its `source` may be another than a record of that model names: then it goes elsewhere now.
        """
        if not self.branches:
            return self
        name, slash, _ = model_id.partition("/")
        return (self.branches.get(name) or self) if slash else self

    def of_all(self, model_ids: Iterable[str]) -> Account | Branch:
        """Return whose all these models are. Raises: InvalidInput where they are several's."""
        found = {id(one): one for one in map(self.of, model_ids)}
        if len(found) > 1:
            raise InvalidInput(
                msg("These models belong to several connections."),
                msg("Choose models of one of them."),
                field="model",
            )
        return next(iter(found.values()), self)

    @property
    def catalogue(self) -> Mapping[str, ModelSpec]:
        """All models of models.toml, whoever answers now."""
        return self._catalogue

    @property
    def known(self) -> Mapping[str, ModelSpec]:
        """All models that anybody knows of, as they stand at each look."""
        return _Known(self)

    def provider_of(self, model_id: str) -> Provider | None:
        """Return in whose words a model's answers are; None where nobody knows the model."""
        one = self.of(model_id)
        if isinstance(one, Branch):
            return one.connection.provider
        spec = self._catalogue.get(model_id)
        own = self._settings.provider
        if spec is None or spec.provider == own.platform.name:
            return own if spec else None
        return PROVIDERS.get(spec.provider)

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
        return self.further.secrets | self._keys

    @property
    def limits(self) -> Limits:
        """What may be sent; offline there are no limits."""
        limits = self._settings.limits
        if self.offline:
            return Limits(experiment_sends=limits.experiment_sends)
        besides = tuple(dict.fromkeys(one.connection.source for one in self.branches.values()))
        return replace(limits, besides=besides) if besides else limits

    async def still_has(self, model_id: str) -> bool:
        """Whether the model can be asked for under this name: the platform's names are good."""
        return True

    @property
    def next_change(self) -> asyncio.Event:
        """Set once the settings have changed; then there is another one."""
        return self._changed

    # --- what it offers ---------------------------------------------------------------------

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """The models that can be asked for by id, with the account's prices once known.

        Those of further connections come after the first one's.
        """
        if not self.branches:
            return self._own_models
        found = dict(self._own_models)
        for branch in self.branches.values():
            found |= branch.models
        return found

    @property
    def _own_models(self) -> Mapping[str, ModelSpec]:
        return self.models_of(self._settings.provider.platform.name)

    def models_of(self, provider: str) -> Mapping[str, ModelSpec]:
        """Return the catalogue's models of a platform by its name, whoever answers now."""
        return models_of(self._catalogue, provider)

    def estimate(self, model_id: str, count: int) -> Decimal | None:
        """Return the listed price of `count` images in US dollars; 0 offline, None if unlisted."""
        one = self.of(model_id)
        if isinstance(one, Branch):
            return one.estimate(model_id, count)
        if self.offline:
            return Decimal(0)
        spec = self._own_models.get(model_id)
        return estimated_price_usd(spec, count) if spec else None

    async def balance(self) -> Decimal | None:
        """Return the account's balance in US dollars; None offline or where it cannot be had."""
        return None if self.offline else await self._purse.balance()

    def known_balance(self) -> Decimal | None:
        """Return the balance where it was told lately and nothing was sent since; asks nobody."""
        return self._purse.known()

    def forget_balance(self) -> None:
        """Ask anew next time: something was paid."""
        self._purse.forget()

    def forget_balances(self) -> None:
        """The same for every connection."""
        self.forget_balance()
        for branch in self.branches.values():
            branch.forget_balance()

    # --- setting up -------------------------------------------------------------------------

    def read_pasted(self, text: str) -> Pasted:
        """Return the URL and the key in a pasted text."""
        return read_pasted(text, self._settings.provider.platform)

    async def test(self, change: SettingsChange) -> tuple[list[str], Decimal | None]:
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
        self._go_on(await asyncio.to_thread(apply, self._settings, change, share=self._share))

    async def remove_key(self) -> None:
        """Forget the saved key: the sample engine answers from now on, unless the start said else.

        What was not sent yet is not sent. Raises: SettingsError; then the key is kept.
        """
        if self._share is not None:
            raise of_each(self._settings)
        self._go_on(await asyncio.to_thread(without_key, self._settings))

    def _go_on(self, settings: Settings) -> None:
        self._connection = self._open(settings)
        self._settings = settings
        self._wake()
        self.forget_balance()
        self.further.renew()
        self.begin()

    @property
    def shared(self) -> bool:
        """Whether several machines share the settings, but for addresses and keys."""
        return self._share is not None

    def share(self, keep: Callable[[str], None], files: Callable[[], None]) -> None:
        """Keep changes for all machines from now on, by `keep`; what others keep is `heard`.

        `files` is called before the user's own files are read: it brings those of all machines.
        """
        self._share = keep
        self.further.share(files)

    def heard(self, text: str, environ: Mapping[str, str] | None = None) -> None:
        """Take over the limits that were changed on some machine."""
        self._settings = with_shared(
            self._settings, text, os.environ if environ is None else environ
        )
        self._wake()

    def _wake(self) -> None:
        self._changed, changed = asyncio.Event(), self._changed
        changed.set()

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


class _Known(Mapping[str, ModelSpec]):
    """The catalogue and the models of all branches, looked up anew each time."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __getitem__(self, model_id: str) -> ModelSpec:
        one = self._account.of(model_id)
        if isinstance(one, Branch) and model_id in one.models:
            return one.models[model_id]
        return self._account.catalogue[model_id]

    def __iter__(self) -> Iterator[str]:
        yield from self._account.catalogue
        for branch in self._account.branches.values():
            yield from branch.models

    def __len__(self) -> int:
        return sum(1 for _ in self)
