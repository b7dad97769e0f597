"""The settings page in a real browser: pasting, testing and saving, in effect without a restart.

The platform is a server of ours that counts what it gets. The key goes in, is kept in one file of
mode 0600 and sent to the platform, and never comes back to the browser.
"""

from __future__ import annotations

import re
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Error, Locator, Page, Response, expect

from backend.settings.change import SettingsChange, apply
from backend.settings.load import Settings
from tests.e2e.conftest import program
from tests.e2e.create_page import told_the_deal
from tests.e2e.looks import SIZES, clean
from tests.e2e.visits import Visits
from tests.http import faults as f

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("settings-page"),
]

KEY = "ak_pasted-in-the-page-0123456789"


@dataclass
class Watched:
    """What a browser received and said: bodies of all answers, errors that nobody expects."""

    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def keep(self, response: Response) -> None:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return
        if response.status not in (204, 303, 304):
            with suppress(Error):  # of a page that was left meanwhile
                self.bodies.append((response.url, await response.body()))


@dataclass
class Started:
    """The program with its folder, whose .env it reads and writes."""

    url: str
    folder: Path
    platform_url: str = ""

    @property
    def env(self) -> Path:
        return self.folder / ".env"


@pytest.fixture(scope="module")
def platform() -> Iterator[f.FaultServer]:
    with f.FaultServer.in_thread() as server:
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A program without a key that no test saves anything in."""
    folder = tmp_path_factory.mktemp("settings")
    with program(folder / "data", provider="auto") as url:
        yield Started(url, folder)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A program that finds what the page has saved earlier, and that tests save more in."""
    folder = tmp_path_factory.mktemp("saved")
    with f.FaultServer.in_thread() as server:
        earlier = SettingsChange(server.base_url, KEY, requests_per_minute="5")
        apply(Settings(folder / "data", folder / ".env"), earlier, {})
        with program(folder / "data", provider="auto") as url:
            yield Started(url, folder, server.base_url)


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, shared: Started, watched: Watched) -> AsyncIterator[Page]:
    async with visits.page(shared.url) as page:
        page.on("response", watched.keep)
        page.on("pageerror", lambda error: watched.errors.append(str(error)))
        page.on("console", lambda m: watched.errors.append(m.text) if m.type == "error" else None)
        yield page
    # 422 is how our own routes refuse; Chromium logs each of those.
    assert [error for error in watched.errors if "422" not in error] == []


async def opened(page: Page, url: str) -> None:
    await page.goto(f"{url}/settings?__theme=light")
    await expect(page.locator("#setup-tier option")).to_have_count(5)


def example(url: str, key: str = KEY) -> str:
    return (
        f"curl --request POST '{url}/images/generation' \\\n"
        f"  --header 'Authorization: Bearer {key}' \\\n"
        "  --header 'Content-Type: application/json' --data '{\"prompt\": \"a cat\"}'"
    )


def said(page: Page) -> Locator:
    return page.locator("#setup .said")


def found(page: Page) -> Locator:
    """What was read out of the paste."""
    return page.locator("#setup .found")


