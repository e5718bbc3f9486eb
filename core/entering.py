"""Entering: what the prices of a signal mean at one account, before anything is sized or judged.

Rules of this file
1. A route says whether prices are of the instrument or of the signal's own chart; that is never
   guessed from how near they are.
2. An entry whose prices cannot be believed is refused. An exit whose price cannot be moved to the
   traded instrument goes at once instead: getting out is never refused for a chart.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from core.instruments import Instrument
from core.leveling import Unlevelled, admitted, is_absolute, levels_at
from core.levels import LevelsMode, Protection
from core.money import ZERO, ceil_to, floor_to, plain, shown
from core.orders import PRICED, TRIGGERED, OrderType, Side
from core.reports import Quote
from core.routing import Declined
from core.setup import Route
from core.signals import Signal

BASIS_DEFAULT: Final = Decimal(1)
"""Percent that the signal's own price may be away from what is traded while its prices are taken as
they are: two feeds of one thing are within some tenths, an index and its CFD often are not."""

OFFSETS: Final = LevelsMode.OFFSET_FROM_SIGNAL_PRICE

_MARKET: Final = OrderType.MARKET
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""


class Grounds(NamedTuple):
    """What the prices of an entry rest on. ``quote``: fresh, or ``None``."""

    content: Signal
    route: Route
    instrument: Instrument
    side: Side
    quote: Quote | None


class Placed(NamedTuple):
    """The protection of an entry as it holds from now on, and its stop if the entry is filled where
    it is expected."""

    protection: Protection | None = None
    stop: Decimal | None = None


NO_LEVELS: Final = Placed()
"""Of an entry without a protection."""


def is_plain(content: Signal, route: Route) -> bool:
    """Say whether an entry goes at the market and carries no price that has to be believed."""
    market = content.order_type is _MARKET and content.protection is None
    return market and route.basis_max_percent is None


def signal_price(content: Signal) -> Decimal | None:
    """Return the price that the sender saw; the price of a limit order is not that."""
    if content.signal_price is not None:
        return content.signal_price
    return None if content.order_type in PRICED else content.price


def order_price(content: Signal) -> Decimal | None:
    """Return the price at which an order of this signal would trade; ``None``: the market's."""
    if content.order_type is OrderType.MARKET:
        return None
    return content.price if content.order_type in PRICED else content.trigger


def shifted(grounds: Grounds) -> Signal | Declined:
    """Move the prices of the order itself to the traded instrument, where the route asks for it.

    They keep their distance from the signal's own price, rounded so that the order is never worse
    than asked.
    """
    content, quote = grounds.content, grounds.quote
    if grounds.route.levels is not OFFSETS or content.order_type is OrderType.MARKET:
        return content
    seen = signal_price(content)
    if seen is None or seen <= ZERO:
        return Declined("refused", "signal_price_missing", str(content.order_type), OFFSETS)
    if quote is None:
        return Declined("refused", "reference_stale", "no fresh quote", grounds.instrument.name)
    away, tick, buys = quote.mid - seen, grounds.instrument.tick, grounds.side is Side.BUY
    price, trigger = content.price, content.trigger
    if price is not None and content.order_type in PRICED:
        price = _on_tick(price + away, tick, up=not buys)
    if trigger is not None and content.order_type in TRIGGERED:
        trigger = _on_tick(trigger + away, tick, up=buys)
    return msgspec.structs.replace(content, price=price, trigger=trigger, signal_price=seen)


def _on_tick(price: Decimal, tick: Decimal, *, up: bool) -> Decimal:
    if price <= ZERO:
        return price  # refused as no price a moment later
    return ceil_to(price, tick) if up else floor_to(price, tick)


def at_once(content: Signal) -> Signal:
    """Make a market order of an exit whose price is of another chart."""
    return msgspec.structs.replace(
        content, order_type=OrderType.MARKET, price=signal_price(content), trigger=None
    )


def placed(grounds: Grounds) -> Placed | Declined:
    """Say what the levels of an entry are, or why they are not to be believed."""
    declined = _off_basis(grounds)
    if declined is not None:
        return declined
    content, instrument, side = grounds.content, grounds.instrument, grounds.side
    if content.protection is None:
        return NO_LEVELS
    entry, quote = order_price(content), grounds.quote
    if entry is None and quote is not None:
        entry = quote.ask if side is Side.BUY else quote.bid
    if entry is None:
        return Declined("refused", "reference_stale", "no fresh quote", instrument.name)
    kept = admitted(
        content.protection,
        instrument=instrument,
        side=side,
        entry=entry,
        mode=grounds.route.levels,
        signal_price=signal_price(content),
    )
    levels = kept if isinstance(kept, Unlevelled) else levels_at(kept, instrument, side, entry)
    if isinstance(kept, Unlevelled) or isinstance(levels, Unlevelled):
        assert isinstance(levels, Unlevelled), "what is not admitted is not placed"
        return Declined("refused", *levels)
    return Placed(kept, levels.stop)


def _off_basis(grounds: Grounds) -> Declined | None:
    """Refuse an entry whose signal saw another price than the market that it would trade.

    Where nobody set a limit, it holds for prices that are taken as they are, and a signal that says
    no price of its own is judged by its levels and by the collar alone.
    """
    content, route, quote = grounds.content, grounds.route, grounds.quote
    limit = route.basis_max_percent
    if limit is None:
        taken = content.order_type is not OrderType.MARKET
        taken |= content.protection is not None and is_absolute(content.protection)
        if route.levels is OFFSETS or not taken:
            return None
    seen = signal_price(content)
    if seen is None or seen <= ZERO:
        if limit is None:
            return None
        return Declined("refused", "signal_price_missing", "none", plain(limit))
    if quote is None:
        return Declined("refused", "reference_stale", "no fresh quote", grounds.instrument.name)
    most = BASIS_DEFAULT if limit is None else limit
    away = abs(seen - quote.mid)
    if away * 100 > most * quote.mid:
        percent = shown(away * 100 / quote.mid, 4, up=True)
        return Declined("refused", "basis_over_limit", f"{percent} %", f"{plain(most)} %")
    return None
