"""Holds answers to what /openapi.json says of them."""

from __future__ import annotations

import json
import re
from importlib import import_module
from inspect import getmembers, isclass
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter

MODELS: dict[str, type[BaseModel]] = {
    name: model
    for module in (
        *("base", "images", "jobs", "state", "asked"),
        *("experiments", "phrases", "exports", "votes", "wildcards", "styles", "sessions"),
        *("demos", "keys", "connections", "openai", "a1111"),
    )
    for name, model in getmembers(import_module(f"ui.routes.models.{module}"), isclass)
    if issubclass(model, BaseModel)
}

_EVENT = re.compile(r"^data: (\{.+\})$", re.M)


_known: dict[tuple[str, ...], dict[str, Any]] = {}


def _schema_of(app: FastAPI) -> dict[str, Any]:
    """Return the application's description: made once for the same routes, as it takes long."""
    routes = (f"login: {vars(app).get('login')}",)
    routes += tuple(
        f"{vars(r).get('path')} {sorted(vars(r).get('methods') or ())}" for r in app.routes
    )
    if routes not in _known:
        _known[routes] = app.openapi()
    return _known[routes]


class Described:
    """Checks exchanges against the description of an application, and notes which it has seen."""

    def __init__(self, app: FastAPI) -> None:
        self.schema = _schema_of(app)
        self.seen: set[str] = set()
        """The ids of the operations that were granted."""
        self.paths = {
            path: re.compile(re.sub(r"\\\{(\w+)\\\}", _part, re.escape(path)))
            for path in self.schema["paths"]
        }

    @property
    def hooks(self) -> dict[str, list[Any]]:
        """What lets an httpx.AsyncClient check each answer that it gets."""

        async def check(answer: httpx.Response) -> None:
            await answer.aread()
            self.hold(answer)

        return {"response": [check]}

    def hold(self, answer: httpx.Response) -> None:
        """Fail where the answer is none of those that its operation declares.

        What goes on to Gradio is not ours, and not checked.
        """
        operation = self.operation(answer.request.method, answer.request.url.path)
        if operation is None:
            return
        status = str(answer.status_code)
        told = f"{answer.request.method} {answer.request.url.path} {status}"
        assert status in operation["responses"], f"{told} is not described"
        described = self._found(operation["responses"][status])
        if "content" not in described:
            assert answer.content == b"" and "content-type" not in answer.headers, told
            return
        media_type = answer.headers["content-type"].split(";")[0]
        assert media_type in described["content"], f"{told} is no {media_type} by its description"
        schema = described["content"][media_type]["schema"]
        if answer.request.method == "HEAD":
            pass
        elif media_type == "application/json":
            self._hold(schema, answer.text)
        elif media_type == "text/event-stream":
            for data in _EVENT.findall(answer.text):
                self._hold(schema["contentSchema"], data)
        if answer.is_success:
            self._hold_request(operation, answer.request)
            self.seen.add(operation["operationId"])

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """Return what is said of this method and path."""
        method = {"HEAD": "get"}.get(method, method.lower())
        for found, pattern in self.paths.items():
            if pattern.fullmatch(path) and method in self.schema["paths"][found]:
                operation: dict[str, Any] = self.schema["paths"][found][method]
                return operation
        return None

    def _hold_request(self, operation: dict[str, Any], request: httpx.Request) -> None:
        """Fail where a request that was granted is not described."""
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert set(request.url.params) <= names, f"{request.url} has parameters of no description"
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None:
            fields = self._found(body["schema"])["properties"]
            assert json.loads(request.content or b"{}").keys() <= fields.keys()

    def _hold(self, schema: dict[str, Any], text: str) -> None:
        """Fail where a JSON text is not what the schema, a model's or a list of its, says."""
        if schema.get("type") == "array":
            for item in json.loads(text):
                self._hold(schema["items"], json.dumps(item))
            return
        if choices := schema.get("anyOf"):
            has = set(json.loads(text))
            schema = next(one for one in choices if set(self._found(one)["properties"]) == has)
        name = schema["$ref"].rpartition("/")[2]
        described = self._found(schema)
        content = json.loads(text)
        assert list(content) == list(described["properties"]), f"{name} has {list(content)}"
        TypeAdapter(MODELS[name]).validate_json(text, strict=True)

    def _found(self, schema: dict[str, Any]) -> dict[str, Any]:
        found: Any = schema
        while "$ref" in found:
            target: Any = self.schema
            for name in found["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            found = target
        assert isinstance(found, dict)
        return found


def _part(found: re.Match[str]) -> str:
    return ".+" if found[1] == "name" else "[^/]+"
