"""What the playground answers, in the words of OpenAI's interface: errors, models, images. Pure.

OpenAI's own programs send a request again after 408, 409, 429 and 5xx unless they are told not to:
`x-should-retry` says it each time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.errors import (
    AccessDenied,
    Busy,
    InvalidInput,
    KeyRejected,
    MaybeCharged,
    NoCredit,
    NoRecord,
    NotFound,
    OverLimit,
    PlaygroundError,
    RateLimited,
    Refused,
    Stopped,
    TokenUsed,
    Unreachable,
)
from backend.said import joined, listed, msg
from backend.types import ModelSpec

BUSY_S = 5

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An error: HTTP status, OpenAI's `type` and `code`, our sentence, the field, further headers.

    `retry_s` is set where sending it again helps, and after how many seconds.
    """

    status: int
    kind: str
    code: str | None
    message: str
    param: str | None = None
    retry_s: float | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Whether to send it again, and when."""
        told = {"x-should-retry": "false" if self.retry_s is None else "true"}
        if self.retry_s is not None:
            told["Retry-After"] = str(math.ceil(self.retry_s))
        return told


_INVALID, _QUOTA, _SERVER = "invalid_request_error", "insufficient_quota", "server_error"
_RATE = "rate_limit_exceeded"

_KINDS: tuple[tuple[type[PlaygroundError], int, str, str | None], ...] = (
    (TokenUsed, 422, _INVALID, "idempotency_key_reused"),
    (InvalidInput, 400, _INVALID, "invalid_value"),
    (OverLimit, 429, _QUOTA, "insufficient_quota"),
    (NoCredit, 429, _QUOTA, "insufficient_quota"),
    (RateLimited, 429, _RATE, "rate_limit_exceeded"),
    (Busy, 429, _RATE, "rate_limit_exceeded"),
    (Stopped, 503, _SERVER, "stopped"),
    (KeyRejected, 502, _SERVER, "platform_refused"),
    (AccessDenied, 502, _SERVER, "platform_refused"),
    (NotFound, 502, _SERVER, "platform_refused"),
    (Refused, 400, _INVALID, "platform_refused"),
    (MaybeCharged, 502, _SERVER, "may_have_been_charged"),
)
"""The first that fits; what is none of these was not sent, or is ours to mend."""


def told(error: PlaygroundError, names: Mapping[str, str]) -> Told:
    """Return an error as OpenAI's programs are told it; `names` are theirs for our fields."""
    status, kind, code = next(
        ((status, kind, code) for type, status, kind, code in _KINDS if isinstance(error, type)),
        (503, _SERVER, "not_sent"),
    )
    param = None if error.field is None else names.get(error.field, error.field)
    message = joined(error.message, error.hint)
    if isinstance(error, InvalidInput) and error.field == "model":
        status, code = 404, "model_not_found"
    if isinstance(error, TokenUsed):
        param = None
        message = joined(
            msg("This Idempotency-Key stands for another request already."),
            msg("Make a new one for each request; use one again only to repeat that request."),
        )
    return Told(status, kind, code, message, param, _retry_s(error))


def crowded() -> Told:
    """Return what is told where too many calls are waiting."""
    sentence = joined(
        msg("Too many calls are waiting already, so nothing was sent."),
        msg("Try again in a few seconds."),
    )
    return Told(429, _RATE, "rate_limit_exceeded", sentence, retry_s=BUSY_S)


def unreadable() -> Told:
    """Return what is told of a body that is no JSON object."""
    sentence = joined(
        msg("Nothing is asked for."), msg("Send a JSON object with a model and a prompt.")
    )
    return Told(400, _INVALID, None, sentence)


def nowhere() -> Told:
    """Return what is told below /v1 where nothing is."""
    sentence = msg(
        "There is nothing at this address. There are {paths}.",
        paths="GET /v1/models, POST /v1/images/generations",
    )
    return Told(404, _INVALID, "unknown_url", sentence)


def no_model(names: Iterable[str]) -> InvalidInput:
    """Return the refusal of a model that there is not."""
    return InvalidInput(
        msg("This model is not in the catalogue."),
        msg("Choose one of: {models}.", models=listed(names)),
        field="model",
    )


def bad_name(most: int) -> InvalidInput:
    """Return the refusal of an Idempotency-Key that is none."""
    return InvalidInput(
        msg("The Idempotency-Key is empty or too long."),
        msg("{most} characters fit.", most=most),
    )


def _retry_s(error: PlaygroundError) -> float | None:
    if isinstance(error, RateLimited):
        return error.retry_after_s or BUSY_S
    return BUSY_S if isinstance(error, Busy | Unreachable | NoRecord) else None


def model_object(model: ModelSpec) -> Json:
    """Return a model as OpenAI's programs list it. When it was made nobody tells: 0."""
    return {"id": model.id, "object": "model", "created": 0, "owned_by": model.provider}
