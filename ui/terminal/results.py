"""The folder of a file's results: a page, a table, a picture, the images, and what was drawn.

DIR/experiment.toml    DIR/index.html    DIR/cells.csv    DIR/grid.png    DIR/images/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.errors import InvalidInput, LookupFailed
from backend.text import cut
from ui.terminal.playground import Playground
from ui.terminal.spec_file import FileFault
from ui.terminal.toml_text import to_toml

Json = dict[str, Any]

FIRST_LINE = "# Written by the playground's command grid, over and over."
"""By which a folder is known as one of ours: in no other is anything replaced."""

_NAME_MAX_BYTES = 120
"""File systems take 255 bytes a name; some of them write accents apart."""

_BAD = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]+')
_OURS = re.compile(r"\d{4,} .*\[[0-9a-f]{8}\]\.(png|jpg|webp)")
_SUFFIX = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp"}


def folder_of(file: Path, out: Path | None) -> Path:
    """Return where results go: as asked, else beside the file, in a folder named as it is."""
    if out is not None:
        return out
    return file.with_suffix("") if file.suffix else file.with_name(f"{file.name}-results")


def name_of(cell: Json, axes: Mapping[str, Json]) -> str:
    """Return how a cell's image is called, without its suffix; in order they are the grid by rows.

    What no file system takes is left out; the image's id tells those apart that read alike.
    """
    x, y, z, repeat = cell["place"]
    sizes = [max(1, len(axes[name]["labels"])) for name in "xy"]
    number = (z * sizes[1] + y) * sizes[0] + x + 1
    labels = [
        axes[name]["labels"][at]
        for name, at in zip("zyx", (z, y, x), strict=True)
        if at < len(axes[name]["labels"])
    ]
    labels += [f"repeat {repeat + 1}"] if repeat else []
    said = cut(" ".join(_BAD.sub(" ", ", ".join(map(str, labels))).split()), _NAME_MAX_BYTES)
    while len(said.encode()) > _NAME_MAX_BYTES:
        said = cut(said, len(said) - 1)
    return f"{number:04d} {said.strip(' .')} [{cell['image_id'][:8]}]"


class Results:
    """The results in the folder `root`. Raises: FileFault wherever it cannot take them."""

    def __init__(self, root: Path) -> None:
        self.root, self._images = root, root / "images"
        self._spec, self.page = root / "experiment.toml", root / "index.html"
        self._names: set[str] = set()

    def prepare(self) -> None:
        """Make the folder, before anything is sent; one that holds other things is refused."""
        try:
            if self.root.is_dir() and any(self.root.iterdir()) and not self._is_ours():
                raise FileFault(
                    f"The folder {self.root} holds other files.",
                    "Choose a new or an empty one with --out.",
                )
            self._images.mkdir(parents=True, exist_ok=True)
            self._spec.touch()
            if not self._is_ours():
                self._spec.write_text(f"{FIRST_LINE}\n", encoding="utf-8")
        except (OSError, ValueError) as error:
            raise self._full(error) from error

    def begin(self, one: Json) -> None:
        """Write what is asked for, with all that was drawn: a file that makes the same again."""
        asked = {k: v for k, v in one["plan"].items() if not isinstance(v, Mapping)}
        own = {k: v for k, v in one["plan"].items() if isinstance(v, Mapping) and k != "axes"}
        axes = {
            name: {axis["kind"]: _values(name, axis, one["plan"])}
            for name, axis in one["axes"].items()
            if axis["kind"]
        }
        document = asked | own | {"base": one["base"]} | ({"axes": axes} if axes else {})
        try:
            text = f"{FIRST_LINE}\n# Experiment {one['id']}\n\n{to_toml(document)}"
            self._spec.write_text(text, encoding="utf-8")
        except OSError as error:
            raise self._full(error) from error

    async def take(
        self, playground: Playground, cell: Json, axes: Mapping[str, Json]
    ) -> str | None:
        """Keep a cell's image, as it is stored, and return its path within the folder.

        None where the gallery has its file no more.
        """
        stem = name_of(cell, axes)
        try:
            kept = (self._images / f"{stem}{suffix}" for suffix in _SUFFIX.values())
            known = next((path for path in kept if path.is_file()), None)
            if known is None:
                raw = self._images / stem
                await playground.save(f"/images/{cell['image_id']}", raw)
                with raw.open("rb") as file:
                    head = file.read(4)
                suffix = next((s for magic, s in _SUFFIX.items() if head.startswith(magic)), "")
                known = raw.replace(raw.with_name(f"{stem}{suffix}"))
        except LookupFailed:
            return None
        except OSError as error:
            raise self._full(error) from error
        self._names.add(known.name)
        return f"{self._images.name}/{known.name}"

    async def end(self, playground: Playground, experiment_id: str) -> list[str]:
        """Write page, table and picture as it stands now; return what has to be said of it."""
        said = []
        for form, name in (("html", self.page.name), ("csv", "cells.csv"), ("png", "grid.png")):
            path = f"/api/experiments/{experiment_id}/export?form={form}"
            try:
                await playground.save(path, self.root / name)
            except InvalidInput as error:
                (self.root / name).unlink(missing_ok=True)
                said.append(f"{name} was not made: {error}")
            except OSError as error:
                raise self._full(error) from error
        try:
            for old in self._images.iterdir():  # of the file as it was before
                if _OURS.fullmatch(old.name) and old.name not in self._names:
                    old.unlink()
        except OSError as error:
            raise self._full(error) from error
        return said

    def _is_ours(self) -> bool:
        try:
            with self._spec.open(encoding="utf-8") as file:
                return file.readline().rstrip("\n") == FIRST_LINE
        except (OSError, UnicodeDecodeError):
            return False

    def _full(self, error: Exception) -> FileFault:
        reason = getattr(error, "strerror", None) or error
        return FileFault(
            f"The folder {self.root} cannot take the results ({reason}).",
            "What was made is kept in the gallery. Choose another folder with --out.",
        )


def _values(name: str, axis: Json, plan: Json) -> Sequence[object] | str:
    """Return an axis's values as they were drawn; of search and replace as they were asked for."""
    if axis["kind"] == "replace":
        asked: Any = plan["axes"][name]["replace"]
        return list(asked) if isinstance(asked, list) else str(asked)
    return list(axis["values"])
