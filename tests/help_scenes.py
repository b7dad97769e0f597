"""What the help's pictures show, a scene for each topic: the program started, and brought there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, expect

from backend.providers.offline.engine import render
from tests.e2e import create_page, desk_page, gallery_page
from tests.e2e.calls import ask, make_images
from tests.e2e.conftest import program
from tests.e2e.test_connections_page import Home
from tests.http import faults as f
from tests.ui.fake_studio import SDXL

Where = tuple[float, float, float]
"""The part of the window that is shown, as left, top and width in px; its height is two thirds."""

LIGHTHOUSE = "A lighthouse at dusk, long waves"
CURL = (
    "curl https://api.example.com/v1/images/generations"
    " --header 'Authorization: Bearer ak_4bd81c7e52f94a06'"
)


@dataclass(frozen=True)
class Scene:
    """How the program is started for a picture, in what window, and what is done there."""

    play: Callable[[Page, str], Awaitable[Where]]
    start: Callable[[Path, ExitStack], str]
    window: tuple[int, int] = (1080, 720)


def offline(folder: Path, opened: ExitStack, **how: object) -> str:
    """Start the program with the sample engine and return its address."""
    return opened.enter_context(program(folder / "data", **how))  # type: ignore[arg-type]


def with_platform(folder: Path, opened: ExitStack) -> str:
    """Start it with a platform that makes one image, and fails with the next one."""
    platform = opened.enter_context(f.FaultServer.in_thread())
    pixels = render(LIGHTHOUSE, None, 512, 512, 25, 9.0, 7, SDXL)
    picture = BytesIO()
    Image.fromarray(pixels).save(picture, "PNG")
    platform.script(f.good(picture.getvalue()), f.status(500, "out of order"))
    limits = {"PLAYGROUND_REQUESTS_PER_DAY": "200", "PLAYGROUND_DOLLARS_PER_DAY": "2"}
    return opened.enter_context(program(folder / "data", platform=platform.base_url, more=limits))


def with_own_card(folder: Path, opened: ExitStack) -> str:
    """Start it with a connection to a Stable Diffusion server."""
    home = opened.enter_context(Home.in_thread())
    url = offline(folder, opened)
    address = f"http://127.0.0.1:{home.port}"
    ask(url, "/api/connections", {"do": "add", "name": "home", "kind": "a1111", "api_url": address})
    return url


async def first_image(page: Page, url: str) -> Where:
    await create_page.opened(page)
    for side in ("width", "height"):
        await page.locator(f"#{side} input").fill("512")
    await create_page.count_of(page, 4)
    batch = await create_page.generate(page, LIGHTHOUSE)
    await create_page.landed(batch, 4)
    await create_top(page)
    parts = ("#prompt textarea", "#count", "#generate", ".batch .card")
    await numbered({n: page.locator(part).first for n, part in enumerate(parts, 1)})
    return 0, 108, 1080


async def create_top(page: Page) -> None:
    """Scroll back to where the form begins."""
    await page.evaluate(
        "scrollTo(0, 0); for (const one of document.querySelectorAll('#controls, #controls *'))"
        " one.scrollTop = 0"
    )


async def real_models(page: Page, url: str) -> Where:
    await page.goto("/settings")
    await page.locator("#setup-pasted").fill(CURL)
    await expect(page.locator("#setup .found")).to_contain_text("Key found")
    await page.locator("#setup-pasted").evaluate(_TO_TOP, 245)
    save = page.locator("#setup form").first.locator(".actions .main")
    await numbered({2: page.locator("#setup-pasted"), 3: page.locator("#setup-test"), 4: save})
    return 0, 173, 700


async def seed(page: Page, url: str) -> Where:
    await create_page.opened(page)
    for side in ("width", "height"):
        await page.locator(f"#{side} input").fill("512")
    batch = await create_page.generate(page, LIGHTHOUSE)
    await create_page.landed(batch)
    await batch.get_by_role("button", name="Reuse seed").click()
    await expect(page.locator(".seed-chip")).to_contain_text("kept")
    await create_top(page)
    await batch.locator(".card").hover()
    reuse = batch.get_by_role("button", name="Reuse seed")
    await numbered({1: reuse, 2: page.locator("#prompt textarea"), 3: page.locator("#generate")})
    return 0, 108, 1080


async def reproduce(page: Page, url: str) -> Where:
    made = make_images(url, LIGHTHOUSE, side=512, seed=7)[0]
    await page.goto(f"/gallery?image={made['id']}")
    await page.get_by_role("button", name="Make it again and compare").click()
    await page.get_by_role("button", name="Make it again", exact=True).click()
    await expect(page.locator(".verdict")).to_contain_text("Identical")
    names = {2: "Reuse all settings", 3: "Make it again and compare"}
    side = page.locator(".viewer .side")
    await numbered({n: side.get_by_text(name, exact=True).first for n, name in names.items()})
    return 0, 0, 1080


async def money(page: Page, url: str) -> Where:
    await create_page.opened(page)
    await create_page.choose(page, SDXL)
    await create_page.small(page)
    await create_page.landed(await create_page.generate(page, LIGHTHOUSE))
    await create_page.generate(page, "A lighthouse in a storm")
    await expect(page.locator('.card[data-state="unknown"]')).to_have_count(1)
    await expect(page.get_by_text("Used today: 2 requests")).to_be_visible()
    await create_top(page)
    return 0, 108, 1080


async def gallery(page: Page, url: str) -> Where:
    for number, prompt in enumerate(GALLERY):
        made = make_images(url, prompt, side=384, seed=number)
        if number % 3 == 0:
            ids = [image["id"] for image in made]
            ask(url, "/api/images", {"ids": ids, "starred": True, "rating": 4})
    await gallery_page.opened(page)
    await page.locator("#gallery-search").fill("lightho")
    await expect(page.locator("#gallery .total")).to_contain_text(" of ")
    await expect(page.locator('.cell[data-state="shown"] img')).to_have_count(6)
    return 0, 0, 1080


GALLERY = (
    "a lighthouse at dusk, long waves",
    "a desert at night",
    "a lighthouse in fog",
    "a forest in autumn",
    "a lighthouse at dawn, pink sky",
    "a coral reef, blue water",
    "a lighthouse in a storm",
    "a city skyline at night",
    "a lighthouse in winter, snow",
    "a sailing ship, green sea",
    "a lighthouse at night, stars",
)


async def experiments(page: Page, url: str) -> Where:
    await page.goto("/experiments")
    await page.locator("#base-prompt").fill("a lighthouse at sea")
    for side in ("width", "height"):
        await page.locator(f"#base-{side}").fill("384")
    await page.locator("#axis-x-kind").select_option("num_steps")
    await page.locator("#axis-x-values").fill("1, 2, 4, 8")
    await page.locator("#axis-y-kind").select_option("replace")
    await page.locator("#axis-y-values").fill("lighthouse, castle")
    await expect(page.locator(".foot button.main")).to_have_text("Make 8 images")
    await page.locator("#base-prompt").evaluate(_TO_TOP, 40)
    fields = {1: "#base-prompt", 2: "#axis-x-kind", 3: ".foot .budget p", 4: ".foot button.main"}
    await numbered({n: page.locator(field).first for n, field in fields.items()}, after=[3])
    return 0, 0, 1080


async def demo(page: Page, url: str) -> Where:
    await desk_page.let_in(page)
    await desk_page.asked(page, "/wishes", text="a paper boat on a sea of clouds")
    await expect(desk_page.rows(page, "gate")).to_have_count(1)
    await desk_page.waiting(page, "a cat who conducts an orchestra", "our town in the year 2200")
    await expect(desk_page.rows(page, "line")).to_have_count(2)
    await expect(page.get_by_text("You have paused")).to_be_hidden()
    stage = page.get_by_role("button", name="Open the stage")
    await numbered({2: stage, 4: page.get_by_role("button", name="Approve").first})
    return 0, 64, 1300


async def own_gpu(page: Page, url: str) -> Where:
    await page.goto("/settings")
    await expect(page.locator("#connections .keys li")).to_have_count(1)
    await page.locator("#connections").evaluate(_TO_TOP, 10)
    fields = {2: "#setup-connection_kind", 3: "#setup-connection_name"}
    await numbered({n: page.locator(field) for n, field in fields.items()})
    return 0, 0, 760


async def log_in(page: Page, url: str) -> Where:
    await page.goto("/login")
    await page.locator("#user").fill("anna")
    await page.locator("#password").fill("a long password")
    return 0, 0, 720


_TO_TOP = "(at, below) => scrollBy(0, at.getBoundingClientRect().top - below)"

_NUMBER = """(at, [number, after]) => {
  const { left, top, height } = at.getBoundingClientRect(), text = document.createRange();
  text.selectNodeContents(at);
  const { right } = text.getBoundingClientRect();
  const [sign, pressed] = [document.createElement("div"), at.tagName === "BUTTON"];
  const down = pressed ? top - 18 : top + (height < 70 ? height / 2 - 16 : 6);
  const side = after ? right + 8 : left - (pressed ? 20 : 22);
  sign.textContent = number;
  sign.style = `position: fixed; left: ${Math.max(4, side)}px; top: ${Math.max(4, down)}px;
    z-index: 99; display: grid; place-items: center; box-sizing: border-box; width: 32px;
    height: 32px; border: 2px solid #fff; border-radius: 50%; background: #b4370d; color: #fff;
    font: 700 18px/1 system-ui, sans-serif; box-shadow: 0 1px 5px rgb(0 0 0 / 40%)`;
  (document.querySelector("dialog:modal") ?? document.body).append(sign);
}"""


async def numbered(parts: dict[int, Locator], *, after: Sequence[int] = ()) -> None:
    """Put at parts of the page the numbers of the topic's steps; those of `after` behind them."""
    for number, part in parts.items():
        await part.evaluate(_NUMBER, [number, number in after])


SCENES = {
    "first-image": Scene(first_image, offline, (1080, 850)),
    "real-models": Scene(real_models, offline, (700, 640)),
    "seed": Scene(seed, offline, (1080, 850)),
    "reproduce": Scene(reproduce, offline),
    "money": Scene(money, with_platform, (1080, 850)),
    "gallery": Scene(gallery, offline),
    "experiments": Scene(experiments, offline),
    "demo": Scene(demo, partial(offline, script="tests/with_address.py"), (1300, 940)),
    "own-gpu": Scene(own_gpu, with_own_card, (760, 510)),
    "several-machines": Scene(
        log_in, partial(offline, arguments=("--auth", "anna:a long password")), (720, 480)
    ),
}
