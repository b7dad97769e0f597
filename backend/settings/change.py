"""Setting up in the page: what a person pasted, read; settings checked and kept in .env, mode 0600.

The key goes in here and never comes out again.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from io import FileIO
from pathlib import Path

from dotenv.parser import parse_stream

from backend.errors import InvalidInput, SettingsError
from backend.providers.base import Platform
from backend.said import msg
from backend.settings.curl import curl_commands
from backend.settings.env_file import ENV_MAX_BYTES
from backend.settings.load import OFFLINE_MODE, OWN_LIMITS, Settings, limits_of
from backend.settings.shared import refuse_connection, text_of
from backend.settings.shells import without_comments
from backend.storage.reading import read_plain
from backend.storage.writing import write_durably
from backend.wire.address import check_base_url, check_key
from backend.wire.place import place_of

_URL = re.compile(r"https?://[^\s'\"\\<>`^\u2018\u2019\u201c-\u201e]+", re.IGNORECASE)
_BEARER = re.compile(r"\bBearer\s+([^\s'\"\\`^,;\u2018\u2019\u201c-\u201e]+)", re.IGNORECASE)
_STAND_IN = re.compile(
    r"[<>$%{}\[\]\u2026\u2022\u25cf]|\.{3}|\*{2}|^\*|(?:^|[_.\-])x{3,}(?:$|[_.\-])|^x+$"
    r"|(?:^|[_.\-\s])(?:your|my|insert|replace|paste|example)[_.\-\s]"
    r"|^(?:the|an?)?[_.\-\s]*(?:api|access|secret|auth|bearer)?[_.\-\s]*(?:key|token)$"
    r"|api_?key(?:_?here)?$|^change_?me$|^redacted$",
    re.IGNORECASE,
)
"""What examples show where a key belongs: `$API_KEY`, `YOUR_KEY`, `<key>`, `sk-...`, `****`."""

_OPEN_URL = re.compile(r"[<>${}\u2026]|%\w+%")
"""An address that an example leaves open."""

_TEXT_MAX_CHARS = 100_000

LABELS = {
    "api_url": msg("API URL"),
    "api_key": msg("API key"),
    "key_host": msg("API key"),
    "tier": msg("Account tier"),
    "requests_per_minute": msg("Requests a minute"),
    "requests_per_day": msg("Requests a day"),
    "dollars_per_day": msg("US dollars a day"),
    "experiment_sends": msg("Requests of an experiment at once"),
}
"""What the panel calls its fields, and what is refused there."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was found in a pasted text; None where nothing was.

    `stand_in`: what stands in the key's place is an example's, such as `$API_KEY`. `several`: the
    text names more than one address, and nothing tells which of them is the API's.
    """

    api_url: str | None
    api_key: str | None = field(repr=False)
    stand_in: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What the settings panel sends. An empty `api_key` keeps the one that is saved.

    An empty tier is the platform's first; limits are texts as typed: empty takes the tier's, "0" is
    no limit; empty `experiment_sends` are 8. `pasted` stands in for
    an empty URL or key: the key is read out here, so that it need not go back to the browser.
    """

    api_url: str = ""
    api_key: str = field(default="", repr=False)
    tier: str = ""
    requests_per_minute: str = ""
    requests_per_day: str = ""
    dollars_per_day: str = ""
    experiment_sends: str = ""
    pasted: str = field(default="", repr=False)

    def filled(self, platform: Platform) -> SettingsChange:
        """Return the same with what was pasted in its place, and no space around anything."""
        found = read_pasted(self.pasted, platform)
        api_url, api_key = self.api_url.strip(), self.api_key.strip()
        pasted_key = found.api_key and not api_key
        place = place_of(found.api_url or "")
        if pasted_key and api_url and found.api_url and place != place_of(api_url):
            raise InvalidInput(
                msg(
                    "The pasted key is for {host}, and this is another address.",
                    host=place or "?",
                ),
                msg("Paste the key for this address, or empty the pasted example."),
                field="api_url",
            )
        return replace(
            self,
            api_url=api_url or found.api_url or "",
            api_key=api_key or found.api_key or "",
            tier=self.tier.strip() or platform.first_tier,
            requests_per_minute=self.requests_per_minute.strip(),
            requests_per_day=self.requests_per_day.strip(),
            dollars_per_day=self.dollars_per_day.strip(),
            experiment_sends=self.experiment_sends.strip(),
            pasted="",
        )


