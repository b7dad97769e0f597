"""Has approved wishes made: a few at a time, in turns among the visitors, each paid once.

What would befall every further wish lets the session rest, with the reason; then nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from random import Random

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks
from backend.catalogue.params import clean, find_model
from backend.errors import EVERYWHERE, OverShare, PlaygroundError, Stopped
from backend.generation.budget import Cap
from backend.generation.dispatcher import Dispatcher
from backend.generation.jobs import Job, RunView
from backend.generation.turns import Payer
from backend.said import joined, msg, to_json
from backend.sessions.book import Book
from backend.sessions.reducer import next_wish
from backend.sessions.rehearsal import Answer, Rehearsed
from backend.sessions.state import HOST, KEPT_BACK, Picture, Plan, Session, Wish, WishState
from backend.types import GenerationRequest, ModelSpec, RunState

log = logging.getLogger(__name__)

NOBODY = "session"
"""Whose runs of a session are that no visitor asked for, or none any more that is known."""

AT_ONCE = 3
"""Wishes under way at once: the place in the line then means something."""


def request_of(
    plan: Plan, text: str, over: Mapping[str, object], models: Mapping[str, ModelSpec], rng: Random
) -> GenerationRequest:
    """Return what a wish asks of the platform. Raises: InvalidInput naming the field."""
    raw = {**plan.values, **over, "prompt": text}
    return clean(find_model(models, raw.pop("model", plan.model)), raw, rng=rng)


class Sender:
    """Makes what is approved in one session for as long as it runs.

    While the session is rehearsed, nothing is sent: what the rehearsal has is answered from it
    after the wait of that time, also what was sent and is not answered; all else waits.
    """

    def __init__(
        self,
        book: Book,
        jobs: Dispatcher,
        payer: Payer,
        rng: Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._book, self._jobs, self._payer, self._rng = book, jobs, payer, rng
        self._sleep = sleep
        self._under_way: set[str] = set()
        self._opened: set[Job] = set()
        self._tasks, self._closing = Tasks(), False
        self._rehearsed: Rehearsed | None = None
        self._played: set[str] = set()
        self._playing = Tasks()
        self._loop: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start; needs a running loop."""
        self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Send nothing more. What was sent is received, and noted now or at the next start."""
        self._closing = True
        if self._loop is not None:
            self._loop.cancel()
        for job in self._opened:
            job.stop()
        await self._playing.cancelled()
        await self._tasks.ended()

    async def rehearse(self, rehearsed: Rehearsed, recorded_on: str) -> None:
        """Let a rehearsal stand in for the platform from now on; a session that rests goes on."""
        self._rehearsed = rehearsed
        await self._book.note("rehearsed", on=True, recorded=recorded_on)
        if self._book.session.paused:
            await self._book.note("paused", paused=False, why=None)

    async def go_live(self) -> None:
        """Send again. What is being answered from the rehearsal still is."""
        if self._book.session.rehearsed:
            await self._book.note("rehearsed", on=False)

    async def restore(self) -> None:
        """Learn what became of the wishes that were under way when the program ended."""
        for wish in list(self._book.session.wishes.values()):
            if wish.state is not WishState.SENT:
                continue
            job = await self._jobs.of_token(_owner(wish), wish.token)
            run = job.runs[0] if job is not None else None
            unsent = run is None or run.state in (RunState.QUEUED, RunState.CANCELLED)
            if run is None or unsent or (wish.recorded and run.state is RunState.FAILED):
                await self._book.note("approved", id=wish.id, again=True)
            else:
                await self._ended(wish, run)

    async def _run(self) -> None:
        while True:
            seen = self._book.session.version
            while wish := self._next_rehearsed():
                await self._answer(wish)
            while wish := self._next_sent():
                token = wish.id if not wish.token else secrets.token_hex(16)
                self._under_way.add(wish.id)
                await self._book.note("sent", id=wish.id, token=token)
                self._tasks.keep(self._make(wish, token))
            await self._book.later_than(seen)

    def _next_sent(self) -> Wish | None:
        session = self._book.session
        if session.rehearsed or len(self._under_way) >= AT_ONCE:
            return None
        return next_wish(session)

    def _next_rehearsed(self) -> Wish | None:
        session, rehearsed = self._book.session, self._rehearsed
        if rehearsed is None or not session.rehearsed or len(self._played) >= AT_ONCE:
            return None
        if session.paused or session.ended:
            return None
        sent = (wish for wish in session.wishes.values() if wish.state is WishState.SENT)
        unanswered = (wish for wish in sent if not wish.recorded and rehearsed.has(wish))
        return next(unanswered, None) or next_wish(session, rehearsed.has)

    async def _answer(self, wish: Wish) -> None:
        assert self._rehearsed is not None
        answer = self._rehearsed.take(wish)
        self._played.add(wish.id)
        await self._book.note("sent", id=wish.id, recorded=True)
        self._playing.keep(self._play(wish, answer))

    async def _play(self, wish: Wish, answer: Answer) -> None:
        try:
            await self._sleep(answer.wait_s)
            await self._landed(wish, answer.picture)
        finally:
            self._played.discard(wish.id)
            self._book.touch()

    async def _make(self, wish: Wish, token: str) -> None:
        try:
            run = await self._carried_out(wish, token)
            if not self._overtaken(wish):
                await self._ended(wish, run)
        except PlaygroundError as error:
            if not self._overtaken(wish):
                await self._refused(wish, error)
        except SQLAlchemyError as error:
            log.warning("wish %s was not sent: %s", wish.id, type(error).__name__)
            why = msg("The database failed, so nothing was sent.")
            if not self._overtaken(wish):
                await self._rest(wish, why)
        finally:
            self._under_way.discard(wish.id)
            self._book.touch()

    def _overtaken(self, wish: Wish) -> bool:
        """Whether the rehearsal was faster: what comes now stands in the gallery alone."""
        return self._book.session.wishes[wish.id].recorded

    async def _carried_out(self, wish: Wish, token: str) -> RunView:
        session, models = self._book.session, self._payer.models
        request = request_of(session.plan, wish.text, wish.over, models, self._rng)
        by_hand = wish.visitor == HOST
        cap = Cap(
            session.id,
            session.plan.images,
            None if by_hand else _runs_of(session, wish),
            0 if by_hand else KEPT_BACK,
        )
        job = await self._jobs.submit(
            [request],
            [self._payer.estimate(request.model, 1)],
            self._payer.of(request.model),
            owner=_owner(wish),
            anew=True,  # else it would take an equal image out of the trash
            token=token,
            seeds_drawn=True,
            experiment=session.id,
            typed="",  # a wish is not the presenter's own prompt
            cap=cap,
        )
        if self._closing:
            job.stop()
        self._opened.add(job)
        try:
            return (await job.wait())[0]
        finally:
            self._opened.discard(job)

    async def _landed(self, wish: Wish, picture: Picture) -> None:
        # Before it is told: who is woken by that has the next one made.
        self._under_way.discard(wish.id)
        self._played.discard(wish.id)
        price = picture.price_usd
        await self._book.note(
            "landed",
            id=wish.id,
            image=picture.image,
            seconds=picture.seconds,
            price=None if price is None else str(price),
            seed=picture.seed,
            model=picture.model,
            **({"recorded": picture.recorded_on} if picture.recorded_on else {}),
        )
        if not self._book.session.plan.gate:
            await self._book.note("shown", id=wish.id)

    async def _ended(self, wish: Wish, run: RunView) -> None:
        record = run.record
        if record is not None:
            request = record.request
            await self._landed(
                wish,
                Picture(record.id, record.seconds, run.cost_usd, request.seed, request.model),
            )
        elif run.error is not None:
            await self._refused(wish, run.error, in_doubt=run.state is RunState.UNKNOWN)
        else:
            why = msg("Its image was deleted.")
            await self._book.note("failed", id=wish.id, why=to_json(why))

    async def _refused(self, wish: Wish, error: PlaygroundError, *, in_doubt: bool = False) -> None:
        why = joined(error.message, error.hint)
        ended = self._book.session.ended
        if isinstance(error, Stopped) and self._closing and not ended:
            return  # the next start puts it back in line
        if isinstance(error, EVERYWHERE) and not isinstance(error, OverShare) and not ended:
            await self._rest(wish, why)
        else:
            await self._book.note("failed", id=wish.id, why=to_json(why) or why, doubt=in_doubt)

    async def _rest(self, wish: Wish, why: str) -> None:
        """Put a wish that was not sent back in line; send nothing until the presenter does."""
        session = self._book.session
        noted = [self._book.note("approved", id=wish.id, again=True)]
        if not session.paused and not session.rehearsed:  # at once: else it is sent in between
            noted.append(self._book.note("paused", paused=True, why=to_json(why) or why))
        await asyncio.gather(*noted)


def _runs_of(session: Session, wish: Wish) -> int:
    """Return how many runs the visitor of this wish, which is being sent, may have had with it.

    More than turns, where the presenter refused pictures or had doubtful ones made once more.
    """
    others = [one for one in session.of(wish.visitor) if one.id != wish.id]
    free = sum(one.spent - one.is_turn for one in others) + session.wishes[wish.id].used
    return session.plan.each + free


def _owner(wish: Wish) -> str:
    """Return whose job it is: a visitor's are no one's at the presenter's door."""
    return wish.visitor or NOBODY
