"""One case before the risk engine: the act that is asked for, and everything a check may look at.

Rules of this file
1. A case is made for one judgement and thrown away. What is costly to know is worked out once and
   kept in it.
2. What is not known is ``None``, never a default: a check decides what not knowing means.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.instruments import Instrument
from core.money import ZERO, ceil_to, floor_to
from core.orders import Order, OrderType, Purpose, Side
from core.reports import Quote
from core.risk.controls import Mode
from core.risk.kind import kind_of
from core.setup import Account
from core.state import FLAT, Exposure, State
from core.view import Standing, View

_BUY: Final = Side.BUY
_ENTRY: Final = Purpose.ENTRY
_ACTIVE: Final = Mode.ACTIVE
_STOP: Final = OrderType.STOP
_MARKET: Final = OrderType.MARKET
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""

_COLLARED: Final = (Purpose.ENTRY, Purpose.FLATTEN)
"""Purposes of market orders that have a worst price."""


class Case:
    """An order that is asked for at one account.

    ``own``: the order that is judged again; what it reserves and what it filled are taken out of
    ``exposure``, so that ``quantity`` is all of it.
    ``origin``: the signal that asks.
    ``expected``: the price at which it would trade, its own or the far side of a fresh quote.
    """

    __slots__ = (
        "account", "age_max_ns", "age_ns", "expected", "exposure", "instrument", "kind", "limits",
        "mid", "mode", "now", "origin", "own", "price", "purpose", "quantity", "quote", "rate_ok",
        "side", "standing", "state", "strategy", "trigger", "type", "view",
    )  # fmt: skip

    def __init__(
        self,
        state: State,
        view: View,
        now: int,
        *,
        account: Account,
        instrument: Instrument,
        strategy: str,
        purpose: Purpose,
        side: Side,
        quantity: Decimal,
        order_type: OrderType,
        price: Decimal | None,
        trigger: Decimal | None,
        age_ns: int | None = None,
        age_max_ns: int = 0,
        rate_ok: bool = True,
        own: Order | None = None,
        origin: str = "",
    ) -> None:
        self.state, self.view, self.now, self.origin = state, view, now, origin
        self.account, self.instrument, self.strategy = account, instrument, strategy
        self.purpose, self.side, self.quantity = purpose, side, quantity
        self.type, self.price, self.trigger = order_type, price, trigger
        self.age_ns, self.age_max_ns, self.rate_ok, self.own = age_ns, age_max_ns, rate_ok, own
        quote = self.quote = fresh_quote(view, account, instrument.name, now)
        self.mid = quote.mid if quote is not None else None
        self.expected = self._expected(quote)
        self.standing = fresh_standing(view, account, now)
        exposure = state.exposures.get((account.name, instrument.name), FLAT)
        self.exposure = exposure if own is None else _without(exposure, own)
        self.mode = mode_of(state, account, strategy, purpose)
        self.kind = kind_of(state, account, strategy, instrument.name)
        self.limits = self.kind.limits

    def _expected(self, quote: Quote | None) -> Decimal | None:
        if self.type is _MARKET:
            if quote is None:
                return None
            return quote.ask if self.side is _BUY else quote.bid
        return self.trigger if self.type is _STOP else self.price

    def worst_price(self) -> Decimal | None:
        """Return the collar of a market entry: the worst price at which it may be filled.

        It is on the tick. An exit has none: getting out at a bad price is better than staying in.
        A flatten has one: it tries again at the next price.
        """
        limit = self.limits.collar
        collared = self.type is _MARKET and self.purpose in _COLLARED
        if limit is None or self.mid is None or not collared:
            return None
        away, tick = self.mid * limit.at / 100, self.instrument.tick
        buys = self.side is _BUY
        worst = floor_to(self.mid + away, tick) if buys else ceil_to(self.mid - away, tick)
        return max(worst, tick)


def _without(exposure: Exposure, own: Order) -> Exposure:
    buy = own.leaves if own.side is Side.BUY else ZERO
    sell = own.leaves if own.side is Side.SELL else ZERO
    return Exposure(
        exposure.net - own.filled * own.side.sign,
        exposure.buy - buy,
        exposure.sell - sell,
        exposure.orders - 1,
        exposure.unknown,
    )


def fresh_quote(view: View, account: Account, instrument: str, now: int) -> Quote | None:
    """Return a quote that is young, positive and not crossed, else ``None``."""
    quote = view.at(account.name).quotes.get(instrument)
    if quote is None or now - quote.at_ns > account.quote_age_max_ns:
        return None
    return quote if ZERO < quote.bid <= quote.ask else None


def fresh_standing(view: View, account: Account, now: int) -> Standing | None:
    """Return the account's own figures when they are young enough."""
    standing = view.standings.get(account.name)
    if standing is None or now - standing.mark.at_ns > account.mark_age_max_ns:
        return None
    return standing


def halted_at(state: State, account: str, strategy: str) -> str:
    """Return the scope that is halted for this strategy in this account, or nothing."""
    if state.halts:
        for scope in ("global", f"account:{account}", f"strategy:{strategy}"):
            if scope in state.halts:
                return scope
    return ""


def mode_of(state: State, account: Account, strategy: str, purpose: Purpose) -> Mode:
    """Return the trading state that an act meets: of all that apply, the one that stops it most.

    That is a halt for an entry, and for what makes a position smaller the comparison with the
    venue: a halt lets it pass, but it cannot leave, and how much there is to close is not certain.
    """
    row = state.accounts.get(account.name)
    recovering = row is None or not row.recovered
    if recovering and purpose is not _ENTRY:
        return Mode.RECOVERING
    if state.halts and halted_at(state, account.name, strategy):
        return Mode.HALTED
    if row is None or recovering:
        return Mode.RECOVERING
    return Mode.REDUCING if account.reducing or row.differs_ns else _ACTIVE
