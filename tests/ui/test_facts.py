"""What page and server share is stated once: the scripts' module is what the server says."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import get_args

from backend.said import dollars
from backend.settings.change import LABELS
from backend.settings.load import OWN_LIMITS
from backend.types import ID, OriginKind, Verdict
from ui.present import facts, words

TABLE = Path(__file__).resolve().parents[1] / "words.json"


def test_the_scripts_are_told_what_the_server_says() -> None:
    assert facts.FILE.read_text(encoding="utf-8") == facts.module(), "run `make facts`"


def test_every_kind_verdict_and_limit_has_its_words() -> None:
    told = facts.facts()
    assert set(told["CHILDREN"]) == set(get_args(OriginKind))  # type: ignore[call-overload]
    assert set(facts.VERDICTS) == set(get_args(Verdict))
    assert {f"PLAYGROUND_{name.upper()}" for name in facts.LIMITS} == set(OWN_LIMITS)
    assert [label for label, _ in facts.LIMITS.values()] == [LABELS[name] for name in facts.LIMITS]
    assert ID.fullmatch("0" * 2 * int(str(told["TOKEN_BYTES"])))


def test_durations_and_money_are_worded_as_the_scripts_word_them() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    for value, text in table["seconds"]:
        assert words.seconds(value) == text
    for amount, text in table["dollars"]:
        assert dollars(Decimal(amount)) == text
