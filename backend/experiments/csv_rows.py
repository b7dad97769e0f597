"""Rows as one axis: a CSV's columns are parameters, each row sets them together. Pure.

Lines as A1111's "prompts from file" has them are rows too: see `prompt_lines`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from backend.errors import InvalidInput
from backend.experiments.items import Item
from backend.experiments.numbers import VALUES_MAX
from backend.experiments.prompt_lines import ALIASES, prompt_lines
from backend.said import listed, msg

_DELIMITERS = ",;\t"
_BREAK = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, counted from 1 without the heading, and its cells by column."""

    item: Item
    cells: Mapping[str, str]


def rows(given: object, columns: Sequence[str]) -> list[Row]:
    """Return the rows of a CSV's text, or of a list of tables, with what is not empty in them.

    `columns` are those that there may be, in any case. Raises: InvalidInput.
    """
    by_case = {column.casefold(): column for column in columns}
    by_case |= {alias: name for alias, name in ALIASES.items() if name in columns}
    tables = _of_text(given, by_case) if isinstance(given, str) else _of_list(given)
    if not tables:
        raise InvalidInput(msg("There are no rows."), msg("The first line names the columns."))
    if len(tables) > VALUES_MAX:
        raise InvalidInput(
            msg("There are more than {most} rows.", most=VALUES_MAX), msg("Take some away.")
        )
    strange = dict.fromkeys(
        name for table in tables for name in table if name.casefold() not in by_case
    )
    if strange:
        raise InvalidInput(
            msg("These columns are no parameters: {names}.", names=listed(list(strange)[:10])),
            msg("Known are: {names}.", names=listed(columns)),
        )
    found = []
    for number, table in enumerate(tables, start=1):
        cells: dict[str, str] = {}
        for name, cell in table.items():
            own = by_case[name.casefold()]
            if own in cells:
                raise InvalidInput(
                    msg("Two columns have one name, or one has none."),
                    msg("The first line names each column once."),
                )
            cells |= {own: cell} if cell.strip() else {}
        if cells:
            found.append(Row(Item(number, ""), cells))
    if not found:
        raise InvalidInput(msg("All rows are empty."), msg("Fill in at least one."))
    return found


def _of_text(text: str, known: Mapping[str, str]) -> list[dict[str, str]]:
    text = text.removeprefix("\N{BYTE ORDER MARK}").lstrip("\r\n")
    heading = _BREAK.split(text, maxsplit=1)[0]
    cells = re.split(f"[{_DELIMITERS}]", heading.casefold())
    if not all(cell.strip(' "') in known for cell in cells):
        listed_prompts = prompt_lines(text)
        if listed_prompts is not None:
            return listed_prompts
    return _of_csv(text, heading)


def _of_csv(text: str, heading: str) -> list[dict[str, str]]:
    delimiter = max(_DELIMITERS, key=heading.count)  # a spreadsheet's depends on its country
    tables: list[dict[str, str]] = []
    try:
        reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
        names = [name.strip() for name in next(reader, [])]
        if "" in names or len({name.casefold() for name in names}) < len(names):
            raise InvalidInput(
                msg("Two columns have one name, or one has none."),
                msg("The first line names each column once."),
            )
        for row in reader:
            if len(row) > len(names):
                raise InvalidInput(
                    msg(
                        "Line {line} has more cells than there are columns.",
                        line=str(reader.line_num),
                    ),
                    msg('A text with commas stands in quotes: "a cat, red".'),
                )
            if any(row):
                tables.append(dict(zip(names, row, strict=False)))
            if len(tables) > VALUES_MAX:
                break
    except csv.Error as error:
        raise InvalidInput(
            msg("This is no CSV that can be read: {error}.", error=str(error)),
            msg("Save the table as CSV, in UTF-8."),
        ) from error
    return tables


def _of_list(given: object) -> list[dict[str, str]]:
    if not isinstance(given, Sequence) or not all(isinstance(row, Mapping) for row in given):
        raise InvalidInput(msg("Rows are a CSV's text, or a list of tables."))
    return [
        {str(name): "" if cell is None else str(cell) for name, cell in row.items()}
        for row in given[: VALUES_MAX + 1]
    ]
