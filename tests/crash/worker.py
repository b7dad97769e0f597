"""The program without its page, to be killed: says "ready", waits for a line, generates for ever.

`--bug` breaks it on purpose in memory, so that a test can hold that the harness finds such bugs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

from backend import opening
from backend.errors import MaybeCharged
from backend.experiments.experiment import Experiment
from backend.experiments.experiments import Experiments
from backend.experiments.offers import PlanChanged
from backend.generation import machines
from backend.generation.ledger import Ledger
from backend.generation.saving import Saver
from backend.sessions.state import WishState
from backend.settings.load import load_settings
from backend.studio import Studio
from backend.types import ID_BYTES
from backend.upkeep import recovery

MODEL = "black-forest-labs/FLUX.1-schnell"
SEEDLESS = "stabilityai/stable-diffusion-xl-base-1.0"
CLIENTS = 3
CELLS, EXPERIMENTS_FROM = 30, 5000
"""Of each experiment, and where their seeds begin after those of the clicks."""
WISHES = 4
ROUSED = 20
"""So many of the newest experiments are gone on with by whichever machine is first."""
UNDER_WAY = (WishState.APPROVED, WishState.SENT)
SMALL = {"width": 512, "height": 512}


async def begun(experiments: Experiments, plan: dict[str, Any]) -> Experiment:
    """Start an experiment; planned anew where the platform's prices come in between."""
    while True:
        offer = await experiments.offer(plan)
        try:
            return await experiments.start(
                plan, offer.digest, owner="", token=secrets.token_hex(ID_BYTES)
            )
        except PlanChanged:
            continue


async def work(studio: Studio, first_seed: int, *, alone: bool = True) -> None:
    """Keep jobs of one to three images, an experiment and a session under way.

    Every image has a seed of its own. `alone`: no other machine works on this database.
    """
    seeds = count(first_seed, 4)
    experiments, sessions = studio.experiments, studio.sessions

    async def client() -> None:
        while True:
            seed = next(seeds)
            raw = {"prompt": f"crash {seed}", "seed": seed, "width": 256, "height": 256}
            requests = studio.prepare(MODEL, raw, random.randint(1, 3 if alone else 4))
            await (await studio.submit(requests)).wait()

    async def experimenter() -> None:
        """Keep an experiment under way: one that a kill cut off goes on by itself."""
        for first in count(first_seed + EXPERIMENTS_FROM, CELLS):
            base = {"model": MODEL, "prompt": "crash grid", "width": 256, "height": 256}
            axis: dict[str, object] = {"seed": f"{first}-{first + CELLS - 1}"}
            if first // CELLS % 2:  # without seeds nothing is answered from disk
                base["model"] = SEEDLESS
                axis = {"prompts": [f"crash {n}" for n in range(first, first + CELLS)]}
            one = await begun(experiments, {"base": base, "axes": {"x": axis}})
            while one.state != "done":
                if one.state == "paused":  # three were in doubt
                    await experiments.do(one.id, "resume")
                await asyncio.sleep(0.01)
                one = await experiments.get(one.id)

    async def rouser() -> None:
        """Go on with whatever rests, whoever began it, as every other machine tries to."""
        while True:
            for one in await experiments.newest(ROUSED):
                if one.state == "paused":
                    await experiments.do(one.id, "resume")
            await asyncio.sleep(0.2)

    async def presenter() -> None:
        """Keep a session under way: one that a kill cut off was taken up, and goes on."""
        live = sessions.live
        for first in count(first_seed, WISHES):
            if live is None or live.book.session.left < WISHES:
                # Without seeds a wish that is sent twice is the same request twice.
                live = await sessions.start({"model": SEEDLESS, "images": 500, "values": SMALL})
            for n in range(first, first + WISHES):
                await live.desk.add(f"crash wish {n}")
            while any(wish.state in UNDER_WAY for wish in live.book.session.wishes.values()):
                await live.desk.pause(paused=False)  # it rests after each start
                await asyncio.sleep(0.01)

    workers = [*(client() for _ in range(CLIENTS)), experimenter(), presenter()]
    await asyncio.gather(*workers, *([] if alone else [rouser()]))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("env_file", type=Path)
    parser.add_argument("first_seed", type=int)
    parser.add_argument("--bug", choices=BUGS)
    parser.add_argument("--lease", type=float, help="one of several machines; silent so long: dead")
    options = parser.parse_args()
    if options.lease:
        machines.SIGN_S, machines.SILENT_S = options.lease / 4, options.lease
        # Each keeps its images in its own folder, which the audit reads.
        machines.Machines.refuse_beside_others = _nobody_is  # type: ignore[method-assign]
    after_open = BUGS[options.bug]() if options.bug else None
    arguments = {
        "data_dir": options.data_dir,
        "env_file": options.env_file,
        "provider": "sentry_block",
    }
    studio = Studio(load_settings(arguments, {}))
    go_on, studio.experiments.begin = studio.experiments.begin, _nothing  # type: ignore[method-assign]
    async with studio:
        if after_open is not None:
            await after_open(studio)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        await go_on()  # not before: what stands now is looked at
        await work(studio, options.first_seed, alone=not options.lease)


async def _nothing() -> None:
    pass


def _nobody_is(*_: object) -> None:
    pass


# --- deliberate bugs --------------------------------------------------------------------------

AfterOpen = Callable[[Studio], Awaitable[None]] | None


def send_without_a_record() -> AfterOpen:
    def begin_send(*_: Any) -> float:
        return 0.0

    Ledger.begin_send = begin_send  # type: ignore[method-assign]
    return None


def send_again_after_a_crash() -> AfterOpen:
    async def after_open(studio: Studio) -> None:
        for job in await studio.jobs.recent(""):
            for run in job.runs:
                if isinstance(run.error, MaybeCharged):
                    await (await studio.submit([run.request], anew=True)).wait()

    return after_open


def record_before_the_file() -> AfterOpen:
    put = Saver.keep

    def keep(self: Saver, record: Any, data: bytes, check: Any) -> Any:
        self.adopt(record)
        time.sleep(0.4)
        return put(self, record, data, check)

    Saver.keep = keep  # type: ignore[method-assign]
    return None


def start_without_recovery() -> AfterOpen:
    class Idle(Saver):
        """Makes no image of an answer, and takes none in."""

        def complete(self, *_: Any) -> Any:
            raise OSError("left alone")

        def adopt(self, *_: Any) -> None:
            return None

    def recover(store: Any, ledger: Any, saver: Saver, *how: Any, **more: Any) -> recovery.Found:
        idle = Idle(saver.store, saver.ledger, saver.models)
        return recovery.recover(store, ledger, idle, *how, **more)

    opening.recover = recover
    return None


BUGS = {
    function.__name__: function
    for function in (
        send_without_a_record,
        send_again_after_a_crash,
        record_before_the_file,
        start_without_recovery,
    )
}

if __name__ == "__main__":
    asyncio.run(main())
