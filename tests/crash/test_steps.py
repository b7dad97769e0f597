"""An experiment that is killed at any step goes on to its end, and no cell of it is paid twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from backend.settings.load import NAMES, load_settings
from backend.studio import Studio
from tests.crash.harness import KEY, ROOT
from tests.crash.invariants import Auditor
from tests.crash.platform import Platform
from tests.crash.steps import EACH, STEPS, WAIT_S

# One at a time: it needs a core to itself.
pytestmark = [pytest.mark.wide, pytest.mark.xdist_group("crash")]

CELLS = 2 * EACH


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform.in_thread(3, (("image", 3), ("dripped", 1))) as platform:
        platform.bodies = platform.bodies[1:2]  # of one size, so that all can be compared
        yield platform


@pytest.fixture
def env_file(tmp_path: Path, platform: Platform) -> Path:
    path = tmp_path / ".env"
    path.write_text(
        f"SENTRY_BLOCK_API_URL={platform.base_url}\nSENTRY_BLOCK_API_KEY={KEY}\n"
        "PLAYGROUND_REQUESTS_PER_MINUTE=0\nPLAYGROUND_REQUESTS_PER_DAY=0\n"
    )
    return path


def carry_out(data: Path, env_file: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start the program that carries the experiment out."""
    environ = {name: value for name, value in os.environ.items() if name not in NAMES}
    command = [sys.executable, "-m", "tests.crash.steps", str(data), str(env_file), *options]
    return subprocess.Popen(
        command, env=environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, stderr=subprocess.PIPE
    )


def ended(program: subprocess.Popen[bytes]) -> int:
    try:
        _, errors = program.communicate(timeout=2 * WAIT_S)
    finally:
        program.kill()
    sys.stderr.write(errors.decode(errors="replace"))
    return program.returncode


async def start_without_going_on(data: Path, env_file: Path) -> None:
    """Let a start put right what the kill left, and nothing else."""
    arguments = {"data_dir": data, "env_file": env_file, "provider": "sentry_block"}
    studio = Studio(load_settings(arguments, {}))

    async def nothing() -> None:
        pass

    studio.experiments.begin = nothing  # type: ignore[method-assign]
    async with studio:
        pass


def states(data: Path) -> Counter[str]:
    """Return the states of all cells."""
    asked = "SELECT coalesce(state, 'waiting') FROM cells LEFT JOIN runs ON runs.id = run_id"
    with closing(sqlite3.connect(data / "playground.db")) as db:
        return Counter(row[0] for row in db.execute(asked))


def goes_on_to_its_end(data: Path, env_file: Path, platform: Platform) -> Counter[str]:
    """Hold all invariants after a start, then after going on to the end; return the states."""
    auditor = Auditor(data, platform)
    asyncio.run(start_without_going_on(data, env_file))
    assert auditor.check() == []
    assert ended(carry_out(data, env_file)) == 0
    asyncio.run(start_without_going_on(data, env_file))
    assert auditor.check(anew=True) == []
    return states(data)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_this_step_costs_nothing_twice(
    step: str, tmp_path: Path, env_file: Path, platform: Platform
) -> None:
    data = tmp_path / "data"
    assert ended(carry_out(data, env_file, "--kill-at", step)) == -signal.SIGKILL, "not reached"
    found = goes_on_to_its_end(data, env_file, platform)
    assert found["saved"] + found["unknown"] == CELLS
    assert platform.charges.total() <= CELLS
    if not sends_under_way(step):
        assert found["saved"] == CELLS and platform.charges.total() == CELLS


def sends_under_way(step: str) -> bool:
    """Whether requests can be under way at that step, so that some end in doubt."""
    names = list(STEPS)
    return (
        names.index("a run is noted as sent")
        <= names.index(step)
        < names.index("it is about to be done")
    )


def test_a_kill_while_all_wait_for_their_answers_leaves_them_in_doubt(
    tmp_path: Path, env_file: Path, platform: Platform
) -> None:
    platform.hold()
    data = tmp_path / "data"
    program = carry_out(data, env_file)
    all_wait = platform.wait_for_charges(8, WAIT_S)
    program.kill()
    assert ended(program) == -signal.SIGKILL and all_wait
    platform.release()
    found = goes_on_to_its_end(data, env_file, platform)
    assert found == {"saved": CELLS - 8, "unknown": 8} and platform.charges.total() == CELLS
