"""The documentation page, /docs: what /openapi.json says, for people. Its script is the frame's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter
from jinja2 import Environment
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from backend.studio import Studio
from ui import static
from ui.frame.frame import environment, mode_of, page
from ui.present.place import at
from ui.routes import examples
from ui.routes.schema import Json, new_router, operations

_CODE = re.compile(r"`([^`]+)`")
_PLACES = {"path": "in the path", "query": "in the address"}
_KINDS = {
    "integer": "whole number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field: `place` is where it stands, `kind` what it may be."""

    name: str
    kind: Markup
    place: str = ""
    description: str = ""
    required: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    description: str
    media_types: str
    kind: Markup


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Row]
    media_type: str
    body: list[Row]
    answers: list[Answer]
    curl: str


def docs_routes(studio: Studio) -> APIRouter:
    """Return the route of the documentation."""
    router = new_router("Program")

    async def docs(request: Request) -> Response:
        mode, theme = mode_of(studio.account), request.query_params.get("__theme", "")
        content = _reference(request.app.openapi(), str(request.base_url))
        script = static.script("docs")
        return page("HTTP interface", mode, script=script, content=content, theme=theme)

    router.get("/docs", include_in_schema=False)(docs)
    return router


def _reference(schema: Json, address: str) -> Markup:
    html = (
        _templates()
        .get_template("reference.html")
        .render(
            about=schema["info"]["description"],
            openapi=at("/openapi.json"),
            groups=[
                (tag["name"], tag["description"], _group(schema, tag["name"], address))
                for tag in schema["tags"]
            ],
            models=_models(schema),
        )
    )
    return Markup(html)


@cache
def _templates() -> Environment:
    made = environment("ui.routes")
    made.filters |= {"coded": coded, "anchor": anchor}
    return made


def coded(text: str) -> Markup:
    """Return a text in which what stands in `backquotes` is code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def anchor(name: str) -> str:
    """Return what a heading is called in an address."""
    return re.sub(r"\W+", "-", name.lower())


def _group(schema: Json, tag: str, address: str) -> list[Operation]:
    return [
        _operation(schema, method, path, operation, address)
        for method, path, operation in operations(schema)
        if tag in operation["tags"]
    ]


def _operation(schema: Json, method: str, path: str, found: Json, address: str) -> Operation:
    media_type, body = examples.body_of(schema, found)
    return Operation(
        id=found["operationId"],
        method=method,
        path=path,
        summary=found["summary"],
        description=found["description"],
        parameters=[
            Row(
                parameter["name"],
                kind(parameter["schema"]),
                _PLACES[parameter["in"]],
                parameter.get("description", ""),
                parameter["required"],
                examples.json_text(parameter["schema"].get("default")),
            )
            for parameter in found.get("parameters", ())
        ],
        media_type=media_type,
        body=_rows(body),
        answers=[_answer(schema, *answer) for answer in sorted(found["responses"].items())],
        curl=examples.curl(schema, method, path, found, address),
    )


def _answer(schema: Json, status: str, described: Json) -> Answer:
    found = examples.resolved(schema, described)
    content: Json = found.get("content", {})
    kinds = [kind(each["schema"]) for each in content.values() if "$ref" in str(each["schema"])]
    return Answer(
        status, found["description"], ", ".join(content), kinds[0] if kinds else Markup("")
    )


def _models(schema: Json) -> list[tuple[str, Markup, list[Row]]]:
    """Return (name, what it is, fields) of what answers hold; bodies stand with their routes."""
    bodies = {
        examples.body_of(schema, operation)[1].get("title") for *_, operation in operations(schema)
    }
    return [
        (name, coded(model.get("description", "")) if fields else kind(model), fields)
        for name, model in sorted(schema["components"]["schemas"].items())
        if name not in bodies
        for fields in [_rows(model)]
    ]


def _rows(model: Json) -> list[Row]:
    required = model.get("required", ())
    return [
        Row(
            name,
            kind(field),
            description=field.get("description", ""),
            required=name in required,
            default=examples.json_text(field.get("default")),
        )
        for name, field in model.get("properties", {}).items()
    ]


def kind(schema: Json) -> Markup:
    """Return what a value may be, in words, with links to the models."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{}">{}</a>').format(f"model-{anchor(name)}", name)
    if "contentSchema" in schema:
        return Markup("events, each ") + kind(schema["contentSchema"])
    if "anyOf" in schema:
        return Markup(" or ").join(kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return Markup("one of ") + Markup(", ").join(
            Markup("<code>{}</code>").format(value) for value in schema["enum"] if value != ""
        )
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    if schema.get("format") == "binary":
        return Markup("a file")
    told = schema.get("type")
    if isinstance(told, list):
        return Markup(" or ").join(kind({**schema, "type": one}) for one in told)
    if told == "array":
        return _list(schema)
    if told == "object":
        values = schema.get("additionalProperties")
        return Markup("object of ") + kind(values) if isinstance(values, dict) else Markup("object")
    return escape(_KINDS.get(str(told), str(told or "anything")) + _bounds(schema))


def _list(schema: Json) -> Markup:
    if "prefixItems" in schema:
        return Markup("pair of ") + Markup(" and ").join(map(kind, schema["prefixItems"]))
    least, most = schema.get("minItems"), schema.get("maxItems")
    many = f"{least or 0} to {most} of " if most else "list of "
    return Markup(many) + kind(schema["items"])


def _bounds(schema: Json) -> str:
    if schema.get("type") == "null":
        return ""
    if schema.get("examples") and "pattern" in schema:
        return f" like {schema['examples'][0]}"
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None:
        return f" from {int(least or 0):,} to {int(most):,}"
    if least is not None:
        return f" from {int(least):,}"
    longest = schema.get("maxLength")
    return "" if longest is None else f" of up to {longest:,} characters"
