"""A platform that tells our key back in some other form: it reaches neither page nor database."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path

import pytest
from PIL import Image

from backend.errors import PlaygroundError
from backend.providers import PROVIDERS
from backend.redact import forms
from backend.types import RunState
from backend.wire.connection import connect
from tests.http.faults import Fault, FaultServer, document, raw
from tests.storage.conftest import FLUX, OpenStudio

KEY = "sk/told+back_5d1a8c20461Xq"
IN_JSON = "".join(f"\\u{ord(c):04x}" for c in KEY)
FORMS = sorted({*forms(KEY), IN_JSON})


def told(form: str, status: int) -> Fault:
    text = form if form == IN_JSON else json.dumps(form)[1:-1]
    return raw(f'{{"status": "failed", "message": "no: {text}"}}', status)


def keyless(text: str) -> bool:
    return not any(form in text for form in forms(KEY))


@pytest.mark.parametrize("status", [200, 422, 500])
@pytest.mark.parametrize("form", FORMS)
async def test_no_run_says_the_key_that_the_platform_told_back(
    form: str, status: int, open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    server.script(told(form, status))
    async with open_studio(api_key=KEY) as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a fox"}, 1))
        (run,) = await job.wait()
        assert run.error is not None and "[key]" in run.error.message
        assert keyless(str(run.error))
    for path in (tmp_path / "data").glob("playground.db*"):
        assert keyless(path.read_bytes().decode("latin-1")), path.name


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("form", FORMS)
async def test_no_free_question_says_it_either(form: str, status: int, server: FaultServer) -> None:
    server.script_gets(told(form, status))
    provider = next(iter(PROVIDERS.values()))
    with pytest.raises(PlaygroundError, match=r"\[key\]") as refused:
        await connect(provider, server.base_url, KEY).check()
    assert keyless(str(refused.value))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
async def test_no_stored_image_holds_the_key_that_the_platform_put_into_it(
    kind: str, open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = f"Authorization: Bearer {KEY}"
    Image.effect_noise((64, 64), 80).convert("RGB").save(file, kind, exif=exif)
    assert KEY.encode() in file.getvalue()
    server.script(raw(document(file.getvalue())))
    async with open_studio(api_key=KEY) as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a fox"}, 1))
        (run,) = await job.wait()
        assert run.state is RunState.SAVED
    stored = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert any(path.parent.parent.name == "images" for path in stored)
    for path in stored:
        assert keyless(path.read_bytes().decode("latin-1")), path.name


async def test_an_answer_found_after_a_crash_is_as_silent(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio(api_key=KEY) as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a fox"}, 1))
        (run,) = await job.wait()
    data = tmp_path / "data"
    with sqlite3.connect(data / "playground.db") as db:
        db.execute("UPDATE runs SET state = 'sent', image_id = NULL")
        db.execute("DELETE FROM images")
    db.close()
    for path in (data / "images").rglob("*.*"):
        path.unlink()
    (data / "spool" / run.id).write_text(f'{{"status": "failed", "message": "no: {IN_JSON}"}}')
    async with open_studio(api_key=KEY) as studio:
        (view,) = (await studio.runs.page(limit=1)).runs
        assert view.error == "BadAnswer" and "[key]" in str(view) and keyless(str(view))
