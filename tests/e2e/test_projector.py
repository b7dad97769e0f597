"""The projector's window: each state of a session, read from the last row, and never an error."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.calls import make_images
from tests.e2e.conftest import program
from tests.e2e.stage_page import (
    ADDRESS,
    LONG,
    PROMPTS,
    SIZES,
    TITLE,
    WITH_ADDRESS,
    do,
    holds_to_the_scale,
    made,
    rewrite,
    scene,
    show,
    start,
    wish,
)
from tests.e2e.until import until
from tests.e2e.visits import Visits
from tests.http.faults import FaultServer, good, held

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("projector"),
]

WORDS_OF_TROUBLE = re.compile("error|fail|wrong|answer|sorry|404|500|load", re.I)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("projector") / "data", script=WITH_ADDRESS) as url:
        yield url


def part(page: Page, name: str) -> Locator:
    return page.locator(f"#projector {name}")


async def opened(page: Page, query: str = "") -> None:
    await page.goto(f"/stage{query}")
    await expect(page.locator("#projector")).to_have_attribute("data-scene", re.compile("."))


async def at(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})


# --- each state ----------------------------------------------------------------------------------


async def test_before_any_session_it_says_that_it_starts_soon(
    visits: Visits, tmp_path: Path
) -> None:
    with program(tmp_path / "data") as url:
        async with visits.page(url) as fresh:
            await opened(fresh)
            await expect(part(fresh, ".words")).to_have_text("Starts soon")
            await expect(part(fresh, ".hint")).to_have_text(
                "Drag this window to the projector, then press F"
            )
            assert await fresh.locator("header, nav, .gradio-container").count() == 0
            await holds_to_the_scale(fresh)
            await fresh.goto("about:blank")


async def test_every_state_is_read_from_the_last_row_at_every_size(
    page: Page, address: str
) -> None:
    start(address)
    await opened(page)

    async def held() -> None:
        for size in SIZES:
            await at(page, size)
            await holds_to_the_scale(page)

    await scene(page, "lobby")
    await expect(part(page, ".title")).to_have_text(TITLE)
    await expect(part(page, ".line")).to_have_text("Scan to send your idea")
    clipped = "(e) => e.scrollHeight - e.clientHeight"
    assert await part(page, ".title").evaluate(clipped) <= 0, "what hangs below the line is cut"
    await expect(part(page, ".address")).to_contain_text(ADDRESS)
    for width, height in SIZES:
        await at(page, (width, height))
        found = await holds_to_the_scale(page)
        left, top, right, bottom = found["pictures"][0]["box"]
        assert bottom - top >= 0.7 * height and abs((right - left) - (bottom - top)) < 1
        typed = [one["size"] for one in found["texts"] if ADDRESS[:7] in one["text"]]
        assert typed and min(typed) >= 0.05 * height - 0.1
    await expect(part(page, ".code-field")).to_have_css("background-color", "rgb(255, 255, 255)")

    do(address, "pause")
    waiting = [wish(address, text) for text in PROMPTS]
    await expect(part(page, ".status")).to_have_text("4 ideas in line")
    do(address, "resume")
    ids = [*waiting, *made(address, "a robot")]
    show(address, ids[0])
    await scene(page, "image")
    await expect(part(page, ".caption .prompt")).to_have_text(LONG)
    await expect(part(page, ".caption .facts")).to_have_text(re.compile(r"From the stage.* s$"))
    await expect(part(page, ".scene-picture img")).to_have_css("object-fit", "contain")
    await expect(part(page, ".line")).to_have_text("Scan to send your idea")
    for size in SIZES:
        await at(page, size)
        await holds_to_the_scale(page)
        looks = await part(page, ".caption .prompt").evaluate(
            "e => ({size: parseFloat(getComputedStyle(e).fontSize), high: e.clientHeight})"
        )
        assert 0.04 * size[1] <= looks["size"] <= 0.06 * size[1]
        assert looks["high"] <= 3.8 * looks["size"], "cut after three lines"
        box = await part(page, ".scene-picture img").bounding_box()
        assert box and min(box["width"], box["height"]) >= 0.6 * size[1]

    for one in ids:
        show(address, one)
    do(address, "scene", wall=True)
    await scene(page, "wall")
    await expect(part(page, "figure")).to_have_count(5)
    await held()

    do(address, "round", options=ids[:4])
    await scene(page, "round")
    await expect(part(page, ".letter")).to_have_text(["A", "B", "C", "D"])
    await expect(part(page, ".line")).to_have_text("Vote on your phone")
    await held()
    code = await part(page, ".code-field").bounding_box()
    do(address, "closed")
    await scene(page, "result")
    await expect(part(page, ".vote .facts")).to_have_text("No votes")
    corner = await part(page, ".code-field").bounding_box()
    assert code and corner and code["height"] > 1.5 * corner["height"]
    await held()

    do(address, "scene", code=True)
    await scene(page, "code")
    await held()
    do(address, "end")
    await scene(page, "ended")
    await expect(part(page, ".words")).to_have_text("Thank you")
    await expect(part(page, ".sub")).to_have_text(TITLE)
    await expect(part(page, ".invite")).to_be_hidden()
    await held()


async def test_what_is_made_stands_there_with_its_seconds_and_the_line_behind_it(
    visits: Visits, tmp_path: Path
) -> None:
    async with FaultServer() as platform:
        platform.script(*(held(good()) for _ in range(3)))
        with program(tmp_path / "data", platform=platform.base_url, script=WITH_ADDRESS) as url:
            async with visits.page(url) as page:
                await asyncio.to_thread(start, url)
                for text in (LONG, "our town in 2200", "a red fox", "a paper boat", "a robot"):
                    await asyncio.to_thread(wish, url, text)
                await opened(page)
                await scene(page, "making")
                await expect(part(page, ".making .prompt")).to_have_text(LONG)
                await expect(part(page, ".elapsed")).to_have_text(re.compile("[2-9] s"))
                await expect(part(page, ".others p")).to_have_text(
                    ["our town in 2200", "a red fox"]
                )
                await expect(part(page, ".status")).to_have_text("2 ideas in line")
                for size in SIZES:
                    await at(page, size)
                    await holds_to_the_scale(page)
                before = await part(page, ".elapsed").inner_text()
                await page.reload()  # the seconds are the program's, not the window's
                await scene(page, "making")
                await expect(part(page, ".elapsed")).not_to_have_text(re.compile("^[01] s"))
                assert before != "0 s"
                platform.release()
                await scene(page, "lobby")
                await page.goto("about:blank")


async def test_votes_and_what_was_recorded_are_told(visits: Visits, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with program(data, script=WITH_ADDRESS) as url:
        session = start(url)
        ids = made(url, "a red fox", "a blue fox")
        show(url, ids[0])
        number = do(url, "round", options=ids)["round"]["id"]

    def voted(events: list[Any]) -> list[Any]:
        last = events[-1][0]
        more = [[last, "joined", {"visitor": f"{n:032x}"}] for n in range(5)]
        for n, option in enumerate((1, 0, 1, 1, 0)):
            vote = {"visitor": f"{n:032x}", "round": number, "option": option}
            more.append([last, "vote", vote])
        return [*events, *more]

    rewrite(data, session["id"], voted)
    with program(data, script=WITH_ADDRESS) as url:
        async with visits.page(url) as page:
            await opened(page)
            await scene(page, "round")
            await expect(part(page, ".vote .facts")).to_have_text("5 votes")
            await expect(part(page, "figcaption")).to_have_text(["a red fox", "a blue fox"])
            await expect(part(page, ".recorded")).to_be_hidden()
            do(url, "closed")
            await scene(page, "result")
            await expect(part(page, ".vote .facts")).to_have_text("B wins")
            await expect(part(page, "figcaption")).to_have_text(["2 votes", "3 votes"])
            await expect(part(page, "figure.won .letter")).to_have_text("B")
            for size in SIZES:
                await at(page, size)
                await holds_to_the_scale(page)
            show(url, ids[0])  # then the evening goes on
            await scene(page, "image")
            await page.goto("about:blank")

    def recorded(events: list[Any]) -> list[Any]:
        for _, kind, data in events:
            if kind == "landed" and data["id"] == ids[0]:
                data |= {"recorded": "2026-11-26", "price": "0.018"}
        return events

    rewrite(data, session["id"], recorded)
    with program(data, script=WITH_ADDRESS) as url:
        async with visits.page(url) as page:
            await opened(page)
            await scene(page, "image")
            await expect(part(page, ".recorded")).to_have_text(re.compile("^Recorded"))
            await expect(part(page, ".caption .facts")).to_contain_text("$0.00 now (was $0.018)")
            await holds_to_the_scale(page)
            show(url, ids[1])
            await expect(part(page, ".caption .prompt")).to_have_text("a blue fox")
            await expect(part(page, ".recorded")).to_be_hidden()
            do(url, "scene", wall=True)
            await scene(page, "wall")
            await expect(part(page, ".recorded")).to_have_text(re.compile("^Recorded"))
            await page.goto("about:blank")


# --- what lies over a scene ----------------------------------------------------------------------


async def test_black_and_freeze_come_from_the_desk_at_once_and_from_the_keys(
    page: Page, address: str
) -> None:
    start(address)
    first, second = made(address, "a red fox", "a blue fox")
    show(address, first)
    await opened(page)
    await expect(part(page, ".caption .prompt")).to_have_text("a red fox")
    await page.keyboard.press("b")
    await expect(part(page, ".black")).to_be_visible()
    await until(
        page, "fetch('/api/session').then((a) => a.json()).then((desk) => desk.scene.black)"
    )
    await page.keyboard.press("b")
    await expect(part(page, ".black")).to_be_hidden()

    do(address, "scene", frozen=True)
    desk = await page.context.new_page()
    await desk.goto("/gallery")
    say = "(what) => new BroadcastChannel('sentry-block-stage').postMessage(what)"
    show(address, second)
    await desk.evaluate(say, {"code": True})  # what does not change a frozen picture
    await desk.evaluate(say, {"black": True})
    await expect(part(page, ".black")).to_be_visible()
    await expect(part(page, ".caption .prompt")).to_have_text("a red fox")
    await scene(page, "image")
    await desk.evaluate(say, {"black": False})
    await expect(part(page, ".black")).to_be_hidden()
    do(address, "scene", frozen=False)
    await expect(part(page, ".caption .prompt")).to_have_text("a blue fox")
    await page.keyboard.press("q")
    await scene(page, "code")
    await page.keyboard.press("q")
    await scene(page, "image")


async def test_what_the_desk_foretells_and_nobody_confirms_is_taken_back(
    page: Page, address: str
) -> None:
    start(address)
    await opened(page)
    desk = await page.context.new_page()
    await desk.goto("/gallery")
    await desk.evaluate("new BroadcastChannel('sentry-block-stage').postMessage({black: true})")
    await expect(part(page, ".black")).to_be_visible()
    await expect(part(page, ".black")).to_be_hidden()


async def test_f_and_a_double_click_take_the_whole_screen_and_the_hint_goes(
    page: Page, address: str
) -> None:
    start(address)
    await opened(page)
    full = "document.fullscreenElement !== null"
    await expect(part(page, ".hint")).to_be_visible()
    await page.keyboard.press("f")
    await until(page, full)
    await expect(part(page, ".hint")).to_be_hidden()
    await page.keyboard.press("f")
    await until(page, f"!({full})")
    await expect(part(page, ".hint")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(part(page, ".hint")).to_be_hidden()
    await part(page, ".invite").dblclick()
    await until(page, full)
    await page.keyboard.press("f")


async def test_a_new_code_takes_the_formers_place(page: Page, address: str) -> None:
    start(address)
    await opened(page)
    image, code = part(page, ".code-field img"), part(page, ".address b")
    before, said = await image.get_attribute("src"), await code.inner_text()
    do(address, "rotate")
    await expect(code).not_to_have_text(said)
    assert await image.get_attribute("src") != before


async def test_a_shut_door_takes_its_code_along(page: Page, address: str) -> None:
    start(address)
    (first,) = made(address, "a red fox")
    show(address, first)
    await opened(page)
    image, where = part(page, ".code-field img"), part(page, ".address")
    await expect(image).to_be_visible()
    do(address, "close")
    await expect(image).to_have_count(0)
    await expect(where).to_be_empty()
    await scene(page, "image")
    await holds_to_the_scale(page)
    do(address, "scene", code=True)  # whoever asks for it gets it
    await expect(image).to_be_visible()
    do(address, "open")
    do(address, "scene", code=False)
    await scene(page, "image")
    await expect(image).to_be_visible()


# --- when the program is away --------------------------------------------------------------------


async def test_a_stopped_program_leaves_the_last_picture_and_no_word_of_trouble(
    visits: Visits, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with ExitStack() as running:
        url = running.enter_context(program(data, script=WITH_ADDRESS))
        async with visits.page(url) as page:
            start(url)
            first, second = made(url, "a red fox", "a blue fox")
            show(url, first)
            await opened(page)
            await expect(part(page, ".caption .prompt")).to_have_text("a red fox")
            running.close()
            await expect(part(page, ".moment")).to_have_text("One moment")
            await page.keyboard.press("q")  # nobody hears it
            await page.keyboard.press("q")
            await expect(part(page, ".caption .prompt")).to_have_text("a red fox")
            words = await page.locator("body").inner_text()
            assert not WORDS_OF_TROUBLE.search(words), words
            assert await part(page, ".scene-picture img").evaluate("e => e.naturalWidth") == 256
            await holds_to_the_scale(page)
            port = ("--port", url.rsplit(":", 1)[1])
            with program(data, script=WITH_ADDRESS, arguments=port):
                await expect(part(page, ".moment")).to_be_hidden()
                show(url, second)
                await expect(part(page, ".caption .prompt")).to_have_text("a blue fox")
                assert page.url.endswith("/stage")
                await page.goto("about:blank")


async def test_a_picture_that_cannot_be_had_leaves_the_former_one(page: Page, address: str) -> None:
    start(address)
    first, second = made(address, "a red fox", "a blue fox")
    show(address, first)
    await opened(page)
    await expect(part(page, ".caption .prompt")).to_have_text("a red fox")
    gone = re.compile(r":\d+/images/")
    await page.route(gone, lambda r: r.fulfill(body="", content_type="image/png"))
    async with page.expect_event("requestfinished", lambda r: bool(gone.search(r.url))):
        show(address, second)
    code = part(page, ".address b")
    said = await code.inner_text()
    do(address, "rotate")
    await expect(code).not_to_have_text(said)  # all else goes on
    await expect(part(page, ".caption .prompt")).to_have_text("a red fox")
    assert await part(page, ".scene-picture img").evaluate("e => e.naturalWidth") == 256
    await page.unroute(gone)
    do(address, "rotate")  # the next change asks again
    await expect(part(page, ".caption .prompt")).to_have_text("a blue fox")


# --- slides and kiosk ----------------------------------------------------------------------------


async def test_the_gallerys_search_plays_as_slides_in_turn_and_a_key_pauses(
    page: Page, address: str
) -> None:
    for n in range(3):
        make_images(address, f"a green sloop {n}")
    make_images(address, "a teapot")
    await page.clock.install()
    await opened(page, "?slides=1&q=sloop&sort=oldest")
    prompt = part(page, ".caption .prompt")
    await expect(prompt).to_have_text("a green sloop 0")
    await holds_to_the_scale(page)
    for n in (1, 2, 0):
        await page.clock.fast_forward(8_100)
        await expect(prompt).to_have_text(f"a green sloop {n}")
    await page.keyboard.press(" ")
    await expect(part(page, ".moment")).to_have_text("Paused")
    await page.clock.fast_forward(60_000)
    await expect(prompt).to_have_text("a green sloop 0")
    await page.keyboard.press("ArrowRight")
    await expect(prompt).to_have_text("a green sloop 1")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await expect(prompt).to_have_text("a green sloop 2")
    await page.keyboard.press("p")
    await expect(prompt).to_have_text("a green sloop 0")
    await expect(part(page, ".moment")).to_be_hidden()
    await page.keyboard.press("b")
    await expect(part(page, ".black")).to_be_visible()
    await expect(part(page, ".invite")).to_be_hidden()


async def test_a_search_that_finds_nothing_says_so_in_three_words(page: Page, address: str) -> None:
    await opened(page, "?slides=1&q=nothingofthekind")
    await expect(part(page, ".words")).to_have_text("No images here")
    await holds_to_the_scale(page)


async def test_the_gallery_opens_slides_of_the_search_and_of_what_is_selected(
    page: Page, address: str
) -> None:
    made_now = [make_images(address, f"a violet kite {n}")[0]["id"] for n in range(2)]
    await page.goto("/gallery?q=kite")
    await expect(page.locator("#gallery .total")).to_contain_text("2 of ")
    async with page.expect_popup() as opening:
        await page.keyboard.press("p")
    slides = await opening.value
    await expect(part(slides, ".caption .prompt")).to_have_text("a violet kite 1")
    assert slides.url.endswith("/stage?q=kite&slides=1")
    await slides.close()
    await page.locator('.cell[data-index="1"] .pick').click()
    async with page.expect_popup() as opening:
        await page.get_by_role("button", name="Play as slides").click()
    slides = await opening.value
    await expect(part(slides, ".caption .prompt")).to_have_text("a violet kite 0")
    assert slides.url.endswith(f"/stage?slides=1&ids={made_now[0]}")
    await slides.close()


async def test_a_kiosk_shows_what_was_approved_once_nothing_happens_and_returns_at_a_touch(
    page: Page, address: str
) -> None:
    start(address)
    await page.clock.install()
    await opened(page, "?kiosk=1")
    await scene(page, "lobby")
    first, second, _ = made(address, "a red fox", "a blue fox", "a secret")
    show(address, first)
    show(address, second)
    prompt = part(page, ".caption .prompt")
    await expect(prompt).to_have_text("a blue fox")
    await expect(part(page, ".line")).to_have_text("Scan to send your idea")
    await page.clock.fast_forward(90_100)
    await expect(part(page, ".line")).to_have_text("Send the next one")
    await page.clock.fast_forward(8_100)
    await expect(prompt).to_have_text("a red fox")
    await page.clock.fast_forward(8_100)
    await expect(prompt).to_have_text("a blue fox")
    await part(page, ".invite").click()
    await expect(part(page, ".line")).to_have_text("Scan to send your idea")


# --- an hour of it -------------------------------------------------------------------------------


async def test_many_hundred_pictures_leave_nodes_and_heap_as_they_were(
    page: Page, address: str
) -> None:
    start(address)
    ids = made(address, "a red fox", "a blue fox", "a green fox")
    for one in ids:
        show(address, one)
    await page.clock.install()
    await opened(page, "?slides=1&q=fox&seconds=2")
    await expect(part(page, ".scene-picture img")).to_be_visible()
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")

    async def held() -> tuple[float, float]:
        await session.send("HeapProfiler.collectGarbage")
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        found = {one["name"]: one["value"] for one in metrics}
        return found["Nodes"], found["JSHeapUsedSize"]

    async def swaps(count: int) -> None:
        image = part(page, ".scene-picture img")
        for _ in range(count):
            before = await image.get_attribute("src")
            await page.clock.fast_forward(2_050)
            await expect(image).not_to_have_attribute("src", before or "")

    await swaps(30)
    nodes, heap = await held()
    await swaps(300)
    after_nodes, after_heap = await held()
    assert after_nodes <= nodes + 20
    assert after_heap <= 1.1 * heap + 200_000
