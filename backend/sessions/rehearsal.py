"""What was rehearsed, as answers to wishes: the same words, the same settings. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from backend.sessions.state import Event, Picture, Wish
from backend.sessions.text import folded
from backend.types import Value

WAIT_MAX_S = 120.0
"""A longer wait was none of the platform's: the program was closed meanwhile, say."""

_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A picture that was made in a rehearsal, and the seconds that the room waited for it."""

    picture: Picture
    wait_s: float


class Rehearsed:
    """The answers of one rehearsal. Words that were sent several times are answered in turn."""

    def __init__(self, pairs: Iterable[tuple[Wish, Answer]]) -> None:
        self._answers: dict[_Key, deque[Answer]] = defaultdict(deque)
        for wish, answer in pairs:
            self._answers[_key(wish.text, wish.over)].append(answer)

    def has(self, wish: Wish) -> bool:
        """Whether this was rehearsed."""
        return _key(wish.text, wish.over) in self._answers

    def take(self, wish: Wish) -> Answer:
        """Return the answer whose turn it is. Raises: LookupError where there is none."""
        answers = self._answers[_key(wish.text, wish.over)]
        answers.rotate(-1)
        return answers[-1]


def waits(timed: Iterable[tuple[int, Event]]) -> dict[str, float]:
    """Return how many seconds each wish took that landed, by its id; times are milliseconds."""
    sent: dict[str, int] = {}
    found: dict[str, float] = {}
    for at, event in timed:
        if event.kind == "sent":
            sent[event.data["id"]] = at
        elif event.kind == "landed" and event.data["id"] in sent:
            took_s = (at - sent[event.data["id"]]) / 1000
            found[event.data["id"]] = min(WAIT_MAX_S, max(0.0, took_s))
    return found


def rehearsed_of(
    wishes: Iterable[Wish], waited: Mapping[str, float], there: Callable[[Picture], bool]
) -> Rehearsed:
    """Return the answers of a rehearsal's wishes whose pictures are `there`."""
    pairs = (
        (wish, Answer(wish.picture, waited.get(wish.id, wish.picture.seconds or 0.0)))
        for wish in wishes
        if wish.picture is not None and there(wish.picture)
    )
    return Rehearsed(pairs)


def _key(text: str, over: Mapping[str, Value]) -> _Key:
    return folded(text), tuple(sorted((name, str(value)) for name, value in over.items()))
