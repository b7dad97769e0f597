"""Contact sheets: one HTML file that restores its settings when dropped back in, and one PNG.

The HTML needs no script and asks nothing of any server; everything quoted in it is escaped.
"""

from __future__ import annotations

import base64
import html
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC

from PIL import Image, ImageDraw, ImageFont

from backend.errors import InvalidInput
from backend.types import OFFLINE, ImageRecord, ModelSpec

HTML_MAX_IMAGES = 2_000
PNG_MAX_IMAGES = 200
SCRIPT_ID = "sentry-block-playground"

Thumbs = Callable[[str], bytes | None]
"""Gives an image's thumbnail (WebP) by the image's id, None where there is none."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LONG_CHARS = 400  # a text that may need scrolling, and so the keyboard's focus

_GAP_PX, _LINE_PX, _FONT_PX = 20, 22, 16
_INK, _MUTED, _GROUND, _EMPTY = "#1b2130", "#566074", "#ffffff", "#eef0f5"


def check_count(count: int, what: str) -> None:
    """Refuse what a sheet (`html` or `png`) cannot hold; a `zip` holds any number.

    Raises: InvalidInput, also for no image at all.
    """
    if not count:
        raise InvalidInput("Nothing is selected.", "Choose at least one image.", field="ids")
    if what == "png" and count > PNG_MAX_IMAGES:
        raise InvalidInput(
            f"A contact sheet as a picture holds up to {PNG_MAX_IMAGES} images,"
            f" and {count:,} are selected.",
            f"Choose fewer, or take the web page: it holds up to {HTML_MAX_IMAGES:,}.",
            field="what",
        )
    if what == "html" and count > HTML_MAX_IMAGES:
        raise InvalidInput(
            f"A contact sheet holds up to {HTML_MAX_IMAGES:,} images, and {count:,} are selected.",
            "Choose fewer, or take the ZIP: it holds any number.",
            field="what",
        )


def html_sheet(
    records: Sequence[ImageRecord],
    thumbs: Thumbs,
    *,
    models: Mapping[str, ModelSpec],
) -> Iterator[bytes]:
    """Yield one self-contained HTML file with the images in their order; `models` give labels.

    Raises: InvalidInput at once for no image or more than 2,000.
    """
    check_count(len(records), "html")
    return _html(records, thumbs, models)


def settings_json(records: Sequence[ImageRecord]) -> str:
    """Return the settings of all images as JSON that can stand in a script element."""
    found = [
        {
            "model": record.request.model,
            "prompt": record.request.prompt,
            "values": dict(record.request.values),
            "seed": record.request.seed,
        }
        for record in records
    ]
    # Only "<" could end the element; ASCII spares any doubt about the file's encoding.
    return json.dumps({"version": 1, "images": found}).replace("<", "\\u003c")


def png_sheet(
    records: Sequence[ImageRecord],
    thumbs: Thumbs,
    *,
    models: Mapping[str, ModelSpec],
) -> bytes:
    """Return a PNG of at most 200 thumbnails with seed and model below each. Takes seconds.

    Raises: InvalidInput for no image or too many.
    """
    check_count(len(records), "png")
    columns = min(len(records), max(3, round(math.sqrt(len(records) * 1.4))))
    side = 384 if len(records) <= 12 else 288 if len(records) <= 60 else 224
    across, down = side + _GAP_PX, side + 2 * _LINE_PX + 8 + _GAP_PX
    rows = math.ceil(len(records) / columns)
    sheet = Image.new("RGB", (columns * across + _GAP_PX, rows * down + _GAP_PX), _GROUND)
    draw, font = ImageDraw.Draw(sheet), _font()
    for number, record in enumerate(records):
        left = _GAP_PX + number % columns * across
        top = _GAP_PX + number // columns * down
        _paste(sheet, thumbs(record.id), (left, top, side), draw)
        seed = "No seed" if record.request.seed is None else f"Seed {record.request.seed}"
        text = [(seed, _INK), (_label(record, models), _MUTED)]
        for line, (words, colour) in enumerate(text):
            where = (left, top + side + 8 + line * _LINE_PX)
            draw.text(where, _fitting(words, font, side), fill=colour, font=font)
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _label(record: ImageRecord, models: Mapping[str, ModelSpec]) -> str:
    model = models.get(record.request.model)
    name = model.label if model else record.request.model
    return f"{name} (sample engine)" if record.provider == OFFLINE else name


# The web page


def _html(
    records: Sequence[ImageRecord], thumbs: Thumbs, models: Mapping[str, ModelSpec]
) -> Iterator[bytes]:
    count = "1 image" if len(records) == 1 else f"{len(records):,} images"
    days = sorted({f"{record.created.astimezone(UTC):%Y-%m-%d}" for record in records})
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    # The settings stand first: whoever reads them need not read through all the pictures.
    yield _HEAD.format(
        title=f"Contact sheet, {count}", style=_STYLE, id=SCRIPT_ID, settings=settings_json(records)
    ).encode()
    yield f"<header><h1>Contact sheet</h1><p>{count}, made {span}</p></header>\n<main>\n".encode()
    for record in records:
        yield _figure(record, thumbs(record.id), models).encode("utf-8", "replace")
    yield _FOOT.encode()


def _figure(record: ImageRecord, thumb: bytes | None, models: Mapping[str, ModelSpec]) -> str:
    request = record.request
    negative = str(request.values.get("negative_prompt") or "")
    if thumb is None:
        picture = '<div class="gone">The file is missing.</div>'
    else:
        encoded = base64.b64encode(thumb).decode()
        alt = _escaped(request.prompt[:200]) or "Image without a prompt"
        picture = f'<img alt="{alt}" decoding="async" src="data:image/webp;base64,{encoded}">'
    pairs = "".join(
        f"<div><dt>{_escaped(name)}</dt><dd>{_escaped(text)}</dd></div>"
        for name, text in _pairs(record, models)
    )
    texts = _text("prompt", request.prompt) if request.prompt else ""
    if negative:
        texts += f'<p class="label">Negative prompt</p>{_text("without", negative)}'
    return f"<figure>{picture}\n<figcaption>{texts}<dl>{pairs}</dl></figcaption></figure>\n"


def _text(kind: str, text: str) -> str:
    focus = ' tabindex="0"' if len(text) > _LONG_CHARS else ""
    return f'<p class="{kind}" dir="auto"{focus}>{_escaped(text)}</p>'


def _pairs(record: ImageRecord, models: Mapping[str, ModelSpec]) -> list[tuple[str, str]]:
    request = record.request
    model, values = models.get(request.model), request.values
    pairs = [("Model", _label(record, models))]
    if request.seed is not None:
        pairs.append(("Seed", str(request.seed)))
    pairs.append(("Size", f"{record.width_px} × {record.height_px}"))  # noqa: RUF001
    asked = values.get("width"), values.get("height")
    if None not in asked and asked != (record.width_px, record.height_px):
        pairs.append(("Asked for", f"{asked[0]} × {asked[1]}"))  # noqa: RUF001
    for name, value in values.items():
        if name in ("width", "height", "negative_prompt") or value in (None, ""):
            continue
        spec = model.param(name) if model else None
        label = spec.label if spec else name.replace("_", " ").capitalize()
        pairs.append((label, f"{value:g}" if isinstance(value, float) else str(value)))
    pairs.append(("Made", f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC"))
    return pairs


def _escaped(text: str) -> str:
    return html.escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text))


# The picture


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_FONT_PX)


def _paste(
    sheet: Image.Image,
    thumb: bytes | None,
    place: tuple[int, int, int],
    draw: ImageDraw.ImageDraw,
) -> None:
    """Put the thumbnail into the middle of the square (left, top, side), or a grey one."""
    left, top, side = place
    try:
        with Image.open(io.BytesIO(thumb or b""), formats=["WEBP"]) as opened:
            picture = opened.convert("RGBA")
    except Exception:  # Pillow's own are many; a sheet does not fail for one picture
        draw.rectangle((left, top, left + side - 1, top + side - 1), fill=_EMPTY)
        words = "The file is missing."
        at = (left + side / 2, top + side / 2)
        draw.text(at, words, fill=_MUTED, font=_font(), anchor="mm")
        return
    scale = side / max(picture.size)
    if scale < 1:
        size = tuple(max(1, round(length * scale)) for length in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    at = (left + (side - picture.width) // 2, top + (side - picture.height) // 2)
    sheet.paste(picture, (int(at[0]), int(at[1])), picture)


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return as much of the text's first 200 characters as fits, on one line."""
    words = " ".join(_CONTROL.sub(" ", text[:200]).split())
    if len(text) <= 200 and font.getlength(words) <= width:
        return words
    while words and font.getlength(f"{words}…") > width:
        words = words[:-1]
    return f"{words}…"


_STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f9; --surface: #fff; --line: #e1e4eb; \
--text: #1b2130; --muted: #566074; --empty: #eef0f5; }
@media (prefers-color-scheme: dark) { :root { --ground: #12151c; --surface: #1a1e28; \
--line: #2b3140; --text: #e8ebf2; --muted: #a5aec0; --empty: #262c3a; } }
* { box-sizing: border-box; margin: 0; }
body { padding: 24px; background: var(--ground); color: var(--text); \
font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, main, footer { max-width: 1680px; margin: 0 auto; }
header { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; \
padding-bottom: 16px; }
h1 { font-size: 20px; letter-spacing: -0.01em; }
header p, footer { color: var(--muted); }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 280px), 1fr)); \
gap: 20px; align-items: start; }
figure { overflow: hidden; border: 1px solid var(--line); border-radius: 12px; \
background: var(--surface); }
img { display: block; width: 100%; height: auto; }
.gone { display: grid; place-items: center; aspect-ratio: 1; background: var(--empty); \
color: var(--muted); }
figcaption { padding: 12px 14px 14px; }
figcaption p { overflow-wrap: anywhere; white-space: pre-wrap; }
.prompt, .without { max-height: 12.5em; overflow-y: auto; scrollbar-width: thin; }
.prompt { font-weight: 550; }
.label { margin-top: 8px; color: var(--muted); font-size: 12px; }
dl { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 14px; margin-top: 12px; \
padding-top: 12px; border-top: 1px solid var(--line); }
dl div:is(:first-child, :last-child) { grid-column: 1 / -1; }
dt { color: var(--muted); font-size: 12px; }
dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
footer { padding-top: 24px; }
:focus-visible { outline: 2px solid #5b6ee0; outline-offset: 2px; }
@media print {
  @page { margin: 12mm; }
  :root { color-scheme: light; --ground: #fff; --surface: #fff; --line: #ccc; --text: #000; \
--muted: #444; --empty: #eee; }
  body { padding: 0; font-size: 9pt; print-color-adjust: exact; }
  main { display: block; columns: 3; column-gap: 5mm; }
  figure { break-inside: avoid; margin-bottom: 5mm; border-radius: 4px; }
  img { max-height: 110mm; object-fit: contain; }
  .prompt, .without { max-height: none; }
  dt, .label { font-size: 7.5pt; }
}
"""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" \
content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="generator" content="Sentry Block Playground">
<title>{title}</title>
<style>{style}</style>
<script type="application/json" id="{id}">{settings}</script>
</head>
<body>
"""

_FOOT = """</main>
<footer>Made with the Sentry Block Playground. Drop this file onto its page to get the settings \
of the images back.</footer>
</body>
</html>
"""
