"""Our own routes, as a browser or another program calls them."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from backend import __version__
from tests.ui.fake_studio import FLUX, FakeStudio
from ui import static
from ui.door.visitor import COOKIE, visitor
from ui.routes.jobs import job_routes

VISITOR = "a" * 32


def requests_for(studio: FakeStudio, prompt: str = "a cat", count: int = 1, **raw: object):
    return studio.prepare(FLUX, {"prompt": prompt, "seed": 42, **raw}, count)


def events(body: str) -> list[dict]:
    return [json.loads(line[6:]) for line in body.splitlines() if line.startswith('data: {"job')]


async def test_health_is_503_until_the_studio_can_generate(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "provider": "offline", "version": __version__}
    studio.ready = False
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "starting"})


async def test_image_is_the_file_itself_cacheable_for_ever_and_not_sniffed(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    record = studio.put(requests_for(studio)[0])
    answer = await client.get(f"/images/{record.id}")
    assert answer.content == (studio.gallery.folder / f"{record.id}.png").read_bytes()
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.headers


async def test_download_names_the_file_by_date_model_and_seed(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    record = studio.put(requests_for(studio)[0])
    answer = await client.get(f"/images/{record.id}?download=1")
    name = f"{record.created:%Y-%m-%d}-flux-1-schnell-42.png"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


async def test_thumbnail_is_webp_and_kept_by_the_browser(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    record = studio.put(requests_for(studio)[0])
    first = await client.get(f"/thumbs/{record.id}")
    assert Image.open(io.BytesIO(first.content)).format == "WEBP"
    assert first.headers["content-type"] == "image/webp"
    assert "immutable" in first.headers["cache-control"]


@pytest.mark.parametrize("folder", ["images", "thumbs", "api/images"])
@pytest.mark.parametrize("image_id", ["0" * 32, "x", "A" * 32, "..%2f..%2fapp.py", "0" * 33])
async def test_unknown_and_malformed_ids_are_not_found(
    client: httpx.AsyncClient, folder: str, image_id: str
) -> None:
    assert (await client.get(f"/{folder}/{image_id}")).status_code == 404


async def test_history_pages_newest_first_through_its_cursor(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    ids = [studio.put(r).id for r in requests_for(studio, count=5)]
    page = (await client.get("/api/images?limit=2")).json()
    seen, total = [r["id"] for r in page["images"]], page["total"]
    while page["next"]:
        page = (await client.get("/api/images", params={"limit": 2, "cursor": page["next"]})).json()
        seen += [r["id"] for r in page["images"]]
    assert (seen, total) == (ids[::-1], 5)


async def test_record_has_the_documented_keys_in_order(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    studio.put(requests_for(studio)[0])
    [record] = (await client.get("/api/images")).json()["images"]
    assert ",".join(record) == (
        "id,model,prompt,negative_prompt,width,height,num_steps,guidance_scale,seed,created,"
        "seconds,price_usd,cached,starred,image_url,thumb_url,"
        "rating,tags,deleted,provider,parent,experiment,width_px,height_px"
    )


@pytest.mark.parametrize("limit", ["0", "-1", "201", "abc", "1e3", "", "99999999999999"])
async def test_bad_limit_is_refused_in_words(client: httpx.AsyncClient, limit: str) -> None:
    answer = await client.get(f"/api/images?limit={limit}")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "The limit is out of range."


async def test_page_gives_a_visitor_one_cookie_that_scripts_cannot_read(
    client: httpx.AsyncClient,
) -> None:
    first = await client.get("/")
    cookie = first.headers["set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=[0-9a-f]{{32}}; Path=/; HttpOnly; SameSite=Strict; .*", cookie)
    assert "set-cookie" not in (await client.get("/")).headers
    assert "set-cookie" not in (await client.get("/gallery")).headers


async def test_link_from_another_site_does_not_replace_the_cookie(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert "set-cookie" not in answer.headers
    assert "set-cookie" in (await client.get("/api/jobs")).headers


@pytest.mark.parametrize("value", ["", "x", "A" * 32, "a" * 31, "a" * 33, "../etc/passwd"])
def test_foreign_cookie_values_are_nobody(value: str) -> None:
    assert visitor({COOKIE: value}) == ""


async def test_jobs_are_listed_and_streamed_to_their_owner_alone(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    job = await studio.submit(requests_for(studio, count=2), owner=VISITOR)
    client.cookies.set(COOKIE, VISITOR)
    listed = (await client.get("/api/jobs")).json()["jobs"]
    assert [j["id"] for j in listed] == [job.id]
    answer = await client.get(f"/api/events?job={job.id}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    states = [(e["run"]["index"], e["run"]["state"]) for e in events(answer.text)]
    assert (0, "saved") in states and (1, "saved") in states
    assert answer.text.rstrip().endswith("event: end\ndata: {}")

    client.cookies.set(COOKIE, "b" * 32)
    assert (await client.get("/api/jobs")).json()["jobs"] == []
    assert (await client.get(f"/api/events?job={job.id}")).status_code == 404


async def test_one_stream_carries_several_jobs_and_tells_ended_ones_too(
    studio: FakeStudio, client: httpx.AsyncClient
) -> None:
    client.cookies.set(COOKIE, VISITOR)
    jobs = [await studio.submit(requests_for(studio, p), owner=VISITOR) for p in ("a", "b")]
    await jobs[0].wait()
    query = "&".join(f"job={job.id}" for job in jobs)
    told = events((await client.get(f"/api/events?{query}")).text)
    saved = {e["job"] for e in told if e["run"]["state"] == "saved"}
    assert saved == {job.id for job in jobs}


async def test_stream_of_jobs_that_are_unknown_is_not_found(client: httpx.AsyncClient) -> None:
    client.cookies.set(COOKIE, VISITOR)
    for query in ("", "job=x", f"job={'0' * 32}"):
        assert (await client.get(f"/api/events?{query}")).status_code == 404


async def test_scripts_are_kept_for_ever_under_the_digest_of_their_state_alone(
    client: httpx.AsyncClient,
) -> None:
    current = await client.get(static.url("create/results.js"))
    assert current.headers["content-type"].startswith("text/javascript")
    assert "immutable" in current.headers["cache-control"]
    stale = await client.get("/page/000000000000/create/results.js")
    assert (stale.status_code, stale.headers["cache-control"]) == (200, "no-store")
    outside = ("..%2fapp.py", "create/..%2f..%2fapp.py", "/etc/passwd", "create/..%2fstyle.css")
    for name in ("examples.toml", "nothing.js", "create", "create/", *outside):
        assert (await client.get(f"/page/{static.digest()}/{name}")).status_code == 404


def test_no_script_or_style_names_another_host() -> None:
    written = {n: f for n, f in static.files().items() if not n.endswith((".webp", ".png"))}
    for name, file in written.items():
        text = file.content.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.", text), name


def test_no_script_writes_html() -> None:
    for path in Path(static.FOLDER).rglob("*.js"):
        code = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", code)


async def test_a_stream_that_has_nothing_to_tell_beats(studio: FakeStudio) -> None:
    app = FastAPI()
    app.include_router(job_routes(studio, beat_s=0.01))
    job = await studio.submit(requests_for(studio, "slow cat"), owner=VISITOR)
    told = []
    address = {"type": "http", "method": "GET", "path": "/api/events", "headers": []}
    address |= {"query_string": f"job={job.id}".encode(), "http_version": "1.1"}
    address["headers"] = [(b"cookie", f"{COOKIE}={VISITOR}".encode())]

    async def receive() -> dict[str, Any]:
        return await asyncio.Future()

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message.get("body", b""))
        if told.count(b"event: beat\ndata: {}\n\n") == 2:
            raise ConnectionError("heard enough")

    async with asyncio.timeout(30):
        with pytest.raises((ConnectionError, ExceptionGroup)):
            await app(address, receive, send)
    assert any(body.startswith(b'data: {"job') for body in told)


async def test_no_tab_holds_a_stream_of_gradio_s(client: httpx.AsyncClient) -> None:
    """A browser has six connections to a host."""
    assert (await client.get("/config")).json()["connect_heartbeat"] is False
