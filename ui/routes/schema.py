"""The application's description of itself, /openapi.json: built when it is first asked for.

To what FastAPI knows of a route this adds what the doors before all routes may answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any, get_origin

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backend import __version__
from backend.errors import InvalidInput, PlaygroundError
from backend.said import listed, msg
from backend.text import cut
from ui.door.key_gate import SDAPI, opens_with_key
from ui.door.login import OPEN
from ui.routes.answers import REFUSED, nowhere, refused, unfit, unwell
from ui.routes.models import (
    a1111,
    asked,
    base,
    connections,
    demos,
    experiments,
    jobs,
    keys,
    openai,
    sessions,
    styles,
    votes,
    wildcards,
)

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"

_ABOUT = (
    "The playground as a service for other programs, on the same address as its pages. What is "
    'refused is answered with 422 and the page\'s own words, `{"error": {"message", "hint", '
    '"field", "maybe_charged"}}`; what the door refuses, and what is not there, with '
    '`{"detail": "..."}`. Methods other than GET, HEAD and POST are answered with 405.'
)

TAGS = {
    "Making images": "Send requests, follow them, look them up.",
    "Experiments": "Vary one thing, hold the rest, and see what it does.",
    "Demo sessions": "Show it to a room: wishes, a projector, votes, rehearsals.",
    "Styles": "Texts around a prompt, and forms kept under a name.",
    "Images": "Find, look at, mark and compare what is stored.",
    "Files": "Images, thumbnails, downloads, and settings out of files.",
    "OpenAI's interface": "For programs that know no other; with a key of the Settings page.",
    "A1111's interface": "For programs that ask a Stable Diffusion web UI; the password is a key.",
    "Program": "Health, settings, and this description.",
}
"""The groups of routes, in the order of the documentation."""

_ASKED = (
    *(
        asked.Marks,
        asked.ManyMarks,
        asked.Chosen,
        asked.Nothing,
        asked.Token,
        asked.Wanted,
        asked.Seen,
    ),
    *(asked.Export, asked.Upload, asked.SetupChange, asked.Paste),
    *(experiments.ExperimentSpec, experiments.StartExperiment, experiments.Deed),
    experiments.Growing,
    votes.Ballot,
    wildcards.WildcardChange,
    *(styles.SaveStyle, styles.SavePreset, styles.StyleNames, styles.StyleEntries),
    *(styles.ToCompose, styles.StyleUpload),
    *(sessions.StartSession, sessions.SessionDeed, sessions.WishByHand, sessions.WishDeed),
    sessions.KeptDeed,
    *(demos.KeepDemo, demos.DemoDeed),
    *(keys.NewKey, keys.KeyDeed),
    *(connections.ConnectionWish, connections.ConnectionDeed),
    openai.ImagesWanted,
    *(a1111.Txt2ImgWanted, a1111.OptionsWanted, a1111.PngInfoWanted),
)
"""The bodies that are read by hand."""

_DOOR: dict[str, str] = {
    "400": "The request's length makes no sense",
    "401": "Log in first",
    "403": "Another web page asked for this",
    "413": "The body is too large",
    "421": "The program does not answer under that name",
    "429": "Too many wrong passwords: `Retry-After` says how many seconds to wait",
}
_FASTAPIS_WORDS = "Successful Response"
_LOGIN = ("401", "429")


class Route(APIRoute):
    """Answers HEAD wherever it answers GET, as Starlette's own routes do, and is described once."""

    def matches(self, scope: Scope) -> tuple[Any, Scope]:
        return super().matches(_as_get(scope))

    def refusal(self, error: PlaygroundError) -> Response:
        """Return what is answered to parameters that it does not have."""
        return refused(error)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, but for parameters that it does not have: to pass them over would mislead."""
        asked = self.include_in_schema and _as_get(scope)["method"] in (self.methods or ())
        unfit = self._unfit(scope) if asked else None
        if unfit is not None:
            await self.refusal(unfit)(scope, receive, send)
        else:
            await super().handle(_as_get(scope), receive, send)

    @cached_property
    def _known(self) -> dict[str, bool]:
        return _names(self)

    def _unfit(self, scope: Scope) -> InvalidInput | None:
        """Return what is wrong with the names in the address."""
        given = Counter(name for name, _ in QueryParams(scope["query_string"]).multi_items())
        if not given:
            return None
        known = self._known
        for name, times in given.items():
            shown = cut(name, 40).encode("utf-8", "replace").decode()
            if name not in known:
                hint = (
                    msg("There are {names}.", names=listed(known))
                    if known
                    else msg("It takes none.")
                )
                message = msg("There is no parameter called {name}.", name=shown)
                return InvalidInput(message, hint, field=shown)
            if times > 1 and not known[name]:
                return InvalidInput(
                    msg("{name} is given twice.", name=shown), msg("Give it once."), field=shown
                )
        return None


def _names(route: APIRoute) -> dict[str, bool]:
    """Return the parameters that may stand in a route's address; whether several times."""
    known: dict[str, bool] = {}
    for parameter in route.dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            fields = annotation.model_fields.items()
            known |= {name: get_origin(field.annotation) is list for name, field in fields}
        else:
            known[parameter.alias] = get_origin(annotation) is list
    return known


