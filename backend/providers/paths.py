"""Names and addresses of strangers as paths below our base URL, which they never leave. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from backend.errors import CHECK, NOTHING, BadAnswer, InvalidInput
from backend.providers.answers import dig
from backend.providers.explain import said_in
from backend.said import joined, msg

_PATH = re.compile(r"/[\w./-]{1,300}", re.ASCII)
_STEPS = {"", ".", ".."}


def of_model(name: str) -> str:
    """Return a model's name, such as OWNER/NAME, as a path. Raises: InvalidInput."""
    parts = name.strip("/").split("/")
    if _STEPS.intersection(parts):
        raise InvalidInput(
            msg("The model's name {name} cannot be asked for.", name=name), NOTHING, field="model"
        )
    return "/" + "/".join(quote(part, safe="", errors="replace") for part in parts)


def job_in(document: object, name: str, like: re.Pattern[str], body: bytes) -> str:
    """Return the id, of a known form, under which an answer says that an image was ordered.

    Raises: BadAnswer, with what `body` says instead.
    """
    job = dig(document, name)
    if not isinstance(job, str) or not like.fullmatch(job):
        raise BadAnswer(
            joined(msg("The answer names no job to ask for."), said_in(document, body)), CHECK
        )
    return job


def of_url(url: object) -> str | None:
    """Return the path of a URL in an answer; None where it has none that could be asked for."""
    try:
        path = urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:  # such as an IPv6 address without its end
        return None
    return path if _PATH.fullmatch(path) and not _STEPS.intersection(path.split("/")[1:]) else None
