"""AUTOMATIC1111's web UI, Forge, SD.Next and sd-server: one API, on a computer of one's own. Pure.

Its models, samplers and schedulers are asked for. One call makes one image, and is answered when
it is there: the server has one line, so that others' images may come first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.errors import FREE, LookupFailed, PlaygroundError
from backend.providers import own_params as usual
from backend.providers.answers import dig, image_of, one_line, try_json
from backend.providers.base import Auth, Lacking, Platform, RemoteModel
from backend.providers.explain import quoting
from backend.providers.sdcpp import without_orders
from backend.said import msg
from backend.types import GenerationRequest, RawImage, WireCall

_NO_LIST = msg("The platform's model list could not be read.")
_NO_CHOICES = msg("The platform's answer could not be read.")

_NAMES = {
    "num_steps": "steps",
    "guidance_scale": "cfg_scale",
    "sampler": "sampler_name",
}
_MARKED = re.compile(r" \[[0-9a-f]{8,64}\]$")  # a title gets this once the file was hashed
_HASH = re.compile(r"(?!(.)\1*$)[0-9a-f]{10,64}")  # sd-server tells 8888... for any weights

PLATFORM = Platform(
    name="a1111",
    label="AUTOMATIC1111, Forge, SD.Next",
    env="A1111",
    tiers={},
    key=re.compile(r"^[^\s:/]+:[^\s/]+$"),
    key_example="user:password",
    paths=("/sdapi/v1/txt2img", "/sdapi/v1/sd-models", "/sdapi/v1", "/docs"),
    answer="""\
{
  "images": ["iVBORw0KGgoAAAANSUhEUg..."],
  "parameters": { "prompt": "a flying cat", "steps": 25 },
  "info": "{\\"seed\\": 42, \\"all_seeds\\": [42], \\"infotexts\\": [\\"a flying cat\\"]}"
}""",
    image_at=("images", 0),
    auth=Auth.BASIC,
    needs_key=False,
    local=True,
    url="http://127.0.0.1:7860",
    params=usual.OF_A_SERVER,
)


class A1111(Lacking):
    """The API that AUTOMATIC1111's web UI made usual, below /sdapi/v1."""

    platform = PLATFORM

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        """Return the call; the checkpoint is chosen for it alone, nothing is saved there.

        What sd-server would read as orders of its own is taken out of the prompt.
        """
        payload: dict[str, Any] = {"prompt": without_orders(request.prompt)}
        payload |= usual.written(request.values, _NAMES) | {
            "seed": -1 if request.seed is None else request.seed,
            "batch_size": 1,
            "n_iter": 1,
            "override_settings": {"sd_model_checkpoint": request.model},
            "send_images": True,
            "save_images": False,
        }
        return WireCall("POST", "/sdapi/v1/txt2img", payload)

    def parse(self, body: bytes) -> RawImage:
        """Return the first image, with the seed and the checkpoint that `info` tells.

        A web UI that lacks the one that was asked for paints with another one, and answers 200.
        Raises: BadAnswer.
        """
        document = try_json(body)
        images = dig(document, "images")
        info = dig(document, "info")  # JSON in a text; "" from sd-server
        told = try_json(info.encode("utf-8", "replace")) if isinstance(info, str) else None
        seeds = dig(told, "all_seeds")
        seed = seeds[0] if isinstance(seeds, list) and seeds else dig(told, "seed")
        first = images[0] if isinstance(images, list) and images else None
        name, version = one_line(dig(told, "sd_model_name")), _hash(dig(told, "sd_model_hash"))
        with quoting(document, body):
            return replace(image_of(first, seed=seed), model=name, version=version)

    def models_call(self) -> WireCall:
        return WireCall("GET", "/sdapi/v1/sd-models")

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        """Return the checkpoints by their titles, which are also good without the hash.

        Raises: LookupFailed.
        """
        entries = try_json(body)
        if not isinstance(entries, list):
            raise LookupFailed(_NO_LIST, FREE)
        if not entries:
            raise LookupFailed(msg("The server has no model."), FREE)
        return [
            RemoteModel(title, None, True, _version(entry))
            for entry in entries
            if isinstance(entry, dict) and (title := _MARKED.sub("", one_line(entry.get("title"))))
        ]

    def choices_calls(self) -> Mapping[str, WireCall]:
        return {
            "sampler": WireCall("GET", "/sdapi/v1/samplers"),
            "scheduler": WireCall("GET", "/sdapi/v1/schedulers"),
        }

    def parse_choices(self, name: str, body: bytes) -> tuple[str, ...]:
        """Return the names as the server shows them, which it takes too. Raises: LookupFailed."""
        entries = try_json(body)
        if not isinstance(entries, list):
            raise LookupFailed(_NO_CHOICES, FREE)
        shown = [
            one_line(entry.get("label")) or one_line(entry.get("name"))
            for entry in entries
            if isinstance(entry, dict)
        ]
        return tuple(dict.fromkeys(filter(None, shown)))

    def explain(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime | None = None,
    ) -> PlaygroundError:
        return super().explain(status, headers, _in_the_usual_words(body), now=now)


def _version(entry: Mapping[str, Any]) -> str:
    return _hash(entry.get("sha256")) or _hash(entry.get("hash"))


def _hash(told: object) -> str:
    return told if isinstance(told, str) and _HASH.fullmatch(told) else ""


def _in_the_usual_words(body: bytes) -> bytes:
    """Return a refusal with what it says in one place.

    The web UI names the kind of a failure in `error` and tells it in `errors` or `detail`.
    """
    document = try_json(body)
    told = document if isinstance(document, dict) else {}
    for words in (told.get("errors"), told.get("message"), told.get("detail")):
        if isinstance(words, str) and words.strip():
            return json.dumps({"message": words}).encode()
    return body
