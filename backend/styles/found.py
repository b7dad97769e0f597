"""What was found in a file of styles, before anything of it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from backend.errors import InvalidInput
from backend.said import msg
from backend.styles.book import LeftOut
from backend.styles.kinds import STYLES_MAX, Preset, Style


@dataclass(slots=True)
class Found:
    """Styles and presets as they stand there; `left_out` could not be taken, `passed_over` of what
    was taken is not known here, by the file's own names; `headings` are no styles.
    """

    styles: list[Style] = field(default_factory=list)
    presets: list[Preset] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    headings: int = 0

    def pass_over(self, name: object) -> None:
        """Remember a name, once."""
        shown = str(name)[:40].encode("utf-8", "replace").decode()
        if shown not in self.passed_over:
            self.passed_over.append(shown)


def unknown_file() -> InvalidInput:
    """Return the refusal of a file in which there are no styles that are known here."""
    return InvalidInput(
        msg("No styles or presets were found in this file."),
        msg(
            "Read are styles of AUTOMATIC1111, Forge, InvokeAI, Fooocus, Krita, SwarmUI and"
            " SD.Next, as CSV or JSON, and what was exported here."
        ),
        field="file",
    )


def too_many() -> InvalidInput:
    """Return the refusal of a file with more styles than are kept."""
    return InvalidInput(
        msg("There are more than {most} styles in this file.", most=STYLES_MAX),
        msg("Take a part of it."),
        field="file",
    )
