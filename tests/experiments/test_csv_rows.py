"""Rows as an axis: CSV as spreadsheets write it, and A1111's lists of prompts."""

from __future__ import annotations

from random import Random

import pytest

from backend.catalogue.load import load_catalogue
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.csv_rows import rows
from backend.experiments.plan import Plan, plan
from backend.experiments.prompt_lines import prompt_lines
from backend.experiments.spec import read_spec

COLUMNS = ["prompt", "seed", "num_steps", "guidance_scale", "width", "size", "model"]
FLUX = next(m for m in load_catalogue().values() if not m.param("negative_prompt"))


def read(text: str) -> list[dict[str, str]]:
    return [dict(row.cells) for row in rows(text, COLUMNS)]


def planned(values: str, kind: str = "rows", **base: object) -> Plan:
    document = {"base": {"model": FLUX.id, "prompt": "p", **base}, "axes": {"x": {kind: values}}}
    return plan(read_spec(document), load_catalogue(), ASPECTS, Random(1))


@pytest.mark.parametrize(
    "text",
    [
        "prompt,seed\na cat,1\na dog,2\n",
        "\ufeffPrompt;SEED\r\na cat;1\r\na dog;2\r\n",
        '\n\n"prompt"\t"seed"\na cat\t1\n\na dog\t2',
        "prompt,seed\ra cat,1\ra dog,2",
        "--prompt \"a cat\" --seed 1\n\n--seed 2 --prompt 'a dog'\n",
        "--prompt a cat --seed 1\n--seed 2 --prompt a dog",
    ],
)
def test_what_spreadsheets_and_other_programs_write_are_the_same_rows(text: str) -> None:
    assert read(text) == [{"prompt": "a cat", "seed": "1"}, {"prompt": "a dog", "seed": "2"}]


def test_lines_of_a_list_have_the_other_programs_names_and_may_be_plain() -> None:
    text = 'a plain, prompt\n--prompt "a \\"big\\" cat" --steps 9 --cfg_scale 2.5 --width 768'
    assert read(text) == [
        {"prompt": "a plain, prompt"},
        {"prompt": 'a "big" cat', "num_steps": "9", "guidance_scale": "2.5", "width": "768"},
    ]
    both = '--negative_prompt rain,  fog --prompt a "big cat" by night --width 768'
    assert prompt_lines(both) == [
        {"negative_prompt": "rain, fog", "prompt": "a big cat by night", "width": "768"}
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prompt,sampler\na,b", "These columns are no parameters: sampler."),
        ('--prompt "a" --sampler_name Euler', "These columns are no parameters: sampler_name."),
        ('--prompt "a cat', "A quote in line 1 is not closed."),
        ("a\n--prompt", "Line 2 cannot be read from --prompt on."),
        ("--steps 9 a --prompt a", "Line 1 cannot be read from a on."),
        ("steps,num_steps\n1,2", "Two columns have one name"),
        ("prompt,prompt\n1,2", "Two columns have one name"),
        ("prompt\n" + "a\n" * 1_000_000, "There are more than 1,000 rows."),
        ("--prompt a\n" * 1_000_000, "There are more than 1,000 rows."),
        ("", "There are no rows."),
    ],
)
def test_what_is_no_table_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text)
    assert said in str(refused.value)


def test_a_row_of_a_random_seed_has_it_drawn_and_shown() -> None:
    found = planned("prompt,seed\na,-1\nb,-1\nc,5")
    seeds = {cell.request.prompt: cell.request.seed for cell in found.cells}
    assert seeds["c"] == 5 and seeds["a"] != seeds["b"]
    assert [s.label for s in found.axes[0].settings] == [
        f"prompt {name}, seed {seed}" for name, seed in sorted(seeds.items())
    ]


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("rows", "prompt,seed\na,1\nb,", "Rows without a seed of their own have the seed 7."),
        ("rows", "prompt\na\nb", "All cells have the seed 7."),
        ("prompts", "a\nb", "All cells have the seed 7."),
    ],
)
def test_a_list_says_which_seed_its_rows_have(kind: str, values: str, said: str) -> None:
    assert said in [str(note) for note in planned(values, kind, seed=7).notes]
