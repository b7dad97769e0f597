"""What goes wrong on an evening, on each of the three pages: its sentence, and no wish is lost.

The desk has the words; the stage stays as it is; a phone is told what that means for it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

import ui  # noqa: F401  # before gradio
from backend.background import Thread
from backend.errors import KeyRejected, OverLimit, PlaygroundError, Unreachable
from backend.generation.dispatcher import Dispatcher
from backend.generation.turns import Payer
from backend.sessions.book import Book, read_session
from backend.sessions.code import Codes
from backend.sessions.desk import Desk
from backend.sessions.room import Room
from backend.sessions.sender import Sender
from backend.sessions.state import Plan, WishState
from backend.storage import journal
from tests.phones import phone_json
from tests.storage.clock import until
from tests.storage.sessions import Purse
from tests.ui.fake_studio import FLUX
from ui.present.sessions import desk_json, stage_json

VISITOR = "a" * 32
WAITS, APPROVED, SHOWN = "1" * 32, "2" * 32, "3" * 32
EVENING = 1_795_900_000.0


@dataclass
class Clock:
    now: float = EVENING

    def __call__(self) -> float:
        return self.now


class Gone:
    """A platform that answers each wish alike."""

    def __init__(self, error: PlaygroundError) -> None:
        self.error = error

    async def submit(self, *_: object, **__: object) -> None:
        raise self.error


@dataclass
class Evening:
    """A session with a picture that is shown, a wish that waits and one that was approved."""

    book: Book
    desk: Desk
    room: Room
    path: Path
    patch: pytest.MonkeyPatch
    clock: Clock

    async def platform_says(self, error: PlaygroundError) -> None:
        jobs, payer = cast(Dispatcher, Gone(error)), cast(Payer, Purse())
        sender = Sender(self.book, jobs, payer, Random(1))
        sender.begin()
        await until(lambda: self.book.told.paused)
        await sender.close()

    def pages(self) -> tuple[Any, Any, Any]:
        session = self.book.told
        trouble = self.book.trouble
        return (
            desk_json(session, code="BCDF", addresses=(), here=1, trouble=trouble),
            stage_json(session, code="BCDF", addresses=(), here=1),
            phone_json(session, VISITOR),
        )


@pytest.fixture
async def evening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    thread, clock = Thread("test"), Clock()
    plan = Plan("Open day", FLUX, images=4)
    book = await Book.begin(tmp_path, "f" * 32, asdict(plan), thread, clock)

    async def discard(image_id: str) -> None: ...

    path = tmp_path / f"{'f' * 32}.jsonl"
    desk, room = Desk(book, Codes()), Room(book, discard)
    await desk.open()
    for n, wish in enumerate((SHOWN, APPROVED, WAITS)):
        await room.join(VISITOR if wish == WAITS else f"{n:032x}")
        await room.wish(VISITOR if wish == WAITS else f"{n:032x}", wish, f"idea {n}")
    await desk.approve(APPROVED)
    picture = {"image": "b" * 32, "seconds": 1.0, "price": "0.01", "seed": 1, "model": FLUX}
    await book.note("sent", id=SHOWN, token=SHOWN)
    await book.note("landed", id=SHOWN, **picture)
    await desk.show(SHOWN)
    yield Evening(book, desk, room, path, monkeypatch, clock)
    monkeypatch.undo()
    await book.close()
    thread.close()


async def key_is_refused(evening: Evening) -> None:
    await evening.platform_says(KeyRejected("The key was refused.", "Enter another one."))


async def platform_is_down(evening: Evening) -> None:
    await evening.platform_says(Unreachable("The platform is not reached.", "Try again."))


async def day_is_used(evening: Evening) -> None:
    await evening.platform_says(OverLimit("Today's images are used.", "Nothing was sent."))


async def budget_is_spent(evening: Evening) -> None:
    await evening.book.note("raised", images=1)


async def disk_is_full(evening: Evening) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    evening.patch.setattr(journal, "add", full)
    await evening.desk.trust(1)


async def clock_is_set_back(evening: Evening) -> None:
    evening.clock.now -= 86_400
    await evening.desk.trust(1)


async def computer_sleeps(evening: Evening) -> None:
    evening.clock.now += 2 * 3600
    await evening.desk.trust(1)


async def presenter_pauses(evening: Evening) -> None:
    await evening.desk.pause()


async def door_is_closed(evening: Evening) -> None:
    await evening.desk.close()


NO_IMAGES_NOW = "No images are made just now. Try again in a moment."
FREE = ""


@pytest.mark.parametrize(
    ("befalls", "desk_says", "phone_says", "rests"),
    [
        (key_is_refused, "The key was refused. Enter another one.", NO_IMAGES_NOW, True),
        (platform_is_down, "The platform is not reached. Try again.", NO_IMAGES_NOW, True),
        (day_is_used, "Today's images are used. Nothing was sent.", NO_IMAGES_NOW, True),
        (presenter_pauses, "", NO_IMAGES_NOW, True),
        (budget_is_spent, "", "No more images in this session.", False),
        (door_is_closed, "", "No ideas are taken just now.", False),
        (
            disk_is_full,
            "The disk cannot take what happens here. Free some space, and nothing is lost.",
            FREE,
            False,
        ),
        (clock_is_set_back, "", FREE, False),
        (computer_sleeps, "", FREE, False),
    ],
)
async def test_each_page_says_what_it_has_to_and_no_wish_is_lost(
    evening: Evening,
    befalls: Callable[[Evening], Awaitable[None]],
    desk_says: str,
    phone_says: str,
    rests: bool,
) -> None:
    _, before, _ = evening.pages()
    await befalls(evening)
    desk, stage, phone = evening.pages()
    assert (desk["why"] or desk["trouble"]) == desk_says
    assert (desk["paused"], stage["resting"]) == (rests, rests)
    assert stage["image"] == before["image"] and stage["wall"] == before["wall"]
    assert desk_says == "" or desk_says not in json.dumps([stage, phone])
    assert phone["notice"] == phone_says and phone["may_send"] == (phone_says == FREE)
    states = {one["id"]: one["state"] for one in desk["wishes"]}
    assert states == {
        SHOWN: WishState.MADE,
        APPROVED: WishState.APPROVED,
        WAITS: WishState.WAITING,
    }
    (own,) = phone["own"]
    assert own["id"] == WAITS and own["told"].startswith("Number 2 in line")
    assert desk["left"] == (0 if befalls is budget_is_spent else 3) == stage["left"]


async def test_times_never_go_back_though_the_clock_does_also_after_a_restart(
    evening: Evening,
) -> None:
    evening.clock.now += 60
    await evening.room.join("c" * 32)
    await evening.room.wish("c" * 32, "4" * 32, "later")
    later = evening.book.session.wishes["4" * 32].at
    evening.clock.now -= 86_400
    thread = Thread("anew")
    book = Book(evening.path, read_session(evening.path), thread, evening.clock)
    room = Room(book, lambda image_id: evening.book.close())
    await room.join("d" * 32)
    await room.wish("d" * 32, "5" * 32, "last")
    assert book.session.wishes["5" * 32].at >= later
    thread.close()


async def test_what_a_full_disk_refused_is_written_once_it_can_be(evening: Evening) -> None:
    await disk_is_full(evening)
    await evening.room.join("c" * 32)
    await evening.room.wish("c" * 32, "4" * 32, "meanwhile")
    assert "4" * 32 not in read_session(evening.path).wishes
    assert evening.pages()[0]["trouble"]
    evening.patch.undo()
    await evening.desk.trust(0)
    assert not evening.pages()[0]["trouble"]
    assert read_session(evening.path) == evening.book.session