async def refused_at(page: Page, name: str) -> str:
    """Return what is said at a field, which must be marked and have the focus."""
    block = page.locator("#setup .field", has=page.locator(f"#setup-{name}"))
    await expect(block.locator(".field-error")).to_be_visible()
    await expect(page.locator(f"#setup-{name}")).to_be_focused()
    await expect(page.locator(f"#setup-{name}")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#setup .field-error")).to_have_count(1)
    return await block.locator(".field-error").inner_text()


async def test_pasted_tested_and_saved_it_is_in_effect_without_a_restart(
    page: Page, platform: f.FaultServer, tmp_path: Path, watched: Watched
) -> None:
    first = len(platform.requests)
    here = Started("", tmp_path)
    with program(tmp_path / "data", provider="auto") as url:
        await opened(page, url)
        await expect(page.locator(".notice").first).to_be_visible()
        await expect(page.locator(".notice .how")).to_be_hidden()  # it would lead here
        await page.locator("#setup-pasted").fill(example(platform.base_url))
        await expect(page.locator("#setup-api_url")).to_have_value(platform.base_url)
        await expect(found(page)).to_have_text(
            f"Key found: ak_…789, for the address {platform.base_url}. Press Test, then Save."
        )
        placeholder = "Key found: ak_…789"
        await expect(page.locator("#setup-api_key")).to_have_attribute("placeholder", placeholder)
        await page.locator("#setup-test").click()
        await expect(said(page)).to_have_text("It works: 2 image models, and a balance of $12.345.")
        asked = platform.requests[first:]
        assert [r.method for r in asked] == ["GET", "GET"]
        assert {r.headers["authorization"] for r in asked} == {f"Bearer {KEY}"}
        assert not here.env.exists(), "a test keeps nothing"

        await page.locator("#setup-requests_per_day").fill("7")
        await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
        await expect(said(page)).to_have_text("Saved. It applies from now on.")
        await expect(page.get_by_role("link", name="Create your first image")).to_be_visible()
        assert stat.S_IMODE(here.env.stat().st_mode) == 0o600
        kept = here.env.read_text()
        for line in (KEY, platform.base_url, "SENTRY_BLOCK_KEY_HOST", "PLAYGROUND_REQUESTS_PER_DA"):
            assert line in kept
        await expect(page.locator(".mode")).to_have_text("127.0.0.1")
        await expect(page.locator(".notice").first).to_be_hidden()
        await expect(page.locator("#setup-api_key")).to_have_value("")
        await expect(page.locator("#setup-pasted")).to_have_value("")
        await expect(page.locator("#setup .used")).to_have_text(
            "Used so far: 0 requests today, 7 left."
        )
        values = "[...document.querySelectorAll('input, textarea, select')].map((i) => i.value)"
        assert KEY not in await page.content() and KEY not in str(await page.evaluate(values))

        await page.get_by_role("link", name="Create your first image").click()
        await told_the_deal(page)
        await page.locator("#prompt textarea").fill("a cat with a key")
        await page.locator("#prompt textarea").press("Enter")
        await expect(page.locator('.card[data-state="saved"] img')).to_have_count(1)
        assert [r.headers["authorization"] for r in platform.requests if r.method == "POST"] == [
            f"Bearer {KEY}"
        ]
        await expect(page.locator("#balance")).to_contain_text("Left today: 6 requests")
        await page.goto("about:blank")  # else the end of the program cuts its streams
    ours = {where.split("/", 3)[3] for where, body in watched.bodies if body}
    assert {
        "settings?__theme=light",
        "api/setup",
        "api/setup/read",
        "api/setup/test",
        "api/status",
    } <= ours
    assert [where for where, body in watched.bodies if KEY.encode() in body] == []


async def test_what_was_saved_is_shown_after_a_start_and_the_key_stays_with_its_address(
    page: Page, saved: Started, watched: Watched
) -> None:
    kept = saved.env.read_text()
    await opened(page, saved.url)
    await expect(page.locator(".mode")).to_have_text("127.0.0.1")
    await expect(page.locator("#setup-api_url")).to_have_value(saved.platform_url)
    await expect(page.locator("#setup-requests_per_minute")).to_have_value("5")
    placeholder = re.compile("A key is saved")
    await expect(page.locator("#setup-api_key")).to_have_attribute("placeholder", placeholder)
    await page.locator("#setup-api_url").fill(saved.platform_url.replace("127.0.0.1", "localhost"))
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    assert "belongs to another address" in await refused_at(page, "api_key")
    assert saved.env.read_text() == kept
    assert [where for where, body in watched.bodies if KEY.encode() in body] == []


async def test_wrong_key_is_told_in_words_and_nothing_is_saved(
    page: Page, platform: f.FaultServer, shared: Started
) -> None:
    platform.script_gets(f.status(401, "Invalid API key"))
    await opened(page, shared.url)
    await page.locator("#setup-pasted").fill(example(platform.base_url, "ak_wrong-key-0123"))
    await page.locator("#setup-test").click()
    await expect(said(page)).to_contain_text("401")
    await expect(said(page)).to_contain_text("Invalid API key")
    await expect(said(page)).to_have_class(re.compile("bad"))
    await expect(page.locator(".mode")).to_have_text("Sample engine")
    assert not shared.env.exists()


REFUSED = (
    ("api_url", "http://api.example.com/v1", "must begin with https://"),
    ("api_url", "somewhere", "not a web address"),
    ("api_key", "ak_with a blank", "a character that no key has"),
    ("api_key", "", "There is no API key yet."),
)


@pytest.mark.parametrize("button", ["Test", "Save"])
async def test_a_refusal_stands_at_its_field_and_nothing_is_sent_or_saved(
    page: Page, platform: f.FaultServer, shared: Started, button: str
) -> None:
    sent = len(platform.requests)
    await opened(page, shared.url)
    for name, value, says in REFUSED:
        await page.locator("#setup-api_url").fill(platform.base_url)
        await page.locator("#setup-api_key").fill(KEY)
        await page.locator(f"#setup-{name}").fill(value)
        await page.locator("#setup").get_by_role("button", name=button, exact=True).first.click()
        await expect(page.locator("#setup .field-error")).to_contain_text(says)
        await refused_at(page, name)
        assert len(platform.requests) == sent and not shared.env.exists()


async def test_limits_that_are_no_numbers_are_refused_and_zero_is_no_limit(
    page: Page, saved: Started
) -> None:
    kept = saved.env.read_text()
    await opened(page, saved.url)
    await page.locator("#setup-dollars_per_day").fill("two")
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    assert "must be an amount" in await refused_at(page, "dollars_per_day")
    assert saved.env.read_text() == kept
    await page.locator("#setup-dollars_per_day").fill("2.50")
    await page.locator("#setup-requests_per_day").fill("0")
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    used = page.locator("#setup .used")
    told = "Used so far: 0 requests today; about $0.00 spent, $2.50 left."
    await expect(used).to_have_text(told)
    await expect(page.locator("#setup .field-error")).to_have_count(0)
    await page.reload()
    await expect(used).to_have_text(told)
    await expect(page.locator("#setup-requests_per_day")).to_have_value("0")
    await expect(page.locator("#setup-dollars_per_day")).to_have_value("2.50")


async def test_everything_is_reached_by_keyboard_and_enter_saves(
    page: Page, saved: Started
) -> None:
    await opened(page, saved.url)
    await page.locator(".bar .language select").focus()
    reached = []
    for _ in range(11):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.id || 'button'"))
    names = ["tier", "requests_per_minute", "requests_per_day", "dollars_per_day"]
    names += ["experiment_sends", "test"]
    before = [f"setup-{name}" for name in ("pasted", "api_url", "api_key")]
    remove, save = "button", "button"
    assert reached == [*before, remove, *(f"setup-{name}" for name in names), save]
    await page.locator("#setup-pasted").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type(saved.platform_url)
    await page.keyboard.press("Tab")
    await page.keyboard.type("ak_typed-0123456789")
    await page.keyboard.press("Enter")
    await expect(said(page)).to_have_text("Saved. It applies from now on.")
    assert "ak_typed-0123456789" in saved.env.read_text()


async def test_save_without_anything_entered_says_what_is_in_force(
    page: Page, saved: Started
) -> None:
    kept = saved.env.read_text()
    await opened(page, saved.url)
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    await expect(said(page)).to_contain_text("Nothing was entered, so nothing has changed.")
    await expect(said(page)).to_contain_text("In force: 127.0.0.1 with the saved key, at most ")
    await expect(page.locator("#setup .next")).to_be_hidden()
    assert saved.env.read_text() == kept
    await page.locator("#setup-requests_per_minute").fill("6")
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    await expect(said(page)).to_have_text("Saved. It applies from now on.")
    await expect(page.locator("#setup .next")).to_have_text("Create an image")


async def test_what_is_saved_after_its_test_failed_is_not_praised(
    page: Page, saved: Started
) -> None:
    await opened(page, saved.url)
    await page.locator("#setup-api_url").fill("http://127.0.0.1:9")
    await page.locator("#setup-api_key").fill(KEY)
    await page.locator("#setup-test").click()
    await expect(page.locator("#setup")).to_contain_text("refused the connection")
    save = page.locator("#setup").get_by_role("button", name="Save", exact=True).first
    await save.click()
    await expect(said(page)).to_have_text(
        "Saved, although the test failed: until that is put right no image comes."
    )
    await expect(page.locator("#setup .next")).to_be_hidden()
    await page.locator("#setup-api_url").fill(saved.platform_url)
    await page.locator("#setup-api_key").fill(KEY)
    await save.click()
    await expect(said(page)).to_have_text("Saved. It applies from now on.")


async def test_a_saved_key_can_be_removed_and_the_sample_engine_answers_again(
    page: Page, saved: Started
) -> None:
    kept = saved.env.read_text()
    await opened(page, saved.url)
    await page.get_by_role("button", name="Remove the key", exact=True).click()
    question = page.get_by_role("alertdialog", name="Remove the key?")
    await question.get_by_role("button", name="Cancel").click()
    assert saved.env.read_text() == kept
    await page.get_by_role("button", name="Remove the key", exact=True).click()
    await question.get_by_role("button", name="Remove the key").click()
    await expect(said(page)).to_have_text(
        "The key is removed. In force: the sample engine, which needs no key."
    )
    await expect(page.locator("#setup-api_key")).to_be_focused()
    await expect(page.locator("#setup-api_key")).to_have_attribute("placeholder", "")
    await expect(page.get_by_role("button", name="Remove the key", exact=True)).to_be_hidden()
    assert "ak_" not in saved.env.read_text() and saved.platform_url in saved.env.read_text()
    await opened(page, saved.url)
    await expect(page.locator(".notice").first).to_contain_text("no key is set")
    await expect(page.locator(".notice.told")).to_have_count(0)
    await page.locator("#setup-api_key").fill(KEY)
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    await expect(said(page)).to_have_text("Saved. It applies from now on.")


async def test_an_address_that_was_emptied_and_is_kept_is_not_told_as_saved(
    page: Page, saved: Started
) -> None:
    await opened(page, saved.url)
    await expect(page.locator("#setup-api_url")).to_have_value(saved.platform_url)
    await page.locator("#setup-api_url").fill("")
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    await expect(said(page)).to_contain_text("nothing has changed. In force: 127.0.0.1")
    await expect(page.locator("#setup-api_url")).to_have_value(saved.platform_url)
    await expect(page.locator("#setup .next")).to_be_hidden()


async def test_a_refusal_calls_its_field_by_its_label_and_stays_in_its_box(
    page: Page, saved: Started
) -> None:
    await opened(page, saved.url)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.locator("#setup-dollars_per_day").fill("abc" * 500)
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    told = await refused_at(page, "dollars_per_day")
    assert told.startswith("US dollars a day is 'abcabc") and "PLAYGROUND" not in told
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_test_and_save_are_in_sight_and_the_address_leads_to_a_field(
    page: Page, shared: Started
) -> None:
    await opened(page, shared.url)
    for name in ("Test", "Save"):
        await expect(
            page.locator("#setup").get_by_role("button", name=name, exact=True).first
        ).to_be_in_viewport(ratio=1)
    for name in ("api_key", "requests_per_day", "test"):
        await page.goto("about:blank")
        await page.goto(f"{shared.url}/settings#setup-{name}")
        await expect(page.locator(f"#setup-{name}")).to_be_focused()
        await expect(page.locator(f"#setup-{name}")).to_be_in_viewport(ratio=1)
    await page.evaluate("location.hash = 'setup-api_url'")
    await expect(page.locator("#setup-api_url")).to_be_focused()


@SIZES
async def test_axe_finds_no_violation(page: Page, shared: Started, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await opened(page, shared.url)
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for name in ("", "http://api.example.com"):  # as it is opened, then with a refusal
        if name:
            await page.locator("#setup-api_url").fill(name)
            await (
                page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
            )
            await refused_at(page, "api_url")
        await clean(page, f"settings {name}")


async def test_what_a_browser_fills_in_is_left_out_and_the_key_stays(
    page: Page, saved: Started
) -> None:
    """A saved login: its name taken for the address, its password for the key."""
    kept = saved.env.read_text()
    await opened(page, saved.url)
    await expect(page.locator("#setup-api_url")).to_have_value(saved.platform_url)
    fill = """([id, value, told]) => {
        const field = document.getElementById(id);
        field.value = value;
        if (told) field.dispatchEvent(new Event(told, { bubbles: true }));
    }"""
    for told in ("input", "change", ""):
        await page.evaluate(fill, ["setup-api_url", "jane", told])
        await page.evaluate(fill, ["setup-api_key", "her-password", told])
        if told:
            await expect(page.locator("#setup-api_key")).to_have_value("")
            await expect(page.locator("#setup-api_url")).to_have_value(saved.platform_url)
        await page.locator("#setup-requests_per_day").fill(
            f"9{len(told)}"
        )  # something new each time
        await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
        await expect(said(page)).to_contain_text("Saved.")
        await expect(page.locator("#setup-api_key")).to_have_value("")
    await expect(said(page)).to_contain_text("your browser filled in", ignore_case=True)
    now = saved.env.read_text()
    assert "her-password" not in now and "jane" not in now
    assert [line for line in now.splitlines() if "API" in line or "KEY" in line] == [
        line for line in kept.splitlines() if "API" in line or "KEY" in line
    ]


async def test_no_field_looks_like_a_login(page: Page, shared: Started) -> None:
    await opened(page, shared.url)
    for entry in await page.locator("#setup :is(input:not([type=checkbox]), textarea)").all():
        assert await entry.get_attribute("name") is None
        assert await entry.get_attribute("autocomplete") in ("off", "new-password")
        assert await entry.get_attribute("data-1p-ignore") is not None


async def test_a_text_with_nothing_in_it_looks_like_no_find(page: Page, shared: Started) -> None:
    await opened(page, shared.url)
    colour = "(line) => getComputedStyle(line).color"
    await page.locator("#setup-pasted").fill("hello")
    await expect(found(page)).to_have_text("Neither an address nor a key was found in this.")
    refused = await found(page).evaluate(colour)
    await page.locator("#setup-pasted").fill(example("https://api.example/v1"))
    await expect(found(page)).to_contain_text("Key found")
    assert await found(page).evaluate(colour) != refused


async def test_what_is_pasted_takes_back_what_was_said_of_the_fields_it_fills(
    page: Page, shared: Started
) -> None:
    await opened(page, shared.url)
    for name, text in (("api_url", "hello"), ("api_key", "https://api.example/v1")):
        await page.locator("#setup-pasted").fill(text)
        await page.locator("#setup-test").click()
        await refused_at(page, name)
        await page.locator("#setup-pasted").fill(example("https://api.example/v1"))
        await expect(page.locator(f"#setup-{name}-error")).to_have_count(0)
        await expect(page.locator(f"#setup-{name}")).not_to_have_attribute("aria-invalid", "true")


async def test_a_stand_in_for_the_key_is_said_and_not_taken(page: Page, shared: Started) -> None:
    await opened(page, shared.url)
    url = "https://api.example/v1"
    await page.locator("#setup-pasted").fill(example(url, "$API_KEY"))
    await expect(found(page)).to_contain_text("paste your key below")
    await page.locator("#setup-test").click()
    assert "There is no API key yet." in await refused_at(page, "api_key")
    await page.locator("#setup-api_key").fill("YOUR_API_KEY")
    await page.locator("#setup-test").click()
    assert "is no key" in await refused_at(page, "api_key")


async def test_a_comma_in_an_amount_is_read(page: Page, saved: Started) -> None:
    await opened(page, saved.url)
    await page.locator("#setup-dollars_per_day").fill("3,50")
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    await expect(page.locator("#setup .used")).to_contain_text("$3.50 left")


async def test_enter_that_ends_a_composition_saves_nothing(page: Page, saved: Started) -> None:
    await opened(page, saved.url)
    posts: list[str] = []
    page.on("request", lambda r: posts.append(r.url) if r.method == "POST" else None)
    prevented = await page.evaluate(
        """() => {
            const told = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true };
            const field = document.getElementById("setup-requests_per_day");
            return !field.dispatchEvent(new KeyboardEvent("keydown", told));
        }"""
    )
    assert prevented and posts == []
