"""Two ledgers on one PostgreSQL, as two machines have them, and what they do at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid4

from backend.catalogue.params import fingerprint
from backend.generation.ledger import Ledger, NewRun
from backend.storage import database
from backend.types import GenerationRequest, Limits

SOURCE = "cloud.example"
NO_LIMITS = Limits()


@contextmanager
def ledgers(url: str, count: int = 2, **how: Any) -> Iterator[list[Ledger]]:
    opened = [Ledger(database.open_engine(url), machine=str(n) * 32, **how) for n in range(count)]
    try:
        yield opened
    finally:
        for ledger in opened:
            ledger.close()


def request(seed: int | None = 7, prompt: str = "a cat") -> GenerationRequest:
    return GenerationRequest("m", prompt, {"width": 512}, seed)


def new(seed: int | None = 7, prompt: str = "a cat", cost: str = "0.01") -> NewRun:
    asked = request(seed, prompt)
    return NewRun(uuid4().hex, asked, fingerprint(asked, SOURCE), Decimal(cost))


def open_job(ledger: Ledger, *runs: NewRun, limits: Limits = NO_LIMITS, **more: Any) -> Any:
    options = {"owner": "me", "token": None, "source": SOURCE, "use_cache": True} | more
    return ledger.open_job(uuid4().hex, runs, limits=limits, **options)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all of them at the same moment; return what each returned or raised."""
    barrier = threading.Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        barrier.wait(10)
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def kinds(results: Sequence[Any]) -> list[str]:
    """Return how each ended: the name of what it raised, or "ok"."""
    names = [type(r).__name__ if isinstance(r, Exception) else "ok" for r in results]
    return sorted(names)
