"""A1111's interface: what its programs ask for and are answered, field by field."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from backend.types import COUNT_MAX, SEED_MAX
from ui.routes.models.base import Answer, Asked, told, whole


class Txt2ImgWanted(Asked):
    """The images to be made, as A1111's programs ask for them; null is left out. What would make
    another image and is on (`enable_hr`, `restore_faces`, scripts) is refused; what the model has
    no use for is named in the answer's `info`. Further fields are the model's own parameters."""

    model_config = ConfigDict(
        json_schema_extra={
            "required": ["prompt"],
            "examples": [{"prompt": "a flying cat", "width": 1024, "height": 1024, "steps": 20}],
        }
    )

    prompt: Annotated[Any, told({"type": "string", "minLength": 1})] = None
    negative_prompt: Annotated[Any, told({"type": "string"})] = ""
    styles: Annotated[Any, told({"type": "array", "items": {"type": "string"}})] = Field(
        None, description="Styles of yours, by their names: they are put on the prompt."
    )
    seed: Annotated[Any, told({"type": "integer", "minimum": -1, "maximum": SEED_MAX})] = Field(
        -1, description="Drawn where it is -1; further images have the next."
    )
    sampler_name: Annotated[Any, told({"type": "string"})] = None
    scheduler: Annotated[Any, told({"type": "string"})] = None
    batch_size: Annotated[Any, whole(1, COUNT_MAX)] = Field(
        1, description=f"Times `n_iter` it is how many images: {COUNT_MAX} at most."
    )
    n_iter: Annotated[Any, whole(1, COUNT_MAX)] = 1
    steps: Annotated[Any, told({"type": "integer"})] = None
    cfg_scale: Annotated[Any, told({"type": "number"})] = None
    width: Annotated[Any, told({"type": "integer"})] = None
    height: Annotated[Any, told({"type": "integer"})] = None
    sd_model_checkpoint: Annotated[Any, told({"type": "string"})] = Field(
        None, description="A model's title or name; else the one chosen by `options`."
    )
    override_settings: Annotated[Any, told({"type": "object"})] = Field(
        None,
        description="Of it `sd_model_checkpoint`, and `samples_format`: `png`, `jpg` or `webp`.",
    )
    send_images: Annotated[Any, told({"type": "boolean"})] = True


class Txt2ImgMade(Answer):
    """The images, once all have landed."""

    images: list[str] = Field(description="The files, in base64.")
    parameters: dict[str, Any] = Field(description="What was asked for.")
    info: str = Field(description="How they were made, as JSON; ours stands under `playground`.")


class A1111Options(Answer):
    sd_model_checkpoint: str = Field(description="What is meant where a request names no model.")
    sd_vae: str
    CLIP_stop_at_last_layers: int
    samples_format: str


class OptionsWanted(Asked):
    """Other options than this one are passed over."""

    sd_model_checkpoint: Annotated[Any, told({"type": "string"})] = Field(
        None, description="A model's title or name: it is kept for this key."
    )


class Done(Answer):
    """It was done."""


class Checkpoint(Answer):
    title: str = Field(description="A model's id.")
    model_name: str = Field(description="Its label.")
    hash: str | None
    sha256: str | None
    filename: str
    config: str | None


class Sampler(Answer):
    name: str
    aliases: list[str]
    options: dict[str, Any]


class Scheduler(Answer):
    name: str
    label: str
    aliases: list[str] | None
    default_rho: float
    need_inner_model: bool


class Upscaler(Answer):
    name: str
    model_name: str | None
    model_path: str | None
    model_url: str | None
    scale: float


class NoSuch(Answer):
    """What a list is of that is empty here."""


class NoFlags(Answer):
    """There is nothing to tell."""


class Embeddings(Answer):
    loaded: dict[str, NoSuch]
    skipped: dict[str, NoSuch]


class Scripts(Answer):
    txt2img: list[str]
    img2img: list[str]


class Memory(Answer):
    ram: dict[str, NoSuch]
    cuda: dict[str, NoSuch]


class PromptStyle(Answer):
    name: str
    prompt: str = Field(description="Where `{prompt}` stands in it the prompt goes.")
    negative_prompt: str


class PngInfoWanted(Asked):
    image: Annotated[Any, told({"type": "string"})] = Field(
        None, description="A PNG, JPEG or WebP in base64, also as a `data:` address."
    )


class PngInfo(Answer):
    info: str = Field(description="The infotext as it stands in the file, empty without one.")
    items: dict[str, str] = Field(description="The same, as `parameters`.")
    parameters: dict[str, str] = Field(description="What A1111 reads in it, by its own names.")


class ProgressState(Answer):
    skipped: bool
    interrupted: bool
    stopping_generation: bool
    job: str
    job_count: int = Field(description="Images of this key that are under way.")
    job_timestamp: str
    job_no: int = Field(description="How many of them are done.")
    sampling_step: int
    sampling_steps: int


class A1111Progress(Answer):
    """How far this key's requests are."""

    progress: float = Field(ge=0, le=1)
    eta_relative: float = Field(description="In how many seconds an image may come; 0: unknown.")
    state: ProgressState
    current_image: None
    textinfo: None


class A1111Error(Answer):
    """Why it was not done, in the shape that A1111's programs read."""

    error: str = Field(examples=["insufficient_quota"])
    detail: str = Field(description="What happened, and what to do.")
    body: str
    errors: str = Field(description="The same.")
