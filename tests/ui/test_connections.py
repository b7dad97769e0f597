"""What the Settings page says of further connections is what is so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backend.providers import PROVIDERS
from ui.present import connections


@pytest.mark.parametrize("kind", [k for k, p in PROVIDERS.items() if p.models_call() is None])
def test_nobody_is_said_to_have_answered_who_was_not_asked(kind: str) -> None:
    told = connections.tested_text(kind, [], None)
    assert PROVIDERS[kind].platform.label in told
    assert "first image" in told and "It answers" not in told and "works" not in told


@pytest.mark.parametrize("kind", [k for k, p in PROVIDERS.items() if p.models_call()])
def test_who_answers_works_where_there_are_models(kind: str) -> None:
    assert connections.tested_text(kind, ["a"], None) == "It works: 1 image model."
    assert connections.tested_text(kind, ["a", "b"], Decimal(2)).startswith(
        "It works: 2 image models."
    )
    assert (
        connections.tested_text(kind, [], None) == f"It answers. {connections.no_models_text(kind)}"
    )


@pytest.mark.parametrize("kind", PROVIDERS)
def test_who_has_no_models_is_told_how_to_come_by_some(kind: str) -> None:
    platform, told = PROVIDERS[kind].platform, connections.no_models_text(kind)
    assert ("workflows" in told) == platform.workflows
    assert (f'provider = "{kind}"' in told) == (PROVIDERS[kind].models_call() is None)
