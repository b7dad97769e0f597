"""Where a failure leads: the settings' field, or the form's."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend import errors
from backend.errors import PlaygroundError
from backend.providers.explain import explain
from ui.present.facts import LIMITS
from ui.present.ways import field_of, way_of

NAMES = ("prompt", "seed", "width", "height", "num_steps", "guidance_scale", "negative_prompt")
SETUP = Path(__file__).parents[2] / "assets" / "settings" / "setup.js"


def kinds(kind: type[PlaygroundError] = PlaygroundError) -> list[type[PlaygroundError]]:
    return [kind, *(deeper for sub in kind.__subclasses__() for deeper in kinds(sub))]


@pytest.mark.parametrize(
    ("status", "href"),
    [
        (401, "/settings#setup-api_key"),
        (402, "/settings#setup-test"),
        (404, "/settings#setup-api_url"),
        (500, "/settings#setup-test"),
        (503, "/settings#setup-test"),
    ],
)
def test_a_refusal_leads_to_where_it_can_be_put_right(status: int, href: str) -> None:
    way = way_of(explain(status, {}, b""))
    assert way is not None and way.href == href


@pytest.mark.parametrize("status", [400, 403, 413, 422, 429])
def test_what_the_settings_cannot_mend_leads_there_not(status: int) -> None:
    assert way_of(explain(status, {}, b"")) is None


def test_every_way_leads_to_a_field_that_the_settings_have() -> None:
    drawn = SETUP.read_text()
    ways = [way for kind in kinds() if (way := way_of(kind("x")))]
    assert len(ways) > 8 and {"api_key", "test", "api_url"} <= {way.field for way in ways}
    for field in {way.field for way in ways} - LIMITS.keys():
        assert f'"{field}",' in drawn or f'"setup-{field}",' in drawn, field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"detail": [{"loc": ["body", "width"], "msg": "too wide"}]}', "width"),
        (b'{"message": "num_steps must be at most 50"}', "num_steps"),
        (b'{"message": "Guidance scale is out of range"}', "guidance_scale"),
        (b'{"error": {"message": "The negative prompt is too long"}}', "negative_prompt"),
        (b'{"message": "Your prompt was flagged"}', "prompt"),
        (b'{"message": "width and height must be equal"}', None),
        (b'{"message": "bandwidth exceeded, seeded"}', None),
        (b'{"detail": [{"loc": ["body", "lora"], "msg": "unknown"}]}', None),
        (b"", None),
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_the_field_that_the_platform_names_is_found(
    body: bytes, field: str | None, status: int
) -> None:
    error = explain(status, {}, body)
    assert field_of(error, NAMES) == field
    again = type(error)(error.message, error.hint)  # as the database gives it back
    assert field_of(again, NAMES) == field


def test_only_a_field_that_was_sent_is_named() -> None:
    error = explain(422, {}, b'{"message": "seed must be positive"}')
    assert field_of(error, ("prompt", "width")) is None
    error = explain(422, {}, b'{"message": "the negative prompt is too long"}')
    assert field_of(error, ("prompt", "width")) is None


def test_too_much_is_the_prompt_and_no_access_is_the_model() -> None:
    assert field_of(explain(413, {}, b""), NAMES) == "prompt"
    for status in (403, 404):
        assert field_of(explain(status, {}, b'{"message": "width"}'), NAMES) == "model"


def test_what_is_no_refusal_of_a_value_names_no_field() -> None:
    for error in (errors.NoAnswer("The width broke."), errors.NoCredit("Your seed money is gone.")):
        assert field_of(error, NAMES) is None
