"""What scripts say is in the tables, too."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ui.language.tables import in_code

ASSETS = Path(__file__).parents[3] / "assets"
SAID = re.compile(r"""\bmsg(?:N|Parts)?\(\s*("(?:[^"\\]|\\.)*")""")


def test_no_sentence_of_a_script_is_overlooked() -> None:
    """Babel looks into no `${…}` of a template literal."""
    found = {text for m in in_code() for text in ([m.id] if isinstance(m.id, str) else list(m.id))}
    said = {
        json.loads(literal)
        for script in ASSETS.rglob("*.js")
        for literal in SAID.findall(script.read_text(encoding="utf-8"))
    }
    assert len(said) > 20 and said - found == set()
