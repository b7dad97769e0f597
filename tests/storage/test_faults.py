"""Every fault of the wire, seen from a click: its sentence, its row, its POSTs, and its pauses.

Folder and database are in test_faults_disk.py; single calls, below the studio, in tests/http.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from backend.errors import (
    AccessDenied,
    BadAnswer,
    InvalidInput,
    KeyRejected,
    NoAnswer,
    NoCredit,
    NotFound,
    PlaygroundError,
    RateLimited,
    Refused,
    ServerTrouble,
    Unreachable,
    Untrusted,
)
from backend.generation.jobs import RunView
from backend.studio import Studio
from backend.types import RunState
from backend.wire.connection import Connection
from tests.http import faults as f
from tests.storage.conftest import FLUX, OpenStudio, Pauses

PRICE_USD = Decimal("0.009")


@pytest.fixture(autouse=True)
def _prices_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    async def known(_: Connection) -> list[tuple[str, Decimal | None]]:
        return [(FLUX, PRICE_USD)]

    monkeypatch.setattr(Connection, "remote_models", known)


async def click(studio: Studio, prompt: str = "a flying cat", *, anew: bool = False) -> RunView:
    await asyncio.sleep(0)  # until the prices are known
    requests = studio.prepare(FLUX, {"prompt": prompt, "seed": 7}, 1)
    job = await studio.submit(requests, owner="me", anew=anew)
    (run,) = await job.wait()
    return run


def row_of(run: RunView, data: Path) -> dict[str, Any]:
    """Return the run's row as it is in the file, read by a program of its own."""
    with closing(sqlite3.connect(data / "playground.db")) as db:
        db.row_factory = sqlite3.Row
        return dict(db.execute("SELECT * FROM runs WHERE id = ?", [run.id]).fetchone())


def check(
    run: RunView, data: Path, kind: type[PlaygroundError], says: str, state: RunState
) -> dict[str, Any]:
    """Check that page and ledger say the same, and what is expected; return the row."""
    assert type(run.error) is kind and says in str(run.error), repr(run.error)
    assert run.state is state and run.record is None
    row = row_of(run, data)
    said = (row["error_kind"], row["error_message"], row["error_hint"])
    assert said == (kind.__name__, run.error.message, run.error.hint)
    assert row["state"] == state and row["ended"] and row["image_id"] is None
    assert list((data / "spool").iterdir()) == [] and list((data / "images").rglob("*.*")) == []
    doubt = state is RunState.UNKNOWN
    assert run.error.maybe_charged is doubt
    assert ("may have been charged" in str(run.error)) is doubt
    assert row["cost_microusd"] == (9000 if doubt else 0), "what may have been paid, and no more"
    return row


# --- may have been charged --------------------------------------------------------------------

NOISE = f.png(96, 96, noise=True)
JPEG = f.picture("JPEG", 96, 96)
B64 = f.document(NOISE).decode().split('"b64_json": "')[1].split('"')[0]
CUT = len(B64) // 8 * 4

