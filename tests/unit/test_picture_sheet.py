"""The contact sheet as one picture: as wide as a slide, from the images, with their prompts."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from backend.catalogue.load import load_catalogue
from backend.exchange.picture_sheet import LEAST_PX, SLIDE_PX, WIDTH_PX, plan, png_sheet
from backend.exchange.sheet_text import font_for, wrapped
from backend.types import OFFLINE, GenerationRequest, ImageRecord
from tests.drawn_text import drawn_text, wider_font
from ui.language.languages import ENGLISH, LANGUAGES

MODELS = load_catalogue()
FLUX = "black-forest-labs/FLUX.1-schnell"
RED = (200, 30, 30)
HOSTILE = [
    "\u202egnirts\u202c right to left",
    "nul \0 and \x1b[31m escape \u2028 line",
    "half a \ud83d surrogate",
    "مدينة عند الغروب",
    "猫" * 5_000,
    "w" * 5_000,
    "a\u0301" * 900,
    "👩‍👩‍👧‍👦" * 50,
    "",
    " \n\t ",
]


def file(size: tuple[int, int] = (64, 48), kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    colour = RED if mode == "RGB" else (0, 0, 0, 0)
    Image.new(mode, size, colour).save(out, kind)
    return out.getvalue()


def record(
    number: int = 0, prompt: str = "a cat", size: tuple[int, int] = (64, 48), **changes: object
) -> ImageRecord:
    made = ImageRecord(
        id=f"{number:032x}",
        run_id=f"{number:032x}",
        request=GenerationRequest(FLUX, prompt, {}, number),
        created=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
        seconds=1.25,
        price_usd=None,
        format="png",
        width_px=size[0],
        height_px=size[1],
        sha256="0" * 64,
        source="api.example.com",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def sheet(records: list[ImageRecord], data: bytes | None) -> Image.Image:
    made = Image.open(io.BytesIO(png_sheet(records, lambda _: data, models=MODELS, reader=ENGLISH)))
    made.load()
    assert made.format == "PNG"
    return made


def red(picture: Image.Image) -> tuple[int, int, int, int]:
    """Return where the red of the images is: left, top, right, bottom."""
    parts = zip(picture.split(), RED, strict=True)
    masks = [part.point(lambda value, is_=is_: 255 if value == is_ else 0) for part, is_ in parts]
    found = Image.merge("RGB", masks).convert("L").point(lambda value: 255 if value > 250 else 0)
    box = found.getbbox()
    assert box
    return box


@pytest.mark.parametrize("count", [1, 2, 5, 13, 61, 200])
def test_every_image_is_there_and_the_sheet_as_wide_as_a_slide(count: int) -> None:
    picture = sheet([record(n, f"cat {n}") for n in range(count)], file())
    assert picture.width == 1_920 and picture.height < 6_000
    assert picture.height <= 1_080 or count > 30
    pixels = sum(n for n, colour in picture.getcolors(1 << 24) or () if colour == RED)
    assert pixels == count * 64 * 48


@pytest.mark.parametrize("size", [(1024, 1024), (2688, 1536), (768, 1344), (3000, 500), (64, 6000)])
@pytest.mark.parametrize("prompts", [False, True])
def test_one_image_is_as_large_as_a_slide_lets_it_be(size: tuple[int, int], prompts: bool) -> None:
    records = [record(n, f"cat {n}" if prompts else "cat", size) for n in range(1 + prompts)]
    picture = sheet(records, file(size))
    left, top, right, bottom = red(picture)
    assert picture.height <= 1_080
    if not prompts:
        assert right - left > 1_600 or bottom - top > 850, "from the image, not its thumbnail"
        assert abs((left + right) / 2 - 960) < 2


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_images_of_every_format_are_taken_from_their_files(kind: str) -> None:
    made = record(0, size=(800, 800), format=kind.lower())
    whole = file((800, 800), kind)
    data = png_sheet(
        [made], lambda asked: whole if asked is made else None, models={}, reader=ENGLISH
    )
    with Image.open(io.BytesIO(data)) as picture:
        middle = picture.getpixel((960, 500))
    assert all(abs(a - b) < 8 for a, b in zip(middle, RED, strict=True))  # type: ignore[arg-type]


def ink(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Return how many pixels of the box are dark, as words are."""
    return sum(picture.crop(box).convert("L").histogram()[:110])


