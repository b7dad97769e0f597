"""/docs: everything that /openapi.json says, readable, linked, and behind the door."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ui.fake_studio import FakeStudio
from tests.ui.login.visitors import OPENED_BY_A_PERSON, RIGHT
from ui import static
from ui.door.login import OPEN
from ui.routes.docs import coded, kind
from ui.site import build_app


class Page(HTMLParser):
    """The page's elements as (tag, attributes), and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[str]:
        return [value for _, attrs in self.elements if (value := attrs.get(name)) is not None]


@pytest.fixture
async def answer(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get("/docs")


@pytest.fixture
def page(answer: httpx.Response) -> Page:
    assert answer.status_code == 200
    return Page(answer.text)


async def test_all_that_is_described_stands_on_the_page(
    client: httpx.AsyncClient, page: Page
) -> None:
    schema = (await client.get("/openapi.json")).json()
    words = " ".join(page.text.split())
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["operationId"] in page.all("id")
            assert f"{method.upper()} {path}" in words
            assert " ".join(operation["description"].split()).replace("`", "") in words
            for parameter in operation.get("parameters", ()):
                assert parameter["name"] in words
    for name, model in schema["components"]["schemas"].items():
        for field in model.get("properties", {}):
            assert field in words, f"{name}.{field}"


def test_every_link_leads_to_a_heading_and_no_heading_is_there_twice(page: Page) -> None:
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    inside = [link for link in page.all("href") if link.startswith("#")]
    assert len(inside) > 60
    assert {link.removeprefix("#") for link in inside} <= set(ids)
    assert set(page.all("aria-labelledby")) <= set(ids)


async def test_it_is_made_of_our_own_files_alone_and_runs_the_frames_script_alone(
    client: httpx.AsyncClient, answer: httpx.Response, page: Page
) -> None:
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"style", "iframe", "img"}
    assert page.all("src") == [static.url(static.script("docs"))]
    assert page.all("style") == []
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    links = [link for link in page.all("href") if not link.startswith("#")]
    assert "/openapi.json" in links
    for link in links:
        assert (await client.get(link)).status_code == 200, link


def test_ranges_defaults_and_an_example_to_try_are_told(page: Page) -> None:
    words = " ".join(page.text.split())
    assert "limit whole number from 1 to 1,000, else 50" in words
    assert "one of queued, sent, saved, failed, unknown, cancelled" in words
    assert "model required text A model's id, or its label." in words
    assert "curl 'http://127.0.0.1/api/images?q=cat&limit=10'" in words
    assert 'curl --json \'{"model": "black-forest-labs/FLUX.1-schnell"' in words
    assert "curl -F file=@image.png http://127.0.0.1/api/metadata" in words


async def test_behind_a_login_it_is_closed_and_its_examples_log_in(tmp_path: Path) -> None:
    app = build_app(FakeStudio(tmp_path), RIGHT)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get("/docs")).status_code == 401
        person = await client.get("/docs", headers=OPENED_BY_A_PERSON)
        assert (person.status_code, person.headers["location"]) == (303, "/login?next=%2Fdocs")
        shown = await client.get("/docs", auth=(RIGHT.user, RIGHT.password))
    examples = re.findall(r"<code>(curl .*?)</code>", unescape(shown.text))
    assert len(examples) > 20
    for example in examples:
        assert ("-u USER:PASSWORD" in example) == (not example.endswith(OPEN))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<b>`a<b`", "&lt;b&gt;<code>a&lt;b</code>"),
        ("no code", "no code"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
    ],
)
def test_words_of_the_description_stay_text(text: str, html: str) -> None:
    assert str(coded(text)) == html


@pytest.mark.parametrize(
    ("schema", "html"),
    [
        ({"type": "integer", "minimum": 1.0, "maximum": 2**53}, "9,007,199,254,740,992"),
        ({"type": ["integer", "null"]}, "whole number or null"),
        ({"type": "string", "format": "binary"}, "a file"),
        ({"enum": ["<b>"]}, "one of <code>&lt;b&gt;</code>"),
        ({"$ref": "#/components/schemas/Record"}, '<a href="#model-record">Record</a>'),
        ({"type": "array", "items": {"type": "<b>"}}, "list of &lt;b&gt;"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "object of number"),
    ],
)
def test_what_a_value_may_be_is_told_in_words(schema: dict[str, Any], html: str) -> None:
    assert html in str(kind(schema))


async def test_who_reads_no_english_is_told_that_it_is_described_in_it(
    client: httpx.AsyncClient, page: Page
) -> None:
    german = Page((await client.get("/docs", headers={"Accept-Language": "de"})).text)
    assert (german.all("lang")[0], page.all("lang")[0]) == ("de", "en")
    described = {"lang": "en", "dir": "ltr"}
    assert ("p", described) in german.elements
    paragraphs = [[tag for tag, _ in told.elements].count("p") for told in (german, page)]
    assert paragraphs[0] == paragraphs[1] + 1
