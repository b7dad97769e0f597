"""The stage: one image for a room. From the viewer, from Create, by keys, mouse and fingers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e import create_page
from tests.e2e.calls import make_images
from tests.e2e.conftest import program, watched
from tests.e2e.gallery_page import cell, opened, shown
from tests.e2e.looks import clean
from tests.e2e.until import until
from tests.e2e.visits import Visits
from tests.http import faults as f

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("stage"),
]

LONG = "A harbour in the morning, oil on canvas" + ", with boats" * 120
HEBREW = "מגדלור בשעת בין ערביים"
PROMPTS = ["a short one", LONG, HEBREW, "w" * 300]
LACKS = (
    "delete Element.prototype.requestFullscreen; delete Element.prototype.webkitRequestFullscreen"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A program with four images, the first of PROMPTS the newest."""
    with program(tmp_path_factory.mktemp("stage") / "data") as url:
        for prompt in reversed(PROMPTS):
            make_images(url, prompt)
        yield url


def stage(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Full screen")


def viewer(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Image details")


def picture(page: Page) -> Locator:
    return stage(page).locator(".scene-picture img")


async def entered(page: Page, index: int = 0) -> None:
    """Open an image of the gallery and take it to the stage."""
    await opened(page)
    await shown(page, index)
    await cell(page, index).locator(".open").click()
    await expect(viewer(page).locator(".position")).to_have_text(f"Image {index + 1} of 4")
    await page.keyboard.press("f")
    await expect(picture(page)).to_have_attribute("alt", PROMPTS[index])


async def full(page: Page) -> bool:
    return bool(await page.evaluate("document.fullscreenElement !== null"))


# --- from the viewer -----------------------------------------------------------------------------


async def test_f_takes_the_viewers_image_to_the_whole_screen_and_escape_back(page: Page) -> None:
    await entered(page)
    await until(page, "document.fullscreenElement?.className.includes('scene')")
    box, window = await picture(page).bounding_box(), page.viewport_size
    assert box and window
    for side in ("width", "height"):
        assert window[side] >= box[side] >= 0.95 * window[side]  # type: ignore[literal-required]
    await expect(picture(page)).to_have_css("object-fit", "contain")
    await expect(stage(page).locator(".scene")).to_have_css("background-color", "rgb(0, 0, 0)")
    await page.keyboard.press("ArrowRight")
    await expect(picture(page)).to_have_attribute("alt", LONG)
    await page.keyboard.press("ArrowRight")
    await expect(picture(page)).to_have_attribute("alt", HEBREW)
    await page.keyboard.press("ArrowLeft")
    await expect(picture(page)).to_have_attribute("alt", LONG)
    await page.keyboard.press("Escape")
    await expect(stage(page)).to_have_count(0)
    await expect(viewer(page)).to_be_visible()
    await expect(viewer(page).locator(".position")).to_have_text("Image 2 of 4")
    await expect(page).to_have_url(re.compile(r"\?image=[0-9a-f]{32}$"))
    assert not await full(page)
    await page.keyboard.press("ArrowRight")  # the keys are the viewer's again
    await expect(viewer(page).locator(".position")).to_have_text("Image 3 of 4")
    await page.keyboard.press("Escape")
    await expect(cell(page, 2).locator(".open")).to_be_focused()


async def test_a_presenters_remote_and_the_buttons_walk_as_the_arrows_do(page: Page) -> None:
    await entered(page)
    for key, index in [("PageDown", 1), ("PageUp", 0), ("End", 3), ("Home", 0)]:
        await page.keyboard.press(key)
        await expect(picture(page)).to_have_attribute("alt", PROMPTS[index])
    await page.mouse.move(300, 300)
    await page.mouse.move(310, 310)
    await stage(page).get_by_role("button", name="Next image").click()
    await expect(stage(page).locator(".position")).to_have_text("Image 2 of 4")
    await stage(page).get_by_role("button", name="Close").click()
    await expect(stage(page)).to_have_count(0)
    await expect(viewer(page)).to_be_visible()


async def test_the_prompt_is_read_from_ten_metres(page: Page) -> None:
    await entered(page)
    words = stage(page).locator(".scene-words")
    await expect(words).to_be_hidden()
    await page.keyboard.press("p")
    for index, prompt in enumerate(PROMPTS):
        await expect(picture(page)).to_have_attribute("alt", prompt)
        await expect(words).to_have_text(prompt.strip())
        looks = await words.evaluate(
            "e => ({size: parseFloat(getComputedStyle(e).fontSize), dir: e.dir,"
            " over: e.scrollWidth - e.clientWidth, right: e.getBoundingClientRect().right,"
            " bottom: e.getBoundingClientRect().bottom, way: getComputedStyle(e).direction})"
        )
        assert looks["size"] >= 40 and looks["dir"] == "auto" and looks["over"] <= 0
        assert looks["right"] <= 1440 and looks["bottom"] <= 900
        assert looks["way"] == ("rtl" if prompt == HEBREW else "ltr")
        box = await picture(page).bounding_box()
        assert box and min(box["width"], box["height"]) > 300, "the picture stays"
        if index < len(PROMPTS) - 1:
            await page.keyboard.press("ArrowRight")
    await page.keyboard.press("p")
    await expect(words).to_be_hidden()


async def test_a_long_prompt_can_be_scrolled_by_keyboard(page: Page) -> None:
    await entered(page, 1)
    await page.keyboard.press("p")
    words = stage(page).locator(".scene-words")
    await expect(words).to_have_attribute("tabindex", "0")
    await page.keyboard.press("ArrowDown")
    await until(page, "document.querySelector('.scene-words').scrollTop > 0")
    await page.keyboard.press("p")


async def test_back_leaves_the_stage_alone_forward_and_a_reload_return_to_it(page: Page) -> None:
    await entered(page)
    await page.keyboard.press("ArrowRight")
    await expect(picture(page)).to_have_attribute("alt", LONG)
    await expect(page).to_have_url(re.compile(r"\?image=[0-9a-f]{32}&stage=1$"))
    await page.go_back()
    await expect(stage(page)).to_have_count(0)
    await expect(viewer(page).locator(".position")).to_have_text("Image 2 of 4")
    await page.go_forward()
    await expect(picture(page)).to_have_attribute("alt", LONG)
    await page.reload()
    await expect(picture(page)).to_have_attribute("alt", LONG)
    await page.keyboard.press("Escape")
    await expect(stage(page)).to_have_count(0)
    await expect(viewer(page).locator(".position")).to_have_text("Image 2 of 4")
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile(r"/gallery$"))


async def test_a_link_to_a_stage_without_an_image_opens_the_page_alone(page: Page) -> None:
    await page.goto("/gallery?stage=1")
    await expect(page).to_have_url(re.compile(r"/gallery$"))
    await expect(stage(page)).to_have_count(0)


async def test_without_full_screen_it_fills_the_window(page: Page) -> None:
    await page.add_init_script(LACKS)
    await entered(page)
    assert not await full(page)
    assert await stage(page).bounding_box() == {"x": 0, "y": 0, "width": 1440, "height": 900}
    await expect(stage(page).locator(".scene-bar button.whole")).to_be_hidden()
    await page.keyboard.press("f")  # where there is nothing to enlarge to, it leaves
    await expect(stage(page)).to_have_count(0)
    await expect(viewer(page)).to_be_visible()


@pytest.mark.wide
async def test_what_the_page_has_to_say_stays_beneath_the_stage(page: Page) -> None:
    await page.add_init_script(LACKS)
    await opened(page)
    await shown(page, 0)
    await cell(page, 0).locator(".open").click()
    await expect(viewer(page).locator(".position")).to_have_text("Image 1 of 4")
    await page.keyboard.press("f")
    await expect(picture(page)).to_be_visible()
    # A note as toast() puts it: into the dialog in front.
    await page.evaluate(
        "document.querySelector('.theatre').insertAdjacentHTML('beforeend',"
        " '<section class=toasts><div class=toast>Something failed</div></section>')"
    )
    covered = await page.evaluate(
        "(() => { const b = document.querySelector('.theatre .toast').getBoundingClientRect();"
        " return document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)"
        ".closest('.toast') === null; })()"
    )
    assert covered


async def test_mouse_and_bar_go_when_nothing_is_done_and_come_back_with_a_move(page: Page) -> None:
    await entered(page)
    scene, bar = stage(page).locator(".scene"), stage(page).locator(".scene-bar")
    await page.mouse.move(500, 500)
    await page.mouse.move(520, 500)
    assert await scene.evaluate("e => getComputedStyle(e).cursor") != "none"
    await expect(scene).to_have_css("cursor", "none", timeout=10_000)
    await expect(bar).to_have_css("opacity", "0")
    await page.mouse.move(540, 520)
    await expect(bar).to_have_css("opacity", "1")
    assert await scene.evaluate("e => getComputedStyle(e).cursor") != "none"
    await scene.evaluate("e => e.classList.add('resting')")
    await page.keyboard.press("Tab")  # who comes by keyboard sees where they are
    await expect(bar).to_have_css("opacity", "1")


@pytest.mark.wide
async def test_a_missing_file_leaves_no_sign_of_it(page: Page) -> None:
    # As an answer of 404 does; that one the browser would log as an error.
    await page.route(
        re.compile(r":\d+/images/"), lambda r: r.fulfill(body="", content_type="image/png")
    )
    await entered(page)
    await expect(picture(page)).to_have_class("missing")
    background = await picture(page).evaluate("e => getComputedStyle(e).backgroundImage")
    assert "/thumbs/" in background
    await expect(stage(page).locator("[role=alert]")).to_have_count(0)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844), (844, 390)])
