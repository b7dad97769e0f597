"""A studio without a database: coloured pictures in memory, and runs that end as a test says."""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Self

from PIL import Image

from backend.account import Account
from backend.catalogue.load import load_catalogue
from backend.catalogue.params import clean_batch, find_model, fingerprint
from backend.errors import InvalidInput, NoAnswer, NoCredit, Stopped, TriedAlready
from backend.experiments.resolving import Resolved, batch_of, resolve
from backend.experiments.wildcards import WildcardFiles
from backend.generation.budget import Usage
from backend.generation.chosen import Chosen
from backend.generation.jobs import Job, RunView
from backend.generation.known import DoubtPage
from backend.generation.repeat import neighbours, refuse_repeat
from backend.library.history import DaySum, Proof
from backend.library.library import Page
from backend.library.query import ImageQuery
from backend.sessions.state import Session
from backend.settings.load import Settings
from backend.storage.run_rows import Again
from backend.styles.store import StyleFile
from backend.types import GenerationRequest, ImageRecord, Limits, ModelSpec, Origin, RunState
from backend.upkeep.readiness import Readiness

SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
FLUX = "black-forest-labs/FLUX.1-schnell"


class FakeAccount(Account):
    """The real one, whose platform always tells the same balance."""

    async def balance(self) -> Decimal | None:
        return None if self.offline else Decimal("1228.556")


class FakeSessions:
    """No demo session was ever held."""

    doorway: object = None

    async def kept(self) -> list[Session]:
        return []


class FakeKeys:
    """No other program was ever given a key."""

    async def all(self) -> list[Any]:
        return []

    async def find(self, text: str) -> None:
        return None


class FakeJobs:
    """Answers like backend.generation.dispatcher.Dispatcher, from memory."""

    def __init__(self) -> None:
        self.started: dict[str, Job] = {}
        self.dismissed: set[str] = set()

    def job(self, job_id: str) -> Job | None:
        return self.started.get(job_id)

    async def recent(self, owner: str) -> list[Job]:
        return [
            job
            for job in self.started.values()
            if job.owner == owner and not any(run.id in self.dismissed for run in job.runs)
        ]

    async def find(self, job_id: str, owner: str) -> Job | None:
        job = self.job(job_id)
        return job if job and job.owner == owner else None

    async def live(self, owner: str) -> list[Job]:
        return [job for job in self.started.values() if job.owner == owner and not job.ended]

    async def asked(self, run_id: str, owner: str) -> RunView | None:
        own = (job for job in self.started.values() if job.owner == owner)
        return next((run for job in own for run in job.runs if run.id == run_id), None)

    async def doubts(self, cursor: str = "") -> DoubtPage:
        return DoubtPage([], 0, None)

    async def dismiss(self, run_id: str) -> None:
        self.dismissed.add(run_id)

    async def usage(self, limits: object = None) -> Usage:
        return Usage(3, Decimal("0.027"))


