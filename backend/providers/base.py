"""What a platform's API is to us: requests as data, answers as data; nothing is sent from here.

A new provider is one file with a class of this shape and one line in `providers/__init__.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, Self

from backend.errors import (
    CHECK,
    FREE,
    BadAnswer,
    LookupFailed,
    PlaygroundError,
    SettingsError,
)
from backend.providers.explain import explain, explain_local
from backend.said import msg
from backend.types import Answered, GenerationRequest, ParamSpec, Ticket, WireCall

NO_KEY = re.compile(r"(?!)")
"""What the key of a platform looks like that has none: nothing."""


class Auth(StrEnum):
    """How a call says whose it is: the header `Authorization` that goes with it."""

    BEARER = "bearer"  # Bearer KEY
    BASIC = "basic"  # Basic, of USER:PASSWORD
    KEY = "key"  # Key KEY
    NONE = "none"  # no such header


@dataclass(frozen=True, slots=True)
class Tier:
    """What an account may ask for; `requests_per_day` None is no limit."""

    requests_per_minute: int
    requests_per_day: int | None


@dataclass(frozen=True, slots=True)
class Platform:
    """What is known of a platform beside its calls.

    `name` stands in settings, in the catalogue and in /healthz; `env` begins the names of its
    settings. `tiers` are the account's, the first one the default; none where it has no limits.
    `key` is what a bare key looks like, `key_example` stands for one; `needs_key` says whether it
    answers nobody without. `paths` are those that a pasted URL may end in, `url` is where it is
    unless somebody says otherwise. `base` is the path that its base URL usually has, where it names
    no `url`.

    `answer` shows what a paid call answers, `image_at` leads to the image's base64 in it; () where
    it holds none, and `answer` is "" where it is the image file itself. `polled` shows what the
    questions after a Ticket are answered, in order: the last one has the image, or its link.

    `local` is for servers of one's own: without a key, also over plain http in one's own network.
    `link_hosts` are hosts beside the API's own that images may be fetched from; one that begins
    with a dot stands for all below it. `params` are what each model takes that only the server
    tells of, and `workflows` says that its models are files of the user's own. `nameless`: it has
    one model, no answer says which, and after its next start that may be another one.
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
    auth: Auth = Auth.BEARER
    needs_key: bool = True
    local: bool = False
    link_hosts: tuple[str, ...] = ()
    polled: tuple[str, ...] = ()
    url: str = ""
    base: str = ""
    params: tuple[ParamSpec, ...] = ()
    workflows: bool = False
    nameless: bool = False

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
        return next(iter(self.tiers), "")


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """One model of the account's own list, as the platform tells it.

    `price` is in the platform's unit, which it does not document; None where it is absent or not a
    number. `version` is what a server tells of the weights that it has under this name, a hash for
    example. `params` are what it takes, () for those of the platform.
    """

    id: str
    price: Decimal | None
    makes_images: bool
    version: str = ""
    params: tuple[ParamSpec, ...] = ()


