"""httpcore's connections as we need them: they read in larger pieces, and no server stalls them.

The one place that touches what httpcore keeps private; requirements.txt holds its minor version.
"""

from __future__ import annotations

from typing import Any

import httpcore

READ_BYTES = 262_144
"""Four times httpcore's own: each piece of an answer takes 0.1 ms, of whatever size it is."""

HEADS_MAX = 100
"""So many interim answers (100, 103) may come before the answer; real ones are one or two.

They are read without waiting for anything while more of them are there: a server that sends
nothing else would leave this program's other users no turn.
"""

_receive_event = httpcore.AsyncHTTP11Connection._receive_event


async def _counted(self: Any, timeout: float | None = None) -> Any:
    event = await _receive_event(self, timeout)
    if 100 <= getattr(event, "status_code", 200) < 200:
        self.interim_answers = getattr(self, "interim_answers", 0) + 1
        if self.interim_answers > HEADS_MAX:
            raise httpcore.RemoteProtocolError("interim answers without end")
    return event


def prepare() -> None:
    """Let all connections of this process be such."""
    httpcore.AsyncHTTP11Connection.READ_NUM_BYTES = READ_BYTES
    httpcore.AsyncHTTP11Connection._receive_event = _counted  # type: ignore[method-assign]
