"""How the program stands: health, header, settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ui.routes.models.base import Answer


class Health(Answer):
    """It can generate."""

    status: Literal["ok"]
    provider: str = Field(
        description="Who makes the images: a platform, or `offline`.", examples=["offline"]
    )
    version: str


class Starting(Answer):
    """It cannot generate yet, or no longer."""

    status: Literal["starting"]


class Ready(Answer):
    """What it stands on answers."""

    status: Literal["ok"]
    database: Literal["ok"]


class NotReady(Answer):
    """It ends, or something that it stands on does not answer."""

    status: Literal["down"]
    database: Literal["ok", "down"]


class Status(Answer):
    login: bool = Field(description="Whether a session let this in, which can be logged out.")
    offline: bool = Field(description="Whether the sample engine answers.")
    mode: str = Field(description="Where images come from, in words.")
    notices: list[str] = Field(description="What the start put right, or found missing.")


class Credits(Answer):
    """What the account holds, and what was sent today (UTC)."""

    balance_usd: float | None = Field(
        description="US dollars; null for the sample engine, or where the platform does not say."
    )
    requests_today: int
    dollars_today: float


class OwnLimits(Answer):
    requests_per_minute: str
    requests_per_day: str
    dollars_per_day: str
    experiment_sends: str


class Tier(Answer):
    name: str
    label: str


class Setup(Answer):
    """The settings, without the key."""

    api_url: str
    has_key: bool = Field(description="Whether a key is saved. It is never told.")
    tier: str
    own_limits: OwnLimits = Field(description="As typed; empty takes the tier's.")
    offline: bool
    shared: bool = Field(
        description="Whether several machines share them: then address and key are set elsewhere."
    )
    tiers: list[Tier]
    used: str = Field(description="What is used of the limits, in words.")
    in_force: str = Field(description="Where images come from and within which limits, in words.")


class Pasted(Answer):
    """What a pasted text holds."""

    api_url: str | None
    has_key: bool
    key: str | None = Field(
        description="The key's beginning and end, to tell it from another.", examples=["ak_…f3a"]
    )
    text: str = Field(description="The same in words, and what to do next.")


class Tested(Answer):
    text: str = Field(description="What the platform said, in words.")
