"""The addresses of this computer by which phones may reach it, the most likely first."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

import ifaddr

_NO_NETWORK_OF_PHONES = re.compile(
    r"lo\d*$|docker|veth|br-|virbr|vmnet|vboxnet|vethernet|utun|tun|tap|wg|tailscale|zt|awdl|llw"
    r"|ppp|ipsec|.*(?:virtual|hyper-v|vmware|loopback|vpn|wireguard|tailscale|zerotier|tap-)",
    re.IGNORECASE,
)
"""Names of interfaces behind which there is no room: other programs' and tunnels."""

_PREFERRED = tuple(
    ipaddress.ip_network(network) for network in ("192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12")
)

HERE = "127.0.0.1"

Found = tuple[str, str]
"""An IPv4 address, and its interface's name."""


def ranked(found: Iterable[Found]) -> list[Found]:
    """Return what phones can reach, the most likely first, alike ones as they come. Pure.

    Where there is nothing better, what was left out; else this computer itself.
    """
    outside = [one for one in found if _leads_outside(one[0])]
    good = [one for one in outside if not _NO_NETWORK_OF_PHONES.match(one[1])]
    by_likelihood = sorted(good or outside, key=lambda one: _group(one[0]))
    return list(dict(by_likelihood).items()) or [(HERE, "")]


def look() -> list[Found]:
    """Return this computer's addresses as `ranked` does. Blocks for some milliseconds."""
    try:
        adapters = list(ifaddr.get_adapters())
    except OSError:
        adapters = []
    found = [
        (ip.ip, adapter.nice_name if isinstance(adapter.nice_name, str) else adapter.name)
        for adapter in adapters
        for ip in adapter.ips
        if isinstance(ip.ip, str)
    ]
    return ranked(found)


def _leads_outside(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == 4 and not (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    )


def _group(text: str) -> int:
    address = ipaddress.ip_address(text)
    return next((n for n, net in enumerate(_PREFERRED) if address in net), len(_PREFERRED))
