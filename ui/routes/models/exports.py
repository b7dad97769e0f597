"""What an experiment's downloads are like, before they are made."""

from __future__ import annotations

from pydantic import Field

from ui.routes.models.base import Answer


class ExportedPage(Answer):
    about_bytes: int = Field(ge=0, description="The images take most of it: it is estimated.")


class ExportedPicture(Answer):
    width_px: int | None = Field(description="null where it is refused.")
    height_px: int | None
    image_px: int = Field(description="At most so wide are the images in it.")
    smaller: bool = Field(description="Whether they are smaller than they could be, so it fits.")
    refused: str | None = Field(description="Why there is no picture of a sane size.")


class ExportedTable(Answer):
    rows: int = Field(ge=0)


class Exports(Answer):
    """How large the downloads of an experiment are just now."""

    html: ExportedPage
    png: ExportedPicture
    csv: ExportedTable
