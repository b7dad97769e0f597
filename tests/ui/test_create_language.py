"""The Create page in the language of whoever asks: all its words, and nothing but its words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ui.fake_studio import FLUX, FakeStudio
from tests.ui.marked import MARKED
from ui.language.languages import LANGUAGES
from ui.site import build_app

GERMAN = {"Accept-Language": "de-AT, en;q=0.5"}
WORDS = {"label", "info", "placeholder", "help", "title", "titles", "description"}


@pytest.fixture
async def client(
    studio: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setitem(LANGUAGES, "de", MARKED)
    app = build_app(studio)  # type: ignore[arg-type]
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        ) as client,
    ):
        yield client


async def config(client: httpx.AsyncClient, **headers: str) -> Any:
    return (await client.get("/config", headers=headers)).json()


def shown(component: Any) -> Iterator[str]:
    """Yield what a person reads of a component."""
    props = component["props"]
    if component["type"] == "api":  # the documented endpoint's: nothing is shown of it
        return
    yield from under_names_of_words(props)
    yield from (label for label, _ in props.get("choices") or [])
    if component["type"] == "button":
        yield props["value"]


def under_names_of_words(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from under_names_of_words(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from under_names_of_words(item, name)
    elif isinstance(value, str) and name in WORDS:
        yield value


async def test_all_words_of_the_page_are_told_and_nothing_else_differs(
    client: httpx.AsyncClient,
) -> None:
    english, german = await config(client), await config(client, **GERMAN)
    assert german["title"].startswith("[Create]") and english["title"].startswith("Create ")
    told = [text for component in german["components"] for text in shown(component)]
    said = [text for component in english["components"] for text in shown(component)]
    assert len(told) == len(said) > 30
    names = {text for text in told if not any(c.isalpha() for c in text)}  # 16:9
    names |= {"", "FLUX.1 schnell", "SDXL 1.0"}
    lines = {line for text in told for line in text.split("\n")} - names
    assert {line for line in lines if not line.startswith("[")} == set()
    assert not any("[" in text for text in said)

    assert german["dependencies"] == english["dependencies"]
    assert german["layout"] == english["layout"]
    for one, other in zip(english["components"], german["components"], strict=True):
        values = [[v for _, v in c["props"].get("choices") or []] for c in (one, other)]
        assert values[0] == values[1]
        assert (one["id"], one["type"], one["props"].get("elem_id")) == (
            other["id"],
            other["type"],
            other["props"].get("elem_id"),
        )
    [header] = [c for c in german["components"] if c["props"].get("elem_id") == "header"]
    assert "[Gallery]" in header["props"]["value"]


async def test_two_visitors_at_the_same_time_are_each_answered_in_their_language(
    client: httpx.AsyncClient,
) -> None:
    events = {event["api_name"]: event for event in (await config(client))["dependencies"]}
    inputs = len(events["deal"]["inputs"])
    values = ["", True, None, FLUX, 2, *[None] * (inputs - 5)]

    async def deal(**headers: str) -> str:
        page = await config(client, **headers)
        assert page["title"].startswith("[") == bool(headers)
        body = {"data": values, "fn_index": events["deal"]["id"], "session_hash": "abc"}
        answer = await client.post("/gradio_api/run/predict", json=body, headers=headers)
        [changes] = answer.json()["data"]
        return str(changes)

    for headers in ({}, GERMAN):  # Gradio prepares its answers, and the page is built
        await deal(**headers)
    told = await asyncio.gather(*[deal(**GERMAN) if n % 2 else deal() for n in range(8)])
    assert ["[Generate 2 images]" in text for text in told] == [bool(n % 2) for n in range(8)]
    assert all("Generate 2 images" in text for text in told)


async def test_a_filled_form_is_told_too(client: httpx.AsyncClient, tmp_path: Path) -> None:
    events = {event["api_name"]: event for event in (await config(client))["dependencies"]}
    inputs = len(events["opened"]["inputs"])
    body = {
        "data": ['{"id": "0"}', ["", {}], True, None, FLUX, 1, *[None] * (inputs - 6)],
        "fn_index": events["opened"]["id"],
        "session_hash": "abc",
    }
    for headers, mark in ((GERMAN, "["), ({}, "")):
        answer = await client.post("/gradio_api/run/predict", json=body, headers=headers)
        assert f"'{mark}This image is no longer stored." in str(answer.json()["data"])
