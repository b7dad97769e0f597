"""Demo sessions: the desk's state, and what a presenter does."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from backend.sessions.desk import OPTIONS_MAX, TRUSTED_MAX
from backend.sessions.room import WISHES_MAX
from backend.sessions.state import IMAGES_MAX, Door, WishState
from backend.sessions.variants import KINDS, LEAST
from ui.routes.models.base import EXAMPLE_ID, Answer, Asked, Dollars, Id, Seed, one_of, told, whole

Count = Annotated[int, Field(ge=0)]
Milliseconds = Annotated[int, Field(ge=0, description="Since 1970")]


_VALUES = {
    "type": "array",
    "items": {"type": ["string", "number", "boolean"]},
    "minItems": LEAST,
    "maxItems": OPTIONS_MAX,
}


class StartSession(Asked):
    """What a session is to hold."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Open day", "model": "black-forest-labs/FLUX.1-schnell"}],
            "required": ["model"],
        }
    )

    title: Any = Field("", description="What the projector shows first.")
    model: Any = Field(None, description="The model's id.")
    images: Annotated[Any, whole(1, IMAGES_MAX)] = Field(
        None, description="How many images are made at most; 40 where nothing is said."
    )
    per_visitor: Annotated[Any, whole(1, IMAGES_MAX)] = Field(
        None, description="How many of them each visitor may have; 2 where nothing is said."
    )
    approve: Annotated[Any, told({"type": "boolean"})] = Field(
        True, description="Whether words wait for the presenter before they cost anything."
    )
    gate: Annotated[Any, told({"type": "boolean"})] = Field(
        True, description="Whether pictures wait for the presenter before the room sees them."
    )
    menu: Any = Field("", description="Choices in place of words: `a {cat|robot} at sea`.")
    values: Annotated[Any, told({"type": "object"})] = Field(
        None, description="The model's other parameters by name."
    )
    host: Any = Field("", description="The address of the room's door; every one without it.")
    port: Annotated[Any, whole(0, 65_535)] = Field(
        None, description="The port of the room's door; 7861 where nothing is said, 0 for any."
    )


class PlannedSession(Answer):
    """What a session would cost at most."""

    images: Count
    per_visitor: Count
    price_usd: Dollars | None = Field(description="Of all images; null where no price is listed.")
    seconds: float | None = Field(ge=0, description="At least; null where nothing is known.")
    today: int | None = Field(
        ge=0, description="How many the day's limit still holds; null without one."
    )
    text: str = Field(description="All of it in words.")


