"""The playground's engine in one object: what the page and other programs call, and nothing else.

What it stands on is opened by opening.py, what one click makes is in clicks.py; who answers is
`account`, running jobs are `jobs`, all that was asked for is `runs`, what is stored is `gallery`,
other programs' keys are `keys`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random, SystemRandom
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.clicks import Clicks
from backend.errors import NotStored
from backend.experiments import wildcards
from backend.experiments.lab import Lab
from backend.experiments.shared_wildcards import SharedWildcards
from backend.experiments.wildcards import WildcardFiles
from backend.generation.bells import Bells
from backend.generation.dispatcher import Dispatcher
from backend.generation.fleet import Fleet
from backend.generation.known import view_of
from backend.generation.runner import Runner
from backend.generation.runs import Runs
from backend.generation.shown import Shown
from backend.generation.watching import Watching
from backend.library.forgetting import FORGOTTEN_MAX
from backend.library.gallery import Gallery
from backend.library.history import History
from backend.library.library import Library
from backend.library.marks import Changes
from backend.opening import Opened
from backend.programs.keys import Keys
from backend.said import msg
from backend.sessions import elsewhere as sessions_elsewhere
from backend.sessions.elsewhere import Elsewhere
from backend.sessions.rehearsals import Rehearsals
from backend.sessions.sender import NOBODY
from backend.sessions.sessions import Sessions
from backend.settings.load import Settings
from backend.storage.logins import Logins
from backend.types import ImageRecord, Limits
from backend.upkeep.copies import Copies
from backend.upkeep.looking import Looker
from backend.upkeep.readiness import Readiness, answers
from backend.upkeep.rebuild import reason_of

THUMBNAIL_WAIT_S = 1.0


class Studio(Clicks):
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
        self._rng = rng or SystemRandom()
        opened = Opened(settings, clock)
        self.notices, self.account, self.styles = opened.notices, opened.account, opened.styles
        self.shared_clock, self._following = opened.clock, opened.following
        self._store, self._ledger, self._mender = opened.store, opened.ledger, opened.mender
        self._machines = machines = opened.machines
        engine, reader, texts = opened.engine, opened.reader, opened.texts
        self._thread, self._tasks = Thread("ledger"), Tasks()
        self._elsewhere: Watching | None = None
        if machines is not None:
            self._elsewhere = Watching(Shown(reader), Bells(), machines.me.id, view_of)
        self._runner = Runner(
            self._store,
            self._ledger,
            opened.saver,
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
            opened.marks_file,
            self._thread,
            opened.forgetting,
            lambda run_ids: self.jobs.forget(run_ids),
        )
        self._copies = Copies(self.gallery) if self._store.files.shared else None
        self._looker = Looker(
            library.looks,
            self.gallery.thumbnails,
            lambda: self._runner.busy or self.gallery.asked_lately,
        )
        self.wildcards = WildcardFiles(own := settings.data_dir / wildcards.FOLDER)
        if (shared_files := opened.folders.get(wildcards.FOLDER)) is not None:
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
        if machines is not None and self._elsewhere is not None:
            self.fleet = Fleet(
                engine,
                machines,
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
        if texts is not None and machines is not None:
            self.sessions.elsewhere = elsewhere = Elsewhere(
                texts, machines, lambda: self.sessions.title
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

    async def _take_up(self, job_id: str) -> None:
        """Carry out what another machine had of a job, and what was to follow."""
        assert self._machines is not None
        job = await self.jobs.take_up(job_id, self.account, self._machines.me.id)
        if job is not None:
            self._tasks.keep(self._prove(job))

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
