"""Damage and malice: nothing in a file is believed unchecked."""

from __future__ import annotations

import json
import random
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from backend.errors import BadAnswer
from backend.images import containers, metadata
from backend.images.own_record import from_json, to_json
from backend.types import Origin, OriginKind, Tokens
from tests.unit.image_files import (
    FILES,
    LABEL,
    PROMPT_MAX_CHARS,
    THREE,
    VALID,
    each,
    png_chunk,
    put,
    record,
    three,
)

# Damage and malice


@each
def test_files_without_our_text_are_nothing_of_ours(make: Callable[[], bytes]) -> None:
    assert metadata.read(make()) is None


@each
def test_files_cut_anywhere_raise_nothing_on_reading(make: Callable[[], bytes]) -> None:
    before, after = make(), put(make())
    for cut in range(0, len(after), max(1, len(after) // 300)):
        found = metadata.read(after[:cut])
        assert found is None or found.record.request == record().request
    for cut in range(0, len(before), max(1, len(before) // 100)):
        try:
            put(before[:cut])
        except BadAnswer as error:
            assert error.message.endswith(".")


@each
def test_random_damage_raises_nothing_on_reading(make: Callable[[], bytes]) -> None:
    before, after, rng = make(), put(make()), random.Random(11)
    for _ in range(150):
        bad = bytearray(after)
        for _ in range(rng.randint(1, 5)):
            bad[rng.randrange(min(len(bad), 1500))] = rng.randrange(256)
        metadata.read(bytes(bad))
        bad = bytearray(before)
        bad[rng.randrange(min(len(bad), 400))] = rng.randrange(256)
        try:
            put(bytes(bad))
        except BadAnswer as error:
            assert error.message.endswith(".")


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"])
def test_what_is_no_image_is_refused_and_read_as_nothing(data: bytes) -> None:
    assert metadata.read(data) is None
    with pytest.raises(BadAnswer):
        put(data)


def test_a_flipped_letter_in_a_pngs_text_is_not_believed() -> None:
    data = put(FILES["png rgb"](), record("a flying cat"))
    at = data.index(b'"prompt":"a flying') + 12
    assert metadata.read(data[:at] + b"X" + data[at + 1 :]) is None


def test_a_jpeg_that_lost_one_of_its_comments_is_not_half_believed() -> None:
    own = to_json(record("a cat " * 30), model_label=LABEL, app_version="1")
    at = own.index(b"a cat")
    texts = (own[:at], own[at : at + 60], own[at + 60 :])
    parts = []
    for number, text in enumerate(texts, 1):
        payload = KEY + b" %d/3 " % number + text
        parts.append(b"\xff\xfe" + struct.pack(">H", len(payload) + 2) + payload)
    jpeg = FILES["jpeg"]()
    assert metadata.read(jpeg[:2] + b"".join(parts) + jpeg[2:]) is not None
    assert metadata.read(jpeg[:2] + parts[0] + parts[2] + jpeg[2:]) is None


def png_with(chunk: bytes) -> bytes:
    data = FILES["png rgb"]()
    return data[:33] + chunk + data[33:]


KEY = b"sentry_block_playground"


def test_texts_that_another_program_copied_are_read_in_every_form() -> None:
    own = to_json(record("plain"), model_label=LABEL, app_version="1")
    packed = zlib.compress(own)
    for chunk in (
        png_chunk(b"tEXt", KEY + b"\0" + own),
        png_chunk(b"zTXt", KEY + b"\0\0" + packed),
        png_chunk(b"iTXt", KEY + b"\0\1\0en\0key\0" + packed),
        png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own),
    ):
        found = metadata.read(png_with(chunk))
        assert found is not None
        assert found.record.request.prompt == "plain"


def bombs() -> dict[str, bytes]:
    deflated = zlib.compress(b" " * 300_000_000, 1)
    huge = struct.pack(">I", 0xFFFFFFFF) + b"iTXt" + KEY
    claim = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    jpeg, webp = FILES["jpeg"](), put(FILES["webp lossy"]())
    at = webp.index(b"SBPJ") + 4
    return {
        "iTXt": png_with(png_chunk(b"iTXt", KEY + b"\0\1\0\0\0" + deflated)),
        "zTXt": png_with(png_chunk(b"zTXt", KEY + b"\0\0" + deflated)),
        "tEXt": png_with(png_chunk(b"tEXt", KEY + b"\0" + b" " * 40_000_000)),
        "length": png_with(huge),
        "no text": png_with(png_chunk(b"iTXt", KEY + b"\0")),
        "no separator": png_with(png_chunk(b"iTXt", KEY + b"\0\0\0en")),
        "pixels": containers.PNG_MAGIC + png_chunk(b"IHDR", claim) + png_chunk(b"IEND", b""),
        "many chunks": png_with(png_chunk(b"iTXt", KEY + b"\0") * 400_000),
        "many segments": jpeg[:2] + b"\xff\xfe\0\x1f" + KEY + b" 1/99 " + b"\xff\xfe\0\2" * 400_000,
        "part 2 first": jpeg[:2] + b"\xff\xfe\0\x1f" + KEY + b" 2/2  " + jpeg[2:],
        "webp length": webp[:at] + b"\xff\xff\xff\x7f" + webp[at + 4 :],
    }


def test_bombs_are_nothing_of_ours_and_cost_little_time_and_memory() -> None:
    for name, data in bombs().items():
        start = time.perf_counter()
        assert metadata.read(data) is None, name
        assert time.perf_counter() - start < 5, name


def test_inflating_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is inflated one byte beyond the limit is no JSON of ours any more."""
    own = to_json(record(), model_label=LABEL, app_version="1")
    packed = png_with(png_chunk(b"iTXt", KEY + b"\0\1\0\0\0" + zlib.compress(own)))
    assert metadata.read(packed) is not None
    monkeypatch.setattr(metadata, "MAX_JSON_BYTES", len(own) - 1)
    assert metadata.read(packed) is None
    bomb = bombs()["iTXt"]
    tracemalloc.start()
    try:
        metadata.read(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


HOSTILE: list[tuple[str, object]] = [
    ("schema", 2),
    ("schema", None),
    ("id", "../../etc/passwd"),
    ("id", "0123456789ABCDEF" * 2),
    ("id", "0123456789abcdef" * 2 + "\n"),
    ("id", 5),
    ("run_id", None),
    ("provider", None),
    ("model", ["m"]),
    ("prompt", None),
    ("prompt", "lone \ud800"),
    ("prompt", "nul \0"),
    ("values", []),
    ("values", {"a": []}),
    ("values", {"a": {"b": 1}}),
    ("values", {"a": float("inf")}),
    ("values", {"a": 10**400}),
    ("values", {"a": 2**63}),
    ("values", {f"k{n}": n for n in range(65)}),
    ("seed", -1),
    ("seed", 2**32),
    ("seed", 1.5),
    ("seed", True),
    ("seed", "42"),
    ("created", "yesterday"),
    ("created", "0001-01-01T00:00:00+14:00"),
    ("created", 0),
    ("seconds", float("nan")),
    ("seconds", -1),
    ("seconds", "1"),
    ("price_usd", "NaN"),
    ("price_usd", "1E+999999"),
    ("price_usd", "-1"),
    ("price_usd", "1\n"),
    ("price_usd", 0.009),
    ("app_version", None),
    ("origin", "0123456789abcdef" * 2),
    ("origin", {}),
    ("origin", {"image_id": "0123456789abcdef" * 2}),
    ("origin", {"image_id": "../etc", "kind": "seed"}),
    ("origin", {"image_id": "0123456789abcdef" * 2, "kind": "stolen"}),
    ("origin", {"image_id": "0123456789abcdef" * 2, "kind": ["seed"]}),
    ("experiment", "x"),
    ("experiment", 1),
]


@pytest.mark.parametrize(("name", "value"), HOSTILE)
def test_a_field_that_we_never_write_so_spoils_the_whole(name: str, value: object) -> None:
    own = json.dumps({**VALID, name: value}).encode()
    assert metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own))) is None


@pytest.mark.parametrize("name", [n for n in VALID if n not in ("origin", "experiment")])
def test_every_field_is_needed(name: str) -> None:
    own = json.dumps({key: value for key, value in VALID.items() if key != name}).encode()
    assert metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own))) is None


def test_files_of_before_origin_and_experiment_are_still_read() -> None:
    old = {key: value for key, value in VALID.items() if key not in ("origin", "experiment")}
    own = json.dumps({**old, "raw_sha256": "ab" * 32}).encode()
    found = metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own)))
    assert found is not None
    assert (found.record.origin, found.record.experiment) == (None, None)


@three
@pytest.mark.parametrize("kind", get_args(OriginKind))
def test_origin_and_experiment_come_back(make: Callable[[], bytes], kind: OriginKind) -> None:
    about = replace(record(), origin=Origin("ab" * 16, kind), experiment="cd" * 16)
    found = metadata.read(put(make(), about))
    assert found is not None
    assert (found.record.origin, found.record.experiment) == (about.origin, about.experiment)


@three
def test_tokens_come_back_and_nonsense_of_them_is_passed_over(make: Callable[[], bytes]) -> None:
    paid = replace(record(), tokens=Tokens(5, 272))
    found = metadata.read(put(make(), paid))
    assert found is not None and found.record.tokens == paid.tokens
    for odd in ([5], {}, {"input": -5, "output": 1}, {"input": 5}, {"input": True, "output": 1}):
        own = json.dumps({**VALID, "tokens": odd}).encode()
        found = metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own)))
        assert found is not None and found.record.tokens is None


@pytest.mark.parametrize(
    "own", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 200_000, b"9" * 9_999, b'{"schema":1}']
)
def test_json_that_is_not_ours_is_nothing(own: bytes) -> None:
    assert metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own))) is None


def test_the_longest_prompts_in_their_longest_form_fit_into_what_is_read() -> None:
    worst = record("\x01" * PROMPT_MAX_CHARS, "\x01" * PROMPT_MAX_CHARS)
    assert len(to_json(worst, model_label=LABEL, app_version="1")) < metadata.MAX_JSON_BYTES / 2
    for make in THREE.values():
        found = metadata.read(put(make(), worst))
        assert found is not None
        assert found.record.request == worst.request


def test_json_holds_neither_the_stored_files_hash_nor_its_size() -> None:
    """Both would be wrong: they are known only once the text is in."""
    assert not {"sha256", "width_px", "height_px", "format"} & VALID.keys()
    info = containers.ImageInfo("webp", 3, 4)
    own = json.dumps(VALID).encode()
    assert from_json(own, info, "abc").record.width_px == 3


def test_embedding_into_a_large_png_copies_and_does_no_more() -> None:
    noise = random.Random(1).randbytes(1_800_000)
    idat = b"".join(png_chunk(b"IDAT", noise[at : at + 8192]) for at in range(0, len(noise), 8192))
    head = containers.PNG_MAGIC + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0))
    data = head + idat + png_chunk(b"IEND", b"")
    best = 1.0
    for _ in range(7):
        start = time.perf_counter()
        put(data)
        best = min(best, time.perf_counter() - start)
    assert best < 0.02  # 0.6 ms measured; decoding alone would take 30
