"""A server that takes workflows as ComfyUI does, over a real socket; the test says when one ends.

As of Comfy-Org/ComfyUI in 2026 (server.py, execution.py): an id of the client's must be a UUID in
its usual form, what waits and what runs is in /queue, and in /history/ID nothing until it ended.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from tests.http.faults import Fault, FaultServer, Received, png, raw, status


@dataclass
class ComfyServer(FaultServer):
    """`hangs_up` before it takes the next workflow, or after."""

    line: list[list[Any]] = field(default_factory=list)
    history: dict[str, Any] = field(default_factory=dict)
    hangs_up: str = ""
    image: bytes = field(default_factory=lambda: png(48, 32, noise=True))

    def choose(self, request: Received) -> Fault:
        path = urlsplit(request.path)
        name = path.path.removeprefix("/api/v1")
        if request.method == "POST" and name == "/prompt":
            return self._take(request.json())
        if request.method == "POST" and name == "/queue":
            gone = request.json()["delete"]
            self.line = [entry for entry in self.line if entry[1] not in gone]
            return raw(b"")
        if name == "/system_stats":
            return raw('{"system": {"comfyui_version": "0.3.60"}, "devices": []}')
        if name == "/object_info/KSampler":
            known = {"sampler_name": [["euler", "dpmpp_2m"]], "scheduler": [["normal", "karras"]]}
            return raw(json.dumps({"KSampler": {"input": {"required": known}}}))
        if name.startswith("/history/"):
            job = name.removeprefix("/history/")
            return raw(json.dumps({job: self.history[job]} if job in self.history else {}))
        if name == "/queue":
            told = {"queue_running": self.line[:1], "queue_pending": self.line[1:]}
            return raw(json.dumps(told))
        if name == "/view":
            asked = {key: value[0] for key, value in parse_qs(path.query).items()}
            right = asked == {"filename": "portrait_00001_.png", "type": "output"}
            return (
                Fault(self.image, headers=(("Content-Type", "image/png"),))
                if right
                else status(404)
            )
        return status(404)

    def _take(self, told: dict[str, Any]) -> Fault:
        before, after = self.hangs_up == "before", self.hangs_up == "after"
        self.hangs_up = ""
        if before:
            return Fault(drop="headers")
        job = told["prompt_id"]
        assert str(UUID(job)) == job
        extra = {"client_id": told["client_id"]}
        self.line.append([len(self.line), job, told["prompt"], extra, ["7"]])
        answer = {"prompt_id": job, "number": len(self.line), "node_errors": {}}
        return Fault(drop="headers") if after else raw(json.dumps(answer))

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The workflows that were sent, whatever came of them."""
        sent = [request for request in self.requests if request.path.endswith("/prompt")]
        return [request.json() for request in sent]

    def finish(self, **outputs: Any) -> None:
        """Let the first in line be done, with these outputs for those that are usual."""
        entry = self.line.pop(0)
        image = {"filename": "portrait_00001_.png", "subfolder": "", "type": "output"}
        began = ["execution_start", {"prompt_id": entry[1], "timestamp": 1_700_000_000_000}]
        ended = ["execution_success", {"prompt_id": entry[1], "timestamp": 1_700_000_003_500}]
        done = {"status_str": "success", "completed": True, "messages": [began, ended]}
        self.history[entry[1]] = {
            "prompt": entry,
            "outputs": {"7": {"images": [image]}},
            "status": done,
            **outputs,
        }
