"""Blind tests: the next pair to vote on, votes, and what they show once the voting has ended.

Until then nobody is told which setting made which image. Of what is told of an experiment that
hides its cells, and its counts stay; a pair has two ids, in an order that was drawn. The images'
own details, in the gallery, do tell it: to look there is to know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean

from backend.background import Thread
from backend.errors import InvalidInput
from backend.experiments.ballots import Ballots, Cast
from backend.experiments.experiment import Experiment
from backend.experiments.experiments import Cells, Experiments
from backend.experiments.found import Made
from backend.experiments.pairs import Pair, pairs_of, seed_of
from backend.experiments.votes import CHOICES, Choice, Outcome, Vote, outcome
from backend.said import listed, msg
from backend.types import ImageRecord, RunState

KIND = "blind"

_ENDED = (RunState.SAVED, RunState.FAILED, RunState.UNKNOWN)
_REMEMBERED_MAX = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A pair as it may be shown: its number, its prompt, and the ids of its images."""

    number: int
    prompt: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class OfSetting:
    """What a setting's images took, in the mean: seconds and dollars, None where nobody knows."""

    label: str
    seconds: float | None
    price_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a voting stands. `to_show` are the next pairs, at most two; `newest` was voted on last.

    `waiting` pairs may yet have their images, `lost` ones have not; `outcome` and `settings` are
    there once it has `ended`.
    """

    pairs: int
    voted: int
    waiting: int
    lost: int
    to_show: tuple[Shown, ...]
    newest: int | None
    ended: bool
    outcome: Outcome | None = None
    settings: tuple[OfSetting, ...] = ()


@dataclass(frozen=True, slots=True)
class _Test:
    """A blind test: its pairs, and the cells of each by setting and prompt."""

    labels: Sequence[str]
    pairs: Sequence[Pair]
    cells: Mapping[tuple[int, int], int]
    seed: int


class BlindTests:
    """`thread` is the ledger's own."""

    def __init__(self, experiments: Experiments, ballots: Ballots, thread: Thread) -> None:
        self._experiments, self._ballots, self._thread = experiments, ballots, thread
        self._outcomes: dict[str, Outcome] = {}  # nothing changes them any more

    async def hides(self, one: Experiment) -> bool:
        """Whether nobody may be told yet which setting made which image of an experiment."""
        if one.kind != KIND:
            return False
        return not (await self._thread.run(self._ballots.cast, one.id)).ended

    async def standing(self, experiment_id: str) -> Standing:
        """Return how the voting stands. Raises: InvalidInput for what is no blind test."""
        one = await self._test(experiment_id)
        # First the votes: what ends between the two is told the next time.
        cast = await self._thread.run(self._ballots.cast, one.id)
        cells = await self._experiments.cells(one.id)
        test = _read(one, cells.made)
        if cast.ended:
            return await self._ended(one.id, test, cast, cells)
        ready, waiting, lost = _open(test, cast, cells)
        return Standing(
            pairs=len(test.pairs),
            voted=len(cast.votes),
            waiting=waiting,
            lost=lost,
            to_show=tuple(ready[:2]),
            newest=cast.newest,
            ended=False,
        )

    async def vote(self, experiment_id: str, pair: object, choice: object, *, owner: str) -> None:
        """Note what was chosen of a pair. Raises: InvalidInput."""
        one = await self._test(experiment_id)
        if choice not in CHOICES:
            raise InvalidInput(
                msg("{name} has no such choice.", name="choice"),
                msg("Choose {choices}.", choices=listed(CHOICES)),
                field="choice",
            )
        cells = await self._experiments.cells(one.id)
        test = _read(one, cells.made)
        number = _number(pair, test)
        images = _images(cells)
        at = test.pairs[number]
        both = test.cells[at.left, at.prompt], test.cells[at.right, at.prompt]
        if not all(position in images for position in both):
            raise InvalidInput(
                msg("The images of this pair are not there."),
                msg("Vote on one that is shown."),
                field="pair",
            )
        chosen: Choice = choice
        await self._thread.run(
            self._ballots.vote, one.id, number, both, chosen, owner=owner, pairs=len(test.pairs)
        )

    async def take_back(self, experiment_id: str, pair: object, *, owner: str) -> None:
        """Forget the vote on a pair. Raises: InvalidInput."""
        one = await self._test(experiment_id)
        cells = await self._experiments.cells(one.id)
        number = _number(pair, _read(one, cells.made))
        await self._thread.run(self._ballots.take_back, one.id, number, owner=owner)

    async def end(self, experiment_id: str, *, owner: str) -> None:
        """End the voting with the votes that there are. Raises: InvalidInput."""
        one = await self._test(experiment_id)
        await self._thread.run(self._ballots.end, one.id, owner=owner)

    async def _test(self, experiment_id: str) -> Experiment:
        one = await self._experiments.get(experiment_id)
        if one.kind != KIND:
            raise InvalidInput(msg("This experiment is no blind test."), field="id")
        return one

    async def _ended(self, own: str, test: _Test, cast: Cast, cells: Cells) -> Standing:
        found = self._outcomes.get(own)
        if found is None:
            votes = [
                Vote(pair.prompt, pair.left, pair.right, choice)
                for number, choice in sorted(cast.votes.items())
                if number < len(test.pairs)
                for pair in [test.pairs[number]]
            ]
            found = await asyncio.to_thread(outcome, votes, len(test.labels), test.seed)
            while len(self._outcomes) >= _REMEMBERED_MAX:
                del self._outcomes[next(iter(self._outcomes))]
            self._outcomes[own] = found
        images = _images(cells)
        return Standing(
            pairs=len(test.pairs),
            voted=len(cast.votes),
            waiting=0,
            lost=0,
            to_show=(),
            newest=None,
            ended=True,
            outcome=found,
            settings=tuple(
                _of_setting(
                    label,
                    [images[at] for (x, _), at in test.cells.items() if x == n and at in images],
                )
                for n, label in enumerate(test.labels)
            ),
        )


