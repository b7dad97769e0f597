"""What can be looked for: words, filters, moments; and every refusal in words, at its field."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backend.errors import InvalidInput
from backend.library.query import ImageQuery, Term, parse_address, parse_query, parse_text

DAY = datetime(2026, 11, 22, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("   ", ()),
        ("red cat", (Term("red"), Term("cat"))),
        ('"red cat" sofa', (Term("red cat"), Term("sofa"))),
        ("-dog", (Term("dog", wanted=False),)),
        ('-"red cat"', (Term("red cat", wanted=False),)),
        ("light*", (Term("light", prefix=True),)),
        ("-light*", (Term("light", prefix=True, wanted=False),)),
        ('"red ca"*', (Term("red ca", prefix=True),)),
        ('-"red ca"* sofa', (Term("red ca", prefix=True, wanted=False), Term("sofa"))),
        ('"red *" ca*', (Term("red *"), Term("ca", prefix=True))),
        ("well-lit", (Term("well-lit"),)),
        ("cat & dog , bird", (Term("cat"), Term("dog"), Term("bird"))),
        ("AND OR NOT NEAR", (Term("AND"), Term("OR"), Term("NOT"), Term("NEAR"))),
        ("prompt:cat ^x {y} (z)", (Term("prompt:cat"), Term("^x"), Term("{y}"), Term("(z)"))),
        ("\u732b \U0001f408 \u00e9t\u00e9", (Term("\u732b"), Term("\u00e9t\u00e9"))),
    ],
)
def test_words_phrases_exclusions_and_beginnings_are_told_apart(
    text: str, terms: tuple[Term, ...]
) -> None:
    assert parse_text(text) == terms


@pytest.mark.parametrize(
    "text", ['"', '"cat', 'cat "dog', "*", "-", "-*", '""', '""*', '"cat"**', "!!!", "x" * 501]
)
def test_what_cannot_be_looked_for_is_refused_in_words_at_the_search_field(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_text(text)
    assert caught.value.field == "q" and caught.value.message and caught.value.hint


def test_an_address_is_read_whole() -> None:
    query = parse_address(
        "?q=cat&model=a&model=b&provider=offline&tag=sea&tag=for+the+talk&since=2026-11-22"
        "&until=2026-11-22&seed=7&size=1024x768&starred=1&rated=4&cached=1&trash=1"
        "&experiment=" + "a" * 32 + "&sort=rating"
    )
    assert query == ImageQuery(
        terms=(Term("cat"),),
        models=("a", "b"),
        provider="offline",
        tags=("sea", "for the talk"),
        since=DAY,
        until=DAY + 86_400,
        seed=7,
        size=(1024, 768),
        starred=True,
        rated=4,
        cached=True,
        experiment="a" * 32,
        trash=True,
        sort="rating",
    )


def test_a_sessions_images_are_told_apart_as_an_experiments_are() -> None:
    assert parse_address("session=" + "a" * 32) == parse_address("experiment=" + "a" * 32)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22", DAY),
        ("2026-11-22T01:00:00+01:00", DAY),
        ("2026-11-22T01:00:00 01:00", DAY),  # a plus that an address has made a space
        ("2026-11-22T00:00:00Z", DAY),
        ("2026-11-22T00:00:00.000Z", DAY),
    ],
)
def test_dates_and_moments_are_utc_unless_they_say_otherwise(text: str, moment: float) -> None:
    assert parse_address(f"since={text.replace('+', '%2B')}").since == moment


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("since", "yesterday"),
        ("until", "2026-13-01"),
        ("until", "9999-12-31"),
        ("seed", "-1"),
        ("seed", "18446744073709551616"),
        ("seed", "1e3"),
        ("size", "big"),
        ("size", "0x10"),
        ("rated", "6"),
        ("starred", "x"),
        ("cached", "2"),
        ("trash", "tru"),
        ("sort", "random"),
        ("experiment", "x"),
        ("session", "x"),
        ("session", "a" * 32 + "&experiment=" + "b" * 32),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_at_its_name(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_address(f"{field}={value}")
    assert caught.value.field == field


@pytest.mark.parametrize("address", ["cat", "q", '"', "&".join(f"tag={n}" for n in range(200))])
def test_what_is_no_address_never_means_all_images(address: str) -> None:
    with pytest.raises(InvalidInput, match="no part of the gallery's address"):
        parse_address(address)


def test_a_misspelt_filter_is_refused_where_many_are_changed_and_passed_over_in_a_link() -> None:
    with pytest.raises(InvalidInput, match="no filter called modle"):
        parse_address("q=cat&modle=x")
    assert parse_query({"q": ["cat"], "utm_source": ["x"]}) == parse_address("q=cat")


def test_half_a_character_in_an_address_finds_nothing_and_breaks_nothing() -> None:
    (model,) = parse_address("model=\ud800").models
    assert model.encode() == b"?"
