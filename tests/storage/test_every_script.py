"""Search, tags and seeds as people of every script and other programs write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
import sqlalchemy as sa

from backend.library.history import History
from backend.library.library import Library
from backend.library.marks import Changes, read_changes
from backend.library.query import ImageQuery, parse_address
from backend.storage import database
from backend.storage.rows import note_prompts
from backend.types import FOREIGN_SEED_MAX, GenerationRequest, ImageRecord
from tests.storage.conftest import library_of

PROMPTS = (
    "夕暮れの港町と灯台、静かな海",
    "一只红色的猫坐在沙发上",
    "고양이가 바다를 본다",
    "แมวสีส้มบนภูเขา",
    "eine stille Straße bei Nacht",
    "STRASSE",
    "Café by the sea",
    "un cafe\u0301 noir",
    "ёлка в лесу",
    "ＮＥＯＮ　sign",
    "हिन्दी में बिल्ली",
    "a plain lighthouse",
)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A library with an image of each prompt; the even ones have it as the negative prompt too."""
    with library_of(tmp_path) as library:
        for number, prompt in enumerate(PROMPTS):
            library.add(record(prompt, negative_prompt="" if number % 2 else prompt), None)
    return tmp_path / "playground.db"


def record(prompt: str, seed: int | None = None, **values: str) -> ImageRecord:
    image_id = uuid4().hex
    return ImageRecord(
        id=image_id,
        run_id=image_id,
        request=GenerationRequest("a-model", prompt, values, seed),
        created=datetime(2026, 11, 1, tzinfo=UTC),
        seconds=None,
        price_usd=None,
        format="png",
        width_px=64,
        height_px=64,
        sha256=image_id * 2,
        source="import",
    )


def found(library: Library, text: str) -> set[str]:
    query = parse_address(f"q={quote(text)}")
    return {image.request.prompt for image in library.find(query, limit=200).images}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("港町", {0}),
        ("灯台", {0}),
        ("静かな海", {0}),
        ("夕暮れ", {0}),
        ("海", {0}),
        ("町港", set()),
        ("港町 灯台", {0}),
        ("港町 -灯台", set()),
        ('"港町と灯台"', {0}),
        ("港*", {0}),
        ("红色", {1}),
        ("猫", {1}),
        ("고양이", {2}),
        ("바다", {2}),
        ("ภูเขา", {3}),
        ("แมว", {3}),
        ("strasse", {4, 5}),
        ("STRASSE", {4, 5}),
        ("straße", {4, 5}),
        ("Stra*", {4, 5}),
        ("cafe", {6, 7}),
        ("CAFE\u0301", {6, 7}),
        ("Елка", {8}),
        ("лес*", {8}),
        ("neon", {9}),
        ("ｎｅｏｎ", {9}),
        ("बिल्ली", {10}),
        ("LIGHTHOUSE", {11}),
        ("ＬＩＧＨＴ*", {11}),
    ],
)
def test_a_word_is_found_in_every_script(library: Library, text: str, numbers: set[int]) -> None:
    assert found(library, text) == {PROMPTS[number] for number in numbers}


