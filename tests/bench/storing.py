"""From the last byte of the answer to an image in an object store and its row in PostgreSQL.

Against a bare put of as many bytes into the same store, in turns: it is what cannot be left out.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from functools import partial
from pathlib import Path

import obstore

from backend.settings.load import Settings
from backend.storage.image_files.store_url import read_store_url
from backend.studio import Studio
from tests.bench.fake_platform import APART_S, platform
from tests.bench.saving import ms_of, ours
from tests.cluster.servers import ObjectStore, object_store, postgres

ROUNDS = 25
WARM_UP = 3


def measure(folder: Path, image: Path) -> dict[str, list[float]]:
    """Return milliseconds, one of each a round: `ours`, `put`.

    Raises: LookupError where PostgreSQL or SeaweedFS is not on this machine.
    """
    # As root PostgreSQL runs as a user who may not go into the project's folder.
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        Path(place).chmod(0o755)
        with (
            postgres(Path(place) / "cluster") as server,
            object_store(folder / "store") as store,
            platform(image, apart_s=APART_S) as url,
        ):
            os.environ.update(store.environ)
            settings = Settings(
                folder / "on-store",
                folder / ".env",
                api_url=url,
                api_key="ak_bench",
                database_url=server.create(),
                store_url=read_store_url(store.url("bench")),
            )
            return asyncio.run(_rounds(settings, store, image.read_bytes(), url))


async def _rounds(
    settings: Settings, store: ObjectStore, data: bytes, url: str
) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {"ours": [], "put": []}
    client = store.client()
    async with Studio(settings) as studio:
        for number in range(WARM_UP + ROUNDS):
            took["ours"].append(await ours(studio, url, number))
            await asyncio.sleep(0.1)  # the spool and the copy are seen to
            took["put"].append(ms_of(partial(obstore.put, client, f"bare/{number}", data)))
            time.sleep(0.05)
    return {name: times[WARM_UP:] for name, times in took.items()}
