"""`python app.py grid FILE.toml`: looked at with its price, agreed to, started or gone on with.

The same file again is the same experiment. Exit status: 0 all there; 1 a setting; 2 the file or how
it was called; 3 done, but cells failed or are in doubt; 4 held, the rest is kept; 130 ended by
Ctrl+C, the rest is kept.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TextIO

from backend import logs
from backend.errors import InvalidInput, PlaygroundError, Unreachable, on_one_line
from backend.settings.load import Settings
from backend.terminal import Line
from ui.terminal.follow import Follower
from ui.terminal.interrupts import STATUS, Interrupts
from ui.terminal.options import Options
from ui.terminal.playground import Playground, opened
from ui.terminal.results import Results, folder_of
from ui.terminal.spec_file import FileFault, SpecFile, read_spec_file
from ui.terminal.told import account, images, money, plan_lines

ALL_THERE, SETTING, USAGE, INCOMPLETE, HELD = 0, 1, 2, 3, 4

Json = dict[str, Any]
Begin = Callable[[], Coroutine[Any, Any, Json]]


def run_grid(settings: Settings, options: Options, out: TextIO, err: TextIO) -> int:
    """Carry out the command and return its exit status. Raises: SettingsError."""
    logs.sends.setLevel(logging.WARNING)  # its place is the line of progress
    try:
        return asyncio.run(_run(settings, options, out, err))
    except FileFault as fault:
        Line(err).say(on_one_line(str(fault)))
        return USAGE


async def _run(settings: Settings, options: Options, out: TextIO, err: TextIO) -> int:
    file = read_spec_file(options.file, options.set)
    interrupts = Interrupts()
    with interrupts.watched():
        try:
            async with opened(settings) as playground:
                results = Results(folder_of(options.file, options.out))
                lines = out if options.json else None
                grid = _Grid(playground, file, options, results, interrupts, Line(err), lines)
                return await grid.run()
        except asyncio.CancelledError:
            return STATUS


class _Grid:
    def __init__(
        self,
        playground: Playground,
        file: SpecFile,
        options: Options,
        results: Results,
        interrupts: Interrupts,
        line: Line,
        lines: TextIO | None,
    ) -> None:
        self._playground, self._file, self._options = playground, file, options
        self._results, self._interrupts = results, interrupts
        self._line, self._lines = line, lines
        self._title = str(file.document.get("title") or file.path.stem)

    async def run(self) -> int:
        for notice in self._playground.notices:
            self._line.say(notice)
        if self._playground.running:
            self._line.say(f"The playground at {self._playground.url} carries it out.")
        await self._refuse_strange_names()
        token, known = await self._known()
        if known is None:
            plan = await self._planned()
            return await self._agreed(plan, plan["axes"], partial(self._started, plan, token))
        retry = self._options.retry
        left = await self._ask("GET", f"/api/experiments/{known['id']}/left?of={retry}")
        going = known["state"] == "running" and self._playground.running
        if going or not left["cells"]:
            return await self._agreed(
                left, known["axes"], partial(self._as_it_is, known), free=True
            )
        return await self._agreed(left, known["axes"], partial(self._gone_on, known))

    # --- what there is, and what it costs ----------------------------------------------------

    async def _refuse_strange_names(self) -> None:
        """Refuse a name in `base` that is no parameter of any model: it would vary nothing."""
        base = self._file.document.get("base")
        known = {"model", *await self._playground.names()}
        for name in base if isinstance(base, dict) else ():
            if name not in known:
                raise self._file.fault(
                    InvalidInput(
                        f"No model takes {name}.",
                        f"There are {', '.join(sorted(known))}.",
                        field=f"base.{name}",
                    )
                )

    async def _known(self) -> tuple[str, Json | None]:
        """Return the token to start with, and the newest experiment of this content."""
        found, number = None, 0
        while True:
            token = self._file.token(self._playground.provider, number)
            answer = await self._ask("GET", f"/api/experiments?token={token}")
            if not answer["experiments"]:
                break
            found, number = answer["experiments"][0], number + 1
        if found is None or self._options.fresh:
            return token, None
        return token, await self._ask("GET", f"/api/experiments/{found['id']}")

    async def _planned(self) -> Json:
        try:
            plan: Json = await self._ask("POST", "/api/experiments/plan", self._file.document)
        except InvalidInput as error:
            raise self._file.fault(error) from error
        return plan

    # --- agreed to ---------------------------------------------------------------------------

    async def _agreed(self, plan: Json, axes: Json, begin: Begin, *, free: bool = False) -> int:
        """Show the plan; where it is agreed to, begin and follow; return the exit status.

        `free`: nothing is sent for this call.
        """
        for told in plan_lines(self._title, plan, axes):
            self._line.say(told)
        self._line.say(f"  Images from: {self._playground.engine}. Into: {self._results.root}")
        if self._options.dry_run:
            return ALL_THERE
        if not free and not self._may_cost(plan):
            return HELD
        self._results.prepare()
        return await self._followed(begin())

    def _may_cost(self, plan: Json) -> bool:
        """Whether what the plan costs is agreed to. Raises: FileFault where nobody can be asked."""
        options, price = self._options, plan["price_usd"]
        free = not plan["to_send"] or price == 0
        if free or options.yes or options.max_cost is not None:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise FileFault(
                f"This costs {money(price)}, and there is no terminal to ask in.",
                "Agree to it with --yes, or to a part of it with --max-cost DOLLARS.",
            )
        most = options.max_images
        part = "" if most is None or most >= plan["to_send"] else f", at most {most:,} of them now"
        sys.stderr.write(f"Send {images(plan['to_send'])} for {money(price)}{part}? [y/N] ")
        sys.stderr.flush()
        with self._interrupts.asking():
            try:
                answer = sys.stdin.readline()
            except KeyboardInterrupt:
                self._line.say("")
                raise asyncio.CancelledError from None
        if answer.strip().lower() in ("y", "yes"):
            return True
        self._line.say("Nothing was sent.")
        return False

    # --- begun, followed, ended --------------------------------------------------------------

    async def _started(self, plan: Json, token: str) -> Json:
        body = {"plan": self._file.document, "digest": plan["digest"], "token": token}
        one: Json = await self._ask("POST", "/api/experiments", body | {**self._options.bounds})
        return one

    async def _gone_on(self, known: Json) -> Json:
        retry = self._options.retry
        deed = {"do": "retry", "of": retry} if retry else {"do": "resume"}
        path = f"/api/experiments/{known['id']}"
        one: Json = await self._ask("POST", path, deed | {**self._options.bounds})
        return one

    async def _as_it_is(self, known: Json) -> Json:
        return known

    async def _followed(self, begin: Coroutine[Any, Any, Json]) -> int:
        """Begin and follow to the end; Ctrl+C lets it rest, with what is under way brought home."""
        begun = asyncio.ensure_future(begin)
        try:
            one = await asyncio.shield(begun)
        except asyncio.CancelledError:
            return await self._stopped(self._follower(await begun))
        follower = self._follower(one)
        try:
            self._results.begin(one)
            one = await follower.to_the_end()
        except asyncio.CancelledError:
            return await self._stopped(follower)
        except Unreachable as error:
            self._line.clear()
            self._line.say(f"{error} It goes on once that is started again.")
            return HELD
        except PlaygroundError:  # nothing is sent that nobody follows
            await self._stopped(follower)
            raise
        for said in await self._results.end(self._playground, one["id"]):
            self._line.say(said)
        for told in account(one, self._results.page):
            self._line.say(told)
        return _status(one)

    def _follower(self, one: Json) -> Follower:
        return Follower(self._playground, one, self._results, self._line, self._lines)

    async def _stopped(self, follower: Follower) -> int:
        self._line.clear()
        if follower.one["state"] != "running":
            return STATUS
        self._line.say("Stopping, once what is under way is here. Ctrl+C once more: at once.")
        await self._ask("POST", f"/api/experiments/{follower.one['id']}", {"do": "stop"})
        await follower.as_it_is()
        self._line.say("The rest is kept: run the same command again to go on.")
        return STATUS

    async def _ask(self, method: str, path: str, body: Json | None = None) -> Any:
        return await self._playground.ask(method, path, body)


def _status(one: Json) -> int:
    counts = one["counts"]
    if counts["waiting"] or counts["queued"] or counts["sent"]:
        return HELD
    return INCOMPLETE if counts["failed"] or counts["unknown"] else ALL_THERE
