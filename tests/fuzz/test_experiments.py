"""Whatever is asked of an experiment's plan is answered or refused in words, and costs no time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.catalogue.load import load_catalogue
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.plan import plan
from backend.experiments.spec import read_spec
from tests.bench.serving import program
from tests.examples import EXAMPLES
from tests.fuzz.inputs import changed, json_values, texts

CPU_S = 5.0
"""Of this process: a plan of 5,000 cells takes a tenth of a second."""

EACH = max(40, EXAMPLES // 4)
MODELS = load_catalogue()
FLUX, SDXL = MODELS
FILES = {"colour": ["red", "{blue|__colour__}"], "self": ["__self__"], "many": ["x"] * 10_000}
NAMES = (
    *("kind", "title", "base", "axes", "repeats", "x", "y", "z", "model", "prompt", "seed", "rows"),
    *("size", "replace", "prompts", "num_steps", "templates", "take", "take_seed"),
)

typed = st.one_of(
    texts,
    st.text(alphabet='0123456789.,-+()[]|" \n\u2026ax={}_$', max_size=40),
    st.sampled_from(
        [
            *("1-1000000", "1-1e9", "0-1 [1000000]", "1, 2, .., 999999999", "1-2 (+0.0000001)"),
            *("__self__", "__many__", "__colour__", "__nix__", "{" * 200, "{1-9$$a|b}" * 50),
            *("{a|b}" * 900, "a" * 50_000, "1," * 50_000, "x\n" * 50_000, "9" * 5_000),
            *("prompt,model\n" + "a,b\n" * 20_000, "a,a\n1,2", "\ufeffprompt\n\x00", '"' * 9_999),
        ]
    ),
)
lists = st.lists(st.one_of(st.integers(), st.floats(), texts), max_size=5)
GRID = {
    "title": "t",
    "base": {"model": FLUX, "prompt": "a fox", "seed": 7},
    "axes": {
        "x": {"num_steps": "1-4"},
        "y": {"prompts": "a {red|green} fox", "templates": True, "take": 1},
        "z": {"rows": f"prompt,model\nfox,{SDXL}"},
    },
    "repeats": 2,
}
ONE = {"base": GRID["base"], "axes": {"x": {"replace": "fox, hare"}}, "repeats": 1}
anything = json_values(NAMES, typed, lists)
documents = st.one_of(
    anything,
    changed(GRID, st.one_of(anything, typed)),
    changed(ONE, st.one_of(anything, typed)),
    st.builds(
        lambda kind, values, more: {"base": ONE["base"], "axes": {"x": {kind: values} | more}},
        st.sampled_from(["num_steps", "seed", "size", "model", "prompts", "replace", "rows"]),
        st.one_of(typed, lists),
        st.sampled_from([{}, {"templates": True}, {"templates": True, "take": 3}]),
    ),
)
MILLION = {
    "base": ONE["base"],
    "axes": {"x": {"seed": "1-1000"}, "y": {"guidance_scale": "1-10 [1000]"}},
}


@given(documents)
@example(MILLION)
def test_a_plan_is_made_or_refused_in_words_within_bounds(document: Any) -> None:
    began = time.process_time()
    try:
        found = plan(read_spec(document), MODELS, ASPECTS, Random(1), FILES.get)
        assert 1 <= len(found.cells) <= 5_000 and found.places <= 20_000
    except InvalidInput as error:
        assert error.message.strip().endswith((".", "?"))
    assert time.process_time() - began < CPU_S


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("experiments")
    (folder / "wildcards").mkdir()
    for name, lines in FILES.items():
        (folder / "wildcards" / f"{name}.txt").write_text("\n".join(lines), "utf-8")
    with program(folder, None) as (url, _):
        yield url


def test_over_http_it_is_a_plan_or_a_refusal_and_nothing_is_made(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60) as client:

        @settings(max_examples=EACH)
        @given(documents)
        @example(MILLION)
        def ask(document: Any) -> None:
            try:
                content = httpx.Request("POST", url, json=document).content
            except ValueError:  # no JSON: NaN, half a character
                return
            head = {"Content-Type": "application/json"}
            answer = client.post("/api/experiments/plan", content=content, headers=head)
            assert answer.status_code in (200, 413, 422), answer.text[:500]
            if answer.status_code == 422:
                assert answer.json()["error"]["message"].strip()

        ask()
        assert client.get("/api/runs").json()["runs"] == []
        assert client.get("/api/experiments").json()["experiments"] == []
