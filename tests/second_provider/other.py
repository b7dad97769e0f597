"""A platform that is none: other paths, other names, a picture in another place of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from backend.errors import CHECK, FREE, BadAnswer, LookupFailed, PlaygroundError
from backend.providers.answers import decimal_of, decode_base64, dig, is_cut, try_json
from backend.providers.base import Lacking, Platform, RemoteModel, Tier
from backend.providers.explain import explain, said_in
from backend.types import GenerationRequest, RawImage, WireCall

PLATFORM = Platform(
    name="other",
    label="Other Cloud",
    env="OTHER",
    tiers={"starter": Tier(10, 100)},
    key=re.compile(r"\bot-[a-z0-9]{8,}"),
    key_example="ot-...",
    paths=("/v2/pictures", "/v2/models", "/v2/purse"),
    base="/api/v1",
    answer='{"took_ms": 1250, "pictures": {"png": "iVBORw0KGgoAAAANSUhEUg..."}}',
    image_at=("pictures", "png"),
)


class Other(Lacking):
    """Pictures instead of images, milliseconds instead of seconds, cents instead of dollars."""

    platform = PLATFORM

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        given = {name: value for name, value in request.values.items() if value is not None}
        seed = {} if request.seed is None else {"noise": request.seed}
        wish = {"engine": request.model, "wish": request.prompt}
        return WireCall("POST", "/v2/pictures", {**given, **seed, **wish})

    def parse(self, body: bytes) -> RawImage:
        document = try_json(body)
        encoded = dig(document, "pictures", "png")
        if not isinstance(encoded, str) or not encoded:
            raise BadAnswer(f"The answer holds no image.{said_in(document, body)}", CHECK)
        data = decode_base64(encoded.encode("utf-8", "replace"))
        if is_cut(data):
            raise BadAnswer("The image arrived cut short.", CHECK)
        took_ms = decimal_of(dig(document, "took_ms"))
        return RawImage(data, None if took_ms is None else float(took_ms) / 1000)

    def models_call(self) -> WireCall:
        return WireCall("GET", "/v2/models")

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        names = dig(try_json(body), "engines")
        if not isinstance(names, list):
            raise LookupFailed("The model list could not be read.", FREE)
        return [RemoteModel(name, None, True) for name in names if isinstance(name, str) and name]

    def credits_call(self) -> WireCall:
        return WireCall("GET", "/v2/purse")

    def parse_credits(self, body: bytes) -> Decimal:
        cents = decimal_of(dig(try_json(body), "cents"))
        if cents is None:
            raise LookupFailed("The balance could not be read.", FREE)
        return cents / 100

    def explain(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime | None = None,
    ) -> PlaygroundError:
        return explain(status, headers, body, now=now)
