"""A name keeps its model while the weights under it change, and a "#" of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.catalogue.load import load_catalogue
from backend.catalogue.named import mark_of, marked, meant, unmarked

FIRST = next(iter(load_catalogue().values()))
OLD, NEW, OTHER = "home/a.ckpt#0123456789", "home/a.ckpt#abcdef0123", "home/b #2.ckpt#aaaaaaaaaa"


@pytest.mark.parametrize(
    "name", ["a", "a#b", "C# portraits", "a#0123456789.json", "a#ABCDEF0123", "a#123", "a#"]
)
def test_only_the_mark_of_the_weights_is_cut(name: str) -> None:
    assert unmarked(name) == name and mark_of(name) == ""
    whole = marked(name, "0123456789abcdef")
    assert whole == f"{name}#0123456789"
    assert unmarked(whole) == name and mark_of(whole) == "0123456789"
    assert marked(name, "") == name


@pytest.mark.parametrize(
    ("there", "named", "found"),
    [
        ([OLD, OTHER], OLD, OLD),
        ([NEW, OTHER], OLD, NEW),  # an edited workflow
        ([NEW, OTHER], "home/a.ckpt", NEW),  # a checkpoint that was hashed since
        (["home/a.ckpt"], OLD, "home/a.ckpt"),
        ([OTHER], "home/b #2.ckpt", OTHER),
        ([OTHER], "home/b ", "home/b "),
        ([OLD, NEW], "home/a.ckpt", "home/a.ckpt"),  # it could be either
        ([OLD, NEW], NEW, NEW),
        ([OTHER], OLD, OLD),
        ([FIRST.id], str(FIRST.label), FIRST.id),
        ([FIRST.id], FIRST.id, FIRST.id),
        ([FIRST.id], 5, 5),
        ([FIRST.id], None, None),
    ],
)
def test_a_name_means_the_only_model_that_it_can(
    there: list[str], named: object, found: object
) -> None:
    assert meant({id: replace(FIRST, id=id) for id in there}, named) == found


def test_an_id_goes_before_a_label() -> None:
    labelled = replace(FIRST, id="far/x", label=FIRST.id)
    assert meant({labelled.id: labelled, FIRST.id: FIRST}, FIRST.id) == FIRST.id
