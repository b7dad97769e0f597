"""fal's API as pure functions: an image is ordered in its queue, asked for, and fetched by a link.

Under https://fal.run the same answers come at once. Its queue would try a failed image up to ten
times; it is told not to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.errors import CHECK, FREE, BadAnswer, PlaygroundError, Refused
from backend.providers import own_params as usual
from backend.providers import paths
from backend.providers.answers import dig, image_or_link, one_line, try_json
from backend.providers.base import Auth, Lacking, Platform
from backend.providers.explain import said_in
from backend.said import joined, msg
from backend.types import Answered, GenerationRequest, Ticket, WireCall

# As in its docs, "Request Error Types". Its FAQ: "Server errors (HTTP 500+) are never charged"; a
# wrong input (422) may be.
_UNBILLED = frozenset(
    {
        "request_timeout",
        "startup_timeout",
        "runner_scheduling_failure",
        "runner_connection_timeout",
        "runner_disconnected",
        "runner_connection_refused",
        "runner_connection_error",
        "runner_incomplete_response",
        "runner_server_error",
        "internal_error",
    }
)
"""What fal says of an order that failed by no fault of its input."""

_ANYBODYS = "internal_error"
"""What may befall a question alone, so that its image may yet be had."""

_NAMES = {"num_steps": "num_inference_steps"}

PLATFORM = Platform(
    name="fal",
    label="fal",
    env="FAL",
    tiers={},
    key=re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{16,}\b"),
    key_example="KEY_ID:KEY_SECRET",
    paths=(),
    answer="""\
{
  "status": "IN_QUEUE",
  "request_id": "80e732af-660e-45cd-bd63-580e4f2a94cc",
  "response_url": "https://queue.fal.run/fal-ai/flux/requests/80e732af-660e-45cd-bd63-580e4f2a94cc",
  "status_url": "https://queue.fal.run/fal-ai/flux/requests/80e732af-660e-45cd-bd63-580e4f2a94cc/status",
  "cancel_url": "https://queue.fal.run/fal-ai/flux/requests/80e732af-660e-45cd-bd63-580e4f2a94cc/cancel",
  "queue_position": 0
}""",
    image_at=(),
    polled=(
        '{"status": "IN_PROGRESS", "request_id": "80e732af-660e-45cd-bd63-580e4f2a94cc"}',
        '{"status": "COMPLETED", "request_id": "80e732af-660e-45cd-bd63-580e4f2a94cc"}',
        """\
{
  "images": [
    {
      "url": "https://v3.fal.media/files/rabbit/aQEmU4lEKKIIr9cDOChUB.png",
      "width": 1024,
      "height": 768,
      "content_type": "image/png"
    }
  ],
  "timings": { "inference": 1.2249955059960485 },
  "seed": 920212137,
  "has_nsfw_concepts": [false],
  "prompt": "a flying cat"
}""",
    ),
    auth=Auth.KEY,
    link_hosts=("fal.media", ".fal.media"),
    url="https://queue.fal.run",
    params=(
        usual.PROMPT,
        usual.WIDTH,
        usual.HEIGHT,
        usual.STEPS,
        usual.GUIDANCE,
        usual.SEED,
    ),
)


class Fal(Lacking):
    """A model of fal is a path below its host, such as fal-ai/flux/dev."""

    platform = PLATFORM

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        payload = {"prompt": request.prompt, **usual.written(request.values, _NAMES)}
        if "width" in payload and "height" in payload:
            payload["image_size"] = {name: payload.pop(name) for name in ("width", "height")}
        if request.seed is not None:
            payload["seed"] = request.seed
        path = paths.of_model(request.model)
        return WireCall("POST", path, payload, headers={"X-Fal-No-Retry": "1"})

    def parse(self, body: bytes) -> Answered:
        """Return how to ask for what was ordered, or where it is. Raises: BadAnswer."""
        document = try_json(body)
        if dig(document, "status_url"):
            return _ticket(document, body)
        return _image(document, body)

    def follow(self, ticket: Ticket, body: bytes) -> Answered:
        """Return the ticket again, that of the result, or where the image is.

        A status of a word that is new to us is no end, unless it comes with an error. Raises:
        Refused where it failed by a fault of fal's own, BadAnswer.
        """
        document = try_json(body)
        status = dig(document, "status")
        if status == "COMPLETED":
            if dig(document, "error"):
                unbilled = one_line(dig(document, "error_type")) in _UNBILLED
                raise (_gave_up if unbilled else _failed)(document, body)
            done = ticket.poll.path.removesuffix("/status")
            return Ticket(WireCall("GET", done), wait_s=0)
        ended = any(dig(document, name) for name in ("images", "image", "error"))
        return ticket if one_line(status) and not ended else _image(document, body)

    def ended(
        self, ticket: Ticket, status: int, headers: Mapping[str, str], body: bytes
    ) -> PlaygroundError | None:
        """Return that the image failed, where a 5xx names how: then it is fal that says so."""
        document = try_json(body)
        kinds = headers.get("x-fal-error-type"), one_line(dig(document, "error_type"))
        named = any(kind and kind != _ANYBODYS for kind in kinds)
        return _gave_up(document, body) if named and status >= 500 else None


def _ticket(document: object, body: bytes) -> Ticket:
    """Return the question that an order is answered with: of its addresses the paths alone."""
    path = paths.of_url(dig(document, "status_url"))
    if path is None:
        raise BadAnswer(
            joined(msg("The answer names no job to ask for."), said_in(document, body)), CHECK
        )
    cancel = paths.of_url(dig(document, "cancel_url"))
    return Ticket(WireCall("GET", path), WireCall("PUT", cancel) if cancel else None)


def _image(document: object, body: bytes) -> Answered:
    images = dig(document, "images")
    first = images[0] if isinstance(images, list) and images else dig(document, "image")
    if not isinstance(first, dict):
        raise _failed(document, body)
    seconds = dig(document, "timings", "inference")
    return image_or_link(first.get("url"), seconds, dig(document, "seed"))


def _failed(document: object, body: bytes) -> BadAnswer:
    return BadAnswer(joined(msg("The answer holds no image."), said_in(document, body)), CHECK)


def _gave_up(document: object, body: bytes) -> Refused:
    what = msg("The platform answered that it failed.")
    return Refused(joined(what, said_in(document, body)), FREE)
