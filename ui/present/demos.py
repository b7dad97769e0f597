"""Rehearsals of demo sessions as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from backend.said import day
from backend.sessions.rehearsals import Listed
from ui.language.chosen import tell


def demos_json(listed: Iterable[Listed], playing: str, kept: str | None = None) -> dict[str, Any]:
    """Return all rehearsals; `playing` and `kept` are names."""
    return {"demos": [_demo_json(one, playing) for one in listed], "kept": kept}


def _demo_json(listed: Listed, playing: str) -> dict[str, Any]:
    demo = listed.demo
    return {
        "name": demo.name,
        "session": demo.session,
        "title": demo.title,
        "recorded": demo.recorded_on,
        "recorded_on": tell(day(date.fromisoformat(demo.recorded_on))),
        "model": demo.model,
        "events": len(demo.timed),
        "seconds": demo.seconds,
        "images": len(demo.digests),
        "missing": len(listed.missing),
        "playing": demo.name == playing,
    }
