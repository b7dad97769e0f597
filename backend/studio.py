"""The playground's engine in one object: what the page and other programs call, and nothing else.

Opens the data folder and the database, puts right what a crash left, makes images again and proves
them; who answers is `account`, running jobs are `jobs`, all that was asked for is `runs`, what is
stored is `gallery`.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from random import Random, SystemRandom
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from backend.account import Account
from backend.background import Tasks, Thread
from backend.catalogue.load import load_catalogue
from backend.catalogue.params import clean_batch, find_model, fingerprint
from backend.errors import (
    InvalidInput,
    PlaygroundError,
    SettingsError,
    Stopped,
    TriedAlready,
)
from backend.experiments.book import Book
from backend.experiments.conductor import Conductor
from backend.experiments.experiments import Experiments
from backend.experiments.observer import Observer
from backend.experiments.wildcards import WildcardFiles
from backend.generation.dispatcher import Dispatcher
from backend.generation.jobs import Job
from backend.generation.ledger import Ledger
from backend.generation.repeat import neighbours, refuse_repeat, refuse_unfit
from backend.generation.runner import Runner
from backend.generation.runs import Runs
from backend.generation.saving import Saver
from backend.generation.shown import Shown
from backend.library.gallery import Gallery
from backend.library.history import History
from backend.library.library import Library
from backend.library.marks_file import MarksFile
from backend.said import joined, msg, msg_n
from backend.settings.load import Settings
from backend.storage import experiment_files
from backend.storage.folder import LocalStore
from backend.storage.reading import read_plain
from backend.types import GenerationRequest, ImageRecord, Limits, Origin, RunState
from backend.upkeep.looking import Looker
from backend.upkeep.mending import Mender
from backend.upkeep.rebuild import open_database, reason_of
from backend.upkeep.recovery import recover

log = logging.getLogger(__name__)

THUMBNAIL_WAIT_S = 1.0
CATALOGUE_MAX_BYTES = 4_000_000


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
        self.ready = False
        self.notices: list[str] = []
        self._rng = rng or SystemRandom()
        self._store = LocalStore(settings.data_dir)
        self._mender: Mender | None = None
        try:
            read = partial(read_plain, max_bytes=CATALOGUE_MAX_BYTES)
            models = load_catalogue(settings.data_dir / "models.toml", read)
            self.account = Account(settings, models)
            engine, reader, notice = open_database(settings.database_url, self._store)
            self._note(notice)
            if not settings.database_url:
                self._mender = Mender(self._store, engine, reader, self.notices)
            marks_file = MarksFile(self._store.marks)
            self._ledger = Ledger(engine, clock, marks_file, self._store.has)
            saver = Saver(self._store, self._ledger, models, self.account.secrets)
            self._store.mark_running()
            found = recover(self._store, self._ledger, saver, self.account.provider)
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
        self._thread, self._tasks = Thread("ledger"), Tasks()
        self._runner = Runner(self._store, self._ledger, saver, self._thread, sleep=sleep)
        self.runs = Runs(reader)
        library = Library(engine, reader, clock)
        self.gallery = Gallery(
            self._store,
            library,
            History(engine, reader),
            marks_file,
            self._thread,
        )
        self._looker = Looker(
            library.looks,
            self.gallery.thumbnails,
            lambda: self._runner.busy or self.gallery.asked_lately,
        )
        kept = partial(experiment_files.write, settings.data_dir / "experiments")
        book = Book(engine, clock, self._store.has, kept)
        conductor = Conductor(
            book,
            self._runner,
            self._thread,
            self.account,
            lambda: {model: self.account.estimate(model, 1) for model in self.account.models},
            on_image=self._prepare_thumbnail,
            on_change=self._experiment_changed,
            clock=clock,
            sleep=sleep,
        )
        self._observer = Observer(
            book,
            self._thread,
            lambda record: self._store.path(record).read_bytes(),
            conductor.note_change,
        )
        self.experiments = Experiments(
            self.account,
            self.gallery,
            book,
            conductor,
            self._thread,
            self._rng,
            self._left,
            WildcardFiles(settings.data_dir / "wildcards"),
        )
        self.jobs = Dispatcher(
            self._runner,
            self._ledger,
            Shown(engine),
            self._thread,
            on_image=self._prepare_thumbnail,
            on_end=self.account.forget_balance,
        )

    async def __aenter__(self) -> Self:
        self.ready = True
        self.account.begin()
        if self._mender is not None:
            self._mender.begin()
        self._looker.begin()
        await self.experiments.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.ready = False
        await self.experiments.close()
        await self._observer.close()
        await self.jobs.close()
        await self._tasks.ended()
        await self.account.close()
        await self._runner.close()
        await asyncio.to_thread(self._looker.close)
        if self._mender is not None:
            await asyncio.to_thread(self._mender.close)
        await asyncio.to_thread(self.runs.close)
        await asyncio.to_thread(self.gallery.close)
        self._thread.close()
        self._ledger.close()
        self._store.close()

    def _experiment_changed(self, experiment_id: str) -> None:
        self.account.forget_balance()
        self._observer.look(experiment_id)

    async def _left(self, limits: Limits) -> int | None:
        """Return how many requests the day's limit still holds, None without one."""
        if limits.requests_per_day is None:
            return None
        return max(0, limits.requests_per_day - (await self.jobs.usage()).requests_today)

    def _note(self, notice: str) -> None:
        self.notices += [notice] if notice else []

    # --- generating -------------------------------------------------------------------------

    def prepare(
        self, model_id: object, raw: Mapping[str, object], count: object
    ) -> list[GenerationRequest]:
        """Return the checked requests of one click. Raises: InvalidInput naming the field."""
        return clean_batch(find_model(self.account.models, model_id), raw, count, rng=self._rng)

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
    ) -> Job:
        """Start a job with whoever answers now; see Dispatcher.submit.

        Raises: OverLimit, Busy, TokenUsed, TriedAlready, when nothing of it was sent.
        """
        return await self.jobs.submit(
            requests,
            [self.account.estimate(request.model, 1) for request in requests],
            self.account,
            owner=owner,
            anew=anew,
            token=token,
            seeds_drawn=seeds_drawn,
            origin=origin,
            experiment=experiment,
            again_of=again_of,
            usual_s=await self.gallery.usual_s(requests[0].model, self.account.connection.source),
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
        )
        proves = run.origin is not None and run.origin.kind == "reproduced"
        if run.origin and proves and (first := await self.gallery.image(run.origin.image_id)):
            self._tasks.keep(self._prove(first, job))
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
        source = self.account.connection.source
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
        refuse_repeat(record, self.account.models, self.account.connection.source)

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
        self._tasks.keep(self._prove(record, job))
        return job

    async def _prove(self, record: ImageRecord, job: Job) -> None:
        for run in await job.wait():
            if run.record is not None and run.origin == Origin(record.id, "reproduced"):
                try:
                    await self.gallery.prove(record, run.record)
                except (PlaygroundError, SQLAlchemyError) as error:
                    log.warning("%s was not compared: %s", record.id, type(error).__name__)

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


