"""A picture's way through a session, as steps, in words and as a PNG; the sessions of a folder."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from backend.catalogue.load import load_catalogue
from backend.sessions import way_words
from backend.sessions.kept import Kept
from backend.sessions.lineage import newest_way, way_of
from backend.sessions.reducer import played
from backend.sessions.state import Event, Plan, Session
from backend.sessions.way_sheet import way_sheet
from tests.unit.test_picture_sheet import file, record, red
from ui.language.chosen import language
from ui.language.languages import LANGUAGES

MODELS = load_catalogue()
FLUX, SDXL = list(MODELS)[:2]
SESSION, VISITOR = "f" * 32, "a1b2" * 8
A, B, C, D = (letter * 32 for letter in "abcd")


def made(name: str, parent: str | None = None, **over: Any) -> list[tuple[str, dict[str, Any]]]:
    picture = {"image": name, "seconds": 1.0, "price": None, "seed": over.get("seed", 1)}
    wish = {"id": name, "visitor": VISITOR, "text": "a fox", "over": over, "parent": parent}
    return [
        ("wish", wish | {"approved": True}),
        ("landed", {"id": name, **picture, "model": over.get("model", FLUX)}),
        ("shown", {"id": name}),
    ]


def voted(name: str, options: list[str], *votes: int) -> list[tuple[str, dict[str, Any]]]:
    given = [
        ("vote", {"round": name, "visitor": str(n), "option": vote}) for n, vote in enumerate(votes)
    ]
    return [("round", {"id": name, "options": options}), *given, ("closed", {"round": name})]


def session(*events: tuple[str, dict[str, Any]]) -> Session:
    plan = Event("plan", asdict(Plan("Open day", FLUX)), 1)
    return played(SESSION, [plan, *(Event(kind, data, 2) for kind, data in events)])


EVENING = [
    *made(A),
    *made(B, A, seed=7),
    *made(C, A, seed=8),
    *voted("r1", [B, C], 0, 0, 1),
    *made(D, B, seed=7, num_steps=9, model=SDXL),
    *voted("r2", [D, C], 1, 1, 0),
]


def test_a_way_leads_from_the_first_words_over_each_vote() -> None:
    found = session(*EVENING)
    way = way_of(found, D)
    assert [step.wish.id for step in way] == [A, B, D]
    assert [(step.votes, step.won, step.first) for step in way] == [
        (0, False, True),
        (2, True, False),
        (1, False, False),
    ]
    assert way[1].changed == {} and way[2].changed == {"num_steps": 9, "model": SDXL}
    assert newest_way(found) == C


def test_a_way_is_told_without_whoever_asked_for_it() -> None:
    way = way_of(session(*EVENING), D)
    words = [str(one) for one in way_words.changed(way[2], MODELS)]
    assert words == ["Steps: 9", "Model: SDXL 1.0"]
    assert [str(way_words.vote(step)) for step in way] == [
        "The first picture",
        "Won with 2 votes of 3",
        "1 vote of 3",
    ]
    assert str(way_words.made(way[1], MODELS)).startswith("Seed 7 · FLUX")


def test_what_was_taken_back_or_has_no_picture_is_no_part_of_a_way() -> None:
    gone = "gone", {"id": B, "how": "refused"}
    assert [step.wish.id for step in way_of(session(*EVENING, gone), D)] == [A, D]
    assert way_of(session(*EVENING, gone), B) == []
    assert way_of(session(*made(A)[:1]), A) == [] and way_of(session(), A) == []
    assert newest_way(session()) is None


def test_a_file_that_leads_in_a_circle_ends() -> None:
    assert [step.wish.id for step in way_of(session(*made(A, B), *made(B, A)), A)] == [B, A]


def test_a_way_is_a_picture_though_its_files_are_missing() -> None:
    way = way_of(session(*EVENING), D)
    png = way_sheet("", way, {}, lambda _: None, models=MODELS, reader=language())
    with Image.open(io.BytesIO(png)) as sheet:
        assert sheet.format == "PNG" and sheet.width == 1_920 and sheet.height < 1_400


@pytest.mark.parametrize(("tag", "at_right"), [("en", False), ("ar", True)])
def test_a_way_begins_where_the_readers_lines_begin(tag: str, at_right: bool) -> None:
    way, records = way_of(session(*EVENING), D), {A: record(0)}
    reader = LANGUAGES[tag]
    png = way_sheet("", way, records, lambda _: file(), models=MODELS, reader=reader)
    with Image.open(io.BytesIO(png)) as sheet:
        left, _, right, _ = red(sheet)
    assert (left > 1_280, right < 640) == (at_right, not at_right)


def written(path: Path, title: str) -> None:
    plan = asdict(Plan(title, FLUX))
    path.write_text(f"{json.dumps({'session': 1})}\n{json.dumps([1, 'plan', plan])}\n")


def test_the_sessions_of_a_folder_are_as_their_files_and_a_damaged_one_hides_no_other(
    tmp_path: Path,
) -> None:
    kept = Kept(tmp_path / "sessions")
    assert kept.all() == [] and kept.find(A) is None
    (tmp_path / "sessions").mkdir()
    written(kept.path(A), "first")
    written(kept.path(B), "other")
    kept.path(C).write_text("{}\nnonsense")
    (tmp_path / "sessions" / "notes.jsonl").write_text("[]")
    assert {one.plan.title for one in kept.all()} == {"first", "other"}
    written(kept.path(A), "changed since")
    assert (found := kept.find(A)) is not None and found.plan.title == "changed since"
    kept.remove(A)
    kept.remove(A)
    assert [one.id for one in kept.all()] == [B]
    assert kept.find("../sessions/" + B) is None
