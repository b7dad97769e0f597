"""A data folder as a crash leaves it, with something to do for each step of a recovery."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy as sa

from backend.library.marks import Changes
from backend.settings.load import Settings
from backend.storage.database import open_engine, sqlite_url
from backend.studio import Studio
from tests.http.faults import document, png

FLUX = "black-forest-labs/FLUX.1-schnell"


async def leave_crashed(data: Path) -> int:
    """Make the folder; return how many images a start finds in it in the end.

    One answer lies in the spool, one image was stored but not recorded, one send and one run in
    line were cut off, the database lacks one more image, and half-written files lie about.
    """
    settings = Settings(data_dir=data, env_file=data.parent / ".env", mode="offline")
    small = {"width": 256, "height": 256, "prompt": "a cat"}
    async with Studio(settings) as studio:
        job = await studio.submit(studio.prepare(FLUX, {**small, "seed": 1}, 6))
        runs = await asyncio.wait_for(job.wait(), 60)
        ids = [run.record.id for run in runs if run.record]
        await studio.gallery.change(ids[:2], Changes(starred=True))
        spooled = next(data.glob(f"images/*/{ids[0]}.png"))
    spooled.unlink()
    (data / "spool" / ids[0]).write_bytes(document(png(96, 96, noise=True)))
    (data / "spool" / f"{ids[4]}.part").touch()
    next(data.glob(f"images/*/{ids[4]}.png")).unlink()
    next(data.glob(f"images/*/{ids[5]}.png")).unlink()
    engine = open_engine(sqlite_url(data / "playground.db"))
    with engine.begin() as db:
        for number, state in ((0, "sent"), (1, "sent"), (4, "sent"), (5, "queued")):
            where = {"id": ids[number], "state": state}
            change = "UPDATE runs SET state=:state, image_id=NULL, ended=NULL WHERE id=:id"
            db.execute(sa.text(change), where)
            db.execute(sa.text("DELETE FROM images WHERE id=:id"), where)
        for table in ("images", "runs"):
            db.execute(sa.text(f"DELETE FROM {table} WHERE id=:id"), {"id": ids[2]})
    engine.dispose()
    (data / ".running").touch()
    for path in (data / "spool" / ".room-0", data / "thumbs" / "x.tmp", data / ".probe-0"):
        path.write_bytes(b"half")
    return 4
