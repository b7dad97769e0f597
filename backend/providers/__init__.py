"""The platforms that can be asked for images, by the name that a catalogue entry carries.

Offline has no provider of its own: it speaks the same API over another transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backend.providers.base import Provider
from backend.providers.sentry_block import SentryBlock

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "sentry_block": SentryBlock(),
    }
)
