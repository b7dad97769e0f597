"""A demo session as it stands: frozen values, made of events alone by reducer.py. Pure.

Times are milliseconds since 1970. Nothing here is a secret but a visitor's id, which is a hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from backend.types import Value

HOST = ""
"""Stands for a visitor's id where the presenter sends something by hand."""

IMAGES = 40
EACH = 2
KEPT_BACK = 10
"""Images of a session and of a visitor, and those of the day's limit that it leaves untouched."""

IMAGES_MAX = 1_000
TITLE_MAX_CHARS = 120


class Door(StrEnum):
    """Whether the room may take part. `checking`: the door is open to prove the address alone."""

    CHECKING = "checking"
    OPEN = "open"
    CLOSED = "closed"
    ENDED = "ended"


class WishState(StrEnum):
    """Where a wish stands. `gone`: taken back, or replaced by another of the same visitor."""

    WAITING = "waiting"
    APPROVED = "approved"
    SENT = "sent"
    MADE = "made"
    FAILED = "failed"
    DOUBT = "doubt"
    REFUSED = "refused"
    GONE = "gone"


IN_LINE = frozenset({WishState.WAITING, WishState.APPROVED})
COUNTED = frozenset({WishState.SENT, WishState.MADE, WishState.DOUBT})
"""What is made, may be, or is being made."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the presenter chose before the start.

    `images` in all, `each` for a visitor. `approve`: words wait for the presenter; `gate`: pictures
    do before they are projected. `menu` holds choices in place of free words, "" without.
    `values` are the form's other fields by the API's names.
    """

    title: str
    model: str
    images: int = IMAGES
    each: int = EACH
    approve: bool = True
    gate: bool = True
    menu: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody in the room: `number` counts from 0 and gives the name."""

    id: str
    number: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What came of a wish: the stored image, its seconds of work, listed price and seed.

    One of a rehearsal has `demo:NAME:SHA256` for its image, and the day of that, YYYY-MM-DD.
    """

    image: str
    seconds: float | None
    price_usd: Decimal | None
    seed: int | None
    model: str
    recorded_on: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. `number` counts from 1 in the order of arrival.

    `over` stands in place of the plan's model and values (a round's variants), `parent` is the wish
    that it goes on from. `why` is what went wrong, as a sentence. `shown`: the room may see it.
    `at` is when it came, `sent_at` when it was sent to be made, with which `token` of a job.
    `recorded`: the picture is a rehearsal's, or is going to be. `used` counts the images that it
    has used up of the session, whatever became of them: what is in doubt may have been paid.
    """

    id: str
    number: int
    visitor: str
    text: str
    state: WishState
    at: int
    sent_at: int = 0
    token: str = ""
    over: Mapping[str, Value] = field(default_factory=dict)
    parent: str | None = None
    picture: Picture | None = None
    why: str = ""
    shown: bool = False
    recorded: bool = False
    used: int = 0

    @property
    def spent(self) -> int:
        """How many images of the session are used up by it, one that is being made among them."""
        return self.used + (self.state is WishState.SENT and not self.recorded)

    @property
    def is_turn(self) -> bool:
        """Whether it is one of its visitor's images: what failed or was refused is none, unless an
        earlier try of it may have been paid.
        """
        if self.state is WishState.REFUSED:
            return False
        return self.state in COUNTED or bool(self.used or self.picture)


@dataclass(frozen=True, slots=True)
class Round:
    """A choice among wishes, by letters from A. Who votes again changes the vote.

    `votes` are the numbers of options by visitor. Totals stay hidden while it is open.
    """

    id: str
    options: tuple[str, ...]
    votes: Mapping[str, int] = field(default_factory=dict)
    open: bool = True

    @property
    def totals(self) -> list[int]:
        """The votes of each option."""
        given = list(self.votes.values())
        return [given.count(option) for option in range(len(self.options))]

    @property
    def winner(self) -> str | None:
        """The wish that won a closed round, the earlier one of two alike; None without votes."""
        if self.open or not self.votes:
            return None
        return self.options[self.totals.index(max(self.totals))]


@dataclass(frozen=True, slots=True)
class Variants:
    """Wishes that were made of one, the wish `of`, to be voted on among.

    `kind` says how they differ: seeds, models, settings, neighbours, draws. `vote`: a round begins
    by itself once all are made.
    """

    of: str
    kind: str
    wishes: tuple[str, ...]
    vote: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What the projector shows over all else, and the wish that is large on it."""

    wish: str | None = None
    wall: bool = False
    black: bool = False
    frozen: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """All of it. `version` counts events. `paused` rests with `why`; `rounds` are oldest first,
    `variants` are the newest ones.

    `trusted` is how many of the next words need no approval. `rehearsed`: what was rehearsed stands
    in for the platform. `recorded_on` is the day of that rehearsal, or of the session that is
    played, YYYY-MM-DD; then `shortened` says that its waits are. `place` is the host and port of
    the room's door, where phones find it after a restart; None of a recording.
    """

    id: str
    plan: Plan
    started: int
    version: int = 0
    door: Door = Door.CLOSED
    paused: bool = False
    why: str = ""
    trusted: int = 0
    rehearsed: bool = False
    recorded_on: str = ""
    shortened: bool = False
    place: tuple[str, int] | None = None
    scene: Scene = Scene()
    visitors: Mapping[str, Visitor] = field(default_factory=dict)
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    rounds: tuple[Round, ...] = ()
    variants: Variants | None = None
    ended: int = 0

    @property
    def played(self) -> bool:
        """Whether it is a recording that is played: nobody takes part in it."""
        return bool(self.recorded_on) and not self.rehearsed

    @property
    def used(self) -> int:
        """How many of its images are used, as the ledger counts them."""
        return sum(wish.spent for wish in self.wishes.values())

    @property
    def left(self) -> int:
        """How many images it still holds."""
        return max(0, self.plan.images - self.used)

    @property
    def spent_usd(self) -> Decimal:
        """What its images cost by the list; those of a rehearsal cost nothing now."""
        own = (wish for wish in self.wishes.values() if not wish.recorded)
        prices = (wish.picture.price_usd for wish in own if wish.picture)
        return sum((price for price in prices if price is not None), Decimal(0))

    @property
    def round(self) -> Round | None:
        """The newest round."""
        return self.rounds[-1] if self.rounds else None

    def of(self, visitor: str) -> list[Wish]:
        """Return a visitor's wishes, oldest first."""
        return [wish for wish in self.wishes.values() if wish.visitor == visitor]

    def turns_left(self, visitor: str) -> int:
        """Return how many images a visitor may still have."""
        return max(0, self.plan.each - sum(wish.is_turn for wish in self.of(visitor)))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: what it is, with which data, and when."""

    kind: str
    data: Mapping[str, Any]
    at: int
