"""A demo session's wishes are made in turns, within its cap, paid once, whatever comes between."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import Any

import pytest

from backend.errors import InvalidInput
from backend.sessions.doorway import Address
from backend.sessions.sessions import Live
from backend.sessions.state import Door, WishState
from backend.studio import Studio
from tests.http.faults import FaultServer, good, held, status
from tests.storage.clock import until
from tests.storage.conftest import FLUX, OpenStudio
from tests.storage.sessions import settled, started, wish


def states(live: Live) -> Counter[WishState]:
    return Counter(one.state for one in live.session.wishes.values())


async def test_a_wish_costs_nothing_until_it_is_approved(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        first = await wish(live, "a" * 32)
        assert server.posts == 0
        await live.desk.approve(first)
        await live.desk.approve(first)
        await settled(live)
        made = live.session.wishes[first]
        assert made.state is WishState.MADE and made.picture and not made.shown
        assert server.posts == 1
        (image,) = await studio.gallery.records([made.picture.image])
        assert image.experiment == live.session.id
        assert await studio.gallery.prompts("", 10) == []


async def test_nothing_beyond_the_cap_is_sent_whatever_cookies_are_thrown_away(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(*[held(good())] * 5)  # so that others wait, however fast this machine is
    async with open_studio() as studio:
        live = await started(studio, images=5, approve=False)
        said = []
        for number in range(60):
            try:
                await wish(live, f"{number:032x}", f"a fox, number {number}")
            except InvalidInput as error:
                said.append(error.message)
        server.release()
        await settled(live)
        assert server.posts == 5 and states(live)[WishState.MADE] == 5
        with pytest.raises(InvalidInput, match="No more images in this session"):
            await wish(live, "f" * 32)
        assert set(said) <= {"No more images in this session."}
        (own,) = await (await studio.submit(studio.prepare(FLUX, {"prompt": "mine"}, 1))).wait()
        assert own.record is not None and server.posts == 6
        waiting = states(live)[WishState.APPROVED]
        assert waiting
        await live.desk.raise_images(1)
        await until(lambda: states(live)[WishState.MADE] == 6)
        assert states(live)[WishState.APPROVED] == waiting - 1


async def test_who_was_served_least_comes_next_and_the_presenters_own_first(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        await live.desk.pause()
        eager, late = "a" * 32, "b" * 32
        await live.desk.pause(paused=False)
        await live.desk.approve(await wish(live, eager, "eager 1"))
        await settled(live)
        await live.desk.pause()
        waiting = [await wish_while_paused(live, eager, "eager 2", studio)]
        waiting.append(await wish_while_paused(live, late, "late 1", studio))
        for one in waiting:
            await live.desk.approve(one)
        await live.desk.add("by hand")
        server.script(*(good(delay_s=0.02) for _ in range(3)))
        await live.desk.pause(paused=False)
        await settled(live)
        sent = sorted(live.session.wishes.values(), key=lambda w: (w.sent_at, w.number))
        assert sent[0].text == "eager 1"
        assert sent[1].text == "by hand" or sent[1].sent_at == sent[2].sent_at


async def wish_while_paused(live: Live, visitor: str, text: str, studio: Studio) -> str:
    """Return a wish that arrived before the pause, as the line has it."""
    await live.desk.pause(paused=False)
    one = await wish(live, visitor, text)
    await live.desk.pause()
    return one


async def test_a_key_that_is_refused_lets_the_session_rest_and_loses_no_wish(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        server.script(status(401))
        one = await wish(live, "a" * 32)
        await live.desk.approve(one)
        await until(lambda: live.session.paused)
        assert "key" in live.session.why
        assert live.session.wishes[one].state is WishState.APPROVED
        await live.desk.pause(paused=False)
        await settled(live)
        assert live.session.wishes[one].state is WishState.MADE and server.posts == 2


async def test_what_is_in_doubt_counts_as_used_and_is_not_sent_again(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio, images=1)
        server.script(status(500))
        await live.desk.approve(await wish(live, "a" * 32))
        await until(lambda: states(live)[WishState.DOUBT])
        assert live.session.left == 0 and server.posts == 1
        (one,) = live.session.wishes.values()
        await live.desk.again(one.id)
        await asyncio.sleep(0)
        assert server.posts == 1, "the session's one image may be paid"


async def test_after_a_restart_all_is_there_resting_and_nothing_is_sent_again(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        made = await wish(live, "a" * 32, "made")
        await live.desk.approve(made)
        await settled(live)
        waits = await wish(live, "b" * 32, "waits")
        server.script(held(good()))
        under_way = await wish(live, "c" * 32, "under way")
        await live.desk.approve(under_way)
        await until(lambda: server.posts == 2)
        closing = asyncio.get_running_loop().call_later(0.2, server.release)
    closing.cancel()
    async with open_studio() as studio:
        again = studio.sessions.live
        assert again is not None
        session = again.session
        assert session.paused and session.door is Door.CLOSED and session.why
        assert session.wishes[made].state is WishState.MADE
        assert session.wishes[waits].state is WishState.WAITING
        assert session.wishes[under_way].state is WishState.MADE
        assert set(session.visitors) == {"a" * 32, "b" * 32, "c" * 32}
        assert server.posts == 2


async def test_what_is_taken_back_is_gone_from_the_session_and_its_image_from_the_gallery(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        one = await wish(live, "a" * 32, "a secret garden")
        await live.desk.approve(one)
        await settled(live)
        picture = live.session.wishes[one].picture
        assert picture is not None
        await live.desk.show(one)
        with pytest.raises(InvalidInput):
            await live.room.take_back("b" * 32, one)
        await live.room.take_back("a" * 32, one)
        gone = live.session.wishes[one]
        assert (gone.state, gone.text, gone.shown) == (WishState.GONE, "", False)
        assert live.session.scene.wish is None
        (record,) = await studio.gallery.records([picture.image])
        assert record.deleted is not None


async def test_a_second_wish_replaces_the_one_that_waits_and_the_same_one_twice_is_one(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        visitor, token = "a" * 32, "1" * 32
        await live.room.join(visitor)
        await live.room.wish(visitor, token, "first")
        await live.room.wish(visitor, token, "first")
        await live.room.wish(visitor, "2" * 32, "second")
        assert [one.text for one in live.session.wishes.values()] == ["", "second"]
        with pytest.raises(InvalidInput):
            await live.room.wish("b" * 32, "2" * 32, "not mine")


async def test_wishes_that_come_at_the_same_moment_use_trust_once_and_leave_one_each(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        room = [f"{number:032x}" for number in range(4)]
        for visitor in room:
            await wish(live, visitor, "the first")
        await live.desk.trust(1)
        again = [(visitor, "f" + visitor[1:]) for visitor in room] * 2
        await asyncio.gather(*(live.room.wish(who, token, "seen") for who, token in again))
        await settled(live)
        assert [states(live)[one] for one in (WishState.MADE, WishState.WAITING)] == [1, 3]
        assert len(live.session.wishes) == 8 and server.posts == 1


async def test_who_takes_an_image_back_has_had_it_and_who_is_refused_may_send_another(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio, images=3, per_visitor=1)
        for visitor in ("a" * 32, "b" * 32):
            await live.desk.approve(await wish(live, visitor))
        await settled(live)
        first, second = live.session.wishes
        await live.room.take_back("a" * 32, first)
        await live.desk.refuse(second)
        assert live.session.left == 1, "both are paid"
        with pytest.raises(InvalidInput, match="You have had your image"):
            await wish(live, "a" * 32)
        await live.desk.approve(await wish(live, "b" * 32))
        await settled(live)
        assert [one.state for one in live.session.wishes.values()][2] is WishState.MADE
        assert not live.session.paused and not live.session.left and server.posts == 3


async def test_a_doubtful_wish_may_be_made_once_more_though_each_has_one_image(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio, images=2, per_visitor=1)
        server.script(status(500))
        one = await wish(live, "a" * 32)
        await live.desk.approve(one)
        await until(lambda: states(live)[WishState.DOUBT])
        await live.desk.again(one)
        await settled(live)
        assert live.session.wishes[one].state is WishState.MADE
        assert not live.session.left and server.posts == 2


async def test_what_is_cut_off_while_it_is_written_is_written_once(
    open_studio: OpenStudio, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backend.storage import journal

    async with open_studio() as studio:
        live = await started(studio)
        began, goes_on, whole = threading.Event(), threading.Event(), journal.add

        def slow(*args: Any, **more: Any) -> None:
            began.set()
            goes_on.wait(20)
            whole(*args, **more)

        monkeypatch.setattr(journal, "add", slow)
        joining = asyncio.create_task(live.room.join("a" * 32))
        await until(began.is_set)
        joining.cancel()
        await asyncio.wait([joining])
        goes_on.set()
        await live.room.join("b" * 32)
        kinds = [event.kind for event in await studio.sessions.events(live.session.id)]
        assert kinds.count("joined") == 2


async def test_the_next_group_does_not_wait_for_what_was_sent_for_the_last_one(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        server.script(held(good()))
        sent, waits = await live.desk.add("a red fox"), await wish(live, "a" * 32)
        await until(lambda: server.posts == 1)
        async with asyncio.timeout(5):
            following = await studio.sessions.next()
        assert live.session.ended and live.session.wishes[sent.id].state is WishState.SENT
        server.release()
        await until(lambda: live.session.wishes[sent.id].state is WishState.MADE)
        assert live.session.wishes[waits].state is WishState.WAITING
        await following.desk.add("an owl")
        await settled(following)
        assert states(following) == {WishState.MADE: 1} and server.posts == 2
    async with open_studio() as studio:
        kept = await studio.sessions.find(live.session.id)
        assert kept is not None and kept.wishes[sent.id].state is WishState.MADE


async def test_the_last_requests_of_the_day_stay_the_presenters(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        for text in ("one", "two"):
            await live.desk.add(text)
        await settled(live)
        assert server.posts == 2
    from backend.types import Limits

    async with open_studio(limits=Limits(requests_per_day=12)) as studio:
        live = await started(studio)
        await live.desk.approve(await wish(live, "a" * 32))
        await until(lambda: live.session.paused)
        assert "kept for yourself" in live.session.why and server.posts == 2
        await live.desk.pause(paused=False)
        await live.desk.add("the presenter's own")
        await until(lambda: server.posts == 3)


async def test_a_full_disk_loses_no_wish(
    open_studio: OpenStudio, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backend.storage import journal

    async with open_studio() as studio:
        live = await started(studio)

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        whole = journal.add
        monkeypatch.setattr(journal, "add", full)
        one = await wish(live, "a" * 32)
        assert live.session.wishes[one].state is WishState.WAITING
        assert "Free some space" in live.book.trouble
        monkeypatch.setattr(journal, "add", whole)
        await live.desk.trust(1)
        assert not live.book.trouble
    async with open_studio() as studio:
        assert studio.sessions.live and one in studio.sessions.live.session.wishes


async def test_what_was_approved_before_a_restart_waits_for_the_presenter(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        await live.desk.pause()
        await live.desk.add("a red fox")
    async with open_studio() as studio:
        again = studio.sessions.live
        assert again is not None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await until(lambda: server.posts)
        assert states(again) == {WishState.APPROVED: 1}
        await again.desk.pause(paused=False)
        await settled(again)
        assert states(again) == {WishState.MADE: 1} and server.posts == 1


async def test_an_approved_wish_can_wait_again_until_it_is_sent(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        one = await wish(live, "a" * 32)
        await live.desk.pause()
        await live.desk.approve(one)
        await live.desk.hold(one)
        await live.desk.pause(paused=False)
        assert live.session.wishes[one].state is WishState.WAITING and server.posts == 0
        await live.desk.approve(one)
        await settled(live)
        with pytest.raises(InvalidInput, match="It was sent already"):
            await live.desk.hold(one)
        assert live.session.wishes[one].state is WishState.MADE


async def test_a_chosen_address_is_shown_before_the_likely_ones(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    class Door:
        news = ""
        addresses = (Address("http://10.0.0.2:7861"), Address("http://192.168.1.5:7861"))

        async def open(self, live: Live, host: str, port: int) -> int:
            return port

        async def forget(self, session_id: str) -> None: ...
        async def leave(self) -> None: ...
        async def close(self) -> None: ...

    async with open_studio() as studio:
        studio.sessions.doorway = Door()
        await started(studio)
        await studio.sessions.prefer("http://192.168.1.5:7861")
        urls = [one.url for one in studio.sessions.addresses]
        assert urls == ["http://192.168.1.5:7861", "http://10.0.0.2:7861"]
        with pytest.raises(InvalidInput):
            await studio.sessions.prefer("http://evil.example")
