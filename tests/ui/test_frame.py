"""The pages without Gradio: one frame, a policy without exceptions, the theme that is asked for."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import httpx
import pytest

from tests.ui.fake_studio import FakeStudio
from ui import static
from ui.language.chosen import COOKIE
from ui.language.languages import LANGUAGES

PAGES = {
    "/gallery": "gallery",
    "/examples": "recipes",
    "/desk": "desk",
    "/statistics": "statistics",
    "/settings": "setup",
    "/help": "help",
}


class Read(HTMLParser):
    """What a page holds: tags with their attributes, and the texts of inline scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_script = tag == "script" and "src" not in dict(attrs)

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.inline.append(data)
            self._in_script = False

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("path", PAGES)
async def test_page_asks_for_one_script_and_one_style_of_ours(
    client: httpx.AsyncClient, path: str
) -> None:
    page = Read((await client.get(path)).text)
    scripts = [tag["src"] for tag in page.all("script") if "src" in tag]
    styles = [tag["href"] for tag in page.all("link") if tag["rel"] == "stylesheet"]
    assert (len(scripts), len(styles)) == (1, 1)
    for address in (*scripts, *styles):
        assert address is not None
        assert (await client.get(address)).headers["cache-control"].endswith("immutable")
    assert [tag["id"] for tag in page.all("div") if tag.get("id") == PAGES[path]]
    current = [tag["href"] for tag in page.all("a") if tag.get("aria-current") == "page"]
    assert current == [path]


@pytest.mark.parametrize("path", PAGES)
async def test_policy_of_a_page_allows_nothing_inline_but_the_script_whose_hash_it_names(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    page = Read(answer.text)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in page.inline]
    assert hashes == re.findall(r"'sha256-([^']+)'", policy)
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag


async def test_only_what_is_gradios_may_run_inline_scripts(client: httpx.AsyncClient) -> None:
    for path in ("/api/status", "/healthz", static.url(static.STYLE), "/nothing", "/"):
        policy = (await client.get(path)).headers["content-security-policy"]
        assert ("unsafe" in policy) == (path == "/"), path


@pytest.mark.parametrize(
    ("query", "dark", "follows"),
    [
        ("", False, True),
        ("?__theme=system", False, True),
        ("?__theme=light", False, False),
        ("?__theme=dark", True, False),
        ("?__theme=%22%3E%3Cscript%3E", False, True),
    ],
)
async def test_theme_is_the_systems_or_the_one_asked_for(
    client: httpx.AsyncClient, query: str, dark: bool, follows: bool
) -> None:
    page = Read((await client.get(f"/gallery{query}")).text)
    (body,) = page.all("body")
    assert (body.get("class") == "dark") == dark
    assert bool(page.inline) == follows


async def test_page_is_the_same_with_a_slash_and_its_answer_may_go_into_the_page_cache(
    client: httpx.AsyncClient,
) -> None:
    with_slash, without = await client.get("/gallery/"), await client.get("/gallery")
    assert with_slash.text == without.text
    assert "no-store" not in without.headers["cache-control"]


async def test_header_says_where_images_come_from_and_escapes_it(
    client: httpx.AsyncClient, studio: FakeStudio
) -> None:
    text = (await client.get("/settings")).text
    assert '<p class="mode" data-offline="true"><span>Sample engine</span></p>' in text
    notice, link = re.search(r'<p class="notice"[^>]*>', text), re.search('how"[^>]*', text)
    assert notice and "hidden" in notice[0], "a script shows it, once"
    assert link and "hidden" in link[0], "the settings need no link to themselves"
    assert "hidden" not in str(re.search('how"[^>]*', (await client.get("/gallery")).text))


async def test_scripts_and_styles_come_compressed_to_those_who_take_it(
    client: httpx.AsyncClient,
) -> None:
    address = static.url(static.script("gallery"))
    packed = await client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    plain = await client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    assert packed.content == plain.content


async def test_a_page_comes_in_the_visitors_language_and_says_which_it_is(
    client: httpx.AsyncClient,
) -> None:
    for headers, tag in (
        ({"Accept-Language": "de-AT"}, "de"),
        ({"Accept-Language": "de-AT", "Cookie": f"{COOKIE}=en"}, "en"),
        ({"Cookie": f"{COOKIE}=de"}, "de"),
        ({}, "en"),
    ):
        page = Read((await client.get("/gallery", headers=headers)).text)
        assert [html["lang"] for html in page.all("html")] == [tag]
        options = page.all("option")
        assert [option["value"] for option in options] == list(LANGUAGES)
        assert [option["value"] for option in options if "selected" in option] == [tag]
        (choice,) = page.all("select")
        assert choice["autocomplete"] == "off", "a reload shows what was chosen, not what it was"


async def test_an_address_that_leads_nowhere_is_a_page_with_a_way_on_for_people_alone(
    client: httpx.AsyncClient,
) -> None:
    german = {"Accept": "text/html", "Accept-Language": "de"}
    shown = await client.get("/galery", headers=german)
    assert shown.status_code == 404 and shown.headers["content-type"].startswith("text/html")
    assert "Diese Seite gibt es nicht." in shown.text and "nav" in shown.text
    assert {"href": "/"} in Read(shown.text).all("a")
    told = await client.get("/galery", headers={"Accept": "application/json"})
    assert (told.status_code, told.json()) == (404, {"detail": "There is no such thing here."})
    assert (await client.post("/galery", headers=german)).status_code == 404
    broken = await client.post("/api/wildcards/%0Aa", json={"text": ""})  # no route takes it
    assert (broken.status_code, broken.json()) == (404, told.json())
