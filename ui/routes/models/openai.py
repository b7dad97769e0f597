"""OpenAI's interface: what its programs ask for and are answered, field by field."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from backend.types import COUNT_MAX, SEED_MAX
from ui.present.openai_asked import FORMATS, QUALITIES, RESPONSE_FORMATS
from ui.routes.models.base import Answer, Asked, Id, one_of, told, whole


class ImagesWanted(Asked):
    """The images to be made, as OpenAI's programs ask for them; null is left out. Further fields
    are the model's own parameters, as `GET /api/models` lists them."""

    model_config = ConfigDict(
        json_schema_extra={
            "required": ["prompt"],
            "examples": [{"prompt": "a flying cat", "size": "1024x1024"}],
        }
    )

    prompt: Annotated[Any, told({"type": "string", "minLength": 1})] = None
    model: Annotated[Any, told({"type": ["string", "null"]})] = Field(
        None, description="A model's id, or its label; else the first one that there is."
    )
    n: Annotated[Any, whole(1, COUNT_MAX)] = Field(1, description="How many images.")
    size: Annotated[Any, told({"type": "string", "examples": ["1024x1024"]})] = Field(
        "auto", description="`auto` is the model's own."
    )
    seed: Annotated[
        Any, told({"type": ["integer", "null"], "minimum": -1, "maximum": SEED_MAX})
    ] = Field(None, description="Drawn where it is -1 or left out; further images have the next.")
    negative_prompt: Annotated[Any, told({"type": ["string", "null"]})] = ""
    steps: Annotated[Any, told({"type": ["integer", "null"]})] = Field(
        None, description="`num_steps` and `num_inference_steps` say the same."
    )
    guidance_scale: Annotated[Any, told({"type": ["number", "null"]})] = None
    quality: Annotated[Any, one_of(*QUALITIES)] = Field(
        "auto",
        description="`high` and `hd` take half as many steps more than the model's own number,"
        " `low` half of it; the others that number.",
    )
    style: Annotated[Any, told({"type": ["string", "null"]})] = Field(
        None,
        description="A style of yours, by its name: it is put on the prompt. `vivid`, which some"
        " programs always send, is none unless you have one of that name.",
    )
    response_format: Annotated[Any, one_of(*RESPONSE_FORMATS)] = Field(
        None,
        description="How the images come: within the answer, or as addresses that are good for an"
        " hour; both where it is left out.",
    )
    output_format: Annotated[Any, one_of(*FORMATS)] = Field(
        None, description="Else as the model made it. What is stored stays as it is."
    )
    output_compression: Annotated[Any, whole(0, 100)] = Field(
        None, description="The quality of a JPEG or WebP that is made for this answer."
    )
    background: Annotated[Any, one_of("auto", "opaque")] = "auto"
    moderation: Annotated[Any, one_of("auto", "low")] = Field(
        "auto", description="Changes nothing: the platform's own rules hold."
    )
    user: Annotated[Any, told({"type": ["string", "null"]})] = Field(
        None, description="Neither kept nor handed on, and so is `safety_identifier`."
    )


class OpenAIImage(Answer):
    """An image, in one way or in both."""

    b64_json: str | None = Field(None, description="The file, in base64.")
    url: str | None = Field(None, description="Where the file is, for an hour.")
    revised_prompt: str | None = Field(None, description="What was sent, where a style is on it.")
    id: Id = Field(description="In the gallery.")
    seed: int | None = Field(description="Null where the model takes none.")
    cached: bool = Field(description="Whether this answer came from disk, for nothing.")


class OpenAIImages(Answer):
    """The images, once all have landed."""

    created: int = Field(description="Seconds since 1970.")
    data: list[OpenAIImage]
    background: Literal["opaque"]
    output_format: Literal["png", "jpeg", "webp"] = Field(description="Of the first one.")
    size: str = Field(description="Of the first one, in pixels.", examples=["1024x1024"])


class OpenAIModel(Answer):
    id: str
    object: Literal["model"]
    created: int = Field(description="0: nobody tells.")
    owned_by: str = Field(description="The platform.")


class OpenAIModels(Answer):
    """The models that images can be made with now, in the order of the form."""

    object: Literal["list"]
    data: list[OpenAIModel]


class OpenAIFault(Answer):
    message: str = Field(description="What happened, and what to do.")
    type: str = Field(description="OpenAI's kind of error.", examples=["invalid_request_error"])
    param: str | None = Field(description="The field that it is about.")
    code: str | None = Field(examples=["insufficient_quota"])


class OpenAIError(Answer):
    """Why it was not done, in the shape that OpenAI's programs read."""

    error: OpenAIFault


ERRORS = {
    400: "Something in the request cannot be done",
    401: "There is no such key",
    404: "There is no such model or address",
    422: "The `Idempotency-Key` is another request's",
    429: "A limit is used (`insufficient_quota`), or too much is asked for at once",
    502: "The platform gave no image; with `may_have_been_charged` it may cost",
    503: "Nothing was sent",
}
"""What each status means."""
