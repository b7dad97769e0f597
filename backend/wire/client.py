"""One attempt of one call, its answer spooled to disk as it comes in.

Nothing is ever sent twice here. Every failure says whether the request had left: NotSent or
MaybeCharged (errors.py). Each paid call gets a connection of its own, because a kept-alive one that
has died looks like a lost answer.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
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
from backend.providers.base import Auth
from backend.redact import redact
from backend.said import joined, msg
from backend.types import Link, WireCall
from backend.wire import http11
from backend.wire.address import LOOPBACK, check_base_url, check_key, in_clear
from backend.wire.answer import Answer
from backend.wire.body import body_of, reason_of, too_big, without
from backend.wire.credentials import Credentials
from backend.wire.failure import BEFORE_SENDING, Where, failure, where_of
from backend.wire.links import addresses_of, allowed, proxy_for, request_for
from backend.wire.spool import Spool, no_spool, spooling

log = logging.getLogger(__name__)

http11.prepare()

LOOKUP_MAX_BYTES = 4_000_000
LOOKUP_WAITS_S = (0.3, 1.0)
TELL_S = 10.0

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
        auth: Auth = Auth.BEARER,
        needs_key: bool = True,
        lan: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        max_body_bytes: int = 40_000_000,
        deadline_s: float = 300,
        connect_timeout_s: float = 10,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Check the address and the key; send nothing.

        `auth` is how the key is shown. `lan` lets the address be plain http in one's own network:
        no key and no password goes there, the key is `withheld`.
        `transport` replaces the network (offline, tests); the caller closes it. `deadline_s` covers
        a whole paid call, from connecting to the last byte. Raises: SettingsError.
        """
        self._url = check_base_url(base_url, lan=lan)
        self._loopback = self._url.host in LOOPBACK
        self._own_net = self._loopback or self._url.scheme == "http"
        own = Credentials(check_key(key), auth)
        self.withheld = bool(own) and in_clear(self._url)
        self._own = Credentials(None, auth) if self.withheld else own
        self._needs_key = needs_key
        self._transport = transport
        self._max_body_bytes = max_body_bytes
        self._deadline_s = deadline_s
        self._connect_timeout_s = connect_timeout_s
        # Where there is no TLS the context trusts nobody, so that it fails closed.
        needs_tls = transport is None and self._url.scheme == "https"
        empty = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._trusting = needs_tls or ssl_context is not None
        self._ssl = ssl_context or (_make_ssl() if needs_tls else empty)

    def __repr__(self) -> str:
        return f"Api({self.base_url!r}, key={'set' if self._own else 'none'})"

    @property
    def base_url(self) -> str:
        """The checked address, without a slash at its end."""
        return str(self._url).rstrip("/")

    @property
    def url(self) -> httpx.URL:
        """The checked address."""
        return self._url

    @property
    def max_body_bytes(self) -> int:
        """How large an answer may be."""
        return self._max_body_bytes

    @property
    def where(self) -> Where:
        """The other end, for messages."""
        return where_of(self._url)

    def keyless(self, error: PlaygroundError) -> PlaygroundError:
        """Return `error` without our key in its words, in whatever form the platform told it back.

        Bodies lose it as it was sent; escaped or packed it shows only once they are read.
        """
        if self._own:
            error.message = redact(error.message, self._own.secrets)
            error.hint = redact(error.hint, self._own.secrets)
        return error

    async def send(
        self, call: WireCall, spool: Path | None, *, silence_s: float = math.inf
    ) -> Answer:
        """Make one attempt of a paid call and return its answer, whatever the status.

        The body of a 2xx goes into `spool` + ".part" (new, mode 0600), which takes the name `spool`
        with its last byte; every other outcome leaves no file. A close-delimited body (no length,
        not chunked) cannot be known to be whole: `parse` decides. A disk that fails after sending
        costs the spool, never the answer: `spooled` is False then, as it is without a `spool`.
        `silence_s` ends it where nothing comes for so long.

        Raises: SettingsError, InvalidInput, StorageFull, NotSent, Unreachable, Untrusted (nothing
        was sent); NoAnswer, BadAnswer (may have been charged).
        """
        request = self._request(call)
        with spooling(spool) as file:
            return await self._attempt(
                request, self._max_body_bytes, self._deadline_s, file, silence_s=silence_s
            )

    async def tell(self, call: WireCall) -> int:
        """Make one attempt of a free call whose answer nobody reads; return its status.

        Raises: as `send`.
        """
        request = self._request(call)
        answer = await self._attempt(request, LOOKUP_MAX_BYTES, TELL_S)
        return answer.status

    async def fetch(self, link: Link, hosts: Sequence[str], spool: Path | None) -> Answer:
        """Make one attempt to get the image that an answer points to, and spool it as `send` does.

        `hosts` are those that it may be on beside the API's own; see links.py for what else is
        asked of it. Nothing of ours goes there: no key, no cookie. Raises: as `send`; BadAnswer
        where it may not be fetched.
        """
        target = allowed(link.url, self._url, hosts)
        proxy = None if self._own_net or self._transport is not None else proxy_for(target)
        places: Sequence[str | None] = [None]
        if proxy is None:
            places = await addresses_of(target, self._url, self._connect_timeout_s)
        if target.scheme == "https" and not self._trusting:  # safer than the API that told it
            self._ssl, self._trusting = await asyncio.to_thread(_make_ssl), True
        max_bytes, deadline_s, where = self._max_body_bytes, self._deadline_s, where_of(target)
        with spooling(spool) as file:
            for place in places:
                request = request_for(target, place)
                try:
                    return await self._attempt(
                        request, max_bytes, deadline_s, file, link_to=where, proxy=proxy
                    )
                except Unreachable:  # nothing has come: another of its addresses may answer
                    if place == places[-1]:
                        raise
        raise AssertionError("the last address answers or raises")

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
            **call.headers,
            "Accept": "application/json" if call.accept == "json" else "image/png, image/*;q=0.9",
            "Accept-Encoding": "identity",  # base64 of pixels hardly shrinks, and gzip can explode
            "Connection": "close",
            "User-Agent": f"sentry-block-playground/{__version__}",
        }
        if self._own:
            headers["Authorization"] = self._own.header
        elif self._transport is None and not self._own_net and self._needs_key:
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
    async def _client(
        self, direct: bool = False, proxy: str | None = None
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a client for one call: 0.1 ms, since the TLS context (23 ms) is shared.

        `direct` passes by every proxy but `proxy`.
        """
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
            trust = not (direct or self._own_net)
            client = httpx.AsyncClient(verify=self._ssl, trust_env=trust, proxy=proxy)
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
        *,
        silence_s: float = math.inf,
        link_to: Where | None = None,
        proxy: str | None = None,
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
        silence_s = min(silence_s, deadline_s)
        limits = httpx.Timeout(deadline_s, connect=connect_s, read=silence_s)
        request.extensions |= {"trace": trace, "timeout": limits.as_dict()}
        try:
            async with (
                asyncio.timeout(deadline_s),
                self._client(direct=link_to is not None, proxy=proxy) as client,
            ):
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
                        answer = replace(answer, body=await reason_of(response, self._own.secrets))
        except PlaygroundError:
            raise
        except Exception as error:
            if answer is None:
                if self._transport is not None and isinstance(error, BEFORE_SENDING):
                    sent = False
                raise failure(
                    error,
                    sent=sent,
                    where=link_to or self.where,
                    waited_s=silence_s if isinstance(error, httpx.ReadTimeout) else deadline_s,
                    connect_s=connect_s,
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
        body = body_of(response, max_bytes)
        for secret in self._own.secrets:
            body = without(secret, body)
        async for piece in body:
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
