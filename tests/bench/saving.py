"""From the last byte of the answer to a recorded image, against a floor and a peer.

The floor is what cannot be left out (base64, full decode, write, fsync); the peer is the obvious
way (json, b64decode, Pillow opens and saves again).
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from backend.settings.load import Settings
from backend.studio import Studio
from tests.bench.fake_platform import APART_S, last_byte, platform

ROUNDS = 25
WARM_UP = 2


def measure(folder: Path, image: Path) -> dict[str, list[float]]:
    """Return milliseconds, one of each a round: `ours`, `floor`, `obvious`.

    In turns, so that a moment in which the computer is busy counts for all of them.
    """
    encoded = base64.b64encode(image.read_bytes())
    body = json.dumps({"data": [{"b64_json": encoded.decode()}], "status": "success"}).encode()
    took: dict[str, list[float]] = {"ours": [], "floor": [], "obvious": []}

    async def rounds() -> None:
        with platform(image, apart_s=APART_S) as url:
            settings = Settings(folder / "data", folder / ".env", api_url=url, api_key="ak_bench")
            async with Studio(settings) as studio:
                for number in range(WARM_UP + ROUNDS):
                    took["ours"].append(await ours(studio, url, number))
                    took["floor"].append(ms_of(lambda: floor(folder / "floor.png", encoded)))
                    took["obvious"].append(ms_of(lambda: _obvious(folder / "obvious.png", body)))

    asyncio.run(rounds())
    return {name: times[WARM_UP:] for name, times in took.items()}


async def ours(studio: Studio, url: str, seed: int) -> float:
    """Return the milliseconds from the last byte of an answer until its image is recorded."""
    requests = studio.prepare(
        "black-forest-labs/FLUX.1-schnell", {"prompt": "bench", "seed": seed}, 1
    )
    job = await studio.submit(requests)
    (run,) = await job.wait()
    ended = time.perf_counter()
    assert run.record is not None, run.error
    return (ended - await asyncio.to_thread(last_byte, url)) * 1000


def floor(path: Path, encoded: bytes) -> None:
    """Do what cannot be left out of storing an image."""
    data = base64.b64decode(encoded, validate=True)
    Image.open(io.BytesIO(data)).load()
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _obvious(path: Path, body: bytes) -> None:
    data = base64.b64decode(json.loads(body)["data"][0]["b64_json"])
    Image.open(io.BytesIO(data)).save(path)


def ms_of(work: Callable[[], object]) -> float:
    """Return how many milliseconds the work takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
