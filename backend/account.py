"""Who answers now, which models there are, what they cost, what is left; and changing that."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from backend.background import Tasks
from backend.branch import Branch, Purse
from backend.catalogue.load import with_remote
from backend.catalogue.named import meant
from backend.catalogue.params import estimated_price_usd
from backend.errors import InvalidInput, SettingsError
from backend.providers import PROVIDERS
from backend.providers.base import Provider
from backend.said import msg
from backend.settings import connections
from backend.settings.change import (
    Pasted,
    SettingsChange,
    apply,
    chosen_key,
    read_pasted,
    without_key,
)
from backend.settings.connections import ConnectionSettings
from backend.settings.load import OFFLINE_MODE, Settings
from backend.settings.shared import of_each, with_shared
from backend.settings.workflows import FOLDER, read_workflows
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
        self._share_files: Callable[[], None] = lambda: None
        self._changing = asyncio.Lock()
        self._branches: dict[str, Branch] = {}
        self._join(connections.read(self.connections_file))

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
        for branch in self._branches.values():
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
        if not self._branches or not isinstance(named, str):
            return
        if meant(models := self.models, named) in models:
            return
        name, slash, _ = named.partition("/")
        if slash and (branch := self._branches.get(name)) is not None:
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
        return self._branches

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
        if not self._branches:
            return self
        name, slash, _ = model_id.partition("/")
        return (self._branches.get(name) or self) if slash else self

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
        return frozenset(self._keys)

    @property
    def limits(self) -> Limits:
        """What may be sent; offline there are no limits."""
        limits = self._settings.limits
        if self.offline:
            return Limits(experiment_sends=limits.experiment_sends)
        return replace(limits, besides=self._besides) if self._besides else limits

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
        if not self._branches:
            return self._own_models
        found = dict(self._own_models)
        for branch in self._branches.values():
            found |= branch.models
        return found

    @property
    def _own_models(self) -> Mapping[str, ModelSpec]:
        return self.models_of(self._settings.provider.platform.name)

    def models_of(self, provider: str) -> Mapping[str, ModelSpec]:
        """Return the catalogue's models of a platform by its name, whoever answers now."""
        return {id: model for id, model in self._catalogue.items() if model.provider == provider}

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
        for branch in self._branches.values():
            branch.forget_balance()

    # --- further connections ----------------------------------------------------------------

    @property
    def connections_file(self) -> Path:
        return connections.file_beside(self._settings.env_file)

    async def test_connection(
        self, given: Mapping[str, Any], former: str | None
    ) -> tuple[str, list[str], Decimal | None]:
        """Ask a further connection for its models' ids and its balance, free of charge.

        `former` is the connection that it changes. Returns its kind too; where that has no free
        questions, nothing is asked. Nothing is kept. Raises: PlaygroundError saying what is wrong.
        """
        listed = connections.with_change(self._connections, given, former=former)
        one = listed[-1] if former is None else next(c for c in listed if c.name == former)
        branch = await asyncio.to_thread(self._branch, one)
        provider = branch.connection.provider
        if provider.unusable is not None and not provider.own_models():
            raise provider.unusable
        return one.kind, *await branch.connection.check()

    async def keep_connection(self, given: Mapping[str, Any], former: str | None) -> str:
        """Add a connection, or change the one called `former`; return its name.

        It is used from now on. Raises: InvalidInput, SettingsError; then nothing has changed.
        """
        self._refuse_where_shared()
        async with self._changing:
            listed = connections.with_change(self._connections, given, former=former)
            name = listed[-1].name if former is None else former
            if former is None and any(id.startswith(f"{name}/") for id in self._catalogue):
                raise InvalidInput(
                    msg("Models of the catalogue begin with this name."),
                    msg("Choose another one."),
                    field="name",
                )
            changed = next(c for c in listed if c.name == name)
            await asyncio.to_thread(self._branch, changed)  # it can be used
            await asyncio.to_thread(connections.write, self.connections_file, listed)
            self._join(listed)
        await self._branches[name].refresh()
        return name

    async def remove_connection(self, name: str) -> None:
        """Forget a connection and its key; its images stay. Raises: InvalidInput, SettingsError."""
        self._refuse_where_shared()
        async with self._changing:
            if name not in self._branches:
                raise connections.gone(name)
            listed = tuple(one for one in self._connections if one.name != name)
            await asyncio.to_thread(connections.write, self.connections_file, listed)
            self._join(listed)

    def _refuse_where_shared(self) -> None:
        if self.shared:
            raise SettingsError(
                msg("Several machines share these settings: each has its connections in a file."),
                msg(
                    "Write them to {path} on each, then start it again.", path=self.connections_file
                ),
            )

    @property
    def _connections(self) -> tuple[ConnectionSettings, ...]:
        return tuple(branch.own for branch in self._branches.values())

    def _join(self, listed: Iterable[ConnectionSettings]) -> None:
        """Use these connections from now on; one that is the same stays as it is."""
        before, now = self._branches, dict[str, Branch]()
        sends = self._settings.limits.experiment_sends
        for own in listed:
            branch = now[own.name] = before.get(own.name) or self._branch(own)
            if branch.own != own or branch.limits.experiment_sends != sends:
                branch.become(own, self._spoken(own), sends)
        self._keys |= connections.secrets_of(branch.own for branch in now.values())
        self._branches = now
        self._besides = tuple(dict.fromkeys(b.connection.source for b in now.values()))
        for name in before.keys() - now.keys():
            before[name].end(self._connection)

    def _spoken(self, own: ConnectionSettings) -> Provider:
        """Return the provider with the user's own files. Blocks."""
        provider = PROVIDERS[own.kind]
        if not provider.platform.workflows:
            return provider
        return provider.with_workflows(read_workflows(self._settings.data_dir / FOLDER))

    def _reread(self, own: ConnectionSettings) -> Provider:
        """Return the provider with the files as they are now on any machine. Blocks."""
        self._share_files()
        return self._spoken(own)

    def _branch(self, own: ConnectionSettings) -> Branch:
        return Branch(
            own,
            self._spoken(own),
            self.models_of(own.kind),
            self._settings.limits.experiment_sends,
            self._settings.timeout_s,
            lambda: self._reread(own),
        )

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
        self._join(self._connections)
        self.begin()

    @property
    def shared(self) -> bool:
        """Whether several machines share the settings, but for addresses and keys."""
        return self._share is not None

    def share(self, keep: Callable[[str], None], files: Callable[[], None]) -> None:
        """Keep changes for all machines from now on, by `keep`; what others keep is `heard`.

        `files` is called before the user's own files are read: it brings those of all machines.
        """
        self._share, self._share_files = keep, files

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
