"""What the tests of the command grid share: its files, where it is asked, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.http.faults import FaultServer

KEY = "ak_test-key_0123"
GRID = """
title = "Steps against subject"
base = { model = "black-forest-labs/FLUX.1-schnell", prompt = "a lighthouse at sea", width = 256 }
axes.x = { num_steps = "1-4" }
axes.y = { replace = "lighthouse, windmill" }
"""
SEEDLESS = """
base = { model = "stabilityai/stable-diffusion-xl-base-1.0", prompt = "a fox" }
repeats = 6
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: its exit status, what it told people, its lines of JSON."""

    code: int
    said: str
    cells: list[Any]

    @property
    def states(self) -> list[str]:
        return sorted(cell["state"] for cell in self.cells)


class Asked:
    """A file in a folder of its own, and what stands in the environment: `server` answers."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        self.folder, self.file = folder, folder / "steps.toml"
        self.file.write_text(GRID, encoding="utf-8")
        self.results = folder / "steps"
        self.environ = {
            "PLAYGROUND_DATA_DIR": str(folder / "data"),
            "SENTRY_BLOCK_API_URL": server.base_url,
            "SENTRY_BLOCK_API_KEY": KEY,
        }
