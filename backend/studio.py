"""The playground's engine in one object: what the page and other programs call, and nothing else.

Opens the data folder and the database, puts right what a crash left, and orchestrates runs.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from random import Random, SystemRandom
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from backend.catalogue.load import load_catalogue, with_remote
from backend.catalogue.params import clean_batch, estimated_price_usd, find_model, fingerprint
from backend.errors import InvalidInput, PlaygroundError
from backend.generation.budget import Usage
from backend.generation.jobs import ENDED, Job, RunView
from backend.generation.ledger import Ledger, NewRun
from backend.generation.repeat import neighbours, refuse_repeat, refuse_unfit
from backend.generation.runner import Runner, as_cached
from backend.generation.saving import Saver
from backend.library.gallery import Gallery
from backend.library.history import History
from backend.library.library import Library
from backend.library.marks_file import MarksFile
from backend.settings.change import SettingsChange, apply, chosen_key
from backend.settings.load import Settings
from backend.storage.folder import LocalStore
from backend.storage.rows import RunRow
from backend.types import GenerationRequest, ImageRecord, ModelSpec, Origin, RunState
from backend.upkeep.rebuild import open_database
from backend.upkeep.recovery import recover
from backend.wire.connection import Connection, Route, open_connection, try_connection

log = logging.getLogger(__name__)

T = TypeVar("T")

JOB_SENDS_AT_ONCE = 2
"""Sends of one job under way at once: Stop still has something to stop in a batch of 8."""

JOBS_KEPT = 200
RECENT_JOBS = 12
BALANCE_KEPT_S = 5.0
THUMBNAIL_WAIT_S = 1.0


class Studio:
    """Generates, stores and finds images. An async context manager: open before use.

    `notices` are sentences for the page about what the start put right. Raises on opening:
    SettingsError where folder, catalogue or settings cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        rng: Random | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self.ready = False
        self.notices: list[str] = []
        self._rng = rng or SystemRandom()
        self._models = load_catalogue(settings.data_dir / "models.toml")
        self._store = LocalStore(settings.data_dir)
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._db_thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._balance: tuple[float, Decimal | None] = (-BALANCE_KEPT_S, None)
        try:
            self._connection: Connection = open_connection(settings, self._models)
            engine, reader, notice = open_database(settings.database_url, self._store)
            self.notices += [notice] if notice else []
            journal = MarksFile(self._store.journal)
            self._ledger = Ledger(engine, clock, journal)
            saver = Saver(self._store, self._ledger, self._models)
            self._store.mark_running()
            recover(self._store, self._ledger, saver)
        except BaseException:
            self._store.close()
            raise
        self._runner = Runner(self._store, self._ledger, saver, self._db, sleep=sleep)
        library, annals = Library(engine, reader, clock), History(engine, reader)
        self.gallery = Gallery(self._store, library, annals, journal, self._db)

    async def __aenter__(self) -> Self:
        self.ready = True
        if self.settings.on_platform:
            self._keep(self._refresh_models())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.ready = False
        for job in self._jobs.values():
            job.stop()
        while self._tasks:  # what was sent is still received: it may have been paid for
            await asyncio.wait(self._tasks)
        await self._runner.close()
        await asyncio.to_thread(self.gallery.close)
        self._db_thread.shutdown()
        self._ledger.close()
        self._store.close()

    # --- what there is ----------------------------------------------------------------------

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """The catalogue by id, with the account's prices and availability once known."""
        return self._models

    @property
    def provider(self) -> str:
        """`offline` or `sentry_block`."""
        return "sentry_block" if self.settings.on_platform else "offline"

    @property
    def api_url(self) -> str | None:
        """The platform's base URL, None offline."""
        return self._connection.route.api.base_url if self.settings.on_platform else None

    def estimate(self, model_id: str, count: int) -> Decimal | None:
        """Return the listed price of `count` images in US dollars; 0 offline, None if unlisted."""
        if not self.settings.on_platform:
            return Decimal(0)
        spec = self._models.get(model_id)
        return estimated_price_usd(spec, count) if spec else None

    async def balance(self) -> Decimal | None:
        """Return the account's balance in US dollars; None offline or where it cannot be had."""
        read_at, amount = self._balance
        if time.monotonic() - read_at >= BALANCE_KEPT_S:
            amount = await self._connection.balance() if self.settings.on_platform else None
            self._balance = (time.monotonic(), amount)
        return amount

    async def usage(self) -> Usage:
        """Return what is used of the limits."""
        return await self._db(self._ledger.usage)

    # --- setting up -------------------------------------------------------------------------

    async def test_setup(self, change: SettingsChange) -> tuple[int, Decimal]:
        """Ask the platform for models and balance, free of charge; return both.

        Nothing is kept. Raises: PlaygroundError saying what is wrong.
        """
        change = change.filled()
        key = chosen_key(self.settings, change.api_url, change.api_key)
        return await try_connection(change.api_url, key)

    async def change_settings(self, change: SettingsChange) -> None:
        """Keep the settings and use them for every run from now on.

        Raises: InvalidInput, SettingsError; then nothing has changed.
        """
        settings = await asyncio.to_thread(apply, self.settings, change)
        connection = open_connection(settings, self._models)
        self.settings, self._connection = settings, connection
        self._balance = (-BALANCE_KEPT_S, None)
        if settings.on_platform:
            self._keep(self._refresh_models())

    # --- generating -------------------------------------------------------------------------

    def prepare(
        self, model_id: object, raw: Mapping[str, object], count: object
    ) -> list[GenerationRequest]:
        """Return the checked requests of one click. Raises: InvalidInput naming the field."""
        return clean_batch(find_model(self._models, model_id), raw, count, rng=self._rng)

    async def submit(
        self,
        requests: Sequence[GenerationRequest],
        *,
        owner: str = "",
        anew: bool = False,
        token: str | None = None,
        origin: Origin | None = None,
        experiment: str | None = None,
    ) -> Job:
        """Start a job and return it at once; it runs on without its observers.

        `token` (32 hex digits, minted by the caller): the same one twice is one job. `anew`
        passes the cache by. `origin` is the stored image that these are made from; images of one
        `experiment` (32 hex digits) belong together.

        Raises: OverLimit, when nothing of it was sent.
        """
        route, job_id = self._connection.route, secrets.token_hex(16)
        rows = await self._db(
            self._ledger.open_job,
            job_id,
            [
                NewRun(
                    secrets.token_hex(16),
                    request,
                    fingerprint(request, route.source),
                    self.estimate(request.model, 1) or Decimal(0),
                )
                for request in requests
            ],
            owner=owner,
            token=token,
            provider=route.source,
            limits=route.limits,
            use_cache=not anew,
            origin=origin,
            experiment=experiment,
        )
        if isinstance(rows, str):
            earlier = self.job(rows)
            if earlier is None:
                raise InvalidInput("This was already generated.", "Find it in the gallery.")
            return earlier
        job = _job(rows, owner)
        self._remember(job)
        self._keep(self._carry_out(job, route, anew=anew))
        return job

    def job(self, job_id: str) -> Job | None:
        """Return a job that runs or ran since the start."""
        return self._jobs.get(job_id)

    async def recent_jobs(self, owner: str) -> list[Job]:
        """Return the owner's running jobs and last results, oldest first, also after a restart.

        Sends whose end is unknown are among them until dismissed, whoever made them.
        """
        rows = await self._db(self._ledger.recent, owner, RECENT_JOBS)
        by_job: dict[str, list[RunRow]] = {}
        for row in rows:
            by_job.setdefault(row.job_id, []).append(row)
            job = self._jobs.get(row.job_id)
            if job and _gone(row) and not job.runs[row.position].dismissed:
                job.update(row.position, dismissed=True)
        return [self._jobs.get(job_id) or _job(found, owner) for job_id, found in by_job.items()]

    async def dismiss(self, run_id: str) -> None:
        """Stop showing a run among the last results. Its record stays."""
        await self._db(self._ledger.dismiss, run_id)
        for job in self._jobs.values():  # a batch whose other runs are still shown
            for run in [run for run in job.runs if run.id == run_id]:
                job.update(run.index, dismissed=True)

    # --- made from a stored image -----------------------------------------------------------

    async def neighbours(self, record: ImageRecord) -> tuple[list[GenerationRequest], int]:
        """Return the requests with the neighbouring seeds, and how many are answered from disk.

        Raises: InvalidInput.
        """
        spec = find_model(self._models, record.request.model)
        if not spec.takes_seed:
            raise InvalidInput(f"{spec.label} takes no seed, so there are no neighbours.", "")
        requests = neighbours(record.request)
        refuse_unfit(record.request, spec)
        keys = [fingerprint(request, self._connection.route.source) for request in requests]
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
        refuse_repeat(record, self._models, self._connection.route.source)

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
        self._keep(self._prove(record, job))
        return job

    async def _prove(self, record: ImageRecord, job: Job) -> None:
        for run in await job.wait():
            # A token that was used before brings back a job that may be about something else.
            if run.record is not None and run.origin == Origin(record.id, "reproduced"):
                try:
                    await self.gallery.prove(record, run.record)
                except (PlaygroundError, SQLAlchemyError) as error:
                    log.warning("%s was not compared: %s", record.id, type(error).__name__)

    async def _stored(self, image_id: str) -> ImageRecord:
        record = await self.gallery.image(image_id)
        if record is None:
            raise InvalidInput("This image is no longer stored.", "Choose another one.")
        return record

    # --- inside -----------------------------------------------------------------------------

    async def _db(self, method: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._db_thread, partial(method, *args, **kwargs))

    async def _carry_out(self, job: Job, route: Route, *, anew: bool) -> None:
        waiting = iter([run.index for run in job.runs if run.state not in ENDED])

        async def one(index: int) -> None:
            await self._runner.perform(job, index, route, anew=anew)
            if job.runs[index].state in (RunState.FAILED, RunState.UNKNOWN):
                job.give_up(job.runs[index].error)
            if record := job.runs[index].record:
                later = asyncio.get_running_loop().call_later
                later(THUMBNAIL_WAIT_S, self._thumbnail_later, record)

        async def work() -> None:
            for index in waiting:
                await one(index)

        async def end_the_rest() -> None:
            await job.stopped()
            await work()  # each ends at once, unsent, whatever the sends under way take

        rest = asyncio.create_task(end_the_rest())
        await asyncio.gather(*(work() for _ in range(JOB_SENDS_AT_ONCE)))
        if job.stopping:
            await rest
        else:
            rest.cancel()
        job.end(datetime.now(UTC))
        self._balance = (-BALANCE_KEPT_S, None)

    def _thumbnail_later(self, record: ImageRecord) -> None:
        """Make the thumbnail once nothing is under way: until then the cores are for the images."""
        if not self.ready:
            return
        if self._runner.busy:
            asyncio.get_running_loop().call_later(THUMBNAIL_WAIT_S, self._thumbnail_later, record)
        else:
            self.gallery.prepare_thumbnail(record)

    async def _refresh_models(self) -> None:
        remote = await self._connection.remote_models()
        if remote:
            self._models = with_remote(self._models, remote)

    def _keep(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _remember(self, job: Job) -> None:
        self._jobs[job.id] = job
        for old in list(self._jobs.values())[: max(0, len(self._jobs) - JOBS_KEPT)]:
            if old.ended:
                del self._jobs[old.id]


def _gone(row: RunRow) -> bool:
    """Whether the run's image was deleted since."""
    return row.state is RunState.SAVED and (row.record is None or row.record.deleted is not None)


def _job(rows: Sequence[RunRow], owner: str) -> Job:
    runs = [
        RunView(
            id=row.id,
            index=index,
            request=row.request,
            state=row.state,
            record=as_cached(row.record) if row.record and row.record.cached else row.record,
            error=row.error,
            cost_usd=row.price_usd,
            dismissed=_gone(row),
            origin=row.origin,
            experiment=row.experiment,
        )
        for index, row in enumerate(rows)
    ]
    ended = max((row.ended or row.created for row in rows), default=None)
    running = any(row.state not in ENDED for row in rows)
    return Job(rows[0].job_id, owner, rows[0].created, runs, None if running else ended)
