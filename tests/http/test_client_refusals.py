"""A failure with a status becomes its error, over real sockets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from backend.errors import (
    AccessDenied,
    BadAnswer,
    KeyRejected,
    NoCredit,
    NotFound,
    PlaygroundError,
    RateLimited,
    Refused,
    ServerTrouble,
)
from tests.http import faults as f
from tests.http.calls import api, left_over, outcome

# --- failures with a status -------------------------------------------------------------------

STATUSES: dict[int, type[PlaygroundError]] = {
    400: Refused,
    401: KeyRejected,
    402: NoCredit,
    403: AccessDenied,
    404: NotFound,
    408: Refused,
    413: Refused,
    422: Refused,
    429: RateLimited,
    500: ServerTrouble,
    502: ServerTrouble,
    503: ServerTrouble,
    504: ServerTrouble,
}


@pytest.mark.parametrize("code", STATUSES)
async def test_a_status_becomes_its_error_with_the_platforms_words(code: int, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.status(code, "width is too large"))
        with pytest.raises(STATUSES[code]) as caught:
            await outcome(api(server), spool)
        assert server.posts == server.connections == 1
    assert type(caught.value) is STATUSES[code]
    assert caught.value.maybe_charged == (code >= 500)
    assert "width is too large" in caught.value.message and str(code) in caught.value.message
    assert left_over(spool) == []


@pytest.mark.parametrize("code", [403, 502])
async def test_a_web_page_is_said_to_be_one(code: int, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.html(code))
        with pytest.raises(STATUSES[code], match="Something in front of the platform answered"):
            await outcome(api(server), spool)


@pytest.mark.parametrize("code", [401, 503])
@pytest.mark.parametrize("how", ["cut", "dripped", "huge"])
async def test_a_status_counts_even_if_its_reason_never_comes_whole(
    code: int, how: str, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.wire.body.REASON_TIMEOUT_S", 0.1)
    body = b'{"message": "' + b"x" * 200_000 + b'"}'
    more: dict[str, dict[str, float]] = {"cut": {"cut_after": 99}, "dripped": {"drip_s": 0.05}}
    async with f.FaultServer() as server:
        server.script(f.raw(body, code, **more.get(how, {})))
        with pytest.raises(STATUSES[code]):
            await outcome(api(server), spool)


async def test_a_status_counts_even_if_the_deadline_ends_while_its_reason_comes(
    spool: Path,
) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(b"x" * 100, 401, drip_s=0.05))
        with pytest.raises(KeyRejected):
            await outcome(api(server, deadline_s=1.0), spool)


@pytest.mark.parametrize(
    ("value", "least_s", "most_s"),
    [("0", 0, 0), ("5", 5, 5), ("3600", 3600, 3600), ("a date", 3500, 3600)],
)
async def test_429_tells_how_long_to_wait(
    value: str, least_s: float, most_s: float, spool: Path
) -> None:
    if value == "a date":
        value = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    async with f.FaultServer() as server:
        server.script(f.status(429, retry_after=value))
        with pytest.raises(RateLimited) as caught:
            await outcome(api(server), spool)
        assert server.posts == 1
    assert caught.value.retry_after_s is not None
    assert least_s <= caught.value.retry_after_s <= most_s
    assert ("It asks to wait until" in caught.value.hint) == (most_s > 120)


@pytest.mark.parametrize("value", [None, "soon", "nan", ""])
async def test_429_without_a_usable_time_says_none(value: str | None, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.status(429, retry_after=value))
        with pytest.raises(RateLimited) as caught:
            await outcome(api(server), spool)
    assert caught.value.retry_after_s is None


async def test_a_redirect_is_never_followed(spool: Path) -> None:
    async with f.FaultServer() as server, f.FaultServer() as elsewhere:
        for code in (301, 302, 303, 307, 308):
            server.script(f.redirect(elsewhere.base_url, code))
            with pytest.raises(BadAnswer, match="never followed"):
                await outcome(api(server), spool)
        assert elsewhere.connections == 0
        assert server.posts == 5
