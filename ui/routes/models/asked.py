"""What requests may hold. The names are the backend's own, and so are the bounds."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import ConfigDict, Field, JsonValue

from backend.images.looks import COLOURS
from backend.library.library import PAGE_MAX
from backend.library.marks import RATING_MAX, TAG_MAX_CHARS, TAGS_MAX
from backend.library.query import TEXT_MAX_CHARS, Sort
from backend.styles.kinds import WORN_MAX
from backend.types import COUNT_MAX, FOREIGN_SEED_MAX, ID, SEED_MAX
from ui.door.press import PRESS_MAX_S
from ui.present.facts import CLOCK_HEADER
from ui.routes.models.base import AN_ID, EXAMPLE_ID, ID_PATTERN, Asked, one_of, told, whole

_MODEL = "black-forest-labs/FLUX.1-schnell"
_AS_THE_MODEL = "Within the model's own bounds, as its form shows them."
_IN_PIXELS = f"In pixels, a multiple of 16 for most models. {_AS_THE_MODEL}"


def _example(*required: str, **fields: JsonValue) -> ConfigDict:
    """Describe a body by an example, and by the fields that must be there."""
    example: dict[str, JsonValue] = {"examples": [fields]}
    return ConfigDict(
        json_schema_extra=example | ({"required": list(required)} if required else {})
    )


_TAGS = {
    "type": "array",
    "items": {"type": "string", "maxLength": TAG_MAX_CHARS},
    "maxItems": TAGS_MAX,
}
_ID_OR_NONE = told({"type": "string", "pattern": f"^({ID.pattern})?$", "examples": [EXAMPLE_ID]})
_YES = one_of("", "1", "0", "true", "false", "yes", "no", "on", "off")
_DAY = told({"type": "string", "examples": ["2026-01-31", "2026-01-31T12:00:00Z"]})
_BOOLEAN = told({"type": "boolean"})
_NUMBER = told({"type": ["number", "null"]})
_WHOLE = told({"type": ["integer", "null"]})
_RATING = whole(0, RATING_MAX)


class Search(Asked):
    """What is looked for; all of it can be left out."""

    model_config = ConfigDict(defer_build=False)  # FastAPI reads addresses with it

    q: Annotated[str, told({"type": "string", "maxLength": TEXT_MAX_CHARS})] = Field(
        "", description='Words, "phrases", -not, prefix* and "a phr"*, in both prompts.'
    )
    model: list[str] = Field([], description="Any of these models.")
    provider: str = Field("", description="`offline`, `import`, or the platform's host.")
    starred: Annotated[str, _YES] = Field("", description="1: with a star alone.")
    rated: Annotated[str, _RATING] = Field("", description="The lowest rating.")
    tag: list[str] = Field([], description="All of these tags.")
    since: Annotated[str, _DAY] = Field("", description="From this day (UTC) or moment on.")
    until: Annotated[str, _DAY] = Field("", description="Up to this day (UTC, included) or moment.")
    seed: Annotated[str, whole(0, FOREIGN_SEED_MAX)] = Field("", description="This seed.")
    size: Annotated[str, told({"type": "string", "pattern": r"^([1-9]\d{0,4}x[1-9]\d{0,4})?$"})] = (
        Field("", description="Width and height in pixels, like 1024x768.")
    )
    cached: Annotated[str, _YES] = Field("", description="1: what answered again from disk alone.")
    experiment: Annotated[str, _ID_OR_NONE] = Field("", description="The images of one experiment.")
    session: Annotated[str, _ID_OR_NONE] = Field("", description="The images of one demo session.")
    color: list[Annotated[str, one_of(*COLOURS)]] = Field(
        [], description="All of these colours: each fills 15 % of the image, or 8 % if vivid."
    )
    like: Annotated[str, _ID_OR_NONE] = Field(
        "", description="An image: the 200 at most that look like it, the most alike first."
    )
    trash: Annotated[str, _YES] = Field("", description="1: look into the trash alone.")
    sort: Annotated[str, one_of(*get_args(Sort))] = Field("newest", description="The order.")
    as_of: Annotated[str, whole(0, 2**53)] = Field(
        "", description="From an earlier answer: leaves out what came later."
    )
    limit: Annotated[str, whole(1, PAGE_MAX)] = Field("50", description="How many images.")
    cursor: str = Field("", description="`next` of an earlier answer to the same search.")
    offset: Annotated[str, whole(0, 10**15 - 1)] = Field(
        "0", description="How many images to pass over, counted from the start or cursor."
    )
    total: Annotated[str, one_of("fast")] = Field(
        "", description="`fast`: the answer does not wait until all are counted."
    )


class Marks(Asked):
    """What is to be changed: at least one of these."""

    model_config = _example(rating=5, tags=["sea"])

    starred: Annotated[Any, _BOOLEAN] = None
    rating: Annotated[Any, _RATING] = Field(None, description="Stars, 0 for none.")
    tags: Annotated[Any, told(_TAGS)] = Field(None, description="These instead of all its tags.")
    deleted: Annotated[Any, _BOOLEAN] = Field(None, description="Into the trash, or out of it.")


class Chosen(Asked):
    """Which images, in one of two ways."""

    model_config = _example(query="trash=1")

    ids: Annotated[Any, told({"type": "array", "items": {"type": "string"}, "minItems": 1})] = (
        Field(None, description="The images' ids.")
    )
    query: Annotated[Any, told({"type": "string"})] = Field(
        None, description="All that this search finds, as in an address.", examples=["q=cat"]
    )


class ManyMarks(Chosen):
    """Which images, in one of three ways, and at least one change; or `undo` alone."""

    model_config = _example(query="q=cat", starred=True)

    trashed_at: Annotated[Any, told({"type": "string"})] = Field(
        None, description='What went to the trash then; with `"deleted": false`.'
    )
    undo: Annotated[Any, AN_ID] = Field(None, description="The `undo` of an earlier answer.")
    starred: Annotated[Any, _BOOLEAN] = None
    rating: Annotated[Any, _RATING] = Field(None, description="Stars, 0 for none.")
    add_tags: Annotated[Any, told(_TAGS)] = None
    remove_tags: Annotated[Any, told(_TAGS)] = None
    deleted: Annotated[Any, _BOOLEAN] = Field(None, description="Into the trash, or out of it.")


class Nothing(Asked):
    """An empty object."""

    model_config = _example()


class Token(Asked):
    """Makes a repeated request one job."""

    model_config = _example("token", token=EXAMPLE_ID)

    token: Annotated[Any, AN_ID] = Field(
        None, description="Of your making, new for each click: the same one is one job."
    )
    made: Annotated[Any, told({"type": ["string", "null"]})] = Field(
        None,
        description=f"When it was pressed, by the clock that answers tell as `{CLOCK_HEADER}`:"
        f" refused where that is over {PRESS_MAX_S:g} s ago. Programs leave it out.",
    )


class Seen(Asked):
    """Up to when."""

    model_config = _example("until", until="2026-01-31T23:30:05.120Z")

    until: Annotated[Any, told({"type": "string"})] = Field(
        None, description="`as_of` of the answer that was looked at."
    )


class Wanted(Asked):
    """The image to be made; what is null or left out takes the model's default."""

    model_config = ConfigDict(
        **_example("model", "prompt", model=_MODEL, prompt="a flying cat", seed=7), extra="forbid"
    )

    model: Annotated[Any, told({"type": "string"})] = Field(
        None,
        description="A model's id, or its label.",
        examples=[_MODEL],
    )
    prompt: Annotated[Any, told({"type": "string", "minLength": 1})] = Field(
        None, examples=["a flying cat"]
    )
    negative_prompt: Annotated[Any, told({"type": ["string", "null"]})] = ""
    width: Annotated[Any, _WHOLE] = Field(None, description=_IN_PIXELS)
    height: Annotated[Any, _WHOLE] = Field(None, description=_IN_PIXELS)
    num_steps: Annotated[Any, _WHOLE] = Field(None, description=_AS_THE_MODEL)
    guidance_scale: Annotated[Any, _NUMBER] = Field(None, description=_AS_THE_MODEL)
    seed: Annotated[Any, told({"type": ["integer", "null"], "minimum": 0, "maximum": SEED_MAX})] = (
        Field(None, description="Drawn where it is left out; further images have the next ones.")
    )
    count: Annotated[Any, whole(1, COUNT_MAX)] = Field(1, description="How many images.")
    templates: Annotated[Any, _BOOLEAN] = Field(
        False,
        description="Braces in the prompts are choices, `{red|green}`, and `__name__` a line of a"
        " wildcard file: an image for each text, or `count` of them at random.",
    )
    template_seed: Annotated[
        Any, told({"type": ["integer", "null"], "minimum": 0, "maximum": SEED_MAX})
    ] = Field(None, description="Chooses those at random; drawn where it is left out.")
    token: Annotated[Any, told({"type": ["string", "null"], "pattern": ID_PATTERN})] = Field(
        None,
        description="32 hex digits of your making: the same ones are one job, paid once. With other"
        " values they are refused (409).",
    )
    fresh: Annotated[Any, _BOOLEAN] = Field(
        False, description="Make it anew, and pay for it, even where the answer is on disk."
    )
    styles: Annotated[
        Any, told({"type": ["array", "null"], "items": {"type": "string"}, "maxItems": WORN_MAX})
    ] = Field(None, description="Names of styles that are put on the prompt, in this order.")


