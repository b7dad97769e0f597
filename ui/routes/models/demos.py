"""Rehearsals of demo sessions: what there are, and what a presenter does with them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from backend.sessions.player import LONGEST_MAX_S, LONGEST_MIN_S, SPEED_MAX
from ui.routes.models.base import Answer, Asked, one_of, told

Speed = told({"type": "number", "minimum": 1, "maximum": SPEED_MAX})
Longest = told({"type": "number", "minimum": LONGEST_MIN_S, "maximum": LONGEST_MAX_S})


class KeepDemo(Asked):
    """A session that is kept as a rehearsal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Open day"}]})

    session: Any = Field(None, description="The session's id; that of now without it.")
    name: Any = Field("", description="What the rehearsal is called; the session's title without.")


class DemoDeed(Asked):
    """What is to happen with a rehearsal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"do": "play"}], "required": ["do"]})

    do: Annotated[Any, one_of("play", "stop", "delete")] = Field(
        None,
        description="`play` makes it the session of now, and the one under way rests meanwhile;"
        " `stop` ends that; `delete` removes it.",
    )
    speed: Annotated[Any, Speed] = Field(1, description="How many times as fast as it was.")
    longest_s: Annotated[Any, Longest] = Field(
        None, description="The longest wait that is played, in seconds; the real ones without it."
    )
    host: Any = Field("", description="The address of the room's door; that of before without it.")
    port: Any = Field(None, description="The port of the room's door; that of before without it.")


class Demo(Answer):
    """A rehearsal."""

    name: str = Field(description="Names it in addresses.", examples=["open-day"])
    session: str = Field(description="The id of the session that it was kept of.")
    title: str
    recorded: str = Field(description="The day, YYYY-MM-DD.", examples=["2026-01-31"])
    recorded_on: str = Field(description="The same as people read it.")
    model: str
    events: Annotated[int, Field(ge=0)]
    seconds: float = Field(description="How long it takes with its own waits.")
    images: Annotated[int, Field(ge=0)]
    missing: Annotated[int, Field(ge=0, description="Images that stay grey.")]
    playing: bool


class Demos(Answer):
    """All rehearsals, the newest first."""

    demos: list[Demo]
    kept: str | None = Field(description="The name of the one that was kept just now.")
