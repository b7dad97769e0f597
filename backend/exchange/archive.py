"""Stored images taken out as one streamed ZIP: the files, images.csv and images.json, or the
pixels alone. No HTTP.

One image at a time is in memory; the two lists wait in a temporary file and come last. A file that
cannot be read is named in missing.txt, and the archive goes on without it.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from backend.errors import PlaygroundError
from backend.images.strip import strip
from backend.said import Said, joined, msg
from backend.types import ImageRecord

_SUFFIX = {"png": "png", "jpeg": "jpg", "webp": "webp"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
_ASKED = ("negative_prompt", "width", "height", "num_steps", "guidance_scale")
_LISTS_IN_MEMORY_BYTES = 1_000_000
_BLOCK_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Entry:
    """One image to be taken out, and what gives its file's bytes. Raises: OSError."""

    record: ImageRecord
    read: Callable[[], bytes]


def file_name(record: ImageRecord) -> str:
    """Return a name such as 2025-01-31-flux-1-schnell-42.png: ASCII, safe on every system."""
    model = re.sub(r"[^a-z0-9]+", "-", record.request.model.rsplit("/", 1)[-1].lower())[:60]
    last = str(record.request.seed) if record.request.seed is not None else record.id[:8]
    stem = f"{record.created:%Y-%m-%d}-{model.strip('-') or 'image'}-{last}"
    return f"{stem}.{_SUFFIX[record.format]}"


def zip_stream(
    entries: Iterable[Entry], *, with_metadata: bool = True, tell: Callable[[str], str] = str
) -> Iterator[bytes]:
    """Yield a ZIP of the images under flat, unique names, then the lists. Blocks while reading.

    Files are byte for byte as stored, or the pixels alone, to be given away: then their names tell
    no more than their number, and there are no lists. `tell` gives what stands in missing.txt in a
    reader's language.
    """
    sink, names, missing = _Sink(), _Names(), [""]
    with _Lists() as lists, zipfile.ZipFile(sink, "w") as archive:
        for number, entry in enumerate(entries, 1):
            bare = f"image-{number}.{_SUFFIX[entry.record.format]}"
            name, file = names.unique(file_name(entry.record) if with_metadata else bare), None
            try:
                data = _content(entry.read(), with_metadata)
            except (OSError, PlaygroundError) as error:
                missing[0] = f"{tell(msg('These files could not be read:'))}\n\n"
                missing.append(f"{tell(_missing(name, entry.record.id, error))}\n")
            else:
                file = name
                archive.writestr(_info(name, entry.record.created), data)
                yield sink.taken()
            if with_metadata:
                lists.add(_row(entry.record, file))
        now = datetime.now(UTC)
        for name, content in lists.ended() if with_metadata else ():
            info = _info(name, now)
            info.file_size = content.seek(0, 2)  # from which zipfile knows whether it is over 4 GB
            content.seek(0)
            with archive.open(info, "w") as target:
                while block := content.read(_BLOCK_BYTES):
                    target.write(block)
                    yield sink.taken()
        if missing[0]:
            archive.writestr(_info("missing.txt", now), _utf8("".join(missing)))
    yield sink.taken()


def defused(text: str) -> str:
    """Return the text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _content(data: bytes, with_metadata: bool) -> bytes:
    return data if with_metadata else strip(data)


def _missing(name: str, image_id: str, error: OSError | PlaygroundError) -> Said:
    why: str
    if isinstance(error, FileNotFoundError):
        why = msg("It is not there any more.")
    else:
        why = (
            f"{error.strerror}."
            if isinstance(error, OSError)
            else joined(error.message, error.hint)
        )
    return msg("{file} (image {id}): {why}", file=name, id=image_id, why=why)


def _info(name: str, moment: datetime) -> zipfile.ZipInfo:
    local = moment.astimezone()  # a ZIP's times have no zone, and readers take them for local
    in_range = 1980 <= local.year <= 2107
    return zipfile.ZipInfo(name, local.timetuple()[:6] if in_range else (1980, 1, 1, 0, 0, 0))


def _row(record: ImageRecord, file: str | None) -> dict[str, Any]:
    """Return a record as images.json holds it; `file` is None where it is missing."""
    request, origin = record.request, record.origin
    return {
        "file": file,
        "id": record.id,
        "created": _utc(record.created),
        "model": request.model,
        "prompt": request.prompt,
        "values": dict(request.values),
        "seed": request.seed,
        "width_px": record.width_px,
        "height_px": record.height_px,
        "format": record.format,
        "seconds": record.seconds,
        "price_usd": None if record.price_usd is None else float(record.price_usd),
        "provider": record.source,
        "cached": record.cached,
        "starred": record.starred,
        "rating": record.rating,
        "tags": list(record.tags),
        "deleted": None if record.deleted is None else _utc(record.deleted),
        "parent": None if origin is None else {"id": origin.image_id, "kind": origin.kind},
        "experiment": record.experiment,
        "run_id": record.run_id,
        "sha256": record.sha256,
    }


def _flat(row: dict[str, Any]) -> dict[str, object]:
    """Return a row of images.json as one of images.csv: one cell for each thing that was asked."""
    flat: dict[str, object] = {}
    for name, value in row.items():
        if name == "values":
            flat |= {asked: value.get(asked) for asked in _ASKED}
            rest = {other: value[other] for other in value if other not in _ASKED}
            flat["other_values"] = json.dumps(rest, ensure_ascii=False) if rest else None
        elif name == "parent":
            flat["parent_id"] = value and value["id"]
            flat["parent_kind"] = value and value["kind"]
        elif isinstance(value, bool):
            flat[name] = "yes" if value else "no"
        else:
            flat[name] = ", ".join(value) if isinstance(value, list) else value
    return {
        name: defused(value) if isinstance(value, str) else value for name, value in flat.items()
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate cannot be UTF-8


class _Names:
    """Names that are used once, also where upper and lower case are the same."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._last: dict[str, int] = {}

    def unique(self, name: str) -> str:
        stem, suffix = name.rsplit(".", 1)
        number, found = self._last.get(name, 1), name
        while found in self._used:
            number += 1
            found = f"{stem}-{number}.{suffix}"
        self._last[name] = number
        self._used.add(found)
        return found


class _Sink:
    """What zipfile writes to: a file that cannot seek, emptied after each image."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class _Lists:
    """images.csv and images.json as they grow, on disk once they are more than a megabyte."""

    def __enter__(self) -> _Lists:
        with ExitStack() as files:
            self._csv, self._json = (
                files.enter_context(SpooledTemporaryFile(max_size=_LISTS_IN_MEMORY_BYTES))
                for _ in range(2)
            )
            self._files = files.pop_all()
        self._csv.write("\ufeff".encode())  # without which Excel takes UTF-8 for Latin-1
        self._json.write(b'{"version": 1, "images": [')
        self._table = csv.writer(self)
        self._count = 0
        return self

    def __exit__(self, *raised: object) -> None:
        self._files.close()

    def write(self, text: str) -> int:
        """Take a line from the csv module."""
        return self._csv.write(_utf8(text))

    def add(self, row: dict[str, Any]) -> None:
        flat = _flat(row)
        if not self._count:
            self._table.writerow(flat)
        self._table.writerow(flat.values())
        self._json.write(b",\n" if self._count else b"\n")
        self._json.write(_utf8(json.dumps(row, ensure_ascii=False)))
        self._count += 1

    def ended(self) -> Iterator[tuple[str, IO[bytes]]]:
        self._json.write(b"\n]}\n")
        yield "images.csv", self._csv
        yield "images.json", self._json
