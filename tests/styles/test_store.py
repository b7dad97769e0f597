"""DATA/styles.json: whole, durable, private; nothing of anybody's is lost, whatever is in it."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend.errors import InvalidInput, PlaygroundError
from backend.styles.book import Book
from backend.styles.kinds import Preset, Style
from backend.styles.store import StyleFile

OIL, INK = Style("Oil", "oil painting"), Style("Ink", "ink")


@dataclass
class Kept:
    path: Path
    aside: Path
    told: list[str] = field(default_factory=list)

    def file(self) -> StyleFile:
        return StyleFile(self.path, self.aside, self.told.append)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    (tmp_path / "unfinished").mkdir()
    return Kept(tmp_path / "styles.json", tmp_path / "unfinished")


def add(file: StyleFile, style: Style) -> None:
    file.change(lambda book: (book.with_style(style), None))


def test_what_is_kept_is_there_for_the_next_program_and_for_nobody_else(kept: Kept) -> None:
    assert kept.file().book() == Book()
    add(kept.file(), OIL)
    add(kept.file(), INK)
    assert kept.file().book() == Book((OIL, INK))
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert list(kept.path.parent.glob("*.tmp")) == []


def test_two_tabs_lose_nothing_of_each_others(kept: Kept) -> None:
    file = kept.file()
    threads = [threading.Thread(target=add, args=(file, Style(f"S{n}", "x"))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {style.name for style in kept.file().book().styles} == {f"S{n}" for n in range(20)}


def test_what_somebody_else_changed_meanwhile_is_not_written_over() -> None:
    book = Book((OIL, INK), (Preset("P", styles=("Oil",)),))
    renamed = book.with_style(Style("Oils", "oil"), former="Oil", was=OIL)
    assert renamed.presets == (Preset("P", styles=("Oils",)),), "presets follow"
    for change, words in (
        (lambda: renamed.with_style(Style("Oil", "mine"), former="Oil", was=OIL), "renamed"),
        (lambda: renamed.with_style(Style("Oils", "m"), former="Oils", was=OIL), "was changed"),
        (lambda: book.with_style(Style("Oil", "mine")), "already"),
        (lambda: book.with_style(Style("Ink", "x"), former="Oil"), "already"),
        (lambda: book.with_preset(Preset("P")), "already"),
    ):
        with pytest.raises(InvalidInput, match=words) as refused:
            change()
        assert refused.value.field == "name"
    assert book.with_preset(Preset("P", "m"), instead=True).presets == (Preset("P", "m"),)


def test_a_file_changed_by_hand_is_read_anew(kept: Kept) -> None:
    file = kept.file()
    add(file, OIL)
    kept.path.write_text(kept.path.read_text().replace("oil painting", "oil on wood!"))
    assert file.book().styles == (Style("Oil", "oil on wood!"),)


@pytest.mark.parametrize("content", ["{", "[]", '{"styles": 7}', "\x00", "[" * 100_000, "NaN"])
def test_a_broken_file_is_set_aside_and_said(kept: Kept, content: str) -> None:
    kept.path.write_text(content)
    file = kept.file()
    assert file.book() == Book()
    add(file, OIL)
    [copy] = kept.aside.iterdir()
    assert copy.read_text() == content
    assert len(kept.told) == 1 and str(copy) in kept.told[0]
    assert kept.file().book() == Book((OIL,))


def test_entries_that_make_no_sense_are_set_aside_and_the_others_stay(kept: Kept) -> None:
    entries = [{"name": "Oil", "prompt": "oil painting"}, {"name": "Bad", "prompt": 7}]
    twice = [{"name": "Ink", "prompt": "x"}, {"name": "Ink", "prompt": "ink"}]
    text = json.dumps({"version": 1, "styles": [*entries, *twice]})
    kept.path.write_text(text)
    assert kept.file().book() == Book((OIL, INK))
    assert "2 styles or presets could not be read" in kept.told[0]
    assert [copy.read_text() for copy in kept.aside.iterdir()] == [text]
    assert kept.file().book() == Book((OIL, INK))
    assert len(kept.told) == 1, "told once"


def test_what_cannot_be_read_is_left_as_it_is(kept: Kept) -> None:
    kept.path.write_text('{"version": 2, "styles": [{"name": "new"}]}')
    with pytest.raises(PlaygroundError, match="another version"):
        add(kept.file(), OIL)
    assert "new" in kept.path.read_text()
    kept.path.unlink()
    kept.path.mkdir()
    with pytest.raises(PlaygroundError, match="cannot be read"):
        add(kept.file(), OIL)
    assert list(kept.aside.iterdir()) == []


def test_a_file_that_would_grow_too_large_is_refused_and_deleting_goes_on(kept: Kept) -> None:
    file = kept.file()
    long = [Style(f"S{n}", "\u00e4" * 9_000) for n in range(120)]
    kept.path.write_text(
        json.dumps({"styles": [{"name": s.name, "prompt": s.prompt} for s in long]}),
    )
    assert len(file.book().styles) == 120
    with pytest.raises(InvalidInput, match="2 MB"):
        add(file, OIL)
    file.change(lambda book: book.without(["S1"], []))
    assert len(kept.file().book().styles) == 119
