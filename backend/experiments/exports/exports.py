"""Experiments taken out as files: which forms there are, how large each is, and the making of it.

An export shows what is there at the moment it is asked for. Nothing that runs depends on it.
"""

from __future__ import annotations

import asyncio
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Literal, Protocol

from backend.background import Thread
from backend.errors import InvalidInput
from backend.exchange.sheets import Reader
from backend.experiments.experiment import Experiment
from backend.experiments.exports.csv_file import csv_file
from backend.experiments.exports.page import page, page_bytes
from backend.experiments.exports.picture import picture
from backend.experiments.exports.picture_layout import layout
from backend.experiments.exports.table import Pictures, Sheet, sheet
from backend.experiments.found import Made
from backend.generation.jobs import RunView
from backend.text import cut
from backend.types import ImageRecord, ModelSpec

Form = Literal["html", "png", "csv"]
FORMS: Mapping[Form, str] = {
    "html": "text/html; charset=utf-8",
    "png": "image/png",
    "csv": "text/csv; charset=utf-8",
}

_NAME_MAX_CHARS = 60
_AT_ONCE = 2  # a picture takes up to 200 MB while it is made


def no_picture(record: ImageRecord, px: int) -> bytes | None:
    """Give no image at all."""
    return None


class _English:
    tag, direction = "en", "ltr"

    def tell(self, text: str) -> str:
        return str(text)


ENGLISH: Reader = _English()


class Found(Protocol):
    """Cells of an experiment, and those that are under way just now by their positions."""

    @property
    def made(self) -> Sequence[Made]: ...
    @property
    def under_way(self) -> Mapping[int, RunView]: ...


class Stored(Protocol):
    """Where experiments and their cells are."""

    async def get(self, experiment_id: str) -> Experiment: ...
    async def cells(self, experiment_id: str) -> Found: ...


class Known(Protocol):
    """Which models there are."""

    @property
    def models(self) -> Mapping[str, ModelSpec]: ...


@dataclass(frozen=True, slots=True)
class File:
    """One export: `content` is made as it is read, and blocks; `name` is safe on every system."""

    name: str
    media_type: str
    content: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large each export is: rows of the table, about how many bytes the page has.

    `png` is (width, height) in pixels, its images are `png_image_px` wide, `png_smaller` than
    they could be so that it fits. Where that is still too much it is None, and `png_refusal` says
    why.
    """

    rows: int
    html_bytes: int
    png: tuple[int, int] | None
    png_image_px: int
    png_smaller: bool
    png_refusal: InvalidInput | None


class Exports:
    """Takes experiments out of `stored`, in threads of their own: a picture takes seconds."""

    def __init__(self, stored: Stored, known: Known, pictures: Pictures) -> None:
        self._stored, self._known, self._pictures = stored, known, pictures
        self._threads = Thread("exports", _AT_ONCE)

    async def close(self) -> None:
        """End the threads, once what they make is made."""
        await asyncio.to_thread(self._threads.close)

    async def sizes(self, experiment_id: str, reader: Reader = ENGLISH) -> Sizes:
        """Return how large the exports are just now. Raises: InvalidInput where there is none."""
        found = await self._sheet(experiment_id)
        return await self._threads.run(_sizes, found, self._pictures, reader)

    async def file(
        self,
        experiment_id: str,
        form: Form,
        reader: Reader = ENGLISH,
        answer: Sequence[str] = (),
    ) -> File:
        """Return an export in a reader's language; its page has the `answer`, in sentences.

        Raises: InvalidInput where there is no such experiment, or no sane picture of it.
        """
        found = await self._sheet(experiment_id)
        content = await self._threads.run(_content, found, form, self._pictures, reader, answer)
        return File(file_name(found, form), FORMS[form], content)

    async def save(
        self, experiment_id: str, form: Form, path: Path, reader: Reader = ENGLISH
    ) -> None:
        """Write an export to a file, which is whole or not there. Raises: as `file`; OSError."""
        made = await self.file(experiment_id, form, reader)
        await self._threads.run(_write, made.content, path)

    async def _sheet(self, experiment_id: str) -> Sheet:
        one, found = await self._stored.get(experiment_id), await self._stored.cells(experiment_id)
        live = {position: run.state for position, run in found.under_way.items()}
        axes, models = one.spec.get("axes", {}), self._known.models
        return await self._threads.run(
            sheet, one.title, one.created, one.source, axes, found.made, live, models
        )


def file_name(of: Sheet, form: Form) -> str:
    """Return a name such as steps-against-subject-2026-01-31.html, in ASCII."""
    spelled = unicodedata.normalize("NFKD", of.title.casefold())
    plain = spelled.encode("ascii", "ignore").decode()
    stem = cut(re.sub(r"[^a-z0-9]+", "-", plain).strip("-"), _NAME_MAX_CHARS).strip("-")
    return f"{stem or 'experiment'}-{of.created.astimezone(UTC):%Y-%m-%d}.{form}"


def _content(
    of: Sheet, form: Form, pictures: Pictures, reader: Reader, answer: Sequence[str]
) -> Iterator[bytes]:
    if form == "csv":
        return csv_file(of)
    if form == "html":
        return page(of, pictures, reader, answer)
    return iter([picture(of, pictures, reader)])


def _sizes(of: Sheet, pictures: Pictures, reader: Reader) -> Sizes:
    png = layout(of, reader)
    size = None if png.refusal else png.size
    return Sizes(len(of.cells), page_bytes(of, pictures), size, png.side, png.smaller, png.refusal)


def _write(content: Iterator[bytes], path: Path) -> None:
    beside = path.with_name(f"{path.name}.part")
    try:
        with open(beside, "wb") as file:
            for piece in content:
                file.write(piece)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
