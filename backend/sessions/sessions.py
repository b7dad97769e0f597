"""Demo sessions of this program: the one of now, and those that were kept.

One at a time. After a restart it is there again, resting, its door closed; nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from backend.background import Thread
from backend.errors import InvalidInput, NotStored, PlaygroundError
from backend.generation.dispatcher import Dispatcher
from backend.generation.turns import Payer
from backend.said import joined, msg, to_json
from backend.sessions.asked import door_port, plan_of
from backend.sessions.blocked import BlockedFile
from backend.sessions.book import Book, read_events
from backend.sessions.code import Codes
from backend.sessions.desk import Desk
from backend.sessions.doorway import PORT, Address, Doorway
from backend.sessions.elsewhere import Elsewhere
from backend.sessions.helper import Helper
from backend.sessions.kept import Kept
from backend.sessions.live import Live
from backend.sessions.player import Playback, Player
from backend.sessions.room import Room
from backend.sessions.rounds import Rounds
from backend.sessions.sender import Sender, request_of
from backend.sessions.state import Event, Plan, Session
from backend.sessions.text import clean_wish

log = logging.getLogger(__name__)


class Sessions:
    """`folder` holds a file for each. `discard` is told of images that somebody takes back.

    `forget` takes a session's images, runs and recordings away. `blocked` is a list of words.
    """

    def __init__(
        self,
        folder: Path,
        jobs: Dispatcher,
        payer: Payer,
        rng: Random,
        *,
        discard: Callable[[str], Awaitable[None]],
        forget: Callable[[str], Awaitable[None]],
        blocked: Path,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._folder, self._jobs, self._payer, self._rng = folder, jobs, payer, rng
        self._discard, self._forget = discard, forget
        self._clock, self._sleep = clock, sleep
        self._thread, self._kept = Thread("sessions"), Kept(folder)
        self.blocked = BlockedFile(blocked, self._thread)
        """The words that mark an idea."""
        self._changing = asyncio.Lock()
        self._last_door = ("", PORT)
        self._aside: Live | None = None
        self._receiving: dict[str, asyncio.Task[None]] = {}
        self.live: Live | None = None
        self.current = asyncio.Event()
        """Set once another session is the one of now; then there is a new one."""
        self.doorway: Doorway | None = None
        """Who serves the room, where anybody does."""
        self._preferred = ""
        self.elsewhere: Elsewhere | None = None
        """What other machines have, where there are several."""

    async def begin(self) -> None:
        """Take up the session that the last start left, resting."""
        for session in await self.kept():
            if session.ended:
                continue
            if self.live is None:
                await self._take_up(session)
            else:  # a start of another one was cut off before this one had ended
                await self._book(session).note("ended")

    async def close(self) -> None:
        """Leave the session of now to the next start."""
        if self.doorway is not None:
            await self.doorway.close()
        for live in (self.live, self._aside):
            if live is not None:
                await live.close()
        for session_id in list(self._receiving):
            await self._received(session_id)
        await asyncio.to_thread(self._thread.close)

    async def start(self, asked: Mapping[str, Any], *, after: str | None = None) -> Live:
        """Start a session, its door closed. The one before it ends, and is kept; what was sent of
        it is received beside the new one.

        `after` is the id of the session that has to be the one before, where it matters.

        Where it cannot start, the one before it goes on.

        `asked` holds `title`, `model`, `images`, `per_visitor`, `approve`, `gate`, `menu`,
        `values`; `host` and `port` of the room's door.
        Raises: InvalidInput, naming the field where one is wrong; NotStored.
        """
        plan = self.planned(asked)
        host, port = str(asked.get("host") or ""), door_port(asked.get("port"))
        async with self._changing:
            if after is not None:
                self.require(after)
            live = self._led(await self._begun(plan))
            try:
                await self._open(live, host, port)
            except BaseException:
                with suppress(NotStored):
                    await self._remove(live.session.id)
                raise
            aside, self._aside = self._aside, None
            for former in (self.live, aside):
                await self._retire(former)
            self._lead(live)
            return live

    async def next(self, *, keep: bool = True) -> Live:
        """End this group's session and start one with the same plan for the next.

        Without `keep` all that belongs to the one before is forgotten. Raises: as `start` and
        `forget`; the new one has started then.
        """
        former = self.require().book.session
        plan = asdict(former.plan)
        host, port = self._last_door
        asked = {**plan, "per_visitor": plan["each"], "host": host, "port": port}
        live = await self.start(asked, after=former.id)
        if not keep:
            await self.forget(former.id)
        return live

    async def end(self, session_id: str | None = None) -> None:
        """End the session of now. It and its images are kept; what was sent is still received.

        Raises: InvalidInput where that is another one than `session_id` by now.
        """
        async with self._changing:
            if session_id is not None:
                self.require(session_id)
            await self._end()

    async def delete(self, session_id: str) -> None:
        """Take a session that has ended from those that are kept; its images stay.

        Raises: InvalidInput, it is under way; NotStored.
        """
        async with self._changing:
            live = self.live
            if live is not None and live.session.id == session_id:
                if not live.session.ended:
                    raise InvalidInput(msg("This session is under way."), msg("End it first."))
                await self._leave()
            await self._received(session_id)
            await self._remove(session_id)

    async def forget(self, session_id: str) -> None:
        """End a session and take away all that belongs to it: words, images, who was there.

        What is under way is received first. Counts and money stay. Once more does the rest of
        what failed. Raises: NotStored, and what `forget` raises.
        """
        async with self._changing:
            await self._taken_off()  # it may be a recording of this one that is played
            if self.live is not None and self.live.session.id == session_id:
                await self._end()
                await self._leave()
            if self.doorway is not None:
                await self.doorway.forget(session_id)
            await self._received(session_id)
            await self._forget(session_id)
            await self._remove(session_id)

    async def put_on(self, book: Playback, player: Player, host: object, port: object) -> Live:
        """Let what is played be the session of now. The one under way rests until `take_off`.

        Raises: InvalidInput naming `host` or `port` of the room's door.
        """
        last_host, last_port = self._last_door
        at = str(host or last_host), last_port if port is None else door_port(port)
        async with self._changing:
            await self._off()
            if self.live is not None and not self.live.book.session.ended:
                why = msg("A recording was played meanwhile. Nothing was lost.")
                await self.live.book.note("paused", paused=True, why=to_json(why))
                self._aside = self.live
            player.begin()
            desk = Desk(book, Codes())
            live = Live(book, desk, Helper(book, desk), Room(book, self._discard), player)
            self._change(live)
            await self._open(live, *at)
            return live

    async def take_off(self) -> None:
        """End what is played; the session that rests meanwhile, where one does, is that of now."""
        async with self._changing:
            await self._taken_off()

    async def events(self, session_id: str) -> list[Event]:
        """Return what happened in a session. Raises: InvalidInput where it cannot be read."""
        try:
            found = await self._thread.run(read_events, self._kept.path(session_id))
        except (OSError, ValueError) as error:
            raise InvalidInput(msg("This session cannot be read."), "") from error
        if not found:
            raise InvalidInput(msg("This session is not there any more."), "")
        return found

    async def kept(self) -> list[Session]:
        """Return all sessions of the folder, newest first."""
        return await self._thread.run(self._kept.all)

    async def find(self, session_id: str) -> Session | None:
        """Return one session, None where it is not there."""
        return await self._thread.run(self._kept.find, session_id)

    def require(self, session_id: str | None = None) -> Live:
        """Return the session of now. Raises: InvalidInput: none, or another than is meant."""
        if self.live is None:
            if self.elsewhere is not None and (place := self.elsewhere.place) is not None:
                desk = f"{place.url}desk"
                raise InvalidInput(
                    msg("The session is on the machine {name}.", name=place.machine),
                    msg("Open its desk at {url}.", url=desk),
                )
            raise InvalidInput(
                msg("There is no session just now."), msg("Start one on the Demo session page.")
            )
        if session_id not in (None, self.live.session.id):
            raise InvalidInput(
                msg("Another session is under way by now."), msg("Nothing was changed in it.")
            )
        return self.live

    @property
    def title(self) -> str | None:
        """The title of the session under way, None without one; a recording is none."""
        session = None if self.live is None else self.live.session
        if session is None or session.ended or session.played:
            return None
        return session.plan.title

    def check(self, plan: Plan, text: object, over: Mapping[str, object] | None = None) -> None:
        """Raise InvalidInput where a wish cannot be made with this plan."""
        request_of(plan, clean_wish(text), over or {}, self._payer.models, self._rng)

    @property
    def trouble(self) -> str:
        """What is amiss with the room's network and the list of words, in sentences, or ""."""
        return joined(self.doorway.news if self.doorway else "", self.blocked.trouble)

    @property
    def addresses(self) -> list[Address]:
        """Where the room's door is reached; the one that was chosen first, then the likely ones."""
        found = self.doorway.addresses if self.doorway else ()
        return sorted(found, key=lambda one: one.url != self._preferred)

    async def prefer(self, url: object) -> None:
        """Show this address of the door before the others. Raises: InvalidInput."""
        if not any(one.url == url for one in self.addresses):
            raise InvalidInput(msg("The door is not at this address any more."), field="url")
        self._preferred = str(url)
        self.require().book.touch()

    def planned(self, asked: Mapping[str, Any]) -> Plan:
        """Return what `start` would start. Raises: InvalidInput naming the field."""
        plan = plan_of(asked)
        self.check(plan, "a test")
        return plan

    async def _take_up(self, session: Session) -> None:
        """Lead a session that another start began. It rests before anything could be sent of it."""
        book = self._book(session)
        why = msg("The program was started anew. Nothing was lost, and nothing is sent twice.")
        await book.note("door", state="closed")
        await book.note("paused", paused=True, why=to_json(why))
        if session.rehearsed:
            await book.note("rehearsed", on=False)
        live = self._led(book)
        self._lead(live)
        try:
            await live.sender.restore()
        except PlaygroundError as error:
            log.warning("a session was not taken up whole: %s", error)
        places = [session.place, self._last_door] if session.place else [self._last_door]
        for host, port in filter(None, places):  # another program may have the port meanwhile
            try:
                return await self._open(live, host, port)
            except PlaygroundError as error:  # the presenter's page says where the door is not
                log.warning("the room's door is not at port %s: %s", port, error)

    async def _begun(self, plan: Plan) -> Book:
        session_id = secrets.token_hex(16)
        try:
            return await Book.begin(
                self._folder, session_id, asdict(plan), self._thread, self._clock
            )
        except OSError as error:
            raise NotStored(
                msg("The disk cannot take a session."),
                msg("Free some space, then start it again."),
            ) from error

    def _book(self, session: Session) -> Book:
        return Book(self._kept.path(session.id), session, self._thread, self._clock)

    def _led(self, book: Book) -> Live:
        desk = Desk(book, Codes())
        sender = Sender(book, self._jobs, self._payer, self._rng, self._sleep)
        rounds = Rounds(book, desk, self._payer, self._rng)
        return Live(book, desk, Helper(book, desk), Room(book, self._discard), sender, rounds)

    def _lead(self, live: Live) -> None:
        """Let it be the session of now, and have made in it what is approved."""
        live.sender.begin()
        if live.rounds is not None:
            live.rounds.begin()
        self._change(live)

    async def _open(self, live: Live, host: str, port: int) -> None:
        """Open the room's door to this session, closed or not: who comes early is told so."""
        if self.doorway is None:
            return
        place = self._last_door = host, await self.doorway.open(live, host, port)
        if not isinstance(live.book, Playback) and live.book.session.place != place:
            await live.book.note("place", host=host, port=place[1])

    async def _leave(self) -> None:
        """Have no session of now any more; its room closes once its phones were told so."""
        if self.doorway is not None:
            await self.doorway.leave()
        self._change(None)

    def _change(self, live: Live | None) -> None:
        self.live = live
        waiting, self.current = self.current, asyncio.Event()
        waiting.set()

    async def _remove(self, session_id: str) -> None:
        try:
            await self._thread.run(self._kept.remove, session_id)
        except OSError as error:
            raise NotStored(
                msg("The disk did not let the session go."), msg("Try it again.")
            ) from error

    async def _end(self) -> None:
        await self._off()
        await self._retire(self.live)

    async def _retire(self, live: Live | None) -> None:
        """End a session; what was sent of it is received beside what comes next."""
        if live is None or (live.book.session.ended and not isinstance(live.book, Playback)):
            return
        await live.desk.end()
        if isinstance(live.book, Playback):
            await live.close()
            return
        session_id = live.session.id
        receiving = self._receiving[session_id] = asyncio.create_task(live.close())
        receiving.add_done_callback(lambda _: self._receiving.pop(session_id, None))

    async def _received(self, session_id: str) -> None:
        """Wait until what was sent of a session that ended is there."""
        if (receiving := self._receiving.get(session_id)) is not None:
            await receiving

    async def _taken_off(self) -> None:
        await self._off()
        if self.live is not None and isinstance(self.live.book, Playback):
            await self._leave()  # nothing rests: what was played is no session of now

    async def _off(self) -> None:
        """End what is played, where anything is, and take up what rests meanwhile."""
        if self.live is not None and isinstance(self.live.book, Playback):
            await self._retire(self.live)
        aside, self._aside = self._aside, None
        if aside is not None:
            self._change(aside)
            await self._open(aside, *self._last_door)