def text_rows(words: Image.Image) -> int:
    rows = [ink(words, (0, y, words.width, y + 1)) > 0 for y in range(words.height)]
    return sum(now and not before for before, now in zip([False, *rows], rows, strict=False))


def test_a_prompt_stands_below_its_image_and_one_that_all_share_once_above_them() -> None:
    for prompts, above in ((["a red fox", "a red fox"], True), (["a red fox", "an owl"], False)):
        picture = sheet([record(n, p, (800, 800)) for n, p in enumerate(prompts)], file((800, 800)))
        _, top, _, bottom = red(picture)
        assert (ink(picture, (0, 0, 1_920, top)) > 200) is above
        count = text_rows(picture.crop((0, bottom + 1, 960, picture.height)))
        assert count == (1 if above else 2), "seed and model, and each its own prompt"


def test_other_prompts_make_other_sheets() -> None:
    one, two = (sheet([record(0, prompt)], file()).tobytes() for prompt in ("one", "two"))
    assert one != two


def test_hostile_words_and_missing_files_are_taken() -> None:
    hostile = [record(n, text) for n, text in enumerate(HOSTILE)]
    hostile.append(record(99, request=GenerationRequest("猫" * 5_000, "p", {}, 2**32 - 1)))
    for broken in (None, b"", b"RIFF0000WEBPVP8 ", file()[:60]):
        assert sheet(hostile, broken).width == 1_920
    for text in HOSTILE:
        assert sheet([record(0, text)] * 2, file()).width == 1_920


def test_a_transparent_image_is_on_white() -> None:
    picture = sheet([record(0, size=(100, 1_000))], file((100, 1_000), mode="RGBA"))
    assert picture.getpixel((960, 500)) == (255, 255, 255)


def test_an_image_that_lies_on_its_side_stands_upright() -> None:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (900, 300), RED).save(out, "PNG", exif=exif)
    left, top, right, bottom = red(sheet([record(0, size=(900, 300))], out.getvalue()))
    assert bottom - top > 2 * (right - left)


