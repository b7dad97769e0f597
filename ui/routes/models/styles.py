"""Styles and presets: what is there, what is changed, what a prompt becomes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from backend.styles.kinds import NAME_MAX_CHARS, TEXT_MAX_CHARS, WORN_MAX
from ui.routes.models.base import Answer, Asked, told

_NAME = told({"type": "string", "minLength": 1, "maxLength": NAME_MAX_CHARS})
_TEXT = told({"type": "string", "maxLength": TEXT_MAX_CHARS})
_NAMES = told({"type": "array", "items": {"type": "string"}})
_WORN = told({"type": ["array", "null"], "items": {"type": "string"}, "maxItems": WORN_MAX})
_OBJECT = told({"type": ["object", "null"]})
_OBJECTS = told({"type": "array", "items": {"type": "object"}})
_STYLE: dict[str, Any] = {"name": "Cinema", "prompt": "cinematic photo of {prompt}, 35mm film"}


def _example(*required: str, **fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields], "required": list(required)})


class StyleOf(Answer):
    """Texts in which `{prompt}` stands for the prompt; without it they come behind it."""

    name: str
    prompt: str
    negative_prompt: str


class PresetOf(Answer):
    """A form under a name."""

    name: str
    model: str = Field(description="A model's id, empty for any.")
    values: dict[str, str | int | float] = Field(description="Parameters by name.")
    styles: list[str] = Field(description="Names, in their order.")
    random_seed: bool | None
    count: int | None


class Styles(Answer):
    """All of both, in the order in which they came."""

    styles: list[StyleOf]
    presets: list[PresetOf]


class StyleDocument(Answer):
    """What is exported, and kept in styles.json."""

    version: int
    styles: list[StyleOf]
    presets: list[PresetOf]


class LeftOutOf(Answer):
    name: str = Field(description="The entry's name, or its number.")
    why: str


class TakenFile(Answer):
    """What came of a file."""

    text: str = Field(description="All of it in words.")
    styles: list[str] = Field(description="The names under which they are kept now.")
    presets: list[str]
    left_out: list[LeftOutOf] = Field(description="The first 200.")


class Composed(Answer):
    """What is sent."""

    prompt: str
    negative_prompt: str | None = Field(description="Null where the model takes none.")
    notes: list[str]


class SaveStyle(Asked):
    """A style; with `former` that of this name is changed into it."""

    model_config = _example("name", **_STYLE)

    name: Annotated[Any, _NAME] = None
    prompt: Annotated[Any, _TEXT] = ""
    negative_prompt: Annotated[Any, _TEXT] = ""
    former: Annotated[Any, told({"type": ["string", "null"]})] = None
    was: Annotated[Any, _OBJECT] = Field(
        None, description="The style as it was seen: refused where it is another one by now."
    )


class SavePreset(Asked):
    """A preset; with `former` that of this name is changed into it."""

    model_config = _example("name", name="Portraits", values={"width": 832, "height": 1216})

    name: Annotated[Any, _NAME] = None
    model: Annotated[Any, told({"type": "string"})] = ""
    values: Annotated[Any, told({"type": "object"})] = Field(
        None, description="Parameters by name; with a model they are checked."
    )
    styles: Annotated[Any, _WORN] = None
    random_seed: Annotated[Any, told({"type": ["boolean", "null"]})] = None
    count: Annotated[Any, told({"type": ["integer", "null"]})] = None
    former: Annotated[Any, told({"type": ["string", "null"]})] = None
    was: Annotated[Any, _OBJECT] = Field(None, description="As in `POST /api/styles`.")
    instead: Annotated[Any, told({"type": "boolean"})] = Field(
        False, description="In place of one of the same name."
    )


class StyleNames(Asked):
    """Which ones."""

    model_config = _example(styles=["Cinema"])

    styles: Annotated[Any, _NAMES] = Field([], description="Names of styles.")
    presets: Annotated[Any, _NAMES] = Field([], description="Names of presets.")


class StyleEntries(Asked):
    """What was taken away."""

    model_config = _example(styles=[_STYLE])

    styles: Annotated[Any, _OBJECTS] = Field([], description="As they were returned.")
    presets: Annotated[Any, _OBJECTS] = Field([], description="As they were returned.")


class ToCompose(Asked):
    """A prompt and its styles."""

    model_config = _example("styles", prompt="a cat", styles=["Cinema"])

    prompt: Annotated[Any, told({"type": "string"})] = ""
    negative_prompt: Annotated[Any, told({"type": ["string", "null"]})] = ""
    styles: Annotated[Any, _WORN] = None
    model: Annotated[Any, told({"type": "string"})] = Field("", description="A model's id.")


class StyleUpload(Asked):
    """One file."""

    model_config = _example("file", file="@styles.csv")

    file: Annotated[Any, told({"type": "string", "format": "binary"})] = Field(
        None, description="CSV or JSON, of this program or another one."
    )
