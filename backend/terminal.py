"""The terminal's own commands: verify, import, and for an image store backup and rebuild.

They open the data folder alone, or the store that many share, and report.

Progress stands on one line, and only where somebody watches; the account at the end says it all.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import FolderInUse, SettingsError
from backend.exchange.image_files import Found, find
from backend.exchange.importing import Outcome, Step, import_files
from backend.library.library import Library
from backend.settings.load import Settings
from backend.storage.folder import LocalStore
from backend.storage.image_files.base import ImageFiles
from backend.storage.image_files.opening import open_store
from backend.storage.image_files.store_url import StoreUrl
from backend.text import cut
from backend.upkeep import backup
from backend.upkeep.rebuild import open_database, open_server, reason_of
from backend.upkeep.refill import take_up_all
from backend.upkeep.verify import Checked, Verdict, verify

LISTED_MAX = 50
SHOWN_EVERY_S = 0.1


def run_verify(settings: Settings, out: TextIO) -> int:
    """Check every stored file and say what was found; return 0 when all is well, else 1.

    Raises: SettingsError where folder or database cannot be opened.
    """
    root = settings.data_dir
    if settings.store_url is None and not root.is_dir():
        raise SettingsError(f"There is no data folder {root}.", "Name it with --data-dir.")
    place = str(settings.store_url or root)
    with _opened(settings, rebuild=False) as on:
        line, total = Line(out), sum(1 for _ in on.files.names())
        found: dict[Verdict, list[Checked]] = {verdict: [] for verdict in Verdict}
        whole = 0
        try:
            for checked in verify(on.files, on.library.each()):
                if checked.verdict is Verdict.WHOLE:
                    whole += 1
                else:
                    found[checked.verdict].append(checked)
                count = whole + sum(map(len, found.values()))
                line.show(f"{count:,} of {max(count, total):,} files checked")
        finally:
            line.clear()
    _account(line, place, whole, found, settings.places.command)
    return 0 if not any(found.values()) else 1


def run_import(settings: Settings, folders: Sequence[Path], out: TextIO) -> int:
    """Take the folders' images into the gallery and say what came of it; return the exit code.

    Raises: SettingsError where a folder is not there or the data folder cannot be used.
    """
    for folder in folders:
        if not folder.exists():
            raise SettingsError(f"There is no folder {folder}.", "Check its name.")
    line = Line(out)
    with _opened(settings) as on:
        if on.notice:
            line.say(on.notice)
        return _import(on.files, on.library, find(folders), line)


def run_backup(settings: Settings, folder: Path, out: TextIO) -> int:
    """Copy the store's images into a folder and say what came of it; return the exit code.

    Raises: SettingsError where there is no store, or it cannot be used.
    """
    files, line = open_store(_store_of(settings, _IN_THE_FOLDER)), Line(out)
    counts: Counter[backup.Outcome] = Counter()
    size_bytes, ended, code = 0, "", 0
    try:
        for copied in backup.backup(files, folder):
            counts[copied.outcome] += 1
            size_bytes += copied.size_bytes
            line.show(f"{counts.total():,} images: {counts[backup.Outcome.COPIED]:,} copied")
    except KeyboardInterrupt:
        ended, code = "Stopped.", 130
    except OSError as error:
        ended, code = f"The copying ended: {error.strerror}.", 1
    finally:
        files.close()
    line.clear()
    copied_told = f"{_files(counts[backup.Outcome.COPIED])} copied ({size_bytes / 1e6:,.0f} MB)"
    line.say(f"{copied_told} into {folder}, {counts[backup.Outcome.THERE]:,} already there.")
    if strange := counts[backup.Outcome.STRANGE]:
        line.say(f"Left out, for they have no name of ours: {strange:,}.")
    line.say(
        "The database is not in it: back it up as well, with pg_dump. Stars, ratings, tags, the"
        " trash and what was spent stand there alone."
    )
    if ended:
        line.say(f"{ended} {_GOES_ON}")
    return code


def run_rebuild(settings: Settings, out: TextIO) -> int:
    """Record every image of the store that the database does not know; return the exit code.

    Raises: SettingsError where there is no store, or store or database cannot be used.
    """
    _store_of(settings, _BY_ITSELF)
    line, code, ended = Line(out), 0, ""
    found = strange = known = 0
    with _opened(settings) as on:
        try:
            for taken, were_known in take_up_all(on.engine, on.library, on.files):
                found, strange = found + taken.found, strange + taken.strange
                known += were_known
                line.show(f"{found + strange + known:,} images: {found:,} recorded")
        except KeyboardInterrupt:
            ended, code = "Stopped.", 130
        except OSError as error:
            ended, code = f"The rebuild ended: {error.strerror}.", 1
        except SQLAlchemyError as error:
            ended, code = f"The database cannot take more: {reason_of(error)}.", 1
    line.clear()
    line.say(f"{_files(found)} recorded, {known:,} known already, of {settings.store_url}.")
    if strange:
        line.say(f"Files that say nothing of their making and are left out: {strange:,}.")
    if found:
        line.say(
            "Each counts as one request of its day. Stars, ratings, tags, the trash, experiments"
            " and requests without an image are in no image: they come from the database's backup."
        )
    if ended:
        line.say(f"{ended} {_GOES_ON}")
    return code


_IN_THE_FOLDER = "The images are in the data folder: copy that."
_BY_ITSELF = "With images in the data folder the start does that by itself, where it is needed."


def _store_of(settings: Settings, instead: str) -> StoreUrl:
    if settings.store_url is None:
        raise SettingsError(
            "This is for an image store, and PLAYGROUND_STORE_URL is not set.", instead
        )
    return settings.store_url


def _import(files: ImageFiles, library: Library, found: Found, line: Line) -> int:
    paths = found.paths
    counts: Counter[Outcome] = Counter()
    skipped: list[Step] = []
    ended, code = "", 0
    try:
        for number, step in enumerate(import_files(files, library, paths), 1):
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


def _account(
    line: Line, place: str, whole: int, found: dict[Verdict, list[Checked]], command: str
) -> None:
    recorded = whole + sum(len(f) for v, f in found.items() if v is not Verdict.STRANGE)
    if not any(found.values()):
        line.say(f"All is well: {_files(whole)} in {place}, every one as it was recorded.")
        return
    line.say(f"{_files(recorded)} recorded in {place}: {whole:,} whole.")
    for verdict, words in _WORDS.items():
        files = found[verdict]
        if files:
            line.say(f"\n{words}: {len(files):,}")
            line.listed([f"{file.path}  {file.why}".rstrip() for file in files])
    line.say("\nNothing was changed or deleted.")
    if found[Verdict.MISSING]:
        line.say(f"If you have copies of missing files:  {command} import FOLDER-WITH-THE-COPIES")
    if found[Verdict.STRANGE] and "://" in place:
        line.say(f"To take unknown images into the gallery:  {command} rebuild")
    elif found[Verdict.STRANGE]:
        folder = Path(place) / "images"
        line.say(f"To take unknown images into the gallery:  {command} import {folder}")


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


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a command works on; `notice` says what opening it put right, else ""."""

    files: ImageFiles
    engine: sa.Engine
    library: Library
    notice: str


@contextmanager
def _opened(settings: Settings, *, rebuild: bool = True) -> Iterator[_Opened]:
    """Open image files and database.

    A store is shared by those who have it: a playground may run on it meanwhile.
    """
    with ExitStack() as ends:
        files: ImageFiles
        if settings.store_url is not None and settings.database_url is not None:
            files, notice = open_store(settings.store_url), ""
            ends.callback(files.close)
            engine, reader = open_server(settings.database_url)
        else:
            store = ends.enter_context(_alone(settings.data_dir))
            files = store.files
            engine, reader, notice = open_database(settings.database_url, store, rebuild=rebuild)
        ends.callback(engine.dispose)
        ends.callback(reader.dispose)
        yield _Opened(files, engine, Library(engine, reader), notice)


class Line:
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
