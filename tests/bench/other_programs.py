"""OpenAI's interface beside our own: what the way through it adds to an image."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from tests.bench import image
from tests.bench.fake_platform import platform
from tests.bench.serving import MODEL, program

ROUNDS = 100


def measure(folder: Path, picture: Path, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return milliseconds of each call, in turns, of an API that answers at once.

    `ours` is `POST /api/generate`, which hands over no file; `url` the same by OpenAI's interface;
    `file` our own with a `GET` of the file, `b64_json` OpenAI's with the file in it. These are
    made, and small: to store a large one varies by more than what is between the two ways. After
    them `kept ...`: the `picture` itself, which is answered from disk.
    """
    small = image.make_small(folder / "small.png")
    made = _calls(folder / "made", small, rounds, itertools.count(1))
    kept = _calls(folder / "kept", picture, rounds, itertools.repeat(1))
    return made | {f"kept {name}": took for name, took in kept.items()}


def _calls(
    folder: Path, picture: Path, rounds: int, seeds: Iterator[int]
) -> dict[str, list[float]]:
    names = itertools.count()
    took: dict[str, list[float]] = {}
    with (
        platform(picture, 0.0) as api_url,
        program(folder, api_url) as (url, _),
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        key = client.post("/api/keys", json={"name": "bench"}).json()["key"]
        client.headers["Authorization"] = f"Bearer {key}"

        def own(seed: int) -> str:
            asked = {"model": MODEL, "prompt": "a flying cat", "seed": seed}
            answer = client.post("/api/generate", json=asked).raise_for_status()
            return str(answer.json()[0]["image_url"])

        def openais(seed: int, shape: str) -> None:
            asked = {"model": MODEL, "prompt": "a flying cat", "seed": seed}
            client.post(
                "/v1/images/generations",
                json=asked | {"response_format": shape},
                headers={"Idempotency-Key": str(next(names))},  # no retry: a call of its own
            ).raise_for_status()

        calls: list[tuple[str, Callable[[int], object]]] = [
            ("ours", own),
            ("url", lambda seed: openais(seed, "url")),
            ("file", lambda seed: client.get(own(seed)).raise_for_status()),
            ("b64_json", lambda seed: openais(seed, "b64_json")),
        ]
        for number in range(rounds + 5):
            for name, call in calls if number % 2 else reversed(calls):
                started = time.perf_counter()
                call(next(seeds))
                if number >= 5:  # the first ones warm up
                    took.setdefault(name, []).append((time.perf_counter() - started) * 1000)
    return took
