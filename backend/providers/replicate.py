"""Replicate's API as pure functions: a prediction is made, waited for, and its file fetched.

It waits up to a minute by itself; then the prediction is asked for by its id, at our own address.
"""

from __future__ import annotations

import re
from typing import Any

from backend.errors import CHECK, FREE, BadAnswer, LookupFailed
from backend.providers import own_params as usual
from backend.providers import paths
from backend.providers.answers import dig, image_or_link, one_line, try_json
from backend.providers.base import Lacking, Platform, RemoteModel
from backend.providers.explain import said_in
from backend.said import joined, msg
from backend.types import Answered, GenerationRequest, Ticket, WireCall

_ID = re.compile(r"[a-z0-9]{10,64}")
_WAITING = ("starting", "processing")
_FAILED = ("failed", "canceled", "aborted")
_NAMES = {"num_steps": "num_inference_steps"}
_SEED = re.compile(r"^using (?:random )?seed:? *(\d{1,20})\b", re.IGNORECASE | re.MULTILINE)

PLATFORM = Platform(
    name="replicate",
    label="Replicate",
    env="REPLICATE",
    tiers={},
    key=re.compile(r"\br8_[A-Za-z0-9]{10,}"),
    key_example="r8_...",
    paths=("/predictions", "/models", "/collections", "/account"),
    answer="""\
{
  "id": "dzsqmb3bg4lqpjkz2iptjqgccm",
  "model": "stability-ai/sdxl",
  "input": { "prompt": "a flying cat" },
  "logs": "",
  "output": null,
  "error": null,
  "status": "starting",
  "urls": {
    "get": "https://api.replicate.com/v1/predictions/dzsqmb3bg4lqpjkz2iptjqgccm",
    "cancel": "https://api.replicate.com/v1/predictions/dzsqmb3bg4lqpjkz2iptjqgccm/cancel"
  }
}""",
    image_at=(),
    polled=(
        '{"id": "dzsqmb3bg4lqpjkz2iptjqgccm", "status": "processing", "output": null}',
        """\
{
  "id": "dzsqmb3bg4lqpjkz2iptjqgccm",
  "status": "succeeded",
  "logs": "Using seed: 16010",
  "metrics": { "predict_time": 4.981337 },
  "output": ["https://pbxt.replicate.delivery/YXbcLudoHBIYHV6L0HbcTx5iRzLF/out-0.png"]
}""",
    ),
    link_hosts=("replicate.delivery", ".replicate.delivery"),
    url="https://api.replicate.com/v1",
    params=usual.OF_A_CLOUD,
)


class Replicate(Lacking):
    """A model is OWNER/NAME, or OWNER/NAME:VERSION where it has no version of its own."""

    platform = PLATFORM

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        inputs = {"prompt": request.prompt, **usual.written(request.values, _NAMES)}
        if request.seed is not None:
            inputs["seed"] = request.seed
        name, _, version = request.model.partition(":")
        path = f"/models{paths.of_model(name)}/predictions"
        payload: dict[str, Any] = {"input": inputs}
        if version:
            path, payload["version"] = "/predictions", version
        return WireCall("POST", path, payload, headers={"Prefer": "wait"})

    def parse(self, body: bytes) -> Answered:
        """Return where the image is, or how to ask for it. Raises: BadAnswer."""
        document = try_json(body)
        status = dig(document, "status")
        if status == "succeeded":
            return _image(document)
        if status not in _WAITING:
            raise _failed(document, body)
        path = f"/predictions/{paths.job_in(document, 'id', _ID, body)}"
        return Ticket(WireCall("GET", path), cancel=WireCall("POST", f"{path}/cancel"))

    def follow(self, ticket: Ticket, body: bytes) -> Answered:
        """Return where the image is, or the ticket again: also for a word that is new to us.

        Raises: BadAnswer.
        """
        document = try_json(body)
        status = dig(document, "status")
        if status == "succeeded":
            return _image(document)
        if not one_line(status) or status in _FAILED:
            raise _failed(document, body)
        return ticket

    def models_call(self) -> WireCall:
        """Return the call for a choice of theirs: what can be asked for is far more."""
        return WireCall("GET", "/collections/text-to-image")

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        """Return the models of a collection. Raises: LookupFailed."""
        entries = dig(try_json(body), "models")
        if not isinstance(entries, list):
            raise LookupFailed(msg("The platform's model list could not be read."), FREE)
        named = [
            (one_line(entry.get("owner")), one_line(entry.get("name")))
            for entry in entries
            if isinstance(entry, dict)
        ]
        return [
            RemoteModel(f"{owner}/{name}", None, True) for owner, name in named if owner and name
        ]


def _image(document: object) -> Answered:
    url = dig(document, "output")
    for _ in range(3):  # a URL, or lists of them; older models wrap each once more
        if isinstance(url, list) and url:
            url = url[0]
        elif isinstance(url, dict):
            url = url.get("image") or url.get("file")
    logs = dig(document, "logs")
    seed = _SEED.search(logs[:4_000]) if isinstance(logs, str) else None
    seconds = dig(document, "metrics", "predict_time")
    return image_or_link(url, seconds, int(seed[1]) if seed else None)


def _failed(document: object, body: bytes) -> BadAnswer:
    """Return what a prediction that failed says; the time until then may be billed."""
    what = msg("The answer is not one of the platform's.")
    if dig(document, "status") in _FAILED:
        what = msg("The platform answered that it failed.")
    return BadAnswer(joined(what, said_in(document, body)), CHECK)
