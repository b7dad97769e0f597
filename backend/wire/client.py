"""One attempt of one call, its answer spooled to disk as it comes in.

Nothing is ever sent twice here. Every failure says whether the request had left: NotSent or
MaybeCharged (errors.py). Each paid call gets a connection of its own, because a kept-alive one that
has died looks like a lost answer.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from backend import __version__
from backend.errors import (
    FREE,
    NOTHING,
    BadAnswer,
    InvalidInput,
    LookupFailed,
    MaybeCharged,
    NoAnswer,
    NotSent,
    PlaygroundError,
    SettingsError,
    Unreachable,
)
from backend.redact import redact
from backend.said import joined, msg
from backend.types import WireCall
from backend.wire import http11
from backend.wire.address import LOOPBACK, check_base_url, check_key
from backend.wire.answer import Answer
from backend.wire.body import body_of, reason_of, too_big, without
from backend.wire.failure import BEFORE_SENDING, Where, failure
from backend.wire.spool import Spool, no_spool

log = logging.getLogger(__name__)

http11.prepare()

LOOKUP_MAX_BYTES = 4_000_000
LOOKUP_WAITS_S = (0.3, 1.0)

Explain = Callable[[int, Mapping[str, str], bytes], PlaygroundError]
"""A provider's `explain`: what an HTTP failure means."""