class Export(Asked):
    """The form of an export: `ids`, else `query`."""

    model_config = _example(query="q=cat", what="zip")

    ids: Annotated[Any, told({"type": "string"})] = Field(
        None, description="The images' ids, with commas between."
    )
    query: Annotated[Any, told({"type": "string"})] = Field(
        None, description="All that this search finds; empty for all images."
    )
    what: Annotated[Any, one_of("zip", "html", "png")] = Field(
        "zip", description="A ZIP, a contact sheet as one web page, or as one picture."
    )
    metadata: Annotated[Any, one_of("1", "0")] = Field(
        "1", description="0 leaves out all settings: those in the files, and the lists of them."
    )


class Upload(Asked):
    """One file."""

    model_config = _example("file", file="@image.png")

    file: Annotated[Any, told({"type": "string", "format": "binary"})] = Field(
        None, description="An image, or a contact sheet made here."
    )


class SetupChange(Asked):
    """The settings as the panel holds them; an empty key keeps the saved one."""

    model_config = _example(requests_per_day="100")

    api_url: str = ""
    api_key: Annotated[str, told({"type": "string", "format": "password"})] = ""
    tier: str = Field("", description="Empty takes the first.")
    requests_per_minute: str = Field("", description="Empty takes the tier's, 0 is no limit.")
    requests_per_day: str = Field("", description="Empty takes the tier's, 0 is no limit.")
    dollars_per_day: str = Field("", description="Empty is no limit of dollars.")
    experiment_sends: str = Field("", description="From 1 to 32; empty is 8.")
    pasted: str = Field("", description="A text that holds the URL or key that is empty above.")


class Paste(Asked):
    """A text that may hold the URL and the key."""

    model_config = _example(pasted="https://example.com/api/v1")

    pasted: str = Field("", description="A cURL example, say.")