MEASURED = """
import io, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from PIL import Image
from tests.unit.test_picture_sheet import record
from backend.exchange.picture_sheet import png_sheet
from ui.language.languages import ENGLISH
records = [record(n, f"cat {n}", (4000, 4000)) for n in range(6)]
png_sheet(records[:1], lambda _: Path(sys.argv[2]).read_bytes(), models={}, reader=ENGLISH)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
png_sheet(records, lambda _: Path(sys.argv[2]).read_bytes(), models={}, reader=ENGLISH)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measured in the kilobytes of Linux")
def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(file((4_000, 4_000)))  # 48 MB decoded: 6 of them would be 288
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", MEASURED, root, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=True)
    assert int(done.stdout) < 100_000


def test_two_sheets_at_once_hold_one_image() -> None:
    inside: list[int] = []
    most: list[int] = []

    def slow(_: ImageRecord) -> bytes:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.005)  # so that the other sheet has its turn
        inside.pop()
        return file()

    records = [record(n) for n in range(10)]
    with ThreadPoolExecutor(2) as pool:
        sheets = [
            pool.submit(png_sheet, records, slow, models=MODELS, reader=ENGLISH) for _ in range(2)
        ]
    assert [bool(made.result()) for made in sheets] == [True, True]
    assert max(most) == 1


# --- where things stand --------------------------------------------------------------------------


FACTS = "Seed 4294967295 · FLUX.1 schnell (sample engine)"


@given(
    st.integers(1, 200),
    st.floats(0.5, 1.5),
    st.integers(0, 250),
    st.booleans(),
    st.sampled_from(["", FACTS]),
)
def test_whatever_the_number_all_fit_the_width_and_stay_visible(
    count: int, ratio: float, above: int, prompts: bool, facts: str
) -> None:
    where = plan(count, ratio, above, prompts=prompts, facts=facts)
    rows = -(-count // where.columns)
    assert 1 <= where.columns <= count and where.columns * (where.width + 24) + 24 <= WIDTH_PX
    shown = min(where.width, where.picture / ratio)
    on_slide = above + 24 + rows * where.row <= SLIDE_PX
    assert shown >= LEAST_PX - 1
    assert on_slide or count > 8


def test_few_images_stand_in_one_row_and_more_in_several() -> None:
    columns = [plan(count, 1.0, 0, prompts=True).columns for count in (1, 2, 3, 4, 8, 12)]
    assert columns == [1, 2, 3, 4, 4, 6]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8, 12, 40, 200])
def test_seed_and_model_are_written_whole_however_many_images_there_are(count: int) -> None:
    where = plan(count, 1.0, 0, prompts=True, facts=FACTS)
    lines = wrapped(FACTS, font_for(FACTS, where.font), where.width, where.facts_lines)
    assert " ".join(lines) == FACTS


def test_a_sheet_of_sample_images_says_so_below_each() -> None:
    heights = []
    for source in ("api.example.com", OFFLINE):
        first = 4_294_967_292
        records = [record(first + n, f"cat {n}", (800, 800), source=source) for n in range(4)]
        picture = sheet(records, file((800, 800)))
        heights.append(text_rows(picture.crop((0, red(picture)[3] + 1, 480, picture.height))))
    assert heights == [2, 3], "the prompt, then seed and model, which take another line"


# --- words ---------------------------------------------------------------------------------------


def test_words_below_pictures_are_told_to_the_reader() -> None:
    asked: list[str] = []

    class Reader:
        tag, direction = "en", "ltr"

        def tell(self, text: str) -> str:
            asked.append(text)
            return text

    png_sheet([record(1)], lambda _: None, models={}, reader=Reader())
    assert sorted(asked) == ["Seed 1 · black-forest-labs/FLUX.1-schnell", "The file is missing."]


@pytest.mark.parametrize(
    ("tag", "rows"), [("en", [[0, 1, 2], [3, 4]]), ("ar", [[2, 1, 0], [4, 3]])]
)
def test_rows_begin_where_the_readers_lines_begin(tag: str, rows: list[list[int]]) -> None:
    records, boxes = [record(n) for n in range(5)], []
    for shown in records:
        files = {one.id: file(mode="RGB" if one is shown else "RGBA") for one in records}
        png = png_sheet(
            records, lambda one, files=files: files[one.id], models={}, reader=LANGUAGES[tag]
        )
        boxes.append(red(Image.open(io.BytesIO(png))))
    tops = sorted({top for _, top, _, _ in boxes})
    found = [sorted((box[0], n) for n, box in enumerate(boxes) if box[1] == top) for top in tops]
    assert [[number for _, number in row] for row in found] == rows


def test_all_lines_of_a_caption_run_in_one_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    wider_font()
    lines = drawn_text(monkeypatch)
    prompt = "منارة عند البحر والسماء lighthouse at dusk and dawn, warm light"
    records = [record(n, prompt if n else "a fox", source=OFFLINE) for n in range(14)]
    png_sheet(records, lambda _: file(), models=MODELS, reader=LANGUAGES["ar"])
    latin = [line for line in lines if line.text.isascii()]
    assert {line.text for line in latin} > {"a fox"}, "a line of an Arabic text begins with Latin"
    for line in lines:
        assert line.direction == (None if line.text == "a fox" else "rtl")
