"""The record that another program's image gets, told from its file alone. Does not write.

Its id is the first 32 hex digits of the file's hash, its date the file's time: so a rebuild of the
database finds it again.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from math import isfinite
from pathlib import PurePath
from typing import Final

from backend.errors import BadAnswer
from backend.images import containers
from backend.images.containers import ImageInfo
from backend.recipes import foreign
from backend.recipes.recipe import Brought
from backend.text import cut
from backend.types import FOREIGN_SEED_MAX, IMPORT, GenerationRequest, ImageRecord, Value

UNKNOWN_MODEL: Final = "unknown"

_TEXT_MAX_CHARS, _NAME_MAX_CHARS, _MAX_VALUES = 20_000, 200, 64
_UNUSABLE = re.compile("[\0\ud800-\udfff]")  # databases take neither


def record_of(path: PurePath, data: bytes, created: datetime) -> ImageRecord | None:
    """Return the record that `import_files` gave another program's image from its stored copy.

    `path` ends in its day and name, `data` is its content and `created` its time. None for any file
    that no import has put there, or that has changed since.
    """
    digest = sha256(data).hexdigest()
    if path.stem != digest[:32]:
        return None
    try:
        info = containers.header(data)
    except BadAnswer:
        return None
    if f"{created:%Y-%m-%d}" != path.parent.name:  # copied by what does not keep times
        try:
            created = datetime.strptime(path.parent.name, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            return None
    return foreign_record(foreign.read(data), digest, info, created)


# Another program's image


def foreign_record(
    brought: Brought | None, digest: str, info: ImageInfo, created: datetime
) -> ImageRecord:
    """Return the record of a file with the SHA-256 `digest` that says `brought` of its making."""
    told = dict(brought.values) if brought else {}
    values = _values(told)
    seed = told.get("seed")
    if type(seed) is not int or not 0 <= seed <= FOREIGN_SEED_MAX:
        if isinstance(seed, int | str):
            values["original_seed"] = _usable(str(seed))[:_NAME_MAX_CHARS]
        seed = None
    model = (
        cut(_usable(brought.model), _NAME_MAX_CHARS).strip() if brought and brought.model else ""
    )
    prompt = told.get("prompt")
    return ImageRecord(
        id=digest[:32],
        run_id=digest[:32],
        request=GenerationRequest(
            model or UNKNOWN_MODEL,
            cut(_usable(prompt), _TEXT_MAX_CHARS) if isinstance(prompt, str) else "",
            values,
            seed,
        ),
        created=created,
        seconds=None,
        price_usd=None,
        format=info.format,
        width_px=info.width_px,
        height_px=info.height_px,
        sha256=digest,
        source=IMPORT,
    )


def _values(told: dict[str, object]) -> dict[str, Value]:
    """Return what a record can hold of what another program wrote: texts and numbers."""
    values: dict[str, Value] = {}
    for name, value in told.items():
        if name in ("prompt", "seed", "model") or len(values) == _MAX_VALUES:
            continue
        key = cut(_usable(name), _NAME_MAX_CHARS)
        if isinstance(value, str):
            values[key] = cut(_usable(value), _TEXT_MAX_CHARS)
        elif isinstance(value, bool) or (isinstance(value, int) and abs(value) >= 2**63):
            values[key] = str(value)[:_NAME_MAX_CHARS].lower()
        elif isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
            values[key] = value
    return values


def _usable(text: str) -> str:
    return _UNUSABLE.sub("\N{REPLACEMENT CHARACTER}", text)
