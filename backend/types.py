"""The shared vocabulary: frozen values that every layer passes on. Imports nothing of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

Value = str | int | float | None
"""What one parameter can hold. None means "not sent"."""

SEED_MAX = 2**32 - 1
"""Largest seed drawn or accepted; the platform documents none."""

FOREIGN_SEED_MAX = 2**64 - 1
"""Largest seed of an image that another program made; ComfyUI draws them so large."""

OFFLINE = "offline"
"""What stands for the platform's host where the sample engine made the image."""

IMPORT = "import"
"""What stands for the host where another program made the image."""

COUNT_MAX = 8

ID_BYTES = 16
ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
"""What the ids of images, runs, jobs, experiments and visitors look like; a token too."""


class RunState(StrEnum):
    """Where one request to the API stands. `unknown`: sent, and it may have been charged."""

    QUEUED = "queued"
    SENT = "sent"
    SAVED = "saved"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """One parameter of one model, as data. `name` is the API's own field name.

    `minimum` and `maximum` bound numbers (inclusive) and, for text, its length in characters.
    `step` is the grid of a number, counted from zero for sizes (multiples of 16).
    `effect` is False where the API accepts the field but nothing visible comes of it.
    """

    name: str
    kind: Literal["text", "integer", "number"]
    label: str
    default: Value = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    effect: bool = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the platform counted of one image: tokens that went in, and that came out."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """US dollars for a million tokens that go in, and that come out."""

    input_usd: Decimal
    output_usd: Decimal


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model: what it is called, what it is good for, and exactly what it takes.

    `params` always holds `prompt`. `price_usd` is per image at the defaults, None where unknown.
    `available` is False when the account's own model list lacks it, None while nobody has asked.
    `connection` is the name of the further connection whose it is, "" for the first one.
    `token_prices` are there where an image is paid by tokens that its answer tells.
    """

    id: str
    label: str
    description: str
    provider: str
    params: tuple[ParamSpec, ...]
    price_usd: Decimal | None = None
    available: bool | None = None
    connection: str = ""
    token_prices: TokenPrices | None = None

    def param(self, name: str) -> ParamSpec | None:
        """Return the parameter called `name`, or None where the model lacks it."""
        return next((p for p in self.params if p.name == name), None)

    @property
    def takes_seed(self) -> bool:
        return self.param("seed") is not None


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One image to be made: checked, complete, and never with a key in it.

    `values` holds the API's fields except `model`, `prompt` and `seed`, in the model's order.
    `seed` is None exactly where the model takes none.
    """

    model: str
    prompt: str
    values: Mapping[str, Value] = field(default_factory=dict)
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class WireCall:
    """One HTTP call below the API's base URL, without its credentials.

    `accept` "image" is for answers that are an image file themselves. `headers` are what the API
    wants beside the usual ones, never a key.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    json: Mapping[str, Any] | None = None
    accept: Literal["json", "image"] = "json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawImage:
    """An image file as the API sent it, its inference time in seconds and its seed where told.

    A told seed wins over the one that was asked for. `model` and `version` are the name and the
    hash of the weights that made it, as a server of one's own tells them, "" where it does not.
    `tokens` are those that the platform counted, where it tells.
    """

    data: bytes
    seconds: float | None = None
    seed: int | None = None
    model: str = ""
    version: str = ""
    tokens: Tokens | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An answer that only says where its image is; `url` is the stranger's word, unchecked.

    It may be a path below the API's base URL, which begins with a slash.
    """

    url: str
    seconds: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """An answer that has yet to come: the free call that asks for it, and the one that ends it.

    `wait_s` is how long to wait before the first question.
    """

    poll: WireCall
    cancel: WireCall | None = None
    wait_s: float = 1.0


Answered = RawImage | Link | Ticket
"""What an answer holds: the image, where it is, or how to ask for it."""


Verdict = Literal["identical", "near", "different"]
"""What comparing two images pixel by pixel shows."""

OriginKind = Literal["reused", "seed", "prompt", "model", "neighbour", "reproduced", "experiment"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The stored image that another was made from, and how: its settings, its seed alone, ..."""

    image_id: str
    kind: OriginKind


@dataclass(frozen=True, slots=True)
class Template:
    """The template that a text was made of, and which of its texts it is, from 0.

    `seed` is what chose it at random; None where all of them were made.
    """

    text: str
    number: int
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class CellPlace:
    """Where an image stands in its experiment: along the axes, and which repeat, each from 0."""

    experiment: str
    x: int
    y: int
    z: int
    repeat: int


@dataclass(frozen=True, slots=True)
class Making:
    """How a request came to be: the templates of its two texts, and its place in an experiment."""

    template: Template | None = None
    negative_template: Template | None = None
    place: CellPlace | None = None


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One stored image. `id` is 32 hex digits, `created` is in UTC, `seconds` is inference time.

    `width_px`/`height_px` are the file's own; what was asked for is in `request.values`. `cached`
    says that this answer came from disk, `source` is `offline`, the platform's host name, or
    `import` for another program's image. `rating` is 1 to 5, 0 without one; `deleted` is when it
    went to the trash; images of one `experiment` (32 hex digits) belong together. `making` and the
    `tokens` that it was paid by stand in the image's file alone: a record from the database has
    none.
    """

    id: str
    run_id: str
    request: GenerationRequest
    created: datetime
    seconds: float | None
    price_usd: Decimal | None
    format: Literal["png", "jpeg", "webp"]
    width_px: int
    height_px: int
    sha256: str
    starred: bool = False
    cached: bool = False
    source: str = ""
    rating: int = 0
    tags: tuple[str, ...] = ()
    deleted: datetime | None = None
    origin: Origin | None = None
    experiment: str | None = None
    making: Making | None = None
    tokens: Tokens | None = None


EXPERIMENT_SENDS = 8
EXPERIMENT_SENDS_MAX = 32
"""How many requests of one experiment are under way at once: where nothing is set, and at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be sent; None is no limit.

    `experiment_sends` is how many requests of one experiment are under way at once. What was sent
    `only` to these sources counts, or to all that are not `besides`.
    """

    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    dollars_per_day: Decimal | None = None
    experiment_sends: int = EXPERIMENT_SENDS
    only: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()

    def counts(self, source: str) -> bool:
        """Whether what was sent to `source` counts."""
        return source in self.only if self.only else source not in self.besides
