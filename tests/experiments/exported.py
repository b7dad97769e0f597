"""Experiments as exports are made of them: cells with their runs and pictures, no studio."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import product
from typing import Any

from PIL import Image

from backend.catalogue.load import load_catalogue
from backend.experiments.exports.table import Pictures, Sheet, sheet
from backend.experiments.found import Made
from backend.storage.run_rows import RunRow
from backend.types import GenerationRequest, ImageRecord, RunState

FLUX = "black-forest-labs/FLUX.1-schnell"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
VOID = {"meta", "img", "br", "link"}


def made(
    position: int,
    places: Sequence[tuple[int, int, int, int]],
    *,
    state: RunState | None = RunState.SAVED,
    prompt: str = "a cat",
    values: Mapping[str, Any] | None = None,
    deleted: bool = False,
    cached: bool = False,
    error: Any = None,
    difference: float | None = 1.5,
    template: tuple[str, int] | None = None,
) -> Made:
    """Return a cell whose run stands like that; None: it was never asked for."""
    asked = {"width": 1024, "height": 768, "num_steps": 4} | dict(values or {})
    request = GenerationRequest(FLUX, prompt, asked, 7)
    own = f"{position:032x}"
    record = ImageRecord(
        *(own, own, request, NOW, 2.5, Decimal("0.0006"), "png", 1024, 768, "0" * 64),
        cached=cached,
        source="api.example.com",
        deleted=NOW if deleted else None,
    )
    run = RunRow(
        *(own, own, 1, request, state or RunState.QUEUED, NOW, NOW, NOW),
        cost_usd=Decimal("0.0006"),
        source="api.example.com",
        error=error,
        record=record if state is RunState.SAVED else None,
    )
    asked_for = None if state is None else run
    return Made(position, tuple(places), request, 0, False, difference, asked_for, template)


def grid(
    x: Sequence[str] = ("1", "4"),
    y: Sequence[str] = ("cat", "dog"),
    z: Sequence[str] = (),
    *,
    cells: Sequence[Made] | None = None,
    title: str = "Steps",
    repeats: int = 1,
    prompt: str = "a cat",
    live: Mapping[int, RunState] | None = None,
) -> Sheet:
    """Return an experiment with these labels on its axes: all of its images are there, if not
    other `cells` are given."""
    axes = {
        "x": axis("num_steps", x),
        "y": axis("replace", y),
        "z": axis("guidance_scale", z),
    }
    places = product(range(len(x) or 1), range(len(y) or 1), range(len(z) or 1), range(repeats))
    every = [made(n, [place], prompt=prompt) for n, place in enumerate(places)]
    found = every if cells is None else cells
    return sheet(title, NOW, "api.example.com", axes, found, live or {}, load_catalogue())


def axis(kind: str, labels: Sequence[str]) -> dict[str, Any]:
    return {"kind": kind if labels else "", "values": list(labels), "labels": list(labels)}


def coloured(colour: str = "#c81e1e") -> Pictures:
    """Return what gives a picture of one colour for every image."""
    out = io.BytesIO()
    Image.new("RGB", (512, 384), colour).save(out, "PNG")
    return lambda record, px: out.getvalue()


def noisy(side: int = 384) -> Pictures:
    """Return what gives a picture that no format makes small."""
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, "WEBP", quality=90)
    return lambda record, px: out.getvalue()


class Opened(HTMLParser):
    """What a browser would make of a page: its elements, and the text in each kind of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self._open[-1] if self._open else "", data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]

    def within(self, *tags: str) -> list[str]:
        """Return the texts that stand in elements of these kinds."""
        return [text for tag, text in self.texts if tag in tags]
