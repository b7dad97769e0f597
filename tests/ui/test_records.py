"""What people read and what programs get."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from starlette.requests import HTTPConnection

from backend.catalogue.load import load_catalogue
from backend.errors import Ended, GivenUp, InvalidInput, NoAnswer, Stopped
from backend.exchange.archive import file_name
from backend.generation.budget import Usage
from backend.generation.jobs import Job, RunView
from backend.said import dollars, msg
from backend.types import GenerationRequest, ImageRecord, Limits, RunState
from tests.ui.fake_studio import FLUX, SDXL
from tests.ui.marked import MARKED
from ui.language.chosen import answering
from ui.language.languages import LANGUAGES
from ui.present import records, words

NOW = datetime(2025, 1, 31, 23, 30, 5, 120_000, UTC)


def record(**changes: object) -> ImageRecord:
    values = {"width": 1248, "height": 832, "num_steps": 4, "guidance_scale": 3.5}
    fields: dict[str, object] = {
        "id": "ab" * 16,
        "run_id": "cd" * 16,
        "request": GenerationRequest(FLUX, "a flying cat", values, 42),
        "created": NOW,
        "seconds": 13.37,
        "price_usd": Decimal("0.009"),
        "format": "png",
        "width_px": 1248,
        "height_px": 832,
        "sha256": "0" * 64,
    }
    return ImageRecord(**{**fields, **changes})  # type: ignore[arg-type]


def test_record_has_exactly_the_documented_fields() -> None:
    assert json.loads(json.dumps(records.record_json(record()))) == {
        "id": "ab" * 16,
        "model": FLUX,
        "prompt": "a flying cat",
        "negative_prompt": None,
        "width": 1248,
        "height": 832,
        "num_steps": 4,
        "guidance_scale": 3.5,
        "seed": 42,
        "created": "2025-01-31T23:30:05.120Z",
        "seconds": 13.37,
        "price_usd": 0.009,
        "cached": False,
        "starred": False,
        "image_url": "/images/" + "ab" * 16,
        "thumb_url": "/thumbs/" + "ab" * 16,
        "rating": 0,
        "tags": [],
        "deleted": None,
        "provider": "",
        "parent": None,
        "experiment": None,
        "width_px": 1248,
        "height_px": 832,
    }


def test_record_of_a_model_without_seed_and_price_has_nulls() -> None:
    request = GenerationRequest(SDXL, "cat", {"negative_prompt": "dog", "width": 512}, None)
    told = records.record_json(record(request=request, price_usd=None, seconds=None))
    assert told["negative_prompt"] == "dog"
    assert [told[k] for k in ("seed", "height", "price_usd", "seconds")] == [None] * 4


def test_created_is_told_in_utc_wherever_it_was_made() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert records.record_json(record(created=elsewhere))["created"] == "2025-01-31T23:30:05.120Z"


def test_details_name_parameters_as_the_form_does_and_both_sizes_where_they_differ() -> None:
    told = records.details(record(width_px=1024), load_catalogue()[FLUX], 1_900_000)
    pairs = dict(told["details"])
    assert pairs["Model"] == "FLUX.1 schnell"
    assert pairs["Steps"] == "4"
    assert pairs["Guidance scale"] == "3.5"
    assert (pairs["Size"], pairs["Asked for"]) == ("1024 x 832 pixels", "1248 x 832 pixels")
    assert pairs["File"] == "PNG, 1.8 MB"


def test_details_are_in_the_language_of_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "de", MARKED)
    german = HTTPConnection({"type": "http", "headers": [(b"accept-language", b"de")]})
    with answering(german):
        told = dict(records.details(record(), load_catalogue()[FLUX], 812)["details"])
    with answering(None):
        plain = dict(records.details(record(), load_catalogue()[FLUX], 812)["details"])
    assert list(told) == [f"[{label}]" for label in plain] and "Price" in plain
    assert (told["[Size]"], plain["Size"]) == ("[1248 x 832 pixels]", "1248 x 832 pixels")
    assert told["[Seed]"] == plain["Seed"] == "42"


def test_details_survive_a_model_that_left_the_catalogue() -> None:
    told = records.details(record(), None, None)
    assert ("Model", FLUX) in told["details"]
    assert ("Num steps", "4") in told["details"]


@pytest.mark.parametrize(
    ("sent", "unsent", "sentence"),
    [
        (0, 0, "Nothing is running."),
        (
            2,
            2,
            "2 images were already sent and will still arrive and be stored; 2 were not sent.",
        ),
        (1, 1, "1 image was already sent and will still arrive and be stored; 1 was not sent."),
        (
            1,
            0,
            "1 image was already sent and will still arrive and be stored."
            " Nothing else was waiting.",
        ),
        (0, 1, "1 image was not sent. Nothing was charged for it."),
        (0, 8, "8 images were not sent. Nothing was charged for them."),
    ],
)
def test_stop_says_what_was_sent_and_what_was_not(sent: int, unsent: int, sentence: str) -> None:
    assert words.stopped_text(sent, unsent) == sentence


@pytest.mark.parametrize(
    ("estimate", "count", "sentence"),
    [
        (None, 3, "Cost: no price listed."),
        (Decimal(0), 8, "Cost: free."),
        (Decimal("0.009"), 1, "Cost: about $0.009."),
        (Decimal("0.036"), 4, "Cost: about $0.036 for 4 images."),
        (Decimal("1.2"), 2, "Cost: about $1.20 for 2 images."),
    ],
)
def test_cost_is_estimated_in_words(estimate: Decimal | None, count: int, sentence: str) -> None:
    assert words.price_text(estimate, count) == sentence


def test_amounts_keep_the_digits_that_matter() -> None:
    assert dollars(Decimal("0.00900")) == "$0.009"
    assert dollars(Decimal("1E+3")) == "$1,000.00"
    used = Usage(20, Decimal("0.18"))
    limits = Limits(None, 18, Decimal("0.50"))
    assert words.usage_text(used, limits) == (
        "20 requests today, 0 left; about $0.18 spent, $0.32 left"
    )


@pytest.mark.parametrize(
    ("balance", "limits", "lines"),
    [
        (None, Limits(), ["Used today: 20 requests"]),
        ("1228.55600", Limits(), ["Balance $1,228.56", "Used today: 20 requests"]),
        (None, Limits(None, 18), ["Left today: 0 requests", "Used today: 20 requests"]),
        (
            "24.97",
            Limits(None, 21, Decimal("25")),
            [
                "Left today: 1 request, $24.82 · Balance $24.97",
                "Used today: 20 requests, about $0.18",
            ],
        ),
    ],
)
def test_what_is_left_stands_first(balance: str | None, limits: Limits, lines: list[str]) -> None:
    amount = None if balance is None else Decimal(balance)
    assert words.account_text(amount, Usage(20, Decimal("0.18")), limits).split("\n") == lines


@pytest.mark.parametrize(
    ("estimate", "count", "stored", "deal"),
    [
        (Decimal("0.003"), 1, 0, ("Generate 1 image", "$0.003")),
        (Decimal("0.012"), 4, 0, ("Generate 4 images", "$0.012")),
        (Decimal("0.006"), 4, 2, ("Generate 4 images", "$0.006, 2 of 4 are stored")),
        (Decimal(0), 4, 4, ("Generate 4 images", "free, already made")),
        (None, 1, 1, ("Generate 1 image", "free, already made")),
        (Decimal(0), 8, 0, ("Generate 8 images", "free")),
        (None, 2, 0, ("Generate 2 images", "no price listed")),
        (None, 2, 1, ("Generate 2 images", "no price listed, 1 of 2 are stored")),
    ],
)
def test_generate_tells_the_deal(
    estimate: Decimal | None, count: int, stored: int, deal: tuple[str, str]
) -> None:
    assert words.deal_text(estimate, count, stored) == deal


def test_stop_pressed_again_says_what_is_still_on_its_way() -> None:
    assert words.stopped_text(0, 0, 1) == "1 is still on its way."
    assert words.stopped_text(0, 0, 2) == "2 are still on their way."
    assert words.stopped_text(0, 3, 1).startswith("3 images were not sent.")


def test_durations_and_sizes_are_short() -> None:
    assert [words.seconds(s) for s in (0.842, 13.37, 125.2)] == ["0.84 s", "13.4 s", "2 min 5 s"]
    assert [words.file_size(n) for n in (812, 65_536, 1_887_437)] == [
        "812 bytes",
        "64 kB",
        "1.8 MB",
    ]


@pytest.mark.parametrize(
    "model", ["a/FLUX.1-schnell", "FLUX.1-schnell", "x/\u00c4\r\n\"'; b/FLUX.1 schnell"]
)
def test_download_name_is_plain_ascii(model: str) -> None:
    request = GenerationRequest(model, "p", {}, 42)
    name = file_name(record(request=request))
    assert name == "2025-01-31-flux-1-schnell-42.png"


def test_job_tells_its_age_not_its_clock() -> None:
    run = RunView("ef" * 16, 0, GenerationRequest(FLUX, "a", {"width": 512, "height": 256}, 1))
    job = Job("12" * 16, "me", NOW, [run])
    told = records.job_json(job, load_catalogue(), NOW + timedelta(seconds=3))
    assert (told["age_s"], told["ended"]) == (3.0, False)
    assert told["model_label"] == "FLUX.1 schnell"
    assert told["runs"][0]["width"] == 512
    job.end(NOW + timedelta(seconds=2))
    later = records.job_json(job, {}, NOW + timedelta(hours=2))
    assert (later["age_s"], later["model_label"]) == (2.0, FLUX)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Stopped("Stopped before it was sent.", ""), "stopped"),
        (GivenUp("Another failed.", ""), "failed"),
        (Ended("The program ended.", ""), "ended"),
        (None, "stopped"),
    ],
)
def test_what_was_not_sent_says_why(error: Stopped | None, why: str) -> None:
    request = GenerationRequest(FLUX, "a", {}, 1)
    run = RunView("ef" * 16, 0, request, state=RunState.CANCELLED, error=error)
    assert records.run_json(run, NOW)["unsent"] == why
    assert records.run_json(replace(run, state=RunState.FAILED), NOW)["unsent"] is None


def test_what_is_under_way_says_for_how_long() -> None:
    request = GenerationRequest(FLUX, "a", {}, 1)
    run = RunView("ef" * 16, 0, request, state=RunState.SENT, sent=NOW)
    assert records.run_json(run, NOW + timedelta(seconds=42))["sent_s"] == 42
    assert records.run_json(run, NOW - timedelta(hours=1))["sent_s"] == 0, "a clock was set back"
    waits = replace(run, state=RunState.QUEUED)
    assert records.run_json(waits, NOW)["sent_s"] is None


def test_run_tells_its_error_its_wait_and_its_price() -> None:
    request = GenerationRequest(FLUX, "a", {}, 1)
    run = RunView(
        "ef" * 16,
        0,
        request,
        state=RunState.UNKNOWN,
        error=NoAnswer("It broke.", "Look."),
        waits_for="A pause.",
        waits_until=NOW,
        cost_usd=Decimal("0.009"),
    )
    told = json.loads(json.dumps(records.run_json(run, NOW)))
    assert told["error"] == {
        "message": "It broke.",
        "hint": "Look.",
        "field": None,
        "maybe_charged": True,
    }
    assert (told["waits_until"], told["list_price"]) == ("2025-01-31T23:30:05.120Z", "$0.009")
    assert not told["free"] and records.run_json(replace(run, cost_usd=Decimal(0)), NOW)["free"]


def test_a_wait_is_told_in_the_language_of_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.language.chosen.language", lambda: MARKED)
    request = GenerationRequest(FLUX, "a", {}, 1)
    run = RunView("ef" * 16, 0, request, waits_for=msg("A pause."), waits_until=NOW)
    assert records.run_json(run, NOW)["waits_for"] == "[A pause.]"


def test_refusals_name_their_field() -> None:
    told = records.error_json(InvalidInput("Bad.", "Better.", field="width"))
    assert told["field"] == "width"
    assert told["maybe_charged"] is False


@pytest.mark.parametrize(("seed", "told"), [(2**53 - 1, 2**53 - 1), (2**53, "9007199254740992")])
def test_a_seed_that_scripts_would_round_is_told_as_text(seed: int, told: int | str) -> None:
    request = GenerationRequest("other", "a flying cat", {}, seed)
    assert records.record_json(record(request=request))["seed"] == told