async def test_axe_finds_nothing_and_all_fits(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await entered(page)
    await clean(page, "stage")
    await page.keyboard.press("p")
    await clean(page, "stage with prompt")
    for part in await stage(page).locator(".scene-bar button:visible").all():
        box = await part.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= size[0]
        assert box["width"] >= 44 and box["height"] >= 44
    await page.keyboard.press("p")


@pytest.mark.wide
async def test_in_high_contrast_it_is_black_and_what_is_pressed_differs(page: Page) -> None:
    await page.emulate_media(forced_colors="active", color_scheme="light")
    await entered(page)
    await expect(stage(page).locator(".scene")).to_have_css("background-color", "rgb(0, 0, 0)")
    fill = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    button = stage(page).locator("button.prompt")
    before = await button.evaluate(fill)
    await page.keyboard.press("p")
    await expect(button).to_have_attribute("aria-pressed", "true")
    after = await button.evaluate(fill)
    assert before[0] != after[0] and after[0] != after[1] and before[0] != before[1]
    await page.keyboard.press("p")


async def test_by_fingers_a_stroke_walks_and_a_tap_shows_and_hides_the_bar(
    browser: Browser, address: str
) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=address
    )
    page = await context.new_page()
    await opened(page)
    await shown(page, 0)
    await cell(page, 0).locator(".open").tap()
    await viewer(page).get_by_role("button", name="Full screen").tap()
    await expect(picture(page)).to_have_attribute("alt", PROMPTS[0])
    session = await context.new_cdp_session(page)

    async def stroke(*places: int) -> None:
        for kind, x in [("touchStart", places[0]), *(("touchMove", x) for x in places[1:])]:
            touched = [{"x": x, "y": 420}]
            await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})
        await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    await stroke(300, 260, 180, 120)
    await expect(picture(page)).to_have_attribute("alt", LONG)
    await stroke(120, 180, 260, 300)
    await expect(picture(page)).to_have_attribute("alt", PROMPTS[0])
    scene = stage(page).locator(".scene")
    await scene.evaluate("e => e.classList.add('resting')")
    await page.touchscreen.tap(195, 500)
    await expect(scene).not_to_have_class(re.compile("resting"))
    await page.touchscreen.tap(195, 500)
    await expect(scene).to_have_class(re.compile("resting"))
    # What is not seen is not pressed: Close stands there.
    close = await stage(page).locator("button.close").bounding_box()
    assert close
    await page.touchscreen.tap(close["x"] + 20, close["y"] + 20)
    await expect(scene).not_to_have_class(re.compile("resting"))
    await page.touchscreen.tap(close["x"] + 20, close["y"] + 20)
    await expect(stage(page)).to_have_count(0)
    await context.close()


