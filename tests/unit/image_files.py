"""Image files of every kind, and a record to write into them."""

from __future__ import annotations

import io
import json
import random
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from backend.images import containers, metadata
from backend.images.own_record import to_json
from backend.types import GenerationRequest, ImageRecord

PROMPT_MAX_CHARS = 10_000
LABEL = "FLUX.1 schnell"
SIZE = (97, 61)


def record(
    prompt: str = "a flying cat", negative: str | None = "blurry", seed: int | None = 42
) -> ImageRecord:
    values = {"negative_prompt": negative, "width": 96, "height": 64, "num_steps": 4}
    request = GenerationRequest(
        "black-forest-labs/FLUX.1-schnell", prompt, {**values, "guidance_scale": 3.5}, seed
    )
    return ImageRecord(
        id="0123456789abcdef" * 2,
        run_id="fedcba9876543210" * 2,
        request=request,
        created=datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC),
        seconds=13.366829872131348,
        price_usd=Decimal("0.0090"),
        format="png",
        width_px=1,
        height_px=1,
        sha256="",
        source="api.example.com",
    )


def put(data: bytes, about: ImageRecord | None = None) -> bytes:
    return metadata.embed(data, about or record(), model_label=LABEL, app_version="0.1.0")


def picture(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    im = Image.frombytes("RGB", size, random.Random(5).randbytes(size[0] * size[1] * 3))
    im.paste((20, 90, 160), (0, 0, size[0], size[1] // 2))
    if mode == "RGBA":
        im.putalpha(Image.linear_gradient("L").resize(size))
        return im
    if mode == "I;16":
        return Image.frombytes("I;16", size, random.Random(5).randbytes(size[0] * size[1] * 2))
    return im.convert(mode)


def saved(im: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    im.save(out, kind, **options)
    return out.getvalue()


def png_chunk(name: bytes, payload: bytes) -> bytes:
    crc = zlib.crc32(name + payload)
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", crc)


def interlaced_png() -> bytes:
    """Pillow writes none. One grey pixel a pass is enough: Adam7 over 8x8, filter byte 0."""
    rows = [(1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4)]
    noise = random.Random(3)
    raw = b"".join(b"\0" + noise.randbytes(w) for w, h in rows for _ in range(h))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1)
    body = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", zlib.compress(raw))
    return containers.PNG_MAGIC + body + png_chunk(b"IEND", b"")


def old_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "old\nSteps: 9, Sampler: Euler, CFG scale: 1, Seed: 9")
    info.add_text("sentry_block_playground", "{}", zip=True)
    info.add_itxt("parameters", "older ☃")
    info.add_text("Author", "the platform")
    return info


def camera_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0old comment"
    return exif


ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
FULL = {"exif": camera_exif(), "icc_profile": ICC, "xmp": XMP}
FILES: dict[str, Callable[[], bytes]] = {
    "png rgb": lambda: saved(picture(), "PNG"),
    "png rgba": lambda: saved(picture("RGBA"), "PNG"),
    "png palette": lambda: saved(picture("P"), "PNG", transparency=3),
    "png 16 bit": lambda: saved(picture("I;16"), "PNG"),
    "png interlaced": interlaced_png,
    "png with texts": lambda: saved(picture(), "PNG", pnginfo=old_text(), dpi=(72, 72)),
    "png with exif": lambda: saved(picture(), "PNG", exif=camera_exif(), icc_profile=ICC),
    "jpeg": lambda: saved(picture(), "JPEG"),
    "jpeg progressive": lambda: saved(picture(), "JPEG", progressive=True, comment="by gd-jpeg"),
    "jpeg full": lambda: saved(picture(), "JPEG", **FULL, dpi=(72, 72)),
    "jpeg cmyk": lambda: saved(picture("CMYK"), "JPEG"),
    "jpeg grey": lambda: saved(picture("L"), "JPEG"),
    "webp lossy": lambda: saved(picture(), "WEBP"),
    "webp lossless": lambda: saved(picture(), "WEBP", lossless=True),
    "webp lossless alpha": lambda: saved(picture("RGBA"), "WEBP", lossless=True),
    "webp lossy alpha": lambda: saved(picture("RGBA"), "WEBP"),
    "webp full": lambda: saved(picture("RGBA"), "WEBP", **FULL),
}
each = pytest.mark.parametrize("make", FILES.values(), ids=FILES.keys())
THREE = {name: FILES[name] for name in ("png rgb", "jpeg full", "webp lossy")}
three = pytest.mark.parametrize("make", THREE.values(), ids=THREE.keys())
EXOTIC = {
    "lines": "a cat\n\non a mat,\n  with: colons",
    "a parameter line inside": "a cat\nSteps: 3, Sampler: Euler, CFG scale: 1, Seed: 5\nand a dog",
    "steps first": "Steps: 3",
    "emoji": "\U0001f408\u200d\u2b1b on a \U0001f6b2, \U0001f3f4\U000e0067\U000e007f",
    "right to left": "قطة تطير \u202eabc\u202c חתול",
    "latin-1": "café: ¿qué?",
    "json": '{"prompt": "a cat", "sui_image_params": {}}',
    "quotes": 'a "cat", \\n \t</script>',
    "10,000 emoji": "😀" * PROMPT_MAX_CHARS,
    "control characters": "a\x01\x02\r\x1fcat\x7f\x85\u2028",
}
exotic = pytest.mark.parametrize("prompt", EXOTIC.values(), ids=EXOTIC.keys())


def shown(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    im = Image.open(io.BytesIO(data))
    im.load()
    return im.mode, im.size, im.tobytes() + bytes(im.getpalette() or b"")


def compressed(data: bytes) -> bytes:
    """The bytes from which a decoder makes pixels, and nothing else."""
    if containers.sniff(data) == "png":
        parts = [
            p for p in containers.png_parts(data) if p.name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
        ]
    elif containers.sniff(data) == "webp":
        parts = [p for p in containers.webp_parts(data) if p.name in (b"VP8 ", b"VP8L", b"ALPH")]
    else:
        parts = list(containers.jpeg_parts(data))
        scan = data[parts[-1].start :]
        meta = (b"\xe1", b"\xfe")
        return b"".join(data[p.start : p.end] for p in parts[:-1] if p.name not in meta) + scan
    return b"".join(data[p.body : p.body_end] for p in parts)


VALID = json.loads(to_json(record(), model_label=LABEL, app_version="1"))
