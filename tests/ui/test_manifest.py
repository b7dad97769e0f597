"""The manifest by which a browser installs the page, and how each page leads to it."""

from __future__ import annotations

import io
import re
from urllib.parse import urljoin

import httpx
import pytest
from PIL import Image

from ui import static
from ui.present.facts import PAGES, SESSIONS, STYLES

LINK = '<link rel="manifest" href="{}/manifest.json" crossorigin="use-credentials">'
COLOUR = re.compile(
    r'<meta name="theme-color"(?: media="\(prefers-color-scheme: (\w+)\)")? '
    r'content="(#[0-9a-f]{6})">'
)
FRAMED = [path for path, _ in (*PAGES.values(), STYLES, SESSIONS) if path != "/"] + ["/docs"]


@pytest.mark.parametrize("path", [*FRAMED, "/stage"])
async def test_a_page_links_to_the_manifest_with_the_login(
    client: httpx.AsyncClient, path: str
) -> None:
    page = (await client.get(path)).text
    assert page.count('rel="manifest"') == page.count(LINK.format("")) == 1


async def test_the_window_has_the_colour_of_the_page_in_both_themes(
    client: httpx.AsyncClient,
) -> None:
    both = {"light": static.ground("light"), "dark": static.ground("dark")}
    assert both["light"] != both["dark"]
    assert dict(COLOUR.findall((await client.get("/gallery")).text)) == both
    for theme, colour in both.items():
        asked = (await client.get(f"/gallery?__theme={theme}")).text
        assert COLOUR.findall(asked) == [("", colour)]
    assert COLOUR.findall((await client.get("/stage")).text) == [("", both["dark"])]


@pytest.mark.parametrize("root", ["", "/pg"])
async def test_the_manifest_leads_to_the_page_and_its_icons_wherever_it_stands(
    client: httpx.AsyncClient, root: str
) -> None:
    answer = await client.get("/manifest.json")
    assert answer.headers["content-type"] == "application/manifest+json"
    assert answer.headers["cache-control"] == "no-cache"
    told, stands = answer.json(), f"http://a.example{root}/manifest.json"
    for name in ("start_url", "scope"):
        assert urljoin(stands, told[name]) == f"http://a.example{root}/"
    assert {(icon["sizes"], icon["purpose"]) for icon in told["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in told["icons"]:
        path = urljoin(stands, icon["src"]).removeprefix(f"http://a.example{root}")
        picture = await client.get(path)
        assert picture.headers["content-type"] == icon["type"] == "image/png"
        assert picture.headers["cache-control"].endswith("immutable")
        width, height = Image.open(io.BytesIO(picture.content)).size
        assert f"{width}x{height}" == icon["sizes"]


def test_nothing_of_ours_stands_between_a_page_and_the_program() -> None:
    """A service worker could show pages of a version that is gone."""
    scripts = [f.content for n, f in static.files().items() if n.endswith(".js")]
    assert len(scripts) > 100
    assert not any(b"serviceWorker" in script for script in scripts)
