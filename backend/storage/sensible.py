"""Whether rows make sense that a damaged file, a copy or somebody's editor may have changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from backend.storage.rows import to_request
from backend.storage.run_rows import to_run
from backend.types import EXPERIMENT_SENDS_MAX, ID, SEED_MAX

Row = Mapping[str, Any]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PLACE = 4  # x, y, z and the repeat
_NONSENSE = (
    *(ValueError, TypeError, LookupError, AttributeError),
    *(ArithmeticError, RecursionError, OSError),
)


def sensible(check: Callable[[Row], object]) -> Callable[[Row], bool]:
    """Return a check that says no where `check` breaks, too."""

    def fits(row: Row) -> bool:
        try:
            return bool(check(row))
        except _NONSENSE:
            return False

    return fits


@sensible
def is_run(row: Row) -> object:
    run = to_run(row, None)
    run.request.prompt.encode()  # empty is fine: one that was forgotten still counts
    return ID.fullmatch(run.id) and ID.fullmatch(run.job_id)


@sensible
def is_prompt(row: Row) -> object:
    return row["prompt"].encode() and float(row["used"]) and int(row["uses"])


@sensible
def is_experiment(row: Row) -> object:
    texts = [row[name] for name in ("owner", "kind", "title", "provider")]
    datetime.fromtimestamp(row["created"], UTC)
    return (
        ID.fullmatch(row["id"])
        and (row["token"] is None or row["token"].encode())
        and all(text.encode() or True for text in texts)
        and isinstance(json.loads(row["spec_json"]), dict)
        and 1 <= row["sends_at_once"] <= EXPERIMENT_SENDS_MAX
    )


@sensible
def is_cell(row: Row) -> object:
    request, places = to_request(row), json.loads(row["places_json"])
    template = json.loads(row["template_json"]) if row["template_json"] else None
    return (
        ID.fullmatch(row["experiment"])
        and _is_whole(row["position"])
        and _is_whole(row["repeat"])
        and row["request_key"].encode()
        and request.model.encode()
        and request.prompt.encode()
        and isinstance(request.values, dict)
        and (request.seed is None or (_is_whole(request.seed) and request.seed <= SEED_MAX))
        and isinstance(template, list | None)
        and places
        and all(len(place) == _PLACE and all(map(_is_whole, place)) for place in places)
    )


@sensible
def is_key(row: Row) -> object:
    datetime.fromtimestamp(row["created"], UTC)
    limits = row["requests_per_day"], row["microusd_per_day"]
    model = row.get("model")  # an older database has none
    return (
        ID.fullmatch(row["id"])
        and _DIGEST.fullmatch(row["digest"])
        and row["name"].encode()
        and all(limit is None or _is_whole(limit) for limit in limits)
        and (model is None or model.encode())
    )


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0
