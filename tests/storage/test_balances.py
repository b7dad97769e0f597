"""What a request in doubt did to the balance: told beside it, while nothing waits for that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal

from backend.generation.jobs import Balances
from backend.types import RunState
from tests.http.faults import Fault, FaultServer, good, held, png, raw, status
from tests.storage.conftest import FLUX, OpenStudio


def balance(amount: str) -> Fault:
    return raw(json.dumps({"data": {"available_balance": amount}, "status": "success"}))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_doubt_tells_the_balance_before_and_after(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await until(lambda: studio.account.models[FLUX].available is not None)
        server.script_gets(balance("24.970"), balance("24.967"))
        assert await studio.account.balance() == Decimal("24.97")  # as the open page asks
        server.script(status(500))
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a fox"}, 1), owner="me")
        (run,) = await job.wait()
        assert run.state is RunState.UNKNOWN
        await until(lambda: job.runs[0].balances)
        assert job.runs[0].balances == Balances(Decimal("24.970"), Decimal("24.967"), alone=True)


async def test_an_image_that_came_asks_for_no_balance(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await until(lambda: studio.account.models[FLUX].available is not None)
        await studio.account.balance()
        asked = len(server.requests)
        server.script(good(png(64, 64)))
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a fox"}, 1), owner="me")
        (run,) = await job.wait()
        assert run.state is RunState.SAVED and run.balances is None
        assert [request.method for request in server.requests[asked:]] == ["POST"]
        assert studio.account.known_balance() is None, "what was known is over"


async def test_a_job_ends_and_the_program_too_while_the_balance_does_not_come(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with asyncio.timeout(20):
        async with open_studio() as studio:
            await until(lambda: studio.account.models[FLUX].available is not None)
            server.script_gets(balance("24.970"), held(balance("24.967")))
            await studio.account.balance()
            server.script(status(500))
            job = await studio.submit(studio.prepare(FLUX, {"prompt": "a fox"}, 1), owner="me")
            (run,) = await job.wait()
            assert run.state is RunState.UNKNOWN and run.balances is None


async def test_a_balance_that_was_asked_for_before_a_send_is_not_known_after_it(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await until(lambda: studio.account.models[FLUX].available is not None)
        asked = len(server.requests)
        server.script_gets(held(balance("24.970")))
        asking = asyncio.ensure_future(studio.account.balance())
        await until(lambda: len(server.requests) > asked)
        studio.account.forget_balance()  # something is sent meanwhile
        server.release()
        assert await asking == Decimal("24.970")
        assert studio.account.known_balance() is None
