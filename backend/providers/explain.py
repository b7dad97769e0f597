"""What an HTTP failure of any platform means, in words that quote what it says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from backend.errors import (
    CHECK,
    FREE,
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
from backend.providers.answers import one_line, quoted, try_json
from backend.providers.retry import RETRY_AFTER_MAX_S, parse_retry_after
from backend.said import Said, joined, msg

_FIELD = msg("Change the field it names.")
# What to say for a refusal: the error, what happened, what to do.
_REFUSALS: dict[int, tuple[type[Refused], Said, Said]] = {
    400: (Refused, msg("The platform could not use this request (400)."), _FIELD),
    401: (
        KeyRejected,
        msg("The platform did not accept the API key (401)."),
        msg("Check the key in the settings."),
    ),
    402: (
        NoCredit,
        msg("Your balance is too low for an image (402)."),
        msg("Add credits on the platform."),
    ),
    403: (
        AccessDenied,
        msg("Your account may not use this (403)."),
        msg("Choose another model."),
    ),
    404: (
        NotFound,
        msg("The platform has no such model or address (404)."),
        msg("Check model and API URL."),
    ),
    413: (Refused, msg("The request was too large (413)."), msg("Shorten the prompt.")),
    422: (Refused, msg("The platform did not accept one of the values (422)."), _FIELD),
}


def explain(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime | None = None,
) -> PlaygroundError:
    """Return the error that a status other than 2xx stands for; see base.Provider.explain."""
    lower = {name.lower(): value for name, value in headers.items()}
    document = try_json(body)
    said = said_in(document, body)
    if status == 429:
        return _rate_limited(lower, said, now)
    if 400 <= status < 500:
        any_refusal = (
            Refused,
            msg("The platform refused the request ({status}).", status=str(status)),
            msg("Change the request and try again."),
        )
        kind, what, hint = _REFUSALS.get(status, any_refusal)
        return kind(joined(what, said), joined(hint, FREE), field=_field(document))
    if 500 <= status < 600:
        return ServerTrouble(
            joined(
                msg("The platform had a failure of its own ({status}).", status=str(status)), said
            ),
            CHECK,
        )
    if 300 <= status < 400:
        away = msg(
            "The answer pointed to another address ({status}), which is never followed.",
            status=str(status),
        )
        return BadAnswer(joined(away, said), joined(CHECK, msg("Check the API URL.")))
    strange = msg("The platform gave an answer that makes no sense ({status}).", status=str(status))
    return BadAnswer(joined(strange, said), CHECK)


def explain_local(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime | None = None,
) -> PlaygroundError:
    """Return the error of a server of one's own: it bills nothing, so no failure is in doubt."""
    error = explain(status, headers, body, now=now)
    if not isinstance(error, ServerTrouble):
        return error
    said = said_in(try_json(body), body)
    what = msg("The server could not make the image ({status}).", status=str(status))
    return Refused(joined(what, said), joined(msg("Its own window may say more."), FREE))


def _rate_limited(headers: Mapping[str, str], said: str, now: datetime | None) -> RateLimited:
    clock = _http_date(headers.get("date")) or now or datetime.now(UTC)
    wait_s = parse_retry_after(headers.get("retry-after"), clock)
    hint = msg("Wait a little, then try again.")
    if wait_s is not None and wait_s > RETRY_AFTER_MAX_S:
        # Said on this computer's clock, which is the one that the reader looks at.
        until = (now or datetime.now(UTC)) + timedelta(seconds=wait_s)
        moment = f"{until.astimezone(UTC):%Y-%m-%d %H:%M}"
        hint = msg("It asks to wait until {moment} UTC.", moment=moment)
    message = joined(msg("The platform is asked for too many images at once (429)."), said)
    return RateLimited(message, joined(hint, FREE), retry_after_s=wait_s)


def _http_date(value: str | None) -> datetime | None:
    try:
        when = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def said_in(document: Any, body: bytes) -> str:
    """Return a sentence that quotes the platform or says who answered instead; "" for silence."""
    if isinstance(document, dict):
        error = document.get("error")
        nested = error.get("message") if isinstance(error, dict) else error
        for words in (document.get("message"), nested, document.get("detail")):
            if quote := quoted(_detail(words)):
                return msg('It says: "{quote}".', quote=quote)
        return ""
    if not (text := body[:2000].decode("utf-8", "replace").strip()):
        return ""
    if text.startswith("<"):
        return msg("Something in front of the platform answered with a web page.")
    quote = quoted(text)
    return msg('Something in front of the platform answered: "{quote}".', quote=quote)


@contextmanager
def quoting(document: Any, body: bytes) -> Iterator[None]:
    """Have a BadAnswer of what is read within say what came instead."""
    try:
        yield
    except BadAnswer as error:
        raise BadAnswer(joined(error.message, said_in(document, body)), error.hint) from error


def _detail(words: Any) -> Any:
    """Flatten a list of complaints into text: of texts, or a validator's, with the field of each.

    Such are [{"loc": [..., field], "msg": ...}]; what is neither is left out.
    """
    if not isinstance(words, list):
        return words
    return "; ".join(islice(filter(None, map(_complaint, words)), 5))


def _complaint(item: Any) -> str:
    if not isinstance(item, dict):
        return one_line(item)
    said, field = one_line(item.get("msg")) or one_line(item.get("message")), _complained(item)
    return f"{field}: {said}" if field and said else said


def _field(document: Any) -> str | None:
    detail = document.get("detail") if isinstance(document, dict) else None
    return _complained(detail[0]) if isinstance(detail, list) and detail else None


def _complained(item: Any) -> str | None:
    place = item.get("loc") if isinstance(item, dict) else None
    last = place[-1] if isinstance(place, list) and place else None
    return one_line(last) or None
