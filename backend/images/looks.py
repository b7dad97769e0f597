"""What an image looks like, out of its thumbnail: its main colours, and a layout to compare by.

Pure. The colours are those that have a word of their own in most languages (Berlin and Kay, 1969),
counted on some 64 x 64 pixels by rules on hue, chroma and value. A layout is 56 bytes: a difference
hash (which of two neighbours is brighter, 8 x 8 times), then 4 x 4 means of Y, Cb and Cr.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from backend.errors import BadAnswer
from backend.said import msg

if TYPE_CHECKING:  # at run time it takes 0.1 s to import, which no start needs
    import numpy as np
    from numpy.typing import NDArray

COLOURS = (
    *("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown"),
    *("black", "grey", "white"),
)
"""The first is the bit 1 of an image's colours, the second 2, the third 4, and so on."""

LAYOUT_BYTES = 56

ALIKE = 75.0
"""Up to this distance two images look alike; tried on photographs and the sample engine's."""

_SIDE_PX = 64
_SHARE, _VIVID_SHARE = 0.15, 0.08
_VIVID = 95  # chroma, of 255
_OPAQUE = 128
_GROUND = (128, 128, 128)  # below what is transparent
_WEIGHTS = (1, 2, 2)  # of Y, Cb and Cr: another hue is seen sooner than another shade
_HASH_WEIGHT = 0.8  # of a bit that differs, against a mean that is another one by 1 of 255
_AT_ONCE = 16_384  # layouts compared in one go: their differences fill 3 MB


@dataclass(frozen=True, slots=True)
class Looks:
    """An image's main colours as bits, and its layout."""

    colours: int
    layout: bytes


def looks_of(thumbnail: bytes) -> Looks:
    """Return what a thumbnail (a WebP of ours) shows. Raises: BadAnswer where it is damaged."""
    try:
        with Image.open(io.BytesIO(thumbnail), formats=["WEBP"]) as opened:
            opened.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX)
            small = opened.convert("RGBA")
    except Exception as error:  # Pillow's decoders raise all kinds, see pictures.py
        raise BadAnswer(msg("The thumbnail is damaged.")) from error
    return looks_in(small)


def looks_in(small: Image.Image) -> Looks:
    """Return what an RGBA picture of few pixels shows."""
    solid = Image.new("RGB", small.size, _GROUND)
    solid.paste(small, mask=small.getchannel("A"))
    return Looks(_colours(solid, small.getchannel("A")), _layout(solid))


def bits_of(names: Iterable[str]) -> int:
    """Return the colours of these names as bits. Raises: ValueError for another name."""
    return sum({1 << COLOURS.index(name) for name in names})


def names_of(bits: int) -> list[str]:
    """Return the names of the colours that these bits stand for."""
    return [name for at, name in enumerate(COLOURS) if bits >> at & 1]


def distances(layouts: NDArray[np.uint8], layout: bytes) -> NDArray[np.float32]:
    """Return how far each of the layouts (n x 56) is from this one: 0 is the same."""
    import numpy as np  # noqa: PLC0415

    asked, weights = np.frombuffer(layout, np.uint8), np.tile(np.array(_WEIGHTS, np.float32), 16)
    found = np.empty(len(layouts), np.float32)
    for start in range(0, len(layouts), _AT_ONCE):
        some = layouts[start : start + _AT_ONCE]
        grid = (some[:, 8:].astype(np.float32) - asked[8:]) * weights
        bits = np.bitwise_count(some[:, :8] ^ asked[:8]).sum(axis=1, dtype=np.float32)
        far = np.sqrt(np.einsum("ij,ij->i", grid, grid) / 16)
        found[start : start + _AT_ONCE] = far + _HASH_WEIGHT * bits
    return found


def _layout(solid: Image.Image) -> bytes:
    grey = solid.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    rows = [grey[at : at + 9] for at in range(0, 72, 9)]
    bits = [row[x] < row[x + 1] for row in rows for x in range(8)]
    code = sum(bit << at for at, bit in enumerate(bits)).to_bytes(8, "little")
    return code + solid.convert("YCbCr").resize((4, 4), Image.Resampling.BOX).tobytes()


def _colours(solid: Image.Image, alpha: Image.Image) -> int:
    """Return the colours that fill 15 % of what is seen, or 8 % of it with vivid ones."""
    import numpy as np  # noqa: PLC0415

    seen = np.asarray(alpha) >= _OPAQUE
    pixels = np.asarray(solid, np.int32)[seen]
    if not len(pixels):
        return 0
    hue, value = np.asarray(solid.convert("HSV"))[seen][:, ::2].astype(np.int32).T
    chroma = value - pixels.min(axis=1)
    kinds = np.full(len(pixels), -1)
    for name, those in reversed([*_rules(hue * 360 // 255, chroma, value)]):
        kinds[those] = COLOURS.index(name)
    shares = np.bincount(kinds[kinds >= 0], minlength=len(COLOURS)) / len(pixels)
    vivid = np.bincount(kinds[(kinds >= 0) & (chroma >= _VIVID)], minlength=len(COLOURS))
    has = (shares >= _SHARE) | (vivid / len(pixels) >= _VIVID_SHARE)
    return sum(1 << at for at, one in enumerate(has.tolist()) if one)


def _rules(
    hue: NDArray[np.int32], chroma: NDArray[np.int32], value: NDArray[np.int32]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield a colour with which pixels have it, the first that fits counts; hue in degrees.

    Chroma and value are of 255. What fits none, skin and sand, has no colour that people look for.
    """
    dark = (value < 46) | ((value < 70) & (chroma < 36))
    yield "black", dark
    dull = (chroma < 26) | ((chroma < 40) & (chroma * 5 < value))
    yield "white", dull & (value >= 205)
    yield "grey", dull
    pale = (value >= 150) & (chroma * 20 < value * 11)
    red = (hue < 12) | (hue >= 342)
    yield "pink", pale & ((hue < 10) | (hue >= 290))
    yield "pink", (hue >= 312) & (hue < 342) & (value >= 110)
    yield "brown", (hue >= 8) & (hue < 48) & (value < 150)
    yield "brown", (hue >= 12) & (hue < 42) & (value < 190) & (chroma * 3 < value * 2)
    yield "red", red
    yield "orange", (hue < 40) & (chroma * 20 >= value * 9)
    yield "yellow", (hue >= 40) & (hue < 68) & (value >= 150) & (chroma * 3 >= value)
    yield "green", (hue >= 56) & (hue < 172)
    yield "blue", (hue >= 172) & (hue < 256)
    yield "purple", hue >= 256
