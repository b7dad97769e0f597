"""An operation of the description as a call that can be tried, written for curl. Pure."""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import urlencode

from ui.routes.models.base import EXAMPLE_ID
from ui.routes.schema import Json

_NAMES = {"digest": "0", "name": "style.css"}
_QUERIES: dict[str, str] = {
    "/api/images": "q=cat&limit=10",
    "/api/compare": f"id={EXAMPLE_ID}&id={EXAMPLE_ID[::-1]}",
    "/api/events": f"job={EXAMPLE_ID}",
    "/api/runs": "state=failed",
}


def resolved(schema: Json, part: Json) -> Json:
    """Return what a reference leads to, else the part itself."""
    while "$ref" in part:
        found: Any = schema
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def body_of(schema: Json, operation: Json) -> tuple[str, Json]:
    """Return the media type and the model of what an operation takes, empty where it is nothing."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        return media_type, resolved(schema, content["schema"])
    return "", {}


def json_text(value: object) -> str | None:
    """Return a default as it is written; None where there is none."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


def curl(schema: Json, method: str, path: str, operation: Json, address: str) -> str:
    """Return a command for a shell that calls the operation at `address`."""
    filled = path
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            name = parameter["name"]
            filled = filled.replace(f"{{{name}}}", _NAMES.get(name, EXAMPLE_ID))
    query = f"?{_QUERIES[path]}" if method == "GET" and path in _QUERIES else ""
    words = ["curl"]
    if operation.get("security"):
        words += ["-u", "USER:PASSWORD"]
    media_type, model = body_of(schema, operation)
    example: Json = model.get("examples", [{}])[0]
    if media_type == "application/json":
        words += ["--json", json.dumps(example)]
    elif media_type == "multipart/form-data":
        words += [word for name, value in example.items() for word in ("-F", f"{name}={value}")]
    elif media_type:
        words += ["-d", urlencode(example)]
    granted = operation["responses"]["200"].get("content", {})
    if not granted.keys() & {"application/json", "text/event-stream"}:
        words += ["-OJ" if method == "POST" else "-O"]
    return shlex.join([*words, f"{address.rstrip('/')}{filled}{query}"])
