"""What a platform's API is to us: requests as data, answers as data; nothing is sent from here.

A new provider is one file with a class of this shape and one line in `providers/__init__.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from backend.errors import PlaygroundError
from backend.types import GenerationRequest, RawImage, WireCall


@dataclass(frozen=True, slots=True)
class Tier:
    """What an account may ask for; `requests_per_day` None is no limit."""

    requests_per_minute: int
    requests_per_day: int | None


@dataclass(frozen=True, slots=True)
class Platform:
    """What is known of a platform beside its calls.

    `name` stands in settings, in the catalogue and in /healthz; `env` begins the names of its
    settings. `tiers` are the account's, the first one the default. `key` is what a bare key looks
    like, `key_example` stands for one. `paths` are those that a pasted URL may end in.
    `answer` shows what a paid call answers, `image_at` leads to the image's base64 in it.
    """

    name: str
    label: str
    env: str
    tiers: Mapping[str, Tier]
    key: re.Pattern[str]
    key_example: str
    paths: tuple[str, ...]
    answer: str
    image_at: tuple[str | int, ...]

    @property
    def url_setting(self) -> str:
        return f"{self.env}_API_URL"

    @property
    def key_setting(self) -> str:
        return f"{self.env}_API_KEY"

    @property
    def key_host_setting(self) -> str:
        """The name of the host that the saved key is for."""
        return f"{self.env}_KEY_HOST"

    @property
    def tier_setting(self) -> str:
        return f"{self.env}_TIER"

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of all settings of this platform."""
        return (self.url_setting, self.key_setting, self.key_host_setting, self.tier_setting)

    @property
    def first_tier(self) -> str:
        return next(iter(self.tiers))


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """One model of the account's own list, as the platform tells it.

    `price` is in the platform's unit, which it does not document; None where it is absent or not a
    number.
    """

    id: str
    price: Decimal | None
    makes_images: bool


class Provider(Protocol):
    """Translates between our requests and one platform's API. Every method is pure."""

    @property
    def platform(self) -> Platform:
        """What is known of the platform beside its calls."""
        ...

    def build(self, request: GenerationRequest) -> WireCall:
        """Return the one paid call that makes `request`'s image. Never holds a key."""
        ...

    def parse(self, body: bytes) -> RawImage:
        """Return the image in a 2xx answer.

        Raises: BadAnswer, and nothing else, whatever the bytes are.
        """
        ...

    def models_call(self) -> WireCall:
        """Return the free call that lists the account's models."""
        ...

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        """Return the models in a 200 answer; entries without a name are left out.

        Raises: LookupFailed.
        """
        ...

    def credits_call(self) -> WireCall:
        """Return the free call that asks for the balance."""
        ...

    def parse_credits(self, body: bytes) -> Decimal:
        """Return the balance in US dollars; it can be negative, it is never NaN.

        Raises: LookupFailed.
        """
        ...

    def explain(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime | None = None,
    ) -> PlaygroundError:
        """Return (not raise) what an HTTP failure means, quoting the platform's own words.

        A Retry-After date counts from the answer's own Date header, so a wrong local clock does
        not matter; `now` (UTC) stands in where that header is absent.
        """
        ...
