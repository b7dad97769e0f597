"""A language's table for our scripts: what they say, and what the facts that they are told say."""

from __future__ import annotations

import json
from functools import cache

from ui.language.languages import ENGLISH, LANGUAGES

_SAID_BY_SCRIPTS = ("assets/", "ui/present/facts.py")


@cache
def table_script(tag: str) -> str | None:
    """Return the script that brings the table of a language, None where there is none."""
    if tag == ENGLISH.tag or tag not in LANGUAGES:
        return None
    from ui.language.table import plurals, read  # noqa: PLC0415  # 0.1 s

    catalog = read(tag)
    texts = {
        (message.id if isinstance(message.id, str) else message.id[0]): message.string
        for message in catalog
        if message.id and any(p.startswith(_SAID_BY_SCRIPTS) for p, _ in message.locations)
    }
    table = json.dumps({"texts": texts, "plurals": plurals(catalog)}, ensure_ascii=False)
    return f"globalThis.playgroundTexts = {table};\n"
