"""A picture's way through a session: from its first words over each vote that it won. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.sessions.state import Picture, Round, Session, Wish, WishState
from backend.types import Value


@dataclass(frozen=True, slots=True)
class Step:
    """One picture of the way. `changed` is what it has other than the one before it.

    `round` is the last closed vote that it was part of, `option` its number there. `first`: nothing
    comes before it.
    """

    wish: Wish
    picture: Picture
    changed: Mapping[str, Value] = field(default_factory=dict)
    round: Round | None = None
    option: int = 0
    first: bool = False

    @property
    def votes(self) -> int:
        """How many voted for it."""
        return self.round.totals[self.option] if self.round else 0

    @property
    def won(self) -> bool:
        """Whether it won its vote."""
        return self.round is not None and self.round.winner == self.wish.id


def way_of(session: Session, wish_id: str) -> list[Step]:
    """Return the way to a wish's picture, the first words first; none without a picture.

    What has no picture, or was taken back, is left out.
    """
    chain: list[Wish] = []
    wish = session.wishes.get(wish_id)
    if wish is None or not _is_there(wish):
        return []
    while wish is not None and wish not in chain:  # a file that was changed may lead in a circle
        chain.insert(0, wish)
        wish = session.wishes.get(wish.parent or "")
    steps: list[Step] = []
    before: Wish | None = None
    for one in chain:
        if not _is_there(one):
            continue
        assert one.picture is not None
        round_ = _vote_on(session, one)
        option = round_.options.index(one.id) if round_ else 0
        steps.append(Step(one, one.picture, _changed(before, one), round_, option, not steps))
        before = one
    return steps


def newest_way(session: Session) -> str | None:
    """Return the wish to which the way of the evening leads: what won last, else the last made."""
    won = [one.winner for one in session.rounds if one.winner is not None]
    made = [one.id for one in session.wishes.values() if _is_there(one)]
    return next((one for one in [*won[::-1], *made[::-1]] if one in made), None)


def _is_there(wish: Wish) -> bool:
    return wish.state is WishState.MADE and wish.picture is not None


def _changed(before: Wish | None, wish: Wish) -> dict[str, Value]:
    """Return what stands over the plan otherwise than before, the seed apart: pictures have it."""
    if before is None:
        return {}
    return {
        name: value
        for name, value in wish.over.items()
        if name != "seed" and before.over.get(name) != value
    }


def _vote_on(session: Session, wish: Wish) -> Round | None:
    closed = [one for one in session.rounds if not one.open and wish.id in one.options]
    return closed[-1] if closed else None
