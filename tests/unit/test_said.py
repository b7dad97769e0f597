"""Sentences that remember how they were made."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from decimal import Decimal

import pytest

from backend.said import (
    Amount,
    Said,
    day,
    dollars,
    from_json,
    joined,
    listed,
    msg,
    msg_n,
    number,
    to_json,
    translated,
    within,
)

TEXTS = {
    "no value": msg("The prompt is empty."),
    "a text": msg("{parameter} is empty.", parameter="Width"),
    "a number": msg("{n} characters are too many.", n=12_000),
    "one": msg_n("{n} image", "{n} images", 1),
    "many": msg_n("{n} image of {size}", "{n} images of {size}", 1200, size="1 MB"),
    "a list": msg("Choose {choices}.", choices=listed(["a", 2, msg("{n} times", n=1000)])),
    "a day": msg("Made on {day}.", day=day(date(2026, 3, 4))),
    "decimals": msg("It took {seconds} s.", seconds=number(0.8, 2)),
    "money": msg("It cost {price}.", price=dollars(Decimal("0.0125"))),
    "a sentence in another": msg("{what} Nothing was sent.", what=msg("It failed.")),
    "a text with its translations": msg(
        "{parameter} is empty.", parameter=translated({"en": "Width", "de": "Breite"})
    ),
    "several": joined(msg("It failed."), "", "As the platform says {so}."),
}


def test_it_is_the_english_text() -> None:
    assert {name: str(text) for name, text in TEXTS.items()} == {
        "no value": "The prompt is empty.",
        "a text": "Width is empty.",
        "a number": "12,000 characters are too many.",
        "one": "1 image",
        "many": "1,200 images of 1 MB",
        "a list": "Choose a, 2, 1,000 times.",
        "a day": "Made on 4 Mar 2026.",
        "decimals": "It took 0.80 s.",
        "money": "It cost $0.0125.",
        "a sentence in another": "It failed. Nothing was sent.",
        "a text with its translations": "Width is empty.",
        "several": "It failed. As the platform says {so}.",
    }


@pytest.mark.parametrize("name", TEXTS)
def test_it_survives_being_stored_sent_and_copied(name: str) -> None:
    text = TEXTS[name]
    stored = to_json(text)
    assert stored is not None
    for found in (from_json(stored), pickle.loads(pickle.dumps(text)), copy.deepcopy(text)):
        assert isinstance(found, Said) and found == text
        assert (found.template, found.other, found.n) == (
            text.template,
            text.other,
            text.n,
        )
        assert found.values == text.values
        kinds = [type(value) for value in found.values.values()]
        assert kinds == [type(value) for value in text.values.values()]


def test_a_plain_text_remembers_nothing() -> None:
    assert to_json("The prompt is empty.") is None


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "[]",
        '"text"',
        "{}",
        '{"say": 1}',
        '{"number": 1}',
        '{"say": ["a", "", null]}',
        "[" * 9999,
    ],
)
def test_what_was_never_stored_is_refused(stored: str) -> None:
    with pytest.raises(ValueError):
        from_json(stored)


def test_a_value_is_never_read_as_a_template() -> None:
    text = msg("{what} and {other}", what="{other}", other="{what.__class__}")
    assert text == "{other} and {what.__class__}"
    assert from_json('{"say": ["{x.__class__} {x}", "", null], "values": {"x": "1"}}') == (
        "{x.__class__} 1"
    )


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (number(1234567), "1,234,567"),
        (number(0.1), "0.1"),
        (number(2.0), "2"),
        (number(1234.5678, 1), "1,234.6"),
        (dollars(Decimal(3)), "$3.00"),
        (dollars(Decimal(3), 3), "$3.000"),
        (dollars(Decimal("1234.5678912")), "$1,234.56789"),
    ],
)
def test_numbers_and_money_are_written_for_people(amount: Amount, text: str) -> None:
    assert amount == text


def test_a_label_within_a_sentence_is_small_in_english_alone() -> None:
    label = within(translated({"en": "Clip skip", "de": "Clip-Sprung"}))
    assert str(label) == "clip skip" and label.raw["de"] == "Clip-Sprung"  # type: ignore[attr-defined]
    known = within(msg("Width"))
    assert str(known) == "width" and known.template == "Width"  # type: ignore[attr-defined]
    assert within("Clip skip") == "clip skip"
