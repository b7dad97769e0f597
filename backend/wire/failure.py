"""What went wrong with a request, by whether it had begun to leave."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what caused it, and the members of groups among them (happy eyeballs)."""
    seen = 0
    queue = [error]
    while queue and seen < 50:
        if (item := queue.pop(0)) is None:
            continue
        seen += 1
        yield item
        if isinstance(item, BaseExceptionGroup):
            queue += item.exceptions
        queue.append(item.__cause__ or item.__context__)
