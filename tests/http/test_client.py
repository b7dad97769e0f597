"""What comes of a paid call, over real sockets: images, and answers without one."""

from __future__ import annotations

import asyncio
import gzip
import importlib.abc
import json
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from backend.errors import (
    BadAnswer,
    NoAnswer,
)
from backend.types import GenerationRequest, RawImage
from backend.wire.spool import Spool
from tests.http import faults as f
from tests.http.calls import CALL, JPEG, KEY, PNG, PROVIDER, WEBP, api, left_over, outcome

NAN_TIMES = [float("nan"), -1, "fast", None, True, {}, 10**400, float("inf")]

# --- answers that hold an image ---------------------------------------------------------------


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("image", [PNG, JPEG, WEBP, f.png(256, 256, noise=True)])
async def test_a_whole_image_arrives_and_is_spooled_as_it_came(
    image: bytes, framing: str, spool: Path
) -> None:
    body = f.document(image)
    async with f.FaultServer() as server:
        server.script(f.raw(body, framing=framing))
        answer = await api(server).send(CALL, spool)
        assert await answer.synced
        assert server.posts == 1
    assert PROVIDER.parse(answer.body) == RawImage(image, 1.25)
    assert answer.spool == spool and spool.read_bytes() == answer.body == body
    assert spool.stat().st_mode & 0o777 == 0o600
    await answer.discard()
    assert left_over(spool) == []


async def test_the_request_is_the_call_with_the_key_in_its_header_alone(spool: Path) -> None:
    async with f.FaultServer() as server:
        await outcome(api(server), spool)
        (request,) = server.requests
    assert request.json() == CALL.json
    assert request.path == "/api/v1/images/generation"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["connection"] == "close"
    assert request.headers["user-agent"].startswith("sentry-block-playground/")
    assert KEY.encode() not in request.body


@pytest.mark.parametrize("seconds", NAN_TIMES, ids=repr)
async def test_a_senseless_time_costs_the_time_and_not_the_image(
    seconds: object, spool: Path
) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(f.document(PNG, seconds=seconds)))
        assert await outcome(api(server), spool) == RawImage(PNG, None)


@pytest.mark.parametrize("mime", ["text/html", "image/png", "nonsense", ""])
async def test_a_wrong_mime_type_does_not_cost_the_image(mime: str, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(f.document(PNG), headers=(("Content-Type", mime),)))
        assert (await outcome(api(server), spool)).data == PNG


async def test_a_small_gzip_answer_is_unpacked_although_nobody_asked_for_it(spool: Path) -> None:
    packed = f.Fault(gzip.compress(f.document(PNG)), headers=(("Content-Encoding", "gzip"),))
    async with f.FaultServer() as server:
        server.script(packed)
        assert (await outcome(api(server), spool)).data == PNG


async def test_a_bomb_header_is_passed_on_for_the_image_gate_to_refuse(spool: Path) -> None:
    bomb = f.bomb_png()
    async with f.FaultServer() as server:
        server.script(f.good(bomb))
        assert (await outcome(api(server), spool)).data == bomb


async def test_a_huge_prompt_with_odd_characters_arrives_as_it_was(spool: Path) -> None:
    prompt = "\0\ud800\u202eabc\u05d0🐱" + "x" * 10_000_000
    call = PROVIDER.build(GenerationRequest("m", prompt))
    async with f.FaultServer() as server:
        answer = await api(server).send(call, spool)
        await answer.synced
        assert json.loads(server.bodies[0])["prompt"] == prompt


# --- answers without one ----------------------------------------------------------------------

