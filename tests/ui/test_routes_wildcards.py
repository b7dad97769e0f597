"""Wildcard files over HTTP: written by who has seen what stood there, and never outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ui.fake_studio import FakeStudio


def folder(studio: FakeStudio) -> Path:
    return studio.account.settings.data_dir / "wildcards"


async def write(
    client: httpx.AsyncClient, name: str, text: str | None, digest: str = ""
) -> httpx.Response:
    return await client.post(f"/api/wildcards/{name}", json={"text": text, "digest": digest})


async def test_a_file_is_written_listed_read_and_taken_away(
    client: httpx.AsyncClient, studio: FakeStudio
) -> None:
    assert (await client.get("/api/wildcards")).json() == {"files": []}
    kept = (await write(client, "art/colour", "# warm\r\nred\r\n\r\nblue")).json()
    assert (kept["lines"], kept["text"]) == (2, "# warm\nred\n\nblue")
    assert (folder(studio) / "art" / "colour.txt").read_bytes() == b"# warm\nred\n\nblue"
    listed = (await client.get("/api/wildcards")).json()["files"]
    assert listed == [{"name": "art/colour", "lines": 2, "trouble": ""}]
    assert (await client.get("/api/wildcards/art/colour")).json() == kept
    gone = await write(client, "art/colour", None, kept["digest"])
    assert gone.status_code == 200 and not (folder(studio) / "art" / "colour.txt").exists()
    assert (await client.get("/api/wildcards/art/colour")).status_code == 404


async def test_what_another_tab_wrote_is_not_lost(
    client: httpx.AsyncClient, studio: FakeStudio
) -> None:
    first = (await write(client, "colour", "red")).json()
    await write(client, "colour", "red\nblue", first["digest"])
    for text in ("red\ngreen", None):
        late = await write(client, "colour", text, first["digest"])
        assert late.status_code == 409 and late.json()["error"]["field"] == "text"
    new = await write(client, "colour", "other")
    assert new.status_code == 409 and new.json()["error"]["field"] == "name"
    assert (folder(studio) / "colour.txt").read_text() == "red\nblue"


@pytest.mark.parametrize(
    "name",
    ["..%2Fenv", "a%2F..%2Fb", "%2Fetc", "a__b", "_a", "a_", "a.", "nul", "x/COM1", "x" * 201],
)
async def test_a_name_that_cannot_be_is_refused(
    client: httpx.AsyncClient, studio: FakeStudio, name: str
) -> None:
    answer = await write(client, name, "x")
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["message"] == "A wildcard file cannot have this name."
    assert not list(studio.account.settings.data_dir.rglob("*.txt"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "text is a text or null"),
        ({"text": 1, "digest": ""}, "text is a text or null"),
        ({"text": "a", "digest": 1}, "text is a text or null"),
        ({"text": "a\n" * 10_001, "digest": ""}, "more than 10,000 lines"),
        ({"text": "a" * 2_000_001, "digest": ""}, "larger than 2 MB"),
        ({"text": "a\ud800", "digest": ""}, "a character that cannot be stored"),
    ],
)
async def test_what_cannot_be_kept_is_refused_in_words(
    client: httpx.AsyncClient, studio: FakeStudio, body: dict[str, Any], said: str
) -> None:
    answer = await client.post("/api/wildcards/colour", content=json.dumps(body))
    assert answer.status_code == 422 and said in answer.json()["error"]["message"]
    assert not folder(studio).exists()


async def test_a_file_that_is_no_text_is_named_and_not_written_over(
    client: httpx.AsyncClient, studio: FakeStudio
) -> None:
    folder(studio).mkdir(parents=True)
    (folder(studio) / "latin.txt").write_bytes("grün".encode("latin-1"))
    (listed,) = (await client.get("/api/wildcards")).json()["files"]
    assert "not in UTF-8" in listed["trouble"]
    assert (await client.get("/api/wildcards/latin")).status_code == 422
    assert (await write(client, "latin", "x")).status_code == 422
    assert (folder(studio) / "latin.txt").read_bytes() == "grün".encode("latin-1")


async def test_another_site_writes_nothing(client: httpx.AsyncClient, studio: FakeStudio) -> None:
    answer = await client.post(
        "/api/wildcards/colour",
        json={"text": "x", "digest": ""},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403 and not folder(studio).exists()