def test_what_is_forgotten_leaves_no_word_in_the_index(
    library: Library, engines: tuple[sa.Engine, sa.Engine]
) -> None:
    gone = library.ids(parse_address(f"q={quote('港町')}"))
    library.change(gone, Changes(deleted=True))
    library.forget(gone)
    library.add(record("a boat"), None)
    assert found(library, "港町") == set() and found(library, "boat") == {"a boat"}
    with engines[0].begin() as db:  # compares the index with the texts; raises where they differ
        db.exec_driver_sql("INSERT INTO images_fts(images_fts, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("text", ["STRASSE", "straße", "Stille", "ｓｔｉｌｌｅ"])
def test_the_history_of_prompts_is_searched_without_case(
    engines: tuple[sa.Engine, sa.Engine], text: str
) -> None:
    with engines[0].begin() as db:
        note_prompts(db, ["Eine STILLE Straße", "100% wool"], 1.0)
    history = History(*engines)
    assert [prompt for prompt, *_ in history.prompts(text, 9)] == ["Eine STILLE Straße"]
    assert [prompt for prompt, *_ in history.prompts("0% W", 9)] == ["100% wool"]


def test_a_tag_is_one_whatever_its_case_or_composition(library: Library) -> None:
    first, second, third, *_ = library.ids(ImageQuery())
    library.change([first], tags(add_tags=["Café", "SEA", "sea"]))
    library.change([second, third], tags(add_tags=["CAFE\u0301", "Sea"]))
    assert {image.tags for image in library.records([first, second, third])} == {("Café", "sea")}
    assert library.facets()["tags"] == [("Café", 3), ("sea", 3)]
    for spelled in ("café", "cafe\u0301", "CAFÉ"):
        assert set(library.ids(parse_address(f"tag={quote(spelled)}"))) == {first, second, third}
    library.change([second], tags(remove_tags=["cafÉ"], add_tags=["SEA"]))
    (image,) = library.records([second])
    assert image.tags == ("sea",)
    library.change([second], Changes(tags=("SEA", "Night")))
    assert library.records([second])[0].tags == ("Night", "sea")


def test_a_tag_that_no_image_has_any_more_can_be_spelled_anew(library: Library) -> None:
    first, second, *_ = library.ids(ImageQuery())
    library.change([first], tags(add_tags=["sea"]))
    library.change([first], tags(remove_tags=["SEA"]))
    library.change([second], tags(add_tags=["Sea"]))
    assert library.facets()["tags"] == [("Sea", 1)]


def test_an_image_that_is_brought_in_has_the_tags_spelling_of_the_library(
    library: Library,
) -> None:
    (first, *_) = library.ids(ImageQuery())
    library.change([first], tags(add_tags=["Sea"]))
    library.add(replace(record("a boat"), tags=("SEA", "boats")), None)
    assert library.facets()["tags"] == [("Sea", 2), ("boats", 1)]


@pytest.mark.parametrize("seed", [2**32, 2**50 + 7, 2**63 - 1, 2**63, FOREIGN_SEED_MAX])
def test_a_seed_of_64_bits_is_kept_and_found(library: Library, seed: int) -> None:
    library.add(record("from elsewhere", seed), None)
    (image,) = library.find(parse_address(f"seed={seed}"), limit=9).images
    assert image.request.seed == seed


def tags(**changes: list[str]) -> Changes:
    return read_changes(changes, many=True)


def test_a_folder_of_the_version_before_is_carried_over(tmp_path: Path) -> None:
    url = database.sqlite_url(tmp_path / "playground.db")
    engine = sa.create_engine(url)
    rows = enumerate(PROMPTS, 1)
    with engine.begin() as db:
        at_version(db, "0003")
        columns = (
            "INSERT INTO images (seq, id, run_id, provider, model, prompt, negative_prompt,"
            " values_json, created, format, width_px, height_px, sha256, starred)"
            " VALUES (:seq, :id, :id, 'offline', 'm', :prompt, '', '{}', 1, 'png', 64, 64, '', 0)"
        )
        values = [{"seq": seq, "id": f"{seq:032x}", "prompt": prompt} for seq, prompt in rows]
        db.execute(sa.text(columns), values)
        for seq, tag in ((1, "Sea"), (2, "sea"), (3, "sea"), (3, "SEA"), (3, "night")):
            db.exec_driver_sql("INSERT INTO image_tags VALUES (?, ?)", (seq, tag))
        db.exec_driver_sql("INSERT INTO prompts VALUES ('d', 'Stille STRAßE', 1, 1)")
    engine.dispose()
    with library_of(tmp_path) as library:
        assert found(library, "港町") == {PROMPTS[0]} and found(library, "strasse") == {
            *PROMPTS[4:6]
        }
        assert library.facets()["tags"] == [("sea", 3), ("night", 1)]
        assert len(library.ids(parse_address("tag=SEA"))) == 3
    engine = database.open_engine(url)
    history = History(engine, engine)
    assert [prompt for prompt, *_ in history.prompts("strasse", 9)] == ["Stille STRAßE"]
    engine.dispose()


def at_version(db: sa.Connection, version: str) -> None:
    command, config = import_module("alembic.command"), import_module("alembic.config")
    options = config.Config()
    options.set_main_option("script_location", str(database.MIGRATIONS))
    options.attributes["connection"] = db
    command.upgrade(options, version)
