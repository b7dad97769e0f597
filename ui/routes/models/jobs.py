"""Jobs and their runs, as they go and as they are recorded."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from backend.types import RunState
from ui.routes.models.base import Answer, Dollars, Error, Id, Moment, Seed
from ui.routes.models.images import Record


class TriedAgain(Answer):
    """The later try of the same request that stands for it."""

    run: Id
    created: Moment
    image: Id | None = Field(description="Its image, once there is one.")


class Way(Answer):
    """A link to where something can be done about the error."""

    text: str
    href: str


class JobRun(Answer):
    """One request of a job as it stands."""

    id: Id
    index: int = Field(ge=0)
    state: RunState
    prompt: str
    seed: Seed | None
    width: float | None
    height: float | None
    sent_s: float | None = Field(
        ge=0, description="Seconds since it was sent, where it is under way."
    )
    list_price: str | None = Field(description="In words.", examples=["$0.009"])
    free: bool = Field(description="Whether it is known to cost nothing.")
    record: Record | None = Field(description="There once it is saved.")
    error: Error | None
    way: Way | None
    balance: str | None = Field(
        description="What the account held before and after, in words, where that is known of a "
        "request that may have been charged."
    )
    unsent: Literal["stopped", "failed", "ended"] | None = Field(
        description="Why it was not sent, where it was not: stopped, another one failed, or the"
        " program ended."
    )
    after_stop: bool = Field(description="Whether it arrived although the job was stopped.")
    other_model: str | None = Field(
        description="In words, where a server made it with another model than was asked for."
    )
    dismissed: bool
    waits_for: str = Field(description="Why it waits; empty where it does not.")
    waits_until: Moment | None
    tried_again: TriedAgain | None


class Job(Answer):
    """The requests of one click."""

    id: Id
    model: str
    model_label: str
    prompt: str = Field(description="As it was typed: braces in it may have been choices.")
    asked: list[str]
    created: Moment
    age_s: float = Field(ge=0, description="Seconds since it began, or that it took.")
    ended: bool
    usual_s: float | None = Field(
        description="Seconds that an image of this model takes of late; null where none is known."
    )
    runs: list[JobRun]


class Jobs(Answer):
    """Running jobs and last results, oldest first; or a part of what is in doubt."""

    jobs: list[Job]
    in_doubt: int = Field(
        ge=0, description="How many requests may have been charged and were not put away, in all."
    )
    earlier: str | None = Field(
        description="The cursor of those in doubt that are not shown yet, null at the end."
    )
    as_of: Moment


class PutAway(Answer):
    """What was put away."""

    count: int = Field(ge=0)


class Started(Answer):
    """The job that was begun, or that already had this token."""

    job: Job


class Event(Answer):
    """What one event of the stream holds."""

    job: Id
    run: JobRun


class Run(Answer):
    """One recorded request."""

    id: Id
    state: RunState
    model: str
    prompt: str
    seed: Seed | None
    created: Moment
    price_usd: Dollars = Field(
        description="US dollars counted against the day's limit: the listed price, "
        "0 where nothing was charged or no price is listed."
    )
    attempts: int = Field(ge=0, description="How often it was sent.")
    error: str | None = Field(description="The kind of error.", examples=["NoCredit"])
    message: str | None = Field(description="The error in words.")


class Runs(Answer):
    """A part of all requests, newest first."""

    runs: list[Run]
    next: str | None = Field(description="The cursor of what follows, null at the end.")
    total: int = Field(ge=0, description="How many there are in this state, or in all.")
