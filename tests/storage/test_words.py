"""Which words mattered, carried out: what is sent anew, and what the images tell."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.experiments.experiments import Experiment
from backend.experiments.words import ANEW
from backend.studio import Studio
from backend.types import EXPERIMENT_SENDS
from tests.http.faults import Fault, FaultServer, Received, good, held, png
from tests.storage.clock import until
from tests.storage.conftest import FLUX, OpenStudio
from tests.storage.test_experiments import TOKEN, rests, start, states
from ui.present.phrases import question_of, words_json, words_says

WORDS = {
    "kind": "words",
    "base": {"model": FLUX, "prompt": "a fox, snow", "width": 256, "height": 256, "seed": 7},
}
CELLS = 9  # two phrases and the prompt as written, with two seeds each, and three controls


class Painter(FaultServer):
    """Paints grey: L* 50 as written, 10 more for each seed, 20 more without snow, 4 without fox."""

    held, flat, other_size = False, False, False

    def choose(self, request: Received) -> Fault:
        if request.method != "POST" or self._script:
            return super().choose(request)
        asked: dict[str, Any] = request.json()
        light = 50 + (0 if self.flat else 10 * (asked["seed"] - 7))
        light += 0 if "snow" in asked["prompt"] else 20
        light += 0 if "fox" in asked["prompt"] else 4
        side = 32 if self.other_size and "fox" not in asked["prompt"] else 64
        answer = good(png(side, side, colour=0x010101 * grey(light)))
        return held(answer) if self.held else answer


def grey(light: float) -> int:
    """Return the sRGB grey, 0 to 255, of a lightness L* from 8 to 100."""
    linear = ((light + 16) / 116) ** 3
    return round(255 * (1.055 * linear ** (1 / 2.4) - 0.055))


@pytest.fixture
async def server() -> AsyncIterator[Painter]:
    async with Painter() as server:
        yield server


async def begun(studio: Studio, token: str = TOKEN) -> Experiment:
    await until(lambda: studio.account.estimate(FLUX, 1) is not None)  # else it becomes dearer
    return await start(studio, WORDS, token)


async def answer(studio: Studio, one: Experiment, measured: int = CELLS) -> dict[str, Any]:
    """Return the answer once so many images are measured."""
    question = question_of(one)
    assert question

    async def known() -> bool:
        made = (await studio.experiments.cells(one.id)).made
        return sum(cell.difference is not None for cell in made) >= measured

    await until(known)
    return words_json(question, (await studio.experiments.cells(one.id)).made)


def told(found: dict[str, Any]) -> object:
    """Return an answer without the names of its images."""
    tried = [one.pop("tried") for one in found["phrases"]]
    return found, [[(one["seed"], one["difference"], one["share"]) for one in of] for of in tried]


async def test_each_image_is_compared_with_the_one_as_written_of_its_seed(
    open_studio: OpenStudio, server: Painter
) -> None:
    async with open_studio() as studio:
        one = await rests(studio, await begun(studio))
        found = await answer(studio, one)
    assert server.posts == CELLS, "what is sent anew joined its twin"
    assert found["floor"] == 0.0 and found["of_seeds"] == 3
    assert found["scale"] == pytest.approx(20, abs=1)  # 10, 20 and 30
    fox, snow = found["phrases"]
    assert [fox["text"], snow["before"], snow["text"]] == ["a fox", ", ", "snow"]
    assert [tried["difference"] for tried in fox["tried"]] == pytest.approx([4, 4], abs=0.7)
    assert [tried["difference"] for tried in snow["tried"]] == pytest.approx([20, 20], abs=1)
    assert (snow["share"], snow["verdict"]) == (pytest.approx(1, abs=0.08), "changed")
    assert len({tried["written"] for tried in snow["tried"]}) == 2


async def test_the_answer_is_in_sentences_for_who_has_the_page_alone(
    open_studio: OpenStudio, server: Painter
) -> None:
    async with open_studio() as studio:
        one = await rests(studio, await begun(studio))
        await answer(studio, one)
        question = question_of(one)
        assert question
        fox, snow, scale, worth = words_says(
            question, (await studio.experiments.cells(one.id)).made
        )
    assert fox == "\u201ca fox\u201d: 20 % of what another seed changes."
    assert snow == "\u201csnow\u201d: 100 % of what another seed changes."
    assert scale.startswith("Another seed changes the image by ") and "not meaning" in worth


async def test_what_is_sent_anew_is_paid_though_everything_is_stored(
    open_studio: OpenStudio, server: Painter
) -> None:
    async with open_studio() as studio:
        await rests(studio, await begun(studio))
        offer = await studio.experiments.offer(WORDS)
        assert (offer.cached, offer.to_send) == (CELLS - 1, 1)
        again = await rests(studio, await begun(studio, "b" * 32))
        made = (await studio.experiments.cells(again.id)).made
    assert server.posts == CELLS + 1
    images = {
        cell.places[0]: cell.run.record for cell in made if cell.run and cell.run.record is not None
    }
    assert len(images) == CELLS
    assert images[0, 0, 0, 0].cached and not images[ANEW].cached
    assert images[0, 0, 0, 0].id != images[ANEW].id


async def test_a_restart_sends_no_image_twice(open_studio: OpenStudio, server: Painter) -> None:
    server.held = True
    async with open_studio() as studio:
        one = await begun(studio)
        await until(lambda: server.posts == EXPERIMENT_SENDS)
        ending = asyncio.create_task(studio.experiments.close())
        await until(lambda: studio.experiments.is_ending(one.id))
        server.held = False
        server.release()
        await ending
    async with open_studio() as studio:
        assert (await rests(studio, one)).state == "done"
        assert set(await states(studio, one)) == {"saved"} and server.posts == CELLS
        assert (await answer(studio, one))["phrases"][1]["verdict"] == "changed"


async def test_what_a_new_database_does_not_know_is_measured_again(
    open_studio: OpenStudio, server: Painter, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        one = await rests(studio, await begun(studio))
        before = await answer(studio, one)
        (lost,) = (tmp_path / "data" / "images").rglob(f"{_image(before, 0)}.*")
    (tmp_path / "data" / "playground.db").unlink()
    lost.unlink()
    async with open_studio() as studio:
        after = await answer(studio, await studio.experiments.get(one.id), CELLS - 1)
        assert after["phrases"][1] == before["phrases"][1] and after["floor"] == 0.0
        assert after["phrases"][0]["verdict"] == "open", "its image is gone"
        await rests(studio, await studio.experiments.do(one.id, "resume"))
        assert await answer(studio, one) | {"phrases": []} == before | {"phrases": []}
    assert server.posts == CELLS + 1


async def test_a_new_database_knows_what_was_sent_anew(
    open_studio: OpenStudio, server: Painter, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        await rests(studio, await begun(studio))
        again = await rests(studio, await begun(studio, "b" * 32))
        before = await answer(studio, again)
    (tmp_path / "data" / "playground.db").unlink()
    async with open_studio() as studio:
        await rests(studio, await studio.experiments.do(again.id, "resume"))
        # Of two images of one request, which are the same, either may stand in a cell.
        assert told(await answer(studio, again)) == told(before)
    assert server.posts == CELLS + 1, "it was paid once more"


async def test_what_was_sent_anew_never_stands_for_the_image_that_it_is_compared_with(
    open_studio: OpenStudio, server: Painter, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        one = await rests(studio, await begun(studio))
        first = (await answer(studio, one))["phrases"][0]["tried"][0]["written"]
        (lost,) = (tmp_path / "data" / "images").rglob(f"{first}.*")
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "playground.db")) as db:
        db.execute("UPDATE cells SET run_id = NULL WHERE position = 0")  # as where it failed
        db.commit()
    lost.unlink()
    async with open_studio() as studio:
        await rests(studio, await studio.experiments.do(one.id, "resume"))
        made = (await studio.experiments.cells(one.id)).made
    images = {cell.places[0]: cell.run.record.id for cell in made if cell.run and cell.run.record}
    assert server.posts == CELLS + 1 and images[0, 0, 0, 0] not in (first, images[ANEW])


async def test_one_missing_file_holds_up_no_other(
    open_studio: OpenStudio, server: Painter, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        one = await rests(studio, await begun(studio))
        before = await answer(studio, one)
        (lost,) = (tmp_path / "data" / "images").rglob(f"{_image(before, 0)}.*")
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "playground.db")) as db:
        db.execute("UPDATE cells SET difference = NULL")  # as where the program ended before
        db.commit()
    lost.unlink()
    async with open_studio() as studio:
        after = await answer(studio, one, CELLS - 1)
        assert after["phrases"][0]["verdict"] == "open"
        assert after["phrases"][1] == before["phrases"][1]


def _image(found: dict[str, Any], phrase: int) -> str:
    return str(found["phrases"][phrase]["tried"][1]["changed"])


async def test_images_of_another_size_have_no_number(
    open_studio: OpenStudio, server: Painter
) -> None:
    server.other_size = True
    async with open_studio() as studio:
        one = await rests(studio, await begun(studio))
        fox, snow = (await answer(studio, one, CELLS - 2))["phrases"]
        assert snow["verdict"] == "changed" and fox["verdict"] == "open" and fox["share"] is None


async def test_where_seeds_change_nothing_there_is_no_share(
    open_studio: OpenStudio, server: Painter
) -> None:
    server.flat = True
    async with open_studio() as studio:
        one = await rests(studio, await begun(studio))
        found = await answer(studio, one)
        assert found["scale"] == 0.0 and found["phrases"][1]["share"] is None
