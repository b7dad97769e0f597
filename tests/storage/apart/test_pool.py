"""Files that are read apart: what comes back, and what ends the process that reads them."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from backend.apart import channel, pool
from backend.apart.pool import Pool
from backend.errors import InvalidInput, PlaygroundError, TooHeavy
from tests.storage.apart import deeds

ROOT = Path(__file__).parents[3]
# Each starts processes of its own, and waits for their ends.
pytestmark = pytest.mark.wide

Made = Callable[[Callable[[bytes], Any]], Pool[Any]]


@pytest.fixture
def made() -> Iterator[Made]:
    """Make pools that are closed after the test."""
    pools: list[Pool[Any]] = []

    def make(deed: Callable[[bytes], Any]) -> Pool[Any]:
        pools.append(Pool(deed))
        return pools[-1]

    yield make
    for each in pools:
        each.close()


@pytest.fixture(params=["handed over", "sent"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which a file reaches the process: Windows has the second alone."""
    monkeypatch.setattr(channel, "HANDS_OVER", request.param == "handed over")


def run(apart: Pool[Any], data: bytes, file: BinaryIO | None = None) -> Any:
    with apart.lent() as process:
        return process.run(file or io.BytesIO(data), len(data))


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: int) -> bool:
    """Wait until a process is gone, half a minute at most."""
    end = time.monotonic() + 30
    while is_there(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not is_there(pid)


def test_it_starts_also_where_python_searches_no_folder_unasked(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    assert run(made(deeds.digest), b"a") == sha256(b"a").hexdigest()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("size", [0, 1, 70_000, 5_000_000])
def test_a_file_arrives_whole_from_memory_and_from_the_disk(
    made: Made, tmp_path: Path, size: int
) -> None:
    data = os.urandom(size)
    (tmp_path / "a").write_bytes(data)
    apart = made(deeds.digest)
    assert run(apart, data) == sha256(data).hexdigest()
    with (tmp_path / "a").open("rb") as file:
        assert run(apart, data, file) == sha256(data).hexdigest()


@pytest.mark.usefixtures("way")
def test_the_next_file_finds_the_process_there(made: Made) -> None:
    apart = made(deeds.pid)
    first = run(apart, b"x")
    assert first != os.getpid()
    assert [run(apart, b"x") for _ in range(5)] == [first] * 5
    with apart.lent() as one, apart.lent() as other:
        assert one.run(io.BytesIO(b"x"), 1) == first
        assert other.run(io.BytesIO(b"x"), 1) != first


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (deeds.SPINS, "This file takes too long to read: more than 2 seconds."),
        (b"hoard", "This file takes more than 200 MB of memory to read."),
        (b"abort", "This file cannot be read: the program that decodes it breaks down."),
    ],
)
def test_a_file_that_takes_too_much_is_ended_with_its_process(
    made: Made, data: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "DEADLINE_S", 300)  # its own limits end it
    apart = made(deeds.pid)
    before = run(apart, b"x")
    with pytest.raises(TooHeavy) as refused:
        run(apart, data)
    assert str(refused.value) == words
    assert gone(before)
    assert run(apart, b"x") != before


@pytest.mark.usefixtures("way")
def test_one_that_waits_for_ever_meets_the_deadline(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "DEADLINE_S", 0.3)
    with pytest.raises(TooHeavy, match="too long"):
        run(made(deeds.pid), deeds.SLEEPS)


def test_others_go_on_while_one_is_ended(made: Made) -> None:
    apart = made(deeds.pid)
    failed: list[BaseException] = []

    def heavy() -> None:
        try:
            run(apart, deeds.SPINS)
        except TooHeavy as error:
            failed.append(error)

    threads = [threading.Thread(target=heavy) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert len({run(apart, b"x") for _ in range(20)}) == 1
    for thread in threads:
        thread.join(60)
    assert len(failed) == 2


def test_whoever_waits_for_an_answer_hears_at_once_that_it_was_killed(made: Made) -> None:
    apart = made(deeds.pid)
    with apart.lent() as process:
        process.run(io.BytesIO(b"x"), 1)
        killer = threading.Timer(0.1, process.kill)
        killer.start()
        with pytest.raises(TooHeavy):
            process.run(io.BytesIO(deeds.SLEEPS), len(deeds.SLEEPS))
        with pytest.raises(TooHeavy):  # and it takes nothing any more
            process.run(io.BytesIO(b"x"), 1)
        killer.join()


def test_one_that_was_killed_before_its_first_file_is_never_started(made: Made) -> None:
    with made(deeds.pid).lent() as process:
        process.kill()
        with pytest.raises(TooHeavy):
            process.run(io.BytesIO(b"x"), 1)


def test_what_the_function_raises_comes_back(made: Made) -> None:
    with pytest.raises(InvalidInput) as refused:
        run(made(deeds.refuses), b"x")
    error = refused.value
    assert (error.message, error.hint, error.field) == ("It is odd.", "Choose another.", "file")
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        run(made(deeds.mistaken), b"")


def test_no_secret_of_the_programs_environment_is_there(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "ak_secret_of_ours")
    monkeypatch.setenv("PLAYGROUND_AUTH", "me:and a long password")
    found = run(made(deeds.environment), b"x")
    assert "PATH" in found
    assert not {"API_KEY", "ak_secret_of_ours", "PLAYGROUND_AUTH"} & set(found)


def test_a_process_is_replaced_after_many_files(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "FILES_EACH", 3)
    apart = made(deeds.pid)
    found = [run(apart, b"x") for _ in range(6)]
    assert found == [found[0]] * 3 + [found[3]] * 3 and found[0] != found[3]


def test_one_that_nobody_needs_ends(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_S", 0.2)
    apart = made(deeds.pid)
    first = run(apart, b"x")
    assert gone(first)
    assert run(apart, b"x") != first


def test_closing_or_forgetting_the_pool_ends_them(made: Made) -> None:
    apart = Pool(deeds.pid)
    first = run(apart, b"x")
    apart.close()
    assert gone(first)
    forgotten = Pool(deeds.pid)
    second = run(forgotten, b"x")
    del forgotten
    assert gone(second)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_they_end_with_the_program_however_that_ends(how: signal.Signals) -> None:
    program = (
        "import io, signal, time\n"
        "from backend.apart.pool import Pool\n"
        "from tests.storage.apart import deeds\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # as a terminal leaves it
        "apart = Pool(deeds.pid)\n"
        "with apart.lent() as process: print(process.run(io.BytesIO(b'x'), 1), flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        assert is_there(pid)
        running.send_signal(how)
    assert gone(pid)


def test_a_computer_that_starts_no_program_is_a_sentence(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(PlaygroundError, match="starts no further program"):
        run(made(deeds.pid), b"x")
