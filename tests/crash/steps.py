"""An experiment whose program is killed at one step of opening, sending or saving a cell.

`python -m tests.crash.steps DATA ENV [--kill-at STEP]` carries one out, goes on with one that is
there, and ends with it; with a step it kills itself there, the first time that `NTH` says.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from backend.experiments import book
from backend.experiments.book import Book
from backend.experiments.found import Made
from backend.generation.ledger import Ledger
from backend.generation.saving import Saver
from backend.settings.load import load_settings
from backend.storage import experiment_files
from backend.storage.image_files.local import LocalFiles
from backend.studio import Studio
from backend.wire.client import Api
from tests.crash.worker import MODEL, SEEDLESS, begun

EACH = 6
"""Cells of each model: with seeds, and without."""

WAIT_S = 60.0
_LOOK_S = 0.01


@dataclass(frozen=True, slots=True)
class Step:
    """The `nth` call of a method ends with a kill, or does not begin: `before`."""

    owner: Any
    name: str
    nth: int = 1
    before: bool = False


STEPS = {
    "its file is being written": Step(experiment_files, "write", before=True),
    "its file is there, its rows are not": Step(experiment_files, "write"),
    "it is recorded": Step(Book, "open"),
    "runs are being recorded": Step(book, "insert_run", nth=3),
    "runs are recorded": Step(Book, "ask"),
    "a run is noted as sent": Step(Ledger, "begin_send", nth=2),
    "further runs are recorded": Step(Book, "ask", nth=2),
    "an answer is spooled": Step(Api, "send", nth=3),
    "an image is being stored": Step(LocalFiles, "put", nth=2, before=True),
    "an image is stored, not recorded": Step(Saver, "adopt", nth=4, before=True),
    "an image is recorded, its spool is there": Step(Saver, "adopt", nth=5),
    "a difference is being noted": Step(Book, "note_difference", before=True),
    "a difference is noted": Step(Book, "note_difference", nth=3),
    "it is about to be done": Step(Book, "note_end", before=True),
    "it is done": Step(Book, "note_end"),
}


def plan() -> dict[str, Any]:
    """Return an experiment of two models, no two of its requests alike."""
    rows = [{"model": MODEL, "seed": str(seed)} for seed in range(1, EACH + 1)]
    rows += [{"model": SEEDLESS, "prompt": f"crash {number}"} for number in range(EACH)]
    base = {"model": MODEL, "prompt": "a crash", "width": 256, "height": 256}
    return {"base": base, "axes": {"x": {"rows": rows}}}


def kill_at(step: Step) -> None:
    """Have this program killed there."""
    real, calls = getattr(step.owner, step.name), count(1)

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def called(*given: Any, **named: Any) -> Any:
        last = next(calls) == step.nth
        if last and step.before:
            kill()
        found = real(*given, **named)
        if last:
            kill()
        return found

    async def awaited(*given: Any, **named: Any) -> Any:
        last = next(calls) == step.nth
        found = await real(*given, **named)
        if last:
            kill()
        return found

    broken: Callable[..., Any] = awaited if asyncio.iscoroutinefunction(real) else called
    setattr(step.owner, step.name, broken)


async def carry_out(data_dir: Path, env_file: Path) -> None:
    """Start the experiment, or go on with it, and return once all of it is measured."""
    arguments = {"data_dir": data_dir, "env_file": env_file, "provider": "sentry_block"}
    async with asyncio.timeout(WAIT_S), Studio(load_settings(arguments, {})) as studio:
        known = await studio.experiments.newest(1)
        if not known:
            known = [await begun(studio.experiments, plan())]
        while (one := await studio.experiments.get(known[0].id)).state == "running":
            await asyncio.sleep(_LOOK_S)
        assert one.state == "done", str(one.why)
        while to_be_measured((await studio.experiments.cells(one.id)).made):
            await asyncio.sleep(_LOOK_S)


def to_be_measured(cells: Sequence[Made]) -> bool:
    """Whether any image is still to be compared with the reference, if there is one."""
    there = [cell for cell in cells if cell.run and cell.run.record]
    is_reference = bool(there) and there[0].position == 0
    return is_reference and any(cell.difference is None for cell in there)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("env_file", type=Path)
    parser.add_argument("--kill-at", choices=STEPS)
    options = parser.parse_args()
    if options.kill_at:
        kill_at(STEPS[options.kill_at])
    asyncio.run(carry_out(options.data_dir, options.env_file))


if __name__ == "__main__":
    main()
