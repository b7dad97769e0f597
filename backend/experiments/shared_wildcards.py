"""Wildcard files of several machines: in their database, each with a folder as a copy of them."""

from __future__ import annotations

from pathlib import Path

from backend.experiments.wildcards import (
    WildcardFile,
    WildcardFiles,
    WildcardText,
    refuse_changed,
)
from backend.storage.shared_folder import SharedFolder

LOOK_EVERY_S = 0.05
"""A plan asks a thousand times; whoever saved a file elsewhere needs longer to press a button."""


class SharedWildcards(WildcardFiles):
    """As WildcardFiles, with what other machines wrote by now; one change at a time on all."""

    def __init__(self, folder: Path, shared: SharedFolder) -> None:
        super().__init__(folder)
        self._shared = shared

    def __call__(self, name: str) -> list[str] | None:
        self._shared.look(LOOK_EVERY_S)
        return super().__call__(name)

    def listed(self) -> list[WildcardFile]:
        self._shared.look()
        return super().listed()

    def read(self, name: str) -> WildcardText | None:
        self._shared.look()
        return super().read(name)

    def _keep(self, name: str, text: str | None, was: str) -> None:
        self._shared.change(name, text, lambda now: refuse_changed(name, was, now))
