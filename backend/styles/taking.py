"""What a file brings, put into the book: nothing that is there is written over. Pure.

Of two with one name and different texts both are kept, the later one with a number; what is there
already, word for word, is not taken a second time. Presets follow the numbers of their styles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from backend.errors import InvalidInput
from backend.recipes.syntax import said_signs
from backend.said import Said, joined, listed, msg, msg_n
from backend.styles.book import Book, Kind, LeftOut
from backend.styles.found import Found, unknown_file
from backend.styles.kinds import PRESETS_MAX, STYLES_MAX, Preset, Style, numbered, unnumbered

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file: the names under which it is kept, and all of it in words."""

    styles: tuple[str, ...]
    presets: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    text: Said


@dataclass(slots=True)
class _Kept:
    """`names` are those that entries of the file have now, `new` what is not there yet."""

    names: dict[str, str]
    new: list[str]
    numbered: list[str]
    same: int = 0


def take(book: Book, found: Found) -> tuple[Book, Taken]:
    """Return the book with what was found, and what came of it. Raises: InvalidInput."""
    if not (found.styles or found.presets or found.left_out):
        raise unknown_file()
    styles, of_styles = _added(book.styles, found.styles, STYLES_MAX)
    told = [
        replace(preset, styles=tuple(of_styles.names.get(name, name) for name in preset.styles))
        for preset in found.presets
    ]
    presets, of_presets = _added(book.presets, told, PRESETS_MAX)
    taken = Taken(
        tuple(of_styles.new),
        tuple(of_presets.new),
        tuple(found.left_out),
        _said(found, of_styles, of_presets),
    )
    return Book(styles, presets), taken


def _added(
    there: tuple[Kind, ...], entries: Iterable[Kind], most: int
) -> tuple[tuple[Kind, ...], _Kept]:
    kept = _Kept({}, [], [])
    by_name = {one.name: one for one in there}
    by_content: dict[tuple[str, str], str] = {}
    numbers: dict[
        str, int
    ] = {}  # the last one of a name: of a thousand alike each is looked at once

    def note(one: Kind) -> None:
        by_name[one.name] = one
        for name in {one.name, unnumbered(one.name)}:
            by_content.setdefault((name, _content(one)), one.name)

    for one in there:
        note(one)
    for entry in entries:
        if same := by_content.get((entry.name, _content(entry))):
            kept.names[entry.name] = same
            kept.same += 1
            continue
        own = entry
        while own.name in by_name:
            numbers[entry.name] = numbers.get(entry.name, 1) + 1
            own = replace(entry, name=numbered(entry.name, numbers[entry.name]))
        note(own)
        kept.names[entry.name] = own.name
        kept.new.append(own.name)
        if own is not entry:
            kept.numbered.append(own.name)
    if kept.new and len(by_name) > most:
        raise InvalidInput(
            msg_n(
                "There is room for 1 more, and the file has {count}.",
                "There is room for {n} more, and the file has {count}.",
                max(0, most - len(there)),
                count=len(kept.new),
            ),
            msg("Delete some first, or take a part of it. Nothing was taken."),
            field="file",
        )
    return tuple(by_name.values()), kept


def _content(entry: Style | Preset) -> str:
    return repr(replace(entry, name=""))


def _said(found: Found, styles: _Kept, presets: _Kept) -> Said:
    numbered, same = styles.numbered + presets.numbered, styles.same + presets.same
    counts = (len(styles.new), len(presets.new))
    taken = [
        msg_n("1 style taken.", "{n} styles taken.", counts[0]) if counts[0] else "",
        msg_n("1 preset taken.", "{n} presets taken.", counts[1]) if counts[1] else "",
    ]
    texts = [text for one in found.styles for text in (one.prompt, one.negative_prompt)]
    return joined(
        *(taken if any(counts) else [msg("Nothing new was taken.")]),
        msg_n("1 is here already.", "{n} are here already.", same) if same else "",
        _numbers(numbered),
        _left_out(found.left_out),
        msg_n("1 heading was passed over.", "{n} headings were passed over.", found.headings)
        if found.headings
        else "",
        msg("Not known here, and left out of them: {names}.", names=_names(found.passed_over))
        if found.passed_over and any(counts)
        else "",
        said_signs(texts) if any(counts) else "",
    )


def _numbers(names: Sequence[str]) -> str:
    if not names:
        return ""
    return msg_n(
        "1 got a number, as another one has its name: {names}.",
        "{n} got a number, as others have their names: {names}.",
        len(names),
        names=_names(names),
    )


def _left_out(refused: Sequence[LeftOut]) -> str:
    if not refused:
        return ""
    reasons = [msg("{name}: {why}", name=name, why=why) for name, why in refused[:_NAMED]]
    more = len(refused) - _NAMED
    return joined(
        msg_n("1 was left out.", "{n} were left out.", len(refused)),
        *reasons,
        msg("And {more} more.", more=more) if more > 0 else "",
    )


def _names(names: Sequence[str]) -> str:
    shown = listed(names[:_NAMED])
    if len(names) <= _NAMED:
        return shown
    return msg("{names} and {more} more", names=shown, more=len(names) - _NAMED)
