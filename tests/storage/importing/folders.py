"""Folders of images, and what became of them."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, PngImagePlugin

from backend.exchange.foreign_record import record_of
from backend.library.library import Library
from backend.settings.load import Settings
from backend.storage.database import open_engine, open_reader, sqlite_url
from backend.storage.image_files.local import file_time
from backend.terminal import run_import, run_verify
from backend.types import ImageRecord

INFOTEXT = (
    "a sunken city\nNegative prompt: fog\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 1234, Size: 64x48, Model: dreamshaper_8"
)
MADE = datetime(2024, 2, 29, 13, 14, 15, 123456, tzinfo=UTC)


def picture(
    path: Path, colour: int = 0, kind: str = "PNG", text: str | None = None, size=(64, 48)
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    about = PngImagePlugin.PngInfo()
    if text:
        about.add_text("parameters", text)
    image = Image.new("RGB", size, (colour % 256, colour // 256, 90))
    image.save(path, kind, **({"pnginfo": about} if kind == "PNG" else {}))
    ns = int(MADE.timestamp()) * 10**9 + 123_456_789
    os.utime(path, ns=(ns, ns))
    return path


def taken(settings: Settings, *folders: Path) -> tuple[int, str]:
    out = io.StringIO()
    code = run_import(settings, folders, out)
    return code, out.getvalue()


def recorded(settings: Settings) -> list[ImageRecord]:
    url = sqlite_url(settings.data_dir / "playground.db")
    engine, reader = open_engine(url), open_reader(url)
    try:
        return [r for batch in Library(engine, reader).each() for r in batch]
    finally:
        reader.dispose()
        engine.dispose()


def record_in(path: Path) -> ImageRecord | None:
    """Return what the stored copy of another program's image says of itself."""
    return record_of(path, path.read_bytes(), file_time(path))


def file_of(settings: Settings, record: ImageRecord) -> Path:
    suffix = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}[record.format]
    return settings.data_dir / "images" / f"{record.created:%Y-%m-%d}" / f"{record.id}{suffix}"


def verified(settings: Settings) -> None:
    out = io.StringIO()
    assert run_verify(settings, out) == 0, out.getvalue()
