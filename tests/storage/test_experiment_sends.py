"""How much of an experiment is under way at once, and that a click does not wait for it."""

from __future__ import annotations

import pytest

from backend.studio import Studio
from backend.types import EXPERIMENT_SENDS
from tests.http.faults import FaultServer, good, held
from tests.storage.clock import Clock, OpenTimed, until
from tests.storage.conftest import FLUX
from tests.storage.test_experiments import BASE, rests, start

CELLS = 400
MANY = {"base": BASE, "axes": {"x": {"seed": f"1-{CELLS}"}}}
FEW = {"base": BASE, "axes": {"x": {"seed": "1-12"}}}


async def click(studio: Studio) -> None:
    """Ask for one image as the Create page does, and wait until it is there."""
    raw = {"prompt": "a click", "width": 256, "height": 256, "seed": 1}
    (run,) = await (await studio.submit(studio.prepare(FLUX, raw, 1), owner="me")).wait()
    assert run.record is not None


def place_of_click(server: FaultServer) -> int:
    """Return how many sends came before that of the click."""
    posts = [request.json() for request in server.requests if request.method == "POST"]
    return [post["prompt"] for post in posts].index("a click")


@pytest.mark.parametrize("sends", [3, EXPERIMENT_SENDS])
async def test_as_many_are_under_way_as_the_setting_says(
    open_timed: OpenTimed, server: FaultServer, sends: int
) -> None:
    server.script(*[held(good())] * sends)
    async with open_timed(experiment_sends=sends) as studio:
        one = await start(studio, FEW)
        await until(lambda: server.posts == sends)
        assert one.sends_at_once == sends
        await click(studio)  # nothing else is sent meanwhile
        assert server.posts == sends + 1
        server.release()
        assert (await rests(studio, one)).state == "done" and server.posts == 13


async def test_the_time_that_it_takes_follows_the_setting(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    seconds = []
    for sends in (1, 4):
        async with open_timed(experiment_sends=sends) as studio:
            if not seconds:
                await click(studio)  # without a past there is no guess
            offer = await studio.experiments.offer(MANY)
            assert offer.seconds
            seconds.append(offer.seconds)
    assert seconds[0] == pytest.approx(4 * seconds[1])


async def test_a_click_goes_at_once_while_an_experiment_of_400_waits_for_its_answers(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    server.script(*[held(good())] * EXPERIMENT_SENDS)
    async with open_timed() as studio:
        await start(studio, MANY)
        await until(lambda: server.posts == EXPERIMENT_SENDS)
        await click(studio)
        assert place_of_click(server) == EXPERIMENT_SENDS
        server.release()


async def test_under_a_limit_a_click_waits_one_send_at_most(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_minute=10) as studio:
        time.stands = True
        await start(studio, MANY)
        await until(lambda: server.posts == 10 and time.asleep)
        raw = {"prompt": "a click", "width": 256, "height": 256, "seed": 1}
        job = await studio.submit(studio.prepare(FLUX, raw, 1), owner="me")
        time.stands = False
        await job.wait()
        assert place_of_click(server) <= 10 + 1
