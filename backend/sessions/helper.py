"""A helper on a second device: a link of its own, and the desk's two gates alone."""

from __future__ import annotations

import secrets

from backend.errors import InvalidInput
from backend.said import msg
from backend.sessions.book import Followed
from backend.sessions.desk import Desk, wish_of
from backend.sessions.state import Wish, WishState


def waits_for_approval(wish: Wish) -> bool:
    """Whether a wish stands at the first gate."""
    return wish.state is WishState.WAITING


def waits_to_be_shown(wish: Wish) -> bool:
    """Whether a wish's picture stands at the second gate."""
    return wish.state is WishState.MADE and wish.picture is not None and not wish.shown


class Helper:
    """The link of now, and what whoever has it may do. Nothing of it is ever written down.

    A press that comes late, after the presenter's or another helper's, is the same one.
    """

    def __init__(self, book: Followed, desk: Desk) -> None:
        self._book, self._desk = book, desk
        self._token = secrets.token_hex(16)

    @property
    def token(self) -> str:
        """What opens the helper's page: 128 random bits as 32 hex digits."""
        return self._token

    async def renew(self) -> None:
        """Make another link; the one before opens nothing any more."""
        self._token = secrets.token_hex(16)
        self._book.touch()

    def fits(self, given: str) -> bool:
        """Whether this is the link of now, in any case: in capitals its code to scan is smaller."""
        return secrets.compare_digest(given.lower().encode(), self._token.encode())

    async def approve(self, wish_id: str) -> None:
        """Let a waiting wish be made. Raises: InvalidInput, as where all images are used."""
        self._refuse_ended()
        await self._desk.approve(wish_id)

    async def refuse(self, wish_id: str) -> None:
        """Let a wish at one of the gates not pass. Raises: InvalidInput, it has passed."""
        self._refuse_ended()
        wish = self._book.session.wishes.get(wish_id)
        if wish is not None and wish.state in (WishState.REFUSED, WishState.GONE):
            return
        wish = wish_of(self._book.session, wish_id)
        if not (waits_for_approval(wish) or waits_to_be_shown(wish)):
            raise InvalidInput(msg("It was let through already."), "")
        await self._desk.refuse(wish_id)

    async def show(self, wish_id: str) -> None:
        """Project a picture that nobody has shown yet. Raises: InvalidInput, it is not there."""
        self._refuse_ended()
        wish = wish_of(self._book.session, wish_id)
        if not wish.shown:
            await self._desk.show(wish_id)

    def _refuse_ended(self) -> None:
        if self._book.session.ended:
            raise InvalidInput(msg("This session has ended."), "")