class Api:
    """One platform at one address with one key. Holds no connection, so nothing needs closing.

    Outside loopback the proxies of the environment (HTTPS_PROXY, NO_PROXY) and SSL_CERT_FILE are
    used, as firms need them; httpx 0.28 reads no .netrc, so nothing replaces the key. Loopback
    addresses never go through a proxy: it would see the key in plain text.
    """

    def __init__(
        self,
        base_url: str,
        key: str | None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        max_body_bytes: int = 40_000_000,
        deadline_s: float = 300,
        connect_timeout_s: float = 10,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Check the address and the key; send nothing.

        `transport` replaces the network (offline, tests); the caller closes it. `deadline_s` covers
        a whole paid call, from connecting to the last byte. Raises: SettingsError.
        """
        self._url = check_base_url(base_url)
        self._key = check_key(key)
        self._transport = transport
        self._max_body_bytes = max_body_bytes
        self._deadline_s = deadline_s
        self._connect_timeout_s = connect_timeout_s
        self._loopback = self._url.host in LOOPBACK
        # Where there is no TLS the context trusts nobody, so that it fails closed.
        needs_tls = transport is None and self._url.scheme == "https"
        empty = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._ssl = ssl_context or (_make_ssl() if needs_tls else empty)

    def __repr__(self) -> str:
        return f"Api({self.base_url!r}, key={'set' if self._key else 'none'})"

    @property
    def base_url(self) -> str:
        """The checked address, without a slash at its end."""
        return str(self._url).rstrip("/")

    @property
    def where(self) -> Where:
        """The other end, for messages."""
        host = f"[{self._url.host}]" if ":" in self._url.host else self._url.host
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        return Where(self._url.host, f"{host}:{port}")

    def keyless(self, error: PlaygroundError) -> PlaygroundError:
        """Return `error` without our key in its words, in whatever form the platform told it back.

        Bodies lose it as it was sent; escaped or packed it shows only once they are read.
        """
        if self._key is not None:
            error.message = redact(error.message, [self._key])
            error.hint = redact(error.hint, [self._key])
        return error

    async def send(self, call: WireCall, spool: Path) -> Answer:
        """Make one attempt of a paid call and return its answer, whatever the status.

        The body of a 2xx goes into `spool` + ".part" (new, mode 0600), which takes the name `spool`
        with its last byte; every other outcome leaves no file. A close-delimited body (no length,
        not chunked) cannot be known to be whole: `parse` decides. A disk that fails after sending
        costs the spool, never the answer: `spooled` is False then.

        Raises: SettingsError, InvalidInput, StorageFull, NotSent, Unreachable, Untrusted (nothing
        was sent); NoAnswer, BadAnswer (may have been charged).
        """
        request = self._request(call)
        file = Spool(spool)
        try:
            return await self._attempt(request, self._max_body_bytes, self._deadline_s, file)
        finally:
            file.discard()  # does nothing once the answer is complete

    async def get_json(
        self,
        call: WireCall,
        explain: Explain,
        *,
        timeout_s: float = 10,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> bytes:
        """Return the body of a free GET; at most three tries within `timeout_s` in all.

        Tried again after a lost connection or a 5xx. Bodies are at most 4 MB.
        Raises: SettingsError, Unreachable, Untrusted, LookupFailed, or `explain`'s refusal.
        """
        ends = time.monotonic() + timeout_s
        for wait_s in (*LOOKUP_WAITS_S, None):
            left_s = max(ends - time.monotonic(), 0.001)
            error: PlaygroundError
            try:
                answer = await self._attempt(self._request(call), LOOKUP_MAX_BYTES, left_s)
                if answer.ok:
                    return answer.body
                error = explain(answer.status, answer.headers, answer.body)
                if answer.status < 500:
                    wait_s = None
            except (Unreachable, NoAnswer, BadAnswer) as failure:
                error = failure
            if isinstance(error, MaybeCharged):  # a free question never is
                cause, error = error, LookupFailed(error.message, FREE)
                error.__cause__ = cause
            if wait_s is None or time.monotonic() + wait_s >= ends:
                raise error
            await sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    # --- one attempt ------------------------------------------------------------------------

    def _request(self, call: WireCall) -> httpx.Request:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # base64 of pixels hardly shrinks, and gzip can explode
            "Connection": "close",
            "User-Agent": f"sentry-block-playground/{__version__}",
        }
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        elif self._transport is None and not self._loopback:
            raise SettingsError(msg("There is no API key yet."), msg("Enter one in the settings."))
        content = None
        if call.json is not None:
            headers["Content-Type"] = "application/json"
            try:
                text = json.dumps(dict(call.json), allow_nan=False, separators=(",", ":"))
            except (ValueError, TypeError, RecursionError) as error:
                raise InvalidInput(msg("One of the values cannot be sent."), NOTHING) from error
            content = text.encode("ascii")
        return httpx.Request(
            call.method, self.base_url + call.path, headers=headers, content=content
        )

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a client for one call: 0.1 ms, since the TLS context (23 ms) is shared."""
        if self._transport is not None:
            yield httpx.AsyncClient(transport=self._transport)  # not closed: it is the caller's
            return
        # The environment is other people's: it stops no start, only what cannot do without it.
        if self._ssl is None:
            raise NotSent(
                msg("The certificates in SSL_CERT_FILE or SSL_CERT_DIR cannot be read."),
                joined(
                    msg("Correct or remove that setting of the environment, then start again."),
                    NOTHING,
                ),
            )
        try:
            client = httpx.AsyncClient(verify=self._ssl, trust_env=not self._loopback)
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            check = msg("Check HTTPS_PROXY, ALL_PROXY and NO_PROXY, then start again.")
            hint = joined(check, NOTHING)
            raise NotSent(msg("The proxy in the environment cannot be used."), hint) from error
        try:
            yield client
        finally:
            await client.aclose()

    async def _attempt(
        self,
        request: httpx.Request,
        max_bytes: int,
        deadline_s: float,
        file: Spool | None = None,
    ) -> Answer:
        started = time.perf_counter()
        sent = False
        answer: Answer | None = None

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            # A proxy's CONNECT passes here too: that is not our request yet.
            nonlocal sent
            if event.endswith("send_request_headers.started") and (
                info["request"].method == request.method.encode()
            ):
                sent = True

        connect_s = min(self._connect_timeout_s, deadline_s)
        limits = httpx.Timeout(deadline_s, connect=connect_s)
        request.extensions |= {"trace": trace, "timeout": limits.as_dict()}
        try:
            async with asyncio.timeout(deadline_s), self._client() as client:
                sent = self._transport is not None  # others tell nothing: assume the worst
                response = await client.send(request, stream=True)
                async with aclosing(response):
                    head = response.status_code, dict(response.headers)
                    if response.is_success:
                        body = await self._receive(response, max_bytes, file)
                        answer = Answer(
                            *head, body, *(file.finish() if file else (None, no_spool()))
                        )
                    else:
                        answer = Answer(*head, b"", None, no_spool())  # should no reason come
                        answer = replace(answer, body=await reason_of(response, self._key))
        except PlaygroundError:
            raise
        except Exception as error:
            if answer is None:
                if self._transport is not None and isinstance(error, BEFORE_SENDING):
                    sent = False
                raise failure(
                    error, sent=sent, where=self.where, waited_s=deadline_s, connect_s=connect_s
                ) from error
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            status = answer.status if answer else "no answer"
            log.info("%s %s %s %.0f ms", request.method, request.url.path, status, took_ms)
        return answer

    async def _receive(self, response: httpx.Response, max_bytes: int, file: Spool | None) -> bytes:
        """Return the whole body, having written it to `file` on the way."""
        told = response.headers.get("content-length", "")
        if told.isascii() and told.isdigit() and int(told[:18]) > max_bytes:
            raise too_big(max_bytes)
        pieces = []
        async for piece in without(self._key, body_of(response, max_bytes)):
            pieces.append(piece)
            if file is not None:
                file.write(piece)
        return b"".join(pieces)


def _make_ssl() -> ssl.SSLContext | None:
    """Return what tells whom to trust, None where the environment names what cannot be read."""
    try:
        return httpx.create_ssl_context()
    except (OSError, ValueError):  # ssl.SSLError is one of the first
        return None
