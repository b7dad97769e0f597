"""An address at which nobody is to be reached."""

from __future__ import annotations

from backend.wire.client import Api
from tests.http.calls import KEY

# --- calls that never leave -------------------------------------------------------------------


def nowhere(url: str, **changes: object) -> Api:
    options = {"deadline_s": 5.0, "connect_timeout_s": 0.2, **changes}
    return Api(url, KEY, **options)  # type: ignore[arg-type]
