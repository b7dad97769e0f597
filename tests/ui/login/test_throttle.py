"""Wrong passwords."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from tests.ui.login.visitors import BASE, RIGHT, Clock, log_in
from ui.door.login import COOKIE, cookie_name
from ui.door.throttle import Sessions, Throttle

# --- wrong passwords --------------------------------------------------------------------------


def test_a_wrong_password_is_said_on_the_form_and_logged_without_it(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = log_in(client, "hunter2-hunter2", next="/gallery")
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert 'role="alert">That user name or password is not right.' in answer.text
    assert 'value="ada"' in answer.text and 'value="/gallery"' in answer.text
    assert "hunter2" not in answer.text and "hunter2" not in caplog.text
    assert "wrong user name or password came from testclient" in caplog.text


def test_what_was_typed_is_shown_as_text(client: TestClient) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = log_in(client, "wrong password", user=hostile, next=f"/{hostile}")
    assert "<script" not in answer.text and "&lt;script&gt;" in answer.text


@pytest.mark.wide
def test_after_five_wrong_passwords_the_next_is_slow_and_the_right_one_enters(
    client: TestClient,
) -> None:
    for _ in range(5):
        assert log_in(client, "wrong").status_code == 401
    for _ in range(30):
        refused = log_in(client, "wrong")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert "each further try takes a moment" in refused.text
    assert log_in(client).status_code == 303
    assert log_in(client, "wrong").status_code == 401, "the right one forgave the wrong ones"


def test_a_right_password_forgives_the_wrong_ones(client: TestClient) -> None:
    for _ in range(3):
        for _ in range(4):
            log_in(client, "wrong")
        assert log_in(client).status_code == 303


def test_who_is_logged_in_stays_so_while_others_guess(client: TestClient) -> None:
    log_in(client)
    token = client.cookies[cookie_name(BASE)]
    for _ in range(6):
        log_in(client, "wrong")
    assert client.get("/config", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 200


class Turns:
    """A throttle whose pauses end when the test says so, and who got a turn."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.throttle = Throttle(self.clock, self.sleep)
        self.pauses: list[tuple[float, asyncio.Event]] = []
        self.tasks: list[asyncio.Task[bool]] = []

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self.pauses.append((seconds, event))
        await event.wait()

    def ask(self, address: str) -> asyncio.Task[bool]:
        task = asyncio.create_task(self.throttle.turn(address))
        self.tasks.append(task)
        return task

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def go_on(self) -> None:
        """Let one pause of each queue end."""
        pauses, self.pauses = self.pauses, []
        for _, event in pauses:
            event.set()
        await self.settle()

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        while self.pauses:
            await self.go_on()


async def test_tries_of_one_address_take_turns_and_others_do_not_wait() -> None:
    turns = Turns()
    for _ in range(Throttle.FREE):
        turns.throttle.failed("10.0.0.1")
    tries = [turns.ask("10.0.0.1") for _ in range(4)]
    other = turns.ask("10.0.0.2")
    await turns.settle()
    assert other.done() and other.result() is True
    for looked_at in (1, 2, 3, 4):
        assert sum(task.done() for task in tries) == looked_at
        assert [seconds for seconds, _ in turns.pauses] == [Throttle.EACH_S]
        await turns.go_on()
    assert all(task.result() for task in tries)
    await turns.end()


async def test_of_several_machines_each_takes_its_part_of_the_turns() -> None:
    turns = Turns()
    turns.throttle.heard("10.0.0.1", Throttle.FREE, 0, machines=3)
    turns.ask("10.0.0.1")
    await turns.settle()
    assert [seconds for seconds, _ in turns.pauses] == [3 * Throttle.EACH_S]
    await turns.end()


async def test_whoever_waits_is_picked_in_the_end_however_many_come_after() -> None:
    turns = Turns()
    for _ in range(Throttle.FREE):
        turns.throttle.failed("10.0.0.1")
    crowd = [turns.ask("10.0.0.1") for _ in range(20)]
    mine = turns.ask("10.0.0.1")
    await turns.settle()
    for _ in range(3_000):  # by lot among 21: one in 10^63 is never picked
        if mine.done():
            break
        await turns.go_on()
        crowd.append(turns.ask("10.0.0.1"))
        await turns.settle()
    assert mine.done() and mine.result() is True
    await turns.end()


async def test_where_too_many_wait_one_makes_room_but_never_the_newest() -> None:
    turns = Turns()
    for _ in range(Throttle.FREE):
        turns.throttle.failed("10.0.0.1")
    crowd = [turns.ask("10.0.0.1") for _ in range(Throttle.WAITING_MAX)]
    await turns.settle()
    assert sum(task.done() for task in crowd) == 1  # the first has had its turn
    crowd.append(turns.ask("10.0.0.1"))
    newest = turns.ask("10.0.0.1")
    await turns.settle()
    assert not newest.done()
    assert [task.result() for task in crowd if task.done()].count(False) == 1
    await turns.end()


async def test_whoever_gives_up_waiting_is_forgotten() -> None:
    turns = Turns()
    for _ in range(Throttle.FREE):
        turns.throttle.failed("10.0.0.1")
    tries = [turns.ask("10.0.0.1") for _ in range(3)]
    await turns.settle()
    gone, stays = (task for task in tries if not task.done())
    gone.cancel()
    await turns.settle()
    await turns.go_on()
    assert stays.done() and stays.result() is True
    await turns.end()


async def test_guessing_from_many_addresses_takes_turns_too_but_not_who_made_no_mistake() -> None:
    turns = Turns()
    for n in range(Throttle.FREE_OF_ALL):
        turns.throttle.failed(f"10.0.0.{n}")
    guessers = [turns.ask(f"10.0.0.{n}") for n in range(5)]
    owner = turns.ask("10.9.9.9")
    await turns.settle()
    assert owner.done() and sum(task.done() for task in guessers) == 1
    assert [seconds for seconds, _ in turns.pauses] == [Throttle.EACH_OF_ALL_S]
    await turns.end()


def test_a_whole_ipv6_network_is_one_caller_and_an_hour_is_forgiven() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for n in range(5):
        throttle.failed(f"2001:db8::{n}")
    assert throttle.slows("2001:db8::ffff") and not throttle.slows("2001:db8:1::1")
    clock.now += 3_601
    assert not throttle.slows("2001:db8::1")
    throttle.failed("2001:db8::1")
    assert not throttle.slows("2001:db8::1")


def test_neither_addresses_nor_sessions_fill_the_memory() -> None:
    throttle, sessions = Throttle(), Sessions()
    for n in range(Throttle.ADDRESSES_MAX + 500):
        throttle.failed(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
    assert len(throttle) == Throttle.ADDRESSES_MAX
    tokens = [sessions.open() for _ in range(1_500)]
    assert len(sessions) == 1_000 and sessions.is_open(tokens[-1])


def test_rubbish_as_a_form_is_no_login(client: TestClient) -> None:
    assert client.post("/login", content=b"\xff\xfe" * 100).status_code == 401
    assert client.post("/login", json={"user": RIGHT.user}).status_code == 401
    assert client.post("/login", content=b"a&" * 20).status_code == 401
    assert client.post("/login", content=b"x" * 9_000).status_code == 413


@pytest.mark.parametrize("user", ["", "ad", "ada ", "Ada", "adaa", "\ud800"])
def test_both_user_and_password_must_be_right(user: str) -> None:
    assert RIGHT.match("ada", RIGHT.password)
    assert not RIGHT.match(user, RIGHT.password) and not RIGHT.match("ada", user)
