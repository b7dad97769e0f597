"""ComfyUI's API as pure functions: a workflow of the user's own is put in line, then asked for.

The id under which it stands there is our own, so that an answer that was lost leaves no doubt: the
server is asked whether it has it. `/history/ID` is empty until the image is there, and knows
nothing of what waits: every so often `/queue` is asked whether it still does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from backend.errors import (
    CHECK,
    FREE,
    NOTHING,
    BadAnswer,
    InvalidInput,
    LookupFailed,
    PlaygroundError,
    Refused,
    SettingsError,
)
from backend.providers import paths
from backend.providers.answers import dig, names_of, one_line, quoted, seconds_of, try_json
from backend.providers.base import NO_KEY, Auth, Lacking, Platform, RemoteModel
from backend.providers.comfyui_workflow import MARKS, Workflow, read_workflow
from backend.providers.explain import explain
from backend.said import joined, msg
from backend.types import Answered, GenerationRequest, Link, Ticket, WireCall

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ID = re.compile(_UUID)
_HISTORY = re.compile(rf"/history/({_UUID})\?asked=(\d+|last)")
_QUEUE = re.compile(rf"/queue\?of=({_UUID})")
_ASKED_MAX = 10  # so many times in vain before the line is looked at
_SAMPLER = "/object_info/KSampler"
_INPUTS = {"sampler": "sampler_name", "scheduler": "scheduler"}

PLATFORM = Platform(
    name="comfyui",
    label="ComfyUI",
    env="COMFYUI",
    tiers={},
    key=NO_KEY,
    key_example="",
    paths=("/prompt", "/api/prompt", "/api"),
    answer="""\
{
  "prompt_id": "3f0f8b8e-5d3c-4f53-9a39-0d4f6a1c2b7e",
  "number": 5,
  "node_errors": {}
}""",
    image_at=(),
    polled=(
        "{}",
        """\
{
  "3f0f8b8e-5d3c-4f53-9a39-0d4f6a1c2b7e": {
    "outputs": {
      "9": {
        "images": [{ "filename": "ComfyUI_00001_.png", "subfolder": "", "type": "output" }]
      }
    },
    "status": { "status_str": "success", "completed": true, "messages": [] }
  }
}""",
    ),
    auth=Auth.NONE,
    needs_key=False,
    local=True,
    url="http://127.0.0.1:8188",
    params=tuple(MARKS.values()),
    workflows=True,
)


class ComfyUi(Lacking):
    """Each workflow is a model by its file's name, and takes what is marked in it."""

    platform = PLATFORM

    def __init__(
        self,
        workflows: Mapping[str, Workflow] | None = None,
        unusable: SettingsError | None = None,
    ) -> None:
        self._workflows, self.unusable = dict(workflows or {}), unusable

    def with_workflows(self, texts: Mapping[str, str | SettingsError]) -> ComfyUi:
        read = {name: _workflow(name, text) for name, text in texts.items()}
        refused = (one for one in read.values() if isinstance(one, SettingsError))
        found = {name: one for name, one in read.items() if isinstance(one, Workflow)}
        return ComfyUi(found, next(refused, None))

    def own_models(self) -> list[RemoteModel]:
        return [
            RemoteModel(name, None, True, workflow.version, workflow.params)
            for name, workflow in self._workflows.items()
        ]

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        """Return the call that puts the filled workflow in line. Raises: InvalidInput."""
        workflow = self._workflows.get(request.model)
        if workflow is None:
            raise InvalidInput(
                msg("There is no workflow {name} any more.", name=request.model),
                joined(msg("Choose another model."), NOTHING),
                field="model",
            )
        given = {**request.values, "prompt": request.prompt, "seed": request.seed}
        payload: dict[str, Any] = {"prompt": workflow.filled(given)}
        if run_id:
            payload |= {"prompt_id": str(UUID(run_id)), "client_id": run_id}
        return WireCall("POST", "/prompt", payload)

    def parse(self, body: bytes) -> Ticket:
        """Return how to ask for what is in line now. Raises: BadAnswer."""
        document = try_json(body)
        job = paths.job_in(document, "prompt_id", _ID, body)
        return _ticket(_history(job, 0), job)

    def lost(self, run_id: str) -> Ticket:
        job = str(UUID(run_id))
        return _ticket(f"/queue?of={job}", job, wait_s=0)

    def follow(self, ticket: Ticket, body: bytes) -> Answered:
        """Return where the image is, or what to ask next.

        Raises: Refused where the workflow failed or is not known there any more, BadAnswer.
        """
        if asked := _QUEUE.fullmatch(ticket.poll.path):
            waits = _in_line(body, asked[1])
            return _ticket(_history(asked[1], 0 if waits else "last"), asked[1], wait_s=waits * 1.0)
        document = try_json(body)
        asked = _HISTORY.fullmatch(ticket.poll.path)
        entry = dig(document, asked[1]) if asked else None
        if isinstance(entry, dict):
            return _made(entry)
        if not asked or document != {}:
            raise BadAnswer(msg("The answer is not one of the platform's."), CHECK)
        job, times = asked.groups()
        if times == "last":
            raise Refused(
                msg("ComfyUI knows nothing of this image: it was restarted or its line cleared."),
                FREE,
            )
        often = int(times) + 1
        return _ticket(_history(job, often) if often < _ASKED_MAX else f"/queue?of={job}", job)

    def models_call(self) -> WireCall:
        """Return a question that any ComfyUI answers: its models are the user's own files."""
        return WireCall("GET", "/system_stats")

    def parse_models(self, body: bytes) -> list[RemoteModel]:
        """Return the workflows, once it is ComfyUI that answers. Raises: LookupFailed."""
        if not isinstance(dig(try_json(body), "system"), dict):
            raise LookupFailed(msg("What answers there is not ComfyUI."), FREE)
        return self.own_models()

    def choices_calls(self) -> Mapping[str, WireCall]:
        return dict.fromkeys(_INPUTS, WireCall("GET", _SAMPLER))

    def parse_choices(self, name: str, body: bytes) -> tuple[str, ...]:
        """Return what its usual sampler can be set to. Raises: LookupFailed."""
        told = dig(try_json(body), "KSampler", "input", "required", _INPUTS.get(name, ""))
        first = told[0] if isinstance(told, list) and told else None
        if first == "COMBO" and len(told) > 1:  # as newer versions write it
            first = dig(told[1], "options")
        if not isinstance(first, list):
            raise LookupFailed(msg("The platform's answer could not be read."), FREE)
        return names_of(first)

    def explain(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime | None = None,
    ) -> PlaygroundError:
        """Return what a refusal means; a failure of the server is in doubt until it was asked."""
        return explain(status, headers, _with_nodes(body), now=now)


