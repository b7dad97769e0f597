"""The same library of 100,000 images in SQLite and in PostgreSQL, asked the same in turns."""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote_plus

from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.storage.database import open_engine, open_reader, optimize, sqlite_url
from tests.bench.gallery import FILTERS, WORDS
from tests.cluster.copied import copy
from tests.cluster.servers import postgres
from tests.grown import grown_database

FEW, TIMES = 10_000, 10
ROUNDS = 3
FIRST_PAGES = 60

T = TypeVar("T")


class Asked:
    """One of both, and how many milliseconds its answers took, by what was asked."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.took: dict[str, list[float]] = defaultdict(list)

    def ask(self, what: str, question: Callable[..., T], *of: object, **how: object) -> T:
        started = time.perf_counter()
        answer = question(*of, **how)
        self.took[what].append((time.perf_counter() - started) * 1000)
        return answer

    def figures(self) -> dict[str, float]:
        def p95(what: str) -> float:
            return statistics.quantiles(self.took[what], n=20)[-1]

        middle = statistics.median
        return {
            "first": middle(self.took["first"]),
            "median": middle(self.took["search"]),
            **{what: p95(what) for what in ("search", "total", "mark")},
        }


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Return milliseconds by what is asked, of both. Raises: LookupError without PostgreSQL.

    Each round is a library that has counted nothing yet; of the rounds the middle one counts.
    """
    path = grown_database(folder / "library", FEW, TIMES)
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        Path(place).chmod(0o755)  # as root the server runs as a user of its own
        with postgres(Path(place) / "cluster") as server:
            url = server.create()
            copy(path, url)
            rounds = [_round(path, url) for _ in range(ROUNDS)]
    names = rounds[0]
    return {
        name: {what: statistics.median(one[name][what] for one in rounds) for what in names[name]}
        for name in names
    }


def _round(path: Path, url: str) -> dict[str, dict[str, float]]:
    with _library(str(sqlite_url(path))) as sqlite, _library(url) as postgresql:
        both = {"sqlite": Asked(sqlite), "postgresql": Asked(postgresql)}
        for _, one in itertools.product(range(FIRST_PAGES), both.values()):
            one.ask("first", one.library.find, ImageQuery(), limit=60, fast=True)
        for words, filters in itertools.product(WORDS, FILTERS):
            query = parse_address(f"q={quote_plus(words)}&{filters}")
            found = []
            for one in both.values():
                page = one.ask("search", partial(one.library.find, query), limit=60, fast=True)
                total = one.ask("total", one.library.total, query)
                found.append(([image.id for image in page.images], total))
            assert found[0] == found[1], (words, filters)
        newest = sqlite.ids(ImageQuery())[:40]
        for image_id, one in itertools.product(newest, both.values()):
            one.ask("mark", one.library.change, [image_id], Changes(rating=4))
            one.library.change([image_id], Changes(rating=0))
        return {name: one.figures() for name, one in both.items()}


@contextmanager
def _library(url: str) -> Iterator[Library]:
    engine, reader = open_engine(url), open_reader(url)
    optimize(engine)
    try:
        yield Library(engine, reader)
    finally:
        reader.dispose()
        engine.dispose()
