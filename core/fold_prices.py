"""How records change the prices by which smallest values are counted."""

from __future__ import annotations

from decimal import Decimal

from core import records as r
from core.orders import Order
from core.smallest import value_min_of
from core.state import State


def price_noted(state: State, record: r.PriceNoted) -> None:
    """Keep a price that was noted."""
    state.put(state.priced, (record.account, record.instrument), record.price)


def note_fill_price(state: State, order: Order, price: Decimal | None) -> None:
    """Keep the price of a fill, where a position is judged by its value: whoever holds something
    there has a price for it."""
    setup = state.facts.setup
    account, instrument = setup.accounts.get(order.account), setup.instruments.get(order.instrument)
    if account is None or instrument is None or not account.spot or not price:
        return
    if value_min_of(state, order.account, instrument):
        state.put(state.priced, (order.account, order.instrument), price)
