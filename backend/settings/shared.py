"""Limits that several machines share: what the settings panel keeps in their database. Pure.

Addresses and keys are each machine's own, set in its environment, and never in there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from backend.errors import SettingsError
from backend.said import msg
from backend.settings.load import OWN_LIMITS, Settings, limits_of

NAME = "limits"
"""Under which the text stands among those that are shared."""


def text_of(values: Mapping[str, str]) -> str:
    """Return settings by their names, of which "" are not set, as the text."""
    return json.dumps({name: value for name, value in values.items() if value})


def with_shared(settings: Settings, text: str, environ: Mapping[str, str]) -> Settings:
    """Return the settings with what the text says of limits, before which the environment goes.

    A text that makes no sense changes nothing: another version may have written it.
    """
    platform = settings.provider.platform
    names = (*OWN_LIMITS, platform.tier_setting)
    try:
        found = {n: v for n, v in json.loads(text).items() if n in names and isinstance(v, str)}
        found |= {name: environ[name] for name in names if environ.get(name)}
        tier, limits = limits_of(found, platform)
    except (ValueError, AttributeError, SettingsError):
        return settings
    own = {name: found[name] for name in OWN_LIMITS if name in found}
    return replace(settings, tier=tier, limits=limits, own_limits=own)


def refuse_connection(settings: Settings, api_url: str, api_key: str) -> None:
    """Raises: SettingsError where another address or a key is to be kept."""
    if not api_key and (not api_url or api_url.rstrip("/") == (settings.api_url or "").rstrip("/")):
        return
    raise of_each(settings)


def of_each(settings: Settings) -> SettingsError:
    """Return the refusal to change an address or a key, which each machine has for itself."""
    platform = settings.provider.platform
    return SettingsError(
        msg("Several machines share these settings: address and key are set on each of them."),
        msg(
            "Set {url} and {key} in their environment, then start them again.",
            url=platform.url_setting,
            key=platform.key_setting,
        ),
    )
