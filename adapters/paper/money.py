"""The venue's own accounting: cash, and what is held of each instrument at what cost.

Rules of this file
1. Nothing is lost to rounding: what a closing trade releases from the cost is cut to ``CASH_STEP``,
   and exactly that is taken off. Cash plus the worth of what is held is always the start plus all
   trades less all fees.
2. It shares no code with the core's positions: two accounts that agree prove something only if they
   are two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from adapters.paper.settings import PaperSettings
from core.instruments import Instrument
from core.money import ZERO
from core.orders import Side
from core.reports import Quote

CASH_STEP: Final = Decimal("1e-12")
"""Smallest amount of money kept: four digits below a satoshi, and 28 digits still leave 10^16 units
above."""

FEE_STEP: Final = Decimal("1e-8")
"""Smallest fee: one satoshi, the finest that venues charge."""


@dataclass(slots=True, eq=False)
class Holding:
    """What is held of one instrument, negative when short, and what it cost in the instrument's
    currency.

    ``price``: of the last fill.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    price: Decimal = ZERO


class Money:
    """Cash and holdings of one paper account."""

    def __init__(
        self, balance: Decimal, holdings: dict[str, Holding], settings: PaperSettings
    ) -> None:
        self.balance = balance
        self.holdings = holdings
        self._settings = settings

    def room(self, instrument: str, side: Side) -> Decimal:
        """Return how much an order on this side could trade and only make the position smaller."""
        holding = self.holdings.get(instrument)
        if holding is None:
            return ZERO
        held = holding.quantity
        return max(-held if side is Side.BUY else held, ZERO)

    def fee(self, instrument: Instrument, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what the venue charges for a fill, in the account's currency."""
        settings = self._settings
        fee = settings.commission_per_unit * quantity
        if settings.commission_percent:
            value = instrument.value(quantity, price) * self._rate(instrument)
            fee += value * settings.commission_percent / 100
        return fee.quantize(FEE_STEP, ROUND_HALF_EVEN) if fee else ZERO

    def trade(
        self, instrument: Instrument, side: Side, *, quantity: Decimal, price: Decimal, fee: Decimal
    ) -> None:
        """Book one fill: opened at cost, closed against cost, the difference and the fee to the
        cash.
        """
        holding = self.holdings.get(instrument.name)
        if holding is None:
            holding = self.holdings[instrument.name] = Holding()
        held = holding.quantity
        holding.price = price
        holding.quantity = held + quantity if side is Side.BUY else held - quantity
        self.balance -= fee
        if not held or (held > ZERO) is (side is Side.BUY):
            holding.cost += instrument.value(quantity, price) * side.sign
            return
        size = abs(held)
        closed = min(size, quantity)
        released = holding.cost
        if closed < size:
            released = (released * closed / size).quantize(CASH_STEP, ROUND_HALF_EVEN)
        gain = -side.sign * instrument.value(closed, price) - released
        holding.cost -= released
        if closed < quantity:
            holding.cost += instrument.value(quantity - closed, price) * side.sign
        rate = self._rate(instrument)
        if rate != 1:
            gain = (gain * rate).quantize(CASH_STEP, ROUND_HALF_EVEN)
        self.balance += gain

    def equity(self, instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote]) -> Decimal:
        """Return cash plus open profit: longs at the bid, shorts at the ask, without a quote at the
        last fill.
        """
        total = self.balance
        for name, holding in self.holdings.items():
            instrument = instruments.get(name)
            if not holding.quantity or instrument is None:
                continue
            quote = quotes.get(name)
            price = holding.price
            if quote is not None:
                price = quote.bid if holding.quantity > ZERO else quote.ask
            worth = instrument.value(holding.quantity, price) - holding.cost
            total += worth * self._rate(instrument)
        return total

    def margin(
        self, instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote]
    ) -> Decimal | None:
        """Return what the positions need; ``None`` where no instrument says."""
        said = [one for one in instruments.values() if one.margin(Decimal(1), Decimal(1))]
        if not said:
            return None
        total = ZERO
        for instrument in said:
            holding = self.holdings.get(instrument.name)
            if holding is not None and holding.quantity:
                quote = quotes.get(instrument.name)
                price = holding.price if quote is None else quote.mid
                needs = instrument.margin(abs(holding.quantity), price)
                total += needs * self._rate(instrument)
        return total

    def _rate(self, instrument: Instrument) -> Decimal:
        rate = self._settings.rate(instrument.currency)
        assert rate is not None, "an order in a currency without a rate was rejected"
        return rate
