"""A session is kept, played again and stands in for the platform: the same show, sent nowhere."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import InvalidInput, NotStored
from backend.library.query import ImageQuery
from backend.sessions.live import Live
from backend.sessions.state import Door, Session, WishState
from backend.studio import Studio
from tests.http.faults import FaultServer, good, held, png, status
from tests.phones import phone_json
from tests.storage.clock import until
from tests.storage.conftest import FLUX, KEY, OpenStudio, Pauses
from ui.present.sessions import desk_json, stage_json

PLAN = {"title": "Open day", "model": FLUX, "images": 40, "per_visitor": 9}
ANNA, BEN = "a" * 32, "b" * 32
TYPED = "ak_typed-by-somebody-0123456789"
NOWHERE = "http://127.0.0.1:9/api/v1"


async def started(studio: Studio, **plan: Any) -> Live:
    live = await studio.sessions.start(PLAN | plan)
    await live.desk.open()
    return live


async def wish(live: Live, visitor: str, text: str) -> str:
    await live.room.join(visitor)
    return (await live.room.wish(visitor, secrets.token_hex(16), text)).id


async def made(live: Live, visitor: str, text: str) -> str:
    """Return a wish of which there is a picture, shown to the room."""
    one = await wish(live, visitor, text)
    await live.desk.approve(one)
    await until(lambda: live.session.wishes[one].state is WishState.MADE)
    await live.desk.show(one)
    return one


async def evening(studio: Studio) -> Live:
    """Return a session that has ended: two pictures, a vote, a failure, words left out."""
    live = await started(studio)
    fox, owl = await made(live, ANNA, "a red fox"), await made(live, BEN, "an owl")
    await live.desk.start_round([fox, owl])
    now = live.book.session.round
    assert now is not None
    await live.room.vote(ANNA, now.id, 1)
    await live.room.vote(BEN, now.id, 1)
    await live.desk.close_round()
    await live.desk.scene(black=True)
    await studio.sessions.end()
    return live


async def playing(studio: Studio) -> tuple[Live, str]:
    """Keep an evening and play it; return what is played, and its name."""
    await evening(studio)
    name = await studio.rehearsals.keep()
    await studio.rehearsals.play(name, {})
    played = studio.sessions.live
    assert played is not None
    return played, name


def folder(studio: Studio) -> Path:
    return studio.account.settings.data_dir / "demos"


def plain(session: Session) -> Session:
    """Return a session without ids, moments, and what marks it as recorded."""
    ids = {one: f"w{n}" for n, one in enumerate(session.wishes)}
    visitors = {one: f"v{n}" for n, one in enumerate(session.visitors)} | {"": ""}
    rounds = tuple(
        replace(
            one,
            id="",
            options=tuple(ids[option] for option in one.options),
            votes={visitors[voter]: option for voter, option in one.votes.items()},
        )
        for one in session.rounds
    )
    wishes = {
        ids[one.id]: replace(
            one,
            id="",
            visitor=visitors[one.visitor],
            at=0,
            sent_at=0,
            token="",
            recorded=False,
            used=0,
            picture=one.picture and replace(one.picture, image="", recorded_on=""),
        )
        for one in session.wishes.values()
    }
    return replace(
        session,
        id="",
        started=0,
        ended=bool(session.ended),
        version=0,
        recorded_on="",
        scene=replace(session.scene, wish=ids.get(session.scene.wish or "")),
        visitors={visitors[one.id]: replace(one, id="") for one in session.visitors.values()},
        wishes=wishes,
        rounds=rounds,
    )


def every_byte(at: Path) -> bytes:
    """Return the names and contents of all files of a folder."""
    return b"".join(
        str(p).encode() + (p.read_bytes() if p.is_file() else b"") for p in at.rglob("*")
    )


async def test_what_is_played_ends_as_the_session_ended(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(good(png(64, 64, colour=0xAA0000)), good(png(80, 64, colour=0x0000AA)))
    async with open_studio() as studio:
        live = await evening(studio)
        assert await studio.rehearsals.keep() == "open-day"
        (listed,) = await studio.rehearsals.all()
        assert (listed.demo.title, listed.missing) == ("Open day", ())
        assert len(listed.demo.digests) == 2
        sent = server.posts
        await studio.rehearsals.play("open-day", {})
        played = studio.sessions.live
        assert played is not None and played is not live
        await until(lambda: played.session.door is Door.ENDED)
        assert plain(played.session) == plain(live.session)
        assert played.session.spent_usd == 0 and played.session.used == 0
        assert server.posts == sent
        for one in played.session.wishes.values():
            assert one.recorded and one.picture is not None
            small = await studio.rehearsals.pictures.picture_bytes(one.picture, 32)
            assert small is not None and small[8:12] == b"WEBP"


async def test_a_recording_holds_nothing_that_is_anybodys(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        code = live.desk.codes.now
        await made(live, ANNA, "a red fox")
        await live.desk.refuse(await wish(live, ANNA, "refused words"))
        taken = await made(live, BEN, "taken back words")
        await live.room.take_back(BEN, taken)
        await made(live, BEN, f"my key is {TYPED}")
        server.script(status(400, "the platform's own words"))
        failed = await wish(live, ANNA, "a failure")
        await live.desk.approve(failed)
        await until(lambda: live.session.wishes[failed].state is WishState.FAILED)
        await wish(live, ANNA, "replaced words")
        waits = await wish(live, ANNA, "unapproved words")
        name = await studio.rehearsals.keep(name="Über / alles?")
        assert name == "uber-alles"
        found = every_byte(folder(studio))
        assert b"a red fox" in found and b"a failure" in found
        own = await studio.sessions.events(live.session.id)
        tokens = {str(event.data.get("token", waits)) for event in own}
        secret = (KEY, TYPED, server.base_url, "127.0.0.1", ANNA, BEN, code, waits, *tokens)
        words = ("refused words", "taken back", "replaced", "unapproved", "platform's own")
        assert [one for one in (*secret, *words) if one.encode() in found] == []
        header = json.loads((folder(studio) / name / "session.jsonl").read_text().split("\n")[0])
        assert list(header) == [
            *("demo", "title", "recorded", "model", "provider", "program", "session")
        ]


async def test_every_state_of_a_recording_is_marked_on_every_page(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        played, name = await playing(studio)
        await played.room.join("c" * 32)
        seen = 0
        while True:
            session = played.session
            pages: list[dict[str, Any]] = [
                desk_json(session, code="", addresses=(), here=0),
                stage_json(session, code="", addresses=(), here=0),
                phone_json(session, "c" * 32),
            ]
            for page in pages:
                json.dumps(page)
                mark = page.get("recorded_on", page["recorded"])
                assert page["recorded"] and mark.startswith("Recorded ")
                assert "shortened" not in mark
            for shown in pages[1]["wall"]:
                assert shown["price_usd"] == 0 and shown["was_usd"] == 0.009
                assert shown["recorded_on"] and shown["image_url"].startswith(f"/api/demos/{name}/")
            seen += 1
            if session.ended:
                break
            await played.book.later_than(session.version)
        assert seen > 10 and phone_json(session, "c" * 32)["name"] == "Badger"


async def test_nobody_changes_a_recording_but_its_scene_and_its_pause(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await evening(studio)
        name = await studio.rehearsals.keep()
        await studio.rehearsals.play(name, {})
        played = studio.sessions.live
        assert played is not None and played is not live
        await played.desk.pause()
        for deed in (
            lambda: played.desk.add("one more"),
            lambda: played.desk.trust(3),
            lambda: played.desk.open(),
            studio.rehearsals.rehearse,
            studio.rehearsals.keep,
        ):
            with pytest.raises(InvalidInput, match="This is a recording"):
                await deed()
        await played.room.join(ANNA)
        with pytest.raises(InvalidInput):
            await played.room.wish(ANNA, "1" * 32, "a cat")
        await played.desk.scene(black=True)
        for _ in range(50):
            await asyncio.sleep(0)
        assert played.session.wishes == {} and played.session.scene.black
        await played.desk.pause(paused=False)
        await until(lambda: played.session.ended)
        assert len(played.session.wishes) == 2


async def test_what_was_played_to_its_end_is_put_away(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        played, _ = await playing(studio)
        await until(lambda: played.session.door is Door.ENDED)
        await studio.rehearsals.stop()
        assert studio.sessions.live is None and studio.rehearsals.playing == ""


async def test_the_session_under_way_rests_while_a_recording_is_played(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await evening(studio)
        name = await studio.rehearsals.keep()
        live = await started(studio)
        waits = await wish(live, ANNA, "it waits")
        await studio.rehearsals.play(name, {})
        assert studio.rehearsals.playing == name and live.session.paused
        await studio.rehearsals.stop()
        assert studio.sessions.live is live and studio.rehearsals.playing == ""
        assert not live.session.ended and "played" in live.session.why
        await live.desk.pause(paused=False)
        await live.desk.approve(waits)
        await until(lambda: live.session.wishes[waits].state is WishState.MADE)
        await studio.rehearsals.play(name, {})
        another = await studio.sessions.start(PLAN)
        assert live.session.ended and studio.sessions.live is another


async def test_what_was_rehearsed_is_answered_in_its_time_while_the_platform_is_away(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses
) -> None:
    server.script(good(delay_s=0.4))
    async with open_studio() as studio:
        await made(await started(studio), ANNA, "a red fox")
        await studio.rehearsals.keep(name="Rehearsal")
        (rehearsal,) = await studio.rehearsals.all()
        waited = _waited(rehearsal.demo.timed)
        await studio.sessions.end()
    sent = server.posts
    async with open_studio(api_url=NOWHERE) as studio:
        live = await started(studio)
        await live.desk.approve(await wish(live, BEN, "an owl"))
        await until(lambda: live.session.paused)
        await studio.rehearsals.rehearse()
        (owl,) = live.session.wishes.values()
        fox = await wish(live, ANNA, "A  RED fox")
        slept.clear()
        await live.desk.approve(fox)
        await until(lambda: live.session.wishes[fox].state is WishState.MADE)
        found = live.session.wishes[fox]
        assert found.recorded and found.picture and found.picture.recorded_on
        assert slept == [pytest.approx(waited, rel=0.1)] and waited >= 0.4
        assert live.session.wishes[owl.id].state is WishState.APPROVED
        desk = desk_json(live.session, code="", addresses=(), here=0)
        assert "network is back" in desk["wishes"][0]["why"] and desk["recorded_on"]
        assert (live.session.used, live.session.spent_usd) == (0, Decimal(0))
        assert not live.session.paused
        await studio.rehearsals.rehearse(False)
        await until(lambda: live.session.paused)
        assert not stage_json(live.session, code="", addresses=(), here=0)["recorded"]
    assert server.posts == sent


async def test_a_wish_that_the_platform_leaves_unanswered_is_answered_by_the_rehearsal(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await made(await started(studio), ANNA, "a red fox")
        await studio.rehearsals.keep()
        server.script(held(good()))
        live = await started(studio)
        fox = await wish(live, BEN, "a red fox")
        await live.desk.approve(fox)
        await until(lambda: server.posts == 2)
        await studio.rehearsals.rehearse(True)
        owl = await wish(live, ANNA, "an owl")
        await live.desk.approve(owl)
        await until(lambda: live.session.wishes[fox].state is WishState.MADE)
        recorded = live.session.wishes[fox].picture
        server.release()
        await until(lambda: _one(studio, live))
        assert live.session.wishes[fox].picture == recorded
        assert server.posts == 2 and live.session.wishes[owl].state is WishState.APPROVED
        await studio.rehearsals.rehearse(False)
        await until(lambda: live.session.wishes[owl].state is WishState.MADE)
        assert server.posts == 3 and not live.session.wishes[owl].recorded


async def test_what_was_recorded_twice_keeps_its_first_day(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await made(await started(studio), ANNA, "a red fox")
        first = folder(studio) / await studio.rehearsals.keep() / "session.jsonl"
        head, *lines = first.read_text().splitlines()
        head = json.dumps(json.loads(head) | {"recorded": "2025-01-31"})
        first.write_text("\n".join([head, *lines]))
        live = await started(studio)
        await studio.rehearsals.rehearse(True, "open-day")
        await made(live, BEN, "a red fox")
        assert await studio.rehearsals.keep() == "open-day-2"
        again = next(one for one in await studio.rehearsals.all() if one.demo.name == "open-day-2")
        assert again.missing == () and again.demo.recorded_on > "2026"
        (fox,) = again.demo.wishes
        assert fox.picture is not None and fox.picture.recorded_on == "2025-01-31"


async def test_a_rehearsal_never_stands_in_by_itself_after_a_restart(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses
) -> None:
    forever = asyncio.Event()
    async with open_studio() as studio:
        await made(await started(studio), ANNA, "a red fox")
        await studio.rehearsals.keep()
        live = await started(studio)
        await studio.rehearsals.rehearse()
        slept.during = forever.wait
        fox = await wish(live, BEN, "a red fox")
        await live.desk.approve(fox)
        await until(lambda: live.session.wishes[fox].state is WishState.SENT)
    async with open_studio() as studio:
        again = studio.sessions.live
        assert again is not None and not again.session.rehearsed
        assert again.session.wishes[fox].state is WishState.APPROVED and again.session.paused
    assert server.posts == 1


async def test_a_picture_that_is_missing_is_a_grey_field_and_the_desk_says_which(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(good(png(64, 64, colour=0xAA0000)), good(png(80, 64, colour=0x0000AA)))
    async with open_studio() as studio:
        await evening(studio)
        name = await studio.rehearsals.keep()
        first, second = sorted((folder(studio) / name / "images").iterdir())
        first.unlink()
        second.write_bytes(second.read_bytes() + b"x")
        (listed,) = await studio.rehearsals.all()
        assert len(listed.missing) == 2
        await studio.rehearsals.play(name, {})
        played = studio.sessions.live
        assert played is not None
        assert "“a red fox”" in played.book.trouble and "“an owl”" in played.book.trouble
        await until(lambda: played.session.ended)
        for one in played.session.wishes.values():
            assert one.text and one.picture is not None
            grey = await studio.rehearsals.pictures.picture_bytes(one.picture)
            assert grey is not None and grey[8:12] == b"WEBP"


async def test_a_file_that_was_cut_or_written_in_is_played_as_far_as_it_goes(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await evening(studio)
        name = await studio.rehearsals.keep()
        path = folder(studio) / name / "session.jsonl"
        head, *lines = path.read_text().splitlines()
        odd = ["# a comment", '[5, "unknown", {}]', '[-900, "mark", {}]', "nonsense"]
        path.write_text("\n".join([head, *odd, *lines[:-3], *odd, lines[-3], lines[-2][:9]]))
        (listed,) = await studio.rehearsals.all()
        kinds = [event.kind for _, event in listed.demo.timed]
        assert kinds[0] == "plan" and "ended" not in kinds and len(kinds) == len(lines) - 2
        times = [at for at, _ in listed.demo.timed]
        assert times == sorted(times)
        path.write_text("\n".join(lines))
        assert await studio.rehearsals.all() == []
        with pytest.raises(InvalidInput, match="not there"):
            await studio.rehearsals.play(name, {})


async def test_a_full_disk_keeps_nothing_rather_than_a_half(
    open_studio: OpenStudio, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backend.sessions import demos

    whole = demos.write_durably

    def full(path: Path, data: bytes) -> None:
        if path.name == "session.jsonl":
            raise OSError(28, "No space left on device")
        whole(path, data)

    async with open_studio() as studio:
        await evening(studio)
        monkeypatch.setattr(demos, "write_durably", full)
        with pytest.raises(NotStored, match="cannot take the recording"):
            await studio.rehearsals.keep()
        assert list(folder(studio).iterdir()) == []


async def test_recordings_of_one_name_stand_beside_each_other_until_they_are_deleted(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await evening(studio)
        assert await studio.rehearsals.keep() == "open-day"
        assert await studio.rehearsals.keep() == "open-day-2"
        await evening(studio)
        assert await studio.rehearsals.keep(name="CON") == "rehearsal-con"
        assert await studio.rehearsals.keep(name="日本") == "rehearsal"
        for one in ("rehearsal", "open-day", "open-day-2"):
            await studio.rehearsals.delete(one)
        assert [path.name for path in folder(studio).iterdir()] == ["rehearsal-con"]
        for nowhere in ("rehearsal", "../sessions", ""):
            with pytest.raises(InvalidInput):
                await studio.rehearsals.delete(nowhere)


def _waited(timed: Any) -> float:
    times: Iterator[float] = (at for at, event in timed if event.kind in ("sent", "landed"))
    sent, landed = times
    return (landed - sent) / 1000


async def _one(studio: Studio, live: Live) -> bool:
    page = await studio.gallery.images(query=ImageQuery(experiment=live.session.id))
    return page.total == 1
