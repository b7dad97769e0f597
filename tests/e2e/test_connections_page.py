"""Further connections on the settings page: added by keyboard, used in the form, removed again."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import program
from tests.e2e.looks import PHONE, SIZES, clean
from tests.e2e.visits import Visits
from tests.http import faults as f

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("connections-page"),
]


class Home(f.FaultServer):
    """A Stable Diffusion server with one model."""

    def choose(self, request: f.Received) -> f.Fault:
        if request.path.endswith("/sd-models"):
            return f.raw(json.dumps([{"title": "dream", "hash": "a1b2c3d4e5f6"}]))
        if request.path.endswith("/samplers"):
            return f.raw(json.dumps([{"name": "Euler"}, {"name": "Heun"}]))
        if request.path.endswith("/schedulers"):
            return f.raw("[]")
        picture = base64.b64encode(f.png(64, 64)).decode()
        return f.raw(json.dumps({"images": [picture], "info": ""}))


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with Home.in_thread() as server:
        yield server


class Many(Home):
    """One with as many models as people collect."""

    def choose(self, request: f.Received) -> f.Fault:
        if request.path.endswith("/sd-models"):
            return f.raw(json.dumps([{"title": f"model-{number}"} for number in range(60)]))
        return super().choose(request)


@pytest.fixture(scope="module")
def many() -> Iterator[Many]:
    with Many.in_thread() as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("connections")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with program(folder / "data") as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, url: str) -> AsyncIterator[Page]:
    errors: list[str] = []
    async with visits.page(url) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert errors == []


async def opened(page: Page, url: str) -> Locator:
    await page.goto(f"{url}/settings")
    panel = page.locator("#connections")
    await expect(panel.get_by_role("button", name="Add")).to_be_visible()
    await expect(panel.locator("option")).not_to_have_count(0)
    return panel


async def added(panel: Locator, home: Home, name: str) -> None:
    """Add a connection by keyboard alone."""
    await panel.get_by_label("Kind").select_option("a1111")
    await panel.get_by_label("Name of the connection").fill(name)
    await panel.page.keyboard.press("Tab")
    await panel.page.keyboard.press("ControlOrMeta+a")
    await panel.page.keyboard.type(f"http://127.0.0.1:{home.port}")
    await panel.page.keyboard.press("Enter")
    await expect(row(panel, name)).to_be_visible()


@contextmanager
def connected(url: str, home: Home, name: str) -> Iterator[None]:
    """Have the server as a connection of this name for a while."""
    given = {"name": name, "kind": "a1111", "api_url": f"http://127.0.0.1:{home.port}"}
    answer = httpx.post(f"{url}/api/connections", json={"do": "add", **given}, timeout=60)
    assert answer.status_code == 200, answer.text
    try:
        yield
    finally:
        httpx.post(f"{url}/api/connections/{name}", json={"do": "remove"}, timeout=60)


def row(panel: Locator, name: str) -> Locator:
    return panel.locator("li").filter(has=panel.page.get_by_text(name, exact=True))


async def test_a_connection_is_tested_added_used_changed_and_removed(
    page: Page, url: str, home: Home
) -> None:
    panel = await opened(page, url)
    await panel.get_by_label("Kind").select_option("a1111")
    await panel.get_by_label("Name of the connection").fill("home")
    await panel.get_by_label("Address").fill(f"http://127.0.0.1:{home.port}")
    await panel.get_by_role("button", name="Test").click()
    await expect(panel.locator(".answer")).to_have_text("It works: 1 image model.")
    await expect(panel.locator("li")).to_have_count(0)

    await added(panel, home, "home")
    await expect(panel.locator(".answer")).to_have_text("Saved. Its models are in the form.")
    await expect(row(panel, "home")).to_contain_text("1 model.")
    wanted = {"model": "home/dream#a1b2c3d4e5", "prompt": "a cat", "sampler": "Heun"}
    answer = httpx.post(f"{url}/api/generate", json={**wanted, "count": 1}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert json.loads(home.bodies[-1])["sampler_name"] == "Heun"

    await row(panel, "home").get_by_role("button", name="Change home").click()
    await expect(panel.get_by_label("Address")).to_be_focused()
    await expect(panel.get_by_label("Name of the connection")).to_be_disabled()
    await panel.get_by_label("Requests a day").fill("5")
    await page.keyboard.press("Enter")
    await expect(row(panel, "home")).to_contain_text("At most 5 images a day.")

    await row(panel, "home").get_by_role("button", name="Remove home").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove the con").click()
    await expect(panel.locator("li")).to_have_count(0)
    await expect(panel.locator(".answer")).to_have_text("home is removed.")


async def test_its_models_stand_in_the_form_under_its_name(
    page: Page, url: str, home: Home
) -> None:
    panel = await opened(page, url)
    await added(panel, home, "gpu")
    await page.goto(url)
    await expect(page.locator("#sampler")).to_be_hidden()
    group = page.get_by_role("group", name="Model").get_by_role("group", name="gpu")
    await group.get_by_role("radio", name="dream").check()
    await page.get_by_label("Sampler").select_option("Heun")  # its own fields are there at once
    await expect(page.get_by_label("Scheduler")).to_have_value("")
    await page.locator("#prompt textarea").fill("a cat")
    await page.get_by_role("button", name="Generate").click()
    await expect(page.locator("#results .card img").first).to_be_visible()
    assert json.loads(home.bodies[-1])["sampler_name"] == "Heun"
    httpx.post(f"{url}/api/connections/gpu", json={"do": "remove"})


async def test_arrow_keys_lead_from_one_connection_to_the_next_and_the_form_follows(
    page: Page, url: str, home: Home
) -> None:
    with connected(url, home, "attic"):
        await page.goto(url)
        models = page.get_by_role("group", name="Model")
        await expect(models.get_by_role("group")).to_have_count(2)
        cloud, attic = (
            models.get_by_role("group", name=name) for name in ("Sample engine", "attic")
        )
        await cloud.get_by_role("radio").last.check()
        await expect(page.locator("#seed")).to_be_hidden()
        await page.keyboard.press("ArrowDown")
        await expect(attic.get_by_role("radio", name="dream")).to_be_focused()
        await expect(attic.get_by_role("radio", name="dream")).to_be_checked()
        await expect(page.locator("#seed")).to_be_visible()
        await page.keyboard.press("ArrowUp")
        await expect(cloud.get_by_role("radio").last).to_be_checked()


async def test_a_long_list_scrolls_within_itself_and_shows_what_is_chosen(
    page: Page, url: str, many: Home
) -> None:
    with connected(url, many, "many"):
        await page.goto(f"{url}/#model=many/model-39")
        group = page.get_by_role("group", name="many")
        chosen = group.get_by_role("radio", name="model-39")
        await expect(chosen).to_be_checked()
        shown = """(radio) => {
          const [label, list] = [radio.closest("label"), radio.closest(".model-list")];
          const [one, all] = [label.getBoundingClientRect(), list.getBoundingClientRect()];
          return one.top >= all.top && one.bottom <= all.bottom && all.height < 400;
        }"""
        assert await chosen.evaluate(shown)


@SIZES
async def test_axe_finds_nothing_where_models_are_grouped(
    page: Page, url: str, home: Home, size: tuple[int, int]
) -> None:
    with connected(url, home, "attic"):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.goto(url)
        if size == PHONE:
            await page.locator("#toggle-settings").click()
        await expect(page.get_by_role("group", name="attic")).to_be_visible()
        await clean(page, "Create")
        await page.goto(f"{url}/experiments")
        await page.get_by_label("Across", exact=True).select_option("model")
        await page.get_by_role("group", name="attic").get_by_label("dream").check()
        await expect(page.get_by_label("Values of Across")).to_have_value("dream")
        await expect(page.locator("#base-model optgroup")).to_have_attribute("label", "attic")
        await clean(page, "Experiments")


async def test_what_cannot_be_is_said_at_its_field(page: Page, url: str) -> None:
    panel = await opened(page, url)
    await panel.get_by_role("button", name="Add", exact=True).click()
    name = panel.get_by_label("Name of the connection")
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await name.fill("home")
    await panel.get_by_label("Kind").select_option("a1111")
    await panel.get_by_label("Address").fill("http://192.168.77.77:7860")
    await page.keyboard.press("Enter")
    await expect(panel.locator(".field-error")).to_contain_text("allow plain http below")
    await expect(panel.get_by_label("Address")).to_be_focused()


async def test_who_cannot_be_asked_is_not_said_to_answer_nor_to_have_models(
    page: Page, url: str
) -> None:
    panel = await opened(page, url)
    await panel.get_by_label("Kind").select_option("fal")
    await panel.get_by_label("Name of the connection").fill("cloud")
    await panel.get_by_label("API key").fill("id:secret")
    await panel.get_by_role("button", name="Test").click()
    await expect(panel.locator(".answer")).to_contain_text("shows with the first image")
    await panel.get_by_role("button", name="Add", exact=True).click()
    await expect(panel.locator(".answer")).to_have_text(
        'Saved. No models yet: list those you want in models.toml with provider = "fal",'
        " then start the program again."
    )
    httpx.post(f"{url}/api/connections/cloud", json={"do": "remove"})


async def test_a_kind_without_a_key_asks_for_none_and_a_cloud_for_no_plain_http(
    page: Page, url: str
) -> None:
    panel = await opened(page, url)
    await panel.get_by_label("Kind").select_option("comfyui")
    await expect(panel.get_by_label("API key")).to_be_hidden()
    await expect(panel.get_by_label("Plain http")).to_be_visible()
    await panel.get_by_label("Kind").select_option("replicate")
    await expect(panel.get_by_label("API key")).to_be_visible()
    await expect(panel.get_by_label("Plain http")).to_be_hidden()


@SIZES
async def test_axe_finds_nothing_with_and_without_connections(
    page: Page, url: str, home: Home, size: tuple[int, int]
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    panel = await opened(page, url)
    await clean(page, "none")
    name = f"gpu-{size[0]}-with-a-long-long-name"
    await added(panel, home, name)
    await row(panel, name).get_by_role("button", name="Change").click()
    await clean(page, "one is changed")
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert await page.evaluate(wide)
