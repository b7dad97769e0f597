"""Wildcard files: what there is of them, and what is to become of one."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from ui.routes.models.base import Answer, Asked, told


class ListedWildcardFile(Answer):
    """One file without its text."""

    name: str = Field(description="Without .txt, with / between folders.", examples=["colour"])
    lines: int = Field(ge=0, description="Without empty ones and those that begin with #.")
    trouble: str = Field(description="Why it cannot be used; empty where it can.")


class WildcardFiles(Answer):
    """All files, by name."""

    files: list[ListedWildcardFile]


class WildcardFile(Answer):
    """One file with its text."""

    name: str
    lines: int = Field(ge=0)
    text: str
    digest: str = Field(description="Names this text; empty where there is no such file any more.")


class WildcardChange(Asked):
    """What is to stand there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "red\nblue\n", "digest": ""}],
            "required": ["text", "digest"],
        }
    )

    text: Annotated[Any, told({"type": ["string", "null"]})] = Field(
        None, description="Its lines; null takes the file away."
    )
    digest: Annotated[Any, told({"type": "string"})] = Field(
        "", description="Of the file as it was read; empty for a new one."
    )
