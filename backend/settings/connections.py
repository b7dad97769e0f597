"""Further connections beside the first one: who else can be asked, each with its key and limits.

They stand in a file beside .env, mode 0600, and nowhere else: a key is in no database. Pure, but
for `read` and `write`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.errors import InvalidInput, SettingsError
from backend.providers import PROVIDERS
from backend.providers.base import Auth, Platform
from backend.said import Said, msg
from backend.storage.reading import read_plain
from backend.storage.writing import write_durably
from backend.wire.address import (
    NO_KEY_IN_CLEAR,
    SOURCE_MAX_CHARS,
    WITHOUT_KEY,
    check_base_url,
    check_key,
    in_clear,
)
from backend.wire.place import place_of

FILE_MAX_BYTES = 1_000_000
CONNECTIONS_MAX = 50
NAME_MAX_CHARS = 32

_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{NAME_MAX_CHARS - 1}}}")
_PRICE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One connection. `kind` is a provider's name, `key` never appears in a repr.

    `name` begins the ids of its models. `lan` is the explicit choice of plain http in one's own
    network. None is no limit, and no price of its own. `apart` tells it from another connection of
    the same address, which was there before.
    """

    name: str
    kind: str
    api_url: str
    key: str | None = field(default=None, repr=False)
    lan: bool = False
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    dollars_per_day: Decimal | None = None
    price_usd: Decimal | None = None
    apart: bool = False

    @property
    def platform(self) -> Platform:
        return PROVIDERS[self.kind].platform

    @property
    def source(self) -> str:
        """What records say of who made an image: host, path and provider.

        One that is `apart` has its name there too, so that limits count each key's own sends.
        """
        parts = urlsplit(self.api_url)
        own = f" {self.name}" if self.apart else ""
        where = f"{parts.netloc.lower()}{parts.path.rstrip('/')} ({self.kind})"
        return where[: SOURCE_MAX_CHARS - len(own)] + own


_TEXTS = ("name", "kind", "api_url", "key")
_NUMBERS = ("requests_per_minute", "requests_per_day", "dollars_per_day", "price_usd")


def file_beside(env_file: Path) -> Path:
    """Return where the connections of a file of settings stand."""
    name = "connections.json"
    return env_file.with_name(name if env_file.name == ".env" else f"{env_file.name}.{name}")


def read(path: Path) -> tuple[ConnectionSettings, ...]:
    """Return the connections in a file, none where it is not there.

    Raises: SettingsError naming the file.
    """
    try:
        told = json.loads(read_plain(path, FILE_MAX_BYTES).decode())
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(
            f"The connections {path} cannot be read.",
            "Correct that file, or move it away.",
        ) from error
    listed = told.get("connections") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        raise SettingsError(f"The connections {path} hold no list.", "Correct that file.")
    found: dict[str, ConnectionSettings] = {}
    for number, entry in enumerate(listed, start=1):
        try:
            one = checked(entry if isinstance(entry, dict) else {})
        except SettingsError as error:
            raise SettingsError(
                f"The connections {path} have a mistake in number {number}: {error.message}",
                "Correct that file, or move it away.",
            ) from error
        except InvalidInput as error:
            raise SettingsError(
                f"The connections {path} have a mistake in number {number}: {error}",
                "Correct that file, or move it away.",
            ) from error
        found[one.name] = one
    return tuple(found.values())


def write(path: Path, connections: Iterable[ConnectionSettings]) -> None:
    """Keep the connections, mode 0600. Raises: SettingsError; then the file is as it was."""
    listed = [
        {
            name: str(value) if isinstance(value, Decimal) else value
            for name in (*_TEXTS, "lan", *_NUMBERS, "apart")
            if (value := getattr(one, name)) is not None and value is not False
        }
        for one in connections
    ]
    try:
        path = path.resolve()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # an installed program's own
        write_durably(path, json.dumps({"connections": listed}, indent=2).encode())
    except (OSError, RuntimeError) as error:
        raise SettingsError(
            msg("The settings cannot be kept in {path}.", path=path),
            msg("Check that the file may be written to."),
        ) from error


