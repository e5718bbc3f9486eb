"""The money of an account: its marks, and what the venue booked beside trades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from adapters.port import Booked
from core.cash_rows import CashKind
from core.money import ZERO
from core.reports import AccountMark
from tests.unit.ccxt.accounts import SWAPS, scene
from tests.unit.ccxt.test_pictures import filled, picture

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize("venue", SWAPS)
async def test_a_mark_is_the_money_with_and_without_the_open_profit(venue: str) -> None:
    """Balance and equity are the venue's own figures."""
    async with scene(venue, mark_ms=50) as at:
        await filled(at)
        at.exchange.control.price(venue, "BTCUSDT", Decimal(51_000))
        account = at.exchange.control.account(venue, at.customer)

        await at.until(lambda: at.of(AccountMark)[-1].equity - at.of(AccountMark)[-1].balance > 9)

        mark = at.of(AccountMark)[-1]
        assert mark.balance == account.total("USDT")
        assert mark.cash is None


async def test_the_mark_of_a_wallet_is_its_money_and_its_coins() -> None:
    """Coins count at the middle of the market; the money alone is said beside."""
    async with scene("binance") as at:
        await filled(at)

        mark = (await picture(at)).mark

        account = at.exchange.control.account("binance", at.customer)
        money = account.total("USDT")
        assert mark.cash == money
        assert mark.balance == mark.equity == money + account.total("BTC") * 50_000


@pytest.mark.parametrize("venue", SWAPS)
async def test_funding_and_transfers_are_booked_by_the_venues_own_id(venue: str) -> None:
    """What moved beside trades is told at every connect, each time under the same id; what trades
    themselves moved is not."""
    async with scene(venue) as at:
        await filled(at)
        at.exchange.control.fund(venue, "BTCUSDT", Decimal("0.0001"))
        at.exchange.control.transfer(venue, at.customer, "USDT", Decimal(-250))
        ids: list[dict[str, Any]] = []
        for _ in range(2):
            at.events.clear()
            assert await at.connect() is None
            await at.until(lambda: len(at.of(Booked)) >= 3)
            ids.append({one.id: (one.kind, one.amount) for one in at.of(Booked)})

        assert ids[0] == ids[1]
        kinds = sorted(ids[0].values())
        assert [kind for kind, _ in kinds] == [
            CashKind.FUNDING,
            CashKind.TRANSFER,
            CashKind.TRANSFER,
        ]
        assert kinds[0][1] < ZERO
        assert [amount for _, amount in kinds[1:]] == [Decimal(-250), Decimal(100_000)]


@pytest.mark.parametrize("venue", ["binance", *SWAPS])
async def test_a_withdrawal_is_told_before_the_mark_that_fell_by_it(venue: str) -> None:
    """Money that leaves while the bridge is connected is no loss, not even for a moment: a loss
    limit that it trips stays tripped."""
    async with scene(venue) as at:
        assert await at.connect() is None
        await at.until(lambda: bool(at.of(Booked)))
        at.events.clear()
        await at.until(lambda: bool(at.of(AccountMark)))
        before = at.of(AccountMark)[-1].equity

        at.exchange.control.transfer(venue, at.customer, "USDT", Decimal(-3000))
        await at.until(lambda: any(x.equity < before - 2000 for x in at.of(AccountMark)))

        told = [x for x in at.events if isinstance(x, Booked) and x.amount == Decimal(-3000)]
        fallen = next(x for x in at.of(AccountMark) if x.equity < before - 2000)
        assert at.events.index(told[0]) < at.events.index(fallen)