async def generate(
    studio: Studio,
    asked: Mapping[str, object],
    *,
    owner: str = "",
    token: str | None = None,
    fresh: bool = False,
) -> list[ImageRecord]:
    """Generate `asked["count"]` images for another program and return them once all have landed.

    `asked` holds the model's id or label and its parameters by name; `fresh` passes the cache by.
    The job goes on when nobody waits for it any more. Raises: PlaygroundError, also when any image
    fails; its hint then says how many were stored.
    """
    models = studio.account.models
    model = next((m.id for m in models.values() if m.label == asked["model"]), asked["model"])
    requests = studio.prepare(model, asked, asked["count"])
    job = await studio.submit(
        requests,
        owner=owner,
        anew=fresh,
        token=token,
        seeds_drawn=draws_seeds(asked),
    )
    runs = await job.wait()
    errors = [run.error for run in runs if run.error is not None]
    stored = [run.record for run in runs if run.record is not None]
    if not errors and len(stored) < len(runs):  # an earlier job, by its token
        raise InvalidInput(
            msg("This was generated before, and its images were deleted since."),
            msg("Take another token to have them made again."),
            field="token",
        )
    if not errors:
        return stored
    # What failed, rather than what was not sent because of that; first of all what may be paid.
    failed = min(errors, key=lambda error: (isinstance(error, Stopped), not error.maybe_charged))
    told = copy.copy(failed)
    if stored:
        kept = msg_n(
            "1 of {total} images were stored.",
            "{n} of {total} images were stored.",
            len(stored),
            total=len(runs),
        )
        told.hint = joined(failed.hint, kept)
    raise told from failed


def draws_seeds(raw: Mapping[str, object]) -> bool:
    """Whether the raw values leave the seed open."""
    seed = raw.get("seed")
    return seed is None or (isinstance(seed, str) and not seed.strip())
