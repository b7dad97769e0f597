"""POST /images/generations as OpenAI made it usual, with the ways of all who speak it. Pure.

What each of them does otherwise is data: `Dialect`. n is always 1: one call makes one image.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from backend.errors import FREE, LookupFailed, NoCredit, PlaygroundError
from backend.providers import own_params as usual
from backend.providers import sdcpp
from backend.providers.answers import (
    dig,
    image_of,
    image_or_link,
    one_line,
    tokens_of,
    try_json,
)
from backend.providers.base import NO_KEY, Lacking, Platform, RemoteModel
from backend.providers.explain import quoting, said_in
from backend.said import joined, msg
from backend.types import GenerationRequest, Link, ParamSpec, RawImage, WireCall

_NO_LIST = msg("The platform's model list could not be read.")
_ANSWER = """\
{
  "created": 1780000000,
  "data": [{ "b64_json": "iVBORw0KGgoAAAANSUhEUg..." }]
}"""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one API does in its own way.

    `names` are its names of our parameters; None: it has no word for it. `asks` is sent with each
    request of a model. Where `size` is true width and height are one text, "WIDTHxHEIGHT". `prompt`
    makes the prompt of what a person wrote, the negative prompt and the seed. `images` tells the
    models that make images, by their entry in the list. `loaded` is where a server with one model
    tells of its weights, whose hash `loaded_in` finds there: its list may name any alike.
    """

    platform: Platform
    names: Mapping[str, str | None] = field(default_factory=dict)
    asks: Callable[[str], Mapping[str, Any]] = lambda model: {"response_format": "b64_json"}
    size: bool = True
    prompt: Callable[[str, str, int | None], str] = lambda text, negative, seed: text
    images: Callable[[Mapping[str, Any]], bool] = lambda entry: True
    loaded: WireCall | None = None
    loaded_in: Callable[[bytes], str] | None = None


class OpenAiImages(Lacking):
    """One dialect of the API."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.platform = dialect.platform

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        """Return the paid call: model, prompt, n, then what was given in the API's names."""
        dialect = self._dialect
        given = {name: value for name, value in request.values.items() if value is not None}
        given.pop("model", None)
        negative = str(given.get("negative_prompt", ""))
        payload: dict[str, Any] = {
            "model": request.model,
            "prompt": dialect.prompt(request.prompt, negative, request.seed),
            "n": 1,
            **dialect.asks(request.model),
        }
        if dialect.size and {"width", "height"} <= given.keys():
            payload["size"] = f"{given.pop('width')}x{given.pop('height')}"
        if request.seed is not None:
            given["seed"] = request.seed
        for name, value in given.items():
            if (theirs := dialect.names.get(name, name)) is not None and theirs not in payload:
                payload[theirs] = value
        return WireCall("POST", "/images/generations", payload)

    def parse(self, body: bytes) -> RawImage | Link:
        """Return the first image, or where it is. Raises: BadAnswer."""
        document = try_json(body)
        data = dig(document, "data")
        first = data[0] if isinstance(data, list) and data else None
        if isinstance(url := dig(first, "url"), str) and not dig(first, "b64_json"):
            return image_or_link(url)
        with quoting(document, body):
            made = image_of(dig(first, "b64_json"))
        return replace(made, tokens=tokens_of(dig(document, "usage")))

    def models_call(self) -> WireCall:
        return WireCall("GET", "/models")

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        """Return the models that make images. Raises: LookupFailed."""
        document = try_json(body)
        entries = document if isinstance(document, list) else dig(document, "data")
        if not isinstance(entries, list):
            raise LookupFailed(joined(_NO_LIST, said_in(document, body)), FREE)
        found = [
            RemoteModel(name, None, self._dialect.images(entry))
            for entry in entries
            if isinstance(entry, dict) and (name := one_line(entry.get("id")))
        ]
        if not found:
            raise LookupFailed(msg("The server has no model."), FREE)
        return found

    def loaded_call(self) -> WireCall | None:
        return self._dialect.loaded

    def parse_loaded(self, body: bytes) -> str:
        read = self._dialect.loaded_in or super().parse_loaded
        return read(body)

    def explain(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime | None = None,
    ) -> PlaygroundError:
        document = try_json(body)
        if status == 429 and "insufficient_quota" in (
            dig(document, "error", "code"),
            dig(document, "error", "type"),
        ):  # no wait mends that
            return NoCredit(
                joined(msg("Your account has no credit left (429)."), said_in(document, body)),
                joined(msg("Add credits on the platform."), FREE),
            )
        return super().explain(status, headers, body, now=now)


def _for_localai(prompt: str, negative: str, seed: int | None) -> str:
    """Return the prompt with what is not to be seen after a "|", and no other one in it."""
    text = prompt.replace("|", ",")
    return f"{text}|{negative.replace('|', ',')}" if negative else text


