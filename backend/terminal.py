"""The terminal's own commands, verify and import: they open the data folder alone and report.

Progress stands on one line, and only where somebody watches; the account at the end says it all.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sqlalchemy.exc import SQLAlchemyError

from backend.errors import FolderInUse, SettingsError
from backend.exchange.image_files import Found, find
from backend.exchange.importing import Outcome, Step, import_files
from backend.library.library import Library
from backend.settings.load import Settings
from backend.storage.folder import LocalStore
from backend.text import cut
from backend.upkeep.rebuild import open_database, reason_of
from backend.upkeep.verify import Checked, Verdict, verify

LISTED_MAX = 50
SHOWN_EVERY_S = 0.1


def run_verify(settings: Settings, out: TextIO) -> int:
    """Check every stored file and say what was found; return 0 when all is well, else 1.

    Raises: SettingsError where folder or database cannot be opened.
    """
    root = settings.data_dir
    if not root.is_dir():
        raise SettingsError(f"There is no data folder {root}.", "Name it with --data-dir.")
    with _alone(root) as store, _library(settings, store, rebuild=False) as (library, _):
        line, total = _Line(out), sum(1 for _ in store.files())
        found: dict[Verdict, list[Checked]] = {verdict: [] for verdict in Verdict}
        whole = 0
        try:
            for checked in verify(store, library.each()):
                if checked.verdict is Verdict.WHOLE:
                    whole += 1
                else:
                    found[checked.verdict].append(checked)
                count = whole + sum(map(len, found.values()))
                line.show(f"{count:,} of {max(count, total):,} files checked")
        finally:
            line.clear()
    _account(line, root, whole, found)
    return 0 if not any(found.values()) else 1


def run_import(settings: Settings, folders: Sequence[Path], out: TextIO) -> int:
    """Take the folders' images into the gallery and say what came of it; return the exit code.

    Raises: SettingsError where a folder is not there or the data folder cannot be used.
    """
    for folder in folders:
        if not folder.exists():
            raise SettingsError(f"There is no folder {folder}.", "Check its name.")
    line = _Line(out)
    with _alone(settings.data_dir) as store, _library(settings, store) as (library, notice):
        if notice:
            line.say(notice)
        return _import(store, library, find(folders), line)


def _import(store: LocalStore, library: Library, found: Found, line: _Line) -> int:
    paths = found.paths
    counts: Counter[Outcome] = Counter()
    skipped: list[Step] = []
    ended, code = "", 0
    try:
        for number, step in enumerate(import_files(store, library, paths), 1):
            counts[step.outcome] += 1
            if step.outcome is Outcome.SKIPPED:
                skipped.append(step)
            line.show(
                f"{number:,} of {len(paths):,} files: {counts[Outcome.IMPORTED]:,} imported,"
                f" {counts[Outcome.THERE]:,} already there, {len(skipped):,} skipped"
            )
    except KeyboardInterrupt:
        ended, code = "Stopped.", 130
    except OSError as error:
        ended, code = f"The data folder cannot take more: {error.strerror}.", 1
    except SQLAlchemyError as error:
        ended, code = f"The database cannot take more: {reason_of(error)}.", 1
    line.clear()
    line.say(
        f"{counts[Outcome.IMPORTED]:,} imported, {counts[Outcome.THERE]:,} already there"
        f" (in the gallery or its trash), {len(skipped):,} skipped."
    )
    if counts[Outcome.RESTORED]:
        line.say(f"Files that were missing and are back: {counts[Outcome.RESTORED]:,}.")
    for why, count in Counter(step.why for step in skipped).most_common():
        line.say(f"\nSkipped, {count:,}: {why}")
        line.listed([str(step.path) for step in skipped if step.why == why])
    line.say(f"\n{_looked_at(counts.total(), found.others)}")
    if ended:
        line.say(f"{ended} {_GOES_ON}")
    return code


def _account(line: _Line, root: Path, whole: int, found: dict[Verdict, list[Checked]]) -> None:
    recorded = whole + sum(len(f) for v, f in found.items() if v is not Verdict.STRANGE)
    if not any(found.values()):
        line.say(f"All is well: {_files(whole)} in {root}, every one as it was recorded.")
        return
    line.say(f"{_files(recorded)} recorded in {root}: {whole:,} whole.")
    for verdict, words in _WORDS.items():
        files = found[verdict]
        if files:
            line.say(f"\n{words}: {len(files):,}")
            line.listed([f"{file.path}  {file.why}".rstrip() for file in files])
    line.say("\nNothing was changed or deleted.")
    if found[Verdict.MISSING]:
        line.say(f"If you have copies of missing files:  {_IMPORT} FOLDER-WITH-THE-COPIES")
    if found[Verdict.STRANGE]:
        line.say(f"To take unknown images into the gallery:  {_IMPORT} {root / 'images'}")


_IMPORT = "python app.py import"
_WORDS = {
    Verdict.MISSING: "Missing",
    Verdict.CHANGED: "Changed since they were stored",
    Verdict.UNREADABLE: "Unreadable or damaged",
    Verdict.STRANGE: "Files that no record knows",
}


_GOES_ON = "Run the same command again: it goes on where this one ended."


def _looked_at(images: int, others: int) -> str:
    passed = "1 other file" if others == 1 else f"{others:,} other files"
    return f"Looked at {_files(images)}" + (f", and passed over {passed}." if others else ".")


def _files(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


# Opening


@contextmanager
def _alone(root: Path) -> Iterator[LocalStore]:
    """Open the data folder. Raises: SettingsError where a playground runs on it."""
    try:
        store = LocalStore(root)
    except FolderInUse as error:
        raise FolderInUse(
            f"A playground is running on the data folder {root}.",
            "End it first (Ctrl+C in its terminal), then run this again.",
        ) from error
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _library(
    settings: Settings, store: LocalStore, *, rebuild: bool = True
) -> Iterator[tuple[Library, str]]:
    """Open the database; yield the library and a notice of what opening it put right, else ""."""
    engine, reader, notice = open_database(settings.database_url, store, rebuild=rebuild)
    try:
        yield Library(engine, reader), notice
    finally:
        reader.dispose()
        engine.dispose()


class _Line:
    """The terminal: lines that stay, and one that is written over while somebody watches."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._live = out, out.isatty()
        self._shown_at, self._width = 0.0, 0

    def show(self, text: str) -> None:
        """Write over the line, at most ten times a second."""
        now = time.monotonic()
        if self._live and now - self._shown_at >= SHOWN_EVERY_S:
            self._shown_at = now
            text = cut(text, shutil.get_terminal_size().columns - 1)
            self._out.write(f"\r{text.ljust(self._width)}")
            self._out.flush()
            self._width = len(text)

    def clear(self) -> None:
        if self._width:
            self._out.write(f"\r{' ' * self._width}\r")
            self._width = 0

    def say(self, text: str) -> None:
        """Write a line. File names may hold anything: what could steer the terminal is shown."""
        told = "".join(
            c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text
        )
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        self._out.write(told.encode(encoding, "backslashreplace").decode(encoding) + "\n")

    def listed(self, names: Sequence[str]) -> None:
        for name in names[:LISTED_MAX]:
            self.say(f"  {name}".replace("\n", "\\n"))
        if len(names) > LISTED_MAX:
            self.say(f"  and {len(names) - LISTED_MAX:,} more")
