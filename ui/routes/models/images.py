"""One stored image, its details, and several compared."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from backend.library.marks import RATING_MAX, TAG_MAX_CHARS, TAGS_MAX
from backend.types import OriginKind, Verdict
from ui.present.facts import COMPARED_MAX
from ui.routes.models.base import Answer, Dollars, Id, Moment

Tag = Annotated[str, Field(min_length=1, max_length=TAG_MAX_CHARS)]

_SmallSeed = Annotated[int, Field(ge=0, lt=2**53)]
_LargeSeed = Annotated[str, Field(pattern=r"^\d{16,20}$")]


class Parent(Answer):
    id: Id
    kind: OriginKind = Field(description="How the image was made from it.")


class Record(Answer):
    """One image: what was asked for, and what came of it. What the model lacks is null."""

    id: Id
    model: str = Field(examples=["black-forest-labs/FLUX.1-schnell"])
    prompt: str = Field(examples=["a flying cat"])
    negative_prompt: str | None
    width: float | None = Field(description="As it was asked for, in pixels.")
    height: float | None = Field(description="As it was asked for, in pixels.")
    num_steps: float | None
    guidance_scale: float | None
    seed: (
        Annotated[int, Field(ge=0, lt=2**53)] | Annotated[str, Field(pattern=r"^\d{16,20}$")] | None
    ) = Field(
        description="From 2^53 on a text of digits: many programs would round the number.",
        examples=[1234567],
    )
    created: Moment
    seconds: float | None = Field(description="How long the model took.")
    price_usd: Dollars | None = Field(description="Listed price in US dollars, null where unknown.")
    cached: bool = Field(description="Whether this answer came from disk, for nothing.")
    starred: bool
    image_url: str = Field(pattern="^/images/")
    thumb_url: str = Field(pattern="^/thumbs/")
    rating: int = Field(ge=0, le=RATING_MAX, description="Stars, 0 for none.")
    tags: list[Tag] = Field(max_length=TAGS_MAX)
    deleted: Moment | None = Field(description="When it went to the trash.")
    provider: str = Field(description="`offline`, `import`, or the platform's host.")
    parent: Parent | None = Field(description="The image that it was made from.")
    experiment: Id | None = Field(description="Images of one experiment belong together.")
    width_px: int = Field(ge=1, description="The file's own width in pixels.")
    height_px: int = Field(ge=1, description="The file's own height in pixels.")


_UNDO = "Sent to `POST /api/images` it takes back what was changed; null where nothing was."


class Marked(Record):
    """The image as it is now, and what takes the change back."""

    undo: Id | None = Field(description=_UNDO)


class Found(Answer):
    """A part of what the search finds, in its order."""

    images: list[Record]
    next: str | None = Field(description="The cursor of what follows, null at the end.")
    total: int = Field(ge=0, description="How many the search finds.")
    total_is_least: bool = Field(
        description="Whether `total` is only as many as were counted so far, under `total=fast`."
    )
    as_of: int = Field(ge=0, description="Given back as `as_of`, it leaves out what came later.")


class Alike(Answer):
    """What looks like an image, the most alike first; itself and the trash are left out."""

    images: list[Record]


class Change(Answer):
    label: str
    from_: str | None = Field(alias="from")
    to: str | None


class Relative(Answer):
    record: Record | None = Field(description="Null where the image is no longer stored.")
    kind: OriginKind
    text: str
    changes: list[Change] = Field(description="What differs between the two requests.")


class Lineage(Answer):
    parent: Relative | None
    children: list[Relative]
    more: int = Field(ge=0, description="How many children are not listed.")


class ProofAnswer(Answer):
    id: Id = Field(description="The other image.")
    verdict: Verdict
    mean_difference: float | None = Field(ge=0, le=255, description="Null where sizes differ.")
    text: str
    created: Moment
    map_url: str | None = Field(description="A picture of the differences.")


class Offer(Answer):
    possible: bool
    text: str = Field(description="What it does and costs, or why it cannot be done.")


class OtherModel(Answer):
    id: str
    label: str
    notes: list[str] = Field(description="What this model would leave out of the settings.")


class Details(Answer):
    """One image with all that is known about it."""

    record: Record
    details: list[tuple[str, str]] = Field(description="Pairs of label and text.")
    lineage: Lineage
    proofs: list[ProofAnswer] = Field(description="What making it again has shown.")
    reproduce: Offer
    neighbours: Offer
    models: list[OtherModel]
    recipe: str = Field(description="Its settings for `/?recipe=`.")


class ComparedRow(Answer):
    name: str
    label: str
    values: list[str | None] = Field(description="As text, in the order of the images.")
    differs: bool


class Pixels(Answer):
    verdict: Verdict | None
    mean_difference: float | None = Field(ge=0, le=255)
    text: str
    map_url: str | None


class Compared(Answer):
    """Images side by side."""

    images: list[Record] = Field(min_length=2, max_length=COMPARED_MAX)
    rows: list[ComparedRow]
    pixels: Pixels | None = Field(description="How far two images are apart; null for more.")


class Changed(Answer):
    """What a change of many did."""

    changed: int = Field(ge=0, description="How many images are not as they were before.")
    ids: list[Id] | None = Field(description="Which these are; null where they are too many.")
    trashed_at: str | None = Field(
        description='Sent back with `"deleted": false`, it undoes the deletion.'
    )
    undo: Id | None = Field(description=_UNDO)


class Removed(Answer):
    removed: int = Field(ge=0)


class Forgotten(Answer):
    forgotten: int = Field(ge=0, description="How many images.")
    kept_in: list[str] = Field(
        description="Files in the data folder that may still hold them: older databases, put aside."
    )


class Parameter(Answer):
    """A parameter that a model takes."""

    name: str
    kind: Literal["text", "integer", "number"]
    label: str
    help: str
    default: str | float | None
    minimum: float | None = Field(description="Of a text, its length in characters.")
    maximum: float | None
    step: float | None
    choices: list[str]


class ModelName(Answer):
    """A model, and what it takes, in the order of the form."""

    id: str
    label: str
    description: str
    connection: str = Field(description="Whose it is; empty for the first connection.")
    parameters: list[Parameter]


class ModelOfImages(Answer):
    id: str
    label: str


class TagCount(Answer):
    tag: Tag
    count: int = Field(ge=1)


class SessionOfImages(Answer):
    id: Id
    title: str
    started: int = Field(ge=0, description="Milliseconds since 1970")


class Facets(Answer):
    """What there is to filter by."""

    models: list[ModelOfImages]
    providers: list[str]
    tags: list[TagCount]
    sizes: list[str] = Field(examples=[["1024x768"]])
    sessions: list[SessionOfImages] = Field(description="With images, the newest first.")
    trash: int = Field(ge=0, description="How many images are in the trash.")


class Prompt(Answer):
    prompt: str
    used: Moment
    uses: int = Field(ge=1)


class Prompts(Answer):
    """Earlier prompts, the last used first."""

    prompts: list[Prompt]


class DayRow(Answer):
    day: str = Field(pattern=r"^\d{4}-\d\d-\d\d$", description="UTC")
    model: str
    label: str
    images: int = Field(ge=0)
    price_usd: Dollars
    seconds: float = Field(ge=0)


class Total(Answer):
    images: int = Field(ge=0)
    price_usd: Dollars
    seconds: float = Field(ge=0)


class Statistics(Answer):
    """What was made, by day and model."""

    until: str = Field(pattern=r"^\d{4}-\d\d-\d\d$", description="Today, in the zone.")
    zone: str = Field(description="Whose days these are.", examples=["Europe/Berlin"])
    rows: list[DayRow]
    total: Total


Source = Literal[
    "own",
    "import",
    "a1111",
    "artbot",
    "artroom",
    "civitai",
    "comfyui",
    "drawthings",
    "easydiffusion",
    "fooocus",
    "fooocusmre",
    "forge",
    "forgeclassic",
    "forgeneo",
    "huggingface",
    "invokeai",
    "mflux",
    "midjourney",
    "mochi",
    "nmkd",
    "novelai",
    "reforge",
    "ruinedfooocus",
    "sdcpp",
    "sdnext",
    "sdscripts",
    "stabilitymatrix",
    "swarmui",
    "tensorart",
    "wangp",
    "unknown",
    "none",
]
Value = str | float | bool | None


class Choice(Answer):
    text: str
    recipe: str


class Metadata(Answer):
    """The settings that a file holds, and what a model takes of them."""

    source: Source = Field(description="Which program made the file.")
    values: dict[str, Value] = Field(description="What the model takes, by parameter.")
    dropped: dict[str, Value] = Field(description="What it does not take.")
    unknown: dict[str, Value] = Field(description="What has no counterpart here.")
    model: str | None
    model_label: str | None
    text: str = Field(description="All of it as a sentence.")
    recipe: str | None = Field(description="The settings for `/?recipe=`.")
    choices: list[Choice] = Field(description="The images of a contact sheet.")
