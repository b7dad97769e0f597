"""An experiment's cells as a CSV: what spreadsheets and programs read of it."""

from __future__ import annotations

import csv
import io

from backend.experiments.exports.csv_file import COLUMNS, csv_file
from backend.experiments.exports.exports import file_name
from backend.experiments.exports.table import Sheet, sheet
from backend.said import Said
from backend.types import RunState
from tests.experiments.exported import NOW, axis, grid, made


def rows(of: Sheet) -> list[dict[str, str]]:
    text = b"".join(csv_file(of)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_cell_is_a_row_in_the_order_of_making() -> None:
    cells = [
        made(0, [(1, 0, 0, 0), (1, 1, 0, 0)], values={"clip_skip": 2}, template=("{a|b} cat", 3)),
        made(1, [(0, 0, 0, 0)], cached=True, difference=4.25),
        made(2, [(0, 1, 0, 0)], state=None, difference=None),
    ]
    first, second, third = rows(grid(cells=cells))
    assert list(first) == list(COLUMNS)
    assert (first["place"], first["also_at"]) == ("1 0 0 0", "1 1 0 0")
    assert (first["x"], first["y"], first["z"]) == ("4", "cat", "")
    assert (first["model"], first["prompt"]) == (cells[0].request.model, "a cat")
    assert (first["num_steps"], first["seed"], first["width"]) == ("4", "7", "1024")
    assert first["other_values"] == '{"clip_skip": 2}'
    assert (first["seconds"], first["price_usd"], first["cached"]) == ("2.5", "0.0006", "no")
    assert (first["template"], first["template_number"]) == ("{a|b} cat", "3")
    assert (second["cached"], second["difference"]) == ("yes", "4.25")
    assert (third["state"], third["image_id"], third["price_usd"]) == ("waiting", "", "")


def test_no_text_is_a_formula_to_a_spreadsheet() -> None:
    evil = ["=HYPERLINK(A1)", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]
    cells = [
        made(n, [(0, n, 0, 0)], prompt=text, values={"negative_prompt": text}, template=(text, 0))
        for n, text in enumerate(evil)
    ]
    of = grid(("1",), evil, cells=cells)
    for row, text in zip(rows(of), evil, strict=True):
        assert row["y"] == row["prompt"] == row["negative_prompt"] == row["template"] == f"'{text}"


def test_what_no_file_can_hold_is_written_out() -> None:
    (row,) = rows(
        grid(("1",), ("half",), cells=[made(0, [(0, 0, 0, 0)], prompt='a \ud83d, \n"b"')])
    )
    assert row["prompt"] == 'a \\ud83d, \n"b"'


def test_images_in_the_trash_are_not_named() -> None:
    cells = [made(0, [(0, 0, 0, 0)], deleted=True), made(1, [(1, 0, 0, 0)], state=RunState.FAILED)]
    gone, failed = rows(grid(cells=cells))
    assert (gone["image_id"], gone["state"]) == ("", "saved")
    assert (failed["state"], failed["price_usd"]) == ("failed", "0.0006")


def test_the_axis_of_a_blind_test_has_a_name_that_can_be_told() -> None:
    axes = {"x": axis("settings", ("FLUX", "SDXL")), "y": axis("prompts", ("a cat",))}
    of = sheet("Blind", NOW, "api.example.com", axes, [], {}, {})
    assert of.x.name == "Compared setting" and isinstance(of.x.name, Said)


def test_a_file_is_named_after_the_experiment_on_every_system() -> None:
    assert file_name(grid(title="Steps & Größe: 1/4"), "csv") == "steps-grosse-1-4-2026-03-04.csv"
    assert file_name(grid(title="灯台"), "png") == "experiment-2026-03-04.png"
    assert len(file_name(grid(title="x" * 200), "html")) < 80
