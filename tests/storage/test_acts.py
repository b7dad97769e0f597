"""What an act changed, and its undo: exactly that comes back, whatever was there before."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.errors import InvalidInput
from backend.library.library import Library, Target
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.types import ImageRecord
from tests.library import make
from tests.storage.queries import everything

pytestmark = pytest.mark.wide

COUNT = 1_300
TAGS = ("sea", "night", "Two", "")
CAT = parse_address("q=cat")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("acts") / "data"
    make(COUNT, folder, with_files=3)
    return folder / "playground.db"


def undo(library: Library, act: str | None) -> list[str]:
    assert act is not None
    return library.undo(act).ids


CHANGES = {
    "star": Changes(starred=True),
    "unstar": Changes(starred=False),
    "rate": Changes(rating=3),
    "unrate": Changes(rating=0),
    "add tags": Changes(add_tags=("sea", "new")),
    "remove tags": Changes(remove_tags=("sea", "nowhere")),
    "other tags": Changes(tags=("night", "new")),
    "no tags": Changes(tags=()),
    "delete": Changes(deleted=True),
    "restore": Changes(deleted=False),
    "all": Changes(starred=True, rating=5, deleted=True, add_tags=("x",), remove_tags=("sea",)),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("target", [CAT, ImageQuery(trash=True), "ids", "one"], ids=str)
def test_an_undo_gives_back_all_that_an_act_changed_and_nothing_else(
    library: Library, name: str, target: Target | str
) -> None:
    ids = library.ids(ImageQuery())
    library.change(ids[::7], Changes(deleted=True))
    library.change(ids[::5], Changes(deleted=True))  # some of them a second time
    named: Target = target if isinstance(target, ImageQuery) else ids[:1] * 2
    named = [*ids, "0" * 32, *ids[:9]] if target == "ids" else named
    before = everything(library)
    act = library.change(named, CHANGES[name])
    after = everything(library)
    differing = [one.id for one, other in zip(before, after, strict=True) if one != other]
    assert sorted(act.ids) == sorted(differing)
    assert (act.undo is None) is (not differing)
    if act.undo is None:
        return
    again = library.undo(act.undo)
    assert everything(library) == before and sorted(again.ids) == sorted(differing)
    assert again.undo is not None
    library.undo(again.undo)  # an undo is an act, too
    assert everything(library) == after


def test_what_was_so_already_is_not_counted_and_a_second_delete_takes_nothing_from_the_first(
    library: Library,
) -> None:
    ids = library.ids(ImageQuery())[:3]
    first = library.change(ids[:2], Changes(deleted=True))
    second = library.change(ids[:2], Changes(deleted=True))
    third = library.change(ids, Changes(deleted=True))
    assert (len(first.ids), second.ids, second.undo, third.ids) == (2, [], None, ids[2:])
    assert undo(library, third.undo) == ids[2:]
    assert sorted(undo(library, first.undo)) == sorted(ids[:2])
    assert library.ids(ImageQuery())[:3] == ids


def test_two_deletions_at_the_same_moment_are_two(
    engines: tuple[sa.Engine, sa.Engine],
) -> None:
    library = Library(*engines, clock=lambda: 1_800_000_000.0)
    one, other = library.ids(ImageQuery())[:2]
    first = library.change([one], Changes(deleted=True))
    second = library.change([other], Changes(deleted=True))
    assert library.trashed_at(first.moment) == [one]
    assert library.trashed_at(second.moment) == [other]
    assert undo(library, first.undo) == [one]


def test_what_somebody_changed_since_stays_as_it_is(library: Library) -> None:
    ids = library.ids(ImageQuery())[:6]
    library.change(ids, Changes(rating=1, tags=("old",), starred=False))
    act = library.change(ids, Changes(rating=5, tags=("new",), starred=True))
    library.change(ids[:1], Changes(rating=2))
    library.change(ids[1:2], Changes(remove_tags=("new",)))
    library.change(ids[2:3], Changes(deleted=True))
    library.forget(ids[2:3])
    undo(library, act.undo)
    records = library.records(ids)
    assert [record.rating for record in records] == [2, 1, 1, 1, 1]
    assert all(record.tags == ("old",) and not record.starred for record in records)


def test_an_undo_that_would_give_too_many_tags_changes_nothing(library: Library) -> None:
    ids = library.ids(ImageQuery())[:2]
    library.change(ids, Changes(tags=tuple(f"t{n}" for n in range(30))))
    act = library.change(ids, Changes(tags=(), rating=4))
    library.change(ids[:1], Changes(tags=tuple(f"u{n}" for n in range(3))))
    before = library.records(ids)
    with pytest.raises(InvalidInput, match="at most 32 tags"):
        undo(library, act.undo)
    assert library.records(ids) == before
    library.change(ids[:1], Changes(tags=()))
    assert len(undo(library, act.undo)) == 2  # and it can still be done later


@pytest.mark.parametrize("act", ["0" * 32, "", "x", "'; DROP TABLE acts"])
def test_what_cannot_be_undone_is_refused_in_words(library: Library, act: str) -> None:
    with pytest.raises(InvalidInput, match="can no longer be undone"):
        library.undo(act)


def test_a_tag_comes_back_as_the_library_writes_it_by_now(library: Library) -> None:
    one, other = library.ids(ImageQuery())[:2]
    library.change([one], Changes(tags=("Moon",)))
    act = library.change([one], Changes(tags=()))
    library.change([other], Changes(tags=("moon",)))  # nobody had it: from now on it is small
    undo(library, act.undo)
    (record,) = library.records([one])
    assert record.tags == ("moon",)


def test_an_act_is_undone_once_also_after_a_restart_and_only_the_last_hundred_are_kept(
    engines: tuple[sa.Engine, sa.Engine],
) -> None:
    library = Library(*engines)
    image = library.ids(ImageQuery())[0]
    acts = [library.change([image], Changes(rating=n % 5 + 1)).undo for n in range(1, 120)]
    again = Library(*engines)  # another program on the same database
    assert undo(again, acts[-1]) == [image]
    with pytest.raises(InvalidInput):
        undo(library, acts[-1])
    with pytest.raises(InvalidInput):
        undo(library, acts[0])
    with engines[1].begin() as db:
        assert db.scalar(sa.text("SELECT count(*) FROM acts")) == 100


def test_marks_that_are_made_again_from_the_file_are_no_acts(library: Library) -> None:
    ids = library.ids(ImageQuery())[:2]
    act = library.change(ids, Changes(starred=True, deleted=True), moment=1_700_000_000.5)
    assert act.undo is None and library.trashed_at(1_700_000_000.5)


def test_any_acts_taken_back_from_the_last_to_the_first_leave_all_as_it_was(
    library: Library,
) -> None:
    rng, ids = random.Random(11), library.ids(ImageQuery())[:40]
    before, done = library.records(ids), []
    for _ in range(60):
        some = rng.sample(ids, rng.randint(1, 12))
        act = library.change(some, rng.choice(list(CHANGES.values())))
        done.append(act.undo)
    assert library.records(ids) != before
    for undoing in reversed(done):
        if undoing is not None:
            library.undo(undoing)
    assert library.records(ids) == before


def test_a_tag_may_read_like_a_column(library: Library) -> None:
    image = library.ids(ImageQuery())[0]
    was = library.image(image)
    for tag in ("starred", "tag tag", "deleted"):
        act = library.change([image], Changes(tags=(tag,)))
        marked = library.image(image)
        assert isinstance(was, ImageRecord) and marked == replace(was, tags=(tag,))
        undo(library, act.undo)
        assert library.image(image) == was
