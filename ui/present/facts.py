"""What page and server have to agree on, stated once: limits, names, and words for them.

The scripts get it as the module assets/shared/facts.js, which `python -m ui.present.facts` writes
and a test holds to this file. Its words are English there: scripts show them by `translated`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from backend.catalogue.shapes import ASPECTS
from backend.exchange.sheets import HTML_MAX_IMAGES, PNG_MAX_IMAGES
from backend.experiments.phrases import CONJUNCTIONS, JOINING, LONG_WORDS
from backend.generation.jobs import ENDED
from backend.images.looks import COLOURS
from backend.images.pictures import THUMBNAIL_MAX_PX
from backend.library.library import PAGE_MAX
from backend.library.marks import RATING_MAX, TAG_MAX_CHARS
from backend.library.query import FILTERS, REPEATED, TEXT_MAX_CHARS, Sort
from backend.said import Said, msg
from backend.sessions.state import EACH, IMAGES, IMAGES_MAX
from backend.settings.load import USED_OF_TIER
from backend.types import COUNT_MAX, ID_BYTES, IMPORT, OFFLINE, SEED_MAX, RunState
from ui.language.chosen import COOKIE, tell

FILE = Path(__file__).resolve().parents[2] / "assets" / "shared" / "facts.js"

PROMPTS_MAX, PROMPTS_SHOWN = 200, 100
"""Earlier prompts that can be asked for at once, and that the page does ask for."""

COMPARED_MAX = 4
"""Images side by side."""

CLOCK_HEADER = "Playground-Clock"
"""Where each of our own answers tells the program's clock; the page adds what has passed since."""

FILE_MAX_BYTES = 60_000_000
"""The largest file that settings are read from."""

PAGES: Mapping[str, tuple[str, Said]] = {
    "create": ("/", msg("Create")),
    "gallery": ("/gallery", msg("Gallery")),
    "experiments": ("/experiments", msg("Experiments")),
    "desk": ("/desk", msg("Demo session")),
    "examples": ("/examples", msg("Examples")),
    "statistics": ("/statistics", msg("Statistics")),
    "settings": ("/settings", msg("Settings")),
    "help": ("/help", msg("Help")),
}
"""The pages with their paths and names, in the order of the header."""

STYLES: tuple[str, Said] = ("/styles", msg("Styles and presets"))
"""A page that is reached from where styles are chosen, and by name: the header is full."""

SESSIONS: tuple[str, Said] = ("/desk/sessions", msg("Demo sessions"))
"""The sessions that were held: reached from the desk, and by name."""

PRODUCT = "Sentry Block"
"""The product's name in titles, after the page's: tabs cut off the end."""


def title(page: str) -> str:
    """Return the title of the page of that name; title.js puts before it what is open there."""
    return f"{tell(page)} \N{EN DASH} {PRODUCT}"


COUNTS = (1, 2, 4, COUNT_MAX)
"""How many images a click of the page can make; other programs ask for any number up to that."""

LANGUAGES = {"curl": "cURL", "python": "Python", "javascript": "JavaScript"}
"""What a request is shown as code in."""

LIMITS: Mapping[str, tuple[Said, str]] = {
    "requests_per_minute": (msg("Requests a minute"), "numeric"),
    "requests_per_day": (msg("Requests a day"), "numeric"),
    "dollars_per_day": (msg("US dollars a day"), "decimal"),
    "experiment_sends": (msg("Requests of an experiment at once"), "numeric"),
}
"""The limits of one's own in the settings: label, and what a phone's keyboard shows."""

SOURCES: Mapping[str, Said] = {OFFLINE: msg("Sample engine"), IMPORT: msg("Imported")}
"""Who made an image, where it was no platform."""

VERDICTS: Mapping[str, Said] = {
    "identical": msg("Identical"),
    "near": msg("Nearly the same"),
    "different": msg("Different"),
}

