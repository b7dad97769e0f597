"""Blind tests: pairs to vote on, votes, and what they show."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from backend.experiments.votes import CHOICES
from ui.routes.models.base import Answer, Asked, Dollars, Id, one_of, whole

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Ballot(Asked):
    """A vote, or what else is to happen with the voting."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"do": "vote", "pair": 3, "choice": "left"}],
            "required": ["do"],
        }
    )

    do: Annotated[Any, one_of("vote", "undo", "end")] = Field(
        None,
        description="`vote` on a pair; `undo` takes its vote back; `end` ends the voting and shows"
        " the result, after which no vote changes.",
    )
    pair: Annotated[Any, whole(0, 1 << 31)] = Field(None, description="The pair's number.")
    choice: Annotated[Any, one_of(*CHOICES)] = Field(
        None, description="`equal` and `bad` (both are) count half for each side."
    )


class PairToShow(Answer):
    """Two images on one prompt. Which setting made which is not told before the end."""

    number: Count
    prompt: str
    left: Id
    right: Id


class SettingResult(Answer):
    """How one setting did."""

    label: str
    share: Share | None = Field(
        description="How often it is preferred to another one; null without votes."
    )
    interval: list[float] | None = Field(description="95 %.")
    seconds: float | None = Field(ge=0, description="Of an image, in the mean.")
    price_usd: Dollars | None = Field(description="Of an image, in the mean.")


class TwoSettings(Answer):
    """What was said of two settings."""

    settings: list[int] = Field(description="Their places in `settings`.")
    votes: Count
    won: list[int]
    equal: Count
    bad: Count
    rate: Share = Field(description="Of the first one, ties as half a win.")
    chance: Share = Field(
        description="That the first one is preferred, by the votes on all settings; of two, the"
        " rate."
    )
    interval: list[float] = Field(
        description="Of the chance: 95 %, for all comparisons of the test together."
    )
    shows: bool = Field(description="Whether that leaves out one half, and 6 votes are there.")
    says: str


class LeftSide(Answer):
    """How often the left image won, where a side did."""

    won: Count
    of: Count
    doubtful: bool = Field(description="It is so far from half that the test is doubtful.")


class BlindResult(Answer):
    """What the votes show."""

    votes: Count
    says: list[str] = Field(description="The result in sentences.")
    settings: list[SettingResult]
    between: list[TwoSettings]
    bad: Count = Field(description="Votes that both were bad.")
    left: LeftSide


class Voting(Answer):
    """How the voting of a blind test stands."""

    open: bool
    pairs: Count
    voted: Count
    waiting: Count = Field(description="Pairs whose images may yet come.")
    lost: Count = Field(description="Pairs without a vote whose images did not come.")
    to_show: list[PairToShow] = Field(description="The next pair, and the one after it.")
    newest: int | None = Field(description="The pair of the last vote, which can be taken back.")
    result: BlindResult | None = Field(description="Once the voting has ended.")
