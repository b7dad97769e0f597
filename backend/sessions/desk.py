"""What the presenter does in a session. A helper has its two gates alone: helper.py."""

from __future__ import annotations

import secrets
from asyncio import gather
from collections.abc import Sequence

from backend.errors import InvalidInput
from backend.said import msg
from backend.sessions.book import Followed
from backend.sessions.code import Codes
from backend.sessions.state import HOST, IMAGES_MAX, IN_LINE, Door, Session, Wish, WishState
from backend.sessions.text import clean_wish

TRUSTED_MAX = 100
SCENES = ("wall", "black", "frozen", "code")
OPTIONS_MAX = 4


class Desk:
    """A session as its presenter uses it."""

    def __init__(self, book: Followed, codes: Codes) -> None:
        self._book, self.codes = book, codes

    @property
    def _session(self) -> Session:
        return self._book.session

    # --- the door, the money, the show ------------------------------------------------------

    async def open(self) -> None:
        """Let people in."""
        await self._door(Door.OPEN)

    async def check(self) -> None:
        """Let the presenter's own phone prove the address; nobody can wish for anything yet."""
        if self._session.door is Door.CLOSED:
            await self._door(Door.CHECKING)

    async def close(self) -> None:
        """Take no more wishes and let nobody new in; who is there still sees and votes."""
        await self._door(Door.CLOSED)

    async def rotate(self) -> None:
        """Change the code."""
        self.codes.rotate()
        self._book.touch()

    async def pause(self, *, paused: bool = True) -> None:
        """Make no more images for now, or go on."""
        self._refuse_ended()
        if self._session.paused != paused or self._session.why:
            await self._book.note("paused", paused=paused, why=None)

    async def raise_images(self, more: object = 10) -> None:
        """Let the session make `more` images. Raises: InvalidInput."""
        self._refuse_ended()
        if type(more) is not int or not 1 <= more <= IMAGES_MAX:
            raise InvalidInput(msg("Add 1 to {most} images.", most=IMAGES_MAX), field="images")
        images = self._session.plan.images + more
        if images > IMAGES_MAX:
            raise InvalidInput(
                msg("A session has at most {most} images.", most=IMAGES_MAX), field="images"
            )
        await self._book.note("raised", images=images)

    async def trust(self, following: object) -> None:
        """Approve the words of the next wishes by themselves; pictures still wait. 0 ends it."""
        if type(following) is not int or not 0 <= following <= TRUSTED_MAX:
            raise InvalidInput(msg("Trust 0 to {most}.", most=TRUSTED_MAX), field="next")
        await self._book.note("trusted", next=following)

    async def scene(self, **shown: bool) -> None:
        """Show the wall, black, a frozen picture or the code large, or none of these."""
        self._refuse_ended()
        if unknown := set(shown) - set(SCENES):
            raise InvalidInput(msg("There is no such picture: {name}.", name=min(unknown)), "")
        await self._book.note("scene", **shown)

    async def end(self) -> None:
        """End the session: nothing more is made or taken."""
        if not self._session.ended:
            await self._book.note("ended")

    # --- the two gates ----------------------------------------------------------------------

    async def approve(self, wish_id: str) -> None:
        """Let a wish be made. Twice is once. Raises: InvalidInput."""
        wish = self._wish(wish_id)
        if wish.state is not WishState.WAITING:
            return
        if not self._session.left:
            raise InvalidInput(
                msg("All images of this session are used."), msg("Raise their number first.")
            )
        await self._book.note("approved", id=wish_id)

    async def hold(self, wish_id: str) -> None:
        """Let an approved wish wait for approval again. Raises: InvalidInput, it was sent."""
        wish = self._wish(wish_id)
        if wish.state not in IN_LINE:
            raise InvalidInput(msg("It was sent already."), "")
        await self._book.note("held", id=wish_id)

    async def refuse(self, wish_id: str) -> None:
        """Let a wish not be made, or its picture not be shown. Its sender may send another.

        Twice is once. Raises: InvalidInput.
        """
        known = self._session.wishes.get(wish_id)
        if known is not None and known.state is WishState.REFUSED:
            return
        wish = self._wish(wish_id)
        if wish.state is WishState.SENT:
            raise InvalidInput(msg("It is being made just now."), "")
        await self._book.note("gone", id=wish_id, how="refused")

    async def refuse_all(self, wish_ids: Sequence[str]) -> None:
        """Let none of these be made that still wait, all at once."""
        wishes = self._session.wishes
        waiting = [one for one in wish_ids if wishes[one].state in IN_LINE]
        await gather(*(self._book.note("gone", id=one, how="refused") for one in waiting))

    async def again(self, wish_id: str) -> None:
        """Have a wish made once more that failed; in doubt it may be paid twice, as ever."""
        wish = self._wish(wish_id)
        if wish.state not in (WishState.FAILED, WishState.DOUBT):
            raise InvalidInput(msg("Only what went wrong can be tried again."), "")
        await self._book.note("approved", id=wish_id, again=True)

    async def show(self, wish_id: str) -> None:
        """Project a picture, and let the phones see it. Twice is once. Raises: InvalidInput."""
        wish, scene = self._wish(wish_id), self._session.scene
        if wish.picture is None:
            raise InvalidInput(msg("Its picture is not there yet."), "")
        if wish.shown and scene.wish == wish_id and not scene.wall:
            return
        await self._book.note("shown", id=wish_id)

    async def hide(self, wish_id: str) -> None:
        """Take a picture from projector and phones."""
        self._wish(wish_id)
        await self._book.note("hidden", id=wish_id)

    async def add(self, text: object) -> Wish:
        """Take a wish by hand, approved at once. Raises: InvalidInput."""
        self._refuse_ended()
        wish_id = secrets.token_hex(16)
        data = {"id": wish_id, "visitor": HOST, "text": clean_wish(text)}
        await self._book.note("wish", **data, approved=True)
        return self._session.wishes[wish_id]

    # --- rounds -----------------------------------------------------------------------------

    async def start_round(self, options: Sequence[str]) -> None:
        """Let the room vote among two to four wishes whose pictures are there.

        They are shown to the room by that. Raises: InvalidInput.
        """
        self._refuse_ended()
        wishes = [self._wish(one) for one in dict.fromkeys(options)]
        if not 2 <= len(wishes) <= OPTIONS_MAX or any(wish.picture is None for wish in wishes):
            raise InvalidInput(
                msg("A vote needs two to {most} pictures.", most=OPTIONS_MAX), field="options"
            )
        await self.close_round()
        for wish in wishes:
            if not wish.shown:
                await self._book.note("shown", id=wish.id)
        for wish in wishes:
            self._wish(wish.id)  # none was taken back meanwhile
        await self._book.note(
            "round", id=secrets.token_hex(8), options=[wish.id for wish in wishes]
        )

    async def close_round(self) -> None:
        """Close the vote and show what won."""
        now = self._session.round
        if now is not None and now.open:
            await self._book.note("closed", round=now.id)

    async def _door(self, state: Door) -> None:
        self._refuse_ended()
        if self._session.door is not state:
            await self._book.note("door", state=state)

    def _wish(self, wish_id: str) -> Wish:
        return wish_of(self._session, wish_id)

    def _refuse_ended(self) -> None:
        if self._session.ended:
            raise InvalidInput(msg("This session has ended."), msg("Start a new one."))


def wish_of(session: Session, wish_id: str) -> Wish:
    """Return a wish that was not taken away. Raises: InvalidInput."""
    wish = session.wishes.get(wish_id)
    if wish is None or wish.state in (WishState.GONE, WishState.REFUSED):
        raise InvalidInput(msg("This wish is not there any more."), "")
    return wish
