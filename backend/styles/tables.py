"""Styles in a CSV: AUTOMATIC1111's and Forge's (modules/styles.py), and InvokeAI's. Pure.

`name,prompt,negative_prompt`; older ones have `name,text`, InvokeAI's may have `positive_prompt`.
A name that begins with # is a heading in A1111's list, and no style.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO

from backend.errors import InvalidInput
from backend.said import msg
from backend.styles.book import called
from backend.styles.found import Found, too_many, unknown_file
from backend.styles.kinds import STYLES_MAX, read_style

HEADER = ("name", "prompt", "negative_prompt")

_PROMPT = ("prompt", "positive_prompt", "text")
_NEGATIVE = ("negative_prompt", "negative")
_DELIMITERS = ",;\t"  # a spreadsheet's depends on its country
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def read_table(text: str) -> Found:
    """Return the styles of a CSV's text. Raises: InvalidInput."""
    rows = _rows(text)
    _, heading = next(rows, (0, []))
    names = [name.strip().casefold() for name in heading]
    at = {name: names.index(name) for name in names}
    prompt = next((at[name] for name in _PROMPT if name in at), None)
    negative = next((at[name] for name in _NEGATIVE if name in at), None)
    if "name" not in at or prompt is None:
        raise unknown_file()
    known, found = {at["name"], prompt, negative}, Found()
    for number, (line, cells) in enumerate(rows, start=1):
        if number > STYLES_MAX:
            raise too_many()
        name = _cell(cells, at["name"])
        if name.startswith("#"):
            found.headings += 1
            continue
        entry = {"name": name, "prompt": _cell(cells, prompt)}
        entry["negative_prompt"] = "" if negative is None else _cell(cells, negative)
        label = called(entry, number)
        if not name.strip():
            label = msg("line {line}", line=str(line))
        try:
            if len(cells) > len(names):
                raise InvalidInput(msg("It has more cells than there are columns."))
            found.styles.append(read_style(entry))
        except InvalidInput as error:
            found.left_out.append((label, error.message))
        for column, cell in enumerate(cells[: len(names)]):
            if column not in known and cell.strip():
                found.pass_over(names[column])
    return found


def write_table(styles: list[Mapping[str, str]]) -> str:
    """Return styles as the CSV that all of them read: no byte order mark, which InvokeAI refuses.

    What a spreadsheet would take for a formula gets an apostrophe, which reading takes off again.
    """
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows([_guarded(style[name]) for name in HEADER] for style in styles)
    return text.getvalue()


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with its line."""
    heading = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    reader = csv.reader(
        StringIO(text.lstrip("\r\n"), newline=""),
        delimiter=delimiter,
        skipinitialspace=True,
        strict=True,
    )
    line = 0
    try:
        for row in reader:
            line = reader.line_num
            if any(cell.strip() for cell in row):
                yield line, row
    except csv.Error as error:
        raise InvalidInput(
            msg("Line {line} cannot be read: {error}.", line=str(line + 1), error=str(error)),
            msg('A text with commas or quotes stands in quotes: "a cat, ""red""".'),
            field="file",
        ) from error


def _cell(cells: list[str], at: int) -> str:
    """Return a cell, empty where the row ends before it, without the apostrophe of `_guarded`."""
    cell = cells[at].strip() if at < len(cells) else ""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
