"""Blind tests: what is hidden until the end, one vote a pair, and votes that nothing loses."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.errors import InvalidInput
from backend.experiments.experiment import Experiment
from backend.experiments.exports.exports import FORMS
from backend.experiments.pairs import pairs_of
from backend.settings.load import Settings
from backend.studio import Studio
from tests.http.faults import FaultServer, good, held, status
from tests.storage.conftest import FLUX, KEY
from tests.storage.test_experiments import rests, start, until
from ui.site import build_app

BASE = {"model": FLUX, "width": 256, "height": 256, "seed": 7}
PROMPTS = [f"a fox, {n}" for n in range(8)]
TWO = [{"num_steps": 1, "label": "one step"}, {"num_steps": 4, "label": "four steps"}]
TEST = {
    "kind": "blind",
    "title": "t",
    "base": BASE,
    "blind": {"settings": TWO, "prompts": PROMPTS, "seed": 11},
}
PAIRS = pairs_of(2, len(PROMPTS), 11)


@asynccontextmanager
async def opened(tmp_path: Path, server: FaultServer) -> AsyncIterator[Studio]:
    settings = Settings(tmp_path / "data", tmp_path / ".env", api_url=server.base_url, api_key=KEY)
    async with Studio(settings) as studio:
        # The platform's price list comes some time after the start.
        await until(lambda: studio.account.estimate(FLUX, 1) is not None)
        yield studio


async def judge(studio: Studio, one: Experiment, prefers: int, most: int | None = None) -> None:
    """Vote for one setting wherever it stands, on all pairs or some of them."""
    for _ in range(len(PAIRS) if most is None else most):
        (number, *_) = [pair.number for pair in (await studio.blind.standing(one.id)).to_show]
        choice = "left" if PAIRS[number].left == prefers else "right"
        await studio.blind.vote(one.id, number, choice, owner="me")


async def test_the_result_is_of_the_settings_whatever_their_sides(
    tmp_path: Path, server: FaultServer
) -> None:
    async with opened(tmp_path, server) as studio:
        one = await rests(studio, await start(studio, TEST))
        assert await studio.blind.hides(one)
        await judge(studio, one, prefers=1)
        found = await studio.blind.standing(one.id)
        assert found.ended and found.outcome and not await studio.blind.hides(one)
        (between,) = found.outcome.between
        assert between.won == (0, 8) and between.shows
        left = sum(pair.left == 1 for pair in PAIRS)
        assert (found.outcome.left, found.outcome.sided) == (left, 8) and 0 < left < 8
        assert [setting.label for setting in found.settings] == ["one step", "four steps"]
        assert all(setting.seconds and setting.price_usd for setting in found.settings)


async def test_a_vote_sent_twice_is_one_and_the_last_counts_until_the_end(
    tmp_path: Path, server: FaultServer
) -> None:
    async with opened(tmp_path, server) as studio:
        one, blind = await rests(studio, await start(studio, TEST)), studio.blind
        first, second = [pair.number for pair in (await blind.standing(one.id)).to_show]
        for choice in ("left", "left", "bad"):
            await blind.vote(one.id, first, choice, owner="me")
        found = await blind.standing(one.id)
        assert found.voted == 1 and found.to_show[0].number == second and found.newest == first
        for _ in range(2):
            await blind.take_back(one.id, first, owner="me")
        found = await blind.standing(one.id)
        assert found.voted == 0 and found.to_show[0].number == first and found.newest is None

        await judge(studio, one, prefers=0)
        last = "left" if PAIRS[-1].left == 0 else "right"
        other = "right" if last == "left" else "left"
        await blind.vote(one.id, len(PAIRS) - 1, last, owner="me")  # again what is there
        with pytest.raises(InvalidInput, match="The voting has ended"):
            await blind.vote(one.id, len(PAIRS) - 1, other, owner="me")
        with pytest.raises(InvalidInput, match="The voting has ended"):
            await blind.take_back(one.id, 0, owner="me")
        await blind.end(one.id, owner="me")
        found = await blind.standing(one.id)
        assert found.outcome and found.outcome.between[0].won == (8, 0)


async def test_an_early_end_counts_what_was_voted(tmp_path: Path, server: FaultServer) -> None:
    async with opened(tmp_path, server) as studio:
        one = await rests(studio, await start(studio, TEST))
        await judge(studio, one, prefers=0, most=3)
        await studio.blind.end(one.id, owner="me")
        found = await studio.blind.standing(one.id)
        assert found.outcome and found.outcome.votes == 3 and not found.outcome.between[0].shows


async def test_a_pair_is_shown_once_all_settings_of_its_prompt_are_through(
    tmp_path: Path, server: FaultServer
) -> None:
    server.script(good(), *[held(good())] * 7)
    async with opened(tmp_path, server) as studio:
        one = await start(studio, TEST)
        await until(lambda: server.posts >= 8)
        found = await studio.blind.standing(one.id)
        assert found.to_show == () and (found.waiting, found.lost) == (8, 0)
        with pytest.raises(InvalidInput, match="are not there"):
            await studio.blind.vote(one.id, 0, "left", owner="me")
        server.release()
        await rests(studio, one)
        assert (await studio.blind.standing(one.id)).waiting == 0


async def test_a_pair_whose_image_failed_is_left_out_until_it_is_made(
    tmp_path: Path, server: FaultServer
) -> None:
    server.script(status(422, "no such size"))
    async with opened(tmp_path, server) as studio:
        one = await rests(studio, await start(studio, TEST))
        assert (await studio.blind.standing(one.id)).lost == 1
        await judge(studio, one, prefers=0, most=7)
        found = await studio.blind.standing(one.id)
        assert not found.ended and found.to_show == () and found.voted == 7
        await studio.experiments.do(one.id, "retry")
        await rests(studio, one)
        await judge(studio, one, prefers=0, most=1)
        assert (await studio.blind.standing(one.id)).ended


@pytest.mark.parametrize(
    ("pair", "choice", "told"),
    [
        (8, "left", "There is no such pair"),
        (-1, "left", "There is no such pair"),
        (True, "left", "There is no such pair"),
        ("1", "left", "There is no such pair"),
        (1, "end", "choice has no such choice"),
        (1, ["left"], "choice has no such choice"),
    ],
)
async def test_a_vote_that_makes_no_sense_is_refused(
    tmp_path: Path, server: FaultServer, pair: object, choice: object, told: str
) -> None:
    async with opened(tmp_path, server) as studio:
        one = await rests(studio, await start(studio, TEST))
        with pytest.raises(InvalidInput, match=told):
            await studio.blind.vote(one.id, pair, choice, owner="me")
        assert (await studio.blind.standing(one.id)).voted == 0


SENSELESS = [
    "{}",
    "[]",
    "null",
    '{"pair":1}',
    *(
        json.dumps({"pair": 1, "left_cell": 0, "right_cell": 1, "owner": "", "created": 1.0} | more)
        for more in (
            {"choice": "best"},
            {"choice": ["left"]},
            {"choice": "left", "created": float("nan")},
            {"choice": "left", "pair": 1 << 70},
            {"choice": "left", "left_cell": -9},
            {"choice": "left", "owner": None},
        )
    ),
]
"""Of somebody's hand."""

