"""What went wrong with a request, by whether it had begun to leave."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from backend.errors import (
    CHECK,
    NOTHING,
    NoAnswer,
    NotSent,
    PlaygroundError,
    Unreachable,
    Untrusted,
)
from backend.said import joined, msg

BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What httpx raises before the first byte of a request leaves."""


@dataclass(frozen=True, slots=True)
class Where:
    """The other end, for messages: its name, and `host:port`."""

    host: str
    address: str


def where_of(url: httpx.URL) -> Where:
    """Return what messages call the other end of an address."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return Where(url.host, f"{host}:{url.port or (443 if url.scheme == 'https' else 80)}")


def failure(
    error: Exception, *, sent: bool, where: Where, waited_s: float, connect_s: float
) -> PlaygroundError:
    """Say what went wrong; `sent` tells whether the request had begun to leave.

    `waited_s` was the time for the whole call, `connect_s` that for connecting.
    """
    late = isinstance(error, TimeoutError | httpx.TimeoutException)
    if sent:
        if late:
            return NoAnswer(
                msg(
                    "{address} did not answer within {waited_s} seconds.",
                    address=where.address,
                    waited_s=waited_s,
                ),
                CHECK,
            )
        return NoAnswer(
            msg("The connection to {address} broke before the answer came.", address=where.address),
            CHECK,
        )
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            reason = (
                getattr(cause, "verify_message", "") or cause.reason or msg("no safe connection")
            )
            return Untrusted(
                msg(
                    "{address} could not prove who it is ({reason}), so it did not get your key.",
                    address=where.address,
                    reason=str(reason).lower(),
                ),
                joined(
                    NOTHING,
                    msg(
                        "Check the API URL and this computer's clock; where a firm inspects "
                        "its traffic, set SSL_CERT_FILE to the firm's certificate."
                    ),
                ),
            )
    hint = joined(NOTHING, msg("Check the API URL and your internet connection."))
    if late:
        return Unreachable(
            msg(
                "{address} could not be reached within {connect_s} seconds.",
                address=where.address,
                connect_s=connect_s,
            ),
            hint,
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(msg("The name {host} could not be looked up.", host=where.host), hint)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(msg("{address} refused the connection.", address=where.address), hint)
    if isinstance(error, httpx.ProxyError):
        return Unreachable(
            msg("The proxy did not let us through to {address}.", address=where.address), hint
        )
    if isinstance(error, httpx.HTTPError | OSError):
        return Unreachable(
            msg("No connection to {address} could be made.", address=where.address), hint
        )
    return NotSent(msg("The request could not be prepared."), NOTHING)


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
