"""Lists of prompts as A1111's script "prompts from file or textbox" takes them. Pure.

--prompt "a cat, red" --negative_prompt "blurry" --seed 1 --steps 20 --cfg_scale 7 --width 768
--prompt a cat, red --seed 1
a plain prompt

As `cmdargs` in its scripts/prompts_from_file.py does it: a prompt needs no quotes, and goes up to
the next name.
"""

from __future__ import annotations

import re
import shlex

from backend.errors import InvalidInput
from backend.experiments.numbers import VALUES_MAX
from backend.said import msg

ALIASES = {
    "steps": "num_steps",
    "cfg_scale": "guidance_scale",
    "sd_model": "model",
}
"""Its names of parameters, by ours."""

_PROMPTS = ("--prompt", "--negative_prompt")
_LINE = re.compile(r"^[ \t]*--[a-z]", re.MULTILINE | re.IGNORECASE)


def prompt_lines(text: str) -> list[dict[str, str]] | None:
    """Return a table for each line, up to one more than there may be; None where none begins so.

    The names are as they stand there. Raises: InvalidInput with the line's number.
    """
    if not _LINE.search(text):
        return None
    tables = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        tables.append(_table(line, number) if _LINE.match(line) else {"prompt": line.strip()})
        if len(tables) > VALUES_MAX:
            break
    return tables


def _table(line: str, number: int) -> dict[str, str]:
    try:
        words = shlex.split(line, comments=False)
    except ValueError as error:
        raise InvalidInput(
            msg("A quote in line {line} is not closed.", line=str(number)),
            msg('Write " at its end.'),
        ) from error
    table = {}
    while words:
        name, *rest = words
        if not name.startswith("--") or not rest:
            raise InvalidInput(
                msg("Line {line} cannot be read from {text} on.", line=str(number), text=name[:40]),
                msg('A text with blanks stands in quotes: --prompt "a cat, red" --seed 1.'),
            )
        end = 1
        while name in _PROMPTS and end < len(rest) and not rest[end].startswith("--"):
            end += 1
        table[name[2:]] = " ".join(rest[:end])
        words = rest[end:]
    return table