# --- what waits ---------------------------------------------------------------------------------


def _history(job: str, asked: int | str) -> str:
    return f"/history/{job}?asked={asked}"  # the server passes over what it does not know


def _workflow(name: str, text: str | SettingsError) -> Workflow | SettingsError:
    """Return the workflow in a file, or why there is none."""
    if isinstance(text, SettingsError):
        return text
    try:
        return read_workflow(name, text)
    except SettingsError as error:
        return error


def _ticket(path: str, job: str, wait_s: float = 1.0) -> Ticket:
    """Return a question; ending it takes out what waits, and leaves alone what runs."""
    return Ticket(WireCall("GET", path), WireCall("POST", "/queue", {"delete": [job]}), wait_s)


def _in_line(body: bytes, job: str) -> bool:
    """Whether a job is in the line that `body` tells, with all the workflows in it: too many, in a
    long one, to be parsed. An id that was drawn at random is nothing else's. Raises: BadAnswer.
    """
    if not all(b'"%s"' % name in body for name in (b"queue_running", b"queue_pending")):
        raise BadAnswer(msg("The answer is not one of the platform's."), CHECK)
    return b'"%s"' % job.encode() in body


# --- what was made ------------------------------------------------------------------------------


def _made(entry: Mapping[str, Any]) -> Link:
    """Return where the first image is that the workflow saved, else one that it only showed."""
    messages = [one for one in _listed(dig(entry, "status", "messages")) if _is_message(one)]
    told = dict(messages)
    if dig(entry, "status", "status_str") == "error":
        raise _failed(told)
    outputs = entry.get("outputs")
    images = [
        image
        for output in (outputs.values() if isinstance(outputs, dict) else ())
        for image in _listed(dig(output, "images"))
        if isinstance(dig(image, "filename"), str) and dig(image, "filename")
    ]
    saved = [image for image in images if image.get("type") == "output"] or images
    if not saved:
        raise Refused(
            msg("The workflow ended without an image."),
            joined(msg("It needs a node that saves one, such as Save Image."), FREE),
        )
    names = ("filename", "subfolder", "type")
    query = {name: saved[0][name] for name in names if isinstance(saved[0].get(name), str)}
    return Link("/view?" + urlencode(query, errors="replace"), _seconds(told))


def _failed(told: Mapping[str, Any]) -> Refused:
    if "execution_interrupted" in told:
        return Refused(msg("The workflow was stopped in ComfyUI."), FREE)
    error = told.get("execution_error", {})
    node = one_line(error.get("node_type"))
    why = one_line(error.get("exception_message"))
    said = quoted(f"{node}: {why}" if node else why)
    it_says = msg('It says: "{quote}".', quote=said) if said else ""
    return Refused(joined(msg("The workflow failed in ComfyUI."), it_says), FREE)


def _seconds(told: Mapping[str, Any]) -> float | None:
    begun, ended = (
        dig(told.get(name), "timestamp") for name in ("execution_start", "execution_success")
    )
    if not isinstance(begun, int) or not isinstance(ended, int):
        return None
    return seconds_of((ended - begun) / 1000)


def _is_message(one: object) -> bool:
    return (
        isinstance(one, list)
        and len(one) == 2
        and isinstance(one[0], str)
        and isinstance(one[1], dict)
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _with_nodes(body: bytes) -> bytes:
    """Return a refusal that says which nodes are wrong, where it told so beside its words."""
    document = try_json(body)
    nodes = dig(document, "node_errors")
    said = [
        f"{node.get('class_type')}: {error.get('message')} ({error.get('details')})"
        for node in (nodes.values() if isinstance(nodes, dict) else ())
        if isinstance(node, dict)
        for error in _listed(node.get("errors"))
        if isinstance(error, dict)
    ]
    return json.dumps({"message": "; ".join(said[:5])}).encode() if said else body
