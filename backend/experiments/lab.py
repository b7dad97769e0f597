"""All that experiments need, put together over an open data folder; and its beginning and end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from random import Random

import sqlalchemy as sa

from backend.background import Thread
from backend.experiments.ballots import Ballots
from backend.experiments.blind import BlindTests
from backend.experiments.book import Book
from backend.experiments.conductor import Conductor
from backend.experiments.experiments import Experiments
from backend.experiments.observer import Observer
from backend.experiments.offers import Pricer
from backend.experiments.shelf import Shelf
from backend.experiments.shelved import Shelved
from backend.experiments.wildcards import WildcardFiles
from backend.generation.ledger import Ledger
from backend.generation.runner import Runner
from backend.generation.turns import Payer
from backend.library.gallery import Gallery
from backend.storage import experiment_files, vote_files
from backend.storage.folder import LocalStore
from backend.types import ImageRecord, Limits


class Lab:
    """Experiments in `folder` of the data folder; `thread` is the ledger's, and `engine` too.

    `left_today` counts what the day's limit still holds. `on_image` is told of each new image,
    `on_change` of whatever cost something.
    """

    def __init__(
        self,
        engine: sa.Engine,
        store: LocalStore,
        ledger: Ledger,
        runner: Runner,
        thread: Thread,
        payer: Payer,
        gallery: Gallery,
        wildcards: WildcardFiles,
        folder: Path,
        rng: Random,
        left_today: Callable[[Limits], Awaitable[int | None]],
        *,
        on_image: Callable[[ImageRecord], None],
        on_change: Callable[[], None],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._on_change = on_change
        kept = partial(experiment_files.write, folder)
        book = Book(engine, clock, store.files.has, kept, ledger.note_restored, ledger.machine)
        conductor = Conductor(
            book,
            runner,
            thread,
            payer,
            lambda: {model: payer.estimate(model, 1) for model in payer.models},
            on_image=on_image,
            on_change=self._changed,
            clock=clock,
            sleep=sleep,
        )
        self._observer = Observer(book, thread, store.files.read, conductor.note_change)
        self.experiments = Experiments(
            payer,
            Pricer(payer, gallery, left_today),
            book,
            conductor,
            thread,
            rng,
            wildcards,
            self._observer.look,
            gallery.thumbnails.at_least,
        )
        shelved = Shelved(engine, kept, partial(experiment_files.remove, folder))
        self.shelf = Shelf(self.experiments, conductor, shelved, thread, payer, gallery)
        ballots = Ballots(engine, clock, partial(vote_files.note, folder))
        self.blind = BlindTests(self.experiments, ballots, thread)

    async def close(self) -> None:
        """End what was not sent; each experiment goes on at the next start."""
        await self.experiments.close()
        await self._observer.close()

    def _changed(self, experiment_id: str) -> None:
        self._on_change()
        self._observer.look(experiment_id)
