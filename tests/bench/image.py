"""The image that the figures are taken with: 1024 x 1024, a PNG of about 1.8 MB."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

SIZE_BYTES = 1_800_000


def make(path: Path) -> Path:
    """Write the image: a smooth picture with as much grain as makes it `SIZE_BYTES` long."""
    y, x = np.mgrid[0:1024, 0:1024].astype(np.float32) / 1024
    smooth = np.stack([x, y, (x + y) / 2], axis=-1) * 180 + 30
    grain = np.random.default_rng(1).normal(size=(1024, 1024, 3))
    low, high = 0.5, 60.0
    for _ in range(12):
        middle = (low + high) / 2
        file = io.BytesIO()
        pixels = np.clip(smooth + grain * middle, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(file, "PNG")
        low, high = (middle, high) if file.tell() < SIZE_BYTES else (low, middle)
        if abs(file.tell() - SIZE_BYTES) < 20_000:
            break
    path.write_bytes(file.getvalue())
    return path


def make_small(path: Path) -> Path:
    """Write one that takes next to no time to store, and return `path`."""
    Image.new("RGB", (64, 64), (200, 80, 40)).save(path, "PNG")
    return path
