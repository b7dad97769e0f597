"""Further connections as the Settings page lists them. Never a key."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backend.branch import Branch
from backend.errors import SettingsError
from backend.providers import PROVIDERS
from backend.providers.base import Auth
from backend.said import Said, dollars, joined, msg, msg_n
from backend.settings.connections import ConnectionSettings
from ui.language.chosen import tell


def connections_json(branches: Mapping[str, Branch]) -> dict[str, Any]:
    """Return all connections, and the kinds that there can be."""
    return {
        "connections": [connection_json(branch) for branch in branches.values()],
        "kinds": [
            {
                "name": name,
                "label": provider.platform.label,
                "api_url": provider.platform.url,
                "needs_key": provider.platform.needs_key,
                "takes_key": provider.platform.auth is not Auth.NONE,
                "local": provider.platform.local,
                "key_example": provider.platform.key_example,
            }
            for name, provider in PROVIDERS.items()
        ],
    }


def connection_json(branch: Branch) -> dict[str, Any]:
    """Return a connection, its limits as they are typed."""
    own = branch.own
    return {
        "name": own.name,
        "kind": own.kind,
        "label": own.platform.label,
        "api_url": own.api_url,
        "has_key": own.key is not None,
        "lan": own.lan,
        "requests_per_minute": _typed(own.requests_per_minute),
        "requests_per_day": _typed(own.requests_per_day),
        "dollars_per_day": _typed(own.dollars_per_day),
        "price_usd": _typed(own.price_usd),
        "models": len(branch.models),
        "text": tell(_text(branch)),
        "ok": branch.trouble is None,
    }


def tested_text(kind: str, models: list[str], balance: Decimal | None) -> Said:
    """Return what a test of a connection of this kind found."""
    provider = PROVIDERS[kind]
    if provider.models_call() is None:  # then nothing was asked
        return msg(
            "These settings can be used. {platform} answers no question that is free of charge:"
            " whether the key is right shows with the first image.",
            platform=provider.platform.label,
        )
    if not models:
        works = joined(msg("It answers."), no_models_text(kind))
    else:
        works = msg_n("It works: 1 image model.", "It works: {n} image models.", len(models))
    if balance is None:
        return works
    return joined(works, msg("Its balance is {balance}.", balance=dollars(balance)))


def _text(branch: Branch) -> Said | str:
    count = msg_n("1 model.", "{n} models.", len(branch.models)) if branch.models else ""
    if isinstance(branch.trouble, SettingsError):  # a file of the user's own; the others are there
        return joined(count, branch.trouble.message, branch.trouble.hint)
    if branch.trouble is not None:
        return joined(msg("It does not answer just now."), branch.trouble.message)
    return joined(count, _limits(branch.own)) if count else no_models_text(branch.own.kind)


def no_models_text(kind: str) -> Said:
    """Return why a connection of this kind can have no models, and what to do."""
    provider = PROVIDERS[kind]
    if provider.platform.workflows:
        return msg("No models yet: put your workflows into the folder workflows.")
    if provider.models_call() is None:
        return msg(
            'No models yet: list those you want in models.toml with provider = "{kind}", then start'
            " the program again.",
            kind=kind,
        )
    return msg("It tells of no models that make images.")


def _limits(own: ConnectionSettings) -> Said | str:
    if own.requests_per_day is not None:
        return msg_n("At most 1 image a day.", "At most {n} images a day.", own.requests_per_day)
    if own.dollars_per_day is not None:
        return msg("At most {limit} a day.", limit=dollars(own.dollars_per_day))
    return ""


def _typed(value: int | Decimal | None) -> str:
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
