"""Settings: arguments, then the environment, then .env, then defaults. The only reader of both.

Only the names below are taken from .env; a stray file cannot set anything else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values

from backend.errors import SettingsError
from backend.types import Limits

ProviderChoice = Literal["auto", "offline", "sentry_block"]

OWN_LIMITS = (
    "PLAYGROUND_REQUESTS_PER_MINUTE",
    "PLAYGROUND_REQUESTS_PER_DAY",
    "PLAYGROUND_DOLLARS_PER_DAY",
)

NAMES = (
    "SENTRY_BLOCK_API_URL",
    "SENTRY_BLOCK_API_KEY",
    "SENTRY_BLOCK_KEY_HOST",
    "SENTRY_BLOCK_TIER",
    *OWN_LIMITS,
    "PLAYGROUND_PROVIDER",
    "PLAYGROUND_HOST",
    "PLAYGROUND_PORT",
    "PLAYGROUND_DATA_DIR",
    "PLAYGROUND_DATABASE_URL",
    "PLAYGROUND_AUTH",
)

TIERS: Mapping[str, tuple[int, int | None]] = {
    "engineer-1": (60, 200),
    "engineer-2": (300, 1_000),
    "engineer-3": (600, 2_000),
    "expert-1": (1_500, None),
    "expert-2": (3_000, None),
}
"""Requests per minute and per day of each account tier, as the platform documents them."""

USED_OF_TIER = 0.9
"""The share of a tier that is used: other programs share the account's limits."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. `api_key` never appears in a repr.

    `own_limits` are those set beside the tier's, by environment name, as they were written.
    `timeout_s` covers one paid call from connecting to its last byte; no environment name sets it.
    """

    data_dir: Path
    env_file: Path
    host: str = "127.0.0.1"
    port: int = 7860
    provider: ProviderChoice = "auto"
    api_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    key_host: str | None = None
    database_url: str | None = field(default=None, repr=False)
    auth: str | None = field(default=None, repr=False)
    tier: str = "engineer-1"
    limits: Limits = field(default_factory=Limits)
    own_limits: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 300.0

    @property
    def on_platform(self) -> bool:
        """Whether images come from the platform and cost money, rather than offline."""
        if self.provider == "auto":
            return bool(self.api_url and self.api_key and self.key_fits)
        return self.provider == "sentry_block"

    @property
    def key_fits(self) -> bool:
        """Whether the key is for this URL: one saved in the page is bound to its host."""
        host = urlsplit(self.api_url or "").netloc.lower()
        return not (self.key_host and self.api_url) or self.key_host == host

    @property
    def missing(self) -> str | None:
        """A sentence where a key or URL is set and yet not used, else None."""
        if self.provider != "offline" and self.api_key and not self.key_fits:
            return (
                f"The saved key is for {self.key_host}, and SENTRY_BLOCK_API_URL names another"
                " address: enter the key again in the settings."
            )
        if self.provider == "auto" and bool(self.api_url) != bool(self.api_key):
            there, lacks = ("SENTRY_BLOCK_API_URL", "SENTRY_BLOCK_API_KEY")
            if self.api_key:
                there, lacks = lacks, there
            return f"{there} is set, but {lacks} is not: both are needed for the real models."
        return None


def load_settings(
    arguments: Mapping[str, object], environ: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings from parsed arguments (None is "not given"), environment and .env.

    `arguments` may hold host, port, data_dir, env_file, provider and auth.
    Raises: SettingsError with one sentence that names the setting.
    """
    environ = os.environ if environ is None else environ
    env_file = Path(str(arguments.get("env_file") or ".env")).expanduser()
    if arguments.get("env_file") and not env_file.exists():
        raise SettingsError(f"The file {env_file} does not exist.", "Check --env-file.")
    found = {**_read_env(env_file), **{n: environ[n] for n in NAMES if environ.get(n)}}

    def given(argument: str, name: str, default: str) -> str:
        value = arguments.get(argument)
        return str(value) if value is not None else found.get(name) or default

    provider = given("provider", "PLAYGROUND_PROVIDER", "auto")
    if provider not in ("auto", "offline", "sentry_block"):
        raise SettingsError(
            f"PLAYGROUND_PROVIDER is {provider!r}.", "It can be auto, offline or sentry_block."
        )
    settings = Settings(
        data_dir=Path(given("data_dir", "PLAYGROUND_DATA_DIR", "data")).expanduser(),
        env_file=env_file,
        host=given("host", "PLAYGROUND_HOST", "127.0.0.1"),
        port=_port(given("port", "PLAYGROUND_PORT", "7860")),
        provider=provider,  # type: ignore[arg-type]  # checked above
        api_url=found.get("SENTRY_BLOCK_API_URL"),
        api_key=found.get("SENTRY_BLOCK_API_KEY"),
        key_host=found.get("SENTRY_BLOCK_KEY_HOST"),
        database_url=found.get("PLAYGROUND_DATABASE_URL"),
        auth=given("auth", "PLAYGROUND_AUTH", "") or None,
    )
    tier, limits = limits_of(found)
    own = {name: found[name] for name in OWN_LIMITS if found.get(name)}
    settings = replace(settings, tier=tier, limits=limits, own_limits=own)
    if settings.provider == "sentry_block" and not (settings.api_url and settings.api_key):
        raise SettingsError(
            "The provider sentry_block needs SENTRY_BLOCK_API_URL and SENTRY_BLOCK_API_KEY.",
            f"Set both in {env_file} or the environment, or leave --provider out.",
        )
    if settings.provider == "sentry_block" and settings.missing:
        raise SettingsError(settings.missing)
    return settings


def _read_env(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {path} cannot be read.", "Save it as plain text.") from error
    return {name: value.strip() for name in NAMES if (value := values.get(name))}


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 6 and 0 <= int(text) <= 65_535:
        return int(text)
    raise SettingsError(f"The port {text!r} cannot be used.", "Choose a number from 1 to 65535.")


def limits_of(found: Mapping[str, str]) -> tuple[str, Limits]:
    """Return the tier and limits that settings by name give. Raises: SettingsError."""
    tier = found.get("SENTRY_BLOCK_TIER", "engineer-1")
    if tier not in TIERS:
        raise SettingsError(f"SENTRY_BLOCK_TIER is {tier!r}.", f"It can be {', '.join(TIERS)}.")
    minute, day = (None if n is None else int(n * USED_OF_TIER) for n in TIERS[tier])
    dollars = None
    if (own := found.get("PLAYGROUND_REQUESTS_PER_MINUTE")) is not None:
        minute = int(_amount("PLAYGROUND_REQUESTS_PER_MINUTE", own, whole=True)) or None
    if (own := found.get("PLAYGROUND_REQUESTS_PER_DAY")) is not None:
        day = int(_amount("PLAYGROUND_REQUESTS_PER_DAY", own, whole=True)) or None
    if (own := found.get("PLAYGROUND_DOLLARS_PER_DAY")) is not None:
        dollars = _amount("PLAYGROUND_DOLLARS_PER_DAY", own) or None
    return tier, Limits(minute, day, dollars)


def _amount(name: str, text: str, *, whole: bool = False) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= 10**9 or (whole and amount != int(amount)):
        kind = "a whole number" if whole else "an amount such as 2.50"
        raise SettingsError(f"{name} is {text!r}.", f"It must be {kind}; 0 means no limit.")
    return amount
