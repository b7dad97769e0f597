"""The gallery's routes over a real studio with the sample engine."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from backend.images.looks import COLOURS, Looks, bits_of
from backend.settings.load import Settings
from backend.studio import Studio
from backend.upkeep import looking
from tests.blank import blank
from tests.storage.conftest import library_of
from tests.ui.described import Described
from tests.ui.fake_studio import FLUX, SDXL
from ui.door.visitor import COOKIE
from ui.site import build_app

ME = {COOKIE: "a" * 32}
NOBODY = "0" * 32


@pytest.fixture
async def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    # What an image looks like is kept as it is made, and by nobody else meanwhile.
    monkeypatch.setattr(looking, "QUIET_S", 600.0)
    return Studio(Settings(blank(tmp_path / "data"), tmp_path / ".env"))


@pytest.fixture
async def client(studio: Studio) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(studio) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """A program with one image, IMAGE, for what changes nothing in it."""
    folder = tmp_path_factory.mktemp("standing")
    studio = Studio(Settings(folder / "data", folder / ".env"))
    async with serving(studio) as client:
        (client.headers["image"],) = await made(studio, "a cat")
        yield client


@pytest.fixture
def image(standing: httpx.AsyncClient) -> str:
    return standing.headers["image"]


@asynccontextmanager
async def serving(studio: Studio) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(studio)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1",
            cookies=ME,
            event_hooks=Described(app).hooks,
        ) as client,
    ):
        yield client


async def made(studio: Studio, *prompts: str, model: str = FLUX, **raw: Any) -> list[str]:
    ids = []
    for number, prompt in enumerate(prompts):
        values = {"prompt": prompt, "width": 256, "height": 256, "seed": 42 + number} | raw
        job = await studio.submit(studio.prepare(model, values, 1))
        (run,) = await job.wait()
        assert run.record is not None
        ids.append(run.record.id)
    return ids


async def found(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/api/images", params=query)
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["images"]]


async def test_a_search_finds_words_and_counts_them(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    cat, dog = await made(studio, "a red cat", "a red dog")
    (fog,) = await made(studio, "a hill", model=SDXL, negative_prompt="fog")
    assert await found(client, q="red") == [dog, cat]
    assert await found(client, q="red -dog") == [cat]
    assert await found(client, q="fog") == [fog]
    assert await found(client, model=SDXL) == [fog]
    page = (await client.get("/api/images", params={"q": "red", "limit": 1})).json()
    assert page["total"] == 2
    rest = await client.get("/api/images", params={"q": "red", "cursor": page["next"]})
    assert [record["id"] for record in rest.json()["images"]] == [cat]
    assert rest.json()["next"] is None


async def test_a_long_list_is_packed_for_who_unpacks_it(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    await made(studio, *(f"a hill {n} " * 200 for n in range(2)))
    plain = await client.get("/api/images", headers={"Accept-Encoding": "identity"})
    packed = await client.get("/api/images", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.json()["images"] == plain.json()["images"]
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"q": '"cat'}, "q"),
        ({"sort": "best"}, "sort"),
        ({"cursor": "zz"}, "cursor"),
        ({"seed": "x"}, "seed"),
        ({"since": "soon"}, "since"),
        ({"limit": "1000"}, "limit"),
        ({"offset": "-1"}, None),
        ({"as_of": "x"}, "as_of"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused_in_words(
    standing: httpx.AsyncClient, query: dict[str, str], field: str | None
) -> None:
    answer = await standing.get("/api/images", params=query)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["message"] and error["field"] == field


async def test_an_image_is_starred_rated_tagged_deleted_and_restored(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    (image,) = await made(studio, "a cat")
    marks = {"starred": True, "rating": 4, "tags": ["blue", "sea"]}
    record = (await client.post(f"/api/images/{image}", json=marks)).json()
    assert {name: record[name] for name in marks} == marks and record["deleted"] is None
    assert await found(client, tag="blue", starred="1", rated="4") == [image]
    record = (await client.post(f"/api/images/{image}", json={"deleted": True})).json()
    assert record["deleted"] and record["starred"]
    assert await found(client) == [] and await found(client, trash="1") == [image]
    assert (await client.get(record["image_url"])).status_code == 200  # until it is emptied
    await client.post(f"/api/images/{image}", json={"deleted": False})
    assert await found(client) == [image]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"unknown": 1},
        {"rating": 6},
        {"rating": 2.5},
        {"rating": True},
        {"starred": "yes"},
        {"tags": "sea"},
        {"tags": [1]},
        {"tags": ["a,b"]},
        {"tags": ["x" * 65]},
        {"tags": [str(n) for n in range(33)]},
        {"tags": ["line\nbreak\x00"]},
        {"deleted": None},
    ],
)
async def test_marks_that_make_no_sense_change_nothing(
    standing: httpx.AsyncClient, image: str, body: Any
) -> None:
    answer = await standing.post(f"/api/images/{image}", json=body)
    assert answer.status_code == 422 and answer.json()["error"]["message"]
    record = (await standing.get(f"/api/images/{image}")).json()["record"]
    assert (record["starred"], record["rating"], record["tags"]) == (False, 0, [])


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_not_there_is_404_whatever_is_asked(standing: httpx.AsyncClient) -> None:
    for image in (NOBODY, "x", "..%2f..", "A" * 32):
        assert (await standing.get(f"/api/images/{image}")).status_code == 404
        marked = await standing.post(f"/api/images/{image}", json={"starred": True})
        assert marked.status_code == 404
        for what in ("reproduce", "neighbours"):
            answer = await standing.post(f"/api/images/{image}/{what}", json={"token": NOBODY})
            assert answer.status_code == 404
        assert (await standing.get(f"/diffs/{image}/{NOBODY}")).status_code == 404


async def test_many_are_changed_by_ids_or_by_query_and_undone(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    cat, dog, bird = await made(studio, "red cat", "red dog", "blue bird")

    async def change(**body: Any) -> dict[str, Any]:
        answer = await client.post("/api/images", json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    assert (await change(ids=[cat, bird, NOBODY], add_tags=["sea"]))["changed"] == 2
    assert (await change(ids=[cat] * 1_500, starred=True))["changed"] == 1
    assert (await change(ids=[cat], starred=True))["changed"] == 0
    assert await found(client, tag="sea") == [bird, cat]
    assert (await change(query="q=red", rating=1))["changed"] == 2
    gone = await change(query="q=red", deleted=True)
    assert gone["changed"] == 2 and await found(client) == [bird]
    await change(ids=[bird], deleted=True)
    undone = await change(trashed_at=gone["trashed_at"], deleted=False)
    assert undone["changed"] == 2 and await found(client) == [dog, cat]
    assert (await client.post("/api/trash/empty", json={})).json() == {"removed": 1}
    assert await found(client, trash="1") == []


async def test_images_of_the_trash_are_forgotten_with_their_prompts(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    cat, _, bird = await made(studio, "red cat", "red dog", "blue bird")

    async def forget(**body: Any) -> httpx.Response:
        return await client.post("/api/trash/forget", json=body)

    refused = await forget(ids=[cat, bird])
    assert refused.status_code == 422
    assert refused.json()["error"]["hint"].startswith("Move the images to the trash first")
    for senseless in ({}, {"ids": []}, {"ids": [cat], "query": "trash=1"}):
        assert (await forget(**senseless)).status_code == 422
    assert len(await found(client)) == 3
    await client.post("/api/images", json={"query": "q=red", "deleted": True})
    assert (await forget(ids=[cat, NOBODY])).json() == {"forgotten": 1, "kept_in": []}
    assert (await forget(query="trash=1")).json() == {"forgotten": 1, "kept_in": []}
    assert (await forget(ids=[cat])).json() == {"forgotten": 0, "kept_in": []}
    assert await found(client) == [bird] and await found(client, trash="1") == []
    told = (await client.get("/api/prompts")).json()["prompts"]
    assert [prompt["prompt"] for prompt in told] == ["blue bird"]
    runs = (await client.get("/api/runs")).json()["runs"]
    assert sorted(run["prompt"] for run in runs) == ["", "", "blue bird"]


async def test_the_answer_says_what_was_changed_and_what_takes_exactly_that_back(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    cat, dog, bird = await made(studio, "red cat", "red dog", "blue bird")

    async def post(path: str, **body: Any) -> dict[str, Any]:
        answer = await client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def records() -> list[dict[str, Any]]:
        return [(await client.get(f"/api/images/{i}")).json()["record"] for i in (cat, dog, bird)]

    await post(f"/api/images/{dog}", starred=True, rating=2, tags=["sea"])
    before = await records()
    one = await post(f"/api/images/{cat}", tags=["a", "b"])
    many = await post("/api/images", query="q=red", starred=True, rating=2, add_tags=["sea"])
    gone = await post("/api/images", ids=[cat, bird], deleted=True)
    twice = await post("/api/images", ids=[cat, bird], deleted=True)
    assert (many["changed"], many["ids"]) == (1, [cat])
    assert sorted(gone["ids"]) == sorted([cat, bird]) and gone["trashed_at"]
    assert (twice["changed"], twice["ids"], twice["undo"], twice["trashed_at"]) == (
        0,
        [],
        None,
        None,
    )
    undone = await post("/api/images", undo=gone["undo"])
    assert sorted(undone["ids"]) == sorted([cat, bird])
    for act in (many["undo"], one["undo"]):
        assert (await post("/api/images", undo=act))["ids"] == [cat]
    assert await records() == before
    refused = await client.post("/api/images", json={"undo": one["undo"]})
    assert refused.status_code == 422
    assert "can no longer be undone" in refused.json()["error"]["message"]
    nothing = await post(f"/api/images/{dog}", starred=True)
    assert nothing["undo"] is None and nothing["starred"]


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", ""])
async def test_statistics_are_in_days_of_the_zone_that_is_asked_for(
    studio: Studio, client: httpx.AsyncClient, zone: str
) -> None:
    await made(studio, "a cat", "a dog")
    answer = (await client.get("/api/statistics", params={"days": 3, "zone": zone})).json()
    assert (answer["zone"], answer["total"]["images"]) == (zone or "UTC", 2)
    today = datetime.now(ZoneInfo(zone or "UTC")).date()
    assert {row["day"] for row in answer["rows"]} <= {f"{today}", f"{today - timedelta(days=1)}"}
    assert answer["until"] >= max(row["day"] for row in answer["rows"])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("zone", ["Europe", "Nowhere/City", "../x", "+01:00", "x" * 9000, "\0"])
async def test_a_zone_that_is_unknown_is_refused_in_words(
    standing: httpx.AsyncClient, zone: str
) -> None:
    answer = await standing.get("/api/statistics", params={"zone": zone})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == "zone" and "Europe/Berlin" in error["hint"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "body",
    [
        {"starred": True},
        {"ids": [], "starred": True},
        {"ids": "all", "starred": True},
        {"query": '"', "starred": True},
        {"query": "modle=x", "deleted": True},
        {"query": "starred=x", "deleted": True},
        {"query": "q=cat", "ids": [NOBODY], "deleted": True},
        {"trashed_at": "1.0", "ids": [NOBODY], "deleted": False},
        {"ids": [NOBODY]},
        {"trashed_at": "x", "deleted": False},
        {"undo": NOBODY},
        {"undo": "x"},
        {"undo": None},
        {"undo": [NOBODY]},
        {"undo": NOBODY, "starred": True},
        {"undo": NOBODY, "ids": [NOBODY]},
    ],
)
async def test_a_change_of_many_that_makes_no_sense_is_refused(
    standing: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    answer = await standing.post("/api/images", json=body)
    assert answer.status_code == 422 and answer.json()["error"]["message"]


async def test_an_image_is_made_again_once_and_its_verdict_is_told(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    (image,) = await made(studio, "a cat")
    details = (await client.get(f"/api/images/{image}")).json()
    assert details["reproduce"]["possible"] and "Cost: free" in details["reproduce"]["text"]
    body = {"token": uuid4().hex}
    first, second = [
        (await client.post(f"/api/images/{image}/reproduce", json=body)).json()["job"]["id"]
        for _ in range(2)
    ]
    assert first == second
    job = studio.jobs.job(first)
    assert job is not None and job.owner == ME[COOKIE]
    await job.wait()
    async with asyncio.timeout(10):
        while not (details := (await client.get(f"/api/images/{image}")).json())["proofs"]:
            await asyncio.sleep(0.05)
    (proof,) = details["proofs"]
    assert proof["verdict"] == "identical" and proof["map_url"] is None
    assert "identical, pixel for pixel" in proof["text"]
    (child,) = details["lineage"]["children"]
    assert child["record"]["id"] == proof["id"] and child["changes"] == []
    again = (await client.get(f"/api/images/{proof['id']}")).json()
    assert again["lineage"]["parent"]["record"]["id"] == image
    assert again["proofs"][0]["id"] == image


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("token", [None, "", "x", 7, "A" * 32, ["a" * 32]])
@pytest.mark.parametrize("what", ["reproduce", "neighbours"])
async def test_nothing_is_sent_without_a_token(
    standing: httpx.AsyncClient, image: str, what: str, token: Any
) -> None:
    answer = await standing.post(f"/api/images/{image}/{what}", json={"token": token})
    assert answer.status_code == 422 and "token" in answer.json()["error"]["message"]
    assert len(await found(standing)) == 1


async def test_a_model_without_seed_says_that_it_cannot_be_made_again(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    (image,) = await made(studio, "a cat", model=SDXL)
    details = (await client.get(f"/api/images/{image}")).json()
    for what in ("reproduce", "neighbours"):
        assert details[what]["possible"] is False and "takes no seed" in details[what]["text"]
        answer = await client.post(f"/api/images/{image}/{what}", json={"token": "a" * 32})
        assert answer.status_code == 422


async def test_neighbours_say_what_they_cost_before_and_carry_the_change_in_seed(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    (image,) = await made(studio, "a cat")
    details = (await client.get(f"/api/images/{image}")).json()
    assert details["neighbours"]["text"] == (
        "9 images with the seeds 38 to 46. Of these, 1 is there already. Cost: free."
    )
    body = {"token": "b" * 32}
    job = (await client.post(f"/api/images/{image}/neighbours", json=body)).json()["job"]
    running = studio.jobs.job(job["id"])
    assert running is not None and len(await running.wait()) == 9
    details = (await client.get(f"/api/images/{image}")).json()
    changed = {child["changes"][0]["to"] for child in details["lineage"]["children"]}
    assert changed == {str(seed) for seed in range(38, 47) if seed != 42}


async def test_two_images_are_compared_by_parameters_and_pixels(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    cat, dog, bird = await made(studio, "a cat", "a dog", "a bird")
    answer = (await client.get("/api/compare", params={"id": [cat, dog]})).json()
    rows = {row["label"]: row for row in answer["rows"]}
    assert rows["Prompt"] == {
        "name": "prompt",
        "label": "Prompt",
        "values": ["a cat", "a dog"],
        "differs": True,
    }
    assert rows["Width"]["differs"] is False
    assert answer["pixels"]["verdict"] == "different"
    map_answer = await client.get(answer["pixels"]["map_url"])
    with Image.open(io.BytesIO(map_answer.content)) as picture:
        assert picture.size == (256, 256)
    three = (await client.get("/api/compare", params={"id": [cat, dog, bird]})).json()
    assert len(three["images"]) == 3 and three["pixels"] is None
    for ids in ([cat], [cat, cat], [cat, NOBODY], [cat] * 9, ["x", "y"]):
        refused = await client.get("/api/compare", params={"id": ids})
        assert refused.status_code == 422 and refused.json()["error"]["message"]


async def test_a_missing_file_is_said_and_breaks_nothing(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    cat, dog = await made(studio, "a cat", "a dog")
    record = await studio.gallery.image(cat)
    assert record is not None
    studio.gallery.image_path(record).unlink()
    answer = await client.get("/api/compare", params={"id": [cat, dog]})
    assert answer.status_code == 200 and "missing" in answer.json()["pixels"]["text"]
    assert (await client.get(f"/diffs/{cat}/{dog}")).status_code == 422
    assert (await client.get(f"/api/images/{cat}")).status_code == 200


async def test_filters_history_and_statistics_tell_what_there_is(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    cat, _ = await made(studio, "a cat", "100% a dog_x")
    await made(studio, "a hill", model=SDXL)
    await client.post(f"/api/images/{cat}", json={"tags": ["sea"]})
    facets = (await client.get("/api/facets")).json()
    assert {model["label"] for model in facets["models"]} == {"FLUX.1 schnell", "SDXL 1.0"}
    assert facets["tags"] == [{"tag": "sea", "count": 1}]
    assert (facets["providers"], facets["sizes"], facets["trash"]) == (["offline"], ["256x256"], 0)

    async def prompts(**query: Any) -> list[str]:
        answer = (await client.get("/api/prompts", params=query)).json()
        return [row["prompt"] for row in answer["prompts"]]

    assert await prompts() == ["a hill", "100% a dog_x", "a cat"]
    assert await prompts(q="DOG_") == ["100% a dog_x"] and await prompts(q="%") != ["a cat"]
    assert await prompts(limit=1) == ["a hill"]
    for bad in ("/api/prompts?limit=0", "/api/statistics?days=0", "/api/statistics?days=x"):
        assert (await client.get(bad)).status_code == 422

    answer = (await client.get("/api/statistics", params={"days": 7})).json()
    assert answer["total"]["images"] == 3
    assert answer["until"] >= max(row["day"] for row in answer["rows"])
    assert {row["label"] for row in answer["rows"]} == {
        "FLUX.1 schnell (sample)",
        "SDXL 1.0 (sample)",
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_hostile_bodies_are_refused_and_never_an_error_of_ours(
    standing: httpx.AsyncClient, image: str
) -> None:
    deep = "[" * 100_000
    for body in (b"", b"{", deep.encode(), b"\xff\xfe", b"null", b'"x"', json.dumps(7).encode()):
        for path in (f"/api/images/{image}", "/api/images", f"/api/images/{image}/reproduce"):
            assert (await standing.post(path, content=body)).status_code == 422


async def test_images_are_found_by_colour_and_by_what_they_look_like(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    first, second, other = await made(studio, "a blue lighthouse", "a blue lighthouse", "lava")
    looks = {
        first: Looks(bits_of(["blue", "white"]), bytes(range(56))),
        second: Looks(bits_of(["blue"]), bytes(range(1, 57))),
        other: Looks(bits_of(["red", "black"]), bytes(range(255, 199, -1))),
    }
    with library_of(studio.account.settings.data_dir) as library:
        async with asyncio.timeout(60):  # what looks by itself is to have done so
            while not all(library.looks.has(image_id) for image_id in looks):
                await asyncio.sleep(0.05)
        library.looks.keep(looks)
    assert await found(client, color="red") == [other]
    assert await found(client, color=["blue", "white"]) == [first]
    assert await found(client, color="Gray") == []
    assert await found(client, like=first) == [first, second]
    assert await found(client, like=first, color="blue", sort="oldest") == [first, second]
    assert await found(client, like=NOBODY) == []
    alike = await client.get(f"/api/images/{first}/like", params={"limit": 5})
    assert [record["id"] for record in alike.json()["images"]] == [second]
    answer = await client.post("/api/images", json={"query": "color=blue", "starred": True})
    assert answer.json()["changed"] == 2
    await client.post("/api/images", json={"ids": [second], "deleted": True})
    assert (await client.get(f"/api/images/{first}/like")).json() == {"images": []}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ["mauve", "blue,red", "0", "rot", "x" * 300, "<b>"])
async def test_an_unknown_colour_is_refused_in_words_that_list_the_eleven(
    standing: httpx.AsyncClient, name: str
) -> None:
    answer = await standing.get("/api/images", params={"color": ["blue", name]})
    error = answer.json()["error"]
    assert answer.status_code == 422 and error["field"] == "color" and name[:15] in error["message"]
    assert all(colour in error["hint"] for colour in COLOURS)
    many = await standing.post("/api/images", json={"query": f"color={name}", "starred": True})
    assert many.status_code == 422


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "1.5"])
async def test_more_like_an_image_has_a_limit_and_needs_the_image(
    standing: httpx.AsyncClient, image: str, limit: str
) -> None:
    answer = await standing.get(f"/api/images/{image}/like", params={"limit": limit})
    assert answer.status_code == 422 and answer.json()["error"]["field"] == "limit"
    for nobody in (NOBODY, "x"):
        assert (await standing.get(f"/api/images/{nobody}/like")).status_code == 404
    answer = await standing.get("/api/images", params={"like": "x"})
    assert answer.status_code == 422 and answer.json()["error"]["field"] == "like"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_refusal_is_in_the_language_of_who_asks(standing: httpx.AsyncClient) -> None:
    answer = await standing.get("/api/images?seed=x", headers={"Accept-Language": "de"})
    hint = answer.json()["error"]["hint"]
    assert hint == "Geben Sie eine ganze Zahl von 0 bis 18446744073709551615 ein."