class FakeGallery:
    """Answers like backend.library.gallery.Gallery, from memory and a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stored: dict[str, ImageRecord] = {}

    async def images(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        query: ImageQuery | None = None,
        offset: int = 0,
        fast: bool = False,
    ) -> Page:
        if not 1 <= limit <= 200:
            raise InvalidInput("The limit is out of range.", "Ask for 1 to 200.", field="limit")
        newest = list(self.stored.values())[::-1]
        start = int(cursor or offset)
        page = newest[start : start + limit]
        more = start + limit < len(newest)
        return Page(page, str(start + limit) if more else None, len(newest), len(newest))

    async def image(self, image_id: str) -> ImageRecord | None:
        return self.stored.get(image_id)

    async def count_cached(self, keys: Sequence[str | None]) -> int:
        stored = {fingerprint(record.request, "offline") for record in self.stored.values()}
        return sum(key in stored for key in keys if key is not None)

    async def children(self, image_id: str) -> tuple[list[ImageRecord], int]:
        return [], 0

    async def proofs(self, record: ImageRecord) -> list[Proof]:
        return []

    async def days(self, since: date, until: date, zone: tzinfo = UTC) -> list[DaySum]:
        return []

    def image_bytes(self, record: ImageRecord) -> bytes:
        return (self.folder / f"{record.id}.png").read_bytes()

    async def looked_into(self, record: ImageRecord, how: Callable[[bytes], Any]) -> Any:
        return how(self.image_bytes(record))

    async def image_file(self, image_id: str) -> tuple[Path, str] | None:
        if image_id not in self.stored:
            return None
        return self.folder / f"{image_id}.png", "image/png"

    async def thumbnail(self, image_id: str) -> bytes | None:
        if image_id not in self.stored:
            return None
        buffer = io.BytesIO()
        with Image.open(self.folder / f"{image_id}.png") as image:
            image.resize((64, 64)).save(buffer, "WEBP")
        return buffer.getvalue()


class FakeStudio:
    """Answers like backend.studio.Studio. A prompt's first word tells how its runs end:

    `refused`, `unknown`, `waits`, `slow` (until stopped or `release` is set), else saved at once.
    """

    def __init__(
        self,
        folder: Path,
        *,
        platform: bool = False,
        models: Mapping[str, ModelSpec] | None = None,
    ) -> None:
        settings = Settings(folder, folder / ".env", limits=Limits(requests_per_day=180))
        if platform:
            url, key = "https://cloud.example/api/v1", "ak_fake-0123456789"
            settings = replace(settings, api_url=url, api_key=key)
        self.account = FakeAccount(settings, models or load_catalogue())
        self.jobs, self.gallery = FakeJobs(), FakeGallery(folder)
        self.sessions, self.keys = FakeSessions(), FakeKeys()
        self.wildcards = WildcardFiles(folder / "wildcards")
        self.styles = StyleFile(folder / "styles.json", folder)
        self.rehearsals = SimpleNamespace(pictures=SimpleNamespace(picture_bytes=None))
        self.ready, self.readiness = False, Readiness({"database": lambda: None})
        self.notices: list[str] = []
        self.logins = self.shared_clock = None
        self.release = asyncio.Event()
        self.by_token: dict[str, Job] = {}
        self.submissions: list[dict[str, Any]] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self.ready = True
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.ready = False
        for task in self.tasks:
            task.cancel()

    def prepare(
        self, model_id: object, raw: Mapping[str, object], count: object
    ) -> list[GenerationRequest]:
        return clean_batch(find_model(self.account.models, model_id), raw, count, rng=Random(7))

    async def resolve(
        self, model_id: object, raw: Mapping[str, object], count: object, seed: object
    ) -> Resolved:
        model = find_model(self.account.models, model_id)
        return resolve(model, raw, int(str(count)), seed, self.wildcards, Random(7))

    def prepare_resolved(
        self, model_id: object, raw: Mapping[str, object], found: Resolved
    ) -> list[GenerationRequest]:
        return batch_of(find_model(self.account.models, model_id), raw, found, Random(7))

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
        self.submissions.append(
            {"requests": list(requests), "owner": owner, "anew": anew, "origin": origin}
            | {"chosen": chosen, "typed": typed}
        )
        if token and token in self.by_token:
            return self.by_token[token]
        runs = [
            RunView(secrets.token_hex(16), i, r, cost_usd=Decimal("0.009"))
            for i, r in enumerate(requests)
        ]
        job = Job(secrets.token_hex(16), owner, datetime.now(UTC), runs)
        self.jobs.started[job.id] = job
        if token:
            self.by_token[token] = job
        task = asyncio.get_running_loop().create_task(self._carry_out(job, anew))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return job

    async def again(self, run_id: str, *, owner: str, token: str | None = None) -> Job:
        run = await self.jobs.asked(run_id, owner)
        if run is None:
            raise InvalidInput("This request is no longer listed.", "Look for it in the gallery.")
        job = next(job for job in self.jobs.started.values() if run in job.runs)
        if token in self.by_token:
            return self.by_token[str(token)]
        if run.again is not None:
            raise TriedAlready("This was tried again already.", "Nothing more was sent.")
        made = await self.submit([run.request], owner=owner, anew=True, token=token)
        job.update(run.index, again=Again(made.runs[0].id, made.created, None))
        return made

    async def rest(self, run_ids: Sequence[str], *, owner: str, token: str | None = None) -> Job:
        if token in self.by_token:
            return self.by_token[str(token)]
        runs = [run for i in run_ids if (run := await self.jobs.asked(i, owner))]
        if not runs:
            raise InvalidInput("This request is no longer listed.", "Generate it from the form.")
        if any(run.again for run in runs):
            raise TriedAlready("This was tried again already.", "Nothing more was sent.")
        made = await self.submit([run.request for run in runs], owner=owner, token=token)
        for run, new in zip(runs, made.runs, strict=True):
            job = next(job for job in self.jobs.started.values() if run in job.runs)
            job.update(run.index, again=Again(new.id, made.created, None))
        return made

    def refuse_repeat(self, record: ImageRecord) -> None:
        refuse_repeat(record, self.account.models, "offline")

    async def neighbours(self, record: ImageRecord) -> tuple[list[GenerationRequest], int]:
        return neighbours(record.request), 1

    def put(self, request: GenerationRequest, *, cached: bool = False) -> ImageRecord:
        """Store a picture of one colour and return its record."""
        image_id = secrets.token_hex(16)
        width, height = (int(request.values.get(n) or 512) for n in ("width", "height"))  # type: ignore[call-overload]
        hue = Random(repr(request)).randrange(256)
        picture = Image.new("HSV", (width, height), (hue, 110, 190)).convert("RGB")
        picture.save(self.gallery.folder / f"{image_id}.png")
        record = ImageRecord(
            id=image_id,
            run_id=secrets.token_hex(16),
            request=request,
            created=datetime.now(UTC),
            seconds=1.25,
            price_usd=None if self.account.offline else Decimal("0.009"),
            format="png",
            width_px=width,
            height_px=height,
            sha256="0" * 64,
            cached=cached,
        )
        self.gallery.stored[image_id] = record
        return record

    async def _carry_out(self, job: Job, anew: bool) -> None:
        for run in list(job.runs):
            await self._one(job, run, anew)
        job.end(datetime.now(UTC))

    async def _one(self, job: Job, run: RunView, anew: bool) -> None:
        word = run.request.prompt.split()[0].lower()
        if word == "waits" and not job.stopping:
            job.update(
                run.index,
                waits_for="The platform asks for a pause.",
                waits_until=datetime.now(UTC) + timedelta(seconds=90),
            )
            await job.stopped()
        if job.stopping:
            error = Stopped("Stopped before it was sent.", "Nothing was charged.")
            job.update(run.index, state=RunState.CANCELLED, error=error, waits_until=None)
            return
        job.update(run.index, state=RunState.SENT)
        if word == "slow":
            await self.release.wait()
        if word == "refused":
            error = NoCredit("Your balance is too low for an image.", "Add credits.")
            job.update(run.index, state=RunState.FAILED, error=error)
        elif word == "unknown":
            error = NoAnswer(
                "The connection broke after the request was sent.",
                "It may have been charged, so it is not sent again by itself.",
            )
            job.update(run.index, state=RunState.UNKNOWN, error=error)
        else:
            earlier = next(
                (r for r in self.gallery.stored.values() if r.request == run.request and not anew),
                None,
            )
            record = replace(earlier, cached=True) if earlier else self.put(run.request)
            job.update(run.index, state=RunState.SAVED, record=record)