LATE = "did not answer within 0.3 seconds"
BROKE = "broke before the answer came"
NO_PICTURE = "The answer holds no image"
NOT_BASE64 = "not clean base64"
UNKNOWN: dict[str, tuple[f.Fault, type[PlaygroundError], str]] = {
    "header stall": (f.header_stall(), NoAnswer, LATE),
    "dripped body": (f.dripped(), NoAnswer, LATE),
    "dripped, chunked": (f.dripped().framed("chunked"), NoAnswer, LATE),
    "cut before headers": (f.Fault(drop="headers"), NoAnswer, BROKE),
    "reset before headers": (f.Fault(drop="headers", reset=True), NoAnswer, BROKE),
    "cut mid-body": (f.cut_mid_body(), NoAnswer, BROKE),
    "cut mid-body, chunked": (f.cut_mid_body("chunked"), NoAnswer, BROKE),
    "cut mid-body, close": (f.cut_mid_body("close"), BadAnswer, "not one of the platform's"),
    "reset mid-body": (f.cut_mid_body(reset=True), NoAnswer, BROKE),
    "not HTTP": (f.Fault(headers=(("A b", "c"),)), NoAnswer, BROKE),
    "base64 truncated": (f.raw(f.document(B64[: CUT + 1])), BadAnswer, NOT_BASE64),
    "base64 cut at a boundary": (f.raw(f.document(B64[:CUT])), BadAnswer, "cut short"),
    "base64 with junk": (f.raw(f.document("!" + B64[1:])), BadAnswer, NOT_BASE64),
    "cut PNG": (f.good(NOISE[:9000]), BadAnswer, "cut short"),
    "cut JPEG": (f.good(JPEG[: len(JPEG) // 2]), BadAnswer, "cut short"),
    "a text as image": (f.good(b"this is not a picture"), BadAnswer, "PNG, JPEG"),
    "bomb header": (f.good(f.bomb_png()), BadAnswer, "more than 40 megapixels"),
    "empty": (f.raw(b""), BadAnswer, "The answer was empty"),
    "HTML in a 200": (f.html(200), BadAnswer, "Something in front of the platform"),
    "HTML 502": (f.html(502), ServerTrouble, "Something in front of the platform"),
    "200 that failed": (
        f.raw('{"status": "failed", "message": "no gpu"}'),
        BadAnswer,
        'It says: "no gpu".',
    ),
    "data []": (f.raw(f.document(data=[])), BadAnswer, NO_PICTURE),
    "missing keys": (f.raw("{}"), BadAnswer, NO_PICTURE),
    "a link instead": (f.raw(f.document(data=[{"url": "http://x/"}])), BadAnswer, "a link"),
    "redirect": (f.redirect("https://example.invalid/"), BadAnswer, "never followed"),
    "inflating gzip": (f.gzipped(), BadAnswer, "larger than 40 MB"),
    "500": (f.status(500, "no gpu"), ServerTrouble, 'of its own (500). It says: "no gpu".'),
    "502": (f.status(502), ServerTrouble, "of its own (502)"),
    "503": (f.status(503, retry_after="1"), ServerTrouble, "of its own (503)"),
    "504": (f.status(504), ServerTrouble, "of its own (504)"),
}


@pytest.mark.parametrize("name", UNKNOWN)
async def test_doubt_is_one_send_one_row_and_a_card_that_outlives_a_restart(
    name: str,
    open_studio: OpenStudio,
    server: f.FaultServer,
    slept: Pauses,
    tmp_path: Path,
) -> None:
    fault, kind, says = UNKNOWN[name]
    server.script(fault)
    timeout_s = 0.3 if fault.stall_s or fault.drip_s else 5.0
    async with open_studio(timeout_s=timeout_s) as studio:
        run = await click(studio)
        row = check(run, tmp_path / "data", kind, says, RunState.UNKNOWN)
        assert row["attempts"] == server.posts == 1 and slept == []
    for owner in ("me", "somebody else"):
        async with open_studio() as studio:
            (card,) = [run for job in await studio.jobs.recent(owner) for run in job.runs]
            assert (card.id, card.state, card.request) == (run.id, RunState.UNKNOWN, run.request)
            assert str(card.error) == str(run.error) and card.cost_usd == PRICE_USD
            if owner != "me":
                await studio.jobs.dismiss(run.id)
                assert await studio.jobs.recent("me") == []
    assert server.posts == 1
    async with open_studio() as studio:
        assert await studio.jobs.recent("me") == [], "what was put away stays away"
        assert (await click(studio)).state is RunState.SAVED  # doubt is never an answer from cache
    assert server.posts == 2


async def test_a_connection_lost_before_all_was_read_counts_as_sent(
    open_studio: OpenStudio, server: f.FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    server.script(f.Fault(drop="accept", reset=True))
    async with open_studio() as studio:
        run = await click(studio)
    check(run, tmp_path / "data", NoAnswer, BROKE, RunState.UNKNOWN)
    assert (server.connections, slept) == (1, [])


# --- never sent -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["refused", "deaf", "DNS"])
async def test_no_connection_is_tried_three_times_in_all_and_costs_nothing(
    name: str, open_studio: OpenStudio, slept: Pauses, tmp_path: Path
) -> None:
    with f.deaf_port() as deaf:
        url, says = {
            "refused": (f"http://127.0.0.1:{f.closed_port()}/", "refused the connection"),
            "deaf": (f"http://127.0.0.1:{deaf}/", "not be reached within 0.2 seconds"),
            "DNS": ("https://nonexistent.invalid/", "could not be looked up"),
        }[name]
        async with open_studio(api_url=url, timeout_s=0.2 if name == "deaf" else 5) as studio:
            run = await click(studio)
    row = check(run, tmp_path / "data", Unreachable, says, RunState.FAILED)
    assert "Nothing was sent and nothing was charged" in str(run.error)
    assert (row["attempts"], row["sent"], slept) == (0, None, [1.0, 3.0])


async def test_a_connection_at_the_third_try_is_one_send(
    open_studio: OpenStudio, slept: Pauses, tmp_path: Path
) -> None:
    port = f.closed_port()
    server = f.FaultServer(port=port)

    async def opened() -> None:
        if len(slept) == 2:
            await server.__aenter__()

    slept.during = opened
    async with open_studio(api_url=f"http://127.0.0.1:{port}/api/v1") as studio:
        run = await click(studio)
    await server.__aexit__()
    assert (run.state, server.posts, slept) == (RunState.SAVED, 1, [1.0, 3.0])
    assert row_of(run, tmp_path / "data")["attempts"] == 1


async def test_a_certificate_that_nobody_vouches_for_is_never_tried_again(
    open_studio: OpenStudio, slept: Pauses, tmp_path: Path
) -> None:
    async with f.FaultServer(f.self_signed(tmp_path)) as server:
        async with open_studio(api_url=server.base_url) as studio:
            run = await click(studio)
        assert (server.posts, server.requests) == (0, [])
    row = check(run, tmp_path / "data", Untrusted, "self-signed", RunState.FAILED)
    assert (row["attempts"], slept) == (0, [])


BAD_PROMPTS = {"NUL": "a\0b", "lone surrogate": "a\ud800b", "10 MB": "x" * 10_000_000}


@pytest.mark.parametrize("name", BAD_PROMPTS)
async def test_a_prompt_that_cannot_be_sent_is_refused_before_anything_is_noted(
    name: str, open_studio: OpenStudio, server: f.FaultServer
) -> None:
    async with open_studio() as studio:
        with pytest.raises(InvalidInput) as caught:
            await click(studio, BAD_PROMPTS[name])
        assert await studio.jobs.recent("me") == []
    assert caught.value.field == "prompt" and len(str(caught.value)) < 200
    assert server.connections == 0


# --- refused: not charged, never again by itself ----------------------------------------------

REFUSED: dict[int, tuple[type[PlaygroundError], str]] = {
    400: (Refused, "could not use this request"),
    401: (KeyRejected, "Check the key in the settings"),
    402: (NoCredit, "Add credits"),
    403: (AccessDenied, "Choose another model"),
    404: (NotFound, "no such model"),
    408: (Refused, "refused the request (408)"),
    413: (Refused, "Shorten the prompt"),
    422: (Refused, "one of the values"),
}


@pytest.mark.parametrize("code", REFUSED)
async def test_a_refusal_is_one_send_and_free(
    code: int, open_studio: OpenStudio, server: f.FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    kind, says = REFUSED[code]
    server.script(f.status(code, "the platform's words"))
    async with open_studio() as studio:
        run = await click(studio)
    row = check(run, tmp_path / "data", kind, says, RunState.FAILED)
    assert "the platform's words" in str(run.error) and "Nothing was charged" in str(run.error)
    assert (row["attempts"], server.posts, slept) == (1, 1, [])


def in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


RETRY_AFTER: dict[str, tuple[Callable[[], str | None], list[float], str]] = {
    "none": (lambda: None, [5, 20], "Wait a little"),
    "0": (lambda: "0", [0, 0], "Wait a little"),
    "5": (lambda: "5", [5, 5], "Wait a little"),
    "120": (lambda: "120", [120, 120], "Wait a little"),
    "3600": (lambda: "3600", [], "It asks to wait until"),
    "a date": (lambda: in_seconds(60), [60, 60], "Wait a little"),
    "a date far away": (lambda: in_seconds(7200), [], "It asks to wait until"),
    "a date gone by": (lambda: in_seconds(-60), [0, 0], "Wait a little"),
    "rubbish": (lambda: "soon", [5, 20], "Wait a little"),
    "nan": (lambda: "nan", [5, 20], "Wait a little"),
}


@pytest.mark.parametrize("name", RETRY_AFTER)
async def test_429_is_tried_again_when_the_platform_says_so(
    name: str, open_studio: OpenStudio, server: f.FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    value, pauses, hint = RETRY_AFTER[name]
    server.script(*[f.status(429, "slow down", retry_after=value())] * 5)
    async with open_studio() as studio:
        run = await click(studio)
    row = check(run, tmp_path / "data", RateLimited, hint, RunState.FAILED)
    assert "slow down" in str(run.error)
    assert slept == pytest.approx(pauses, abs=3)
    assert row["attempts"] == server.posts == len(pauses) + 1


async def test_a_429_that_passes_is_one_image_and_two_tries(
    open_studio: OpenStudio, server: f.FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    server.script(f.status(429), f.good())
    async with open_studio() as studio:
        run = await click(studio)
    row = row_of(run, tmp_path / "data")
    assert (run.state, row["attempts"], slept) == (RunState.SAVED, 2, [5.0])
    assert server.posts == 2 and row["cost_microusd"] == 9000 and row["error_kind"] is None


# --- saved all the same -----------------------------------------------------------------------

SAVED = {
    "wrong mime": f.raw(f.document(NOISE), headers=(("Content-Type", "text/html"),)),
    "another mime": f.raw(f.document(JPEG), headers=(("Content-Type", "image/png"),)),
    "NaN timings": f.raw(f.document(NOISE, seconds=float("nan"))),
    "timings before time": f.raw(f.document(NOISE, seconds=-1)),
    "timings in words": f.raw(f.document(NOISE, seconds="fast")),
    "chunked": f.good(NOISE).framed("chunked"),
    "until close": f.good(NOISE).framed("close"),
}


@pytest.mark.parametrize("name", SAVED)
async def test_an_odd_answer_with_a_whole_image_is_an_image(
    name: str, open_studio: OpenStudio, server: f.FaultServer, tmp_path: Path
) -> None:
    server.script(SAVED[name])
    async with open_studio() as studio:
        run = await click(studio)
        assert run.record and (run.state, run.error) == (RunState.SAVED, None)
        assert (run.record.seconds is None) is ("timings" in name)
        assert await studio.gallery.image(run.id) == run.record
    row = row_of(run, tmp_path / "data")
    assert (row["state"], row["attempts"], server.posts) == ("saved", 1, 1)


async def test_text_from_right_to_left_arrives_and_comes_back(
    open_studio: OpenStudio, server: f.FaultServer
) -> None:
    prompt = "\u202e\u05d7\u05ea\u05d5\u05dc\u202c \u0642\u0637\u0629 🐈"
    async with open_studio() as studio:
        run = await click(studio, prompt)
    async with open_studio() as studio:
        record = await studio.gallery.image(run.id)
    assert record and record.request.prompt == prompt == server.requests[-1].json()["prompt"]
