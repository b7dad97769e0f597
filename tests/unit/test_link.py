"""A recipe as a link, and back; forged and damaged ones are refused in words."""

from __future__ import annotations

import base64
import json
import random
import re
import time
import zlib
from itertools import count
from math import inf, nan

import pytest

from backend.errors import InvalidInput
from backend.recipes.fitting import fit
from backend.recipes.link import decode, encode
from backend.recipes.recipe import Brought, of_record
from backend.types import GenerationRequest
from tests.unit.recipe_values import FLUX, FULL, MODELS, SDXL, brought, record

PROMPTS = ["", "a", "猫 🐈‍⬛ قطة", "a\n\t\"b\" 'c' <d>&%#?+ /\\", "long " * 1_900, "\x01\x7f"]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_recipe_comes_back_exactly(prompt: str) -> None:
    values = {**FULL, "prompt": prompt, "third": 1 / 3, "none": None, "yes": True, "": 0}
    found = Brought("own", SDXL, values)
    assert decode(encode(found)) == found


def test_recipes_are_fit_for_an_address_and_short() -> None:
    for prompt in PROMPTS:
        assert re.fullmatch(r"[jz][A-Za-z0-9_-]+", encode(brought(SDXL, prompt=prompt)))
    long = encode(brought(SDXL, prompt="a flying cat, " * 500))
    assert long.startswith("z")
    assert len(long) < 300
    assert encode(Brought("own", "m", {})).startswith("j")


def test_what_json_cannot_hold_does_not_break_a_link() -> None:
    values = {"a": nan, "b": inf, "c": 2**70, "d": "\ud800", "e": [1, {"x": "y"}], "\ud800": 1}
    found = decode(encode(brought("\udc00", **values)))
    assert found.values == {
        "a": "NaN",
        "b": "inf",
        "c": str(2**70),
        "d": "?",
        "e": "1, x: y",
        "?": 1,
    }


def test_a_text_that_no_field_takes_stays_out_of_the_link() -> None:
    found = decode(encode(brought("m", prompt="x" * 5_000_000, seed=1)))
    assert found.values == {"seed": 1}


@pytest.mark.parametrize(
    "value", [[None], ["a fox"], [512], {"a": 1}, nan, inf, 2**70, "\ud800", "9" * 30_000]
)
def test_a_link_brings_nothing_that_the_image_itself_would_not(value: object) -> None:
    image = brought(SDXL, prompt=value, width=value, height=512, num_steps=7)
    direct, linked = fit(image, MODELS), fit(decode(encode(image)), MODELS)
    assert linked.values == direct.values == {"num_steps": 7}


def test_a_link_holds_no_key() -> None:
    values = {"prompt": "my key:\nak_verysecret-0123", "note": "Bearer abcdefgh12345"}
    found = decode(encode(brought("m", **values)))
    assert found.values == {"prompt": "my key:\n[key]", "note": "Bearer [key]"}


def test_reading_a_recipe_needs_no_key_and_reveals_none() -> None:
    text = encode(of_record(record(GenerationRequest(FLUX, "a", {}, 1))))
    assert decode(text) == Brought("own", FLUX, {"prompt": "a", "seed": 1})


def link(document: object, mark: str = "j") -> str:
    raw = json.dumps(document).encode()
    raw = zlib.compress(raw) if mark == "z" else raw
    return mark + base64.urlsafe_b64encode(raw).decode().rstrip("=")


GOOD: dict[str, object] = {"v": 1, "source": "own", "model": "m", "values": {"prompt": "a"}}
BOMB = "z" + base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "j",
        "z",
        "x" + link(GOOD)[1:],
        link(GOOD)[1:],
        link(GOOD)[:-3],
        link(GOOD, "z")[:-3],
        link(GOOD) + "A",
        link(GOOD) + "!",
        link(GOOD) + " ",
        "z" + link(GOOD)[1:],
        "j" + link(GOOD, "z")[1:],
        link([]),
        link({}),
        link(None),
        link({**GOOD, "v": 2}),
        link({**GOOD, "source": "<b>"}),
        link({**GOOD, "source": None}),
        link({**GOOD, "model": 5}),
        link({**GOOD, "values": []}),
        link({**GOOD, "values": {"a": []}}),
        link({**GOOD, "values": {f"n{n}": n for n in range(129)}}),
        "j" + base64.urlsafe_b64encode(b"[" * 150_000).decode(),
        "j" + base64.urlsafe_b64encode(b"9" * 9_999).decode().rstrip("="),
        "j" + base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
        "z" * 300_000,
        BOMB,
        "é" * 10,
    ],
    ids=count(),
)
def test_damaged_and_oversized_recipes_are_refused_in_words(text: str) -> None:
    start = time.process_time()
    with pytest.raises(InvalidInput) as refused:
        decode(text)
    assert time.process_time() - start < 1
    assert refused.value.message in (
        "The recipe in this link is damaged.",
        "The recipe in this link is too long.",
    )
    assert refused.value.hint
    assert refused.value.field == "recipe"


def test_not_finite_numbers_in_a_forged_link_are_dropped() -> None:
    raw = b'{"v":1,"source":"own","model":"m","values":{"prompt":"a","guidance_scale":NaN}}'
    forged = "j" + base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert fit(decode(forged), MODELS).dropped == {"guidance_scale": "NaN"}


def test_flipped_letters_are_refused_or_fit() -> None:
    rng = random.Random(5)
    for mark in "jz":
        good = link({**GOOD, "values": FULL}, mark)
        for _ in range(400):
            bad = list(good)
            bad[rng.randrange(len(bad))] = rng.choice("ABCxyz019_-=!é")
            try:
                taken = fit(decode("".join(bad)), MODELS)
            except InvalidInput:
                continue
            told = [taken.values, taken.dropped, taken.unknown, taken.text]
            assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_inflating_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.recipes.link.MAX_JSON_BYTES", 10)
    with pytest.raises(InvalidInput, match="too long"):
        decode(link({**GOOD, "values": {"prompt": "a" * 500}}, "z"))
