"""What stands on an axis once it is understood. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from backend.experiments.templates import Wildcards
from backend.said import Said
from backend.types import ModelSpec, Template


@dataclass(frozen=True, slots=True)
class Swap:
    """A text that is searched in prompt and negative prompt, and what stands there instead."""

    search: str
    instead: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of an axis: what it sets, as it is sent, and in words.

    `raw` maps parameter names, and `model`, to what they become. `template` is the one that a
    text was made of.
    """

    sent: object
    label: str
    raw: Mapping[str, object] = field(default_factory=dict)
    swap: Swap | None = None
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """The values of one axis. Those of numbers have a middle, so they are shown coarse to fine."""

    kind: str
    settings: tuple[Setting, ...]
    notes: tuple[Said, ...] = ()
    of_numbers: bool = False

    def plain(self, tell: Callable[[str], str] = str) -> dict[str, object]:
        """Return kind, values as sent, labels and notes, in words as `tell` has them.

        Where nothing varies there is no kind and no value.
        """
        settings = self.settings if self.kind else ()
        return {
            "kind": self.kind,
            "values": [setting.sent for setting in settings],
            "labels": [tell(setting.label) for setting in settings],
            "notes": [tell(note) for note in self.notes],
        }

    @property
    def sets(self) -> frozenset[str]:
        """The names that its values set."""
        return frozenset(name for setting in self.settings for name in setting.raw)


@dataclass(frozen=True, slots=True)
class Known:
    """What values are understood by: models, the form's shapes, a source of seeds, files."""

    models: Mapping[str, ModelSpec]
    shapes: Mapping[str, tuple[int, int]]
    rng: Random
    wildcards: Wildcards = lambda _: None
