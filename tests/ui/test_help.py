"""The help page: each topic with its texts, in every language, and its picture."""

from __future__ import annotations

import gzip
import re
from html import unescape
from html.parser import HTMLParser
from io import BytesIO

import httpx
import pytest
from PIL import Image

from backend.said import msg
from tests.help_scenes import SCENES
from ui import static
from ui.language.chosen import COOKIE
from ui.language.languages import LANGUAGES
from ui.language.tables import in_code
from ui.present.help.names import NAMES
from ui.present.help.topic import SIZE, Topic
from ui.present.help.topics import TOPICS
from ui.routes.help import marked

each = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


class Page(HTMLParser):
    """The elements of a page, as (tag, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str, name: str) -> list[str | None]:
        return [attrs[name] for of, attrs in self.elements if of == tag and name in attrs]


def test_what_people_ask_about_is_there() -> None:
    assert [topic.name for topic in TOPICS] == [
        *("first-image", "real-models", "seed", "reproduce", "money", "gallery", "experiments"),
        *("demo", "own-gpu", "several-machines"),
    ]


@each
def test_a_topic_is_short(topic: Topic) -> None:
    assert 4 <= len(topic.texts) <= 9
    assert max(map(len, topic.texts)) < 200


def test_every_place_has_a_name_and_every_name_but_the_help_itself_a_place() -> None:
    places = {p for topic in TOPICS for text in topic.texts for p in re.findall(r"{(\w+)}", text)}
    assert NAMES.keys() - places == {"help_page"} and places <= NAMES.keys()


def test_labels_are_those_of_the_pages() -> None:
    code = in_code()
    labels = [name.text for name in NAMES.values() if name.kind in ("label", "page")]
    assert len(labels) > 40
    for label in labels:
        said = {path for path, _ in code[label].locations}
        assert said - {"ui/present/help/names.py"}, f"no page says {label!r} any more"


@each
def test_a_topic_has_its_picture_and_a_scene_that_takes_it(topic: Topic) -> None:
    assert topic.name in SCENES, "tests/help_scenes.py has none of it"
    kept = static.files()[topic.picture].content
    picture = Image.open(BytesIO(kept))
    assert picture.format == "WEBP" and picture.size == SIZE and not picture.getexif()
    assert topic.shows and topic.also


def test_pictures_are_those_of_the_topics_and_together_below_500_kb() -> None:
    files = {path.stem: path.stat().st_size for path in (static.FOLDER / "help").glob("*.webp")}
    assert files.keys() == SCENES.keys() == {topic.name for topic in TOPICS}
    assert sum(files.values()) < 500_000


@pytest.mark.parametrize("tag", LANGUAGES)
async def test_page_has_each_topic_in_the_visitors_language(
    client: httpx.AsyncClient, tag: str
) -> None:
    answer = await client.get("/help", headers={"Cookie": f"{COOKIE}={tag}"})
    page, tell = Page(answer.text), LANGUAGES[tag].tell
    assert answer.status_code == 200 and page.all("html", "lang") == [tag]
    assert f"<title>{tell(msg('Help'))} \u2013 Sentry Block</title>" in answer.text
    assert page.all("section", "id") == [topic.name for topic in TOPICS]
    inside = [link for link in page.all("a", "href") if link and link.startswith("#")]
    assert set(inside) == {"#main"} | {f"#{topic.name}" for topic in TOPICS}
    assert page.all("img", "alt") == [tell(topic.shows) for topic in TOPICS]
    text = unescape(re.sub(r"<[^>]+>", "", answer.text))
    for topic in TOPICS:
        assert tell(topic.title) in text
        for one in topic.texts:
            told = re.sub(r"{(\w+)}", lambda place: tell(NAMES[place[1]].text), tell(one))
            assert told in text


async def test_pictures_keep_their_room_come_when_they_are_near_and_are_kept_for_ever(
    client: httpx.AsyncClient,
) -> None:
    page = Page((await client.get("/help")).text)
    images = [attrs for tag, attrs in page.elements if tag == "img"]
    assert [(image["width"], image["height"]) for image in images] == [
        tuple(map(str, SIZE)) for _ in TOPICS
    ]
    assert [image.get("loading") for image in images] == [None] + ["lazy"] * (len(TOPICS) - 1)
    for image in images:
        answer = await client.get(str(image["src"]))
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["cache-control"].endswith("immutable")


async def test_without_a_script_all_topics_are_there_and_nothing_that_needs_one(
    client: httpx.AsyncClient,
) -> None:
    html = (await client.get("/help")).text
    content = html[html.index('<div id="help">') :]
    assert "hidden" not in content and "<input" not in content and "<button" not in content


async def test_the_page_itself_is_light_in_every_language(client: httpx.AsyncClient) -> None:
    for tag in LANGUAGES:
        answer = await client.get("/help", headers={"Cookie": f"{COOKIE}={tag}"})
        assert len(gzip.compress(answer.content)) < 16_000


def test_a_name_is_told_as_what_it_is_and_no_text_becomes_html() -> None:
    assert str(marked(msg("<i>Press {generate} & {full_screen}"))) == (
        "&lt;i&gt;Press <b>Generate</b> &amp; <kbd>F</kbd>"
    )
    assert str(marked(msg("Open {settings_page}: {host}"))) == (
        'Open <a href="/settings">Settings</a>: <code dir="ltr">--host 0.0.0.0</code>'
    )
