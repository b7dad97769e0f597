"""Makes a library for measuring: `python -m tests.library COUNT DIR`, the same one every time.

Records are as a year of use would leave them: words of a natural spread, three models, stars,
ratings, tags, lineage; none is in the trash. All have a thumbnail; the newest have an image file
of their own, the older ones none. DIR is a data folder for `python app.py --data-dir DIR`.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random

import sqlalchemy as sa
from PIL import Image, ImageDraw

from backend import __version__
from backend.catalogue.params import fingerprint
from backend.images import containers, looks, metadata, pictures
from backend.storage.database import open_engine, optimize, sqlite_url
from backend.storage.folder import LocalStore
from backend.storage.image_files.local import LocalFiles
from backend.storage.rows import QUARTER_S, image_columns, note_prompts
from backend.storage.tables import colour_sets, image_looks, image_tags, makers, quarters, runs
from backend.storage.tables import images as images_table
from backend.storage.tags import spell
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Origin

NEWEST = datetime(2026, 11, 1, 12, tzinfo=UTC)
WITH_FILES = 200
PICTURES = 48
MODELS = (
    "black-forest-labs/FLUX.1-schnell",
    "stabilityai/stable-diffusion-xl-base-1.0",
    "bytedance/seedream-3.0",
)
SIZES = ((1024, 1024), (1248, 832), (832, 1248), (1360, 768), (768, 1360))
TAGS = ("sea", "favourite", "print", "portrait", "draft", "for the talk", "client", "night")
SUBJECTS = [
    "lighthouse",
    "cat",
    "barn",
    "forest",
    "mountain",
    "city",
    "street",
    "robot",
    "portrait",
    "garden",
    "river",
    "castle",
    "ship",
    "bird",
    "fox",
    "library",
    "teapot",
    "bicycle",
    "train",
    "market",
    "desert",
    "island",
    "bridge",
    "waterfall",
    "dragon",
    "astronaut",
    "violin",
]
MANNERS = [
    *("oil painting", "watercolour", "photograph", "ink drawing", "studio light", "golden hour"),
    *("dusk", "dawn", "fog", "rain", "snow", "wide angle", "macro", "soft colours"),
    *("high contrast", "film grain", "long exposure", "isometric", "pastel", "noir"),
]


def make(count: int, folder: Path, *, with_files: int = WITH_FILES, seed: int = 7) -> None:
    """Fill the data folder, which must hold no images, with `count` records."""
    store = LocalStore(folder)
    files = LocalFiles(folder)
    try:
        if next(files.names(), None) is not None:
            raise SystemExit(f"{folder} holds images already. Name an empty folder.")
        rng = Random(seed)
        pictures = [_picture(rng) for _ in range(min(PICTURES, count))]
        for number, (_, small) in enumerate(pictures):
            (files.thumbs / f"picture-{number}.webp").write_bytes(small)
        engine = open_engine(sqlite_url(folder / "playground.db"))
        try:
            _fill(engine, files, _records(count, rng), pictures, count - with_files)
            optimize(engine)
        finally:
            engine.dispose()
            for number in range(len(pictures)):
                (files.thumbs / f"picture-{number}.webp").unlink()
    finally:
        store.close()


def _records(count: int, rng: Random) -> Iterator[ImageRecord]:
    words = _vocabulary(rng)
    weights = [1 / (rank + 10) for rank in range(len(words))]  # as words are spread in any language
    earlier: list[str] = []
    for number in range(count):
        image_id = f"{rng.getrandbits(128):032x}"
        model = rng.choices(MODELS, (6, 3, 1))[0]
        prompt = ", ".join(
            (
                f"a {rng.choice(SUBJECTS)} " + " ".join(rng.choices(words, weights, k=15)),
                *rng.sample(MANNERS, 3),
            )
        )
        width, height = rng.choices(SIZES, (6, 2, 1, 1, 1))[0]
        values: dict[str, str | int | float | None] = {"width": width, "height": height}
        if model == MODELS[1]:
            values["negative_prompt"] = rng.choice(("blurry", "text, watermark", "extra fingers"))
        flux = model == MODELS[0]
        values |= {"num_steps": 4 if flux else 25, "guidance_scale": 3.5 if flux else 9.0}
        created = NEWEST - timedelta(minutes=5 * (count - number))
        from_earlier = earlier and rng.random() < 0.1
        yield ImageRecord(
            id=image_id,
            run_id=image_id,
            request=GenerationRequest(
                model, prompt, values, None if model == MODELS[1] else rng.getrandbits(32)
            ),
            created=created,
            seconds=round(rng.lognormvariate(0.6, 0.5), 3),
            price_usd=Decimal("0.009"),
            format="png",
            width_px=width,
            height_px=height,
            sha256="",
            starred=rng.random() < 0.06,
            source=OFFLINE if rng.random() < 0.2 else "cloud.example",
            rating=rng.choices(range(6), (80, 1, 2, 5, 7, 5))[0],
            tags=tuple(sorted(rng.sample(TAGS, rng.choices((0, 1, 2), (80, 15, 5))[0]))),
            origin=Origin(rng.choice(earlier), "reused") if from_earlier else None,
        )
        if rng.random() < 0.02:
            earlier.append(image_id)


def _vocabulary(rng: Random) -> list[str]:
    """Return 3,000 words, the most frequent first: what is painted, then made-up ones."""
    syllables = [
        a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or", "is")
    ]
    made_up = {"".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(4_000)}
    return [*SUBJECTS, *sorted(made_up)[:2_970]]


def _fill(
    engine: sa.Engine,
    files: LocalFiles,
    records: Iterator[ImageRecord],
    pictures: list[tuple[bytes, bytes]],
    first_with_file: int,
) -> None:
    sums: dict[tuple[int, str, str], list[float]] = {}
    seen = [looks.looks_of(small) for _, small in pictures]
    sets: Counter[int] = Counter()
    number = 0
    for batch in _batches(records, 2_000):
        rows, run_rows, tags, looks_rows = [], [], [], []
        for record in batch:
            number += 1
            picture = number % len(pictures)
            if number > first_with_file:
                record = _with_file(files, record, pictures[picture][0])
            else:
                record = replace(record, sha256=sha256(record.id.encode()).hexdigest())
            thumb = files.thumb_path(record.id)
            thumb.parent.mkdir(exist_ok=True)
            os.link(files.thumbs / f"picture-{picture}.webp", thumb)
            key = fingerprint(record.request, record.source)
            rows.append({"seq": number, **image_columns(record, key)})
            look = seen[picture]
            looks_rows.append({"seq": number, "colours": look.colours, "layout": look.layout})
            sets[look.colours] += 1
            run_rows.append(_run(rows[-1]))
            tags += [{"seq": number, "tag": tag} for tag in record.tags]
            quarter = int(record.created.timestamp() // QUARTER_S) * QUARTER_S
            of = quarter, record.source, record.request.model
            sums.setdefault(of, [0, 0, 0.0])
            sums[of] = [
                a + b for a, b in zip(sums[of], (1, 9_000, record.seconds or 0), strict=True)
            ]
        with engine.begin() as db:
            db.execute(images_table.insert(), rows)
            db.execute(runs.insert(), run_rows)
            db.execute(image_looks.insert(), looks_rows)
            if tags:
                spell(db, {row["tag"] for row in tags})
                db.execute(image_tags.insert(), tags)
            # One in ten: people come back to their prompts, so there are fewer than images.
            note_prompts(db, (row["prompt"] for row in rows[::10]), rows[-1]["created"])
    with engine.begin() as db:
        names = "start", "provider", "model", "images", "cost_microusd", "seconds"
        db.execute(
            quarters.insert(),
            [dict(zip(names, (*key, *amounts), strict=True)) for key, amounts in sums.items()],
        )
        of_sets = [{"colours": colours, "images": many} for colours, many in sets.items()]
        db.execute(colour_sets.insert(), of_sets)
        made_by = {of[1:] for of in sums}
        db.execute(makers.insert(), [{"provider": by, "model": model} for by, model in made_by])


def _run(row: dict[str, object]) -> dict[str, object]:
    shared = "provider model prompt values_json seed cache_key origin_id origin_kind experiment"
    times = dict.fromkeys(("created", "sent", "ended"), row["created"])
    return {
        **{name: row[name] for name in shared.split()},
        **times,
        "id": row["run_id"],
        "job_id": row["run_id"],
        "position": 0,
        "owner": "",
        "state": "saved",
        "attempts": 1,
        "cost_microusd": 9_000,
        "cached": False,
        "image_id": row["id"],
        "dismissed": False,
    }


def _with_file(files: LocalFiles, record: ImageRecord, picture: bytes) -> ImageRecord:
    info = containers.header(picture)
    record = replace(record, width_px=info.width_px, height_px=info.height_px)
    data = metadata.embed(
        picture, record, model_label=record.request.model, app_version=__version__
    )
    record = replace(record, sha256=sha256(data).hexdigest())
    path = files.path(record)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(data)  # not durably: it can be made again, and fsync would take minutes
    return record


def _picture(rng: Random) -> tuple[bytes, bytes]:
    """Return a PNG of 384 px and its thumbnail: a gradient with a few shapes."""
    ground, other = (tuple(rng.randrange(256) for _ in range(3)) for _ in range(2))
    picture = Image.linear_gradient("L").resize((384, 384)).convert("RGB")
    picture = Image.blend(picture, Image.new("RGB", picture.size, ground), 0.7)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, size = rng.randrange(340), rng.randrange(340), rng.randrange(20, 160)
        draw.ellipse((x, y, x + size, y + size), fill=other)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue(), pictures.thumbnail_webp(buffer.getvalue())


def _batches(records: Iterator[ImageRecord], size: int) -> Iterator[list[ImageRecord]]:
    while batch := list(islice(records, size)):
        yield batch


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("count", type=int, metavar="COUNT")
    parser.add_argument("folder", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    if arguments.count < 1:
        parser.error("COUNT must be 1 or more")
    started = time.perf_counter()
    make(arguments.count, arguments.folder)
    took = time.perf_counter() - started
    sys.stdout.write(f"{arguments.count:,} records in {arguments.folder} after {took:.1f} s\n")


if __name__ == "__main__":
    main()
