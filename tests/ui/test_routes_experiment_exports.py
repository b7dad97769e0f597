"""Experiments taken out as a browser asks for them: downloads of good names, or a clear no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend.experiments.exports.exports import FORMS
from backend.settings.load import Settings
from backend.studio import Studio
from tests.blank import blank
from tests.ui.described import Described
from tests.ui.fake_studio import FLUX
from ui.site import build_app

PERSON = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
GRID = {
    "title": "Steps & words",
    "base": {"model": FLUX, "prompt": "a cat", "width": 256, "height": 256, "seed": 1},
    "axes": {"x": {"num_steps": "1-2"}},
}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(Studio(Settings(blank(tmp_path / "data"), tmp_path / ".env")))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://127.0.0.1",
            event_hooks=Described(app).hooks,
        ) as client,
    ):
        yield client


@pytest.fixture
async def one(client: httpx.AsyncClient) -> str:
    looked = (await client.post("/api/experiments/plan", json=GRID)).json()
    begun = {"plan": GRID, "digest": looked["digest"], "token": "d" * 32}
    own: str = (await client.post("/api/experiments", json=begun)).json()["id"]
    return own


@pytest.mark.parametrize("form", FORMS)
async def test_each_form_is_a_download_named_after_the_experiment(
    client: httpx.AsyncClient, one: str, form: str
) -> None:
    answer = await client.get(f"/api/experiments/{one}/export", params={"form": form})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == FORMS[form]  # type: ignore[index]
    told = answer.headers["content-disposition"]
    assert told.startswith('attachment; filename="steps-words-') and told.endswith(f'.{form}"')
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_it_is_in_the_language_of_whoever_asks(client: httpx.AsyncClient, one: str) -> None:
    german = {"Accept-Language": "de"}
    answer = await client.get(f"/api/experiments/{one}/export?form=html", headers=german)
    assert '<html lang="de" dir="ltr">' in answer.text and "von 2 Zellen" in answer.text


async def test_how_large_they_are_is_told_before(client: httpx.AsyncClient, one: str) -> None:
    sizes = (await client.get(f"/api/experiments/{one}/exports")).json()
    assert sizes["csv"] == {"rows": 2}
    assert sizes["png"]["refused"] is None and sizes["png"]["width_px"] >= 512
    page = await client.get(f"/api/experiments/{one}/export", params={"form": "html"})
    assert 0.5 * sizes["html"]["about_bytes"] < len(page.content)


async def test_what_cannot_be_is_said_to_programs_and_to_people(
    client: httpx.AsyncClient, one: str
) -> None:
    at = f"/api/experiments/{one}/export?form=pdf"
    other = await client.get(at)
    assert other.status_code == 422 and other.json()["error"]["field"] == "form"
    told = await client.get(at, headers=PERSON)
    assert told.status_code == 422
    assert told.text.startswith("There is no export as 'pdf'. Choose html, png, csv.")
    for path in ("export", "exports"):
        for missing in ("0" * 32, "x"):
            answer = await client.get(f"/api/experiments/{missing}/{path}")
            assert answer.status_code == 404
