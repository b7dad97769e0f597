"""The platform's documented API as pure functions: what to send, what an answer means.

Whatever bytes come back, `parse` gives one image or one BadAnswer, never anything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from backend.errors import (
    CHECK,
    FREE,
    BadAnswer,
    LookupFailed,
    PlaygroundError,
)
from backend.providers.answers import (
    decimal_of,
    decode_base64,
    dig,
    one_line,
    try_json,
    whole_image,
)
from backend.providers.base import Lacking, Platform, RemoteModel, Tier
from backend.providers.explain import explain, said_in
from backend.said import Said, joined, msg
from backend.types import GenerationRequest, RawImage, WireCall

_NO_LIST = msg("The platform's model list could not be read.")
_NO_BALANCE = msg("The platform's balance could not be read.")
_OWN_FIELDS = frozenset({"model", "prompt", "seed"})

PLATFORM = Platform(
    name="sentry_block",
    label="Sentry Block",
    env="SENTRY_BLOCK",
    # As the platform documents them (shared limits of an account).
    tiers={
        "engineer-1": Tier(60, 200),
        "engineer-2": Tier(300, 1_000),
        "engineer-3": Tier(600, 2_000),
        "expert-1": Tier(1_500, None),
        "expert-2": Tier(3_000, None),
    },
    key=re.compile(r"\bak_[A-Za-z0-9_\-]{4,}"),
    key_example="ak_...",
    paths=("/images/generation", "/serverless/models", "/users/credits", "/chat/completions"),
    answer="""\
{
  "model": "black-forest-labs/FLUX.1-schnell",
  "object": "list",
  "data": [
    {
      "index": 0,
      "timings": { "inference": 1.84 },
      "b64_json": "iVBORw0KGgoAAAANSUhEUg..."
    }
  ],
  "message": "Image generated successfully",
  "status": "success"
}""",
    image_at=("data", 0, "b64_json"),
    base="/api/v1",
)


class SentryBlock(Lacking):
    """The image API of the platform, for the cloud and, over another transport, offline."""

    platform = PLATFORM

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        """Return the paid call: model, prompt, the values that were given, then the seed."""
        payload: dict[str, Any] = {"model": request.model, "prompt": request.prompt}
        for name, value in request.values.items():
            if value is not None and name not in _OWN_FIELDS:
                payload[name] = value
        if request.seed is not None:
            payload["seed"] = request.seed
        return WireCall("POST", "/images/generation", payload)

    def parse(self, body: bytes) -> RawImage:
        """Return the image in a 2xx answer. Raises: BadAnswer, and nothing else.

        A time that makes no sense costs the time (`seconds` is None), never the paid image.
        """
        document, encoded = _read_answer(body)
        if not encoded:
            raise _no_image(document, body)
        seconds = dig(_first(document), "timings", "inference")
        return whole_image(decode_base64(encoded), seconds)

    def models_call(self) -> WireCall:
        return WireCall("GET", "/serverless/models")

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        """Return the models with a name, in the platform's order. Raises: LookupFailed."""
        entries = dig(_read_free(body, _NO_LIST), "data", "models")
        if not isinstance(entries, list):
            raise LookupFailed(_NO_LIST, FREE)
        return [
            RemoteModel(
                id=name,
                price=_price(entry.get("price")),
                makes_images=one_line(entry.get("model_type")) == "Image",
            )
            for entry in entries
            if isinstance(entry, dict) and (name := one_line(entry.get("model_name")))
        ]

    def credits_call(self) -> WireCall:
        return WireCall("GET", "/users/credits")

    def parse_credits(self, body: bytes) -> Decimal:
        """Return the balance in US dollars. Raises: LookupFailed."""
        balance = decimal_of(dig(_read_free(body, _NO_BALANCE), "data", "available_balance"))
        if balance is None:
            raise LookupFailed(
                msg("The platform's answer about your balance holds no amount."), FREE
            )
        return balance

    def explain(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime | None = None,
    ) -> PlaygroundError:
        return explain(status, headers, body, now=now)


# --- the paid answer ------------------------------------------------------------------------


def _read_answer(body: bytes) -> tuple[Any, bytes]:
    """Return the document and the base64 of its first image, b"" where there is none.

    A 2.6 MB answer takes 3.4 ms instead of 4.6 (its base64 alone 3.1): the string after "b64_json"
    is cut out by position and a mark parsed in its place; only if the mark then turns up where the
    image belongs was the position right. Anything unusual is parsed in full.
    """
    key = body.find(b'"b64_json"')
    start = body.find(b'"', key + 10) + 1
    end = body.find(b'"', start)
    if key >= 0 and start > 0 and end - start > 1000 and body.find(b"\\", start, end) < 0:
        mark = f"image {start}-{end}"
        document = try_json(b"".join((body[:start], mark.encode(), body[end:])))
        if _first(document).get("b64_json") == mark:
            return document, body[start:end]
    document = try_json(body)
    encoded = _first(document).get("b64_json")
    # What is not ASCII is replaced by more of what is not base64: refused with the rest of it.
    return document, encoded.encode("utf-8", "replace") if isinstance(encoded, str) else b""


def _no_image(document: Any, body: bytes) -> BadAnswer:
    """Return the error that says what came instead of an image."""
    said = said_in(document, body)
    if not body.strip():
        return BadAnswer(msg("The answer was empty."), CHECK)
    if not isinstance(document, dict):
        return BadAnswer(joined(msg("The answer is not one of the platform's."), said), CHECK)
    if str(document.get("status")).lower() == "failed":
        return BadAnswer(joined(msg("The platform answered that it failed."), said), CHECK)
    if isinstance(_first(document).get("url"), str):
        return BadAnswer(
            msg("The answer holds a link instead of an image; links are not opened."), CHECK
        )
    return BadAnswer(joined(msg("The answer holds no image."), said), CHECK)


# --- free answers -----------------------------------------------------------------------------


def _read_free(body: bytes, unread: Said) -> Any:
    document = try_json(body, numbers=Decimal)
    if not isinstance(document, dict) or str(document.get("status")).lower() == "failed":
        said = said_in(document, body)
        raise LookupFailed(joined(unread, said), FREE)
    return document


def _price(value: Any) -> Decimal | None:
    price = decimal_of(value)
    return price if price is not None and price >= 0 else None


def _first(document: Any) -> dict[str, Any]:
    items = dig(document, "data")
    return items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
