"""What a request to `/v1/images/generations` asks for, in our own words. Pure.

Every field that OpenAI's programs send is carried out, has no meaning here and changes nothing
(`moderation`, `user`), or is refused in words: none is passed over where the image would differ.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from backend.errors import InvalidInput
from backend.said import listed, msg
from backend.text import cut
from backend.types import ModelSpec, ParamSpec
from ui.present.program_asked import DRAWN, STEPS, lacks, named_model, twice

FileFormat = Literal["png", "jpeg", "webp"]

FORMATS: tuple[FileFormat, ...] = ("png", "jpeg", "webp")
RESPONSE_FORMATS = ("b64_json", "url")
QUALITIES = {"auto": 1.0, "standard": 1.0, "medium": 1.0, "low": 0.5, "high": 1.5, "hd": 1.5}
"""By how much each takes more steps, or fewer, than the model's own number of them."""

USUAL_STYLE = "vivid"
"""What DALL-E 3 takes where nothing is said, and what programs send where nobody has chosen one,
as LangChain does (DallEAPIWrapper in @langchain/openai): none here, unless one has that name."""

_MODERATIONS = ("auto", "low")
_BACKGROUNDS = ("auto", "opaque")
_SIZE = re.compile(r"([1-9]\d{0,4})\s*[xX\u00d7]\s*([1-9]\d{0,4})")
_OPENAIS = (
    *("prompt", "model", "n", "size", "quality", "style", "background", "moderation", "user"),
    *("safety_identifier", "response_format", "output_format", "output_compression"),
    *("stream", "partial_images"),
)

PARAMS = {"width": "size", "height": "size", "count": "n", "styles": "style"}
"""What OpenAI's programs call the fields that our refusals name."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`asked` as `calls.read` takes it; then how the images are to be handed over.

    `format` None is the file as it is stored; `compression` is 0 to 100, of JPEG and WebP.
    `steps` is what the request calls the number of steps.
    """

    asked: Mapping[str, object]
    b64: bool
    url: bool
    format: FileFormat | None
    compression: int | None
    steps: str


def read_wish(
    body: Mapping[str, Any], models: Mapping[str, ModelSpec], styles: Container[str] = ()
) -> Wish:
    """Return what a body asks for; null and "" are left out.

    Without a model it is the first of `models`; `styles` are the names of the user's own. The size,
    the seed and all else that is a model's own is checked where the form's is.
    Raises: InvalidInput naming the body's field.
    """
    body = {name: value for name, value in body.items() if value not in (None, "")}
    model = named_model(models, body.get("model"))
    own = {spec.name for spec in model.params}
    known = {*_OPENAIS, *STEPS, *own, "seed", "negative_prompt", "guidance_scale"}
    if unknown := sorted(body.keys() - known):
        raise InvalidInput(
            msg("There is no field called {name}.", name=cut(unknown[0], 40)),
            msg("There are {names}.", names=listed(sorted(known))),
            field=unknown[0],
        )
    _refuse_what_there_is_not(body)
    asked: dict[str, object] = {name: body[name] for name in own if name in body}
    asked |= {"model": model.id, "prompt": body.get("prompt"), "count": body.get("n", 1)}
    asked |= _size(body, model)
    for name in ("negative_prompt", "guidance_scale", "seed"):
        if name not in body or (name == "seed" and body[name] == DRAWN):
            asked.pop(name, None)
        elif name not in own:
            raise lacks(model, name)
    steps, number = _steps(body, model)
    if number is not None:
        asked["num_steps"] = number
    style = body.get("style")
    if style is not None and (style != USUAL_STYLE or style in styles):
        asked["styles"] = [style]
    shape = _choice(body, "response_format", RESPONSE_FORMATS)
    format, compression = _file(body)
    return Wish(asked, shape != "url", shape != "b64_json", format, compression, steps)


def _refuse_what_there_is_not(body: Mapping[str, Any]) -> None:
    if body.get("stream") not in (None, False) or body.get("partial_images") not in (None, 0):
        name = "stream" if body.get("stream") else "partial_images"
        raise InvalidInput(
            msg("Images come whole here, not as a stream."),
            msg("Leave {name} out.", name=name),
            field=name,
        )
    if body.get("background") == "transparent":
        raise InvalidInput(
            msg("No model here makes a transparent background."),
            msg("Choose {choices}.", choices=listed(_BACKGROUNDS)),
            field="background",
        )
    _choice(body, "background", _BACKGROUNDS)
    _choice(body, "moderation", _MODERATIONS)


def _choice(body: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str | None:
    value = body.get(name)
    if value is None or (isinstance(value, str) and value in choices):
        return value
    raise InvalidInput(
        msg("{name} has no such choice.", name=name),
        msg("Choose {choices}.", choices=listed(choices)),
        field=name,
    )


def _size(body: Mapping[str, Any], model: ModelSpec) -> dict[str, object]:
    size = body.get("size", "auto")
    if size == "auto":
        return {}
    found = _SIZE.fullmatch(size.strip()) if isinstance(size, str) else None
    if found is None:
        raise InvalidInput(
            msg("The size is not understood."),
            msg("Write it like {example}, or {auto}.", example="1024x1024", auto="auto"),
            field="size",
        )
    if model.param("width") is None or model.param("height") is None:
        raise lacks(model, "size")
    if "width" in body or "height" in body:
        raise twice("size", "width" if "width" in body else "height")
    return {"width": int(found[1]), "height": int(found[2])}


def _steps(body: Mapping[str, Any], model: ModelSpec) -> tuple[str, object]:
    """Return what the request calls the steps, and how many it asks for, None for the model's."""
    spec = model.param("num_steps")
    others = [name for name in STEPS if model.param(name) is None]  # else it is the model's own
    named = [name for name in ("num_steps", *others) if name in body]
    quality = _choice(body, "quality", tuple(QUALITIES))
    share = QUALITIES[quality or "auto"]
    if (named or share != 1) and spec is None:
        raise lacks(model, named[0] if named else "quality")
    if len(named) > 1 or (named and share != 1):
        raise twice(named[0], named[1] if len(named) > 1 else "quality")
    if named:
        return named[0], body[named[0]]
    return "quality", None if spec is None or share == 1 else _scaled(spec, model, share)


def _scaled(spec: ParamSpec, model: ModelSpec, share: float) -> int:
    if not isinstance(spec.default, int | float):
        raise lacks(model, "quality")
    most = spec.default * share if spec.maximum is None else min(spec.maximum, spec.default * share)
    return max(1, int(spec.minimum or 1), round(most))


def _file(body: Mapping[str, Any]) -> tuple[FileFormat | None, int | None]:
    format = cast("FileFormat | None", _choice(body, "output_format", FORMATS))
    compression = body.get("output_compression")
    if compression is None:
        return format, None
    whole = isinstance(compression, int) and not isinstance(compression, bool)
    if not whole or not 0 <= compression <= 100:
        raise InvalidInput(
            msg("{name} is no whole number in its range.", name="output_compression"),
            msg("Enter a whole number from {minimum} to {maximum}.", minimum="0", maximum="100"),
            field="output_compression",
        )
    if format in (None, "png"):
        if compression == 100:  # what OpenAI takes where nothing is said
            return format, None
        raise InvalidInput(
            msg("Only JPEG and WebP can be compressed more."),
            msg("Choose one of them as {name}.", name="output_format"),
            field="output_compression",
        )
    return format, compression
