"""The command grid in this process, against a platform on real sockets."""

from __future__ import annotations

import argparse
import io
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from backend import logs
from backend.settings.load import load_settings
from backend.settings.places import beside
from tests.grid_command import GRID, SEEDLESS, Asked, Ended
from tests.http.faults import FaultServer, good, status
from ui.terminal.grid import run_grid
from ui.terminal.options import add_options, options_of


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """The command is a program of its own, and silences the line of each send for good."""
    before = logs.sends.level
    yield
    logs.sends.setLevel(before)


class Command(Asked):
    """The command in a folder of its own, with `server` as its platform."""

    def grid(self, *options: str, err: io.StringIO | None = None, **environ: str) -> Ended:
        parser, out, err = argparse.ArgumentParser(), io.StringIO(), err or io.StringIO()
        add_options(parser)
        asked = options_of(parser.parse_args([str(self.file), "--json", *options]))
        settings = load_settings({}, self.environ | environ, places=beside(self.folder))
        code = run_grid(settings, asked, out, err)
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        return Ended(code, err.getvalue(), lines)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer.in_thread() as server:
        yield server


@pytest.fixture
def command(tmp_path: Path, server: FaultServer) -> Command:
    return Command(tmp_path, server)


def test_nothing_is_sent_unless_it_is_agreed_to(command: Command, server: FaultServer) -> None:
    dry = command.grid("--dry-run")
    assert dry.code == 0 and "8 cells, 0 already made, 8 to send, about $0.072" in dry.said
    asked = command.grid()
    assert asked.code == 2 and "--yes" in asked.said and "--max-cost" in asked.said
    assert server.posts == 0 and not command.results.exists()


