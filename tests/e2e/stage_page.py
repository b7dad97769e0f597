"""What the tests of the projector's window share: a session with pictures, the page measured."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.calls import ask
from tests.e2e.looks import violations
from tests.ui.fake_studio import FLUX

WITH_ADDRESS = "tests/with_address.py"
ADDRESS = "192.168.178.120:7861/"
TITLE = "Open day"
LONG = "a lighthouse in a storm at the end of the world, oil on canvas" + ", with gulls" * 12
PROMPTS = (LONG, "our town in 2200", "a red fox in the snow", "a paper boat")
SIZES = ((1920, 1080), (1024, 768), (3840, 2160))

MEASURED = """
() => {
  const own = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const seen = (e) => e.checkVisibility() && !e.closest(".off-screen, .black");
  const all = [...document.querySelectorAll("#projector *")].filter(seen);
  const box = (e) => {
    const {left, top, right, bottom} = e.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  return {
    texts: all.filter(own).map((e) => ({
      text: e.textContent, size: parseFloat(getComputedStyle(e).fontSize), box: box(e),
      over: e.scrollWidth - e.clientWidth, cut: e.matches("figcaption, .others *"),
    })),
    pictures: all.filter((e) => e.matches("img, .code-field")).map((e) => ({box: box(e)})),
  };
}
"""


def start(url: str, **plan: Any) -> Any:
    """Start a session whose images are small, and open its door to wishes."""
    values = {"width": 256, "height": 256}
    asked = {"title": TITLE, "model": FLUX, "port": 0, "values": values} | plan
    session = ask(url, "/api/session", asked)
    do(url, "open")
    return session


def do(url: str, what: str, **more: Any) -> Any:
    return ask(url, "/api/session/do", {"do": what, **more})


def wish(url: str, text: str) -> str:
    """Add a wish by hand and return its id."""
    before = {one["id"] for one in ask(url, "/api/session")["wishes"]}
    after = ask(url, "/api/session/wishes", {"text": text})["wishes"]
    return next(one["id"] for one in after if one["id"] not in before)


def made(url: str, *texts: str) -> list[str]:
    """Have wishes made and return their ids."""
    ids = [wish(url, text) for text in texts]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        known = {one["id"]: one["picture"] for one in ask(url, "/api/session")["wishes"]}
        if all(known[one] for one in ids):
            return ids
        time.sleep(0.05)
    raise AssertionError("the wishes were not made")


def show(url: str, wish_id: str) -> None:
    ask(url, f"/api/session/wishes/{wish_id}", {"do": "show"})


def rewrite(data: Path, session_id: str, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change what a session that rests is made of: `change` gets and gives its events."""
    path = data / "sessions" / f"{session_id}.jsonl"
    head, *events = map(json.loads, path.read_text().splitlines())
    path.write_text("".join(f"{json.dumps(line)}\n" for line in [head, *change(events)]))


async def scene(page: Page, name: str) -> None:
    await expect(page.locator("#projector")).to_have_attribute("data-scene", name)


async def holds_to_the_scale(page: Page) -> dict[str, Any]:
    """Check sizes, margins and, with axe, contrasts of all that is seen; return the measures."""
    size = page.viewport_size
    assert size
    width, height = size["width"], size["height"]
    found: dict[str, Any] = await page.evaluate(MEASURED)
    least = [one for one in found["texts"] if one["size"] < 0.025 * height]
    assert least == [], "type under 2.5 % of the height"
    for one in (*found["texts"], *found["pictures"]):
        left, top, right, bottom = one["box"]
        assert left >= 0.03 * width - 1 and right <= 0.97 * width + 1, one
        assert top >= 0.03 * height - 1 and bottom <= 0.97 * height + 1, one
        assert one.get("cut") or one.get("over", 0) <= 1, one
    assert await violations(page, color_contrast_enhanced=True) == []
    return found
