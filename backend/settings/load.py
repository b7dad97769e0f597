"""Settings: arguments, then the environment, then .env, then defaults. The only reader of both.

Only the names below are taken from .env; a stray file cannot set anything else. What is not given
lies beside the program, wherever it is started from, or where an installed one has its places.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType

from backend.errors import SettingsError
from backend.providers import PROVIDERS
from backend.providers.base import Platform, Provider
from backend.said import Said, listed, msg
from backend.settings.env_file import read_env
from backend.settings.network import Network, read_network
from backend.settings.places import BESIDE, Places
from backend.storage.image_files.store_url import StoreUrl, read_store_url
from backend.text import shortened
from backend.types import EXPERIMENT_SENDS, EXPERIMENT_SENDS_MAX, Limits
from backend.wire.place import place_of

ENV_FILE = "PLAYGROUND_ENV_FILE"
"""The environment's name for the file of settings, which need not be there yet."""

_QUOTED_CHARS = 40

OWN_LIMITS = (
    "PLAYGROUND_REQUESTS_PER_MINUTE",
    "PLAYGROUND_REQUESTS_PER_DAY",
    "PLAYGROUND_DOLLARS_PER_DAY",
    "PLAYGROUND_EXPERIMENT_SENDS",
)

MAIN = {name: provider for name, provider in PROVIDERS.items() if provider.platform.tiers}
"""The platforms that these settings can be of: those whose accounts have tiers."""

NAMES = (
    *(name for provider in MAIN.values() for name in provider.platform.settings),
    *OWN_LIMITS,
    "PLAYGROUND_PROVIDER",
    "PLAYGROUND_HOST",
    "PLAYGROUND_PORT",
    "PLAYGROUND_DATA_DIR",
    "PLAYGROUND_DATABASE_URL",
    "PLAYGROUND_STORE_URL",
    "PLAYGROUND_AUTH",
    "PLAYGROUND_ALLOWED_HOSTS",
    "PLAYGROUND_TRUSTED_PROXIES",
    "PLAYGROUND_ROOT_PATH",
)

OFFLINE_MODE = "offline"
MODES = ("auto", OFFLINE_MODE, *MAIN)
"""Who may answer. auto: the platform whose URL and key are set, else the sample engine."""

USED_OF_TIER = Decimal("0.9")
"""The share of a tier that is used: other programs share the account's limits."""