def _as_get(scope: Scope) -> Scope:
    return {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope


def new_router(tag: str, route_class: type[Route] = Route) -> APIRouter:
    """Return a router whose routes stand under `tag`, one of TAGS."""
    assert tag in TAGS
    return APIRouter(route_class=route_class, tags=[tag])


class DescribedApp(FastAPI):
    """A FastAPI application with our own words for what it refuses, and its whole description.

    `login`: whether one stands before it.
    """

    def __init__(self, *, login: bool = False, **options: Any) -> None:
        super().__init__(
            title="Sentry Block Playground",
            version=__version__,
            description=_ABOUT,
            openapi_url="/openapi.json",
            docs_url=None,
            redoc_url=None,
            openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
            separate_input_output_schemas=False,
            exception_handlers={
                RequestValidationError: unfit,
                SQLAlchemyError: unwell,
                404: nowhere,
            },
            # Nobody is told anything, whatever the environment has set up.
            telemetry={"tracing": False, "metrics": False, "logs": False},
            **options,
        )
        self.login = login

    def openapi(self) -> Json:
        """Return the description, built once."""
        if self.openapi_schema is None:
            found = super().openapi()
            _complete(found, login=self.login)
        assert self.openapi_schema is not None
        return self.openapi_schema


def operations(schema: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield (method, path, operation) of a description, methods in capitals."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _complete(schema: Json, *, login: bool) -> None:
    parts = schema["components"]
    _add_models(parts["schemas"])
    for name in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(name, None)  # FastAPI's own body of a 422, which is never sent
    statuses = [status for status in _DOOR if login or status not in _LOGIN]
    parts["responses"] = {f"Door{status}": _from_the_door(_DOOR[status]) for status in statuses}
    parts["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer"},
        "key_as_password": {"type": "http", "scheme": "basic"},
    }
    if login:
        parts["securitySchemes"]["basic"] = {"type": "http", "scheme": "basic"}
    for method, path, operation in operations(schema):
        operation["operationId"] = re.sub(r"\W+", "_", operation["summary"].lower())
        if "HTTPValidationError" in str(operation["responses"].get("422", "")):
            del operation["responses"]["422"]
        told = {"application/json": {"schema": {"$ref": _REF.format(model="Refusal")}}}
        operation["responses"].setdefault(
            "422", {"description": REFUSED[422]["description"], "content": told}
        )
        if operation["responses"]["200"]["description"] == _FASTAPIS_WORDS:
            operation["responses"]["200"]["description"] = "What was asked for"
        for parameter in operation.get("parameters", ()):
            _type_default(parameter["schema"])
        keyed = opens_with_key(path)
        for status in statuses:
            if status in _LOGIN and (keyed or path in OPEN):
                continue
            if status == "413" and method != "POST":
                continue
            operation["responses"].setdefault(
                status, {"$ref": f"#/components/responses/Door{status}"}
            )
        if keyed:
            operation["security"] = [{"key": []}]
            if path.startswith(SDAPI):
                operation["security"].insert(0, {"key_as_password": []})
        elif login and path not in OPEN:
            operation["security"] = [{"basic": []}]


def _add_models(schemas: Json) -> None:
    """Add what FastAPI does not see: bodies read by hand, the stream's events, the door's words."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]]
    models = [(model, "validation") for model in _ASKED]
    models += [
        (model, "serialization") for model in (jobs.Event, base.Detail, styles.StyleDocument)
    ]
    _, definitions = models_json_schema(models, ref_template=_REF)
    for name, definition in definitions["$defs"].items():
        for field in definition.get("properties", {}).values():
            if field.get("default", "") is None and "null" not in str(field.get("type")):
                del field["default"]  # stands for "left out", which null does not
        schemas.setdefault(name, definition)


def _type_default(schema: Json) -> None:
    """Write a default as what it is: it stands in an address, and so is text to the program."""
    default = schema.get("default")
    if default in ("", []):
        del schema["default"]
    elif schema.get("type") == "integer" and isinstance(default, str):
        schema["default"] = int(default)


def _from_the_door(description: str) -> Json:
    answers = {
        "application/json": {"schema": {"$ref": _REF.format(model="Detail")}},
        "text/plain": {"schema": {"type": "string"}},  # to a person's browser
    }
    return {"description": description, "content": answers}
