"""All styles and presets, and every change of them. Pure: each change makes another book.

What somebody else has changed in the meantime is never written over: that is refused, and told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from backend.errors import InvalidInput
from backend.said import Said, msg
from backend.styles.kinds import PRESETS_MAX, STYLES_MAX, Preset, Style

Json = dict[str, Any]
LeftOut = tuple[str, str]
"""The name or number of an entry that was not taken, and why."""

Kind = TypeVar("Kind", Style, Preset)

VERSION = 1


@dataclass(frozen=True, slots=True)
class Book:
    """Styles and presets in the order in which they came; names differ within each."""

    styles: tuple[Style, ...] = ()
    presets: tuple[Preset, ...] = ()

    def style(self, name: str) -> Style | None:
        return next((style for style in self.styles if style.name == name), None)

    def preset(self, name: str) -> Preset | None:
        return next((preset for preset in self.presets if preset.name == name), None)

    def worn(self, names: Iterable[str]) -> list[Style]:
        """Return the styles of these names, in their order. Raises: InvalidInput."""
        found = {style.name: style for style in self.styles}
        for name in names:
            if name not in found:
                raise InvalidInput(
                    msg("There is no style called {name}.", name=name),
                    msg("Take it off, or choose another one."),
                    field="styles",
                )
        return [found[name] for name in names]

    def with_style(
        self, style: Style, *, former: str | None = None, was: Style | None = None
    ) -> Book:
        """Return the book with a new style, or with that of the name `former` changed into it.

        `was` is what was seen of it before. Presets follow a new name. Raises: InvalidInput.
        """
        taken = msg("There is a style called {name} already.", name=style.name)
        styles = _put(self.styles, style, former, was, STYLES_MAX, taken)
        presets = self.presets
        if former and former != style.name:
            presets = tuple(
                replace(one, styles=tuple(style.name if n == former else n for n in one.styles))
                for one in presets
            )
        return Book(styles, presets)

    def with_preset(
        self,
        preset: Preset,
        *,
        former: str | None = None,
        was: Preset | None = None,
        instead: bool = False,
    ) -> Book:
        """Return the book with a preset, as `with_style`; `instead` of one of its name, if any."""
        if instead and self.preset(preset.name):
            former = preset.name
        taken = msg("There is a preset called {name} already.", name=preset.name)
        return replace(self, presets=_put(self.presets, preset, former, was, PRESETS_MAX, taken))

    def without(self, styles: Iterable[str], presets: Iterable[str]) -> tuple[Book, Book]:
        """Return the book without these, and what was taken out. What is not there is fine."""
        names, others = set(styles), set(presets)
        kept = Book(
            tuple(one for one in self.styles if one.name not in names),
            tuple(one for one in self.presets if one.name not in others),
        )
        gone = Book(
            tuple(one for one in self.styles if one.name in names),
            tuple(one for one in self.presets if one.name in others),
        )
        return kept, gone


def _put(
    entries: tuple[Kind, ...],
    entry: Kind,
    former: str | None,
    was: Kind | None,
    most: int,
    taken: Said,
) -> tuple[Kind, ...]:
    names = [one.name for one in entries]
    changed: list[Kind] = list(entries)
    if entry.name != former and entry.name in names:
        raise InvalidInput(taken, msg("Choose another name."), field="name")
    if former is None:
        if len(entries) >= most:
            raise full(most)
        changed.append(entry)
        return tuple(changed)
    if former not in names:
        raise InvalidInput(
            msg("{name} was deleted or renamed in the meantime.", name=former),
            msg("Your text is still here: save it as a new one."),
            field="name",
        )
    at = names.index(former)
    if was is not None and changed[at] != was:
        raise InvalidInput(
            msg("{name} was changed in the meantime, so it was not written over.", name=former),
            msg("Your text is still here: save it under another name."),
            field="name",
        )
    changed[at] = entry
    return tuple(changed)


def full(most: int) -> InvalidInput:
    """Return the refusal of more than so many."""
    return InvalidInput(
        msg("No more fit: there are {most} already.", most=most), msg("Delete some first.")
    )


def book_json(book: Book) -> Json:
    """Return the document that is kept, and exported."""
    return {
        "version": VERSION,
        "styles": [asdict(style) for style in book.styles],
        "presets": [preset_json(preset) for preset in book.presets],
    }


def book_text(book: Book) -> str:
    """Return the document as text. Reading it gives the same book again."""
    return json.dumps(book_json(book), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def preset_json(preset: Preset) -> Json:
    """Return a preset as it is kept, with all that it says and nothing else."""
    return {
        "name": preset.name,
        "model": preset.model,
        "values": dict(preset.values),
        "styles": list(preset.styles),
        "random_seed": preset.random_seed,
        "count": preset.count,
    }


def entries_of(
    given: object, read: Callable[[Mapping[str, Any]], Kind]
) -> tuple[list[Kind], list[LeftOut]]:
    """Return what `read` takes of a list, and the name or number of each other with the reason."""
    found: list[Kind] = []
    refused: list[LeftOut] = []
    for number, item in enumerate(given if isinstance(given, Sequence) else [], start=1):
        try:
            if not isinstance(item, Mapping):
                raise InvalidInput(msg("It is no object with a name and texts."))
            found.append(read(item))
        except InvalidInput as error:
            refused.append((called(item, number), error.message))
    return found, refused


def called(item: object, number: int) -> str:
    """Return what an entry that cannot be taken is called: its name, else its number."""
    name = item.get("name") if isinstance(item, Mapping) else None
    shown = " ".join(name[:200].split())[:60] if isinstance(name, str) else ""
    shown = shown.encode("utf-8", "replace").decode()
    return shown or msg("number {number}", number=str(number))