_FIRST = next(iter(MAIN.values()))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. `api_key` never appears in a repr.

    `mode` is one of MODES; `provider` is the platform whose URL, key and tier these are.
    `own_limits` are those set beside the tier's, by environment name, as they were written.
    `timeout_s` covers one paid call from connecting to its last byte; no environment name sets it.
    """

    data_dir: Path
    env_file: Path
    host: str = "127.0.0.1"
    port: int = 7860
    mode: str = "auto"
    provider: Provider = _FIRST
    api_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    key_host: str | None = None
    database_url: str | None = field(default=None, repr=False)
    store_url: StoreUrl | None = None
    auth: str | None = field(default=None, repr=False)
    network: Network = field(default_factory=Network)
    tier: str = _FIRST.platform.first_tier
    limits: Limits = field(default_factory=Limits)
    own_limits: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 300.0
    places: Places = BESIDE
    elsewhere: str | None = None
    """A sentence where another folder may be meant, else None."""

    @property
    def on_platform(self) -> bool:
        """Whether images come from the platform and cost money, rather than offline."""
        if self.mode == "auto":
            return bool(self.api_url and self.api_key and self.key_fits)
        return self.mode != OFFLINE_MODE

    @property
    def key_fits(self) -> bool:
        """Whether the key is for this URL: one saved in the page is bound to its host."""
        return not (self.key_host and self.api_url) or self.key_host == place_of(self.api_url)

    @property
    def missing(self) -> str | None:
        """A sentence where a key or URL is set and yet not used, else None."""
        platform = self.provider.platform
        if self.mode != OFFLINE_MODE and self.api_key and not self.key_fits:
            return msg(
                "The saved key is for {host}, and {name} names another address: enter the key"
                " again in the settings.",
                host=self.key_host,
                name=platform.url_setting,
            )
        if self.mode == "auto" and bool(self.api_url) != bool(self.api_key):
            there, lacks = platform.url_setting, platform.key_setting
            if self.api_key:
                there, lacks = lacks, there
            return msg(
                "{there} is set, but {lacks} is not: both are needed for the real models.",
                there=there,
                lacks=lacks,
            )
        return None


def load_settings(
    arguments: Mapping[str, object],
    environ: Mapping[str, str] | None = None,
    *,
    places: Places = BESIDE,
) -> Settings:
    """Return the settings from parsed arguments (None or "" is "not given"), environment and .env.

    `arguments` may hold host, port, data_dir, env_file, provider, auth, root_path, and as lists
    allow_host and trust_proxy. What .env says of paths is meant from its own folder; `places` are
    for what is not given.
    Raises: SettingsError with one sentence that names the setting.
    """
    environ = os.environ if environ is None else environ
    asked = arguments.get("env_file")
    env_file = at_home(str(asked or environ.get(ENV_FILE) or places.env_file))
    if asked and not os.path.lexists(env_file):
        raise SettingsError(f"The file {env_file} does not exist.", "Check --env-file.")
    # cmd.exe's `set NAME=value && ...` has a blank at the end.
    around = {name: value for name in NAMES if (value := environ.get(name, "").strip())}
    found = read_env(env_file, NAMES) | around
    data_dir, elsewhere = _data_dir(arguments, environ, found, env_file, places)

    def given(argument: str, name: str, default: str) -> str:
        value = arguments.get(argument)
        value = ",".join(value) if isinstance(value, list) else value
        return str(value or found.get(name) or default)

    mode = given("provider", "PLAYGROUND_PROVIDER", "auto")
    if mode not in MODES:
        raise SettingsError(f"PLAYGROUND_PROVIDER is {mode!r}.", f"It can be {one_of(MODES)}.")
    provider = MAIN.get(mode) or _provider_in(found)
    platform = provider.platform
    tier, limits = limits_of(found, platform)
    settings = Settings(
        data_dir=data_dir,
        env_file=env_file,
        host=given("host", "PLAYGROUND_HOST", "127.0.0.1"),
        port=_port(given("port", "PLAYGROUND_PORT", "7860")),
        mode=mode,
        provider=provider,
        api_url=found.get(platform.url_setting),
        api_key=found.get(platform.key_setting),
        key_host=found.get(platform.key_host_setting),
        database_url=found.get("PLAYGROUND_DATABASE_URL"),
        store_url=_store_url(found),
        auth=given("auth", "PLAYGROUND_AUTH", "") or None,
        network=read_network(
            given("allow_host", "PLAYGROUND_ALLOWED_HOSTS", ""),
            given("trust_proxy", "PLAYGROUND_TRUSTED_PROXIES", ""),
            given("root_path", "PLAYGROUND_ROOT_PATH", ""),
        ),
        tier=tier,
        limits=limits,
        own_limits={name: found[name] for name in OWN_LIMITS if found.get(name)},
        places=places,
        elsewhere=elsewhere,
    )
    if mode in MAIN and not (settings.api_url and settings.api_key):
        raise SettingsError(
            f"The provider {mode} needs {platform.url_setting} and {platform.key_setting}.",
            f"Set both in {env_file} or the environment, or leave --provider out.",
        )
    if mode in MAIN and settings.missing:
        raise SettingsError(settings.missing)
    return settings


def _store_url(found: Mapping[str, str]) -> StoreUrl | None:
    """Return where images are kept besides the data folder. Raises: SettingsError."""
    text = found.get("PLAYGROUND_STORE_URL")
    if text is None or not text.strip():
        return None
    url = read_store_url(text.strip())
    if not found.get("PLAYGROUND_DATABASE_URL"):
        # A database in the folder is made anew from the folder's images, and they are elsewhere.
        raise SettingsError(
            "PLAYGROUND_STORE_URL is set, but PLAYGROUND_DATABASE_URL is not.",
            "Set both, or neither: images that many share need a database that they share.",
        )
    return url


def _provider_in(found: Mapping[str, str]) -> Provider:
    """Return the first platform whose URL or key is set, else the first there is."""
    for provider in MAIN.values():
        if {provider.platform.url_setting, provider.platform.key_setting} & found.keys():
            return provider
    return _FIRST


def one_of(words: Sequence[str]) -> str:
    """Return words as a choice: "a, b or c"."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def at_home(path: str) -> Path:
    """Return a path as it is meant: `~` is the user's folder. Raises: SettingsError."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:  # no HOME, and nobody by that name
        raise SettingsError(
            f"Nobody knows which folder {path} is.",
            "Set HOME, or name files and folders in full with --env-file and --data-dir.",
        ) from error


def _data_dir(
    arguments: Mapping[str, object],
    environ: Mapping[str, str],
    found: Mapping[str, str],
    env_file: Path,
    places: Places,
) -> tuple[Path, str | None]:
    """Return the data folder, and a sentence where the one that was used before is another."""
    name = "PLAYGROUND_DATA_DIR"
    if arguments.get("data_dir"):
        return at_home(str(arguments["data_dir"])), None
    if environ.get(name, "").strip():
        return at_home(environ[name]), None
    folder = at_home(found.get(name) or str(places.data))
    if name in found:
        folder = env_file.parent / folder
    # Up to 0.2.0 it was looked for where the program was started from.
    there = Path.cwd() / "data"
    if not _is_library(there) or folder.resolve() == there.resolve():
        return folder, None
    return folder, msg(
        "There are images of a playground in {folder} too: "
        "to see those, start with --data-dir and that folder.",
        folder=str(there),
    )


def _is_library(folder: Path) -> bool:
    return (folder / "playground.db").is_file() and (folder / "images").is_dir()


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 6 and 0 <= int(text) <= 65_535:
        return int(text)
    raise SettingsError(f"The port {text!r} cannot be used.", "Choose a number from 1 to 65535.")


def limits_of(
    found: Mapping[str, str], platform: Platform, labels: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, Limits]:
    """Return the tier and limits that settings by name give.

    Raises: SettingsError, which calls a setting by its label where `labels` has one.
    """
    name = found.get(platform.tier_setting, platform.first_tier)
    if name not in platform.tiers:
        raise SettingsError(
            _is(labels.get(platform.tier_setting, platform.tier_setting), name),
            msg("It can be {tiers}.", tiers=listed(platform.tiers)),
        )
    tier = platform.tiers[name]
    minute: int | None = int(tier.requests_per_minute * USED_OF_TIER)
    day = None if tier.requests_per_day is None else int(tier.requests_per_day * USED_OF_TIER)
    dollars = None

    def amount(name: str, own: str, *, whole: bool = False) -> Decimal:
        return _amount(labels.get(name, name), own, whole=whole)

    if (own := found.get("PLAYGROUND_REQUESTS_PER_MINUTE")) is not None:
        minute = int(amount("PLAYGROUND_REQUESTS_PER_MINUTE", own, whole=True)) or None
    if (own := found.get("PLAYGROUND_REQUESTS_PER_DAY")) is not None:
        day = int(amount("PLAYGROUND_REQUESTS_PER_DAY", own, whole=True)) or None
    if (own := found.get("PLAYGROUND_DOLLARS_PER_DAY")) is not None:
        dollars = amount("PLAYGROUND_DOLLARS_PER_DAY", own) or None
    sends, of_sends = EXPERIMENT_SENDS, "PLAYGROUND_EXPERIMENT_SENDS"
    if (own := found.get(of_sends)) is not None:
        sends = _sends(labels.get(of_sends, of_sends), own)
    return name, Limits(minute, day, dollars, sends)


def _sends(name: str, text: str) -> int:
    short = text.isascii() and text.isdigit() and len(text) < 4
    if short and 1 <= int(text) <= EXPERIMENT_SENDS_MAX:
        return int(text)
    raise SettingsError(
        _is(name, text),
        msg(
            "Enter a whole number from {minimum} to {maximum}.",
            minimum="1",
            maximum=str(EXPERIMENT_SENDS_MAX),
        ),
    )


def _amount(name: str, text: str, *, whole: bool = False) -> Decimal:
    try:
        amount = Decimal(re.sub(r"^(\d+),(\d{1,2})$", r"\1.\2", text))  # 2,50 is 2.50
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= 10**9 or (whole and amount != int(amount)):
        hint = msg("It must be an amount such as 2.50; 0 means no limit.")
        if whole:
            hint = msg("It must be a whole number; 0 means no limit.")
        raise SettingsError(_is(name, text), hint)
    return amount


def _is(name: str, text: str) -> Said:
    """Return what stands in a setting; its text is quoted."""
    return msg("{name} is {text}.", name=name, text=repr(shortened(text, _QUOTED_CHARS)))
