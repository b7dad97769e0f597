"""What people in the room may do, and under which conditions. The presenter's deeds: desk.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from backend.errors import InvalidInput
from backend.said import msg, msg_n
from backend.sessions.book import Followed
from backend.sessions.crowds import Crowds
from backend.sessions.reducer import family
from backend.sessions.state import (
    HOST,
    IN_LINE,
    Door,
    Session,
    Visitor,
    Wish,
    WishState,
)
from backend.sessions.text import chosen_of, clean_wish
from backend.types import ID

VISITORS_MAX = 2_000
"""More than any room holds: a program that throws its cookie away each time ends here."""

WISHES_MAX = 10_000
WISHES_EACH_MAX = 100
"""Ideas of a session and of a visitor, also those taken back: more than an evening holds."""

VOTES_MAX = 30
"""So often a visitor may change one vote."""

_ENDED = msg("This session has ended.")
_NO_IMAGES = msg("No more images in this session.")


class Room:
    """A session as its visitors use it. `discard` is told of images that somebody takes back."""

    def __init__(self, book: Followed, discard: Callable[[str], Awaitable[None]]) -> None:
        self._book, self._discard = book, discard
        self.crowds = Crowds()
        self._voted: dict[tuple[str, str], int] = {}

    @property
    def here(self) -> int:
        """How many were seen in the last minute."""
        return self.crowds.here

    def note_seen(self, visitor_id: str) -> None:
        """Somebody of the room asked for something just now."""
        self.crowds.note_seen(visitor_id)

    @property
    def _session(self) -> Session:
        return self._book.session

    async def join(self, visitor_id: str) -> Visitor:
        """Return who this is, one of the room from now on. Raises: InvalidInput, it is full."""
        if known := self._session.visitors.get(visitor_id):
            return known
        if len(self._session.visitors) >= VISITORS_MAX:
            raise InvalidInput(msg("The room is full."), "")
        await self._book.note("joined", visitor=visitor_id)
        return self._session.visitors[visitor_id]

    async def wish(
        self, visitor_id: str, wish_id: str, text: object, choices: object = None
    ) -> Wish:
        """Take a wish; the same id twice is one. It replaces one that waits.

        Where there is a menu, `choices` are the numbers of what was chosen, else `text` are words.
        Raises: InvalidInput saying why not; then no turn is used.
        """
        if not ID.fullmatch(wish_id):
            raise InvalidInput(msg("Open this page anew and send it again."), field="token")
        session = self._session
        if known := session.wishes.get(wish_id):
            if known.visitor == visitor_id:
                return known
            raise InvalidInput(msg("Open this page anew and send it again."), field="token")
        if refused := hindrance(session, session.of(visitor_id), left=session.left):
            raise refused
        menu = session.plan.menu
        words = chosen_of(menu, choices) if menu else clean_wish(text)
        replaces = [one.id for one in session.of(visitor_id) if one.state in IN_LINE]
        alone = not self.crowds.joins(session, visitor_id)
        trusted = not menu and session.plan.approve and session.trusted > 0 and alone
        approved = (alone and (bool(menu) or not session.plan.approve)) or trusted
        # All in one event: others do not wish, and no trust is used, between what was asked and it.
        data = {"id": wish_id, "visitor": visitor_id, "text": words, "replaces": replaces}
        await self._book.note("wish", **data, approved=approved, trusted=trusted)
        return self._session.wishes[wish_id]

    async def take_back(self, visitor_id: str, wish_id: str) -> None:
        """Take back an own wish, its image, and what was made of it. Twice is once.

        Raises: InvalidInput.
        """
        wish = self._session.wishes.get(wish_id)
        if wish is None or wish.visitor != visitor_id or visitor_id == HOST:
            raise InvalidInput(msg("This is not on your list any more."), "")
        if wish.state is WishState.GONE:
            return
        kin, now = family(self._session, wish_id), self._session.round
        if any(one.state is WishState.SENT for one in kin):
            raise InvalidInput(
                msg("It is being made just now."), msg("You can take it back once it is there.")
            )
        if now is not None and now.open and any(one.id in now.options for one in kin):
            raise InvalidInput(
                msg("It is being voted on just now."),
                msg("You can take it back once the vote is over."),
            )
        await self._book.note("gone", id=wish_id, how="taken_back")
        for one in kin:
            if one.picture is not None and not one.recorded:
                await self._discard(one.picture.image)

    async def vote(self, visitor_id: str, round_id: str, option: object) -> None:
        """Vote in the round of now; the last vote counts. Raises: InvalidInput."""
        now = self._session.round
        if now is None or now.id != round_id or not now.open or self._session.played:
            raise InvalidInput(msg("This vote is closed."), "")
        if type(option) is not int or not 0 <= option < len(now.options):
            raise InvalidInput(msg("Choose one of the pictures."), field="option")
        if now.votes.get(visitor_id) != option:
            key = round_id, visitor_id
            self._voted[key] = 1 + self._voted.get(key, 0)
            if self._voted[key] > VOTES_MAX:
                raise InvalidInput(msg("Your last vote stands: it was changed often."), "")
            await self._book.note("vote", round=round_id, visitor=visitor_id, option=option)


def hindrance(session: Session, own: Sequence[Wish], *, left: int) -> InvalidInput | None:
    """Return why a visitor with these `own` wishes can send nothing now, None who can.

    `left` is what the session still holds.
    """
    if session.door is Door.ENDED:
        return InvalidInput(_ENDED, "")
    if session.played:
        return InvalidInput(msg("This is a recording: look on."), "")
    if session.door is not Door.OPEN:
        return InvalidInput(msg("No ideas are taken just now."), "")
    if not left:
        return InvalidInput(_NO_IMAGES, "")
    if session.paused:
        return InvalidInput(msg("No images are made just now."), msg("Try again in a moment."))
    if any(wish.state is WishState.SENT for wish in own):
        return InvalidInput(
            msg("Your idea is being made."), msg("Send the next one once it is there.")
        )
    if sum(wish.is_turn for wish in own) >= session.plan.each:
        return InvalidInput(
            msg_n("You have had your image.", "You have had your {n} images.", session.plan.each),
            "",
        )
    if len(own) >= WISHES_EACH_MAX:
        return InvalidInput(
            msg_n("You have sent your idea.", "You have sent your {n} ideas.", WISHES_EACH_MAX), ""
        )
    if len(session.wishes) >= WISHES_MAX:
        return InvalidInput(msg("No more ideas fit into this session."), "")
    return None
