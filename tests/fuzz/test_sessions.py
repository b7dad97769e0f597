"""Any order of wishes, presses, answers, restarts: a session pays for no more than it may.

Beside the session stands a platform of the test's own, which notes all that is sent to it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backend.background import Thread
from backend.errors import (
    InvalidInput,
    KeyRejected,
    NoAnswer,
    OverLimit,
    OverShare,
    PlaygroundError,
    Refused,
    Stopped,
)
from backend.generation.budget import Cap
from backend.generation.dispatcher import Dispatcher
from backend.generation.jobs import RunView
from backend.generation.turns import Payer
from backend.sessions.book import Book, read_events, read_session
from backend.sessions.code import Codes
from backend.sessions.desk import Desk
from backend.sessions.room import Room
from backend.sessions.sender import Sender
from backend.sessions.state import Plan, WishState
from backend.types import GenerationRequest, ImageRecord, RunState
from tests.examples import EXAMPLES
from tests.storage.conftest import FLUX
from tests.storage.sessions import Purse

SETTLES = 60
"""Turns of the loop after which nothing moves any more that needs no answer."""

VISITORS = ["a" * 32, "b" * 32, "c" * 32]
FAILED, CANCELLED = RunState.FAILED, RunState.CANCELLED
PAID = (RunState.SENT, RunState.SAVED, RunState.UNKNOWN)


class Inline(Thread):
    """Does in place what a thread would: each step of the test then ends."""

    def __init__(self) -> None:
        super().__init__("inline")

    async def run(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)


@dataclass(eq=False)
class Sent:
    """One request: what the ledger knows of it. It has left once it is `SENT`."""

    request: GenerationRequest
    owner: str
    token: str
    state: RunState = RunState.QUEUED
    error: PlaygroundError | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, state: RunState, error: PlaygroundError | None = None) -> None:
        self.state, self.error = state, error
        self.ended.set()

    def stop(self) -> None:
        if self.state is RunState.QUEUED:
            self.end(CANCELLED, Stopped("stopped", ""))

    async def wait(self) -> list[RunView]:
        await self.ended.wait()
        return self.runs

    @property
    def runs(self) -> list[RunView]:
        image = self.token[:32]
        record = record_of(image, self.request) if self.state is RunState.SAVED else None
        return [RunView(image, 0, self.request, self.state, record, self.error)]


class Platform:
    """A dispatcher and its ledger, as the sender uses them: a token is one job, a cap is held."""

    def __init__(self) -> None:
        self.jobs: list[Sent] = []

    async def submit(
        self,
        requests: Sequence[GenerationRequest],
        prices_usd: Sequence[Decimal | None],
        standing: object,
        *,
        owner: str,
        token: str,
        cap: Cap,
        **_: object,
    ) -> Sent:
        await asyncio.sleep(0)
        if known := await self.of_token(owner, token):
            return known
        held = [job for job in self.jobs if job.state not in (FAILED, CANCELLED)]
        if len(held) + 1 > cap.images:
            raise OverLimit("used", "")
        if cap.each is not None and sum(job.owner == owner for job in held) + 1 > cap.each:
            raise OverShare("used", "")
        (request,) = requests
        job = Sent(request, owner, token)
        self.jobs.append(job)
        return job

    async def of_token(self, owner: str, token: str) -> Sent | None:
        found = (job for job in self.jobs if (job.owner, job.token) == (owner, token))
        return next(found, None)


wishes = st.integers(0, 11)


class Evening(RuleBasedStateMachine):
    """A session, the platform beside it, and how often `again` was pressed on each wish."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="playground-fuzz-"))
        self.loop = asyncio.new_event_loop()
        self.platform = Platform()
        self.pressed: dict[str, int] = {}
        self.texts: dict[str, str] = {}

    @initialize(images=st.integers(1, 8), each=st.integers(1, 4), approve=st.booleans())
    def begin(self, images: int, each: int, approve: bool) -> None:
        plan = Plan("", FLUX, images=images, each=each, approve=approve)
        begun = Book.begin(self.folder, "f" * 32, asdict(plan), Inline())
        self.lead(self.loop.run_until_complete(begun))
        self.do(self.begun)
        self.do(self.desk.open)

    def lead(self, book: Book) -> None:
        self.book, self.desk = book, Desk(book, Codes())
        self.room = Room(book, self.discard)
        jobs, purse = cast(Dispatcher, self.platform), cast(Payer, Purse())
        self.sender = Sender(book, jobs, purse, Random(1))

    async def discard(self, image_id: str) -> None:
        """Nothing to do: the image stands in no gallery here."""

    def do(self, deed: Callable[..., Awaitable[object]], *args: Any, **more: Any) -> bool:
        """Do something and let all come of it that needs no answer; return whether it may be."""

        async def done() -> bool:
            try:
                await deed(*args, **more)
            except InvalidInput:
                return False
            finally:
                for _ in range(SETTLES):
                    await asyncio.sleep(0)
            return True

        return self.loop.run_until_complete(done())

    def wish_of(self, number: int) -> str:
        found = list(self.book.session.wishes)
        return found[number % len(found)] if found else "0" * 32

    # --- what happens ---------------------------------------------------------------------------

    @rule(visitor=st.sampled_from(VISITORS))
    def wish(self, visitor: str) -> None:
        wish_id = f"{len(self.texts) + 1:032x}"
        self.texts[f"wish {wish_id}"] = wish_id
        self.do(self.room.join, visitor)
        self.do(self.room.wish, visitor, wish_id, f"wish {wish_id}")
        self.do(self.room.wish, visitor, wish_id, f"wish {wish_id}")

    @rule(visitor=st.sampled_from(VISITORS))
    def wish_and_approve(self, visitor: str) -> None:
        self.wish(visitor)
        self.do(self.desk.approve, self.wish_of(-1))

    @rule(visitor=st.sampled_from(VISITORS))
    def wish_that_is_lost_and_tried_again(self, visitor: str) -> None:
        self.wish_and_approve(visitor)
        self.an_answer_comes("lost")
        self.again()

    @rule(visitor=st.sampled_from(VISITORS), how=st.sampled_from(["saved", "lost"]))
    def program_ends_while_a_wish_is_made(self, visitor: str, how: str) -> None:
        self.wish_and_approve(visitor)
        self.leave()
        self.program_is_killed(how)
        self.start()
        self.do(self.desk.pause, paused=False)

    @rule(visitor=st.sampled_from(VISITORS), number=wishes)
    def take_back(self, visitor: str, number: int) -> None:
        self.do(self.room.take_back, visitor, self.wish_of(number))

    @rule()
    def by_hand(self) -> None:
        text = f"wish {len(self.texts)}"
        if self.do(self.desk.add, text):
            self.texts[text] = list(self.book.session.wishes)[-1]

    @rule(deed=st.sampled_from(["approve", "approve", "hold", "refuse", "show"]), number=wishes)
    def press(self, deed: str, number: int) -> None:
        self.do(getattr(self.desk, deed), self.wish_of(number))

    @rule()
    def again(self) -> None:
        """On the newest that went wrong."""
        wrong = (WishState.FAILED, WishState.DOUBT)
        found = [wish.id for wish in self.book.session.wishes.values() if wish.state in wrong]
        wish_id = found[-1] if found else "0" * 32
        if self.do(self.desk.again, wish_id):
            self.pressed[wish_id] = self.pressed.get(wish_id, 0) + 1

    @rule(paused=st.sampled_from([False, False, True]))
    def pause(self, paused: bool) -> None:
        self.do(self.desk.pause, paused=paused)

    @rule(more=st.sampled_from([0, 0, 0, 0, 1]))
    def raise_images(self, more: int) -> None:
        self.do(self.desk.raise_images, more)

    @rule(following=st.integers(0, 3))
    def trust(self, following: int) -> None:
        self.do(self.desk.trust, following)

    @rule(how=st.sampled_from(["saved", "saved", "refused", "lost", "lost", "key"]))
    def an_answer_comes(self, how: str) -> None:
        """The oldest run is answered; those after it have left meanwhile."""
        self.leave()
        self.do(self.answered, how)

    def leave(self) -> None:
        for job in self.platform.jobs:
            if job.state is RunState.QUEUED:
                job.state = RunState.SENT

    async def answered(self, how: str) -> None:
        for job in self.platform.jobs:
            if job.state is not RunState.SENT:
                continue
            if how == "saved":
                job.end(RunState.SAVED)
            elif how == "lost":
                job.end(RunState.UNKNOWN, NoAnswer("lost", ""))
            else:
                error = Refused("no", "") if how == "refused" else KeyRejected("bad", "")
                job.end(FAILED, error)
            return

    @rule(how=st.sampled_from(["saved", "lost"]), killed=st.booleans(), seldom=st.booleans())
    def program_ends_and_starts(self, how: str, killed: bool, seldom: bool) -> None:
        if seldom:
            return
        (self.program_is_killed if killed else self.program_closes)(how)
        self.start()
        self.do(self.desk.pause, paused=False)

    def program_closes(self, how: str) -> None:
        """It ends in order: what has left is waited for."""

        async def closed() -> None:
            closing = asyncio.ensure_future(self.sender.close())
            while not closing.done():
                await self.answered(how)
                await asyncio.sleep(0)

        self.do(closed)
        self.do(self.book.close)

    def program_is_killed(self, how: str) -> None:
        """It ends where it stands; of what had left, the next start finds an image or a doubt."""
        self.kill()
        for job in self.platform.jobs:
            job.stop()
            if job.state is RunState.SENT and how == "saved":
                job.end(RunState.SAVED)
            elif job.state is RunState.SENT:
                job.end(RunState.UNKNOWN, NoAnswer("lost", ""))

    def kill(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.do(asyncio.sleep, 0)

    def start(self) -> None:
        path = self.folder / f"{'f' * 32}.jsonl"
        self.lead(Book(path, read_session(path), Inline()))
        self.do(self.book.note, "paused", paused=True, why=None)
        self.do(self.begun)
        states = {wish.state for wish in self.book.session.wishes.values()}
        assert WishState.SENT not in states, "a start left something open"

    async def begun(self) -> None:
        self.sender.begin()
        await self.sender.restore()

    # --- what holds after each step -------------------------------------------------------------

    @invariant()
    def no_more_is_paid_than_the_session_holds(self) -> None:
        paid = [job for job in self.platform.jobs if job.state in PAID]
        if not paid:
            return
        session = self.book.session
        assert len(paid) <= session.plan.images
        for visitor in VISITORS:
            # What is made once more by the presenter's press is no turn, nor what was refused.
            wished = {self.texts[job.request.prompt] for job in paid if job.owner == visitor}
            refused = {one for one in wished if session.wishes[one].state is WishState.REFUSED}
            assert len(wished - refused) <= session.plan.each

    @invariant()
    def nothing_is_paid_twice_unless_somebody_said_so(self) -> None:
        for text, wish_id in self.texts.items():
            paid = sum(
                job.state in PAID and job.request.prompt == text for job in self.platform.jobs
            )
            assert paid <= 1 + self.pressed.get(wish_id, 0)

    @invariant()
    def what_the_file_says_is_what_stands(self) -> None:
        path = self.folder / f"{'f' * 32}.jsonl"
        if path.exists():
            assert read_session(path) == self.book.session

    @invariant()
    def nothing_is_sent_that_was_not_let_through(self) -> None:
        path = self.folder / f"{'f' * 32}.jsonl"
        if not path.exists():
            return
        events = read_events(path)
        through = {e.data["id"] for e in events if e.kind == "wish" and e.data["approved"]}
        through |= {event.data["id"] for event in events if event.kind == "approved"}
        assert {self.texts[job.request.prompt] for job in self.platform.jobs} <= through

    def teardown(self) -> None:
        self.kill()
        self.loop.close()
        shutil.rmtree(self.folder)


def record_of(image_id: str, request: GenerationRequest) -> ImageRecord:
    return ImageRecord(
        id=image_id,
        run_id=image_id,
        request=request,
        created=datetime(2026, 11, 28, tzinfo=UTC),
        seconds=1.5,
        price_usd=None,
        format="png",
        width_px=8,
        height_px=8,
        sha256="0" * 64,
        source="host",
    )


TestEvening = Evening.TestCase
TestEvening.settings = settings(max_examples=max(50, EXAMPLES // 20), stateful_step_count=50)
