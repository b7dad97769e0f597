"""What somebody's editor or another machine made of an experiment stops no start and no page."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backend.experiments.offers import PlanChanged
from backend.settings.change import SettingsChange
from backend.studio import Studio
from tests.http.faults import FaultServer, good, held
from tests.storage.clock import OpenTimed, until
from tests.storage.conftest import KEY
from tests.storage.test_experiments import BASE, GRID, TOKEN, rests, start, states
from ui.present.experiments import experiment_json, listed_json, spec_json

pytestmark = pytest.mark.wide

SMALL = {"title": "t", "base": BASE, "axes": {"x": {"num_steps": "1-4"}}}


async def shown(studio: Studio, experiment_id: str) -> dict[str, Any]:
    """Return what the page is told."""
    assert [listed_json(one) for one in await studio.experiments.newest(10)]
    one = await studio.experiments.get(experiment_id)
    cells = await studio.experiments.cells(experiment_id)
    return experiment_json(one, cells) | spec_json(one)


def change(data: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(data / "playground.db")) as db:
        db.execute(statement, values)
        db.commit()


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "{",
        "[1]",
        "[" * 5000,
        '{"asked": 7, "axes": [], "base": null}',
        '{"asked": {"repeats": "many"}, "axes": {"x": {"kind": "seed", "values": 7}}}',
        '{"axes": {"x": {"kind": "seed", "values": [1], "labels": [null], "notes": []}}}',
    ],
)
async def test_a_spec_that_was_edited_is_shown_by_its_cells(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path, spec: str
) -> None:
    async with open_timed() as studio:
        one = await rests(studio, await start(studio, SMALL))
    change(tmp_path / "data", "UPDATE experiments SET spec_json = ?", spec)
    async with open_timed() as studio:
        found = await shown(studio, one.id)
        assert [cell["state"] for cell in found["cells"]] == ["saved"] * 4
        assert all(axis["labels"] == [] for axis in found["axes"].values())
        assert found["plan"].get("repeats", 1) == 1 and server.posts == 4


@pytest.mark.parametrize("column", ["values_json", "places_json"])
async def test_a_cell_that_makes_no_sense_is_not_sent(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path, column: str
) -> None:
    server.script(*[held(good())] * 2)
    async with open_timed(experiment_sends=2) as studio:
        one = await start(studio, SMALL)
        await until(lambda: server.posts == 2)
        ending = asyncio.create_task(studio.experiments.close())
        await until(lambda: studio.experiments.is_ending(one.id))
        server.release()
        await ending
    change(tmp_path / "data", f"UPDATE cells SET {column} = 'nonsense' WHERE position = 3")
    async with open_timed() as studio:
        one = await rests(studio, one)
        assert len((await shown(studio, one.id))["cells"]) == 3
        if column == "values_json":
            assert one.state == "paused" and "cannot be read" in one.why
            assert server.posts == 2


async def test_an_experiment_without_a_date_is_left_out_and_the_others_are_there(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path
) -> None:
    async with open_timed() as studio:
        one = await rests(studio, await start(studio, SMALL))
        other = await rests(studio, await start(studio, GRID, "b" * 32))
    made = "UPDATE experiments SET created = 'yesterday', state = 'running' WHERE id = ?"
    change(tmp_path / "data", made, one.id)
    async with open_timed() as studio:
        assert [found.id for found in await studio.experiments.newest(10)] == [other.id]
        assert await studio.experiments.find(one.id) is None


async def test_differences_that_an_end_cut_off_are_made_up_once_somebody_looks(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path
) -> None:
    async with open_timed() as studio:
        one = await rests(studio, await start(studio, SMALL))
    change(tmp_path / "data", "UPDATE cells SET difference = NULL")
    async with open_timed() as studio:

        async def measured() -> bool:
            found = await shown(studio, one.id)
            return all(cell["difference"] is not None for cell in found["cells"])

        await until(measured)


CHANGES: list[tuple[str, Mapping[str, Any]]] = [
    ("experiment", {"created": "yesterday"}),
    ("experiment", {"spec_json": "{"}),
    ("experiment", {"sends_at_once": "many"}),
    ("experiment", {"sends_at_once": 10**30}),
    ("experiment", {"id": "e" * 32}),
    ("cells", {"places_json": "[[1]]"}),
    ("cells", {"places_json": 7}),
    ("cells", {"values_json": "[]"}),
    ("cells", {"position": "first"}),
    ("cells", {"seed": 10**40}),
    ("cells", {"experiment": "f" * 32}),
]


@pytest.mark.parametrize(("part", "edited"), CHANGES)
async def test_a_file_that_was_edited_stops_no_new_database(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path, part: str, edited: Any
) -> None:
    async with open_timed() as studio:
        one = await rests(studio, await start(studio, SMALL))
        other = await rests(studio, await start(studio, GRID, "b" * 32))
    data = tmp_path / "data"
    path = data / "experiments" / f"{one.id}.json"
    kept = json.loads(path.read_text("utf-8"))
    for row in kept[part] if part == "cells" else [kept[part]]:
        row |= edited
    path.write_text(json.dumps(kept), "utf-8")
    (data / "experiments" / f"{'d' * 32}.json").write_text("[" * 100_000, "utf-8")
    (data / "playground.db").unlink()
    posts = server.posts
    async with open_timed() as studio:
        assert [found.id for found in await studio.experiments.newest(10)] == [other.id]
        assert set(await states(studio, other)) == {"saved"} and server.posts == posts
        assert path.exists(), "nothing is lost"


async def test_another_platform_than_was_looked_at_is_not_asked(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    async with open_timed() as studio, FaultServer() as other:
        seen = await studio.experiments.offer(SMALL)
        url = other.base_url.replace("127.0.0.1", "localhost")
        await studio.account.change(SettingsChange(api_url=url, api_key=KEY + "x"))
        with pytest.raises(PlanChanged, match="Who answers has changed") as changed:
            await studio.experiments.start(SMALL, seen.digest, owner="me", token=TOKEN)
        assert changed.value.offer and (server.posts, other.posts) == (0, 0)
        again = changed.value.offer.digest
        one = await studio.experiments.start(SMALL, again, owner="me", token=TOKEN)
        assert (await rests(studio, one)).state == "done" and (server.posts, other.posts) == (0, 4)
