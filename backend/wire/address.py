"""A usable URL and a usable key, or a sentence that says what is wrong with them. Sends nothing."""

from __future__ import annotations

import ipaddress
import re

import httpx

from backend.errors import SettingsError
from backend.said import msg

_HOST = re.compile(rb"[a-z0-9._-]+|[0-9a-f:.]+:[0-9a-f:.]*")

_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

SOURCE_MAX_CHARS = 255
"""How long the name is that records have for who made an image."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

NO_KEY_IN_CLEAR = msg(
    "No key or password is sent over plain http to another computer: it could be read on the way."
)
WITHOUT_KEY = msg("Enter an https address, or leave the key out.")


def check_key(key: str | None) -> str | None:
    """Return the key without blanks around it, None where it is empty.

    Raises: SettingsError, which never quotes the key.
    """
    stripped = (key or "").strip()
    if not all("!" <= character <= "~" for character in stripped):
        raise SettingsError(
            msg("The API key holds a character that no key has, such as a blank or a curly quote."),
            msg("Copy it again from the platform."),
        )
    return stripped or None


def is_public(host: str) -> bool:
    """Whether an IP address is one of the internet, and not of a network of somebody's own.

    Raises: ValueError where `host` is a name.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if within is not None:
            return is_public(str(within))
    return address.is_global and not address.is_multicast


def in_clear(url: httpx.URL) -> bool:
    """Whether others on the way can read what goes there: plain http to another computer."""
    return url.scheme == "http" and url.host not in LOOPBACK


def check_base_url(text: str, *, lan: bool = False) -> httpx.URL:
    """Return the API's address: https, or http on this computer; no login, query or fragment.

    `lan` lets http reach other computers of one's own network too.
    Raises: SettingsError, which does not quote the address: it may hold a password.
    """
    hint = msg("Enter it as the platform shows it, for example https://HOST/api/v1.")
    if not text.strip():
        raise SettingsError(msg("There is no API URL yet."), hint)
    try:
        url = httpx.URL(text.strip())
        _ = url.host  # only now is it read whether a name such as xn--... stands for one
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise SettingsError(msg("The API URL is not a web address."), hint) from error
    legal = _HOST.fullmatch(url.raw_host) and 0 < (url.port or 443) < 65_536
    if url.scheme not in ("http", "https") or not legal:
        raise SettingsError(
            msg("The API URL is not a web address that begins with https://."), hint
        )
    if url.userinfo or "@" in url.netloc.decode("ascii", "replace"):
        raise SettingsError(msg("The API URL must not hold a user name or password."), hint)
    if "?" in text or "#" in text:
        raise SettingsError(msg("The API URL must not hold a question mark or a hash sign."), hint)
    if url.scheme == "http" and url.host not in LOOPBACK and not (lan and _may_be_own(url.host)):
        raise SettingsError(
            msg("The API URL must begin with https://: your key could be read."), hint
        )
    return url


def _may_be_own(host: str) -> bool:
    """Whether a host may stand in one's own network: any name may.

    What ends in a number is an address and no name, such as 0x08080808 or 8.8.2056 (WHATWG URL,
    "ends in a number checker").
    """
    try:
        return not is_public(host)
    except ValueError:
        return not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2])
