"""Where an answer's link may lead: what a stranger's word must keep before anything is asked there.

https only, to a host on the platform's list or to the API's own, which alone may be http or stand
in a network of one's own. A name is looked up once, and connections made to those very addresses.

Where the environment names a proxy for it, the proxy looks the name up, and no address can be held:
that the link is https to a listed host, which proves its name, is what still guards it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from urllib.request import getproxies, proxy_bypass

import httpx

from backend import __version__
from backend.errors import CHECK, BadAnswer, Unreachable
from backend.said import msg
from backend.text import shortened
from backend.wire.address import is_public

URL_MAX_CHARS = 8_000
PLACES_MAX = 8
"""So many addresses of one name are tried; each may take as long as connecting may."""

_SHOWN_CHARS = 100
_STAND_INS = ipaddress.IPv4Network("198.18.0.0/15")


def allowed(url: str, api: httpx.URL, hosts: Sequence[str]) -> httpx.URL:
    """Return a link as an address that may be asked, as far as that can be known without asking.

    One that begins with a slash is a path below the API's base URL. Raises: BadAnswer.
    """
    if url.startswith("/") and not url.startswith("//"):
        url = str(api).rstrip("/") + url
    try:
        target = httpx.URL(url) if len(url) <= URL_MAX_CHARS else httpx.URL("")
        _ = target.host  # only now is it read whether a name such as xn--... stands for one
    except (httpx.InvalidURL, ValueError, TypeError):
        target = httpx.URL("")
    if target.scheme not in ("http", "https") or not target.host or target.userinfo:
        raise BadAnswer(msg("The answer holds a link that is no web address."), CHECK)
    if _is_own(target, api):
        if target.scheme == "https" or api.scheme == "http":
            return target
    elif target.scheme == "https" and any(_is_at(target.host, host) for host in hosts):
        return target
    raise BadAnswer(
        msg(
            "The answer points to an image at {host}, which is none of the platform's addresses:"
            " it was not opened.",
            host=_shown(target),
        ),
        CHECK,
    )


async def addresses_of(target: httpx.URL, api: httpx.URL, timeout_s: float) -> list[str]:
    """Return the IP addresses that the link's host has now, to connect to and nothing else.

    In the order in which they are to be tried, at least one. Raises: Unreachable where the name
    cannot be looked up just now; BadAnswer where it never can, or where any address is one of
    somebody's own network; the API's own host may be there.
    """
    loop, port = asyncio.get_running_loop(), _port(target)
    unknown = msg("The name {host} could not be looked up.", host=_shown(target))
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(target.host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise BadAnswer(unknown, CHECK) from error
    except (OSError, TimeoutError) as error:
        raise Unreachable(unknown, CHECK) from error
    places = list(dict.fromkeys(str(place[4][0]) for place in found))
    if not places:
        raise Unreachable(unknown, CHECK)
    if not (_is_own(target, api) or all(map(_may_be_asked, places))):
        raise BadAnswer(
            msg(
                "The answer points to an image at {host}, which stands in a private network:"
                " it was not opened.",
                host=_shown(target),
            ),
            CHECK,
        )
    return places[:PLACES_MAX]


def proxy_for(target: httpx.URL) -> str | None:
    """Return the address of the proxy by which the environment has a link's host reached.

    None where it names none: HTTPS_PROXY or ALL_PROXY, unless NO_PROXY has the host.
    """
    proxies = getproxies()
    proxy = proxies.get(target.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(target.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def request_for(target: httpx.URL, place: str | None) -> httpx.Request:
    """Return the request for a link that goes to `place`, an IP address, and to no other.

    That of a network's own (fe80::1%eth0) needs the name of the way out behind it. None leaves it
    to a proxy where the name leads.
    """
    return httpx.Request(
        "GET",
        target.copy_with(host=target.host if place is None else place, fragment=None),
        headers={
            "Host": target.netloc.decode("ascii"),
            "Accept": "image/png, image/*;q=0.9",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": f"sentry-block-playground/{__version__}",
        },
        extensions={"sni_hostname": target.raw_host.decode("ascii")},
    )


def _may_be_asked(place: str) -> bool:
    """Whether an address may be that of a host on the platform's list, which is asked by https.

    Proxies that all traffic of a computer goes through (Clash, Surge, sing-box) give each name one
    in a range that no network has. What answers there has to prove the name all the same.
    """
    if is_public(place):
        return True
    address = ipaddress.ip_address(place.partition("%")[0])
    return isinstance(address, ipaddress.IPv4Address) and address in _STAND_INS


def _is_own(target: httpx.URL, api: httpx.URL) -> bool:
    return target.host == api.host and _port(target) == _port(api)


def _is_at(host: str, listed: str) -> bool:
    """Whether a host is the listed one, or below it where that begins with a dot."""
    return host.endswith(listed) if listed.startswith(".") else host == listed


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _shown(url: httpx.URL) -> str:
    return shortened(url.host, _SHOWN_CHARS)