_SORTS: Mapping[Sort, Said] = {
    "newest": msg("Newest"),
    "oldest": msg("Oldest"),
    "rating": msg("Best rated"),
    "fastest": msg("Fastest"),
    "slowest": msg("Slowest"),
}
_CHILDREN: Mapping[str, Said] = {
    "reused": msg("The settings were reused"),
    "seed": msg("The seed was reused"),
    "prompt": msg("The prompt was reused"),
    "model": msg("With another model"),
    "neighbour": msg("Neighbouring seed"),
    "reproduced": msg("Made again"),
    "experiment": msg("Part of an experiment"),
}
_COLOURS: Mapping[str, Said] = {
    "red": msg("Red"),
    "orange": msg("Orange"),
    "yellow": msg("Yellow"),
    "green": msg("Green"),
    "blue": msg("Blue"),
    "purple": msg("Purple"),
    "pink": msg("Pink"),
    "brown": msg("Brown"),
    "black": msg("Black"),
    "grey": msg("Grey"),
    "white": msg("White"),
}


def facts() -> dict[str, object]:
    """Return all that the scripts are told, by the names that they use."""
    return {
        "PAGE_MAX": PAGE_MAX,
        "PROMPTS_SHOWN": PROMPTS_SHOWN,
        "SEARCH_MAX_CHARS": TEXT_MAX_CHARS,
        "TAG_MAX_CHARS": TAG_MAX_CHARS,
        "RATING_MAX": RATING_MAX,
        "COUNTS": COUNTS,
        "COMPARED_MAX": COMPARED_MAX,
        "THUMBNAIL_PX": THUMBNAIL_MAX_PX,
        "HTML_MAX_IMAGES": HTML_MAX_IMAGES,
        "PNG_MAX_IMAGES": PNG_MAX_IMAGES,
        "SEED_MAX": SEED_MAX,
        "TOKEN_BYTES": ID_BYTES,
        "LANGUAGE_COOKIE": COOKIE,
        "CLOCK_HEADER": CLOCK_HEADER,
        "FILE_MAX_BYTES": FILE_MAX_BYTES,
        "ACCEPTED": "image/png,image/jpeg,image/webp,text/html,.html",
        "OFFLINE": OFFLINE,
        "PROVIDERS": SOURCES,
        "PROVIDER_BADGES": {**SOURCES, OFFLINE: msg("Sample")},
        "LIVE_STATES": [state.value for state in RunState if state not in ENDED],
        "VERDICTS": VERDICTS,
        "CHILDREN": _CHILDREN,
        "COLOURS": [(name, _COLOURS[name]) for name in COLOURS],
        "FILTERS": FILTERS,
        "REPEATED_FILTERS": REPEATED,
        "SHAPES": list(ASPECTS),
        "SORTS": [(sort, _SORTS[sort]) for sort in get_args(Sort)],
        "LANGUAGES": list(LANGUAGES.items()),
        "OWN_LIMITS": [(name, *told) for name, told in LIMITS.items()],
        "USED_OF_TIER_PERCENT": int(100 * USED_OF_TIER),
        "SESSION_IMAGES": IMAGES,
        "SESSION_EACH": EACH,
        "SESSION_IMAGES_MAX": IMAGES_MAX,
        "LONG_WORDS": LONG_WORDS,
        "CONJUNCTIONS": CONJUNCTIONS,
        "JOINING": JOINING,
        "PAGES": {name: path for name, (path, _) in PAGES.items()},
        "STYLES_PAGE": STYLES[0],
        "SESSIONS_PAGE": SESSIONS[0],
    }


def module() -> str:
    """Return the facts as an ES module of literals."""
    lines = ["// What scripts and server agree on. Made from ui/present/facts.py by `make facts`."]
    for name, value in facts().items():
        if isinstance(value, Mapping) and name != "PAGES":  # looked into with whatever comes
            lines.append("/** @type {Record<string, string>} */")
        lines.append(f"export const {name} = {_literal(value)};")
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    """Return JSON, with a line for each item of what would be a long line."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= 80:
        return text
    if isinstance(value, Mapping):
        items = [f"{json.dumps(name)}: {json.dumps(item)}" for name, item in value.items()]
        return "{\n" + "".join(f"  {item},\n" for item in items) + "}"
    assert isinstance(value, Sequence)
    return "[\n" + "".join(f"  {json.dumps(item)},\n" for item in value) + "]"


if __name__ == "__main__":
    FILE.write_text(module(), encoding="utf-8")
