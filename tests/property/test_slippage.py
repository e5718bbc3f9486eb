"""Slippage: whatever the prices, the stages sum to the total, in every unit."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core.money import ZERO
from core.orders import Order, OrderState, OrderType, Purpose, Side
from core.signals import Action, Signal
from core.slippage import PLACES, Totals, Unit, slippage_of, totals_of
from tests.unit.core.setups import BTC, NOW, replaced

PRICES = st.decimals(min_value="0.00000001", max_value="9999999", places=8)
QUANTITIES = st.decimals(min_value="0.00000001", max_value="100000", places=8)
MAYBE = st.none() | PRICES
TICKS = st.sampled_from(["0.01", "0.03", "0.25", "1", "0.0000001", "7"])


@settings(max_examples=200, deadline=None)
@given(
    side=st.sampled_from(Side),
    points=st.tuples(MAYBE, MAYBE, MAYBE, MAYBE),
    fills=st.lists(st.tuples(QUANTITIES, PRICES), min_size=1, max_size=5),
    tick=TICKS,
)
def test_stages_and_what_is_unsplit_sum_to_the_total(
    side: Side,
    points: tuple[Decimal | None, ...],
    fills: list[tuple[Decimal, Decimal]],
    tick: str,
) -> None:
    """Exactly, with any of the points unknown; money agrees with the fills to its own step."""
    own, arrival, sent, accepted = points
    filled = sum((quantity for quantity, _ in fills), ZERO)
    notional = sum((quantity * price for quantity, price in fills), ZERO)
    order = Order(
        order="o", origin="s", account="one", instrument="BTCUSDT", strategy="trend",
        purpose=Purpose.ENTRY, side=side, quantity=filled, order_type=OrderType.MARKET,
        intended_ns=NOW, expires_ns=NOW, reference=arrival, sent_reference=sent,
        accepted_reference=accepted, filled=filled, notional=notional, state=OrderState.FILLED,
    )  # fmt: skip
    content = Signal(action=Action(str(side)), strategy="trend", symbol="BTCUSDT", price=own)
    found = slippage_of(order, content, replaced(BTC, tick=Decimal(tick)))
    totals = totals_of(order, content, replaced(BTC, tick=Decimal(tick)))
    first = next((point for point in points if point is not None), None)

    assert (first is None) is (found is None)
    if found is None or first is None:
        return
    for split in found.units.values():
        known = sum((stage for stage in split.stages if stage is not None), ZERO)
        assert split.total == known + split.unsplit
        if None not in points:
            assert ZERO == split.unsplit
    paid = (notional - first * filled) * side.sign
    assert abs(paid - found.units[Unit.MONEY].total) <= Decimal(1).scaleb(-PLACES[Unit.MONEY])
    known = (Unit.TICKS, Unit.BPS, Unit.MONEY)
    assert totals == Totals(*(found.units[unit].total for unit in known))