class SessionDeed(Asked):
    """What is to happen with the session."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"do": "open"}], "required": ["do"]})

    do: Annotated[
        Any,
        one_of(
            *("check", "open", "close", "rotate", "pause", "resume", "raise", "trust", "scene"),
            *("variants", "round", "closed", "onward", "address", "next", "end", "forget"),
            *("keep", "rehearse", "refuse_all", "helper"),
        ),
    ] = Field(
        None,
        description="`check` opens the door to prove the address; `open` lets people in, `close`"
        " takes nothing more; `rotate` changes the code, `helper` the helper's link;"
        " `raise` adds `images`; `trust` approves"
        " the `next` wishes by themselves; `scene` shows wall, black, a frozen picture, the code;"
        " `variants` has 2 to 4 of `wish` made; `round` lets the room vote among `options`, or the"
        " newest variants, `closed` ends that; `onward` makes the winner's neighbouring seeds;"
        " `next` begins anew for another group; `end` ends it; `forget` ends it and takes all that"
        " belongs to it away; `address` shows another `url` of the door;"
        " `refuse_all` takes all ideas of a `group` away;"
        " `keep` keeps it as a rehearsal called `name`; `rehearse` lets the rehearsal `demo`"
        " stand in for the platform, or with `on` false no longer.",
    )
    session: Any = Field(
        None,
        description="The id of the session that is meant; refused once another is the one of now.",
    )
    wish: Any = Field("", description="The id of the wish to vary.")
    kind: Annotated[Any, one_of(*KINDS)] = Field(None, description="What variants differ in.")
    field: Any = Field("", description="The setting that they differ in.")
    values: Annotated[Any, told(_VALUES)] = Field(
        None, description="Two to four models' ids, seeds, or values of the setting."
    )
    count: Annotated[Any, whole(LEAST, OPTIONS_MAX)] = Field(
        None, description="How many seeds; 4 where nothing is said."
    )
    vote: Annotated[Any, told({"type": "boolean"})] = Field(
        False, description="Whether the vote begins by itself, once all are made."
    )
    keep: Annotated[Any, told({"type": "boolean"})] = Field(
        True, description="With `next`: false forgets the group before."
    )
    images: Annotated[Any, whole(1, IMAGES_MAX)] = Field(None, description="How many more.")
    next: Annotated[Any, whole(0, TRUSTED_MAX)] = Field(None, description="How many wishes.")
    options: Annotated[Any, told({"type": "array", "items": {"type": "string"}})] = Field(
        None, description="Ids of two to four wishes."
    )
    group: Annotated[Any, whole(1, WISHES_MAX)] = Field(None, description="A group's number.")
    name: Any = Field("", description="What the rehearsal is called.")
    demo: Any = Field(None, description="The name of a rehearsal; the newest without it.")
    on: Annotated[Any, told({"type": "boolean"})] = Field(
        True, description="Whether the rehearsal stands in."
    )
    url: Any = Field("", description="One of the door's addresses.")
    wall: Annotated[Any, told({"type": "boolean"})] = None
    black: Annotated[Any, told({"type": "boolean"})] = None
    frozen: Annotated[Any, told({"type": "boolean"})] = None
    code: Annotated[Any, told({"type": "boolean"})] = None


class WishByHand(Asked):
    """An idea from the room that somebody called out."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "a lighthouse at sea"}], "required": ["text"]}
    )

    text: Any = Field("", description="Up to 300 characters.")


class WishDeed(Asked):
    """What is to happen with a wish."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"do": "approve"}], "required": ["do"]}
    )

    do: Annotated[Any, one_of("approve", "hold", "refuse", "show", "hide", "again")] = Field(
        None,
        description="`approve` has it made, `hold` lets it wait again; `refuse` takes it away, its"
        " sender may send another; `show` projects its picture, `hide` takes that away;"
        " `again` tries anew what failed.",
    )


class DoorAddress(Answer):
    """Where phones reach the room's door."""

    url: str
    network: str = Field(description="The interface's name.")
    reached: bool = Field(description="Whether a phone came in by it.")


class WishPicture(Answer):
    """What came of a wish."""

    id: Id
    image: str = Field(description="The stored image's id, or what stands for a rehearsal's.")
    image_url: str = Field(pattern="^/")
    thumb_url: str = Field(pattern="^/")
    prompt: str
    name: str
    seconds: float | None
    price_usd: Dollars | None
    was_usd: Dollars | None = Field(description="What a recorded one cost then; now it is free.")
    seed: Seed | None
    model: str
    recorded: bool = Field(description="Whether it comes from a rehearsal.")
    recorded_on: str = Field(description="The mark of a recorded one; else empty.")


class SessionWish(Answer):
    """A wish as the desk sees it."""

    id: Id
    number: Count
    name: str = Field(description="Who sent it: a name that the program gave.")
    own: bool = Field(description="Whether the presenter added it.")
    text: str
    state: WishState
    place: int | None = Field(description="In the line, from 1.")
    at: Milliseconds
    sent_at: Milliseconds | None
    why: str = Field(description="What went wrong.")
    shown: bool
    parent: Id | None
    recorded: bool
    picture: WishPicture | None
    marked: bool = Field(description="Whether it waits and holds a word of `blocked.txt`.")
    group: int | None = Field(description="The group that it waits in; null outside of them.")


class WishGroup(Answer):
    """Many ideas that came from one address, which the room does not share."""

    group: Annotated[int, Field(ge=1)]
    wishes: Count = Field(description="How many of them wait.")


class RoundOption(WishPicture):
    """A picture to vote on."""

    letter: str


