"""Contact sheets: one file that shows everything, runs nothing, and gives the settings back."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from PIL import Image

from backend.catalogue.load import load_catalogue
from backend.errors import InvalidInput
from backend.exchange.html_sheet import html_sheet
from backend.exchange.picture_sheet import png_sheet
from backend.exchange.sheets import HTML_MAX_IMAGES, PNG_MAX_IMAGES, check_count
from backend.types import GenerationRequest, ImageRecord
from ui.language.languages import ENGLISH, LANGUAGES

FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
MODELS = load_catalogue()

HOSTILE = [
    "</script><script>alert(1)</script>",
    "</SCRIPT ><img src=x onerror=alert(1)>",
    "<!--<script>",
    "]]> --> ${7*7} {{7*7}} %s {title}",
    "\"' onload=alert(1) x='",
    "\u202egnirts\u202c right to left",
    "nul \0 and \x1b[31m escape \u2028 line",
    "half a \ud83d surrogate",
    "&lt;b&gt; &amp; &#60;",
]


def record(number: int = 0, prompt: str = "a cat", **changes: object) -> ImageRecord:
    made = ImageRecord(
        id=f"{number:032x}",
        run_id=f"{number:032x}",
        request=GenerationRequest(
            SDXL, prompt, {"negative_prompt": "fog", "width": 64, "height": 48, "num_steps": 20}, 42
        ),
        created=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
        seconds=1.25,
        price_usd=None,
        format="png",
        width_px=64,
        height_px=48,
        sha256="0" * 64,
        source="api.example.com",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def thumb(_image_id: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(out, "WEBP", lossless=True)
    return out.getvalue()


class Page(HTMLParser):
    """What a browser would make of the sheet: elements, their text, and the settings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.append((self._open[-1], data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def text_of(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def sheet(*records: ImageRecord) -> str:
    return b"".join(html_sheet(records, thumb, models=MODELS, reader=ENGLISH)).decode("utf-8")


def settings(text: str) -> dict:
    found = re.findall(
        r'<script type="application/json" id="sentry-block-playground">(.*?)</script>', text, re.S
    )
    assert len(found) == 1
    return json.loads(found[0])


def test_each_image_has_its_picture_prompt_parameters_seed_model_and_date() -> None:
    text = sheet(record(1), record(2, "a dog", request=GenerationRequest(FLUX, "a dog", {}, 7)))
    page = Page(text)
    assert len(page.named("figure")) == 2
    first, second = page.named("img")
    assert first["src"] == "data:image/webp;base64," + base64.b64encode(thumb("")).decode()
    assert (first["alt"], second["alt"]) == ("a cat", "a dog")
    assert {"a cat", "fog", "a dog"} <= set(page.text_of("p"))
    pairs = list(zip(page.text_of("dt"), page.text_of("dd"), strict=True))
    assert ("Model", MODELS[SDXL].label) in pairs and ("Model", MODELS[FLUX].label) in pairs
    assert ("Seed", "42") in pairs and ("Seed", "7") in pairs
    assert ("Size", "64 × 48") in pairs  # noqa: RUF001
    assert (MODELS[SDXL].param("num_steps").label, "20") in pairs  # type: ignore[union-attr]
    assert ("Made", "2026-03-04 05:06 UTC") in pairs


def test_dates_stand_as_they_are_written_between_arabic_letters() -> None:
    first, other = record(1), record(2, created=datetime(2026, 3, 5, tzinfo=UTC))
    for records, days in (
        ([first], ["2026-03-04"]),
        ([first, other], ["2026-03-04", "2026-03-05"]),
    ):
        parts = html_sheet(records, thumb, models=MODELS, reader=LANGUAGES["ar"])
        text = b"".join(parts).decode()
        assert all(f"\u2066{day}\u2069" in text for day in days)


def test_the_settings_of_all_images_are_in_it_in_order_and_before_the_pictures() -> None:
    text = sheet(record(1, "first"), record(2, "second"))
    assert settings(text) == {
        "version": 1,
        "images": [
            {
                "model": SDXL,
                "prompt": prompt,
                "values": {"negative_prompt": "fog", "width": 64, "height": 48, "num_steps": 20},
                "seed": 42,
            }
            for prompt in ("first", "second")
        ],
    }
    assert text.index("</script>") < text.index("<img")


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_text_is_shown_and_never_becomes_an_element(evil: str) -> None:
    values = {"negative_prompt": evil, evil: evil}
    text = sheet(record(request=GenerationRequest(evil, evil, values, 1), source=evil))
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "style", "script", "body", "header", "h1", "p", "main"),
        *("figure", "img", "figcaption", "dl", "div", "dt", "dd", "footer"),
    }
    assert len(page.named("script")) == 1
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    shown = re.sub("[\0-\x08\x0b-\x1f\ud800-\udfff]", "\ufffd", evil)
    assert shown in page.text_of("p") and shown in page.text_of("dd")
    (image,) = settings(text)["images"]
    assert image == {"model": evil, "prompt": evil, "values": values, "seed": 1}


def test_it_asks_nothing_of_any_server_and_runs_nothing() -> None:
    page = Page(sheet(record()))
    for _, attrs in page.tags:
        assert not {"srcset", "href", "action", "background"} & set(attrs)
        assert str(attrs.get("src", "data:")).startswith("data:")
    (script,) = page.named("script")
    assert script == {"type": "application/json", "id": "sentry-block-playground"}
    policy = next(m for m in page.named("meta") if m.get("http-equiv"))
    assert policy["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    (style,) = page.text_of("style")
    assert "url(" not in style and "@import" not in style


def test_a_missing_picture_is_said_and_its_settings_are_there() -> None:
    text = b"".join(html_sheet([record()], lambda _: None, models={}, reader=ENGLISH)).decode()
    assert "The file is missing." in text and settings(text)["images"][0]["seed"] == 42


def test_long_texts_can_be_scrolled_by_keyboard() -> None:
    focus = [p for p in Page(sheet(record(prompt="word " * 200))).named("p") if "tabindex" in p]
    assert len(focus) == 1


def test_an_unusual_size_is_told_with_what_was_asked_for() -> None:
    text = sheet(record(width_px=128, height_px=96))
    assert "128 × 96" in text and "64 × 48" in text and "Asked for" in text  # noqa: RUF001


def test_the_sample_engine_is_not_taken_for_the_real_model() -> None:
    assert "(sample engine)" in sheet(record(source="offline"))


def test_too_many_and_none_are_refused_before_anything_is_made() -> None:
    def unwanted(_: object) -> bytes:
        raise AssertionError

    for count, make in ((HTML_MAX_IMAGES, html_sheet), (PNG_MAX_IMAGES, png_sheet)):
        with pytest.raises(InvalidInput, match=f"up to {count:,} images, and {count + 1:,} are"):
            make([record()] * (count + 1), unwanted, models=MODELS, reader=ENGLISH)
        with pytest.raises(InvalidInput, match="Nothing is selected"):
            make([], unwanted, models=MODELS, reader=ENGLISH)
    check_count(1_000_000, "zip")


def test_2_000_images_fit_the_web_page() -> None:
    size = sum(
        len(p)
        for p in html_sheet([record()] * HTML_MAX_IMAGES, thumb, models=MODELS, reader=ENGLISH)
    )
    assert size > 1_000_000


class Shouting:
    """A reader of a language in which all that is told is shouted, from right to left."""

    tag, direction = "x-loud", "rtl"

    def tell(self, text: str) -> str:
        return text.upper()


def test_a_sheet_is_in_its_reader_s_language_but_for_what_people_wrote() -> None:
    request = GenerationRequest(FLUX, "a Cat", {"negative_prompt": "no Dog", "num_steps": 4}, 7)
    records = [record(1, request=request), record(2, request=replace(request, values={}))]
    shown = iter([thumb("1"), None])
    made = html_sheet(records, lambda _id: next(shown), models=MODELS, reader=Shouting())
    page = Page(b"".join(made).decode())
    assert page.named("html") == [{"lang": "x-loud", "dir": "rtl"}]
    tags = ("title", "h1", "p", "dt", "div", "footer")
    said = [text for tag in tags for text in page.text_of(tag) if text.strip()]
    assert [text for text in said if not text.isupper()] == ["a Cat", "no Dog", "a Cat"]