def checked(given: Mapping[str, Any]) -> ConnectionSettings:
    """Return a connection as it can be used, of texts as a person enters them.

    Raises: InvalidInput naming the field.
    """
    name, kind, url = (_text(given, field) for field in ("name", "kind", "api_url"))
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            msg("A name has 1 to {most} letters, digits, dots and dashes.", most=NAME_MAX_CHARS),
            msg("It begins with a letter or a digit, like home-gpu."),
            field="name",
        )
    provider = PROVIDERS.get(kind)
    if provider is None:
        raise InvalidInput(
            msg("There is no such kind of connection."), msg("Choose one."), field="kind"
        )
    platform = provider.platform
    lan = given.get("lan") in (True, "true", "1", "on")
    if lan and not platform.local:
        lan = False
    try:
        base = check_base_url(url or platform.url, lan=lan)
    except SettingsError as error:
        hint = error.hint
        if platform.local and not lan and _is_usable_on_lan(url):
            hint = msg("For a server in your own network, allow plain http below.")
        raise InvalidInput(error.message, hint, field="api_url") from error
    try:
        key = check_key(_text(given, "key")) if platform.auth is not Auth.NONE else None
    except SettingsError as error:
        raise InvalidInput(error.message, error.hint, field="key") from error
    if platform.needs_key and key is None:
        raise InvalidInput(msg("There is no API key yet."), msg("Paste your key."), field="key")
    if key is not None and platform.auth is Auth.BASIC and ":" not in key:
        raise InvalidInput(
            msg("This server asks for a name and a password."),
            msg("Enter both with a colon between them, like name:password."),
            field="key",
        )
    return ConnectionSettings(
        name,
        kind,
        str(base).rstrip("/"),
        key,
        lan,
        _whole(given, "requests_per_minute"),
        _whole(given, "requests_per_day"),
        _amount(given, "dollars_per_day"),
        _amount(given, "price_usd", zero=True),
        given.get("apart") is True,
    )


def _is_usable_on_lan(url: str) -> bool:
    try:
        check_base_url(url, lan=True)
    except SettingsError:
        return False
    return True


def with_change(
    connections: Sequence[ConnectionSettings], given: Mapping[str, Any], *, former: str | None
) -> tuple[ConnectionSettings, ...]:
    """Return the connections with one more, or with the one called `former` changed.

    An empty key stands for the saved one, where the host is still the same. Raises: InvalidInput.
    """
    by_name = {one.name: one for one in connections}
    saved = by_name.get(former or "")
    if former is not None:
        if saved is None:
            raise gone(former)
        given = {**given, "name": former, "kind": saved.kind}
    one = checked(filled(given, saved))
    if one.key is not None and in_clear(check_base_url(one.api_url, lan=one.lan)):
        raise InvalidInput(NO_KEY_IN_CLEAR, WITHOUT_KEY, field="key")
    taken = {name.lower() for name in by_name} - {(former or "").lower()}
    if one.name.lower() in taken:
        raise InvalidInput(
            msg("There is a connection of this name."), msg("Choose another one."), field="name"
        )
    if former is None and len(by_name) >= CONNECTIONS_MAX:
        raise InvalidInput(
            msg("There are {most} connections, and that is the most.", most=CONNECTIONS_MAX),
            msg("Remove one first."),
            field="name",
        )
    one = replace(one, apart=False)
    if saved is not None and saved.apart and replace(saved, apart=False).source == one.source:
        one = replace(one, apart=True)  # what it made stays its own
    elif saved is None or saved.source != one.source:
        beside = {other.source for other in connections if other is not saved}
        one = replace(one, apart=one.source in beside)
    return tuple({**by_name, one.name: one}.values())


def filled(given: Mapping[str, Any], saved: ConnectionSettings | None) -> Mapping[str, Any]:
    """Return what was given with the saved key, where that is left empty and goes to its own host.

    Raises: InvalidInput where it would go to another one.
    """
    if saved is None or saved.key is None or _text(given, "key"):
        return given
    if given.get("without_key") is True:
        return given
    url = _text(given, "api_url") or saved.platform.url
    if place_of(url) != place_of(saved.api_url):
        raise InvalidInput(
            msg("The saved key belongs to another address."),
            msg("Paste the key for this address."),
            field="key",
        )
    return {**given, "key": saved.key}


def gone(name: str) -> InvalidInput:
    """Return the error for a connection that is not there (any more)."""
    return InvalidInput(
        msg("There is no connection {name} any more.", name=name),
        msg("Reload the page to see those there are."),
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return value.strip() if isinstance(value, str) else ""


def _amount(given: Mapping[str, Any], name: str, *, zero: bool = False) -> Decimal | None:
    """Return an amount; None where it is empty, and 0 too unless that says something."""
    told = given.get(name)
    text = re.sub(r"^(\d+),(\d{1,6})$", r"\1.\2", str(told).strip()) if told is not None else ""
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0 or amount.adjusted() >= _PRICE_DIGITS:
        raise _refused(name, msg("It must be an amount such as 2.50; 0 means no limit."), zero)
    return amount if amount or zero else None


def _whole(given: Mapping[str, Any], name: str) -> int | None:
    told = given.get(name)
    text = str(told).strip() if told is not None else ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _PRICE_DIGITS):
        raise _refused(name, msg("It must be a whole number; 0 means no limit."), False)
    return int(text) or None


def _refused(name: str, hint: Said, price: bool) -> InvalidInput:
    return InvalidInput(
        msg("This is no number that can be meant."),
        msg("It must be an amount such as 0.009.") if price else hint,
        field=name,
    )


def secrets_of(connections: Iterable[ConnectionSettings]) -> set[str]:
    """Return what nobody may be told of these: keys, and the passwords in them."""
    keys = {one.key for one in connections if one.key}
    return keys | {key.partition(":")[2] for key in keys if len(key.partition(":")[2]) >= 8}