def _read(one: Experiment, made: Sequence[Made]) -> _Test:
    """Return the test that an experiment is. `made` are all of its cells."""
    axes = one.spec["axes"]
    labels, prompts = axes["x"]["labels"], axes["y"]["labels"]
    seed = seed_of(one.spec)
    cells = {(x, y): cell.position for cell in made for x, y, *_ in cell.places}
    return _Test(labels, pairs_of(len(labels), len(prompts), seed), cells, seed)


def _images(cells: Cells) -> dict[int, ImageRecord]:
    """Return the images that are there, by the positions of their cells."""
    return {
        cell.position: cell.run.record
        for cell in cells.made
        if cell.run and cell.run.record and cell.run.record.deleted is None
        if cell.position not in cells.under_way and not cell.again
    }


def _open(test: _Test, cast: Cast, cells: Cells) -> tuple[list[Shown], int, int]:
    """Return the pairs that can be voted on, and how many are to come and how many are lost.

    A prompt comes once all of its settings are through: were a pair shown as soon as it is there,
    the first ones would be of the fastest settings.
    """
    images = _images(cells)
    through = {
        cell.position
        for cell in cells.made
        if cell.position not in cells.under_way
        and not cell.again
        and cell.run
        and cell.run.state in _ENDED
    }
    requests = {cell.position: cell.request for cell in cells.made}
    settings = range(len(test.labels))
    ready: list[Shown] = []
    waiting = lost = 0
    for number, pair in enumerate(test.pairs):
        if number in cast.votes:
            continue
        if not all(test.cells[x, pair.prompt] in through for x in settings):
            waiting += 1
            continue
        left, right = (test.cells[x, pair.prompt] for x in (pair.left, pair.right))
        if left in images and right in images:
            prompt = requests[left].prompt
            ready.append(Shown(number, prompt, images[left].id, images[right].id))
        else:
            lost += 1
    return ready, waiting, lost


def _number(pair: object, test: _Test) -> int:
    number = isinstance(pair, int) and not isinstance(pair, bool)
    if not number or not 0 <= pair < len(test.pairs):  # type: ignore[operator]
        raise InvalidInput(
            msg("There is no such pair."),
            msg("Pairs have the numbers 0 to {most}.", most=len(test.pairs) - 1),
            field="pair",
        )
    return pair  # type: ignore[return-value]


def _of_setting(label: str, images: Sequence[ImageRecord]) -> OfSetting:
    seconds = [image.seconds for image in images if image.seconds is not None]
    prices = [image.price_usd for image in images if image.price_usd is not None]
    return OfSetting(
        label,
        fmean(seconds) if seconds else None,
        sum(prices, Decimal(0)) / len(prices) if prices else None,
    )
