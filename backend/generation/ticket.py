"""What a run's answer left to be asked for, as its row holds it. Pure.

A row is ours, but a database may be anybody's: what makes no sense in it is nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from backend.types import Link, Ticket, WireCall

WAIT_MAX_S = 600.0


def text_of(step: Ticket | Link) -> str:
    """Return it as a row's text."""
    if isinstance(step, Link):
        told: dict[str, Any] = {"link": step.url, "seconds": step.seconds, "seed": step.seed}
    else:
        told = {
            "poll": _call_json(step.poll),
            "cancel": step.cancel and _call_json(step.cancel),
            "wait_s": step.wait_s,
        }
    return json.dumps(told)


def read(text: str | None) -> Ticket | Link | None:
    """Return what `text_of` wrote; None where there is nothing, or no sense in it."""
    try:
        told = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    if isinstance(told.get("link"), str):
        seed = told.get("seed")
        whole = isinstance(seed, int) and not isinstance(seed, bool)
        return Link(told["link"], _number(told.get("seconds")), seed if whole else None)
    poll, cancel, wait_s = map(told.get, ("poll", "cancel", "wait_s"))
    if (asked := _call(poll)) is None:
        return None
    pause_s = _number(wait_s)
    return Ticket(asked, _call(cancel), 1.0 if pause_s is None else min(pause_s, WAIT_MAX_S))


def _number(value: Any) -> float | None:
    """Return what counts seconds; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _call_json(call: WireCall) -> dict[str, Any]:
    told: dict[str, Any] = {"method": call.method, "path": call.path, "accept": call.accept}
    if call.json is not None:
        told["json"] = dict(call.json)
    return told | ({"headers": dict(call.headers)} if call.headers else {})


def _call(told: Any) -> WireCall | None:
    if not isinstance(told, dict):
        return None
    method, path, accept = told.get("method"), told.get("path"), told.get("accept", "json")
    body, headers = told.get("json"), told.get("headers", {})
    if (
        method not in ("GET", "POST", "PUT", "DELETE")
        or not (isinstance(path, str) and path.startswith("/"))
        or accept not in ("json", "image")
        or not (body is None or isinstance(body, Mapping))
        or not isinstance(headers, dict)
        or not all(isinstance(value, str) for value in headers.values())
    ):
        return None
    return WireCall(method, path, body, accept, headers)
