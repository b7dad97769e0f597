"""Styles and presets over HTTP, and on the prompt of a request: what is sent, stored and typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.calls import generate
from backend.settings.load import Settings
from backend.studio import Studio
from backend.types import Origin
from tests.ui.fake_studio import FLUX, SDXL, FakeStudio

CINEMA = {"name": "Cinema", "prompt": "film of {prompt}", "negative_prompt": "cartoon"}
OIL = {"name": "Oil", "prompt": "oil painting", "negative_prompt": ""}
SMALL = {"width": 256, "height": 256}


@pytest.fixture
async def filled(client: httpx.AsyncClient) -> httpx.AsyncClient:
    for style in (CINEMA, OIL):
        assert (await client.post("/api/styles", json=style)).status_code == 200
    return client


async def names(client: httpx.AsyncClient) -> list[str]:
    return [style["name"] for style in (await client.get("/api/styles")).json()["styles"]]


def refusal(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 422
    error: dict[str, Any] = answer.json()["error"]
    return error


async def test_a_style_is_kept_changed_deleted_and_brought_back(filled: httpx.AsyncClient) -> None:
    changed = {**OIL, "name": "Oils", "former": "Oil", "was": OIL}
    assert (await filled.post("/api/styles", json=changed)).json()["name"] == "Oils"
    late = await filled.post("/api/styles", json={**OIL, "former": "Oil", "was": OIL})
    assert refusal(late)["field"] == "name"
    gone = (await filled.post("/api/styles/remove", json={"styles": ["Cinema", "x"]})).json()
    assert gone == {"styles": [CINEMA], "presets": []}
    assert await names(filled) == ["Oils"]
    back = await filled.post("/api/styles/restore", json=gone)
    assert back.json() == gone
    assert await names(filled) == ["Oils", "Cinema"]


async def test_a_preset_is_checked_by_its_model_and_replaced_only_on_a_word(
    client: httpx.AsyncClient,
) -> None:
    form = {"name": "P", "model": FLUX, "values": {"num_steps": "4", "negative_prompt": "x"}}
    kept = (await client.post("/api/presets", json=form)).json()
    assert kept["values"] == {"num_steps": 4}, "a number, and nothing that the model lacks"
    assert "already" in refusal(await client.post("/api/presets", json=form))["message"]
    form["instead"] = True
    assert (await client.post("/api/presets", json=form)).status_code == 200
    wrong = {"name": "Q", "model": FLUX, "values": {"num_steps": "many"}}
    assert refusal(await client.post("/api/presets", json=wrong))["field"] == "num_steps"
    renamed = {**kept, "name": "R", "former": "P", "was": kept}
    assert (await client.post("/api/presets", json=renamed)).json()["name"] == "R"


async def test_a_file_is_taken_told_and_comes_out_again(client: httpx.AsyncClient) -> None:
    table = b'name,prompt,negative_prompt\n"Ink, wet","ink, {prompt}",\nEmpty,,\n'
    answer = await client.post("/api/styles/import", files={"file": ("s.csv", table, "text/csv")})
    assert answer.json() == {
        "text": "1 style taken. 1 was left out. Empty: It has no text.",
        "styles": ["Ink, wet"],
        "presets": [],
        "left_out": [{"name": "Empty", "why": "It has no text."}],
    }
    out = await client.get("/api/styles/export", params={"format": "csv"})
    assert out.text.splitlines()[1] == '"Ink, wet","ink, {prompt}",'
    assert "attachment" in out.headers["content-disposition"]
    whole = await client.get("/api/styles/export")
    again = {"file": ("s.json", whole.content, "application/json")}
    told = (await client.post("/api/styles/import", files=again)).json()["text"]
    assert told == "Nothing new was taken. 1 is here already."
    bad = {"file": ("s.json", b"{", "application/json")}
    assert refusal(await client.post("/api/styles/import", files=bad))["field"] == "file"
    assert refusal(await client.get("/api/styles/export?format=xml"))["field"] == "format"


async def test_what_a_prompt_becomes_is_shown_before_it_is_sent(filled: httpx.AsyncClient) -> None:
    asked = {"prompt": "a cat", "negative_prompt": "dogs", "styles": ["Oil", "Cinema"]}
    flux = (await filled.post("/api/styles/compose", json={**asked, "model": FLUX})).json()
    assert (flux["prompt"], flux["negative_prompt"]) == ("film of a cat, oil painting", None)
    assert "takes no negative prompt" in flux["notes"][0]
    sdxl = (await filled.post("/api/styles/compose", json={**asked, "model": SDXL})).json()
    assert (sdxl["negative_prompt"], sdxl["notes"]) == ("dogs, cartoon", [])
    empty = await filled.post("/api/styles/compose", json={**asked, "prompt": " "})
    assert empty.json()["prompt"] == "film of \u2026, oil painting"
    gone = await filled.post("/api/styles/compose", json={**asked, "styles": ["Gone"]})
    assert refusal(gone)["field"] == "styles"


async def test_a_program_may_name_styles_and_is_refused_those_there_are_not(
    studio: FakeStudio, filled: httpx.AsyncClient
) -> None:
    asked: dict[str, Any] = {"model": FLUX, "prompt": " a cat", "styles": ["Cinema"], **SMALL}
    [record] = (await filled.post("/api/generate", json=asked)).json()
    assert record["prompt"] == "film of a cat"
    assert studio.submissions[-1]["typed"] == "a cat"
    for styles, words in ((["Gone"], "no style called Gone"), ("Cinema", "no list of names")):
        answer = await filled.post("/api/generate", json={**asked, "styles": styles})
        assert words in refusal(answer)["message"]
        assert refusal(answer)["field"] == "styles"
    asked["prompt"] = ""
    assert "empty" in refusal(await filled.post("/api/generate", json=asked))["message"]
    assert len(studio.submissions) == 1


async def test_what_is_typed_stands_in_the_history_and_what_is_sent_in_the_image(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    kept = tmp_path / "data" / "styles.json"
    kept.write_text(json.dumps({"version": 1, "styles": [CINEMA]}), encoding="utf-8")
    async with Studio(Settings(tmp_path / "data", tmp_path / ".env")) as studio:
        asked = {"model": FLUX, "prompt": "a cat", "styles": ["Cinema"], **SMALL, "seed": 1}
        [record] = await generate(studio, {**asked, "count": 1})
        assert record.request.prompt == "film of a cat"
        plain = {**asked, "styles": None, "prompt": "film of a cat", "count": 1, "seed": 1}
        [same] = await generate(studio, plain | {"prompt": "film of a cat"})
        assert same.cached, "the same request, however it was written"
        typed = [prompt for prompt, *_ in await studio.gallery.prompts("", 9)]
        assert typed == ["film of a cat", "a cat"]


async def test_a_press_that_repeats_an_image_brings_no_new_prompt_into_the_history(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    kept = tmp_path / "data" / "styles.json"
    kept.write_text(json.dumps({"version": 1, "styles": [CINEMA]}), encoding="utf-8")
    async with Studio(Settings(tmp_path / "data", tmp_path / ".env")) as studio:
        asked = {"model": FLUX, "prompt": "a cat", "styles": ["Cinema"], **SMALL, "seed": 1}
        [record] = await generate(studio, {**asked, "count": 1})
        job = await studio.reproduce(record.id, owner="", token="a" * 32)
        [run] = await job.wait()
        assert run.origin == Origin(record.id, "reproduced")
        assert [p for p, *_ in await studio.gallery.prompts("", 9)] == ["a cat"]


async def test_a_broken_file_of_styles_is_told_at_the_start_and_stops_nothing_else(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "styles.json").write_text("{")
    async with Studio(Settings(tmp_path / "data", tmp_path / ".env")) as studio:
        [notice] = studio.notices
        assert "was damaged" in notice
        asked = {"model": FLUX, "prompt": "a cat", **SMALL, "count": 1}
        assert len(await generate(studio, asked)) == 1
