"""The cells of an experiment as a CSV: one row for each, in the order of their making. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from backend.exchange.archive import defused
from backend.experiments.exports.table import Sheet, Shown

_ASKED = ("negative_prompt", "width", "height", "num_steps", "guidance_scale")

COLUMNS = (
    *("place", "also_at", "x", "y", "z", "repeat", "model", "prompt", *_ASKED, "other_values"),
    *("seed", "state", "image_id", "seconds", "price_usd", "cached", "difference"),
    *("template", "template_number"),
)
"""Names as in the gallery's images.csv and in the API, in which places are x, y, z, repeat."""


def csv_file(sheet: Sheet) -> Iterator[bytes]:
    """Yield the file. A text that a spreadsheet would take for a formula begins with '."""
    out = io.StringIO()
    table = csv.writer(out)
    out.write("\ufeff")  # without which Excel takes UTF-8 for Latin-1
    table.writerow(COLUMNS)
    for cell in sheet.cells:
        row = _row(sheet, cell)
        table.writerow(
            [defused(v) if isinstance(v, str) else v for v in map(row.__getitem__, COLUMNS)]
        )
        yield _taken(out)
    yield _taken(out)


def _row(sheet: Sheet, cell: Shown) -> dict[str, object]:
    request = cell.made.request
    place, *others = cell.made.places
    rest = {name: value for name, value in request.values.items() if name not in _ASKED}
    template, number = cell.made.template or (None, None)
    return {
        "place": _place(place),
        "also_at": "; ".join(map(_place, others)),
        "x": sheet.x.labels[place[0]],
        "y": sheet.y.labels[place[1]],
        "z": sheet.z.labels[place[2]],
        "repeat": place[3],
        "model": request.model,
        "prompt": request.prompt,
        **{name: request.values.get(name) for name in _ASKED},
        "other_values": json.dumps(rest, ensure_ascii=False) if rest else None,
        "seed": request.seed,
        "state": cell.state.value if cell.state else "waiting",
        "image_id": cell.record.id if cell.record else None,
        "seconds": cell.record.seconds if cell.record else None,
        "price_usd": None if cell.price_usd is None else float(cell.price_usd),
        "cached": ("yes" if cell.record.cached else "no") if cell.record else None,
        "difference": None if cell.made.difference is None else round(cell.made.difference, 4),
        "template": template,
        "template_number": number,
    }


def _place(place: tuple[int, int, int, int]) -> str:
    return " ".join(map(str, place))


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate cannot be UTF-8
