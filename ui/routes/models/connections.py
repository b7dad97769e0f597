"""Further connections: listed, added, tested, changed, removed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from backend.settings.connections import NAME_MAX_CHARS
from ui.routes.models.base import Answer, Asked, one_of, told


class ConnectionWish(Asked):
    """A connection as a person enters it; what is empty or left out is no limit."""

    model_config = ConfigDict(
        json_schema_extra={
            "required": ["name", "kind"],
            "examples": [{"name": "home-gpu", "kind": "a1111", "api_url": "http://127.0.0.1:7860"}],
        }
    )

    do: Annotated[Any, one_of("add", "test")] = Field(
        "add", description="A test asks for its models and keeps nothing."
    )
    name: Annotated[Any, told({"type": "string", "minLength": 1, "maxLength": NAME_MAX_CHARS})] = (
        Field(None, description="Letters, digits, dots and dashes; its models' ids begin with it.")
    )
    kind: Annotated[Any, told({"type": "string"})] = Field(None, description="One of `kinds`.")
    api_url: Annotated[Any, told({"type": "string"})] = Field(
        "", description="Empty is the kind's usual address."
    )
    key: Annotated[Any, told({"type": "string", "format": "password"})] = ""
    lan: Annotated[Any, told({"type": "boolean"})] = Field(
        False, description="Plain http in one's own network, for servers of one's own alone."
    )
    requests_per_minute: Annotated[Any, told({"type": ["integer", "string", "null"]})] = None
    requests_per_day: Annotated[Any, told({"type": ["integer", "string", "null"]})] = None
    dollars_per_day: Annotated[Any, told({"type": ["number", "string", "null"]})] = None
    price_usd: Annotated[Any, told({"type": ["number", "string", "null"]})] = Field(
        None, description="Of one image; empty is the listed price."
    )


class ConnectionDeed(ConnectionWish):
    """What is to be done with a connection; an empty key keeps the saved one."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["do"], "examples": [{"do": "remove"}]}
    )

    do: Annotated[Any, one_of("change", "test", "remove")] = Field(
        None, description="Removed, its key is forgotten; its images stay."
    )
    without_key: Annotated[Any, told({"type": "boolean"})] = Field(
        False, description="Forget the saved key."
    )


class ConnectionKind(Answer):
    """A kind of connection."""

    name: str
    label: str
    api_url: str = Field(description="Where it usually is, empty where nobody can know.")
    needs_key: bool
    takes_key: bool
    local: bool = Field(description="A server of one's own.")
    key_example: str


class OneConnection(Answer):
    """A connection; its key is never told."""

    name: str
    kind: str
    label: str = Field(description="Its kind, in words.")
    api_url: str
    has_key: bool
    lan: bool
    requests_per_minute: str
    requests_per_day: str
    dollars_per_day: str
    price_usd: str
    models: int
    text: str = Field(description="What it offers, or why it does not answer, in words.")
    ok: bool = Field(description="Whether it told its models when it was asked last.")


class Connections(Answer):
    """The further connections in the order of their making, and the kinds there are."""

    connections: list[OneConnection]
    kinds: list[ConnectionKind]
