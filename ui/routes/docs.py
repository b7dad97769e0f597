"""The documentation page, /docs: what /openapi.json says, for people. Its script is the frame's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter
from jinja2 import Environment
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from backend.said import Said, msg
from backend.studio import Studio
from ui import static
from ui.frame.frame import environment, mode_of, page
from ui.language.chosen import language, tell
from ui.language.languages import ENGLISH
from ui.present.place import at
from ui.routes import examples
from ui.routes.schema import Json, new_router, operations

_CODE = re.compile(r"`([^`]+)`")
_PLACES = {"path": msg("in the path"), "query": msg("in the address")}
_KINDS: dict[object, str] = {
    "integer": msg("whole number"),
    "number": msg("number"),
    "string": msg("text"),
    "boolean": msg("true or false"),
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field: `place` is where it stands, `kind` what it may be, and else is."""

    name: str
    kind: Markup
    place: str = ""
    description: str = ""
    required: bool = False


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
        return page(msg("HTTP interface"), mode, script=script, content=content, theme=theme)

    router.get("/docs", include_in_schema=False)(docs)
    return router


def _reference(schema: Json, address: str) -> Markup:
    html = (
        _templates()
        .get_template("reference.html")
        .render(
            about=schema["info"]["description"],
            translated=language() is not ENGLISH,
            same=_told(msg("The same for programs: {address}.", address=_openapi())),
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
                _with_default(parameter["schema"]),
                tell(_PLACES[parameter["in"]]),
                parameter.get("description", ""),
                parameter["required"],
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
            _with_default(field),
            description=field.get("description", ""),
            required=name in required,
        )
        for name, field in model.get("properties", {}).items()
    ]


def _openapi() -> Markup:
    return Markup('<a href="{}">openapi.json</a>').format(at("/openapi.json"))


def _with_default(schema: Json) -> Markup:
    found, default = kind(schema), examples.json_text(schema.get("default"))
    if default is None:
        return found
    value = Markup("<code>{}</code>").format(default)
    return _told(msg("{kind}, else {default}", kind=found, default=value))


def kind(schema: Json) -> Markup:
    """Return what a value may be, in words, with links to the models."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{}">{}</a>').format(f"model-{anchor(name)}", name)
    if "contentSchema" in schema:
        return _told(msg("events, each {kind}", kind=kind(schema["contentSchema"])))
    if "anyOf" in schema:
        return _any_of(schema["anyOf"])
    if "enum" in schema:
        values = (Markup("<code>{}</code>").format(one) for one in schema["enum"] if one != "")
        return _told(msg("one of {values}", values=Markup(", ").join(values)))
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    if schema.get("format") == "binary":
        return _told(msg("a file"))
    told = schema.get("type")
    if isinstance(told, list):
        return _any_of([{**schema, "type": one} for one in told])
    if told == "array":
        return _list(schema)
    if told == "object":
        of = schema.get("additionalProperties")
        if isinstance(of, dict):
            return _told(msg("object of {kind}", kind=kind(of)))
        return _told(msg("object"))
    return escape(tell(_bounded(schema, _KINDS.get(told) or told or msg("anything"))))


def _told(text: Said) -> Markup:
    """Return a text whose values are HTML."""
    return Markup(tell(text))


def _any_of(schemas: Sequence[Json]) -> Markup:
    one, *others = map(kind, schemas)
    for other in others:
        one = _told(msg("{one} or {other}", one=one, other=other))
    return one


def _list(schema: Json) -> Markup:
    if "prefixItems" in schema:
        one, other = map(kind, schema["prefixItems"])
        return _told(msg("pair of {one} and {other}", one=one, other=other))
    least, most, items = schema.get("minItems"), schema.get("maxItems"), kind(schema["items"])
    if most:
        return _told(msg("{least} to {most} of {kind}", least=least or 0, most=most, kind=items))
    return _told(msg("list of {kind}", kind=items))


def _bounded(schema: Json, what: str) -> str:
    if schema.get("type") == "null":
        return what
    if schema.get("examples") and "pattern" in schema:
        return msg("{kind} like {example}", kind=what, example=str(schema["examples"][0]))
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None:
        bounds = {"least": int(least or 0), "most": int(most)}
        return msg("{kind} from {least} to {most}", kind=what, **bounds)
    if least is not None:
        return msg("{kind} from {least}", kind=what, least=int(least))
    if (longest := schema.get("maxLength")) is None:
        return what
    return msg("{kind} of up to {most} characters", kind=what, most=longest)
