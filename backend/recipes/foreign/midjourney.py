"""What Midjourney's website writes into `Description`: the command, then the job's id. Pure."""

from __future__ import annotations

import re

from backend.recipes.foreign.values import number
from backend.recipes.recipe import Brought

_JOB = re.compile(r"Job ID: ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*+$")
_LONGEST = 20_000
_OPTION = re.compile(r"(?<!\S)--([a-z]+)(?:\s++(?!--)(\S++(?:\s++(?!--)\S++)*+))?")
_NAMES = {
    "ar": "aspect",
    "v": "version",
    "s": "stylize",
    "c": "chaos",
    "q": "quality",
    "w": "weird",
    "p": "personalize",
}


def from_midjourney(description: str) -> Brought | None:
    """Return what a description says; None where it does not end in a job's id."""
    found = _JOB.search(description[-_LONGEST:])
    if found is None:
        return None
    command = description[: len(description) - len(found[0])].strip()[-_LONGEST:]
    start = next(iter(_OPTION.finditer(command)), None)
    options = command[start.start() :] if start else ""
    values: dict[str, object] = {"prompt": command[: start.start()].strip() if start else command}
    for name, told in _OPTION.findall(options)[:32]:
        if name == "no" and told:
            values["negative_prompt"] = told
        elif name == "seed":
            values["seed"] = number(told)
        else:
            values[_NAMES.get(name, name)] = number(told) if told else True
    values["job_id"] = found[1]
    niji, version = values.get("niji"), values.get("version")
    model = f"Niji {niji}" if niji else f"Midjourney {version}" if version else "Midjourney"
    return Brought("midjourney", model, {k: v for k, v in values.items() if v != ""})
