"""The platforms that can be asked for images, by their names.

Offline has no provider of its own: it speaks the same API over another transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backend.providers.base import Provider
from backend.providers.sentry_block import SentryBlock

_ALL: list[Provider] = [
    SentryBlock(),
]

PROVIDERS: Mapping[str, Provider] = MappingProxyType({p.platform.name: p for p in _ALL})
"""A new provider is one file and one line above; the first one is the default."""
