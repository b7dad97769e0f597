"""An experiment as one web page: all of it is there, nothing in it runs, and it stays small."""

from __future__ import annotations

import base64
import hashlib
import io
import re

import pytest
from PIL import Image

from backend.errors import Refused
from backend.experiments.exports.exports import ENGLISH
from backend.experiments.exports.means import Means, means
from backend.experiments.exports.page import FILE_MAX_BYTES, page, page_bytes, room, shot
from backend.experiments.exports.table import Sheet
from backend.types import RunState
from tests.experiments.exported import Opened, coloured, grid, made, noisy

HOSTILE = [
    "<mystyle>",
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}",
    "<img src=x onerror=alert(1)>",
    "\"' onload=alert(1) x='",
    "]]> --> ${7*7} {{7*7}} %s {title}",
    "&lt;b&gt; &amp; &#60;",
    "nul \0 and \x1b[31m escape",
    "half a \ud83d surrogate",
]


def opened(of: Sheet, pictures: object = None) -> Opened:
    return Opened(text(of, pictures))


def text(of: Sheet, pictures: object = None) -> str:
    made_of = pictures if callable(pictures) else coloured()
    return b"".join(page(of, made_of, ENGLISH)).decode()


def shown(hostile: str) -> str:
    """Return how a text stands on the page: what no page can hold is a sign for it."""
    return re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", hostile
    )


def test_each_place_has_its_picture_and_all_that_was_asked() -> None:
    cells = [
        made(0, [(0, 0, 0, 0)], prompt="a cat at sea", values={"num_steps": 1}),
        made(1, [(1, 0, 0, 0)], prompt="a cat at sea", values={"num_steps": 4}),
        made(2, [(0, 1, 0, 0)], prompt="a dog at sea", values={"num_steps": 1}, cached=True),
        made(3, [(1, 1, 0, 0)], prompt="a dog at sea", values={"num_steps": 4}),
    ]
    found = opened(grid(cells=cells))
    assert [picture["alt"] for picture in found.named("img")] == [
        "1, cat",
        "4, cat",
        "1, dog",
        "4, dog",
    ]
    for picture in found.named("img"):
        data = base64.b64decode((picture["src"] or "").removeprefix("data:image/webp;base64,"))
        with Image.open(io.BytesIO(data)) as im:
            assert (im.width, im.height) == (
                int(picture["width"] or 0),
                int(picture["height"] or 0),
            )
    captions = found.within("figcaption")
    assert captions[0] == "2.5 s · $0.0006 · reference"
    assert captions[1:3] == ["2.5 s · $0.0006 · differs by 1.5", "already made · differs by 1.5"]
    assert found.within("p").count("a cat at sea") == 2 == found.within("p").count("a dog at sea")
    assert found.within("b") == ["Steps: 4", "Steps: 4"]  # what differs from the reference
    assert sum("Seed: 7" in one for one in found.within("p")) == 5  # and once for all of them
    heads = [
        (one["scope"], text)
        for one, text in zip(found.named("th"), found.within("bdi")[1:], strict=False)
    ]
    assert heads[:4] == [("col", "1"), ("col", "4"), ("row", "cat"), ("row", "dog")]
    assert found.within("small")[:4] == ["Steps", "Steps", "Words", "Words"]


def test_hostile_text_stays_text_and_nothing_is_asked_of_anybody() -> None:
    cells = [
        made(n, [(0, n, 0, 0)], prompt=one, values={"negative_prompt": one}, template=(one, 0))
        for n, one in enumerate(HOSTILE)
    ]
    failed = made(99, [(1, 0, 0, 0)], state=RunState.FAILED, error=Refused(HOSTILE[3], HOSTILE[1]))
    of = grid((HOSTILE[3], "2"), HOSTILE, cells=[*cells, failed], title=HOSTILE[1])
    whole = text(of)
    found = Opened(whole)
    assert {tag for tag, _ in found.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section"),
        *("h1", "h2", "p", "div", "table", "thead", "tbody", "tr", "th", "td", "bdi", "small", "b"),
        *("figure", "figcaption", "img", "details", "summary", "nav", "ul", "ol", "li", "a"),
    }
    for _, attributes in found.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("data:image/webp;base64,", "#"))
    bold = found.within("bdi", "p")
    for hostile in HOSTILE:
        assert bold.count(shown(hostile)) >= 3, hostile  # its head, and both of its prompts
    policy = next(m["content"] for m in found.named("meta") if "http-equiv" in m) or ""
    style = re.search(r"<style>(.*?)</style>", whole, re.S)
    assert style and "'unsafe-inline'" not in policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy


def test_what_is_not_there_is_marked_and_nothing_of_the_trash_goes_out() -> None:
    cells = [
        made(0, [(0, 0, 0, 0)]),
        made(1, [(1, 0, 0, 0)], deleted=True),
        made(2, [(2, 0, 0, 0)], state=None),
        made(3, [(3, 0, 0, 0)], state=RunState.QUEUED),
        made(4, [(4, 0, 0, 0)], state=RunState.FAILED, error=Refused("No such size.", "Take 512.")),
        made(5, [(5, 0, 0, 0)], state=RunState.UNKNOWN, error=Refused("No answer came.")),
        made(6, [(6, 0, 0, 0)], state=RunState.CANCELLED),
    ]
    asked: list[str] = []

    def pictures(record: object, px: int) -> bytes | None:
        asked.append(record.id)  # type: ignore[attr-defined]
        return coloured()(record, px)  # type: ignore[arg-type]

    of = grid([str(n) for n in range(7)], ("",), cells=cells, live={3: RunState.SENT})
    found = opened(of, pictures)
    assert found.within("b")[:6] == [
        *("Deleted since", "Not made yet", "Under way", "Failed", "May have been charged"),
        "Not made yet",
    ]
    assert set(asked) == {cells[0].run.id if cells[0].run else ""} and len(found.named("img")) == 1
    told = found.within("small")
    assert "No such size. Take 512." in told and "No answer came." in told
    assert any("1 of 7 cells" in one for one in found.within("p"))


def test_a_file_that_is_missing_is_said_to_be() -> None:
    found = opened(grid(("1",), ()), lambda record, px: None)
    assert "The file is missing." in found.within("b") and not found.named("img")


def test_each_tab_is_a_section_of_its_own_that_is_led_to() -> None:
    found = opened(grid(z=("2", "5"), repeats=2))
    ids = {one["id"] for one in found.named("section") if "id" in one}
    assert {(one["href"] or "")[1:] for one in found.named("a")} == ids == {"t0", "t1"}
    assert len(found.named("table")) - len(found.named("nav")) >= 2
    assert len(found.named("img")) == 16
    assert found.named("img")[1]["alt"] == "1, cat, 2, image 2"


@pytest.mark.parametrize("count", [1, 36, 400, 5_000])
def test_the_more_images_there_are_the_smaller_each_is(count: int) -> None:
    of = grid([str(n) for n in range(min(count, 1000))], [str(n) for n in range(-(-count // 1000))])
    fits = room(of)
    assert fits.written + len(of.cells) * fits.most * 4 / 3 <= FILE_MAX_BYTES
    assert fits.side == {1: 512, 36: 512, 400: 384, 5_000: 96}[count]


def test_no_image_takes_more_than_its_part_however_full_it_is() -> None:
    record = made(0, [(0, 0, 0, 0)]).run
    assert record and record.record
    small = shot(record.record, noisy(), 128, 1_500)
    assert small is not None and len(small) <= 1_500


def test_the_size_is_about_what_was_told_before() -> None:
    of = grid([str(n) for n in range(6)], ("cat", "dog"), prompt="a cat " * 20)
    told, real = page_bytes(of, noisy()), len(text(of, noisy()).encode())
    assert abs(told - real) <= 0.1 * real
    many = grid([str(n) for n in range(100)], [str(n) for n in range(10)])
    empty = len(text(many, lambda record, px: None).encode())
    assert empty <= room(many).written <= 1.3 * empty


def test_prompts_beyond_measure_stand_once_each_and_whole() -> None:
    prompt = "a very long prompt, " * 450
    cells = [
        made(n, [(n, 0, 0, 0)], prompt=f"{prompt}{n % 2}", values={"num_steps": n + 1})
        for n in range(400)
    ]
    of = grid([str(n) for n in range(400)], (), cells=cells)
    whole = text(of, lambda record, px: None)
    assert whole.count(prompt) == 2
    found = Opened(whole)
    assert [one["id"] for one in found.named("li")] == ["p1", "p2"]
    assert found.within("a")[:3] == ["Prompt 1", "Prompt 2", "Prompt 1"]
    assert len(whole) < FILE_MAX_BYTES


def test_what_is_plotted_is_a_table() -> None:
    cells = [
        made(0, [(0, 0, 0, 0)], difference=0.0),
        made(1, [(1, 0, 0, 0), (1, 1, 0, 0)], difference=4.0),
        made(2, [(0, 1, 0, 0)], difference=2.0, cached=True),
    ]
    of = grid(cells=cells)
    assert means(of, 0) == [Means(2.5, 1.0), Means(2.5, 4.0)]
    assert means(of, 2) == []
    found = opened(of)
    assert found.within("td")[-4:] == ["2.5", "2.0", "2.5", "3.0"]