# --- on Create -----------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def serving() -> AsyncIterator[f.FaultServer]:
    async with f.FaultServer() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def platform(serving: f.FaultServer) -> AsyncIterator[f.FaultServer]:
    """The platform, which answers when it is told to; what a test has left there is answered."""
    yield serving
    serving.release()


@pytest.fixture(scope="module")
def creating(serving: f.FaultServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("shown") / "data", platform=serving.base_url) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def create(visits: Visits, creating: str) -> AsyncIterator[Page]:
    async with visits.page(creating) as page:
        _, errors = watched(page, creating)
        await create_page.opened(page)
        yield page
    assert errors == []


async def test_on_create_it_follows_what_is_made_and_tells_no_failure(
    create: Page, platform: f.FaultServer
) -> None:
    await create.get_by_role("button", name="Full screen").click()
    await expect(stage(create).get_by_text("Images appear here as they are made.")).to_be_visible()
    await create.keyboard.press("Escape")
    await expect(stage(create)).to_have_count(0)
    await expect(create.get_by_role("button", name="Full screen")).to_be_focused()

    platform.hold()
    platform.script(f.held(f.good()))
    await create_page.generate(create, "the first of the evening")
    await create.get_by_role("button", name="Full screen").click()
    mark = stage(create).locator(".scene-making")
    await expect(mark).to_have_text("Making an image")
    platform.release()
    await expect(picture(create)).to_have_attribute("alt", "the first of the evening")
    await expect(mark).to_have_text("")

    other = await create.context.new_page()
    await create_page.opened(other)
    await create_page.count_of(other, 2)
    platform.hold()
    platform.script(f.held(f.good(f.png(colour=0x993300))), f.held(f.status(500, "a broken pipe")))
    await create_page.generate(other, "from another tab")
    await expect(mark).to_have_text("Making 2 images")
    platform.release()
    await expect(picture(create)).to_have_attribute("alt", "from another tab")
    await expect(mark).to_have_text("")
    await expect(stage(create)).not_to_contain_text(re.compile("pipe|charged|No image"))
    await expect(stage(create).locator(".position")).to_have_text("Image 1 of 2")

    # Who went back keeps the older one, and the newest is a press away.
    await create.keyboard.press("ArrowRight")
    await expect(picture(create)).to_have_attribute("alt", "the first of the evening")
    await create_page.count_of(other, 1)
    await create_page.generate(other, "one more")
    await expect(stage(create).locator(".position")).to_have_text("Image 3 of 3")
    await expect(picture(create)).to_have_attribute("alt", "the first of the evening")
    await other.close()
    await create.mouse.move(400, 400)
    await create.mouse.move(420, 400)
    await stage(create).get_by_role("button", name="Newest image").click()
    await expect(picture(create)).to_have_attribute("alt", "one more")
    await create.keyboard.press("Escape")
    await expect(create).to_have_url(re.compile("/$"))


