"""What the browser tells, read as far as it makes sense."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from backend.catalogue.params import entered
from backend.catalogue.widgets import Parked
from backend.types import ModelSpec


def data_of(event: gr.EventData) -> dict[str, Any]:
    """Return what the page's script gave the event, empty where that is no object."""
    data = event._data
    return data if isinstance(data, dict) else {}


def object_in(text: object) -> dict[str, Any]:
    """Return the JSON object in `text`, empty where there is none."""
    try:
        found = json.loads(text) if isinstance(text, str) and text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def parked_in(told: object, models: Mapping[str, ModelSpec]) -> tuple[str, Parked]:
    """Return whose form the page showed and what it has put aside, as far as it makes sense."""
    was, aside = told if isinstance(told, list | tuple) and len(told) == 2 else ("", {})
    if not isinstance(was, str) or not isinstance(aside, dict):
        return "", {}
    mine = {name: kept for name, kept in aside.items() if name in models}
    return was, {
        name: entered(models.values(), kept)
        for name, kept in mine.items()
        if isinstance(kept, dict)
    }
