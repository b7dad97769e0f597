"""The playground's engine in one object: what the page and other programs call, and nothing else.

Opens the data folder and the database, puts right what a crash left, makes images again and proves
them; who answers is `account`, running jobs are `jobs`, all that was asked for is `runs`, what is
stored is `gallery`, other programs' keys are `keys`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from types import TracebackType
from typing import Self

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.account import Account
from backend.background import Tasks, Thread
from backend.catalogue.load import load_catalogue
from backend.catalogue.params import COUNT, clean_batch, coerce, find_model, fingerprint
from backend.errors import (
    InvalidInput,
    NotStored,
    PlaygroundError,
    SettingsError,
    TriedAlready,
)
from backend.experiments import wildcards
from backend.experiments.lab import Lab
from backend.experiments.resolving import Resolved, batch_of, resolve
from backend.experiments.shared_wildcards import SharedWildcards
from backend.experiments.wildcards import WildcardFiles
from backend.generation.bells import Bells
from backend.generation.chosen import Chosen, chosen_before
from backend.generation.dispatcher import Dispatcher, view_of
from backend.generation.fleet import Fleet
from backend.generation.jobs import Job
from backend.generation.ledger import Ledger
from backend.generation.machines import Machines, Me
from backend.generation.repeat import neighbours, refuse_repeat, refuse_unfit
from backend.generation.runner import Runner
from backend.generation.runs import Runs
from backend.generation.saving import Saver
from backend.generation.shown import Shown
from backend.generation.ticket import text_of
from backend.generation.watching import Watching
from backend.library.forgetting import FORGOTTEN_MAX, Forgetting
from backend.library.gallery import Gallery
from backend.library.history import History
from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.programs.keys import Keys
from backend.said import joined, msg
from backend.sessions import elsewhere as sessions_elsewhere
from backend.sessions.elsewhere import Elsewhere
from backend.sessions.rehearsals import Rehearsals
from backend.sessions.sender import NOBODY
from backend.sessions.sessions import Sessions
from backend.settings import shared as limits
from backend.settings import workflows
from backend.settings.load import Settings
from backend.storage import postgres
from backend.storage.folder import LocalStore
from backend.storage.image_files.opening import open_store
from backend.storage.logins import Logins
from backend.storage.machine_file import own_id, own_name
from backend.storage.reading import read_plain
from backend.storage.shared_clock import SharedClock
from backend.storage.shared_folder import SharedFolder
from backend.storage.shared_texts import SharedTexts
from backend.styles import shared as shared_styles
from backend.styles.shared import SharedStyles
from backend.styles.store import StyleFile
from backend.types import GenerationRequest, ImageRecord, Limits, Origin, RunState
from backend.upkeep.copies import Copies
from backend.upkeep.following import Following
from backend.upkeep.looking import Looker
from backend.upkeep.mending import Mender
from backend.upkeep.readiness import Readiness, answers
from backend.upkeep.rebuild import open_database, reason_of
from backend.upkeep.recovery import recover
from backend.upkeep.shared_models import models_file

log = logging.getLogger(__name__)

THUMBNAIL_WAIT_S = 1.0
CATALOGUE_MAX_BYTES = 4_000_000


class Studio:
    """Generates, stores and finds images. An async context manager: open before use.

    `notices` are sentences for the page about what the start put right. `goes_on`: experiments that
    were under way go on by themselves. Raises on opening:
    SettingsError where folder, catalogue or settings cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        goes_on: bool = True,
        rng: Random | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.ready, self._goes_on = False, goes_on
        self.notices: list[str] = []
        self._rng = rng or SystemRandom()
        self._store = LocalStore(settings.data_dir)
        self._mender: Mender | None = None
        self._folders: dict[str, SharedFolder] = {}
        try:
            if settings.store_url is not None:
                self._store.files = open_store(settings.store_url, settings.data_dir / "cache")
            read = partial(read_plain, max_bytes=CATALOGUE_MAX_BYTES)
            models = load_catalogue(own := settings.data_dir / "models.toml", read)
            engine, reader, notice = open_database(settings.database_url, self._store)
            self._note(notice)
            texts = SharedTexts(engine) if engine.dialect.name == postgres.NAME else None
            self.shared_clock = None if texts is None else SharedClock(engine)
            if texts is not None:
                newest, notice = models_file(texts, own, CATALOGUE_MAX_BYTES)
                models = load_catalogue(newest, read)
                self._note(notice)
                self._folders = self._shared_folders(settings.data_dir, texts)
            self.account = Account(settings, models)
            if not settings.database_url:
                self._mender = Mender(self._store, engine, reader, self.notices)
            marks_file = MarksFile(self._store.marks, kept=not settings.database_url)
            self._machines = None if texts is None else self._begin_among_others(engine)
            machine = self._machines.me.id if self._machines else None
            self._ledger = Ledger(engine, clock, marks_file, self._store.files.has, machine)
            saver = Saver(self._store, self._ledger, self.account.known, self.account.secrets)
            forgetting = Forgetting(self._store, engine, marks_file)
            self._store.mark_running()
            self._finish(forgetting)
            found = recover(
                self._store,
                self._ledger,
                saver,
                self.account.provider,
                self.account.provider_of,
            )
            self._note(found.trouble)
            if self._mender is not None:
                self._mender.take_up_newest()
        except (OSError, SQLAlchemyError) as error:  # what none of these has a sentence for
            self._store.close()
            raise SettingsError(
                f"The data folder {settings.data_dir} cannot be used: {reason_of(error)}.",
                "Check that it can be read and written, and that the disk has room.",
            ) from error
        except BaseException:
            self._store.close()
            raise
        file, aside = settings.data_dir / "styles.json", self._store.unfinished
        self._following: Following | None = None
        try:
            if texts is None or self.shared_clock is None:
                self.styles = StyleFile(file, aside, self._note)
            else:
                self.styles = shared = SharedStyles(file, aside, texts, self._note)
                self._following = self._share(texts, shared, self.shared_clock)
            self.styles.book()
        except PlaygroundError as error:  # all else works without them
            self._note(joined(error.message, error.hint))
        self._thread, self._tasks = Thread("ledger"), Tasks()
        self._elsewhere: Watching | None = None
        if machine is not None:
            self._elsewhere = Watching(Shown(reader), Bells(), machine, view_of)
        self._runner = Runner(
            self._store,
            self._ledger,
            saver,
            self._thread,
            sleep=sleep,
            elsewhere=self._elsewhere,
        )
        self.runs = Runs(reader)
        self.logins = None if texts is None else Logins(engine)
        self.readiness = Readiness({"database": answers(reader)})
        if self._store.files.shared:
            self.readiness.add("store", self._store.files.check_answers)
        library = Library(engine, reader, clock)
        self.gallery = Gallery(
            self._store.files,
            library,
            History(engine, reader),
            marks_file,
            self._thread,
            forgetting,
            lambda run_ids: self.jobs.forget(run_ids),
        )
        self._copies = Copies(self.gallery) if self._store.files.shared else None
        self._looker = Looker(
            library.looks,
            self.gallery.thumbnails,
            lambda: self._runner.busy or self.gallery.asked_lately,
        )
        self.wildcards = WildcardFiles(own := settings.data_dir / wildcards.FOLDER)
        if (shared_files := self._folders.get(wildcards.FOLDER)) is not None:
            self.wildcards = SharedWildcards(own, shared_files)
        self._lab = Lab(
            engine,
            self._store,
            self._ledger,
            self._runner,
            self._thread,
            self.account,
            self.gallery,
            self.wildcards,
            settings.data_dir / "experiments",
            self._rng,
            self.left_today,
            on_image=self._prepare_thumbnail,
            on_change=self.account.forget_balances,
            clock=clock,
            sleep=sleep,
        )
        lab = self._lab
        self.experiments, self.shelf, self.blind = lab.experiments, lab.shelf, lab.blind
        self.jobs = Dispatcher(
            self._runner,
            self._ledger,
            Shown(engine),
            self._thread,
            on_image=self._prepare_thumbnail,
            on_end=self.account.forget_balances,
            elsewhere=self._elsewhere,
        )
        self.keys = Keys(engine, reader, self._thread, clock)
        self.fleet: Fleet | None = None
        if self._machines and self._elsewhere:
            self.fleet = Fleet(
                engine,
                self._machines,
                self._elsewhere.bells,
                self._take_up,
                self.jobs.stop,
                lambda: self.jobs.under_way,
                lambda: self.jobs.carried,
            )
        self.sessions = Sessions(
            settings.data_dir / "sessions",
            self.jobs,
            self.account,
            self._rng,
            discard=self._discard,
            forget=self._forget_group,
            blocked=settings.data_dir / "blocked.txt",
            clock=clock,
            sleep=sleep,
        )
        if texts is not None and self._machines is not None:
            self.sessions.elsewhere = elsewhere = Elsewhere(
                texts, self._machines, lambda: self.sessions.title
            )
            if self._following is not None:
                self._following.hear(sessions_elsewhere.NAME, elsewhere.heard)
        self.rehearsals = Rehearsals(
            settings.data_dir / "demos",
            self.sessions,
            self.account,
            self._reader_of,
            self.account.secrets,
            clock=clock,
            sleep=sleep,
        )

    async def __aenter__(self) -> Self:
        self.ready = True
        self.account.begin()
        if self._mender is not None:
            self._mender.begin()
        self._looker.begin()
        if self._copies is not None:
            self._copies.begin()
        if self._following is not None:
            self._following.begin()
        if self.fleet is not None:
            await self.fleet.begin()
        await self.jobs.resume(self.account)
        if self._goes_on:
            await self.experiments.begin()
            await self.sessions.begin()
            await self.rehearsals.begin()
        if self.sessions.elsewhere is not None:
            self.sessions.elsewhere.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.ready = False
        self._runner.leave()
        if self._copies is not None:
            await self._copies.close()
        if self._following is not None:
            await self._following.close()
        if self.sessions.elsewhere is not None:
            await self.sessions.elsewhere.close()
        await self.sessions.close()
        await asyncio.to_thread(self.rehearsals.close)
        await self._lab.close()
        if self.fleet is not None:
            await self._runner.ends.once_more()
            await self.fleet.hand_over(self._runner.ends.unrecorded)
        await self.jobs.close()
        await self._tasks.ended()
        await self.account.close()
        await self._runner.close()
        if self.fleet is not None:
            await self.fleet.close(self._runner.ends.unrecorded)
        if self._elsewhere is not None:
            self._elsewhere.close()
        await asyncio.to_thread(self._looker.close)
        if self._mender is not None:
            await asyncio.to_thread(self._mender.close)
        await asyncio.to_thread(self.runs.close)
        await asyncio.to_thread(self.keys.close)
        await asyncio.to_thread(self.gallery.close)
        self._thread.close()
        self._ledger.close()
        self._store.close()

    def _begin_among_others(self, engine: sa.Engine) -> Machines:
        """Be one of the machines on a database that several share."""
        me = Me(own_id(self._store.root), own_name(), secrets.token_hex(16))
        machines = Machines(engine, me, self._ticket_of, shares=self._store.files.shared)
        try:
            machines.begin()
        except SettingsError:
            engine.dispose()
            raise
        return machines

    def _ticket_of(self, run_id: str, model: str, source: str) -> str | None:
        """Return how to ask for a send whose answer was lost, in the words of ticket.py."""
        provider = self.account.provider_of(model)
        if provider is None or self.account.of(model).connection.source != source:
            return None
        ticket = provider.lost(run_id)
        return None if ticket is None else text_of(ticket)

    async def _take_up(self, job_id: str) -> None:
        """Carry out what another machine had of a job, and what was to follow."""
        assert self._machines is not None
        job = await self.jobs.take_up(job_id, self.account, self._machines.me.id)
        if job is not None:
            self._tasks.keep(self._prove(job))

    def _finish(self, forgetting: Forgetting) -> None:
        try:
            forgetting.finish()
        except (OSError, SQLAlchemyError) as error:  # what it took so far stays away all the same
            reason = reason_of(error)
            log.warning("not all was forgotten: %s", reason)
            self._note(
                joined(
                    msg("What was to be forgotten is not all gone yet: {reason}.", reason=reason),
                    msg("The next start tries again."),
                )
            )

    def _shared_folders(self, data_dir: Path, texts: SharedTexts) -> dict[str, SharedFolder]:
        """Have the files that people put into folders be those of all machines."""
        aside = self._store.unfinished
        folders = {
            name: SharedFolder(data_dir / name, suffix, names_in, texts, aside, self._note)
            for name, suffix, names_in in (
                (wildcards.FOLDER, ".txt", wildcards.names_in),
                (workflows.FOLDER, ".json", workflows.names_in),
            )
        }
        for folder in folders.values():
            folder.share()
        return folders

    def _share(self, texts: SharedTexts, styles: SharedStyles, clock: SharedClock) -> Following:
        """Have what is set on one machine hold on all."""
        folders = self._folders
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

    def note_address(self, url: str, outside: str | None = None) -> None:
        """Let other programs of this user know where the playground of this folder is reached.

        `outside` is where other computers reach it, if that is another address.
        """
        self._store.note_address(url)
        if self.fleet is not None:
            self._tasks.keep(self.fleet.note_url(outside or url))
        if self.sessions.elsewhere is not None:
            self.sessions.elsewhere.url = outside or url

    async def left_today(self, limits: Limits) -> int | None:
        """Return how many requests the day's limit still holds, None without one."""
        if limits.requests_per_day is None:
            return None
        return max(0, limits.requests_per_day - (await self.jobs.usage(limits)).requests_today)

    async def _reader_of(self, image_id: str) -> Callable[[], bytes] | None:
        record = await self.gallery.image(image_id)
        return None if record is None else partial(self.gallery.image_bytes, record)

    async def _discard(self, image_id: str) -> None:
        """Move an image to the trash that whoever asked for it has taken back."""
        await self.gallery.change([image_id], Changes(deleted=True))

    async def _forget_group(self, group: str) -> None:
        """Take away a session's images, their words and who asked for them, and its recordings.

        Counts and money stay. Raises: InvalidInput, NotStored; then once more does the rest.
        """
        try:
            texts = await self._thread.run(self._ledger.forget_owners, group, NOBODY)
            await self.rehearsals.forget(group)
        except (OSError, SQLAlchemyError) as error:
            raise NotStored(
                msg("Not all could be forgotten ({reason}).", reason=reason_of(error)),
                msg("Check the data folder, then try it again."),
            ) from error
        every = [
            await self.gallery.selected(None, f"experiment={group}{trash}")
            for trash in ("", "&trash=1")
        ]
        ids = [image for found in every for image in found]
        for at in range(0, max(1, len(ids)), FORGOTTEN_MAX):
            await self.gallery.forget(ids[at : at + FORGOTTEN_MAX], prompts=texts)

    def _note(self, notice: str) -> None:
        self.notices += [notice] if notice else []

    # --- generating -------------------------------------------------------------------------

    def prepare(
        self, model_id: object, raw: Mapping[str, object], count: object
    ) -> list[GenerationRequest]:
        """Return the checked requests of one click. Raises: InvalidInput naming the field."""
        return clean_batch(find_model(self.account.models, model_id), raw, count, rng=self._rng)

    async def resolve(
        self, model_id: object, raw: Mapping[str, object], count: object, seed: object
    ) -> Resolved:
        """Return what one click makes of prompts in which braces are choices.

        Raises: InvalidInput naming the field.
        """
        model, most = find_model(self.account.models, model_id), int(coerce(COUNT, count) or 1)
        return await asyncio.to_thread(resolve, model, raw, most, seed, self.wildcards, self._rng)

    def prepare_resolved(
        self, model_id: object, raw: Mapping[str, object], found: Resolved
    ) -> list[GenerationRequest]:
        """Return the checked requests of what was resolved. Raises: InvalidInput."""
        return batch_of(find_model(self.account.models, model_id), raw, found, self._rng)

    async def submit(
        self,
        requests: Sequence[GenerationRequest],
        *,
        owner: str = "",
        anew: bool = False,
        token: str | None = None,
        seeds_drawn: bool = False,
        origin: Origin | None = None,
        experiment: str | None = None,
        again_of: Sequence[str] = (),
        chosen: Chosen | None = None,
        typed: str | None = None,
        part: Limits | None = None,
    ) -> Job:
        """Start a job with whoever answers now; see Dispatcher.submit.

        Raises: OverLimit, Busy, TokenUsed, TriedAlready, when nothing of it was sent.
        """
        standing = self.account.of_all(request.model for request in requests)
        return await self.jobs.submit(
            requests,
            [self.account.estimate(request.model, 1) for request in requests],
            standing,
            owner=owner,
            anew=anew,
            token=token,
            seeds_drawn=seeds_drawn,
            origin=origin,
            experiment=experiment,
            again_of=again_of,
            usual_s=await self.gallery.usual_s(requests[0].model, standing.connection.source),
            chosen=chosen,
            typed=typed,
            part=part,
        )

    async def again(self, run_id: str, *, owner: str, token: str | None = None) -> Job:
        """Send a run's request once more: one that failed, is in doubt, or came from the cache.

        Once for each, whoever asks, and whatever the token. Raises: as `submit`; InvalidInput where
        `owner` is shown no such run.
        """
        run = await self.jobs.asked(run_id, owner)
        if run is None:
            raise InvalidInput(
                msg("This request is no longer listed."), msg("Look for it in the gallery.")
            )
        job = await self.submit(
            [run.request],
            owner=owner,
            anew=True,
            token=token,
            origin=run.origin,
            experiment=run.experiment,
            again_of=[run.id],
            chosen=chosen_before([run]),
        )
        self._tasks.keep(self._prove(job))
        return job

    async def rest(self, run_ids: Sequence[str], *, owner: str, token: str | None = None) -> Job:
        """Send as one job what was not sent of an earlier one: once for each, as `again`.

        Raises: as `again`; TriedAlready where nothing of it is left.
        """
        found = [await self.jobs.asked(run_id, owner) for run_id in dict.fromkeys(run_ids)]
        runs = [run for run in found if run is not None]
        if not runs or len(runs) < len(found):
            raise InvalidInput(
                msg("This request is no longer listed."), msg("Generate it from the form.")
            )
        if any(run.state is not RunState.CANCELLED for run in runs):
            raise TriedAlready(msg("This was sent already."), msg("Nothing more was sent."))
        return await self.submit(
            [run.request for run in runs],
            owner=owner,
            token=token,
            origin=runs[0].origin,
            experiment=runs[0].experiment,
            again_of=[run.id for run in runs],
            chosen=chosen_before(runs),
        )

    # --- made from a stored image -----------------------------------------------------------

    async def neighbours(self, record: ImageRecord) -> tuple[list[GenerationRequest], int]:
        """Return the requests with the neighbouring seeds, and how many are answered from disk.

        Raises: InvalidInput.
        """
        spec = find_model(self.account.models, record.request.model)
        if not spec.takes_seed:
            raise InvalidInput(
                msg("{label} takes no seed, so there are no neighbours.", label=spec.label), ""
            )
        requests = neighbours(record.request)
        refuse_unfit(record.request, spec)
        source = self.account.of(record.request.model).connection.source
        keys = [fingerprint(request, source) for request in requests]
        return requests, await self.gallery.count_cached(keys)

    async def make_neighbours(self, image_id: str, *, owner: str, token: str) -> Job:
        """Generate the neighbouring seeds as one experiment. Raises: InvalidInput, OverLimit."""
        requests, _ = await self.neighbours(await self._stored(image_id))
        origin = Origin(image_id, "neighbour")
        return await self.submit(
            requests, owner=owner, token=token, origin=origin, experiment=secrets.token_hex(16)
        )

    def refuse_repeat(self, record: ImageRecord) -> None:
        """Raise InvalidInput, saying why, where a repetition could prove nothing."""
        source = self.account.of(record.request.model).connection.source
        refuse_repeat(record, self.account.models, source)

    async def reproduce(self, image_id: str, *, owner: str, token: str) -> Job:
        """Send an image's recorded request anew and compare the pixels once it is there.

        Raises: InvalidInput, OverLimit; then nothing was sent.
        """
        record = await self._stored(image_id)
        self.refuse_repeat(record)
        job = await self.submit(
            [record.request],
            owner=owner,
            anew=True,
            token=token,
            origin=Origin(image_id, "reproduced"),
        )
        self._tasks.keep(self._prove(job))
        return job

    async def _prove(self, job: Job) -> None:
        """Compare what repeats an image with that, once it is there."""
        for run in await job.wait():
            if run.record is None or run.origin is None or run.origin.kind != "reproduced":
                continue
            try:
                if (first := await self.gallery.image(run.origin.image_id)) is not None:
                    await self.gallery.prove(first, run.record)
            except (PlaygroundError, SQLAlchemyError) as error:
                log.warning("%s was not compared: %s", run.id, type(error).__name__)

    async def _stored(self, image_id: str) -> ImageRecord:
        record = await self.gallery.image(image_id)
        if record is None:
            raise InvalidInput(msg("This image is no longer stored."), msg("Choose another one."))
        return record

    def _prepare_thumbnail(self, record: ImageRecord) -> None:
        """Make the thumbnail once nothing is under way: until then the cores are for the images."""

        def later() -> None:
            if not self.ready:
                return
            if self._runner.busy:
                self._prepare_thumbnail(record)
            else:
                self.gallery.prepare_thumbnail(record)

        asyncio.get_running_loop().call_later(THUMBNAIL_WAIT_S, later)
