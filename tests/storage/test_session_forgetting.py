"""A session that is forgotten leaves no word and nobody's id in the data folder; money stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.errors import InvalidInput, NotStored
from backend.library.query import parse_address
from backend.sessions.demos import Demos
from backend.sessions.rounds import made_variants
from backend.sessions.state import WishState
from backend.storage import journal
from backend.studio import Studio
from tests.canary.scan import files_with
from tests.http.faults import FaultServer, good, held, status
from tests.storage.clock import until
from tests.storage.conftest import FLUX, OpenStudio
from tests.storage.sessions import settled, started, wish

RARE, VISITOR = "quizzaxolotl", "a1b2" * 8
# Without its beginning: of that the index of words has only what another word before has not.
WORD = RARE[4:]


def traces(data: Path) -> list[Path]:
    return [path for text in (WORD, VISITOR) for path in files_with(data, text)]


async def images(studio: Studio, group: str) -> int:
    live = await studio.gallery.images(query=parse_address(f"experiment={group}"))
    return live.total or 0


def recorded(data: Path, session_id: str) -> Path:
    """Keep what counts of a recording."""
    folder = data / "demos" / f"of-{session_id[:6]}"
    (folder / "images").mkdir(parents=True)
    head = json.dumps({"demo": 1, "title": RARE, "session": session_id})
    (folder / "session.jsonl").write_text(f'{head}\n[0, "wish", {{"text": "a {RARE}"}}]\n')
    return folder


async def lived(studio: Studio, server: FaultServer, data: Path) -> str:
    """Let a session be all that one can be, and return its id."""
    live = await started(studio)
    one = await wish(live, VISITOR, f"a {RARE} by the sea")
    await live.desk.approve(one)
    await settled(live)
    await live.desk.show(one)
    assert live.rounds is not None
    await live.rounds.vary(one, "seeds", count=2)
    await settled(live)
    await live.desk.start_round(made_variants(live.session))
    now = live.session.round
    assert now is not None
    await live.room.vote(VISITOR, now.id, 1)
    await live.desk.close_round()
    server.script(status(400, f"No {RARE}, please."), status(500))
    for number in range(2):
        other = f"{number}c" * 16
        await live.desk.approve(await wish(live, other, f"refused {RARE} {number}"))
        await settled(live)
    back = await wish(live, "d" * 32, f"taken back {RARE}")
    await live.desk.approve(back)
    await settled(live)
    await live.room.take_back("d" * 32, back)
    await wish(live, "e" * 32, f"never read {RARE}")
    for picture in (w.picture for w in live.session.wishes.values()):
        assert picture is None or await studio.gallery.thumbnail(picture.image)
    recorded(data, live.session.id)
    return live.session.id


async def test_no_byte_of_the_folder_has_a_forgotten_sessions_words_and_the_money_stays(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    async with open_studio() as studio:
        own = await studio.submit(studio.prepare(FLUX, {"prompt": "mine", "seed": 1}, 1))
        await own.wait()
        group = await lived(studio, server, data)
        usage, found = await studio.jobs.usage(), await studio.runs.page()
        assert usage.requests_today == 7 and await images(studio, group) == 3
        assert {path.suffix for path in traces(data)} > {".jsonl", ".png"}
        other = recorded(data, "f" * 32)
        (other / "session.jsonl").write_text('{"demo": 1, "session": "x"}\n')
        await studio.sessions.forget(group)
        assert studio.sessions.live is None and await studio.sessions.kept() == []
        assert traces(data) == []
        assert await studio.jobs.usage() == usage
        assert (await studio.runs.page()).total == found.total
        assert other.exists()
        (record,) = (await studio.gallery.images()).images
        assert record.request.prompt == "mine"
        await studio.sessions.forget(group)
    assert traces(data) == []
    async with open_studio() as studio:
        assert studio.sessions.live is None and await studio.jobs.usage() == usage


async def test_the_next_group_comes_with_the_one_before_kept_or_forgotten(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        live = await started(studio, title="Open day", images=7)
        first = await wish(live, VISITOR, f"a {RARE}")
        await live.desk.approve(first)
        await settled(live)
        kept = live.session.id
        second = await studio.sessions.next()
        assert second.session.plan == live.session.plan and second.session.visitors == {}
        assert [one.id for one in await studio.sessions.kept()] == [second.session.id, kept]
        assert await images(studio, kept) == 1
        third = await studio.sessions.next(keep=False)
        assert [one.id for one in await studio.sessions.kept()] == [third.session.id, kept]
        assert studio.sessions.live is third
        await studio.sessions.forget(kept)
        assert studio.sessions.live is third and traces(tmp_path / "data") == []


async def test_what_is_under_way_is_received_before_it_is_forgotten_and_no_more_is_sent(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    import asyncio

    async with open_studio() as studio:
        live = await started(studio, approve=False)
        server.script(held(good()))
        await wish(live, VISITOR, f"a {RARE}")
        await until(lambda: server.posts == 1)
        forgetting = asyncio.create_task(studio.sessions.forget(live.session.id))
        await until(lambda: bool(live.book.session.ended))
        server.release()
        await forgetting
        assert server.posts == 1 and traces(tmp_path / "data") == []
        assert (await studio.jobs.usage()).requests_today == 1


async def test_what_waits_for_the_minute_is_not_sent_once_the_session_has_ended(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    from backend.types import Limits

    async with open_studio(limits=Limits(requests_per_minute=1)) as studio:
        live = await started(studio)
        await live.desk.add("one")
        await until(lambda: server.posts == 1)
        second = await live.desk.add("two")
        await until(lambda: live.session.wishes[second.id].state is WishState.SENT)
        await studio.sessions.end()
        assert server.posts == 1
        await until(lambda: live.session.wishes[second.id].state is WishState.FAILED)
        assert server.posts == 1


async def test_a_session_that_cannot_be_forgotten_whole_is_there_to_do_it_once_more(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_studio() as studio:
        group = await lived(studio, server, tmp_path / "data")

        def refuse(*_: object) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as broken:
            broken.setattr(Demos, "forget", refuse)
            with pytest.raises(NotStored, match="Not all could be forgotten"):
                await studio.sessions.forget(group)
        assert [one.id for one in await studio.sessions.kept()] == [group]
        await studio.sessions.forget(group)
        assert traces(tmp_path / "data") == []


async def test_what_the_disk_did_not_take_in_time_does_not_bring_a_forgotten_session_back(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_studio() as studio:
        live = await started(studio)

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as broken:
            broken.setattr(journal, "add", full)
            await wish(live, VISITOR, f"a {RARE}")
            await studio.sessions.forget(live.session.id)
        await live.book.close()
        assert traces(tmp_path / "data") == [] and await studio.sessions.kept() == []


async def test_a_deleted_session_is_off_the_list_and_its_images_stay(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        await live.desk.add("a red fox")
        await settled(live)
        group = live.session.id
        with pytest.raises(InvalidInput, match="under way"):
            await studio.sessions.delete(group)
        await studio.sessions.end()
        await studio.sessions.delete(group)
        assert studio.sessions.live is None and await studio.sessions.find(group) is None
        assert await images(studio, group) == 1


async def test_visitors_runs_are_nobodys_own_at_the_presenters_door(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        server.script(good(), status(500))
        for text in ("made", "in doubt"):
            await live.desk.approve(await wish(live, VISITOR, text))
            await settled(live)
        presenter = "9" * 32
        seen = [
            run.request.prompt for job in await studio.jobs.recent(presenter) for run in job.runs
        ]
        assert seen == ["in doubt"], "it may be paid, so the presenter is told"
        assert await studio.jobs.live(presenter) == []
        assert await studio.gallery.prompts("", 9) == []