def read_pasted(text: str, platform: Platform) -> Pasted:
    """Find the API's base URL and the key in a curl command, or in anything else that holds them.

    Of several commands the one that is called with a key counts, else the first to a known path;
    its key goes with its own address and no other.
    """
    text = text[:_TEXT_MAX_CHARS]
    if not (commands := curl_commands(text)):
        return _read_prose(without_comments(text), platform)
    keyed = [(command, _key_in(command.headers, platform)) for command in commands]
    command, key = min(
        keyed,
        key=lambda pair: (
            pair[1] is None,
            pair[1] is not None and is_stand_in(pair[1]),
            not (pair[0].url and any(path in pair[0].url for path in platform.paths)),
        ),
    )
    url = command.url
    return _pasted(None if url is None or _OPEN_URL.search(url) else _base(url, platform), key)


def is_stand_in(text: str) -> bool:
    """Whether `text` only shows where a key or an address belongs."""
    return bool(_STAND_IN.search(text))


def _read_prose(text: str, platform: Platform) -> Pasted:
    urls = [url for url in _URL.findall(text) if not _OPEN_URL.search(url)]
    known = [url for url in urls if any(path in url for path in platform.paths)]
    bases = dict.fromkeys(_base(url, platform) for url in known or urls)
    several = len({place_of(base) for base in bases}) > 1
    bearer, bare = _BEARER.search(text), platform.key.search(text)
    key = bearer.group(1) if bearer else bare.group() if bare else None
    return _pasted(None if several or not bases else next(iter(bases)), key, several=several)


def _pasted(url: str | None, key: str | None, *, several: bool = False) -> Pasted:
    stand_in = key is not None and is_stand_in(key)
    return Pasted(url, None if stand_in else key, stand_in, several)


def _key_in(headers: Sequence[str], platform: Platform) -> str | None:
    """Return what stands in the key's place of these header lines."""
    for line in headers:
        name, _, value = line.partition(":")
        if name.strip().lower() == "authorization":
            scheme, _, key = value.strip().partition(" ")
            if scheme.lower() == "bearer" and key.strip():
                return key.strip()
    found = (platform.key.search(line.partition(":")[2]) for line in headers)
    return next((match.group() for match in found if match), None)


def _base(url: str, platform: Platform) -> str:
    """Return an address without the paths of single calls, and without what follows a `?`."""
    url = re.split(r"[?#]", url, maxsplit=1)[0]
    for path in platform.paths:
        url = url.split(path)[0]
    return url.rstrip("/.,;)")


def chosen_key(settings: Settings, api_url: str, api_key: str) -> str:
    """Return the key to use with `api_url`: the one typed, else the saved one where it belongs.

    Raises: InvalidInput: a key is bound to its host, so another host asks for the key again.
    """
    with _at("api_url"):
        check_base_url(api_url)
    with _at("api_key"):
        typed = check_key(api_key)
    if typed and is_stand_in(typed):
        raise InvalidInput(
            msg("This shows where a key belongs, and is no key."),
            msg("Paste your own."),
            field="api_key",
        )
    if typed:
        return typed
    if not settings.api_key:
        raise InvalidInput(msg("There is no API key yet."), msg("Paste your key."), field="api_key")
    bound = settings.key_host or place_of(settings.api_url or "")
    if bound != place_of(api_url):
        raise InvalidInput(
            msg("The saved key belongs to another address."),
            msg("Paste the key for this address."),
            field="api_key",
        )
    return settings.api_key


def apply(
    settings: Settings,
    change: SettingsChange,
    environ: Mapping[str, str] | None = None,
    share: Callable[[str], None] | None = None,
) -> Settings:
    """Check `change`, keep it in the .env file and return the settings that follow from it.

    Where several machines `share` their settings, the text for all of them is kept instead.
    Raises: InvalidInput or SettingsError, and then nothing is kept.
    """
    environ = os.environ if environ is None else environ
    platform = settings.provider.platform
    change = change.filled(platform)
    if share:
        refuse_connection(settings, change.api_url, change.api_key)
        change = replace(change, api_url="", api_key="")
    if settings.mode == OFFLINE_MODE and change.api_url:
        raise SettingsError(
            msg("The program was started with the sample engine alone."),
            msg("Start it without --provider offline to use the real models."),
        )
    values = {
        platform.tier_setting: change.tier,
        "PLAYGROUND_REQUESTS_PER_MINUTE": change.requests_per_minute,
        "PLAYGROUND_REQUESTS_PER_DAY": change.requests_per_day,
        "PLAYGROUND_DOLLARS_PER_DAY": change.dollars_per_day,
        "PLAYGROUND_EXPERIMENT_SENDS": change.experiment_sends,
    }
    labels = {name: LABELS[_field(name, platform)] for name in values}
    for name, value in values.items():
        with _at(_field(name, platform)):
            limits_of({name: value} if value else {}, platform, labels)
    tier, limits = limits_of({name: value for name, value in values.items() if value}, platform)
    own = {name: values[name] for name in OWN_LIMITS if values[name]}
    url = key = host = None
    if change.api_url:
        key = chosen_key(settings, change.api_url, change.api_key)
        url = str(check_base_url(change.api_url)).rstrip("/")
        host = place_of(url)
        values |= {
            platform.url_setting: url,
            platform.key_setting: key,
            platform.key_host_setting: host,
        }
    elif change.api_key:
        raise InvalidInput(msg("The API URL is missing."), msg("Paste it too."), field="api_url")
    _refuse_what_is_set(values, environ, platform)
    if share:
        share(text_of(values))
    else:
        write_env(settings.env_file, values)
    changed = replace(settings, tier=tier, limits=limits, own_limits=own)
    return replace(changed, api_url=url, api_key=key, key_host=host) if url else changed


