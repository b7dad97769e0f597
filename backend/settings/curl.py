"""The address and the header lines that a pasted curl command would send. Pure; sends nothing.

Source: curl's manual, of 8.14; an option that is not known here is taken to have a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from backend.settings.shells import commands

_CURL = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.IGNORECASE | re.DOTALL)
_BARE_ADDRESS = re.compile(
    r"(?:localhost|[\w-]+(?:\.[\w-]+)+\.?|[\w-]+(?=:\d)|\[[\da-f:.]+\])(?::\d+)?(?:[/?#]|$)",
    re.IGNORECASE,
)
_CURL_IN_PROSE = re.compile(r"(?im)^(?!\s*(?:#|//|::|rem\b)).*?(?<![\w./:-])(curl(?:\.exe)?\s)")
_WITH_VALUE = set("AbcCdDeEFhHKmoPQrtTuUwxXyYz")
"""curl's short options that take what follows them."""

_FLAG_NAMES = (
    "anyauth append basic ca-native compressed compressed-ssh create-dirs digest disable"
    " disallow-username-in-url doh-insecure fail fail-early fail-with-body false-start form-escape"
    " ftp-create-dirs ftp-pasv get globoff haproxy-protocol head http0.9 http1.0 http1.1 http2"
    " http2-prior-knowledge http3 http3-only ignore-content-length include insecure ipv4 ipv6"
    " junk-session-cookies location location-trusted manual negotiate netrc netrc-optional next"
    " no-alpn no-buffer no-clobber no-keepalive no-progress-meter no-sessionid ntlm parallel"
    " parallel-immediate path-as-is post301 post302 post303 progress-bar proxy-basic"
    " proxy-insecure proxytunnel raw remote-header-name remote-name remote-name-all remote-time"
    " remove-on-error retry-all-errors retry-connrefused sasl-ir show-error show-headers silent"
    " ssl ssl-no-revoke ssl-reqd sslv2 sslv3 styled-output suppress-connect-headers tcp-fastopen"
    " tcp-nodelay tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-ids trace-time"
    " use-ascii verbose version xattr"
)
_FLAGS = frozenset(_FLAG_NAMES.split())
"""curl's long options that take no value; all others take one."""


@dataclass(frozen=True, slots=True)
class Command:
    """What one curl command would call: its first address, and all header lines as written.

    `url` has a scheme: where the command names none, curl takes http. A word without a dot or a
    port is no address there, unless it is this computer: "curl is a tool" names none.
    """

    url: str | None
    headers: tuple[str, ...]


def curl_commands(text: str) -> list[Command]:
    """Return the curl commands in `text`, in order; empty where there is none."""
    found = _read(text)
    if not found and (prose := _CURL_IN_PROSE.search(text)):  # where an apostrophe is no quote
        found = _read(text[prose.start(1) :])
    return found


def _read(text: str) -> list[Command]:
    found = []
    for words in commands(text):
        place = next((i for i, word in enumerate(words) if _CURL.fullmatch(word)), None)
        if place is not None:
            found.append(_called(words[place + 1 :]))
    return found


def _called(words: list[str]) -> Command:
    """Return what curl does with these arguments, as far as the first request goes."""
    urls: list[str] = []
    headers: list[str] = []
    arguments = iter(words)
    for word in arguments:
        if word == "--next" or word == "-:":
            break
        if word.startswith("--"):
            name = word[2:]
            if name in _FLAGS or name.startswith("no-"):
                continue
            value = next(arguments, "")
        elif word.startswith("-") and len(word) > 1:
            place = next((i for i, sign in enumerate(word) if i and sign in _WITH_VALUE), None)
            if place is None:
                continue
            name, value = word[place], word[place + 1 :] or next(arguments, "")
        else:
            name, value = "url", word
        if name == "url":
            urls.append(value)
        elif name in ("H", "header"):
            headers.append(value)
        elif name == "oauth2-bearer":
            headers.append(f"Authorization: Bearer {value}")
    url = urls[0].strip() if urls else None
    if url and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url):
        url = f"http://{url}" if _BARE_ADDRESS.match(url) else None
    return Command(url, tuple(headers))
