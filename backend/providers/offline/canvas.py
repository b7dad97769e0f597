"""What the painters share: the picture being painted, noise, and soft-edged masks.

A position is in pixels; noise is laid out in units of the short side, so that one seed has one
composition at every size. Everything is float32 and deterministic.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray
from PIL import Image

from backend.providers.offline.words import Palette, Plan, Rgb

Plane = NDArray[np.float32]


def generator(*key: object) -> Generator:
    """Return a generator that depends on the key's text alone, in every process alike."""
    text = "\x1f".join(str(part) for part in key)
    return Generator(PCG64(int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest())))


def resize(plane: Plane, width: int, height: int) -> Plane:
    """Return one plane resampled bicubically."""
    if plane.shape == (height, width):
        return plane
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    return np.array(image.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def smoothstep(low: float, high: float, x: Plane) -> Plane:
    """Return 0 below `low`, 1 above `high`, and an S in between."""
    t = np.clip((x - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    out: Plane = t * t * (3 - 2 * t)
    return out


def mix(a: Rgb, b: Rgb, t: float) -> Rgb:
    """Return the colour at `t` (0..1) on the way from `a` to `b`."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def luma(colour: Rgb) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def fbm(rng: Generator, width: int, height: int, cells: tuple[float, float], octaves: int) -> Plane:
    """Return fractal noise of about -1..1. `cells`: features along the width and the height.

    Built as a pyramid: each octave doubles the grid, and only the last step is at full size.
    """
    nx, ny = max(2, round(cells[0]) + 1), max(2, round(cells[1]) + 1)
    total = rng.standard_normal((ny, nx), dtype=np.float32) * np.float32(0.5)
    gain = 0.5
    for _ in range(octaves - 1):
        if nx * 2 > width or ny * 2 > height:
            break
        nx, ny, gain = nx * 2, ny * 2, gain * 0.55
        total = resize(total, nx, ny)
        total += rng.standard_normal((ny, nx), dtype=np.float32) * np.float32(gain * 0.6)
    return resize(total, width, height)


def ridge(rng: Generator, width: int, cells: float, octaves: int, *, craggy: bool) -> Plane:
    """Return a 1-D outline of about -1..1 along the width; `craggy` has corners, else it rolls."""
    total = np.zeros(width, dtype=np.float32)
    gain = 1.0
    for octave in range(octaves):
        n = int(cells * 2**octave) + 3
        if n > width:
            break
        knots = rng.uniform(-1, 1, n)
        at = np.linspace(0, n - 2, width) + rng.uniform(0, 0.9)
        left = np.floor(at).astype(np.int64)
        t = at - left
        if not craggy:
            t = t * t * (3 - 2 * t)
        total += ((knots[left] * (1 - t) + knots[left + 1] * t) * gain).astype(np.float32)
        gain *= 0.5 if craggy else 0.34
    return total


@dataclass(frozen=True, slots=True)
class Canvas:
    """One picture in the making. `planes` is (3, height, width) and is painted in place.

    `detail` is 0 (one step) to 1 (thirty and more); `soft` is the width of an edge in px.
    `sun` is where the light is, in px. `key` and `plan` decide everything drawn at random.
    """

    planes: NDArray[np.float32]
    palette: Palette
    plan: Plan
    key: str
    detail: float
    soft: float
    horizon: int
    sun: tuple[float, float]

    @property
    def height(self) -> int:
        return int(self.planes.shape[1])

    @property
    def width(self) -> int:
        return int(self.planes.shape[2])

    @property
    def short(self) -> float:
        """The unit of length, in px: the short side, or less where the other is much longer."""
        return float(min(self.width, self.height))

    @property
    def octaves(self) -> int:
        return 2 + round(6 * self.detail)

    @property
    def is_dark(self) -> bool:
        return luma(self.palette.sky) < 0.22

    def rng(self, name: str) -> Generator:
        return generator(self.key, name)

    def noise(
        self, name: str, cells: tuple[float, float], *, rows: int | None = None, scale: int = 2
    ) -> Plane:
        """Return noise of the canvas's width, `cells` per short side, computed at 1/scale."""
        rows = self.height if rows is None else rows
        w, h = max(8, self.width // scale), max(8, rows // scale)
        per_short = (cells[0] * self.width / self.short, cells[1] * rows / self.short)
        return resize(fbm(self.rng(name), w, h, per_short, self.octaves), self.width, rows)

    def tint(self, name: str, fallback: Rgb) -> Rgb:
        """Return the colour that the prompt gives the feature, or the fallback."""
        tints = self.plan.tints.get(name)
        return tints[0] if tints else fallback

    def cover(self, distance: Plane) -> Plane:
        """Return the coverage of a shape from its signed distance in px (negative inside)."""
        out: Plane = np.clip(np.float32(0.5) - distance * np.float32(1 / self.soft), 0, 1)
        return out

    def over(
        self,
        mask: Plane,
        colour: Rgb | NDArray[np.float32],
        rows: slice = slice(None),
        cols: slice = slice(None),
    ) -> None:
        """Paint a colour, or three planes, through the mask onto rows x cols."""
        for plane, value in zip(self.planes, colour, strict=True):
            part = plane[rows, cols]
            part += mask * (np.asarray(value, dtype=np.float32) - part)

    def shine(
        self, mask: Plane, colour: Rgb, rows: slice = slice(None), cols: slice = slice(None)
    ) -> None:
        """Add light through the mask, as a screen does: it never burns out."""
        for plane, value in zip(self.planes, colour, strict=True):
            part = plane[rows, cols]
            part += mask * (1 - part) * np.float32(value)

    def window(self, cx: float, cy: float, reach: float) -> tuple[slice, slice, Plane, Plane]:
        """Return rows, cols and the offsets (x as a row, y as a column) around a point."""
        x0, x1 = max(0, int(cx - reach)), min(self.width, int(cx + reach) + 1)
        y0, y1 = max(0, int(cy - reach)), min(self.height, int(cy + reach) + 1)
        x = (np.arange(x0, max(x0, x1), dtype=np.float32) - np.float32(cx))[None, :]
        y = (np.arange(y0, max(y0, y1), dtype=np.float32) - np.float32(cy))[:, None]
        return slice(y0, max(y0, y1)), slice(x0, max(x0, x1)), x, y