def without_key(settings: Settings, environ: Mapping[str, str] | None = None) -> Settings:
    """Take the key out of the .env file and return the settings that follow from it.

    Raises: SettingsError where it is set elsewhere or cannot be taken out; then it is kept.
    """
    environ = os.environ if environ is None else environ
    platform = settings.provider.platform
    values = {platform.key_setting: "", platform.key_host_setting: ""}
    _refuse_what_is_set(values, environ, platform)
    write_env(settings.env_file, values)
    return replace(settings, api_key=None, key_host=None)


def _refuse_what_is_set(
    values: Mapping[str, str], environ: Mapping[str, str], platform: Platform
) -> None:
    """Raise SettingsError where the environment says otherwise than `values`."""
    for name, value in values.items():
        if environ.get(name) and environ[name] != value:
            raise SettingsError(
                msg(
                    "{field} is set in the environment, which wins over this panel.",
                    field=LABELS[_field(name, platform)],
                ),
                msg("Change {name} there, or start the program without it.", name=name),
            )


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Set `values` in the file at `path`, leave its other lines alone; "" removes. Mode 0600.

    A link stays one, and a file that is mounted by itself is written in place: neither can be
    replaced by another. Raises: SettingsError where the file cannot be written; it is as it was.
    """
    try:
        path = path.resolve()
        before = read_plain(path, ENV_MAX_BYTES) if path.exists() else b""
        after = _with(before.decode("utf-8-sig"), values).encode()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # an installed program's own
        try:
            write_durably(path, after)
        except OSError:  # it is mounted, or its folder may not be written to
            if not path.exists():
                raise
            _write_in_place(path, before, after)
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: no UTF-8
        raise SettingsError(
            msg("The settings cannot be kept in {path}.", path=path),
            msg("Check that the file may be written to."),
        ) from error


def _with(text: str, values: Mapping[str, str]) -> str:
    """Return a .env file's text with the values in it."""
    left = dict(values)
    lines: list[str] = []
    for binding in parse_stream(io.StringIO(text, newline="")):
        line = binding.original.string
        if binding.key is not None and binding.key in values:
            lead = line[: len(line) - len(line.lstrip())]  # blank lines belong to the next one
            value = left.pop(binding.key, "")  # set once, however often it stands there
            line = lead + _line(binding.key, value)
        lines.append(line)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines.append("\n")
    return "".join([*lines, *(_line(name, value) for name, value in left.items())])


def _line(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}='{quoted}'\n" if value else ""


def _write_in_place(path: Path, before: bytes, after: bytes) -> None:
    """Write over a file; a disk that takes no more of it leaves what was there."""
    with path.open("r+b", buffering=0) as file:
        with suppress(OSError):  # before the key is in it; another's file keeps its mode
            path.chmod(0o600)
        try:
            _write_over(file, after)
        except OSError:
            _write_over(file, before)
            raise


def _write_over(file: FileIO, content: bytes) -> None:
    at = 0
    while at < len(content):
        file.seek(at)
        at += file.write(content[at:])
    file.truncate(len(content))
    os.fsync(file.fileno())


def shown(settings: Settings) -> dict[str, object]:
    """Return what the panel shows of the settings: whether there is a key, never the key."""
    return {
        "api_url": settings.api_url or "",
        "has_key": bool(settings.api_key),
        "tier": settings.tier,
        "own_limits": {
            _field(name, settings.provider.platform): settings.own_limits.get(name, "")
            for name in OWN_LIMITS
        },
    }


@contextmanager
def _at(field: str) -> Iterator[None]:
    """Name the panel's field in what goes wrong within."""
    try:
        yield
    except SettingsError as error:
        raise InvalidInput(error.message, error.hint, field=field) from error


def _field(name: str, platform: Platform) -> str:
    """Return the panel's name of a setting."""
    return name.removeprefix("PLAYGROUND_").removeprefix(f"{platform.env}_").lower()
