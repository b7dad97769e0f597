"""A usable URL and a usable key, or a sentence that says what is wrong with them. Sends nothing."""

from __future__ import annotations

import re

import httpx

from backend.errors import SettingsError
from backend.said import msg

_HOST = re.compile(rb"[a-z0-9._-]+|[0-9a-f:.]+:[0-9a-f:.]*")

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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


def check_base_url(text: str) -> httpx.URL:
    """Return the API's address: https, or http on this computer; no login, query or fragment.

    Raises: SettingsError, which does not quote the address: it may hold a password.
    """
    hint = msg("Enter it as the platform shows it, for example https://HOST/api/v1.")
    if not text.strip():
        raise SettingsError(msg("There is no API URL yet."), hint)
    try:
        url = httpx.URL(text.strip())
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
    if url.scheme == "http" and url.host not in LOOPBACK:
        raise SettingsError(
            msg("The API URL must begin with https://: your key could be read."), hint
        )
    return url
