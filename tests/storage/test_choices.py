"""A click whose braces are choices: each image has its own prompt, and both texts are kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.calls import generate
from backend.errors import InvalidInput
from backend.experiments.resolving import chosen_of
from backend.images import metadata
from backend.settings.load import Settings
from backend.studio import Studio
from backend.types import Template
from tests.http.faults import FaultServer, document, png, status
from tests.storage.conftest import FLUX, KEY

TEXT = "a {red|green|blue} fox"
ASKED = {"model": FLUX, "prompt": TEXT, "width": 256, "height": 256, "count": 8, "seed": 7}
TOKEN = "a" * 32


@pytest.fixture
async def studio(tmp_path: Path, server: FaultServer) -> AsyncIterator[Studio]:
    settings = Settings(tmp_path / "data", tmp_path / ".env", api_url=server.base_url, api_key=KEY)
    async with Studio(settings) as studio:
        yield studio


def sent(server: FaultServer) -> list[str]:
    return [one.json()["prompt"] for one in server.requests if one.method == "POST"]


async def test_each_image_has_its_own_prompt_and_the_template_is_kept_with_it(
    studio: Studio, server: FaultServer
) -> None:
    made = await generate(studio, {**ASKED, "templates": True})
    wanted = ["a red fox", "a green fox", "a blue fox"]
    assert [record.request.prompt for record in made] == sorted(sent(server), key=wanted.index)
    assert [record.request.prompt for record in made] == wanted
    for number, record in enumerate(made):
        data = studio.gallery.image_path(record).read_bytes()
        stored = metadata.read(data)
        assert stored and stored.record.making
        assert stored.record.making.template == Template(TEXT, number)
        assert data.count(TEXT.encode()) == 1, "in our own JSON alone"


async def test_a_seed_that_is_given_chooses_though_it_is_0(
    studio: Studio, server: FaultServer
) -> None:
    asked = {**ASKED, "prompt": "{a|b|c|d|e|f|g|h|i|j} fox", "count": 1, "templates": True}
    for seed in range(10):
        await generate(studio, {**asked, "template_seed": 0, "seed": seed})
    assert len(set(sent(server))) == 1


async def test_the_history_has_what_was_typed(studio: Studio, server: FaultServer) -> None:
    await generate(studio, {**ASKED, "templates": True})
    assert [text for text, *_ in await studio.gallery.prompts("", 10)] == [TEXT]


async def test_braces_are_braces_without_the_switch(studio: Studio, server: FaultServer) -> None:
    await generate(studio, {**ASKED, "count": 1})
    assert sent(server) == [TEXT]


async def test_nothing_is_sent_of_what_cannot_be_read(studio: Studio, server: FaultServer) -> None:
    with pytest.raises(InvalidInput) as refused:
        await generate(studio, {**ASKED, "prompt": "a {red|green", "templates": True})
    assert refused.value.field == "prompt" and server.posts == 0


async def test_the_same_token_is_one_job_also_where_the_choice_is_drawn(
    studio: Studio, server: FaultServer
) -> None:
    asked = {**ASKED, "count": 2, "templates": True}
    first = await generate(studio, asked, token=TOKEN)
    again = await generate(studio, asked, token=TOKEN)
    assert [r.id for r in first] == [r.id for r in again] and server.posts == 2


async def test_what_is_tried_again_keeps_its_template(studio: Studio, server: FaultServer) -> None:
    server.script(status(422, "no"))
    asked = {**ASKED, "prompt": "a {red|green} fox", "count": 1}
    found = await studio.resolve(FLUX, asked, 1, "5")
    requests = studio.prepare_resolved(FLUX, asked, found)
    chosen = chosen_of(asked, requests, found, drawn=False)
    job = await studio.submit(requests, owner="me", chosen=chosen)
    (failed,) = await job.wait()
    (run,) = await (await studio.again(failed.id, owner="me")).wait()
    assert run.record is not None
    stored = metadata.read(studio.gallery.image_path(run.record).read_bytes())
    assert stored and stored.record.making and stored.record.making.template
    assert stored.record.making.template.text == "a {red|green} fox"
    history = [text for text, *_ in await studio.gallery.prompts("", 10)]
    assert history == ["a {red|green} fox"]


async def test_an_image_that_a_restart_stores_keeps_its_template(
    tmp_path: Path, server: FaultServer
) -> None:
    """The program was killed once the answer was in the spool."""
    settings = Settings(tmp_path / "data", tmp_path / ".env", api_url=server.base_url, api_key=KEY)
    asked = {**ASKED, "prompt": "a {red|green} fox", "count": 1}
    async with Studio(settings) as studio:
        found = await studio.resolve(FLUX, asked, 1, "5")
        requests = studio.prepare_resolved(FLUX, asked, found)
        chosen = chosen_of(asked, requests, found, drawn=False)
        (run,) = await (await studio.submit(requests, owner="me", chosen=chosen)).wait()
        assert run.record is not None
        studio.gallery.image_path(run.record).unlink()
    db = sqlite3.connect(tmp_path / "data" / "playground.db")
    db.execute("UPDATE runs SET state = 'sent', image_id = NULL")
    db.execute("DELETE FROM images")
    db.commit()
    db.close()
    (tmp_path / "data" / "spool" / run.id).write_bytes(document(png()))
    async with Studio(settings) as studio:
        record = await studio.gallery.image(run.id)
        assert record is not None
        stored = metadata.read(studio.gallery.image_path(record).read_bytes())
        assert stored and stored.record.making and stored.record.making.template
        assert stored.record.making.template.text == "a {red|green} fox"


async def test_files_of_before_and_foreign_tables_lose_nothing(
    studio: Studio, server: FaultServer
) -> None:
    """What makes no sense of the making is passed over: the record stays."""
    (record,) = await generate(studio, {**ASKED, "count": 1})
    data = studio.gallery.image_path(record).read_bytes()
    own = b'"experiment":null'
    for table in ([], {"text": 1}, {"text": "x", "number": -1}, {"text": "x", "number": True}):
        foreign = json.dumps({"template": table, "place": {"experiment": "x"}}).encode()[1:-1]
        changed = metadata.read(_patched(data, own, own + b"," + foreign))
        assert changed is not None and changed.record.making is None


def _patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return a PNG with another text in its own chunk."""
    import struct
    import zlib

    at = data.index(b"iTXtsentry_block_playground") - 4
    (length,) = struct.unpack(">I", data[at : at + 4])
    body = data[at + 4 : at + 8 + length].replace(old, new)
    assert body != data[at + 4 : at + 8 + length]
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:at] + chunk + data[at + 12 + length :]
