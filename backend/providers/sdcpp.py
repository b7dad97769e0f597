"""stable-diffusion.cpp's own API, as its sd-server speaks it: an image is ordered, then asked for.

Pure. The same server also speaks the web UI's API (a1111.py), where the answer is waited for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from backend.errors import FREE, LookupFailed, Refused
from backend.providers import own_params as usual
from backend.providers import paths
from backend.providers.answers import dig, image_of, names_of, one_line, try_json
from backend.providers.base import NO_KEY, Auth, Lacking, Platform, RemoteModel
from backend.providers.explain import said_in
from backend.said import joined, msg
from backend.types import Answered, GenerationRequest, RawImage, Ticket, WireCall

_JOB = re.compile(r"[A-Za-z0-9_-]{1,100}")
ABOUT = WireCall("GET", "/sdcpp/v1/capabilities")
_ORDERS = re.compile(r"</?sd_cpp_extra_args>")
_WAITING = ("queued", "generating")
_LISTS = {"sampler": "samplers", "scheduler": "schedulers"}
_OWN = frozenset({"negative_prompt", "width", "height"})

PLATFORM = Platform(
    name="sdcpp",
    label="stable-diffusion.cpp",
    env="SDCPP",
    tiers={},
    key=NO_KEY,
    key_example="",
    paths=("/sdcpp/v1/img_gen", "/sdcpp/v1/capabilities", "/sdcpp/v1"),
    answer="""\
{
  "id": "job_6b0c098d_00000000",
  "kind": "img_gen",
  "status": "queued",
  "created": 1795950989,
  "poll_url": "/sdcpp/v1/jobs/job_6b0c098d_00000000"
}""",
    image_at=(),
    polled=(
        '{"id": "job_6b0c098d_00000000", "status": "generating", "result": null, "error": null}',
        """\
{
  "id": "job_6b0c098d_00000000",
  "status": "completed",
  "result": {
    "output_format": "png",
    "images": [{ "index": 0, "b64_json": "iVBORw0KGgoAAAAASUVORK5CYII=" }]
  },
  "error": null
}""",
    ),
    auth=Auth.NONE,
    needs_key=False,
    local=True,
    url="http://127.0.0.1:1234",
    params=usual.OF_A_SERVER,
    nameless=True,
)


def without_orders(prompt: str) -> str:
    """Return a prompt without the marks between which the server reads settings of its own.

    It does so in the APIs that others made usual. Until none is left: taking one out may put
    another together.
    """
    while (cleaned := _ORDERS.sub("", prompt)) != prompt:
        prompt = cleaned
    return prompt


def loaded_in(body: bytes) -> str:
    """Return a hash of which file of weights the server has loaded. Raises: LookupFailed."""
    model = dig(try_json(body), "model")
    name = one_line(dig(model, "path")) or one_line(dig(model, "name"))
    if not name:
        raise LookupFailed(msg("The platform's model list could not be read."), FREE)
    return sha256(name.encode("utf-8", "replace")).hexdigest()


class StableDiffusionCpp(Lacking):
    """sd-server's API below /sdcpp/v1. The server has one model, so none is named."""

    platform = PLATFORM

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        payload: dict[str, Any] = {"prompt": request.prompt}
        given = {name: value for name, value in request.values.items() if value is not None}
        payload |= {name: value for name, value in given.items() if name in _OWN}
        sampling: dict[str, Any] = {
            ours: given[name]
            for name, ours in (
                ("num_steps", "sample_steps"),
                ("sampler", "sample_method"),
                ("scheduler", "scheduler"),
            )
            if name in given
        }
        if "guidance_scale" in given:
            sampling["guidance"] = {"txt_cfg": given["guidance_scale"]}
        payload |= {
            "seed": -1 if request.seed is None else request.seed,
            "batch_count": 1,
            "sample_params": sampling,
            "output_format": "png",
        }
        return WireCall("POST", "/sdcpp/v1/img_gen", payload)

    def parse(self, body: bytes) -> Ticket:
        """Return how to ask for what was ordered. Raises: BadAnswer."""
        document = try_json(body)
        path = f"/sdcpp/v1/jobs/{paths.job_in(document, 'id', _JOB, body)}"
        return Ticket(WireCall("GET", path), cancel=WireCall("POST", f"{path}/cancel"))

    def follow(self, ticket: Ticket, body: bytes) -> Answered:
        """Return the image, or the ticket again. Raises: Refused where it failed, BadAnswer."""
        document = try_json(body)
        status = dig(document, "status")
        if status in _WAITING:
            return ticket
        if status in ("failed", "cancelled"):
            raise Refused(joined(msg("The server made no image."), said_in(document, body)), FREE)
        return self._image(document)

    def _image(self, document: object) -> RawImage:
        images = dig(document, "result", "images")
        return image_of(dig(images[0], "b64_json") if isinstance(images, list) and images else None)

    def models_call(self) -> WireCall:
        return ABOUT

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        """Return the model that the server was started with. Raises: LookupFailed."""
        name = one_line(dig(try_json(body), "model", "name"))
        if not name:
            raise LookupFailed(msg("The platform's model list could not be read."), FREE)
        return [RemoteModel(name, None, True)]

    def choices_calls(self) -> Mapping[str, WireCall]:
        return dict.fromkeys(_LISTS, ABOUT)

    def parse_choices(self, name: str, body: bytes) -> tuple[str, ...]:
        """Return the names that the server knows. Raises: LookupFailed."""
        told = dig(try_json(body), _LISTS.get(name, ""))
        if not isinstance(told, list):
            raise LookupFailed(msg("The platform's answer could not be read."), FREE)
        return names_of(told)
