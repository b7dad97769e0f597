"""Wrong passwords."""

from __future__ import annotations

import logging

import pytest
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from tests.ui.login.visitors import RIGHT, Clock, log_in
from ui.door.login import COOKIE
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


def test_after_five_wrong_passwords_one_has_to_wait_longer_each_time(
    client: TestClient, clock: Clock
) -> None:
    for _ in range(5):
        assert log_in(client, "wrong").status_code == 401
    for wait in (10, 20, 40, 80, 160, 320, 640, 900, 900):
        refused = log_in(client)  # even the right one: else waiting would be no obstacle
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(wait))
        assert "Too many wrong passwords. Try again in" in refused.text
        clock.now += wait
        assert log_in(client, "wrong").status_code == 401
    clock.now += 900
    assert log_in(client).status_code == 303


def test_a_right_password_forgives_the_wrong_ones(client: TestClient) -> None:
    for _ in range(3):
        for _ in range(4):
            log_in(client, "wrong")
        assert log_in(client).status_code == 303


def test_who_is_logged_in_stays_so_while_others_guess(client: TestClient) -> None:
    log_in(client)
    token = client.cookies[COOKIE]
    for _ in range(6):
        log_in(client, "wrong")
    assert client.get("/config", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 200


def test_guessing_from_many_addresses_is_slowed_down_too() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for n in range(30):
        assert throttle.wait_s(f"10.0.0.{n}") == 0
        throttle.failed(f"10.0.0.{n}")
    assert throttle.wait_s("10.9.9.9") == 10
    for n in range(20):
        throttle.failed(f"10.0.1.{n}")
    assert throttle.wait_s("10.9.9.9") == 60  # never longer: it must not lock the owner out
    clock.now += 60
    assert throttle.wait_s("10.9.9.9") == 0


def test_a_whole_ipv6_network_is_one_caller_and_an_hour_is_forgiven() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for n in range(5):
        throttle.failed(f"2001:db8::{n}")
    assert throttle.wait_s("2001:db8::ffff") == 10 and throttle.wait_s("2001:db8:1::1") == 0
    clock.now += 3_601
    throttle.failed("2001:db8::1")
    assert throttle.wait_s("2001:db8::1") == 0


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
