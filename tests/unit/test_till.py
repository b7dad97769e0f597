"""What the balance was before and after a send in doubt: only what is known, and nobody waits."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from backend.generation.jobs import Balances
from backend.generation.till import Till
from ui.present.words import balance_text

BEFORE, AFTER = Decimal("24.97"), Decimal("24.967")


class Standing:
    """An account: what is known of its balance, and what the platform would say."""

    def __init__(self) -> None:
        self.known: Decimal | None = None
        self.told: Decimal | None = BEFORE
        self.connection: Any = object()
        self.limits: Any = None
        self.next_change = asyncio.Event()
        self.asked = 0

    def known_balance(self) -> Decimal | None:
        return self.known

    def forget_balance(self) -> None:
        self.known = None

    async def balance(self) -> Decimal | None:
        self.asked += 1
        self.known = self.told
        return self.told


@pytest.fixture
async def account() -> Standing:
    account = Standing()
    await account.balance()
    account.asked = 0
    return account


async def test_both_are_known_where_the_page_had_asked_before(account: Standing) -> None:
    till = Till()
    with till.send("a", account):
        assert account.asked == 0, "a send waits for no balance"
        account.told = AFTER
    assert await till.after("a", account) == Balances(BEFORE, AFTER, alone=True)
    assert await till.after("a", account) is None, "it is told once"


async def test_nothing_is_said_where_nobody_had_asked() -> None:
    till, account = Till(), Standing()
    with till.send("a", account):
        pass
    assert await till.after("a", account) is None and account.asked == 0


async def test_a_balance_of_while_something_was_under_way_is_none_before(account: Standing) -> None:
    till = Till()
    with till.send("a", account):
        await account.balance()  # a page is opened meanwhile
        with till.send("b", account):
            pass
    assert await till.after("b", account) is None
    found = await till.after("a", account)
    assert found is not None and not found.alone, "b may have been what was charged"


async def test_what_is_sent_before_the_balance_is_asked_for_is_not_alone(account: Standing) -> None:
    till = Till()
    with till.send("a", account):
        pass
    with till.send("b", account):
        pass
    found = await till.after("a", account)
    assert found is not None and not found.alone


async def test_another_account_meanwhile_says_nothing(account: Standing) -> None:
    till = Till()
    with till.send("a", account):
        pass
    account.connection = object()
    assert await till.after("a", account) is None


async def test_a_platform_that_does_not_answer_leaves_it_open(account: Standing) -> None:
    till = Till()
    with pytest.raises(RuntimeError), till.send("a", account):
        raise RuntimeError
    account.told = None
    assert await till.after("a", account) is None


async def test_a_second_try_is_measured_from_its_own_send(account: Standing) -> None:
    till = Till()
    with till.send("a", account):
        pass
    with till.send("a", account):
        pass
    assert await till.after("a", account) is None


@pytest.mark.parametrize(
    ("before", "after", "alone", "text"),
    [
        ("24.97", "24.967", True, "Balance before $24.970, now $24.967: it was charged."),
        ("24.97", "24.97", True, "Balance before $24.970, now $24.970: not charged so far."),
        ("1228.556", "1228.55", True, "Balance before $1,228.556, now $1,228.550: it was charged."),
        ("5", "15", True, "Balance before $5.000, now $15.000."),
        (
            "5",
            "4.98",
            False,
            "Balance before $5.000, now $4.980; other images were sent in between.",
        ),
        ("0.00001", "0", True, "Balance before $0.00001, now $0.00000: it was charged."),
        ("1E+2", "99", True, "Balance before $100.000, now $99.000: it was charged."),
    ],
)
def test_the_sentence_says_what_the_amounts_prove(
    before: str, after: str, alone: bool, text: str
) -> None:
    assert balance_text(Balances(Decimal(before), Decimal(after), alone)) == text