class Terminal(io.StringIO):
    """Somebody's terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "code", "sent"), [("y\n", 0, 8), ("n\n", 4, 0), ("\n", 4, 0), ("", 4, 0)]
)
def test_in_a_terminal_it_asks_and_shows_its_progress_on_one_line(
    command: Command,
    server: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: int,
    sent: int,
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", screen)
    found = command.grid("--max-images", "9", err=screen)
    assert (found.code, server.posts) == (code, sent)
    assert "Send 8 images for about $0.072? [y/N]" in found.said
    assert ("\r0 of 8 images" in found.said) == bool(sent)


def test_it_is_held_where_it_was_agreed_to_and_goes_on_from_there(
    command: Command, server: FaultServer, tmp_path: Path
) -> None:
    part = command.grid("--max-cost", "0.02")
    assert (part.code, server.posts) == (4, 2) and "At most $0.02 is spent" in part.said
    assert part.states == ["saved"] * 2 + ["waiting"] * 6
    more = command.grid("--yes", "--max-images", "3", "-j", "2")
    assert (more.code, server.posts) == (4, 5) and "6 cells left" in more.said
    whole = command.grid("--yes")
    assert (whole.code, server.posts) == (0, 8) and whole.states == ["saved"] * 8
    again = command.grid()  # nothing is left to pay
    assert (again.code, server.posts) == (0, 8)

    assert {tuple(cell["place"]) for cell in again.cells} == {
        (x, y, 0, 0) for x in range(4) for y in range(2)
    }
    last = next(cell for cell in again.cells if cell["place"] == [3, 1, 0, 0])
    assert last["varied"] == {"x": 4, "y": "windmill"} and last["price_usd"] == 0.009
    assert Path(last["file"]).name.startswith("0008 windmill, 4 [")
    (stored,) = (tmp_path / "data" / "images").rglob(f"{last['image_id']}.*")
    assert (command.results / last["file"]).read_bytes() == stored.read_bytes()
    found = {path.name for path in command.results.iterdir()}
    assert found == {"index.html", "cells.csv", "grid.png", "images", "experiment.toml"}


def test_what_was_stopped_with_nothing_left_is_all_there(
    command: Command, server: FaultServer
) -> None:
    assert command.grid("--yes").code == 0
    with closing(sqlite3.connect(command.folder / "data" / "playground.db")) as db, db:
        db.execute("UPDATE experiments SET state = 'stopped'")
    assert (command.grid().code, server.posts) == (0, 8)


def test_drawn_seeds_are_written_down_so_that_the_same_is_made_again(
    command: Command, server: FaultServer
) -> None:
    command.grid("--yes")
    command.file = command.results / "experiment.toml"
    again = command.grid()
    assert (again.code, server.posts) == (0, 8) and "8 already made, 0 to send" in again.said


def test_failed_and_doubtful_cells_are_asked_for_again_only_when_told_to(
    command: Command, server: FaultServer
) -> None:
    command.file.write_text(SEEDLESS, encoding="utf-8")
    server.script(good(), status(422, "no such size"), replace(good(), drop="headers"))
    first = command.grid("--yes", "-j", "1")
    assert (first.code, server.posts) == (3, 6)
    assert first.states == ["failed", *["saved"] * 4, "unknown"]
    assert "--retry failed" in first.said and "no such size" in first.said
    assert (command.grid("--yes").code, server.posts) == (3, 6)
    assert (command.grid("--yes", "--retry", "failed").code, server.posts) == (3, 7)
    assert (command.grid("--retry", "unknown").code, server.posts) == (2, 7)
    last = command.grid("--yes", "--retry", "unknown")
    assert (last.code, server.posts) == (0, 8) and last.states == ["saved"] * 6


def test_a_full_day_holds_it_and_keeps_the_rest(command: Command, server: FaultServer) -> None:
    held = command.grid("--yes", PLAYGROUND_REQUESTS_PER_DAY="3")
    assert (held.code, server.posts) == (4, 3) and "Today's limit holds 3" in held.said


def test_fresh_begins_anew_and_is_what_goes_on_from_then(
    command: Command, server: FaultServer
) -> None:
    command.file.write_text(SEEDLESS, encoding="utf-8")
    assert (command.grid("--yes", "--max-images", "2").code, server.posts) == (4, 2)
    assert (command.grid("--yes", "--max-images", "3", "--fresh").code, server.posts) == (4, 5)
    assert (command.grid("--yes").code, server.posts) == (0, 8)


def test_what_is_set_on_the_command_line_is_another_experiment(
    command: Command, server: FaultServer
) -> None:
    command.file.write_text(SEEDLESS, encoding="utf-8")
    options = ("--set", "prompt=a = b", "--set", "repeats=1", "--set", "title=Other")
    other = command.grid("--yes", *options)
    assert (other.code, server.posts) == (0, 1) and other.said.startswith("Other: 1 place,")
    assert json.loads(server.bodies[0])["prompt"] == "a = b"
    assert command.grid("--yes").code == 0 and server.posts == 7


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("a = 1\nb =\n", (), "line 2, column 4: Invalid value"),
        (f"{GRID}axes.z = {{ seed = '1,,2' }}", (), "line 6, axes.z: Value 2 is empty"),
        (GRID.replace("prompt", "promt"), (), "line 3, base.promt: No model takes promt"),
        (GRID.replace("schnell", "fast"), (), "line 3, base.model: This model is not in"),
        (GRID, ("--set", "width=1000"), "--set width: Width must be a multiple of 16"),
        (GRID, ("--set", "width"), "--set width: this is not of the form NAME=VALUE"),
        (f"{GRID}axes.z = {{ rows = 'gone.csv' }}", (), "line 6, axes.z: gone.csv cannot be read"),
        (f"{GRID}repeats = 1000", (), "line 6, repeats: Repeats are a whole number"),
        (f"{GRID}axes.z = {{ seed = [2026-11-29] }}", (), "line 6, axes.z.seed: This is neither"),
        ("title = 'no base'", (), "base: What does not vary is missing"),
    ],
    ids=str,
)
def test_a_fault_names_line_and_key(
    command: Command, text: str, options: tuple[str, ...], said: str
) -> None:
    command.file.write_text(text, encoding="utf-8")
    found = command.grid("--yes", *options)
    assert found.code == 2 and said in found.said
    assert found.said.strip().count("\n") == 0


def test_a_folder_with_other_things_is_left_alone(command: Command, server: FaultServer) -> None:
    command.results.mkdir()
    (command.results / "index.html").write_text("mine")
    found = command.grid("--yes")
    assert found.code == 2 and "holds other files" in found.said and server.posts == 0
    assert (command.results / "index.html").read_text() == "mine"
    found = command.grid("--yes", "--out", str(command.file))
    assert found.code == 2 and "cannot take the results" in found.said and server.posts == 0


def test_rows_are_read_from_a_file_beside_it(command: Command, server: FaultServer) -> None:
    rows = "\ufeffprompt;num_steps\na ../fox: <red>;1\n;2\n"
    (command.folder / "list.csv").write_text(rows, encoding="utf-8")
    command.file.write_text(GRID.split("axes")[0] + "axes.x = { rows = 'list.csv' }\n")
    found = command.grid("--yes")
    assert (found.code, server.posts) == (0, 2)
    names = sorted(path.name for path in (command.results / "images").iterdir())
    assert names[0].startswith("0001 prompt a .. fox red , num_steps 1 [")
    (command.folder / "list.csv").write_text(rows.replace(";2", ";3"), encoding="utf-8")
    assert (command.grid("--yes").code, server.posts) == (0, 4)
    kept = sorted(path.name for path in (command.results / "images").iterdir())
    assert len(kept) == 2 and not set(kept) & set(names)  # those of the file as it is now
