"""Opens what a studio stands on: the data folder, the database, who answers, other machines.

What a crash left is put right before anything new is asked for.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from backend.account import Account
from backend.catalogue.load import load_catalogue
from backend.errors import PlaygroundError, SettingsError
from backend.experiments import wildcards
from backend.generation.ledger import Ledger
from backend.generation.machines import Machines, Me
from backend.generation.saving import Saver
from backend.generation.ticket import text_of
from backend.library.forgetting import Forgetting
from backend.library.marks_file import MarksFile
from backend.said import joined, msg
from backend.settings import shared as limits
from backend.settings import workflows
from backend.settings.load import Settings
from backend.storage import postgres
from backend.storage.folder import LocalStore
from backend.storage.image_files.opening import open_store
from backend.storage.machine_file import own_id, own_name
from backend.storage.reading import read_plain
from backend.storage.shared_clock import SharedClock
from backend.storage.shared_folder import SharedFolder
from backend.storage.shared_texts import SharedTexts
from backend.styles import shared as shared_styles
from backend.styles.shared import SharedStyles
from backend.styles.store import StyleFile
from backend.upkeep.following import Following
from backend.upkeep.mending import Mender
from backend.upkeep.rebuild import open_database, reason_of
from backend.upkeep.recovery import recover
from backend.upkeep.shared_models import models_file

log = logging.getLogger(__name__)

CATALOGUE_MAX_BYTES = 4_000_000


class Opened:
    """All of it, open. `notices` are sentences for the page about what was put right.

    `texts`, `clock`, `machines` and `following` are there on PostgreSQL, which several share;
    `mender` is there for a database in the folder. Raises: SettingsError where folder, catalogue
    or settings cannot be used.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.notices: list[str] = []
        self.store = LocalStore(settings.data_dir)
        self.folders: dict[str, SharedFolder] = {}
        self.mender: Mender | None = None
        self.following: Following | None = None
        try:
            self._open(settings, clock)
        except (OSError, SQLAlchemyError) as error:  # what none of these has a sentence for
            self.store.close()
            raise SettingsError(
                f"The data folder {settings.data_dir} cannot be used: {reason_of(error)}.",
                "Check that it can be read and written, and that the disk has room.",
            ) from error
        except BaseException:
            self.store.close()
            raise
        self._open_styles()

    def note(self, notice: str) -> None:
        """Keep a sentence for the page; "" is none."""
        self.notices += [notice] if notice else []

    def _open(self, settings: Settings, clock: Callable[[], float]) -> None:
        store, data_dir = self.store, settings.data_dir
        if settings.store_url is not None:
            store.files = open_store(settings.store_url, data_dir / "cache")
        read = partial(read_plain, max_bytes=CATALOGUE_MAX_BYTES)
        models = load_catalogue(own := data_dir / "models.toml", read)
        self.engine, self.reader, notice = open_database(settings.database_url, store)
        self.note(notice)
        shared = self.engine.dialect.name == postgres.NAME
        self.texts = SharedTexts(self.engine) if shared else None
        self.clock = SharedClock(self.engine) if shared else None
        if self.texts is not None:
            newest, notice = models_file(self.texts, own, CATALOGUE_MAX_BYTES)
            models = load_catalogue(newest, read)
            self.note(notice)
            self.folders = self._shared_folders(self.texts)
        self.account = account = Account(settings, models)
        if not settings.database_url:
            self.mender = Mender(store, self.engine, self.reader, self.notices)
        self.marks_file = MarksFile(store.marks, kept=not settings.database_url)
        self.machines = self._begin_among_others() if shared else None
        machine = self.machines.me.id if self.machines else None
        self.ledger = Ledger(self.engine, clock, self.marks_file, store.files.has, machine)
        self.saver = Saver(store, self.ledger, account.known, account.secrets)
        self.forgetting = Forgetting(store, self.engine, self.marks_file)
        store.mark_running()
        self._finish_forgetting()
        found = recover(store, self.ledger, self.saver, account.provider, account.provider_of)
        self.note(found.trouble)
        if self.mender is not None:
            self.mender.take_up_newest()

    def _shared_folders(self, texts: SharedTexts) -> dict[str, SharedFolder]:
        """Have the files that people put into folders be those of all machines."""
        root, aside = self.store.root, self.store.unfinished
        folders = {
            name: SharedFolder(root / name, suffix, names_in, texts, aside, self.note)
            for name, suffix, names_in in (
                (wildcards.FOLDER, ".txt", wildcards.names_in),
                (workflows.FOLDER, ".json", workflows.names_in),
            )
        }
        for folder in folders.values():
            folder.share()
        return folders

    def _begin_among_others(self) -> Machines:
        """Be one of the machines on a database that several share."""
        me = Me(own_id(self.store.root), own_name(), secrets.token_hex(16))
        ticket_of = partial(_ticket_of, self.account)
        machines = Machines(self.engine, me, ticket_of, shares=self.store.files.shared)
        try:
            machines.begin()
        except SettingsError:
            self.engine.dispose()
            raise
        return machines

    def _finish_forgetting(self) -> None:
        try:
            self.forgetting.finish()
        except (OSError, SQLAlchemyError) as error:  # what it took so far stays away all the same
            reason = reason_of(error)
            log.warning("not all was forgotten: %s", reason)
            self.note(
                joined(
                    msg("What was to be forgotten is not all gone yet: {reason}.", reason=reason),
                    msg("The next start tries again."),
                )
            )

    def _open_styles(self) -> None:
        file, aside = self.store.root / "styles.json", self.store.unfinished
        self.styles: StyleFile | SharedStyles
        try:
            if self.texts is None or self.clock is None:
                self.styles = StyleFile(file, aside, self.note)
            else:
                self.styles = shared = SharedStyles(file, aside, self.texts, self.note)
                self.following = self._follow(self.texts, shared, self.clock)
            self.styles.book()
        except PlaygroundError as error:  # all else works without them
            self.note(joined(error.message, error.hint))

    def _follow(self, texts: SharedTexts, styles: SharedStyles, clock: SharedClock) -> Following:
        """Have what is set on one machine hold on all."""
        folders = self.folders
        self.account.share(partial(texts.put, limits.NAME), folders[workflows.FOLDER].share)
        following = Following(
            texts,
            {limits.NAME: self.account.heard, shared_styles.NAME: styles.heard},
            clock,
            list(folders.values()),
        )
        following.look()
        styles.begin()
        return following


def _ticket_of(account: Account, run_id: str, model: str, source: str) -> str | None:
    """Return how to ask for a send whose answer was lost, in the words of ticket.py."""
    provider = account.provider_of(model)
    if provider is None or account.of(model).connection.source != source:
        return None
    ticket = provider.lost(run_id)
    return None if ticket is None else text_of(ticket)
