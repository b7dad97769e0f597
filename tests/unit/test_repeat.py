"""What differs between images, which seeds are neighbours, and what can be made again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.catalogue.load import load_catalogue
from backend.errors import InvalidInput
from backend.generation.repeat import neighbours, refuse_repeat
from backend.library.differences import changes, compare
from backend.types import IMPORT, OFFLINE, SEED_MAX, GenerationRequest, ImageRecord

FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
MODELS = load_catalogue()
CAT = GenerationRequest(FLUX, "a cat", {"width": 512, "height": 512, "num_steps": 4}, 42)
RECORD = ImageRecord(
    id="a" * 32,
    run_id="a" * 32,
    request=CAT,
    created=datetime(2026, 11, 22, tzinfo=UTC),
    seconds=1.0,
    price_usd=None,
    format="png",
    width_px=512,
    height_px=512,
    sha256="0" * 64,
    source=OFFLINE,
)


def test_only_what_differs_is_a_change_in_the_form_s_own_words() -> None:
    other = replace(CAT, values={**CAT.values, "num_steps": 8}, seed=43)
    rows = [(row.label, row.values) for row in changes(CAT, other, MODELS)]
    assert rows == [("Steps", ("4", "8")), ("Seed", ("42", "43"))]
    assert changes(CAT, CAT, MODELS) == []


def test_several_images_are_compared_in_every_parameter_that_any_has() -> None:
    sdxl = GenerationRequest(SDXL, "a cat", {"negative_prompt": "fog", "guidance_scale": 9.0})
    rows = {row.label: row for row in compare([CAT, sdxl], MODELS)}
    assert rows["Model"].values == ("FLUX.1 schnell", "SDXL 1.0") and rows["Model"].differs
    assert rows["Negative prompt"].values == (None, "fog")
    assert rows["Guidance scale"].values == (None, "9")
    assert rows["Seed"].values == ("42", None)
    assert not rows["Prompt"].differs


@pytest.mark.parametrize(
    ("seed", "seeds"),
    [
        (42, list(range(38, 47))),
        (1, [SEED_MAX - 2, SEED_MAX - 1, SEED_MAX, 0, 1, 2, 3, 4, 5]),
        (SEED_MAX, [*range(SEED_MAX - 4, SEED_MAX + 1), 0, 1, 2, 3]),
    ],
)
def test_neighbours_are_four_seeds_on_each_side_round_the_end(seed: int, seeds: list[int]) -> None:
    found = neighbours(replace(CAT, seed=seed))
    assert [request.seed for request in found] == seeds
    assert {request.prompt for request in found} == {"a cat"}


def test_without_a_seed_there_are_no_neighbours() -> None:
    with pytest.raises(InvalidInput, match="without a seed"):
        neighbours(replace(CAT, seed=None))


@pytest.mark.parametrize(
    ("record", "source", "why"),
    [
        (replace(RECORD, request=GenerationRequest(SDXL, "a cat")), OFFLINE, "takes no seed"),
        (replace(RECORD, source=IMPORT), OFFLINE, "Another program"),
        (RECORD, "cloud.example", "came from the sample engine.* from cloud.example now"),
        (replace(RECORD, request=replace(CAT, model="gone")), OFFLINE, "no longer in the cat"),
    ],
)
def test_what_would_prove_nothing_is_refused_with_the_reason(
    record: ImageRecord, source: str, why: str
) -> None:
    with pytest.raises(InvalidInput, match=why):
        refuse_repeat(record, MODELS, source)


def test_an_image_of_a_model_with_seed_from_the_same_source_can_be_made_again() -> None:
    assert refuse_repeat(RECORD, MODELS, OFFLINE) is None  # type: ignore[func-returns-value]
