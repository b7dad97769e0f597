"""What one click makes: checked, resolved, started as a job; made again, and proved."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from random import Random

from sqlalchemy.exc import SQLAlchemyError

from backend.account import Account
from backend.background import Tasks
from backend.catalogue.params import COUNT, clean_batch, coerce, find_model, fingerprint
from backend.errors import InvalidInput, PlaygroundError, TriedAlready
from backend.experiments.resolving import Resolved, batch_of, resolve
from backend.experiments.wildcards import WildcardFiles
from backend.generation.chosen import Chosen, chosen_before
from backend.generation.dispatcher import Dispatcher
from backend.generation.jobs import Job
from backend.generation.repeat import neighbours, refuse_repeat, refuse_unfit
from backend.library.gallery import Gallery
from backend.said import msg
from backend.types import GenerationRequest, ImageRecord, Limits, Origin, RunState

log = logging.getLogger(__name__)


class Clicks:
    """Makes jobs of what is asked for, by whoever answers now. The studio opens what it needs."""

    account: Account
    gallery: Gallery
    jobs: Dispatcher
    wildcards: WildcardFiles
    _rng: Random
    _tasks: Tasks

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
        first = requests[0]
        usual = await self.gallery.usual(first.model, standing.connection.source)
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
            usual_s=usual.seconds(first.values),
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
