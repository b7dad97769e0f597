"""Under which names the page answers."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from tests.ui.guard.asking import _never, status_of
from ui.door import guard
from ui.door.guard import Guard, host_allowed

# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860", "[::1]", "127.0.0.2:80"],
)
def test_this_computers_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "evil.com:7860",
        "127.0.0.1.evil.com",
        "localhost.evil.com",
        "evil.com#127.0.0.1",
        "user@127.0.0.1",
        "127.0.0.1:7860.evil.com",
        "0.0.0.0:7860",
        "192.168.1.5:7860",
        "[::ffff:192.168.1.5]",
        "[::1",
        "::1",
        "127.1",
        "2130706433",
        "localhost:",
        "localhost:123456",
        " ",
        "",
    ],
)
def test_rebinding_any_other_name_is_misdirected(client: TestClient, host: str) -> None:
    for path in ("/", "/config", "/api/images", "/healthz"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert "does not answer under that name" in answer.json()["detail"]


async def test_no_host_or_two_hosts_are_misdirected() -> None:
    for hosts in ([], [b"localhost", b"evil.com"], [b"localhost", b"localhost"]):
        assert await status_of(Guard(_never), headers=[(b"host", host) for host in hosts]) == 421


def test_with_a_login_literal_addresses_are_ours_but_names_are_not() -> None:
    names = {"studio.lan"}
    for host in ("192.168.1.5:7860", "[fe80::1]:7860", "10.0.0.1", "studio.lan", "Studio.LAN:80"):
        assert host_allowed(host, names, any_address=True)
    for host in ("evil.com", "192.168.1.5.nip.io", "lan", "evil.studio.lan"):
        assert not host_allowed(host, names, any_address=True)
    assert not host_allowed("192.168.1.5")


def test_the_computers_own_name_counts_with_and_without_local(monkeypatch: Any) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk.office.example")
    assert guard.own_names() == {"desk.office.example", "desk", "desk.local"}
