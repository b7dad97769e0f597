"""An experiment followed to its end: images kept as they land, a line of JSON for each cell."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any, TextIO

from backend.terminal import Line
from ui.terminal.playground import Playground
from ui.terminal.results import Results
from ui.terminal.spec_file import FileFault
from ui.terminal.told import progress

Json = dict[str, Any]

LOOKED_FIRST_S, LOOKED_S = 0.1, 1.0
"""How soon it is looked at again, at first and at last."""

IDLE_MAX_S = 60.0
"""So long it may run with nothing under way: then it does not go on by itself."""

_MEASURED_S = 1.0
_ENDED = ("saved", "failed", "unknown")


class Follower:
    """Follows `one`, the experiment's answer. `lines` is where JSON goes, None for nowhere."""

    def __init__(
        self, playground: Playground, one: Json, results: Results, line: Line, lines: TextIO | None
    ) -> None:
        self.one = one
        self._playground, self._results = playground, results
        self._line, self._lines = line, lines
        self._path = f"/api/experiments/{one['id']}"
        self._cells: dict[tuple[int, ...], Json] = {}
        self._files: dict[tuple[int, ...], str | None] = {}
        self._told: set[tuple[int, ...]] = set()
        self._before: set[tuple[int, ...]] = set()

    async def to_the_end(self) -> Json:
        """Return the experiment once nothing more of it happens. Raises: PlaygroundError."""
        await self._take(self.one)
        self._before = {place for place, c in self._cells.items() if c["state"] in _ENDED}
        began = idle_since = time.monotonic()
        wait_s = LOOKED_FIRST_S
        while self.one["state"] == "running":
            counts = self.one["counts"]
            self._show(time.monotonic() - began)
            await asyncio.sleep(wait_s)
            wait_s = min(LOOKED_S, wait_s * 1.3)
            await self._look()
            if counts != self.one["counts"] or counts["queued"] or counts["sent"]:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > IDLE_MAX_S:
                break
        await self._measured()
        self._line.clear()
        self._tell(self._cells)
        return self.one | {"cells": list(self._cells.values())}

    async def as_it_is(self) -> None:
        """Keep what landed, and write the lines that are still missing. Raises: PlaygroundError."""
        await self._look()
        self._tell(self._cells)

    async def _look(self) -> None:
        await self._take(
            await self._playground.ask("GET", f"{self._path}?since={self.one['version']}")
        )

    async def _take(self, found: Json) -> None:
        """Take up an answer, all of it or what changed; keep the images that landed."""
        self.one = found
        for cell in found["cells"]:
            place = tuple(cell["place"])
            self._cells[place] = cell
            if cell["image_id"] and place not in self._files:
                self._files[place] = await self._results.take(self._playground, cell, found["axes"])
        known = [p for p, c in self._cells.items() if c["difference"] is not None]
        self._tell(known)

    async def _measured(self) -> None:
        """Wait for the differences as long as any comes: those of other sizes have none."""
        before, missing = -1, self._unmeasured()
        while missing and missing != before:
            await asyncio.sleep(_MEASURED_S)
            await self._look()
            before, missing = missing, self._unmeasured()

    def _unmeasured(self) -> int:
        cells = self._cells.values()
        return sum(cell["image_id"] is not None and cell["difference"] is None for cell in cells)

    def _show(self, passed_s: float) -> None:
        made = [c for p, c in self._cells.items() if p not in self._before]
        ended = [c for c in made if c["state"] in _ENDED and not c["cached"]]
        spent = sum(c["price_usd"] or 0.0 for c in ended if c["state"] != "failed")
        counts = self.one["counts"]
        left = counts["waiting"] + counts["queued"] + counts["sent"]
        left_s = passed_s / len(ended) * left if ended else None
        self._line.show(progress(counts, spent, left_s))

    def _tell(self, places: Iterable[tuple[int, ...]]) -> None:
        if self._lines is None:
            return
        for place in [p for p in places if p not in self._told]:
            self._told.add(place)
            try:
                print(json.dumps(self._row(place)), file=self._lines, flush=True)
            except BrokenPipeError:  # whoever read them has seen enough
                self._lines = None
                return
            except OSError as error:
                raise FileFault(
                    f"The lines of JSON cannot be written ({error.strerror}).",
                    "What was made is kept: run this again, with room for them.",
                ) from error

    def _row(self, place: tuple[int, ...]) -> Json:
        """Return a cell as the API has it, with what it varies, and its file in the folder."""
        axes = self.one["axes"]
        varied = {
            name: axes[name]["values"][at]
            for name, at in zip("xyz", place, strict=False)
            if at < len(axes[name]["values"])
        }
        return {"varied": varied, "file": self._files.get(place), **self._cells[place]}