async def test_f_is_a_letter_in_the_prompt_and_a_key_outside_of_it(
    create: Page, platform: f.FaultServer
) -> None:
    batch = await create_page.generate(create, "one of the results")
    await create_page.landed(batch)
    field = create.locator("#prompt textarea")
    await field.fill("")
    await field.press("f")
    await expect(field).to_have_value("f")
    await expect(stage(create)).to_have_count(0)
    await batch.locator("button.frame").focus()
    await create.keyboard.press("f")
    await expect(picture(create)).to_have_attribute("alt", "one of the results")
    await create.reload()
    await expect(picture(create)).to_have_attribute("alt", "one of the results")
    await create.keyboard.press("Escape")
    await expect(create).to_have_url(re.compile("/$"))


async def test_from_the_viewer_on_create_it_follows_too_and_the_viewer_is_there_after(
    create: Page, platform: f.FaultServer
) -> None:
    batch = await create_page.generate(create, "large first")
    await create_page.landed(batch)
    platform.hold()
    platform.script(f.held(f.good()))
    await create_page.generate(create, "made meanwhile")
    await create.locator(".batch", has_text="large first").locator("button.frame").click()
    await viewer(create).get_by_role("button", name="Full screen").click()
    await expect(picture(create)).to_have_attribute("alt", "large first")
    platform.release()
    await expect(picture(create)).to_have_attribute("alt", "made meanwhile")
    await create.keyboard.press("Escape")
    await expect(stage(create)).to_have_count(0)
    await expect(viewer(create).locator(".prompt")).to_have_text("large first")
