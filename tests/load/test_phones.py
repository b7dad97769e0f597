"""A full room: all are told at once, whoever does not read; the presenter waits no longer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.bench.serving import program
from tests.load.phones import OPEN, PAUSED, Phone, crowd

pytestmark = pytest.mark.wide

PHONES = 490
"""With those that never read there are fewer than 500 streams."""


async def test_every_phone_is_told_within_half_a_second_and_one_that_never_reads_harms_nobody(
    tmp_path: Path,
) -> None:
    with program(tmp_path / "data", None) as (url, _):
        async with crowd(url) as room:
            alone_ms = await room.presenters_ms()
            await room.fills(PHONES)
            deaf = Phone(room.port)
            await deaf.joins(room.code)
            assert b" 200 " in await deaf.asks("/s", narrow=True)
            took, full_ms = [], []
            for _ in range(5):
                for deed, told in (("pause", PAUSED), ("resume", OPEN)):
                    took.append(await room.event(deed, told))
                    full_ms.append(await room.presenters_ms(8))
            assert sorted(took)[5] < 0.5, took
            assert sorted(full_ms)[5] < 2 * alone_ms + 5, (alone_ms, full_ms)
            assert all(len(phone.heard) == 11 for phone in room.phones), "each state came once"
            await deaf.leaves()


async def test_a_thousand_come_back_at_once_and_none_is_turned_away(tmp_path: Path) -> None:
    with program(tmp_path / "data", None) as (url, _):
        async with crowd(url) as room:
            await room.fills(200)
            await room.goes_home()
            took, told = await room.come_back(1000)
            assert took < 3
            assert set(told) == {b"200", b"204"} and told.count(b"200") == 500
            async with asyncio.timeout(20):  # their streams end with them
                while (await room.come_back(1))[1] != [b"200"]:
                    await asyncio.sleep(0.1)
