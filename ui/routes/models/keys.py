"""The keys of other programs: made, listed, removed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from backend.programs.key import NAME_MAX_CHARS
from ui.routes.models.base import Answer, Asked, Dollars, Id, Moment, one_of, told


class NewKey(Asked):
    """A key to be made; what is empty or left out is no limit."""

    model_config = ConfigDict(
        json_schema_extra={
            "required": ["name"],
            "examples": [{"name": "open-webui", "requests_per_day": 20}],
        }
    )

    name: Annotated[Any, told({"type": "string", "minLength": 1, "maxLength": NAME_MAX_CHARS})] = (
        Field(None, description="The program that it is for.")
    )
    requests_per_day: Annotated[Any, told({"type": ["integer", "string", "null"]})] = None
    dollars_per_day: Annotated[Any, told({"type": ["number", "string", "null"]})] = None


class KeyDeed(Asked):
    """What is to be done with it."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["do"], "examples": [{"do": "remove"}]}
    )

    do: Annotated[Any, one_of("remove")] = Field(
        None, description="It lets nobody in any more; what it made and used stays."
    )


class ProgramKey(Answer):
    """A key. Itself is told once, when it is made."""

    id: Id
    name: str
    created: Moment
    last: Moment | None = Field(description="When it last asked for images.")
    requests_per_day: int | None = Field(description="Its own limit, null for none.")
    dollars_per_day: Dollars | None = Field(description="Its own limit, null for none.")
    requests_today: int = Field(description="Of the platform, today (UTC).")
    dollars_today: float
    text: str = Field(description="What it may use and has used, in words.")


class ProgramKeys(Answer):
    """All keys, the newest first, and where programs find the interface."""

    base_url: str = Field(examples=["http://127.0.0.1:7860/v1"])
    mcp_url: str = Field(examples=["http://127.0.0.1:7860/mcp"])
    a1111_url: str = Field(
        description="For programs that ask a Stable Diffusion web UI; they add `/sdapi/v1`.",
        examples=["http://127.0.0.1:7860"],
    )
    keys: list[ProgramKey]


class MadeKey(ProgramKeys):
    """The same with the new key, which is told nowhere else again."""

    key: str = Field(examples=["sbp_..."])
    id: Id
