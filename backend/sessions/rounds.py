"""Rounds of a session: variants of a wish are made, the room votes, and the winner goes on."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from random import Random

from backend.errors import InvalidInput, PlaygroundError
from backend.generation.turns import Payer
from backend.said import msg, msg_n
from backend.sessions.book import Book
from backend.sessions.desk import Desk, wish_of
from backend.sessions.state import HOST, IN_LINE, Session, Wish, WishState
from backend.sessions.variants import LEAST, Over, beside, counted, varied

_UNDER_WAY = IN_LINE | {WishState.SENT}


class Rounds:
    """What the presenter does around votes. Variants are wishes of the presenter, made next."""

    def __init__(self, book: Book, desk: Desk, payer: Payer, rng: Random) -> None:
        self._book, self._desk, self._payer, self._rng = book, desk, payer, rng
        self._changing = asyncio.Lock()
        self._loop: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start the votes that were asked for once their pictures are there; in a running loop."""
        self._loop = asyncio.create_task(self._run())

    def close(self) -> None:
        """Start no more votes by itself."""
        if self._loop is not None:
            self._loop.cancel()

    async def vary(
        self,
        wish_id: str,
        kind: object,
        *,
        name: object = "",
        values: object = None,
        count: object = None,
        vote: bool = False,
    ) -> None:
        """Have 2 to 4 variants of a wish made; see varied(). `vote`: then the room votes.

        Raises: InvalidInput saying why not; then nothing is made.
        """
        async with self._changing:
            session = self._checked()
            wish = wish_of(session, wish_id)
            if wish.state is WishState.WAITING:
                raise InvalidInput(msg("Approve this wish first."), "")
            overs = varied(
                session.plan,
                wish,
                kind,
                models=self._payer.models,
                rng=self._rng,
                name=name,
                values=values,
                count=count,
            )
            await self._make(wish, str(kind), overs, vote=vote)

    async def onward(self, *, count: object = None, vote: bool = False) -> None:
        """Have the neighbouring seeds of what won the last vote made. Twice is once.

        Where the model takes no seed they are new draws. Raises: InvalidInput saying why not.
        """
        async with self._changing:
            session = self._book.session
            now, before = session.round, session.variants
            if now is None or now.open:
                raise InvalidInput(msg("End a vote first: its winner goes on."), "")
            if now.winner is None:
                raise InvalidInput(
                    msg("Nobody voted, so nothing won."), msg("Start the vote anew.")
                )
            if before is not None and before.of == now.winner and _hopeful(session):
                return
            session = self._checked()
            wish = wish_of(session, now.winner)
            number = counted(count)
            overs = beside(
                session.plan, wish, models=self._payer.models, rng=self._rng, count=number
            )
            seeded = wish.picture is not None and wish.picture.seed is not None
            await self._make(wish, "neighbours" if seeded else "draws", overs, vote=vote)

    def _checked(self) -> Session:
        """Return the session as it stands. Raises: InvalidInput where no variants can be made."""
        session = self._book.session
        if session.ended:
            raise InvalidInput(msg("This session has ended."), msg("Start a new one."))
        if any(session.wishes[one].state in _UNDER_WAY for one in _variants(session)):
            raise InvalidInput(
                msg("Variants are being made just now."), msg("Vote on them, or refuse them first.")
            )
        return session

    async def _make(self, wish: Wish, kind: str, overs: list[Over], *, vote: bool) -> None:
        session = self._book.session
        ahead = sum(
            one.visitor == HOST and one.state is WishState.APPROVED
            for one in session.wishes.values()
        )
        free = max(0, session.left - ahead)
        if len(overs) > free:
            raise InvalidInput(
                msg_n(
                    "This needs {needed} images, and the session holds 1 more.",
                    "This needs {needed} images, and the session holds {n} more.",
                    free,
                    needed=len(overs),
                ),
                msg("Raise their number first."),
                field="count",
            )
        ids = [secrets.token_hex(16) for _ in overs]
        for one, over in zip(ids, overs, strict=True):
            await self._book.note(
                "wish",
                id=one,
                visitor=HOST,
                text=wish.text,
                approved=True,
                over=over,
                parent=wish.id,
            )
        await self._book.note("variants", of=wish.id, by=kind, wishes=ids, vote=vote)

    async def _run(self) -> None:
        while True:
            session = self._book.session
            if session.variants and session.variants.vote and not session.ended:
                settled = all(
                    session.wishes[one].state not in _UNDER_WAY for one in _variants(session)
                )
                if settled and len(made_variants(session)) >= LEAST:
                    await self._start()
            await self._book.later_than(session.version)

    async def _start(self) -> None:
        try:
            await self._desk.start_round(made_variants(self._book.session))
        except PlaygroundError:  # ended, or hidden meanwhile: then nobody votes
            return


def _variants(session: Session) -> Sequence[str]:
    return session.variants.wishes if session.variants else ()


def made_variants(session: Session) -> list[str]:
    """Return those of the newest variants whose pictures are there."""
    return [one for one in _variants(session) if session.wishes[one].state is WishState.MADE]


def _hopeful(session: Session) -> bool:
    """Whether any of the newest variants is there, or may be."""
    return any(
        session.wishes[one].state in _UNDER_WAY | {WishState.MADE} for one in _variants(session)
    )
