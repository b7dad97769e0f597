"""Of this computer's addresses the one that phones can reach comes first."""

from __future__ import annotations

import pytest

from ui.audience.addresses import look, ranked

WIFI = ("192.168.178.23", "wlan0")


@pytest.mark.parametrize(
    "other",
    [
        ("127.0.0.1", "lo"),
        ("169.254.7.7", "eth0"),
        ("172.17.0.1", "docker0"),
        ("172.18.0.1", "br-5f2a"),
        ("172.19.0.1", "veth12"),
        ("192.168.122.1", "virbr0"),
        ("192.168.56.1", "vboxnet0"),
        ("192.168.1.7", "vEthernet (WSL)"),
        ("192.168.56.1", "VirtualBox Host-Only Ethernet Adapter"),
        ("10.8.0.2", "tun0"),
        ("10.8.0.3", "utun4"),
        ("10.5.0.2", "TAP-Windows Adapter V9"),
        ("10.6.0.2", "wg0"),
        ("100.64.0.9", "tailscale0"),
        ("10.147.17.3", "ztabcdef"),
        ("fe80::1", "wlan0"),
    ],
)
def test_what_no_phone_reaches_is_left_out(other: tuple[str, str]) -> None:
    assert ranked([other, WIFI]) == [WIFI]


def test_networks_of_rooms_come_first() -> None:
    found = [
        ("203.0.113.9", "eth1"),
        ("172.20.0.5", "eth2"),
        ("10.0.0.5", "eth3"),
        ("192.168.1.5", "eth4"),
        ("192.168.2.5", "wlan0"),
    ]
    assert [ip for ip, _ in ranked(found)] == [
        *("192.168.1.5", "192.168.2.5", "10.0.0.5", "172.20.0.5", "203.0.113.9")
    ]


def test_a_tunnel_is_better_than_nothing_and_this_computer_the_last() -> None:
    assert ranked([("10.8.0.2", "tun0"), ("127.0.0.1", "lo")]) == [("10.8.0.2", "tun0")]
    assert ranked([("127.0.0.1", "lo")]) == ranked([]) == [("127.0.0.1", "")]


def test_this_computer_has_an_address() -> None:
    assert look()