class Provider(Protocol):
    """Translates between our requests and one platform's API. Every method is pure.

    What most platforms lack has its answer in `Lacking`: a class may begin with that.
    """

    @property
    def platform(self) -> Platform:
        """What is known of the platform beside its calls."""
        ...

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        """Return the one paid call that makes `request`'s image. Never holds a key.

        `run_id` (32 hex digits) is for APIs that take an id of ours. Raises: InvalidInput where the
        API has no words for the request.
        """
        ...

    def parse(self, body: bytes) -> Answered:
        """Return the image in a 2xx answer, where it is, or how to ask for it.

        Raises: BadAnswer, and nothing else, whatever the bytes are.
        """
        ...

    def follow(self, ticket: Ticket, body: bytes) -> Answered:
        """Return what a 2xx answer to `ticket.poll` holds; a Ticket again: not yet.

        Raises: a kind of PlaygroundError when it failed: Refused or its kinds where the platform
        says so and does not bill it, else BadAnswer. BadAnswer, and nothing else, for bytes that
        make no sense.
        """
        ...

    def ended(
        self, ticket: Ticket, status: int, headers: Mapping[str, str], body: bytes
    ) -> PlaygroundError | None:
        """Return what a refusal of `ticket.poll` says of the image itself: that it failed.

        None where it is about the question alone, which is asked again. Header names are in lower
        case.
        """
        ...

    def lost(self, run_id: str) -> Ticket | None:
        """Return how to ask for what `build` sent with this `run_id` when its answer was lost.

        None where the API takes no id of ours: then it is in doubt for good.
        """
        ...

    def models_call(self) -> WireCall | None:
        """Return the free call that lists the account's models; None: there is no such list."""
        ...

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        """Return the models in a 200 answer; entries without a name are left out.

        Raises: LookupFailed.
        """
        ...

    def loaded_call(self) -> WireCall | None:
        """Return the free call that tells which weights the models in the list stand for.

        None where the list tells it, or nothing does.
        """
        ...

    def parse_loaded(self, body: bytes) -> str:
        """Return a hash in hex that differs where the weights do, "" if unknown.

        Raises: LookupFailed.
        """
        ...

    def choices_calls(self) -> Mapping[str, WireCall]:
        """Return, by names of `platform.params`, the free calls that tell their choices."""
        ...

    def parse_choices(self, name: str, body: bytes) -> tuple[str, ...]:
        """Return the choices of the parameter `name` in a 200 answer. Raises: LookupFailed."""
        ...

    def credits_call(self) -> WireCall | None:
        """Return the free call that asks for the balance; None: there is none."""
        ...

    def parse_credits(self, body: bytes) -> Decimal:
        """Return the balance in US dollars; it can be negative, it is never NaN.

        Raises: LookupFailed.
        """
        ...

    def with_workflows(self, texts: Mapping[str, str | SettingsError]) -> Provider:
        """Return this provider with the user's own files, JSON texts by their names.

        One that cannot be used, or read, leaves the others as they are: see `unusable`.
        """
        ...

    @property
    def unusable(self) -> SettingsError | None:
        """The first of the user's own files that cannot be used, and what to change in it."""
        ...

    def own_models(self) -> list[RemoteModel]:
        """Return the models that are the user's own files."""
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


class Lacking:
    """The answers of a platform that has no tickets, no lists, no balance and no workflows.

    Its refusals mean what their status says; a server of one's own bills nothing.
    """

    platform: Platform
    unusable: SettingsError | None = None

    def explain(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime | None = None,
    ) -> PlaygroundError:
        told = explain_local if self.platform.local else explain
        return told(status, headers, body, now=now)

    def follow(self, ticket: Ticket, body: bytes) -> Answered:
        raise BadAnswer(msg("The answer is not one of the platform's."), CHECK)

    def ended(
        self, ticket: Ticket, status: int, headers: Mapping[str, str], body: bytes
    ) -> PlaygroundError | None:
        return None

    def lost(self, run_id: str) -> Ticket | None:
        return None

    def models_call(self) -> WireCall | None:
        return None

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        raise LookupFailed(msg("The platform's model list could not be read."), FREE)

    def loaded_call(self) -> WireCall | None:
        return None

    def parse_loaded(self, body: bytes) -> str:
        raise LookupFailed(msg("The platform's answer could not be read."), FREE)

    def choices_calls(self) -> Mapping[str, WireCall]:
        return {}

    def parse_choices(self, name: str, body: bytes) -> tuple[str, ...]:
        raise LookupFailed(msg("The platform's answer could not be read."), FREE)

    def credits_call(self) -> WireCall | None:
        return None

    def parse_credits(self, body: bytes) -> Decimal:
        raise LookupFailed(msg("The platform's balance could not be read."), FREE)

    def own_models(self) -> list[RemoteModel]:
        return []

    def with_workflows(self, texts: Mapping[str, str | SettingsError]) -> Self:
        return self
