"""An evening as it goes: a desk, a stage and phones, from the first click to the own image."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Playwright, Route, expect

from tests.e2e.conftest import program
from tests.e2e.desk_page import rows
from tests.e2e.evening import Evening, evening
from tests.e2e.looks import clean, violations
from tests.http.faults import FaultServer, good, held

TOTAL = re.compile(r"\d votes?")

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("evening"),
    pytest.mark.wide,
]


async def shown_to_all(here: Evening, text: str, phone: Page) -> None:
    """Let an idea through both gates by keys; nobody else reads it before."""
    others = [one for one in here.phones if one is not phone]
    await here.send(phone, text)
    await expect(rows(here.desk, "line")).to_have_count(1)
    await here.pressed("a", "line", 0)
    await expect(rows(here.desk, "gate")).to_have_count(1)
    await expect(phone.locator("#own")).to_contain_text("You see it once it is shown.")
    await expect(here.stage.locator("body")).not_to_contain_text(text)  # no longer being made
    for other in others:
        assert text not in await other.content()
    await here.pressed("Enter", "gate", 0)
    await expect(here.stage.locator(".caption .prompt")).to_have_text(text)
    await expect(phone.locator("#own img")).to_be_visible()
    for other in others:
        await expect(other.locator("#wall")).to_contain_text(text)


async def test_an_evening_from_the_first_click_to_the_own_image(
    browser: Browser, driver: Playwright, tmp_path: Path
) -> None:
    with program(tmp_path / "data") as url:
        async with evening(browser, driver, url, phones=2) as here:
            desk, stage, (one, other) = here.desk, here.stage, here.phones
            await here.scene("lobby")
            await shown_to_all(here, "a lighthouse on the moon", one)
            await here.scene("image")
            await expect(stage.locator(".caption .facts")).not_to_contain_text("$")
            await shown_to_all(here, "a red fox in the snow", other)

            await desk.keyboard.press("v")
            await here.scene("round")
            await here.option(one, "A").tap()
            await here.option(other, "A").tap()
            await here.option(other, "B").tap()  # the last one counts
            await here.option(other, "A").tap()
            await expect(desk.locator(".options")).to_contain_text("2 votes")
            await expect(stage.locator(".vote .facts")).to_have_text("2 votes")
            await expect(stage.locator("figcaption")).to_have_text(
                ["a lighthouse on the moon", "a red fox in the snow"]
            )
            for phone in here.phones:
                await expect(phone.locator("#options")).not_to_contain_text(TOTAL)
            await desk.keyboard.press("v")
            await expect(stage.locator(".vote .facts")).to_have_text("A wins")
            await expect(stage.locator("figcaption")).to_have_text(["2 votes", "0 votes"])
            await expect(here.option(other, "A")).to_contain_text("Chosen by the room")

            await desk.get_by_role("button", name="Keep and end").click()
            await desk.get_by_role("alertdialog").get_by_role("button", name="Keep and end").click()
            await here.scene("ended")
            await expect(stage.locator(".invite")).to_be_hidden()
            await expect(one.get_by_text("Your images stay here for 10 minutes")).to_be_visible()
            async with one.expect_download() as download:
                await one.locator("#own").get_by_role("link", name="Save").tap()
            assert (await download.value).suggested_filename.endswith(".webp")
            assert here.errors == [[], [], [], []]


@pytest.mark.wide
async def test_all_three_pages_find_themselves_again_after_a_restart_and_nothing_is_sent_twice(
    browser: Browser, driver: Playwright, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with FaultServer.in_thread() as platform, ExitStack() as first:
        url = first.enter_context(program(data, platform=platform.base_url, kill=True))
        async with evening(browser, driver, url, phones=2) as here:
            desk, stage, (one, other) = here.desk, here.stage, here.phones
            name = await one.locator("#name").inner_text()
            await shown_to_all(here, "a lighthouse on the moon", one)
            platform.script(held(good()))
            await here.send(one, "a paper boat")
            await here.pressed("a", "line", 0)
            await expect(one.locator("#own")).to_contain_text("It is being made")
            await here.send(other, "a red fox in the snow")
            await expect(rows(desk, "line")).to_have_count(1)
            first.close()
            await expect(one.locator("#notice")).to_be_visible()
            await expect(stage.locator(".moment")).to_have_text("One moment")
            await here.scene("image")

            port = url.rsplit(":", 1)[1]
            options = ["--port", port]
            with program(data, platform=platform.base_url, arguments=options) as again:
                assert again == url
                await expect(desk.locator(".alert:not(.bad)")).to_contain_text("Nothing was lost")
                await expect(rows(desk, "wrong")).to_contain_text(["may have been charged"])
                await expect(rows(desk, "line")).to_contain_text(["a red fox in the snow"])
                await expect(stage.locator(".moment")).to_be_hidden()
                await expect(stage.locator(".caption .prompt")).to_have_text(
                    "a lighthouse on the moon"
                )
                await expect(one.locator("#own")).to_contain_text("It did not work.")
                await expect(one.locator("#name")).to_have_text(name)
                await expect(one.locator("#own img")).to_be_visible()
                await expect(one.locator("#notice")).to_have_text("No ideas are taken just now.")
                await desk.get_by_role("button", name="Go on").first.click()
                await desk.get_by_role("button", name="Let people in").click()
                await here.pressed("a", "line", 0)
                await expect(rows(desk, "gate")).to_have_count(1)
                await here.pressed("Enter", "gate", 0)
                await expect(other.locator("#own img")).to_be_visible()
                assert platform.posts == 3, "one for each idea"


@pytest.mark.wide
async def test_the_platforms_end_is_the_desks_alone_and_each_phone_has_its_sentence(
    browser: Browser, driver: Playwright, tmp_path: Path
) -> None:
    with FaultServer.in_thread() as platform, ExitStack() as running:
        url = running.enter_context(program(tmp_path / "data", platform=platform.base_url))
        async with evening(browser, driver, url) as here:
            desk, stage, (phone,) = here.desk, here.stage, here.phones
            await shown_to_all(here, "a lighthouse on the moon", phone)
            with platform.away():
                await here.send(phone, "a red fox in the snow")
                await here.pressed("a", "line", 0)
                resting = desk.locator(".alert:not(.bad)")
                await expect(resting).to_contain_text("127.0.0.1")
                await expect(rows(desk, "under-way")).to_contain_text(["a red fox in the snow"])
                await expect(phone.locator("#notice")).to_contain_text("just now")
                await here.scene("image")
                said = await stage.locator("#projector").inner_text()
                assert "127.0.0.1" not in said.replace(here.room.removeprefix("http://"), "")
                await expect(stage.locator(".moment")).to_be_hidden()
            await resting.get_by_role("button", name="Go on").click()
            await expect(rows(desk, "gate")).to_have_count(1)
            await expect(resting).to_be_hidden()
            assert platform.posts == 2


def ends_late(rehearsal: Path) -> None:
    """Let what is played never open its door, and stand for ten minutes before it ends."""
    path = rehearsal / "session.jsonl"
    head, *lines, (_, kind, data) = map(json.loads, path.read_text().splitlines())
    assert kind == "ended"
    lines = [line for line in lines if line[1:] != ["door", {"state": "open"}]]
    lines.append([600_000, kind, data])
    path.write_text("".join(f"{json.dumps(line)}\n" for line in [head, *lines]))


@pytest.mark.wide
async def test_a_session_is_kept_played_gone_on_from_and_deleted(
    browser: Browser, driver: Playwright, tmp_path: Path
) -> None:
    with program(tmp_path / "data") as url:
        async with evening(browser, driver, url) as here:
            desk, stage, (phone,) = here.desk, here.stage, here.phones
            await desk.keyboard.press("r")
            await expect(desk.locator(".toast")).to_contain_text("There is no rehearsal yet")
            await shown_to_all(here, "a lighthouse on the moon", phone)
            await desk.get_by_role("button", name="Next group…", exact=True).click()
            await desk.get_by_role("alertdialog").get_by_role("button", name="Next group").click()
            await expect(rows(desk, "wall")).to_have_count(0)
            await desk.goto("/desk/sessions")
            await desk.get_by_role("button", name="Keep as a rehearsal").click()
            await expect(desk.get_by_role("button", name="Kept as a rehearsal")).to_be_visible()

            await desk.goto("/desk")
            await desk.get_by_role("button", name="Let people in").click()
            await expect(desk.locator(".door-state")).to_contain_text("Open")
            await desk.keyboard.press("r")
            asked = desk.get_by_role("alertdialog", name="Continue from the rehearsal?")
            await expect(asked).to_contain_text("Open day")
            await asked.get_by_role("button", name="Continue").click()
            await expect(desk.get_by_role("button", name="Rehearsal")).to_have_attribute(
                "aria-pressed", "true"
            )
            for text in ("a lighthouse on the moon", "a red fox"):
                await desk.get_by_label("Add by hand").fill(text)
                await desk.keyboard.press("Enter")
            await expect(desk.get_by_text("The rehearsal answers")).to_be_visible()
            await expect(rows(desk, "gate")).to_have_count(1)
            await expect(rows(desk, "under-way")).to_contain_text(["when the network is back"])
            await desk.wait_for_timeout(500)  # an Enter right after that of an idea shows nothing
            await here.pressed("Enter", "gate", 0)
            await expect(stage.locator(".recorded")).to_contain_text("Recorded")
            await expect(stage.locator(".caption .facts")).not_to_contain_text("$")

            planning = desk.get_by_role("group", name="A new session")

            async def told_late(route: Route) -> None:
                answer = await route.fetch()
                await expect(planning).to_be_visible()  # the stream has told it already
                await route.fulfill(response=answer)

            await desk.route("**/api/session/do", told_late)
            await desk.get_by_role("button", name="End and forget…").click()
            await desk.get_by_role("alertdialog").get_by_role("button", name="End and").click()
            await expect(desk.get_by_role("alertdialog")).to_have_count(0)
            await expect(planning).to_be_visible()
            await expect(desk.locator(".ended")).to_have_count(0)

            ends_late(tmp_path / "data/demos/open-day")
            await desk.get_by_role("button", name="Play Open day").click()
            await expect(desk.get_by_text("nothing is sent")).to_be_visible()
            await expect(desk.locator(".plays .time")).to_contain_text("left")
            await expect(desk.get_by_label("Add by hand")).to_be_hidden()
            await expect(desk.locator(".desk-line")).not_to_contain_text("Press E")
            await here.scene("image")
            await expect(stage.locator(".recorded")).to_be_visible()
            await expect(stage.locator(".line")).to_be_hidden()
            thumb = rows(desk, "wall").locator("img")
            await expect(thumb).not_to_have_js_property("naturalWidth", 0)
            await clean(desk, "playing")
            await desk.get_by_role("button", name="Stop").click()
            await expect(planning).to_be_visible()
            await expect(desk.locator(".ended")).to_have_count(0)
            await clean(desk, "rehearsals")
            await desk.get_by_role("button", name="Delete Open day").click()
            await desk.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
            await expect(desk.locator(".rehearsals")).to_be_hidden()


@pytest.mark.wide
async def test_everybody_can_use_all_three_pages_in_the_middle_of_a_vote(
    browser: Browser, driver: Playwright, tmp_path: Path
) -> None:
    with program(tmp_path / "data") as url:
        async with evening(browser, driver, url, phones=2) as here:
            for phone, text in zip(here.phones, ("a lighthouse", "a red fox"), strict=True):
                await shown_to_all(here, text, phone)
            await here.desk.keyboard.press("v")
            await here.option(here.phones[0], "B").tap()
            await expect(here.stage.locator(".vote .facts")).to_have_text("1 vote")
            await clean(here.desk, "the desk")
            assert await violations(here.stage) == []
            for scheme in ("light", "dark"):
                await here.phones[0].emulate_media(color_scheme=scheme)
                assert await violations(here.phones[0]) == [], scheme
