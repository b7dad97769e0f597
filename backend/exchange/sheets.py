"""What both contact sheets share: how many images they hold, and what stands below each."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from backend.errors import InvalidInput
from backend.said import Said, msg
from backend.types import OFFLINE, ImageRecord, ModelSpec

HTML_MAX_IMAGES = 2_000
PNG_MAX_IMAGES = 200


class Reader(Protocol):
    """Whose language a sheet is in: its tag and direction for browsers, and what is told in it."""

    @property
    def tag(self) -> str: ...

    @property
    def direction(self) -> str: ...

    def tell(self, text: str) -> str: ...


Thumbs = Callable[[str], bytes | None]
"""Gives an image's thumbnail (WebP) by the image's id, None where there is none."""

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def escaped(text: str) -> str:
    """Return a text as it can stand in HTML, in an attribute too."""
    return html.escape(CONTROL.sub("\N{REPLACEMENT CHARACTER}", text))


def check_count(count: int, what: str) -> None:
    """Refuse what a sheet (`html` or `png`) cannot hold; a `zip` holds any number.

    Raises: InvalidInput, also for no image at all.
    """
    if not count:
        raise InvalidInput(
            msg("Nothing is selected."), msg("Choose at least one image."), field="ids"
        )
    if what == "png" and count > PNG_MAX_IMAGES:
        raise InvalidInput(
            msg(
                "A contact sheet as a picture holds up to {most} images, and {count} are selected.",
                most=PNG_MAX_IMAGES,
                count=count,
            ),
            msg(
                "Choose fewer, or take the web page: it holds up to {most}.",
                most=HTML_MAX_IMAGES,
            ),
            field="what",
        )
    if what == "html" and count > HTML_MAX_IMAGES:
        raise InvalidInput(
            msg(
                "A contact sheet holds up to {most} images, and {count} are selected.",
                most=HTML_MAX_IMAGES,
                count=count,
            ),
            msg("Choose fewer, or take the ZIP: it holds any number."),
            field="what",
        )


def made_with(seed: int | None, model: str) -> Said:
    """Return with which seed and model an image was made."""
    if seed is None:
        return msg("No seed · {model}", model=model)
    return msg("Seed {seed} · {model}", seed=str(seed), model=model)


def model_label(record: ImageRecord, models: Mapping[str, ModelSpec]) -> str:
    model = models.get(record.request.model)
    name = model.label if model else record.request.model
    return msg("{model} (sample engine)", model=name) if record.source == OFFLINE else name
