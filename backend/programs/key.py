"""A key that another program shows: how it is made, known again and named. Pure but for chance.

What is kept of it is a hash: whoever reads the database has no key.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from backend.catalogue.params import coerce, shows_nothing
from backend.errors import InvalidInput
from backend.said import msg
from backend.types import Limits, ParamSpec

PREFIX = "sbp_"
"""What a key begins with, so that people and programs that look for lost keys know it."""

NAME_MAX_CHARS = 60

_KEY = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
_REQUESTS = ParamSpec(
    "requests_per_day", "integer", msg("Requests a day"), minimum=1, maximum=1_000_000, step=1
)
_DOLLARS = ParamSpec(
    "dollars_per_day", "number", msg("US dollars a day"), minimum=0.01, maximum=1_000_000
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was made, without itself. `id` is 32 hex digits: the owner of its runs.

    `limits` are its own: of a day, in requests and in dollars. `created` is in UTC. `secret` signs
    the addresses that its program is given. `model` is the id of the one that its program has
    chosen for calls that name none, None where it has chosen none.
    """

    id: str
    name: str
    created: datetime
    limits: Limits
    secret: bytes = field(repr=False)
    model: str | None = None


def minted() -> str:
    """Return a new key of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def looks_like_one(text: str) -> bool:
    """Whether `text` can be a key of ours at all."""
    return _KEY.fullmatch(text) is not None


def digest_of(text: str) -> str:
    """Return what is kept of a key, 64 hex digits: so many random bits need no slow hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_name(given: object) -> str:
    """Return a key's name as it is kept. Raises: InvalidInput naming `name`."""
    name = " ".join(given.split()) if isinstance(given, str) else ""
    if shows_nothing(name) or not name.isprintable():
        raise InvalidInput(
            msg("The key has no name."),
            msg("Enter the name of the program that it is for."),
            field="name",
        )
    if len(name) > NAME_MAX_CHARS:
        raise InvalidInput(
            msg("The name is too long."),
            msg("{most} characters fit.", most=NAME_MAX_CHARS),
            field="name",
        )
    return name


def read_limits(given: Mapping[str, object]) -> Limits:
    """Return a key's own limits; what is empty is no limit. Raises: InvalidInput naming it."""
    requests, usd = (coerce(spec, given.get(spec.name)) for spec in (_REQUESTS, _DOLLARS))
    return Limits(
        requests_per_day=None if requests is None else int(requests),
        dollars_per_day=None if usd is None else Decimal(str(usd)),
    )
