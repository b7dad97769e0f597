"""The command grid, run as a program against a platform on real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.settings.load import ENV_FILE
from tests.grid_command import Asked, Ended
from tests.http.faults import FaultServer, good, held

ROOT = Path(__file__).parents[2]
WAIT_S = 60

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child on Windows"),
    pytest.mark.wide,
]


class Command(Asked):
    """The program in a folder of its own, with `server` as its platform."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        super().__init__(folder, server)
        self.environ[ENV_FILE] = str(folder / ".env")

    async def begin(self, *options: str, **environ: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "app.py"), *options),
            env=os.environ | self.environ | environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def grid(self, *options: str, **environ: str) -> Ended:
        process = await self.begin("grid", str(self.file), "--json", *options, **environ)
        return await ended(process)

    @asynccontextmanager
    async def playground(self, *options: str) -> AsyncIterator[str]:
        """Run a playground on the folder; yield its address."""
        process = await self.begin("--no-browser", "--port", "0", *options)
        try:
            assert process.stdout is not None
            line = await asyncio.wait_for(process.stdout.readline(), WAIT_S)
            yield line.decode().split()[4]
        finally:
            process.send_signal(signal.SIGINT)
            await asyncio.wait_for(process.communicate(), WAIT_S)


async def ended(process: asyncio.subprocess.Process) -> Ended:
    try:
        out, err = await asyncio.wait_for(process.communicate(), WAIT_S)
    except BaseException:
        process.kill()
        raise
    assert b"Traceback" not in err, err.decode()
    lines = [json.loads(line) for line in out.decode().splitlines()]
    assert process.returncode is not None
    return Ended(process.returncode, err.decode(), lines)


async def interrupt(process: asyncio.subprocess.Process) -> str:
    """Press Ctrl+C, and return what was said until that was heard."""
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    said = ""
    async with asyncio.timeout(WAIT_S):
        while "Stopping" not in said:
            said += (await process.stderr.readline()).decode()
    return said


async def until_sent(server: FaultServer, count: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while server.posts < count:
            await asyncio.sleep(0.02)


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as server:
        yield server


@pytest.fixture
def command(tmp_path: Path, server: FaultServer) -> Command:
    return Command(tmp_path, server)


async def test_ctrl_c_brings_home_what_is_under_way_and_keeps_the_rest(
    command: Command, server: FaultServer
) -> None:
    server.script(*[held(good())] * 2, *[good(delay_s=0.5)] * 6)
    process = await command.begin("grid", str(command.file), "--yes", "-j", "2")
    await until_sent(server, 2)
    await interrupt(process)
    server.release()
    assert (await ended(process)).code == 130
    sent = server.posts  # those two, and what took their places before the stop was heard
    assert sent <= 4 and len(list(command.results.rglob("*.png"))) == sent  # all of it came home
    whole = await command.grid("--yes")
    assert (whole.code, server.posts) == (0, 8) and f"{8 - sent} cells left" in whole.said


async def test_a_running_playground_carries_it_out_and_is_let_rest_by_ctrl_c(
    command: Command, server: FaultServer
) -> None:
    async with command.playground() as url:
        server.script(*[held(good())] * 2, *[good(delay_s=0.5)] * 6)
        process = await command.begin("grid", str(command.file), "--yes", "-j", "2")
        await until_sent(server, 2)
        said = await interrupt(process)
        server.release()
        assert (await ended(process)).code == 130 and url.rstrip("/") in said
        assert server.posts < 8
        whole = await command.grid("--yes")
        assert whole.code == 0 and whole.states == ["saved"] * 8 and server.posts == 8
        assert (command.results / whole.cells[0]["file"]).is_file()
    assert not (command.folder / "data" / ".address").exists()
    alone = await command.grid()  # the same one, now that nobody else has the folder
    assert (alone.code, server.posts) == (0, 8)


@pytest.mark.wide
async def test_after_a_kill_it_goes_on_and_sends_nothing_again_that_may_be_paid(
    command: Command, server: FaultServer
) -> None:
    server.script(*[held(good())] * 2)
    process = await command.begin("grid", str(command.file), "--yes", "-j", "2")
    await until_sent(server, 2)
    process.kill()
    await process.wait()
    server.release()
    rest = await command.grid("--yes")
    assert (rest.code, server.posts) == (3, 8)
    assert rest.states == [*["saved"] * 6, "unknown", "unknown"]


@pytest.mark.wide
async def test_a_playground_with_a_login_is_asked_with_it_and_for_its_own_images(
    command: Command, server: FaultServer
) -> None:
    login = "ada:correct horse battery"
    async with command.playground("--auth", login):
        refused = await command.grid("--yes")
        assert refused.code == 1 and "PLAYGROUND_AUTH" in refused.said
        other = await command.grid("--yes", "--provider", "offline", PLAYGROUND_AUTH=login)
        assert other.code == 1 and "not by offline" in other.said
    assert server.posts == 0


async def test_a_setting_that_cannot_be_used_is_status_1(command: Command) -> None:
    found = await command.grid("--yes", PLAYGROUND_REQUESTS_PER_DAY="many")
    assert found.code == 1 and "PLAYGROUND_REQUESTS_PER_DAY" in found.said
