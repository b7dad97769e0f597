"""What stands at the places in the help's texts.

A text says "Press {generate}." and a name says what stands there: the button's own label, so that
the help calls everything what the page calls it, in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from backend.said import msg
from ui.present.facts import PAGES

Kind = Literal["label", "page", "key", "code"]


@dataclass(frozen=True, slots=True)
class Name:
    """What stands at a place in a text: a label of ours, a page with its path, a key, code."""

    kind: Kind
    text: str
    path: str = ""


_LABELS = {
    "add": msg("Add"),
    "address": msg("Address"),
    "again": msg("Make it again and compare"),
    "all_settings": msg("Reuse all settings"),
    "approve": msg("Approve"),
    "across": msg("Across"),
    "blind": msg("Blind test"),
    "compare": msg("Compare"),
    "connections": msg("More connections"),
    "delete": msg("Delete"),
    "dismiss": msg("Dismiss"),
    "doubt": msg("May have been charged"),
    "down": msg("Down"),
    "download": msg("Download"),
    "end": msg("Keep and end\u2026"),
    "filters": msg("Filters"),
    "forget": msg("End and forget\u2026"),
    "generate": msg("Generate"),
    "keep_seed": msg("keep it"),
    "kind": msg("Kind"),
    "let_in": msg("Let people in"),
    "like": msg("More like this"),
    "limits": msg("Your own limits"),
    "link": msg("Copy recipe link"),
    "neighbours": msg("Neighbouring seeds"),
    "paste": msg("Paste the cURL example"),
    "retry": msg("Try again (may charge again)"),
    "reuse_seed": msg("Reuse seed"),
    "save": msg("Save"),
    "show": msg("Show"),
    "stage": msg("Open the stage"),
    "start": msg("Start"),
    "steps": msg("Steps"),
    "stop": msg("Stop"),
    "test": msg("Test"),
    "trash": msg("Trash"),
    "undo": msg("Undo"),
    "vary": msg("Vary this"),
    "words": msg("Which words mattered"),
}

_CODE = {
    "api": "--api --port 7865",
    "card_address": "http://127.0.0.1:7865",
    "host": "--host 0.0.0.0",
    "readme": "README.md",
    "run": "./run.sh --host 0.0.0.0",
    "values": "1, 2, 4, 8",
}

NAMES: Mapping[str, Name] = {
    **{name: Name("label", label) for name, label in _LABELS.items()},
    **{f"{name}_page": Name("page", title, path) for name, (path, title) in PAGES.items()},
    **{name: Name("code", text) for name, text in _CODE.items()},
    "full_screen": Name("key", "F"),
}
"""What stands in the topics' texts at {place}, by the names of the places."""