WHOLE = f.document(f.png(96, 96, noise=True))
CUT = WHOLE[: len(WHOLE) // 2]
B64 = json.loads(WHOLE)["data"][0]["b64_json"]
UNREADABLE = {
    "empty": f.raw(b""),
    "truncated json": f.raw(CUT),
    "truncated json, close": f.raw(CUT, framing="close"),
    "junk base64": f.raw(f.document("!" + B64[1:])),
    "base64 cut at a boundary": f.raw(f.document(B64[: len(B64) // 8 * 4])),
    "base64 cut off a boundary": f.raw(f.document(B64[: len(B64) // 8 * 4 + 1])),
    "cut png": f.good(f.png(96, 96, noise=True)[:9000]),
    "cut jpeg": f.good(JPEG[: len(JPEG) // 2]),
    "cut webp": f.good(WEBP[: len(WEBP) // 2]),
    "no data": f.raw(f.document(data=[])),
    "missing keys": f.raw("{}"),
    "failed in a 200": f.raw('{"status": "failed", "message": "no gpu"}'),
    "html in a 200": f.html(200),
    "10 MB of [": f.raw(b"[" * 10_000_000),
    "204": f.raw(b"", 204, framing="close"),
    "inflating gzip": f.gzipped(),
    "broken gzip": f.Fault(b"not gzip", headers=(("Content-Encoding", "gzip"),)),
    "unknown packing": f.Fault(b"x", headers=(("Content-Encoding", "br"),)),
    "redirect": f.redirect("https://example.invalid/"),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_an_answer_without_an_image_may_have_been_charged(name: str, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(UNREADABLE[name])
        with pytest.raises(BadAnswer) as caught:
            await outcome(api(server), spool)
        assert server.posts == server.connections == 1
    assert caught.value.maybe_charged
    assert "may have been charged" in caught.value.hint
    assert not spool.with_name(spool.name + ".part").exists()


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
async def test_an_answer_above_the_cap_is_given_up(framing: str, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(b"x" * 500_000, framing=framing))
        with pytest.raises(BadAnswer, match=r"larger than 0\.1 MB"):
            await outcome(api(server, max_body_bytes=100_000), spool)
        assert server.posts == 1
    assert left_over(spool) == []


async def test_an_answer_that_says_it_is_too_large_is_not_waited_for(spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(b"x" * 500_000, drip_s=0.05))
        with pytest.raises(BadAnswer, match="larger than"):
            await outcome(api(server, max_body_bytes=100_000, deadline_s=1), spool)


async def test_a_gzip_bomb_takes_no_more_memory_than_the_cap(spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.gzipped())
        tracemalloc.start()
        try:
            with pytest.raises(BadAnswer, match="larger than 1 MB"):
                await outcome(api(server, max_body_bytes=1_000_000), spool)
            assert tracemalloc.get_traced_memory()[1] < 8_000_000
        finally:
            tracemalloc.stop()
    assert left_over(spool) == []


async def test_a_gzip_without_its_end_is_cut_short(spool: Path) -> None:
    packed = gzip.compress(f.document(PNG))[:-20]
    async with f.FaultServer() as server:
        server.script(f.Fault(packed, headers=(("Content-Encoding", "gzip"),)))
        with pytest.raises(BadAnswer, match="cut short"):
            await outcome(api(server), spool)
    assert left_over(spool) == []


LOST = {
    "cut on accept": (f.Fault(drop="accept"), 0),
    "reset on accept": (f.Fault(drop="accept", reset=True), 0),
    "cut before headers": (f.Fault(drop="headers"), 1),
    "reset before headers": (f.Fault(drop="headers", reset=True), 1),
    "cut mid-body": (f.cut_mid_body(), 1),
    "cut mid-body, chunked": (f.cut_mid_body("chunked"), 1),
    "reset mid-body": (f.cut_mid_body(reset=True), 1),
    "reset mid-body, no length": (f.cut_mid_body("close", reset=True), 1),
    "not http": (f.Fault(headers=(("A b", "c"),)), 1),
    "endless headers": (f.Fault(headers=(("A", "x" * 300_000),)), 1),
    "header stall": (f.header_stall(), 1),
    "dripped": (f.dripped(), 1),
    "dripped, chunked": (f.dripped().framed("chunked"), 1),
}


@pytest.mark.parametrize("name", LOST)
async def test_a_lost_answer_may_have_been_charged_and_is_not_asked_for_again(
    name: str, spool: Path
) -> None:
    fault, posts = LOST[name]
    deadline_s = 0.3 if fault.stall_s or fault.drip_s else 20.0
    async with f.FaultServer() as server:
        server.script(fault)
        started = time.perf_counter()
        with pytest.raises(NoAnswer) as caught:
            await outcome(api(server, deadline_s=deadline_s), spool)
        assert time.perf_counter() - started < 10
        await asyncio.sleep(0.02)
        assert server.posts == posts
        assert server.connections == 1
    assert caught.value.maybe_charged
    assert left_over(spool) == []


# --- how little an answer costs ---------------------------------------------------------------


class Sought(importlib.abc.MetaPathFinder):
    """Notes which modules are looked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, *_: object) -> None:
        self.names.append(name)


async def test_a_call_looks_for_no_module(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sought = Sought()
    async with f.FaultServer() as server:
        server.script(f.good(), f.good())
        await (await api(server).send(CALL, spool)).discard()
        monkeypatch.setattr(sys, "meta_path", [sought, *sys.meta_path])
        await (await api(server).send(CALL, spool)).discard()
    assert sought.names == []


async def test_a_large_answer_comes_in_few_pieces(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, write = [], Spool.write
    monkeypatch.setattr(Spool, "write", lambda self, p: (sizes.append(len(p)), write(self, p)))
    async with f.FaultServer() as server:
        server.script(f.raw(f.document(f.png(1024, 1024, noise=True))))
        answer = await api(server).send(CALL, spool)
    assert sum(sizes) == len(answer.body) > 2_000_000
    assert statistics.median(sizes) > 65_536
