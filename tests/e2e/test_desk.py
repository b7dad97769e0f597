"""The presenter's desk in a real browser: three clicks to the open door, then keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import program
from tests.e2e.desk_page import asked, let_in, planning, rows, waiting
from tests.e2e.looks import SIZES, clean
from tests.http.faults import FaultServer, good, raw, status
from tests.ui.fake_studio import FLUX, SDXL
from ui.language.chosen import COOKIE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("desk")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("desk") / "data") as url:
        yield url


async def test_three_clicks_lead_to_the_open_door(page: Page) -> None:
    await planning(page)
    await expect(page.locator(".sum")).to_contain_text("40 images at most, free.")
    await expect(page.locator(".sum")).to_contain_text("2 for each person: enough for 20 people.")
    await page.get_by_text("More settings").click()
    await page.get_by_label("Port for the phones").fill("0")
    await page.get_by_role("button", name="Start").click()
    async with page.expect_popup() as stage:
        await page.get_by_role("button", name="Open the stage").click()
    popup = await stage.value
    await popup.wait_for_url("**/stage")
    assert await popup.evaluate("name") == "stage"
    await expect(page.locator(".proof")).to_contain_text("Waiting for your phone")
    await page.get_by_role("button", name="Let people in").click()
    await expect(page.locator(".door-state")).to_have_text("Open · 0 people here")
    await expect(page.get_by_role("heading", level=2)).to_have_text("Open day")


async def test_what_cannot_be_started_is_said_at_its_field(browser: Browser, address: str) -> None:
    page = await browser.new_page(base_url=address)  # a refusal is a line in the browser's console
    await planning(page)
    start = page.get_by_role("button", name="Start")
    images = page.get_by_label("Images in all")
    await images.fill("many")
    await expect(page.get_by_role("alert")).to_have_text("Enter a whole number from 1 to 1,000.")
    await expect(images).to_have_attribute("aria-invalid", "true")
    await expect(start).to_be_disabled()
    await images.fill("5")
    await expect(page.locator(".sum")).to_contain_text("5 images at most")
    await expect(start).to_be_enabled()
    await page.close()


async def test_ideas_are_approved_and_pictures_shown_by_keys_alone(page: Page) -> None:
    await let_in(page)
    await waiting(page, "a lighthouse", "a red fox", "a castle")
    await expect(rows(page, "line")).to_have_count(3)
    await page.keyboard.press("ArrowDown")
    await expect(rows(page, "line").nth(1)).to_have_class("wish marked here")
    await page.keyboard.press("x")
    await expect(rows(page, "line")).to_have_count(2)
    await page.keyboard.press("ArrowUp")
    for left in (1, 0):
        await page.keyboard.press("a")
        await expect(rows(page, "line")).to_have_count(left)
    await expect(rows(page, "gate")).to_have_count(2)
    marked = page.locator(".desk-gate .marked .text")
    first = await marked.inner_text()  # whichever came first
    await page.keyboard.press("n")
    await expect(marked).not_to_have_text(first)
    second = await marked.inner_text()
    await page.keyboard.press("Enter")
    await expect(rows(page, "wall")).to_have_count(1)
    await expect(rows(page, "wall")).to_contain_text([second])
    await expect(rows(page, "wall")).to_contain_text(["On the stage"])
    await page.keyboard.press("z")
    await expect(rows(page, "wall")).to_have_count(0)
    await expect(rows(page, "gate")).to_have_count(2)


async def test_a_key_is_called_as_on_the_keyboards_of_the_language(
    page: Page, address: str
) -> None:
    await let_in(page)
    await asked(page, "/wishes", text="a lighthouse")
    await page.context.add_cookies([{"name": COOKIE, "value": "fr", "url": address}])
    await page.goto("/desk")
    show = page.locator(".desk-gate .marked .main")
    await expect(show.locator("kbd")).to_have_text("Entrée")
    await expect(show).to_have_attribute("aria-keyshortcuts", "Enter")


async def test_the_room_and_the_money_have_keys_too(page: Page) -> None:
    await let_in(page)
    await waiting(page, "a lighthouse")  # an empty room goes back to the check
    await expect(rows(page, "line")).to_have_count(1)
    await page.keyboard.press("+")
    await expect(page.locator(".used")).to_have_text("0 of 50 used")
    await page.keyboard.press("t")
    await expect(page.get_by_text("The next 10 ideas are approved by themselves.")).to_be_visible()
    await page.keyboard.press("t")
    await expect(page.get_by_role("button", name="Trust the next 10")).to_be_visible()
    code = page.locator(".code")
    former = await code.inner_text()
    await page.keyboard.press("c")
    await expect(code).not_to_have_text(former)
    await page.keyboard.press("d")
    await expect(page.locator(".door-state")).to_contain_text("Closed")
    await page.keyboard.press("d")
    await expect(page.locator(".door-state")).to_contain_text("Open")
    await page.keyboard.press("l")
    await expect(page.get_by_text("Start with the next group?")).to_be_visible()
    await page.keyboard.press("Escape")


@pytest.mark.parametrize("resting", [False, True])
async def test_on_a_small_screen_the_room_begins_where_the_ideas_do(
    page: Page, resting: bool
) -> None:
    await page.set_viewport_size({"width": 1024, "height": 768})
    await let_in(page)
    if resting:
        await asked(page, "/do", do="pause")
        await expect(page.get_by_text("You have paused")).to_be_visible()
    tops = await page.evaluate(
        """[".desk-line", ".side-column"].map(
            (part) => Math.round(document.querySelector(part).getBoundingClientRect().y))"""
    )
    assert tops[0] == tops[1] > 0
    if resting:
        await asked(page, "/do", do="resume")


async def test_a_key_that_is_typed_is_a_letter(page: Page) -> None:
    await let_in(page)
    await waiting(page, "a lighthouse")
    await expect(rows(page, "line")).to_have_count(1)
    await page.keyboard.press("e")
    field = page.get_by_label("Add by hand")
    await expect(field).to_be_focused()
    await page.keyboard.type("a box by a fez")
    await expect(field).to_have_value("a box by a fez")
    await expect(rows(page, "line")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(rows(page, "gate")).to_contain_text(["a box by a fez"])
    await expect(field).to_have_value("")
    black = page.get_by_role("button", name="Black screen")
    await expect(black).to_have_attribute("aria-pressed", "false")


async def test_after_an_idea_by_hand_the_keys_are_for_the_show_again(page: Page) -> None:
    await let_in(page)
    field = page.get_by_label("Add by hand")
    black = page.get_by_role("button", name="Black screen")
    await page.keyboard.press("e")
    await page.keyboard.type("a lighthouse")
    await page.keyboard.press("Enter")
    await expect(rows(page, "gate")).to_have_count(1)
    await expect(field).not_to_be_focused()
    await page.keyboard.press("b")
    await expect(black).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("e")
    await expect(field).to_be_focused()
    await page.evaluate(  # pressed twice; by hand that is sooner than a test can press
        """() => { for (const _ of [1, 2]) document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})) }"""
    )
    await expect(field).not_to_be_focused()
    await page.keyboard.press("b")
    await expect(black).to_have_attribute("aria-pressed", "false")
    await expect(rows(page, "wall")).to_have_count(0)


async def test_what_folds_at_the_side_leaves_enter_to_the_pictures(page: Page) -> None:
    await let_in(page)
    folded = page.locator("summary", has_text="Helper")
    await folded.click()
    await expect(page.locator("details", has=folded)).to_have_attribute("open", "")
    await asked(page, "/wishes", text="a lighthouse")
    await expect(rows(page, "gate")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(rows(page, "wall")).to_have_count(1)


async def test_a_button_pressed_by_mouse_is_not_what_enter_presses(page: Page) -> None:
    await let_in(page)
    await page.get_by_role("button", name="+10 images").click()
    await expect(page.locator(".used")).to_have_text("0 of 50 used")
    await asked(page, "/wishes", text="a lighthouse")
    await expect(rows(page, "gate")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(rows(page, "wall")).to_have_count(1)
    await expect(page.locator(".used")).to_have_text("1 of 50 used")


async def test_focus_stays_where_it_is_when_ideas_come_and_go(page: Page) -> None:
    await let_in(page)
    first, second = await waiting(page, "a lighthouse", "a red fox")
    button = rows(page, "line").nth(1).get_by_role("button", name="Approve")
    await button.focus()
    await waiting(page, "a castle")
    await expect(rows(page, "line")).to_have_count(3)
    await expect(page.locator(".announcer")).to_contain_text("3 ideas wait.")
    await asked(page, f"/wishes/{first}", do="refuse")
    await expect(rows(page, "line")).to_have_count(2)
    await expect(page.locator(f"[data-id='{second}'] button.main")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(rows(page, "line")).to_have_count(1)
    await expect(rows(page, "line").get_by_role("button", name="Approve")).to_be_focused()


async def test_black_reaches_the_stage_at_once_and_both_desks(page: Page) -> None:
    await let_in(page)
    other = await page.context.new_page()
    await other.goto("/desk")
    await other.evaluate(
        "() => { new BroadcastChannel('sentry-block-stage').onmessage = "
        "({ data }) => { document.body.dataset.told = JSON.stringify(data); } }"
    )
    await page.bring_to_front()
    await page.keyboard.press("b")
    for desk in (page, other):
        await desk.bring_to_front()
        await expect(desk.get_by_role("button", name="Black screen")).to_have_attribute(
            "aria-pressed", "true"
        )
    told = await other.evaluate("JSON.parse(document.body.dataset.told)")
    assert told == {"wall": False, "black": True, "frozen": False, "code": False}
    await other.keyboard.press("e")
    await other.keyboard.type("a red fox")
    await other.keyboard.press("Enter")
    await page.bring_to_front()
    await expect(rows(page, "gate")).to_contain_text(["a red fox"])
    await other.close()


async def test_a_key_is_none_while_something_is_asked(page: Page) -> None:
    await let_in(page)
    await page.get_by_role("button", name="Keep and end").click()
    await page.keyboard.press("b")
    await page.keyboard.press("Escape")
    await page.keyboard.press("w")
    wall, black = (page.get_by_role("button", name=name) for name in ("Wall", "Black screen"))
    await expect(wall).to_have_attribute("aria-pressed", "true")
    await expect(black).to_have_attribute("aria-pressed", "false")


async def test_the_last_shown_pictures_are_voted_on_by_a_key(page: Page) -> None:
    await let_in(page)
    await page.keyboard.press("v")
    await expect(page.locator(".toast")).to_contain_text("A vote needs two pictures")
    for text in ("a lighthouse", "a red fox"):
        await asked(page, "/wishes", text=text)
    await expect(rows(page, "gate")).to_have_count(2)
    for left in (1, 0):
        await page.keyboard.press("Enter")
        await expect(rows(page, "gate")).to_have_count(left)
    await page.keyboard.press("v")
    await expect(page.locator(".options li")).to_have_count(2)
    await expect(page.locator(".options")).to_contain_text("0 votes")
    await page.keyboard.press("v")
    await expect(page.locator(".desk-round")).to_contain_text("Closed: 0 votes.")


async def test_a_session_ends_after_a_question_and_its_images_are_found(page: Page) -> None:
    state = await let_in(page)
    await page.get_by_role("button", name="Keep and end").click()
    dialog = page.get_by_role("alertdialog")
    await expect(dialog).to_contain_text("Its images stay in the gallery")
    await dialog.get_by_role("button", name="Keep and end").click()
    await expect(page.get_by_role("heading", name="The session has ended")).to_be_focused()
    link = page.get_by_role("link", name="Its images in the gallery")
    assert (await link.get_attribute("href") or "").endswith(f"/gallery?session={state['id']}")
    await expect(page.get_by_role("button", name="Start")).to_be_enabled()


async def test_the_screen_stays_on_while_a_session_is_led(page: Page) -> None:
    await page.add_init_script(
        "Object.defineProperty(navigator, 'wakeLock', { value: { request: async () => {"
        " document.body.dataset.awake = 'yes'; return { released: false,"
        " release: async () => { document.body.dataset.awake = 'no'; } }; } } });"
    )
    await let_in(page)
    await expect(page.locator("body")).to_have_attribute("data-awake", "yes")
    await asked(page, "/do", do="end")
    await expect(page.locator("body")).to_have_attribute("data-awake", "no")


@SIZES
async def test_everybody_can_use_the_desk(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    width, height = size
    page = await browser.new_page(
        base_url=address, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    await planning(page)
    await clean(page, "the plan")
    await asked(page, "", title="Open day", model=FLUX, port=0, values={"width": 256})
    await expect(page.locator(".check-view")).to_be_visible()
    await clean(page, "the check")
    await asked(page, "/do", do="open")
    await asked(page, "/wishes", text="a lighthouse")
    await asked(page, "/wishes", text="a red fox")
    await expect(rows(page, "gate")).to_have_count(2)
    await page.keyboard.press("Enter")
    await expect(rows(page, "wall")).to_have_count(1)
    await waiting(page, "a castle", "a very long text " * 12)
    await asked(page, "/do", do="pause")
    await expect(rows(page, "line")).to_have_count(2)
    await clean(page, "under way")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) <= 0
    for card in await page.locator(".desk-body .rows > li").all():
        inside = "e => e.scrollHeight - e.clientHeight"
        assert await card.evaluate(inside) <= 0, "a card holds what is in it"
    await page.close()


# --- with a platform that misbehaves, and a program that ends -------------------------------------

UNPRICED = raw('{"status": "success", "data": {"models": []}}')


async def test_money_is_said_before_the_start_and_raised_in_place_and_a_401_lets_it_rest(
    browser: Browser, tmp_path: Path
) -> None:
    with FaultServer.in_thread() as platform, ExitStack() as running:
        platform.script_gets(UNPRICED)
        url = running.enter_context(program(tmp_path / "data", platform=platform.base_url))
        page = await browser.new_page(base_url=url)
        await page.goto("/desk")
        await page.get_by_label("Model").select_option(SDXL)
        await expect(page.locator(".sum")).to_contain_text("40 images at most, about $0.36 in all")
        await let_in(page, images=1, model=SDXL)
        platform.script(status(401), good(), good())
        await page.keyboard.press("e")
        await page.keyboard.type("a lighthouse")
        await page.keyboard.press("Enter")
        resting = page.locator(".alert:not(.bad)")
        await expect(resting).to_contain_text("key")
        await expect(rows(page, "under-way")).to_contain_text(["a lighthouse"])
        await resting.get_by_role("button", name="Go on").click()
        await expect(rows(page, "gate")).to_have_count(1)
        await expect(resting).to_be_hidden()
        await expect(page.locator(".used")).to_have_text("The 1 image is used.")
        more = page.locator(".desk-money button").first
        await expect(more).to_contain_text("+10 for $0.09")
        await more.press("Enter")
        await expect(page.locator(".used")).to_have_text("1 of 11 used")
        await page.close()


@pytest.mark.wide
async def test_what_failed_is_told_and_made_again_and_what_may_be_charged_says_so(
    browser: Browser, tmp_path: Path
) -> None:
    with FaultServer.in_thread() as platform, ExitStack() as running:
        platform.script_gets(UNPRICED)
        url = running.enter_context(program(tmp_path / "data", platform=platform.base_url))
        page = await browser.new_page(base_url=url)
        await let_in(page)
        platform.script(status(500), good())
        await asked(page, "/wishes", text="a lighthouse")
        wrong = rows(page, "wrong")
        await expect(wrong).to_contain_text(["may have been charged"])
        await wrong.get_by_role("button", name="Try again (may charge again)").click()
        await expect(rows(page, "gate")).to_have_count(1)
        await expect(wrong).to_have_count(0)
        await page.close()


@pytest.mark.wide
async def test_after_a_restart_the_desk_is_found_again_resting(
    browser: Browser, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with ExitStack() as first:
        url = first.enter_context(program(data, kill=True))
        page = await browser.new_page(base_url=url)
        await let_in(page)
        await asked(page, "/wishes", text="a lighthouse")
        await waiting(page, "a red fox")
        await expect(rows(page, "gate")).to_have_count(1)
        await expect(rows(page, "line")).to_have_count(1)
    await expect(page.locator(".connection")).to_be_visible()
    port = url.rsplit(":", 1)[1]
    with program(data, arguments=["--port", port]) as again:
        assert again == url
        await expect(page.locator(".connection")).to_be_hidden()
        await expect(page.locator(".alert:not(.bad)")).to_contain_text("Nothing was lost")
        await expect(page.locator(".door-state")).to_contain_text("Closed")
        await expect(rows(page, "line")).to_have_count(1)
        await page.reload()
        await expect(rows(page, "gate")).to_contain_text(["a lighthouse"])
        await page.get_by_role("button", name="Go on").first.click()
        await page.get_by_role("button", name="Let people in").click()
        await expect(page.locator(".door-state")).to_contain_text("Open")
        await page.close()


async def test_it_says_where_the_session_is_where_another_machine_has_it(page: Page) -> None:
    other = {"machine": "hall", "url": "http://10.0.0.7:7860/desk", "title": "Open day"}

    async def told(session: dict[str, str] | None) -> None:
        data = json.dumps({"here": "http://10.0.0.8:7860/desk", "session": session})
        body = f"retry: 60000\ndata: null\n\nevent: elsewhere\ndata: {data}\n\n"
        await page.unroute_all()
        await page.route(
            "**/api/session/events**",
            lambda route: route.fulfill(body=body, content_type="text/event-stream"),
        )
        await planning(page)

    said = page.locator(".elsewhere")
    await told(other)
    await expect(said).to_have_text("The session Open day is on the machine hall. Open its desk")
    link = said.get_by_role("link", name="Open its desk")
    await expect(link).to_have_attribute("href", "http://10.0.0.7:7860/desk")
    await told(None)
    await expect(said).to_contain_text("a session stays with the one that begins it")
    await expect(said.get_by_role("link")).to_have_attribute("href", "http://10.0.0.8:7860/desk")
    await page.unroute_all()
    await planning(page)
    await expect(said).to_be_hidden()