class SessionRound(Answer):
    """A vote of the room."""

    id: str
    open: bool
    options: list[RoundOption]
    votes: Count
    totals: list[int] | None = Field(description="By option; hidden from the room while open.")
    winner: Id | None


class SessionVariants(Answer):
    """Wishes that were made of one, to be voted on."""

    of: Id
    kind: str
    wishes: list[Id]
    vote: bool = Field(description="Whether the vote begins by itself, once all are made.")
    note: str = Field(description="What to know of them; may be empty.")


class SessionScene(Answer):
    """What the projector shows."""

    wish: Id | None
    wall: bool
    black: bool
    frozen: bool
    code: bool


class Desk(Answer):
    """A session, as its presenter sees it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID}]})

    id: Id
    title: str
    model: str
    state: Door
    version: Count
    paused: bool
    why: str = Field(description="Why it rests.")
    trouble: str = Field(description="What the disk or the network refuses; may be empty.")
    code: str = Field(description="Four signs, changed every ten minutes.")
    url: str = Field(description="What to scan or type; empty while no door is open.")
    helper_url: str = Field(
        description="Opens the two gates to a helper's device: not for the room. Empty while no"
        " door is open."
    )
    addresses: list[DoorAddress]
    here: int = Field(description="Seen in the last minute.")
    visitors: Count
    images: Count
    per_visitor: Count
    approve: bool
    gate: bool
    menu: str
    used: Count
    left: Count
    spent_usd: Dollars | None
    image_price_usd: Dollars | None = Field(description="Of one image, by the list.")
    trusted: Count
    rehearsed: bool = Field(description="Whether a rehearsal stands in for the platform.")
    recorded: bool = Field(description="Whether what is shown comes from a rehearsal.")
    recorded_on: str = Field(description="The mark of what is recorded; else empty.")
    played: bool = Field(description="Whether it is a recording that is played.")
    plays_s: Count | None = Field(description="The seconds that what is played still takes.")
    wishes: list[SessionWish] = Field(
        description="As they came; waiting ones of groups, then marked ones stand last, and of many"
        " that wait or failed the first are told."
    )
    untold: Count = Field(description="How many more wait.")
    groups: list[WishGroup]
    scene: SessionScene
    round: SessionRound | None
    variants: SessionVariants | None


class KeptSession(Answer):
    """A session in the list."""

    id: Id
    title: str
    model: str
    started: Milliseconds
    ended: Milliseconds | None
    images: Count = Field(description="How many were made.")
    spent_usd: Dollars | None
    visitors: Count


class KeptSessions(Answer):
    """All sessions of the data folder, newest first."""

    sessions: list[KeptSession]


class KeptPicture(Answer):
    """A picture of a session, without who asked for it."""

    wish: Id
    image: Id
    text: str
    seed: Seed | None
    model: str
    seconds: float | None
    price_usd: Dollars | None
    parent: Id | None


class KeptRound(Answer):
    """A vote that is over."""

    options: list[Id]
    totals: list[int]
    winner: Id | None


class WholeSession(KeptSession):
    """A session with its pictures and votes."""

    pictures: list[KeptPicture]
    rounds: list[KeptRound]
    leads_to: Id | None = Field(description="The wish that won last, else the last one made.")


class KeptDeed(Asked):
    """What is to happen with a session that has ended."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"do": "delete"}], "required": ["do"]}
    )

    do: Annotated[Any, one_of("delete", "forget")] = Field(
        None,
        description="`delete` takes it from the list, its images stay; `forget` takes images,"
        " prompts and recordings away, too.",
    )


class StepVote(Answer):
    """The vote that a picture was part of."""

    letter: str
    votes: Count
    of: Count = Field(description="How many voted in all.")
    won: bool


class LineageStep(KeptPicture):
    """A picture of the way."""

    changed: list[str] = Field(description="What it has other than the one before, in words.")
    vote: StepVote | None


class SessionLineage(Answer):
    """A picture's way through a session, from the first words on."""

    session: Id
    title: str
    wish: Id
    steps: list[LineageStep]
