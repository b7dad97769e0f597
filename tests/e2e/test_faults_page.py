"""What a person at the page sees when the platform misbehaves, and what that costs.

Each fault has one sentence on the card, one state, one row in the ledger, and one number of POSTs
that the platform itself counted. Doubt stays in sight until a person puts it away.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import program, watched
from tests.e2e.create_page import count_of, told_the_deal
from tests.e2e.looks import clean
from tests.e2e.visits import Visits
from tests.http import faults as f
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("faults-page"),
]

# Prices as the catalogue has them: the account's own list names none.
UNPRICED = f.raw('{"status": "success", "data": {"models": []}}')
DOUBT = "It may have been charged, so it is not sent again by itself."
AGAIN = "Try again (may charge again)"


@dataclass
class World:
    """A running program, the platform that it talks to, and its data folder."""

    platform: f.FaultServer
    data: Path
    running: ExitStack
    url: str = ""

    def start(self) -> None:
        """Start the program; one that runs is killed, and comes back at its address."""
        self.running.close()
        self.platform.script_gets(UNPRICED)
        port = ("--port", self.url.rsplit(":", 1)[1]) if self.url else ()
        running = program(
            self.data, platform=self.platform.base_url, more=NO_LIMIT, arguments=port, kill=True
        )
        self.url = self.running.enter_context(running)

    def run_id(self, prompt: str) -> str:
        """Return the id of the newest run with that prompt, as the log has it too."""
        query = "SELECT id FROM runs WHERE prompt = ? ORDER BY rowid DESC"
        with closing(sqlite3.connect(self.data / "playground.db")) as db:
            return str(db.execute(query, [prompt]).fetchone()[0])


def row_of(data: Path, prompt: str) -> tuple[str, int, int]:
    """Return state, attempts and micro-dollars of the newest run with that prompt."""
    query = "SELECT state, attempts, cost_microusd FROM runs WHERE prompt = ? ORDER BY rowid"
    with closing(sqlite3.connect(data / "playground.db")) as db:
        return tuple(db.execute(query, [prompt]).fetchall()[-1])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("faults") / "data"
    with f.FaultServer.in_thread() as platform, ExitStack() as running:
        world = World(platform, data, running)
        world.start()
        yield world


NO_LIMIT = {"PLAYGROUND_REQUESTS_PER_MINUTE": "0", "PLAYGROUND_REQUESTS_PER_DAY": "0"}


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, world: World) -> AsyncIterator[Page]:
    async with visits.page(world.url) as page:
        _, errors = watched(page, world.url)
        yield page
    assert errors == [], "the page logged errors"


async def opened(page: Page, url: str) -> None:
    await page.goto(url)
    await told_the_deal(page)


async def asked(page: Page, prompt: str, model: str = FLUX) -> Locator:
    """Choose the model, press Enter behind the prompt, and return the new card."""
    await page.locator(f'#model input[value="{model}"]').check()
    await expect(page.locator("#seed" if model == FLUX else "#negative_prompt")).to_be_visible()
    await page.locator("#prompt textarea").fill(prompt)
    await page.locator("#prompt textarea").press("Enter")
    return card_of(page, prompt)


def card_of(page: Page, prompt: str) -> Locator:
    title = page.get_by_role("heading", level=3, name=prompt, exact=True)
    return page.locator(".batch", has=title).first.locator(".card").first


async def ends(card: Locator, state: str) -> None:
    await expect(card).to_have_attribute("data-state", state)


FAULTS: tuple[tuple[str, f.Fault, str, list[str]], ...] = (
    ("402", f.status(402, "Top up"), "failed", ["(402)", '"Top up"', "Nothing was charged."]),
    ("cut before headers", f.Fault(drop="headers"), "unknown", ["broke before", DOUBT]),
    ("cut mid-body", f.cut_mid_body(), "unknown", ["broke before the answer came", DOUBT]),
    ("HTML 502", f.html(), "unknown", ["Something in front of the platform", DOUBT]),
    (
        "200 that failed",
        f.raw('{"status": "failed", "message": "no gpu"}'),
        "unknown",
        ['It says: "no gpu"', DOUBT],
    ),
    ("bomb", f.good(f.bomb_png()), "unknown", ["more than 40 megapixels", DOUBT]),
    ("junk base64", f.raw(f.document("!!!!")), "unknown", ["not clean base64", DOUBT]),
)


async def test_a_fault_is_one_sentence_one_row_and_one_post(page: Page, world: World) -> None:
    await opened(page, world.url)
    for name, fault, state, says in FAULTS:
        prompt, before = f"A fault: {name}", world.platform.posts
        world.platform.script(fault)
        card = await asked(page, prompt)
        await ends(card, state)
        for words in says:
            await expect(card).to_contain_text(words)
        doubt = state == "unknown"
        title = "May have been charged" if doubt else "No image"
        await expect(card.locator("h4")).to_have_text(title)
        run = f"Run {world.run_id(prompt)[:8]}\u2026"
        await expect(card.get_by_role("button")).to_have_text(
            [AGAIN, "Dismiss", run] if doubt else ["Try again", run]
        )
        assert row_of(world.data, prompt) == (state, 1, 0)
        assert world.platform.posts == before + 1
    await page.reload()
    for name, _, state, _ in FAULTS:
        await ends(card_of(page, f"A fault: {name}"), state)
        copied = world.run_id(f"A fault: {name}")
        button = card_of(page, f"A fault: {name}").get_by_title(copied)
        await button.click()
        await expect(button).to_have_text("Copied")
        assert await page.evaluate("navigator.clipboard.readText()") == copied
    await clean(page, "cards of what failed")
    assert world.platform.posts == before + 1


async def test_a_busy_platform_is_waited_for_visibly_and_then_answers(
    page: Page, world: World
) -> None:
    before = world.platform.posts
    world.platform.script(f.status(429, "slow down", retry_after="5"))
    await opened(page, world.url)
    card = await asked(page, "A queue")
    await expect(card).to_contain_text(re.compile(r"429.*Goes on in [45] s\."))
    await expect(card).to_contain_text(re.compile(r"Goes on in [23] s\."))
    assert world.platform.posts == before + 1, "it waits before it asks again"
    await ends(card, "saved")
    assert row_of(world.data, "A queue") == ("saved", 2, 0)
    assert world.platform.posts == before + 2


async def test_stop_ends_the_countdown_and_nothing_more_is_sent(page: Page, world: World) -> None:
    before = world.platform.posts
    world.platform.script(f.status(429, retry_after="5"))
    await opened(page, world.url)
    card = await asked(page, "A queue that I leave")
    await expect(card).to_contain_text("Goes on in")
    await page.locator("#stop").click()
    rest = page.locator(".batch").first.locator(".rest")
    await expect(rest).to_contain_text("1 was not sent. Make it")
    assert row_of(world.data, "A queue that I leave") == ("cancelled", 1, 0)
    assert world.platform.posts == before + 1


async def test_try_again_is_one_more_post_even_for_a_double_click(page: Page, world: World) -> None:
    before = world.platform.posts
    world.platform.script(f.Fault(drop="headers"))
    await opened(page, world.url)
    card = await asked(page, "A doubt to repeat")
    await ends(card, "unknown")
    batches = await page.locator(".batch").count()
    await card.get_by_role("button", name=AGAIN).dblclick()
    await ends(card_of(page, "A doubt to repeat"), "saved")
    await page.wait_for_timeout(1_000)
    assert await page.locator(".batch").count() == batches + 1
    assert world.platform.posts == before + 2
    # The first may still have been charged: its card goes when a person says so.
    doubts = page.locator('.card[data-state="unknown"]', has_text="A doubt to repeat")
    await expect(doubts).to_have_count(1)


async def test_one_card_of_a_batch_put_away_stays_away(page: Page, world: World) -> None:
    world.platform.script(f.status(500), f.status(500))
    await opened(page, world.url)
    await count_of(page, 2)
    card = await asked(page, "Two doubts")
    cards = page.locator(".batch").first.locator(".card")
    await expect(cards).to_have_count(2)
    await expect(page.locator(".batch").first.locator('[data-state="unknown"]')).to_have_count(2)
    await card.get_by_role("button", name="Dismiss").click()
    await expect(cards).to_have_count(1)
    await page.reload()
    await expect(page.locator(".batch").first).to_contain_text("Two doubts")
    await expect(cards).to_have_count(1)


async def test_images_and_doubt_with_what_was_asked_outlive_reload_and_restart(
    page: Page, world: World
) -> None:
    before = world.platform.posts
    world.platform.script(f.good(), f.Fault(drop="headers"), f.header_stall())
    await opened(page, world.url)
    await ends(await asked(page, "An image that stays"), "saved")
    await page.locator(f'#model input[value="{SDXL}"]').check()
    await page.locator("#negative_prompt textarea").fill("dogs")
    await page.locator('#num_steps input[type="text"]').fill("31")
    await ends(await asked(page, "A priced doubt", SDXL), "unknown")
    assert row_of(world.data, "A priced doubt") == ("unknown", 1, 9000)
    await ends(await asked(page, "A doubt in flight"), "sent")
    while world.platform.posts < before + 3:
        time.sleep(0.01)
    await page.goto("about:blank")  # else its streams are cut, and Chromium logs that
    world.start()
    card, flight = card_of(page, "A priced doubt"), card_of(page, "A doubt in flight")
    for _ in range(2):  # after the restart, then after a reload
        await opened(page, world.url)
        for words in (
            "A priced doubt", "SDXL 1.0", "1024 x 1024", "Negative prompt: dogs",
            "Steps: 31", "Guidance scale: 9", "listed price $0.009",
        ):  # fmt: skip
            await expect(card).to_contain_text(words)
        await expect(card).to_contain_text(re.compile(r"sent \d{1,2}:\d\d\s[AP]M"))
        await expect(flight).to_contain_text("no price listed")
        await expect(flight).to_contain_text("program ended")
        await ends(card_of(page, "An image that stays"), "saved")
    await card.get_by_role("button", name="Dismiss").click()
    await expect(card).to_have_count(0)
    await opened(page, world.url)
    await ends(flight, "unknown")
    await expect(card).to_have_count(0)
    assert world.platform.posts == before + 3, "starting anew sends nothing"
    assert row_of(world.data, "A priced doubt") == ("unknown", 1, 9000), "the record stays"
    await page.goto(f"{world.url}/gallery?q=stays")
    await expect(page.locator("#gallery .cell")).to_have_count(1)


async def test_no_connection_costs_nothing_and_says_so(page: Page, world: World) -> None:
    await opened(page, world.url)
    with world.platform.away():
        card = await asked(page, "Nobody there")
        await expect(card).to_contain_text("Goes on in")
        await ends(card, "failed")
    await expect(card).to_contain_text("refused the connection")
    await expect(card).to_contain_text("Nothing was sent and nothing was charged.")
    assert row_of(world.data, "Nobody there") == ("failed", 0, 0)


async def test_limits_hold_a_run_back_visibly_or_refuse_it_with_the_hour(
    page: Page, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    limits = {"PLAYGROUND_REQUESTS_PER_MINUTE": "1", "PLAYGROUND_REQUESTS_PER_DAY": "2"}
    with (
        f.FaultServer.in_thread() as platform,
        program(data, platform=platform.base_url, more=limits) as url,
    ):
        await opened(page, url)
        await expect(page.locator("#balance")).to_contain_text("Left today: 2 requests")
        await ends(await asked(page, "The first"), "saved")
        await expect(page.locator("#balance")).to_contain_text("Left today: 1 request")
        second = await asked(page, "The second")
        await expect(second).to_contain_text(re.compile(r"a minute\. Goes on in [45]\d s\."))
        await asked(page, "The third")
        alert = page.locator("#results .alert")
        await expect(alert).to_contain_text("The limit of 2 requests a day leaves 0")
        await expect(alert).to_contain_text("Nothing was sent. The limit opens again at 00:00 UTC.")
        await page.locator("#stop").click()
        await expect(page.locator(".rest:not([hidden])")).to_contain_text("1 was not sent. Make it")
        assert row_of(data, "The second") == ("cancelled", 0, 0)
        assert platform.posts == 1
        await page.reload()
        await expect(page.locator("#balance")).to_contain_text("Left today: 1 request")
        await page.goto("about:blank")
