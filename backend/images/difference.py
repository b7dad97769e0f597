"""How far two pictures are from each other, pixel by pixel. Pure; blocks for tens of milliseconds.

Containers, compression and metadata do not count: what is compared is what one sees.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from backend.images import pictures
from backend.types import Verdict

_Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


NEAR_MEAN = 8.0
"""Up to this mean absolute difference (of 255) two pictures are called near: beyond what another
compression or another card's rounding makes (below 3), far below what another seed makes (40)."""

NEAR_PART_MEAN = 24.0
"""And no part of them, of `PARTS` across and down, may be further apart than this: a JPEG of
quality 40 stays below 11 there, another thing before the same sky and sea makes more than 60."""

PARTS = 16

MAP_MAX_PX = 1024


@dataclass(frozen=True, slots=True)
class Difference:
    """The verdict, and the mean absolute difference per channel, 0 to 255; None for other sizes."""

    verdict: Verdict
    mean: float | None


def difference(one: bytes, other: bytes) -> Difference:
    """Compare the decoded pixels of two image files. Raises: BadAnswer for a damaged one."""
    a, b = _pixels(one, other)
    if a.shape != b.shape:
        return Difference("different", None)
    apart = _apart(a, b)
    mean = float(apart.mean())
    if mean == 0:
        return Difference("identical", 0.0)
    near = mean <= NEAR_MEAN and _furthest_part(apart) <= NEAR_PART_MEAN
    return Difference("near" if near else "different", mean)


def difference_map(one: bytes, other: bytes) -> bytes | None:
    """Return a WebP, at most 1024 px a side: the brighter, the larger the difference.

    Small differences are lifted (by a square root), else nobody would see them. None where the
    sizes differ. Raises: BadAnswer for a damaged file.
    """
    a, b = _pixels(one, other)
    if a.shape != b.shape:
        return None
    largest = _apart(a, b).max(axis=2)
    lifted = np.sqrt(largest.astype(np.float32) * 255).astype(np.uint8)
    picture = Image.fromarray(lifted)
    picture.thumbnail((MAP_MAX_PX, MAP_MAX_PX))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=85, method=2)
    return out.getvalue()


def _pixels(one: bytes, other: bytes) -> tuple[_Pixels, _Pixels]:
    """Return both as RGB, or as RGBA where either may be transparent."""
    both = pictures.decoded(one), pictures.decoded(other)
    mode = "RGBA" if any(picture.mode == "RGBA" for picture in both) else "RGB"
    a, b = (np.asarray(picture.convert(mode)) for picture in both)
    return a, b


def _apart(a: _Pixels, b: _Pixels) -> _Pixels:
    """Return the absolute difference without leaving 8 bits: 1024 x 1024 take 4 MB, not 16."""
    apart: _Pixels = np.maximum(a, b) - np.minimum(a, b)
    return apart


def _furthest_part(apart: _Pixels) -> float:
    """Return the largest mean among the parts; a side of fewer pixels has a part for each."""
    height, width, channels = apart.shape
    rows, columns = _starts(height), _starts(width)
    sums = np.add.reduceat(apart.sum(axis=2, dtype=np.uint32), rows, axis=0)
    sums = np.add.reduceat(sums, columns, axis=1)
    sizes = np.outer(np.diff(rows, append=height), np.diff(columns, append=width)) * channels
    return float((sums / sizes).max())


def _starts(side: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the pixels at which the parts of a side begin."""
    count = min(PARTS, side)
    return np.arange(count) * side // count
