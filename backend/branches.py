"""The connections beside the first one: tested, added, changed, removed; kept in one file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from backend.branch import Branch
from backend.errors import InvalidInput, SettingsError
from backend.providers import PROVIDERS
from backend.providers.base import Provider
from backend.said import msg
from backend.settings import connections
from backend.settings.connections import ConnectionSettings
from backend.settings.load import Settings
from backend.settings.workflows import FOLDER, read_workflows
from backend.types import ModelSpec
from backend.wire.connection import Connection


class Branches:
    """All of them by their names, in `now`. Blocks while it reads their file.

    `settings` returns those in force, `catalogue` all models of models.toml, and `first` the
    connection that answers where another one was removed.
    Raises: SettingsError where the file cannot be used.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        catalogue: Callable[[], Mapping[str, ModelSpec]],
        first: Callable[[], Connection],
    ) -> None:
        self._settings, self._catalogue, self._first = settings, catalogue, first
        self._bring_files: Callable[[], None] | None = None
        self._changing = asyncio.Lock()
        self.now: Mapping[str, Branch] = {}
        self.secrets: frozenset[str] = frozenset()
        """The keys that were used since the start."""
        self._join(connections.read(self.file))

    @property
    def file(self) -> Path:
        """Where they are kept."""
        return connections.file_beside(self._settings().env_file)

    async def test(
        self, given: Mapping[str, Any], former: str | None
    ) -> tuple[str, list[str], Decimal | None]:
        """Ask a connection for its models' ids and its balance, free of charge.

        `former` is the one that it changes. Returns its kind too; where that has no free questions,
        nothing is asked. Nothing is kept. Raises: PlaygroundError saying what is wrong.
        """
        _, one = self._with(given, former)
        branch = await asyncio.to_thread(self._branch, one)
        provider = branch.connection.provider
        if provider.unusable is not None and not provider.own_models():
            raise provider.unusable
        return one.kind, *await branch.connection.check()

    async def keep(self, given: Mapping[str, Any], former: str | None) -> str:
        """Add a connection, or change the one called `former`; return its name.

        It is used from now on. Raises: InvalidInput, SettingsError; then nothing has changed.
        """
        self._refuse_where_shared()
        async with self._changing:
            listed, changed = self._with(given, former)
            name = changed.name
            if former is None and any(id.startswith(f"{name}/") for id in self._catalogue()):
                raise InvalidInput(
                    msg("Models of the catalogue begin with this name."),
                    msg("Choose another one."),
                    field="name",
                )
            await asyncio.to_thread(self._branch, changed)  # it can be used
            await self._write(listed)
        await self.now[name].refresh()
        return name

    async def remove(self, name: str) -> None:
        """Forget a connection and its key; its images stay. Raises: InvalidInput, SettingsError."""
        self._refuse_where_shared()
        async with self._changing:
            if name not in self.now:
                raise connections.gone(name)
            gone = self.now[name]
            await self._write(tuple(one for one in self._listed if one.name != name))
            gone.end(self._first())

    def renew(self) -> None:
        """Go by the settings as they are now."""
        self._join(self._listed)

    def share(self, bring_files: Callable[[], None]) -> None:
        """Change nothing from now on: several machines share the settings, and each has its file.

        `bring_files` brings the user's own files of all of them.
        """
        self._bring_files = bring_files

    @property
    def _listed(self) -> tuple[ConnectionSettings, ...]:
        return tuple(branch.own for branch in self.now.values())

    def _with(
        self, given: Mapping[str, Any], former: str | None
    ) -> tuple[tuple[ConnectionSettings, ...], ConnectionSettings]:
        """Return all with a new one, or with `former` changed; and that one.

        Raises: InvalidInput.
        """
        listed = connections.with_change(self._listed, given, former=former)
        changed = (one for one in listed if one.name == former)
        return listed, listed[-1] if former is None else next(changed)

    def _refuse_where_shared(self) -> None:
        if self._bring_files is not None:
            raise SettingsError(
                msg("Several machines share these settings: each has its connections in a file."),
                msg("Write them to {path} on each, then start it again.", path=self.file),
            )

    async def _write(self, listed: tuple[ConnectionSettings, ...]) -> None:
        await asyncio.to_thread(connections.write, self.file, listed)
        self._join(listed)

    def _join(self, listed: Iterable[ConnectionSettings]) -> None:
        """Use these connections from now on; one that is the same stays as it is."""
        before, now = self.now, dict[str, Branch]()
        sends = self._settings().limits.experiment_sends
        for own in listed:
            branch = now[own.name] = before.get(own.name) or self._branch(own)
            if branch.own != own or branch.limits.experiment_sends != sends:
                branch.become(own, self._spoken(own), sends)
        self.secrets |= connections.secrets_of(branch.own for branch in now.values())
        self.now = now

    def _spoken(self, own: ConnectionSettings) -> Provider:
        """Return the provider with the user's own files. Blocks."""
        provider = PROVIDERS[own.kind]
        if not provider.platform.workflows:
            return provider
        return provider.with_workflows(read_workflows(self._settings().data_dir / FOLDER))

    def _reread(self, own: ConnectionSettings) -> Provider:
        """Return the provider with the files as they are now on any machine. Blocks."""
        if self._bring_files is not None:
            self._bring_files()
        return self._spoken(own)

    def _branch(self, own: ConnectionSettings) -> Branch:
        settings = self._settings()
        return Branch(
            own,
            self._spoken(own),
            models_of(self._catalogue(), own.kind),
            settings.limits.experiment_sends,
            settings.timeout_s,
            lambda: self._reread(own),
        )


def models_of(catalogue: Mapping[str, ModelSpec], provider: str) -> dict[str, ModelSpec]:
    """Return the catalogue's models of a platform by its name."""
    return {id: model for id, model in catalogue.items() if model.provider == provider}
