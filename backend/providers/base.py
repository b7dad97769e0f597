"""What a platform's API is to us: requests as data, answers as data; nothing is sent from here.

A new provider is one file with a class of this shape and one line in `providers/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from backend.errors import PlaygroundError
from backend.types import GenerationRequest, RawImage, WireCall


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """One model of the account's own list, as the platform tells it.

    `kind` is the platform's word ("Image", "Text", "Embedding"). `price` is in the platform's
    unit, which it does not document; None where it is absent or not a number.
    """

    id: str
    description: str
    price: Decimal | None
    kind: str
    alias: str = ""


class Provider(Protocol):
    """Translates between our requests and one platform's API. Every method is pure."""

    def build(self, request: GenerationRequest) -> WireCall:
        """Return the one paid call that makes `request`'s image. Never holds a key."""
        ...

    def parse(self, call: WireCall, body: bytes) -> RawImage:
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
