"""The extractor finds what scripts say; calls within calls, or in templates, it passes over."""

from __future__ import annotations

import json
import re

from ui.language.tables import in_code
from ui.static import FOLDER

_LITERAL = re.compile(r'\b(?:msg|msgN|msgParts)\(\s*("(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')')


def test_every_literal_that_a_script_says_is_found() -> None:
    said = {
        json.loads(found) if found[0] == '"' else found[1:-1]
        for file in FOLDER.rglob("*.js")
        for found in _LITERAL.findall(file.read_text(encoding="utf-8"))
    }
    one = {m.id if isinstance(m.id, str) else m.id[0] for m in in_code()}
    assert len(said) > 100
    assert sorted(said - one) == []
