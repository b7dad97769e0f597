"""What of a file is sent."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ui  # noqa: F401  # before gradio
from tests.ui.fake_studio import FLUX, FakeStudio
from ui import static
from ui.routes.partial import part_of

TAG = '"abc"'


def stored(studio: FakeStudio) -> str:
    return studio.put(studio.prepare(FLUX, {"prompt": "a fox", "seed": 42}, 1)[0]).id


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=0-99", 206, 0, 100),
        ("bytes=10-", 206, 10, 100),
        ("bytes=90-1000", 206, 90, 100),
        ("bytes=-10", 206, 90, 100),
        ("bytes=-1000", 206, 0, 100),
        ("BYTES = 5 - 6", 206, 5, 7),
        ("bytes=005-006", 206, 5, 7),
        ("bytes=100-", 416, 0, 0),
        ("bytes=100-200", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=6-5", 200, 0, 100),
        ("bytes=-", 200, 0, 100),
        ("bytes=", 200, 0, 100),
        ("bytes=a-b", 200, 0, 100),
        ("bytes=0-1,5-6", 200, 0, 100),
        ("items=0-1", 200, 0, 100),
        ("bytes=0-" + "9" * 5_000, 200, 0, 100),
        ("bytes=\u0661-\u0662", 200, 0, 100),
    ],
)
def test_a_range_is_the_part_that_it_names(asked: str, status: int, start: int, end: int) -> None:
    part = part_of({"range": asked}, 100, TAG)
    assert (part.status, part.start, part.end) == (status, start, end)
    assert part.headers["ETag"] == TAG and part.headers["Accept-Ranges"] == "bytes"
    told = part.headers.get("Content-Range")
    assert told == {206: f"bytes {start}-{end - 1}/100", 416: "bytes */100"}.get(status)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (TAG, 304),
        (f"W/{TAG}", 304),
        (f'"x", {TAG}', 304),
        ("*", 304),
        ('"x"', 206),
        ("abc", 206),
        ("", 206),
        ('"ab', 206),
    ],
)
def test_who_has_it_gets_nothing_new_whatever_range_they_ask(condition: str, status: int) -> None:
    headers = {"range": "bytes=0-1", "if-none-match": condition}
    assert part_of(headers, 100, TAG).status == status


@pytest.mark.parametrize(("condition", "status"), [(TAG, 206), ('"old"', 200), (f"W/{TAG}", 200)])
def test_a_part_of_another_state_is_the_whole(condition: str, status: int) -> None:
    assert part_of({"range": "bytes=0-1", "if-range": condition}, 100, TAG).status == status


@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 50))
def test_whatever_is_asked_no_part_leaves_the_file(asked: str, other: str, size: int) -> None:
    for text in (asked, f"bytes={asked}", f"bytes={asked}-{other}"):
        part = part_of({"range": text, "if-none-match": other}, size, TAG)
        assert 0 <= part.start <= part.end <= size
        assert part.status in (200, 206, 304, 416)
        assert (part.status == 206) <= (part.end > part.start)


def test_an_empty_file_has_no_parts() -> None:
    assert part_of({"range": "bytes=0-"}, 0, TAG).status == 416
    assert part_of({}, 0, TAG).status == 200


# --- over HTTP ----------------------------------------------------------------------------------


async def test_files_are_sent_whole_in_part_or_not_again(
    client: httpx.AsyncClient, studio: FakeStudio
) -> None:
    image = stored(studio)
    for path in (f"/images/{image}", f"/thumbs/{image}", static.url("style.css"), "/favicon.ico"):
        plain = {"Accept-Encoding": "identity"}
        whole = await client.get(path, headers=plain)
        tag, size = whole.headers["etag"], len(whole.content)
        assert whole.status_code == 200 and whole.headers["accept-ranges"] == "bytes"
        part = await client.get(path, headers=plain | {"Range": "bytes=3-9"})
        assert (part.status_code, part.content) == (206, whole.content[3:10])
        assert part.headers["content-range"] == f"bytes 3-9/{size}"
        assert part.headers["content-type"] == whole.headers["content-type"]
        rest = await client.get(path, headers=plain | {"Range": "bytes=10-", "If-Range": tag})
        assert whole.content[:3] + part.content + rest.content == whole.content
        known = await client.get(path, headers=plain | {"If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["etag"] == tag and "cache-control" in known.headers
        beyond = await client.get(path, headers=plain | {"Range": f"bytes={size}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
        head = await client.head(path, headers=plain)
        assert (head.status_code, head.headers["etag"]) == (200, tag)
        assert head.headers["content-length"] == str(size)


async def test_the_same_file_compressed_is_another_state(client: httpx.AsyncClient) -> None:
    path = static.url("style.css")
    tags = {
        (await client.get(path, headers={"Accept-Encoding": kind})).headers["etag"]
        for kind in ("identity", "gzip")
    }
    assert len(tags) == 2


async def test_a_name_to_save_under_comes_with_a_part_too(
    client: httpx.AsyncClient, studio: FakeStudio
) -> None:
    path = f"/images/{stored(studio)}?download=1"
    part = await client.get(path, headers={"Range": "bytes=0-0"})
    assert part.status_code == 206 and "attachment" in part.headers["content-disposition"]
