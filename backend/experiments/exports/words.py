"""What is said of a cell in every export that people read. Pure."""

from __future__ import annotations

from typing import Any

from backend.catalogue.labels import label_of
from backend.experiments.exports.table import Sheet, Shown, asked
from backend.said import Said, dollars, joined, listed, msg, msg_n, number

SEPARATOR = " · "


def title(of: Sheet) -> str:
    return of.title or msg("Experiment")


def summary(of: Sheet) -> Said:
    """Return when it was made, with what, and how much of it is there."""
    models = listed(of.label(model) for model in {c.made.request.model: None for c in of.cells})
    cells = msg_n(
        "{done} of 1 cell", "{done} of {n} cells", len(of.cells), done=sum(map(_there, of.cells))
    )
    day = f"{of.created:%Y-%m-%d %H:%M} UTC"
    return msg("Made {day} with {models}: {cells}", day=day, models=models, cells=cells)


def place_name(of: Sheet, place: tuple[int, int, int, int]) -> str:
    """Return where a cell stands on each axis: its name for who does not see the table."""
    parts = [side.labels[at] for side, at in zip(of.sides, place, strict=False) if side.kind]
    if of.repeats > 1:
        parts.append(repeat_name(place[3]))
    return listed(parts) or msg("Image")


def repeat_name(repeat: int) -> Said:
    return msg("image {number}", number=repeat + 1)


def facts(of: Sheet, cell: Shown) -> list[str]:
    """Return seconds, price and difference of an image, as far as they are known."""
    said: list[str] = []
    if cell.record and cell.record.cached:
        said.append(msg("already made"))
    elif cell.seconds is not None:
        said.append(seconds(cell.seconds))
    if cell.price_usd and not (cell.record and cell.record.cached):
        said.append(dollars(cell.price_usd))
    if cell is of.cells[0] and len(of.cells) > 1:
        said.append(msg("reference"))
    elif cell.record and cell.made.difference is not None:
        said.append(difference(cell.made.difference))
    return said


def settings(of: Sheet, cell: Shown) -> list[tuple[str, bool]]:
    """Return what a cell asks for beside its prompts, and whether the reference asks otherwise."""
    own, first = asked(cell), asked(of.cells[0])
    names = [*own, *(name for name in first if name not in own)]
    return [
        (setting(of, name, own.get(name)), own.get(name) != first.get(name))
        for name in names
        if name not in ("prompt", "negative_prompt") and (name in own or name != "model")
    ]


def setting(of: Sheet, name: str, value: Any) -> Said:
    """Return one setting: "Num steps: 4"."""
    if name == "model":
        return msg("{label}: {value}", label=msg("Model"), value=of.label(str(value)))
    label = label_of(name, *of.models.values())
    if value is None:
        return msg("{label}: {value}", label=label, value=msg("none"))
    text = number(value) if isinstance(value, float) else str(value)
    return msg("{label}: {value}", label=label, value=text)


def seconds(value: float) -> Said:
    """Return a duration for people, as the pages have it: 0.84 s, 3.5 s, 2 min 5 s."""
    if value < 60:
        return msg("{seconds} s", seconds=number(value, 2 if value < 1 else 1))
    return msg(
        "{minutes} min {seconds} s", minutes=str(int(value // 60)), seconds=str(int(value % 60))
    )


def difference(value: float) -> Said:
    if not value:
        return msg("no difference")
    return msg("differs by {number}", number=number(round(value, 1)))


def error(cell: Shown) -> str:
    """Return why a cell failed, or what is in doubt about it; empty where neither is."""
    found = cell.made.run.error if cell.made.run else None
    return joined(found.message, found.hint) if found and not cell.record and cell.state else ""


def _there(cell: Shown) -> bool:
    return cell.record is not None


def mean(value: float | None) -> str:
    """Return a mean as it stands in a table; empty where there is none."""
    return "" if value is None else number(value, 1)
