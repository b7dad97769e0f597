"""What all models share: closed answers, and how ids, moments and numbers are described."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from backend.types import ID, SEED_MAX

ID_PATTERN = f"^{ID.pattern}$"
EXAMPLE_ID = "3f6c1a9be0d24f7c8a51d2e4b7960c18"

Id = Annotated[str, Field(pattern=ID_PATTERN, description="32 hex digits", examples=[EXAMPLE_ID])]
Moment = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        description="ISO 8601, in UTC",
        examples=["2026-01-31T23:30:05.120Z"],
    ),
]
Seed = Annotated[int, Field(ge=0, le=SEED_MAX)]
Dollars = Annotated[float, Field(ge=0, description="US dollars")]


class Answer(BaseModel):
    """An answer, which has exactly these fields. Built when first asked for: a start needs none."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Asked(BaseModel):
    """What a request may hold. Other names are passed over."""

    model_config = ConfigDict(defer_build=True)


def told(schema: dict[str, Any]) -> WithJsonSchema:
    """Describe a value by `schema` and let any through: the backend checks it, in its own words."""
    return WithJsonSchema(schema)


AN_ID = told({"type": "string", "pattern": ID_PATTERN, "examples": [EXAMPLE_ID]})
"""Describes what can be an id; what cannot be one is answered like one that is not there."""


def whole(minimum: int, maximum: int) -> WithJsonSchema:
    """Describe a whole number within inclusive bounds."""
    return told({"type": "integer", "minimum": minimum, "maximum": maximum})


def one_of(*choices: str) -> WithJsonSchema:
    """Describe a text that is one of these."""
    return told({"type": "string", "enum": list(choices)})


class Error(Answer):
    message: str = Field(description="What happened.", examples=["The limit is out of range."])
    hint: str = Field(description="What to do; may be empty.", examples=["Ask for 1 to 200."])
    field: str | None = Field(description="The field or parameter that it is about.")
    maybe_charged: bool = Field(description="Whether it was sent and may have been paid for.")


class Refusal(Answer):
    """Why it was not done, in the page's own words."""

    error: Error


class Detail(Answer):
    """Why there is no answer, in one sentence."""

    detail: str
