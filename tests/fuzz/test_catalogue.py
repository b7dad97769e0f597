"""Whatever stands in models.toml: a catalogue that can be used, or a sentence that says where."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue.load import BUILT_IN, load_catalogue, with_remote
from backend.catalogue.params import clean_batch, estimated_price_usd
from backend.catalogue.widgets import change_model, parameter_names, plan_widgets
from backend.errors import InvalidInput, SettingsError
from backend.types import ModelSpec
from tests.fuzz.inputs import changed, damaged, numbers, texts

KEYS = ("id", "label", "description", "provider", "price_usd", "params", "kind", "help", "default",
        "minimum", "maximum", "step", "choices", "effect", "name", "model", "param", "count",
        "prompt", "seed", "width", "steps", "")  # fmt: skip

# TOML's own values: no null, whole numbers of 64 bits, and texts that UTF-8 can hold.
words = texts.filter(lambda text: text.isprintable())
leaves = st.one_of(
    st.booleans(),
    numbers.filter(lambda n: isinstance(n, float) or -(2**63) <= n < 2**63),
    words,
    st.sampled_from(["text", "integer", "number", "sentry_block", "a", -1, 0, 16]),
    st.dates(),
    st.times().map(lambda time: time.replace(microsecond=0)),
)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | words, inner, max_size=5)
    ),
    max_leaves=12,
)
built_in = tomllib.loads(BUILT_IN.read_text(encoding="utf-8"))
own = {
    "param": {"width": {"maximum": 4096}, "look": {"kind": "text", "choices": ["a", "b"]}},
    "model": [
        {"id": "a/b", "label": "B", "price_usd": "0.01", "params": {"prompt": {}, "look": {}}},
        {"id": built_in["model"][0]["id"], "label": "Another"},
    ],
}
documents = st.one_of(
    st.dictionaries(st.sampled_from(KEYS) | words, anything, max_size=3),
    changed(own, anything),
    changed(built_in, anything),
)


def as_toml(document: Any) -> bytes:
    return tomlkit.dumps(document).encode() if isinstance(document, dict) else b"x = 1 2"


written = documents.map(as_toml)
contents = st.one_of(
    written,
    written,
    damaged(st.one_of(written, st.just(BUILT_IN.read_bytes()))),
    st.binary(max_size=100),
    st.integers(50, 5_000).map(lambda depth: b"x = " + b"[" * depth + b"]" * depth),
    st.integers(50, 5_000).map(lambda depth: b"x = " + b"{a=" * depth + b"1" + b"}" * depth),
    st.integers(50, 5_000).map(lambda depth: b"[" + b"a." * depth + b"a]"),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("catalogue") / "models.toml"


def loaded(file: Path, content: bytes) -> dict[str, ModelSpec] | None:
    """Return the catalogue; None where it is refused with its file's name and a place in it."""
    file.write_bytes(content)
    try:
        return load_catalogue(file)
    except SettingsError as error:
        assert error.message.startswith(f"The catalogue {file} ") and error.hint
        assert " cannot be read: " in error.message or " has a mistake in " in error.message
        assert len(error.message) < 1_000 + len(str(file))
        error.message.encode()  # a terminal can print it
        return None


@given(content=contents)
def test_a_catalogue_is_whole_or_refused_with_file_table_and_key(
    file: Path, content: bytes
) -> None:
    for model_id, model in (loaded(file, content) or {}).items():
        assert model.id == model_id.strip() and model.label.strip() and model.param("prompt")
        json.dumps([model.id, model.label, model.description, model.provider]).encode()


@given(
    content=written,
    raw=st.dictionaries(st.sampled_from(KEYS), st.one_of(numbers, words, st.none()), max_size=6),
    count=st.one_of(st.integers(0, 9), words),
)
def test_what_was_taken_can_be_shown_and_filled_in(
    file: Path, content: bytes, raw: dict[str, Any], count: object
) -> None:
    models = loaded(file, content)
    if models is None:
        return
    specs = list(models.values())
    assert "prompt" in parameter_names(specs)
    for model in with_remote(models, [(specs[0].id, None)]).values():
        plan = plan_widgets(model, dict.fromkeys(parameter_names(specs)))
        assert all(plan[spec.name].value == spec.default for spec in model.params)
        price = estimated_price_usd(model, 8)
        assert price is None or (price.is_finite() and price >= 0)
        given = {"prompt": "a fox"} | {n: v for n, v in raw.items() if v is not None}
        try:
            requests = clean_batch(model, given, count, rng=Random(7))
        except InvalidInput as error:
            assert error.message and error.field
        else:
            json.dumps([dict(r.values) | {"seed": r.seed} for r in requests], allow_nan=False)
    one, other = specs[0], specs[-1]
    assert change_model(one, other, dict.fromkeys(parameter_names(specs), "1"), {}).widgets
