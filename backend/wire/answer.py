"""What came of one call, with the file that it was spooled to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One HTTP answer. `ok` means 2xx: only then is the body whole, and worth parsing.

    Header names are in lower case. The body of a refusal is cut at 64 KB. `spool` is the file that
    holds exactly `body`, None for refusals and where the disk failed while the answer came in.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    spool: Path | None
    synced: asyncio.Future[bool] = field(repr=False)
    """Done when the spool has outlived a power cut (True) or cannot (False); never raises.

    Wait for it before telling anyone that the image is safe: `await asyncio.shield(a.synced)`.
    """

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def spooled(self) -> bool:
        return self.spool is not None

    async def discard(self) -> None:
        """Remove the spool, which nobody needs any more.

        Where the disk fails it stays: the next start removes it, and the next answer to the same
        run goes into memory. Never raises.
        """
        await asyncio.shield(self.synced)
        if self.spool is not None:
            with suppress(OSError):
                await asyncio.to_thread(self.spool.unlink, missing_ok=True)
