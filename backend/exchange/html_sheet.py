"""A contact sheet as one HTML file, and the settings in it read back when it is dropped in.

It needs no script and asks nothing of any server; everything quoted in it is escaped.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC

from backend.errors import InvalidInput
from backend.exchange.sheets import (
    HTML_MAX_IMAGES,
    Reader,
    Thumbs,
    check_count,
    escaped,
    model_label,
)
from backend.recipes.recipe import OWN, STANDARD, Brought
from backend.said import Said, msg, msg_n, number
from backend.text import cut
from backend.types import IMPORT, ImageRecord, ModelSpec

SCRIPT_ID = "sentry-block-playground"

_LONG_CHARS = 400  # a text that may need scrolling, and so the keyboard's focus
VERSION = 1

_MAX_JSON_BYTES = 24_000_000
_MAX_VALUES = 64
_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s{0,99}<(!doctype\s+html|html|!--)", re.IGNORECASE)
_OPENING = re.compile(rb'<script\b[^<>]{0,200}?\bid="%s"[^<>]{0,200}>' % SCRIPT_ID.encode())


def html_sheet(
    records: Sequence[ImageRecord],
    thumbs: Thumbs,
    *,
    models: Mapping[str, ModelSpec],
    reader: Reader,
) -> Iterator[bytes]:
    """Yield one self-contained HTML file with the images in their order; `models` give labels.

    Raises: InvalidInput at once for no image or more than 2,000.
    """
    check_count(len(records), "html")
    return _html(records, thumbs, models, reader)


def settings_json(records: Sequence[ImageRecord]) -> str:
    """Return the settings of all images as JSON that can stand in a script element."""
    found = [
        {
            "model": record.request.model,
            "prompt": record.request.prompt,
            "values": dict(record.request.values),
            "seed": record.request.seed,
            **({"source": IMPORT} if record.source == IMPORT else {}),
        }
        for record in records
    ]
    # Only "<" could end the element; ASCII spares any doubt about the file's encoding.
    return json.dumps({"version": 1, "images": found}).replace("<", "\\u003c")


# The web page


def _html(
    records: Sequence[ImageRecord], thumbs: Thumbs, models: Mapping[str, ModelSpec], reader: Reader
) -> Iterator[bytes]:
    tell, count = reader.tell, msg_n("1 image", "{n} images", len(records))
    days = sorted({f"{record.created.astimezone(UTC):%Y-%m-%d}" for record in records})
    # The settings stand first: whoever reads them need not read through all the pictures.
    yield _HEAD.format(
        language=reader.tag,
        direction=reader.direction,
        title=escaped(tell(msg("Contact sheet, {images}", images=count))),
        style=_STYLE,
        id=SCRIPT_ID,
        settings=settings_json(records),
    ).encode()
    made = msg("{images}, made {day}", images=count, day=days[0])
    if len(days) > 1:
        made = msg("{images}, made {first} to {last}", images=count, first=days[0], last=days[-1])
    title = escaped(tell(msg("Contact sheet")))
    yield f"<header><h1>{title}</h1><p>{escaped(tell(made))}</p></header>\n<main>\n".encode()
    for record in records:
        figure = _figure(record, thumbs(record.id), models, tell)
        yield figure.encode("utf-8", "replace")
    yield f"</main>\n<footer>{escaped(tell(_FOOT))}</footer>\n</body>\n</html>\n".encode()


def _figure(
    record: ImageRecord,
    thumb: bytes | None,
    models: Mapping[str, ModelSpec],
    tell: Callable[[str], str],
) -> str:
    request = record.request
    negative = str(request.values.get("negative_prompt") or "")
    if thumb is None:
        picture = f'<div class="gone">{escaped(tell(msg("The file is missing.")))}</div>'
    else:
        encoded = base64.b64encode(thumb).decode()
        alt = escaped(cut(request.prompt, 200) or tell(msg("Image without a prompt")))
        picture = f'<img alt="{alt}" decoding="async" src="data:image/webp;base64,{encoded}">'
    pairs = "".join(
        f'<div><dt>{escaped(tell(name))}</dt><dd dir="auto">{escaped(tell(text))}</dd></div>'
        for name, text in _pairs(record, models)
    )
    texts = _text("prompt", request.prompt) if request.prompt else ""
    if negative:
        label = escaped(tell(msg("Negative prompt")))
        texts += f'<p class="label">{label}</p>{_text("without", negative)}'
    return f"<figure>{picture}\n<figcaption>{texts}<dl>{pairs}</dl></figcaption></figure>\n"


def _text(kind: str, text: str) -> str:
    focus = ' tabindex="0"' if len(text) > _LONG_CHARS else ""
    return f'<p class="{kind}" dir="auto"{focus}>{escaped(text)}</p>'


def _pairs(record: ImageRecord, models: Mapping[str, ModelSpec]) -> list[tuple[str, str]]:
    request = record.request
    model, values = models.get(request.model), request.values
    pairs: list[tuple[str, str]] = [(msg("Model"), model_label(record, models))]
    if request.seed is not None:
        pairs.append((msg("Seed"), str(request.seed)))
    pairs.append((msg("Size"), f"{record.width_px} × {record.height_px}"))  # noqa: RUF001
    asked = values.get("width"), values.get("height")
    if None not in asked and asked != (record.width_px, record.height_px):
        pairs.append((msg("Asked for"), f"{asked[0]} × {asked[1]}"))  # noqa: RUF001
    for name, value in values.items():
        if name in ("width", "height", "negative_prompt") or value in (None, ""):
            continue
        spec = model.param(name) if model else None
        label = spec.label if spec else name.replace("_", " ").capitalize()
        pairs.append((label, number(value) if isinstance(value, float) else str(value)))
    pairs.append((msg("Made"), f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC"))
    return pairs


# Read back


def is_page(data: bytes) -> bool:
    """Whether this is an HTML page, ours or not."""
    return _PAGE.match(data) is not None


def on_sheet(data: bytes) -> list[Brought]:
    """Return the settings of each image on the sheet, at least one.

    Raises: InvalidInput for a page that is no contact sheet of ours, or a damaged one.
    """
    opening = _OPENING.search(data)
    if opening is None:
        raise _refused(msg("This web page is no contact sheet made here."))
    end = data.find(b"</script", opening.end())
    if end < 0 or end - opening.end() > _MAX_JSON_BYTES:
        raise _refused(msg("This contact sheet is damaged."))
    try:
        document = json.loads(data[opening.end() : end].decode("utf-8"))
        if document["version"] != VERSION:
            raise _refused(msg("This contact sheet was made by a newer version."))
        found = [_brought(image) for image in document["images"][:HTML_MAX_IMAGES]]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _refused(msg("This contact sheet is damaged.")) from error
    if not found:
        raise _refused(msg("There is no image on this contact sheet."))
    return found


def _brought(image: object) -> Brought:
    if not isinstance(image, dict):
        raise TypeError("not an image's settings")
    values, model = image.get("values", {}), image.get("model")
    if not isinstance(values, dict) or len(values) > _MAX_VALUES or not isinstance(model, str):
        raise TypeError("not an image's settings")
    given = {name: image[name] for name in STANDARD if image.get(name) is not None}
    source = IMPORT if image.get("source") == IMPORT else OWN
    return Brought(source, model, {**given, **values})


def _refused(message: Said) -> InvalidInput:
    return InvalidInput(
        message, msg("Choose an image, or a contact sheet that was saved here."), field="file"
    )


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
<html lang="{language}" dir="{direction}">
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

_FOOT = msg(
    "Made with the Sentry Block Playground. Drop this file onto its page to get the settings of "
    "the images back."
)