CUT = '{"pair": 2, "left_cell": 0, "right_cell": 1, "choice": "le'
"""Of a crash."""


@pytest.mark.parametrize("ended", [False, True])
async def test_a_new_database_has_the_votes_again(
    tmp_path: Path, server: FaultServer, ended: bool
) -> None:
    async with opened(tmp_path, server) as studio:
        one = await rests(studio, await start(studio, TEST))
        await judge(studio, one, prefers=1, most=None if ended else 5)
        if not ended:
            newest = (await studio.blind.standing(one.id)).newest
            await studio.blind.take_back(one.id, newest, owner="me")
        before = await studio.blind.standing(one.id)
    file = tmp_path / "data" / "experiments" / f"{one.id}.votes.jsonl"
    with file.open("a") as lines:
        for line in (*SENSELESS, CUT):
            lines.write(f"{line}\n" if line != CUT else line)
    (tmp_path / "data" / "playground.db").unlink()
    async with opened(tmp_path, server) as studio:
        after = await studio.blind.standing(one.id)
        assert after == before and after.voted == (8 if ended else 4)
        if not ended:
            await judge(studio, one, prefers=1, most=1)  # a line of its own, after the cut one
    (tmp_path / "data" / "playground.db").unlink()
    async with opened(tmp_path, server) as studio:
        assert (await studio.blind.standing(one.id)).voted == (8 if ended else 5)


async def test_votes_go_with_their_test(tmp_path: Path, server: FaultServer) -> None:
    async with opened(tmp_path, server) as studio:
        one = await rests(studio, await start(studio, TEST))
        await judge(studio, one, prefers=1, most=1)
        files = {path.name for path in (tmp_path / "data" / "experiments").iterdir()}
        assert files == {f"{one.id}.json", f"{one.id}.votes.jsonl"}
        await studio.shelf.remove(one.id, images=False)
        assert list((tmp_path / "data" / "experiments").iterdir()) == []
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "playground.db")) as db:
        assert db.execute("SELECT count(*) FROM votes").fetchone() == (0,)


async def test_no_answer_tells_which_setting_made_an_image_before_the_end(
    tmp_path: Path, server: FaultServer
) -> None:
    async with opened(tmp_path, server) as studio:
        one = await rests(studio, await start(studio, TEST))
        app = build_app(studio)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

            async def told(path: str, **body: Any) -> tuple[str, Any]:
                answer = await (client.post(path, json=body) if body else client.get(path))
                assert answer.status_code == 200
                return answer.text, answer.json()

            where = f"/api/experiments/{one.id}"
            cells = {
                cell.run.record.id: cell.places[0][0]
                for cell in (await studio.experiments.cells(one.id)).made
                if cell.run and cell.run.record
            }
            since = ""
            for form in FORMS:
                refused = await client.get(f"{where}/export?form={form}")
                assert refused.status_code == 422
            for n in range(len(PAIRS)):
                _, voting = await told(f"{where}/votes")
                (pair, *_) = voting["to_show"]
                assert set(pair) == {"number", "prompt", "left", "right"}
                assert voting["result"] is None
                for path in (where, f"{where}?since={since}"):
                    text, found = await told(path)
                    assert found["hidden"] and found["cells"] == [] and found["whole"]
                    assert not any(image in text for image in cells)
                text, found = await told(where, do="pause")  # whatever else is asked of it
                assert found["hidden"] and not any(image in text for image in cells)
                since = found["version"]
                sides = PAIRS[pair["number"]]
                assert (cells[pair["left"]], cells[pair["right"]]) == (sides.left, sides.right)
                await told(f"{where}/votes", do="vote", pair=pair["number"], choice="equal")
                assert n < 7 or not (await told(f"{where}/votes"))[1]["open"]
            _, found = await told(f"{where}?since={since}")
            assert not found["hidden"] and found["whole"]
            assert {cell["image_id"]: cell["place"][0] for cell in found["cells"]} == cells
            _, voting = await told(f"{where}/votes")
            assert voting["result"]["says"] == ["No difference was shown."]
            page = await client.get(f"{where}/export?form=html")
            assert "No difference was shown." in page.text and "8 votes." in page.text
