"""A whole evening in a browser: the desk, the stage that it opens, and phones, each by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Locator, Page, Playwright, Route, expect

from tests.e2e.conftest import watched
from tests.e2e.desk_page import rows


@dataclass
class Evening:
    """The three pages. `room` is the address at which phones find the door, without the code."""

    desk: Page
    stage: Page
    phones: list[Page]
    room: str
    errors: list[list[str]] = field(default_factory=list)

    def option(self, phone: Page, letter: str) -> Locator:
        return phone.get_by_role("button", name=f"Picture {letter}")

    async def send(self, phone: Page, text: str) -> None:
        """Send an idea with two taps, and wait until it is in the line."""
        await phone.get_by_label("What would you like to see?").fill(text)
        await phone.get_by_role("button", name="Send").tap()
        await expect(phone.locator("#own")).to_contain_text("in line")

    async def pressed(self, key: str, part: str, left: int) -> None:
        """Press a key at the desk; then so many rows are left in a part of it."""
        await self.desk.keyboard.press(key)
        await expect(rows(self.desk, part)).to_have_count(left)

    async def scene(self, name: str) -> None:
        await expect(self.stage.locator("#projector")).to_have_attribute("data-scene", name)


@asynccontextmanager
async def evening(
    browser: Browser, driver: Playwright, address: str, *, phones: int = 1
) -> AsyncIterator[Evening]:
    """Yield a session whose door three clicks have opened, and phones that came in by its code.

    A test's phones are on its own machine, so the door is asked for there.
    """

    async def at_home(route: Route) -> None:
        body: dict[str, Any] = route.request.post_data_json
        here = {"host": "127.0.0.1", "port": 0, "values": {"width": 256, "height": 256}}
        await route.continue_(post_data={**body, **here})

    async with AsyncExitStack() as closing:
        own = await browser.new_context(
            base_url=address, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        closing.push_async_callback(own.close)
        desk = await own.new_page()
        errors = [watched(desk, address)[1]]
        await desk.route("**/api/session", at_home)
        await desk.goto("/desk")
        await expect(desk.locator(".sum")).to_contain_text("images at most")
        await desk.get_by_role("button", name="Start").click()
        async with desk.expect_popup() as opened:
            await desk.get_by_role("button", name="Open the stage").click()
        stage = await opened.value
        errors.append(watched(stage, address)[1])
        await expect(desk.locator(".proof")).to_contain_text("Waiting for your phone")
        shown = stage.locator(".address")
        await expect(shown).to_contain_text("127.0.0.1")
        where, code = (await shown.inner_text()).replace("\n", "").rsplit("/", 1)
        room, in_room = f"http://{where}", []
        for number in range(phones):
            context = await browser.new_context(**driver.devices["Pixel 7"], bypass_csp=True)
            closing.push_async_callback(context.close)
            phone = await context.new_page()
            errors.append(watched(phone, room)[1])
            await phone.goto(room)
            await phone.get_by_label("The code on the screen").fill(code.lower())
            await phone.get_by_role("button", name="Go in").tap()
            await expect(phone.get_by_text("Not open yet")).to_be_visible()
            in_room.append(phone)
            if not number:
                await expect(desk.locator(".proof")).to_contain_text("it works")
        await desk.get_by_role("button", name="Let people in").click()
        for phone in in_room:
            await expect(phone.get_by_label("What would you like to see?")).to_be_visible()
        yield Evening(desk, stage, in_room, room, errors)