def _for_sdcpp(prompt: str, negative: str, seed: int | None) -> str:
    """Return the prompt with our seed in the server's own marks, and nobody else's orders."""
    prompt = sdcpp.without_orders(prompt)
    orders: dict[str, Any] = {} if seed is None else {"seed": seed}
    if negative:
        orders["negative_prompt"] = sdcpp.without_orders(negative)
    if not orders:
        return prompt
    # Nothing of a person's own can end the mark: "<" is written so that JSON alone reads it.
    text = json.dumps(orders).replace("<", r"\u003c")
    return f"{prompt}<sd_cpp_extra_args>{text}</sd_cpp_extra_args>"


def _openai_asks(model: str) -> Mapping[str, Any]:
    """Return what a model of OpenAI's is asked beside: only the older ones know of formats."""
    return {"response_format": "b64_json"} if model.startswith("dall-e") else {}


def _is_openai_image(entry: Mapping[str, Any]) -> bool:
    return bool(re.match(r"(chat)?gpt-image|dall-e", str(entry.get("id"))))


def _params(*more: ParamSpec, size_px: int = 1024) -> tuple[ParamSpec, ...]:
    sizes = usual.beginning(usual.WIDTH, size_px), usual.beginning(usual.HEIGHT, size_px)
    return (usual.PROMPT, *more[:1], *sizes, *more[1:], usual.SEED)


def _platform(name: str, label: str, url: str, **more: Any) -> Platform:
    return replace(
        Platform(
            name=name,
            label=label,
            env=name.upper(),
            tiers={},
            key=NO_KEY,
            key_example="sk-...",
            paths=("/images/generations", "/models", "/chat/completions"),
            answer=_ANSWER,
            image_at=("data", 0, "b64_json"),
            url=url,
        ),
        **more,
    )


_SIDE = replace(usual.WIDTH, help=msg("In pixels, a multiple of 16."), maximum=3840, step=16)
_OPENAI_PARAMS = (
    usual.PROMPT,
    _SIDE,
    replace(_SIDE, name="height", label=usual.HEIGHT.label),
    ParamSpec(
        name="quality",
        kind="text",
        label=msg("Quality"),
        help=msg("Higher takes longer and costs more."),
        default="auto",
        choices=("auto", "low", "medium", "high"),
    ),
)
_LOCAL: Mapping[str, Any] = {"needs_key": False, "local": True}

OPENAI = Dialect(
    _platform(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        key=re.compile(r"\bsk-[A-Za-z0-9_\-]{16,}"),
        link_hosts=("oaidalleapiprodscus.blob.core.windows.net",),
        params=_OPENAI_PARAMS,
    ),
    names={"seed": None, "negative_prompt": None},
    asks=_openai_asks,
    images=_is_openai_image,
)
TOGETHER = Dialect(
    _platform(
        "together",
        "Together AI",
        "https://api.together.xyz/v1",
        key=re.compile(r"\b[0-9a-f]{64}\b"),
        key_example="...",
        link_hosts=(".together.ai", ".together.xyz"),
        params=_params(usual.NEGATIVE_PROMPT, usual.STEPS, usual.GUIDANCE),
    ),
    names={"num_steps": "steps"},
    asks=lambda model: {"response_format": "base64"},
    size=False,
    images=lambda entry: entry.get("type") == "image",
)
LOCALAI = Dialect(
    _platform(
        "localai",
        "LocalAI",
        "http://127.0.0.1:8080/v1",
        params=_params(usual.NEGATIVE_PROMPT, usual.STEPS, size_px=512),
        **_LOCAL,
    ),
    names={"num_steps": "step", "negative_prompt": None},
    prompt=_for_localai,
)
VLLM_OMNI = Dialect(
    _platform(
        "vllm_omni",
        "vLLM-Omni",
        "http://127.0.0.1:8000/v1",
        params=_params(usual.NEGATIVE_PROMPT, usual.STEPS, usual.GUIDANCE),
        **_LOCAL,
    ),
    names={"num_steps": "num_inference_steps"},
)
SDCPP_V1 = Dialect(
    _platform(
        "sdcpp_v1",
        "stable-diffusion.cpp (OpenAI)",
        "http://127.0.0.1:1234/v1",
        params=_params(usual.NEGATIVE_PROMPT, size_px=512),
        nameless=True,
        **_LOCAL,
    ),
    names={"seed": None, "negative_prompt": None},
    asks=lambda model: {},
    prompt=_for_sdcpp,
    loaded=WireCall("GET", f"/..{sdcpp.ABOUT.path}"),  # beside /v1, which names all alike
    loaded_in=sdcpp.loaded_in,
)

DIALECTS = (OPENAI, TOGETHER, LOCALAI, VLLM_OMNI, SDCPP_V1)
