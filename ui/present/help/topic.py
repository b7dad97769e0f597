"""What a topic of the help is."""

from __future__ import annotations

from dataclasses import dataclass

from backend.said import Said

SIZE = (1200, 800)
"""Of each picture in px."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: `first` stands before its numbered steps, `then` after them, each a paragraph.

    `name` is its anchor and its picture's name, `also` are words by which it is found as well, and
    `shows` tells the picture to who does not see it.
    """

    name: str
    title: Said
    also: Said
    shows: Said
    first: tuple[Said, ...]
    steps: tuple[Said, ...] = ()
    then: tuple[Said, ...] = ()

    @property
    def picture(self) -> str:
        """The name of its picture among static.files()."""
        return f"help/{self.name}.webp"

    @property
    def texts(self) -> tuple[Said, ...]:
        """All that it says, in the order of the page."""
        return (*self.first, *self.steps, *self.then)
