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
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from backend.settings.load import Settings
from backend.studio import Studio
from tests.bench.fake_platform import last_byte, platform

ROUNDS = 15


def measure(folder: Path, image: Path) -> dict[str, float]:
    """Return medians in milliseconds: `ours`, `floor`, `obvious`."""
    encoded = base64.b64encode(image.read_bytes())
    body = json.dumps({"data": [{"b64_json": encoded.decode()}], "status": "success"}).encode()
    ours = asyncio.run(_ours(folder, image))
    return {
        "ours": ours,
        "floor": _median(lambda: _floor(folder / "floor.png", encoded)),
        "obvious": _median(lambda: _obvious(folder / "obvious.png", body)),
    }


async def _ours(folder: Path, image: Path) -> float:
    took = []
    with platform(image) as url:
        settings = Settings(folder / "data", folder / ".env", api_url=url, api_key="ak_bench")
        async with Studio(settings) as studio:
            for seed in range(ROUNDS + 2):
                requests = studio.prepare(
                    "black-forest-labs/FLUX.1-schnell", {"prompt": "bench", "seed": seed}, 1
                )
                job = await studio.submit(requests)
                (run,) = await job.wait()
                ended = time.perf_counter()
                assert run.record is not None, run.error
                took.append(ended - await asyncio.to_thread(last_byte, url))
    return statistics.median(took[2:]) * 1000


def _floor(path: Path, encoded: bytes) -> None:
    data = base64.b64decode(encoded, validate=True)
    Image.open(io.BytesIO(data)).load()
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _obvious(path: Path, body: bytes) -> None:
    data = base64.b64decode(json.loads(body)["data"][0]["b64_json"])
    Image.open(io.BytesIO(data)).save(path)


def _median(call: Callable[[], None]) -> float:
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000
