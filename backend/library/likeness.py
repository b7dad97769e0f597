"""Which images look most like another one: the layouts of all of them in memory, compared in turn.

64 bytes an image, read from the database at the first question and grown from then on. All of a
million are compared in some 0.2 s. The questions come from one thread, layouts from any.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from backend.images.looks import ALIKE, LAYOUT_BYTES, distances

if TYPE_CHECKING:  # at run time once there is a question: a start needs none
    import numpy as np
    from numpy.typing import NDArray

    Block = tuple[NDArray[np.int64], NDArray[np.uint8]]  # n numbers, n x 56 bytes

Layout = tuple[int, bytes]
"""An image's number and its layout."""

_BLOCK = 16_384  # a million images are 61 arrays, none of which is ever copied


class Layouts:
    """The layouts of all images there are. Some may be of images that are gone by now."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._loose: list[Layout] = []
        self._lock = Lock()
        self._last: tuple[bytes, int | None, list[int]] | None = None
        self.known = False
        """Whether there was a question yet; before, nothing is kept."""

    def begin(self) -> None:
        """Keep from now on what is added: all that is there already has to follow by `add`."""
        with self._lock:
            self._blocks, self._loose, self._last, self.known = [], [], None, True

    def add(self, layouts: Iterable[Layout]) -> None:
        """Add some; those that are there already do no harm."""
        if not self.known:
            return
        left = iter(layouts)
        while some := list(islice(left, _BLOCK)):
            with self._lock:
                self._loose += some
                self._last = None
                while len(self._loose) >= _BLOCK:
                    self._blocks.append(_block(self._loose[:_BLOCK]))
                    self._loose = self._loose[_BLOCK:]

    def nearest(self, layout: bytes, at_most: int | None = None) -> list[int]:
        """Return the numbers of the images that look alike, the most alike first.

        Of two that are as much alike the newer comes first.
        """
        import numpy as np  # noqa: PLC0415

        with self._lock:
            if self._last and self._last[:2] == (layout, at_most):  # a page's parts, one by one
                return self._last[2]
            self._last = None
            blocks = [*self._blocks, _block(self._loose)]
        far, seqs = [], []
        for numbers, layouts in blocks:
            found = distances(layouts, layout)
            alike = found <= ALIKE
            far.append(found[alike])
            seqs.append(numbers[alike])
        every, of = np.concatenate(seqs), np.concatenate(far)
        if at_most is not None and at_most < len(every):  # these alone are sorted
            first = of <= np.partition(of, at_most)[at_most]
            every, of = every[first], of[first]
        order = np.lexsort((-every, of))[:at_most]
        nearest = list(dict.fromkeys(every[order].tolist()))
        self._last = layout, at_most, nearest
        return nearest


def _block(layouts: Sequence[Layout]) -> Block:
    import numpy as np  # noqa: PLC0415

    numbers = np.array([seq for seq, _ in layouts], np.int64)
    joined = b"".join(layout for _, layout in layouts)
    return numbers, np.frombuffer(joined, np.uint8).reshape(-1, LAYOUT_BYTES)
