"""The rules of a market, and what an order becomes under them before it is sent.

Rules of this file
1. Amounts are cut down, never up; prices move away from the other side: a buy never pays more and a
   sell never takes less than was asked.
2. What a market would refuse is refused here, with our own code and before anything left.
3. Whether an instrument fits its market is said once, when the account connects, with the right
   number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from adapters.ccxt.findings import Finding, finding, refusal
from adapters.ccxt.translate import number
from adapters.port import Trouble
from core.instruments import Instrument
from core.money import ZERO, ceil_to, floor_to, is_step, plain, product
from core.orders import Order, OrderType, Side, Terms

ONE: Final = Decimal(1)

BAND_USED: Final = Decimal("0.9")
"""How much of the venue's price band is used: the market moves between our look and its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One market of a venue, and the instrument that we call it by."""

    instrument: Instrument
    symbol: str
    id: str
    spot: bool
    base: str
    quote: str
    settle: str
    active: bool
    contract_size: Decimal
    tick: Decimal
    step: Decimal
    amount_min: Decimal = ZERO
    amount_max: Decimal | None = None
    cost_min: Decimal = ZERO
    band: Decimal | None = None
    """How far from the market a limit price may be at most, as a share of it, where the venue says
    so."""

    @property
    def facts(self) -> dict[str, str]:
        """Return what the profile's calls are filled with."""
        return {"symbol": self.symbol, "market": self.id, "currency": self.money}

    @property
    def money(self) -> str:
        """Return the currency in which it earns and loses."""
        return self.settle or self.quote


@dataclass(frozen=True, slots=True)
class Sized:
    """An order's numbers as they go out; ``None`` where its type has none."""

    amount: Decimal
    price: Decimal | None
    trigger: Decimal | None


def market_of(instrument: Instrument, told: Mapping[str, Any]) -> Market | Trouble:
    """Read a market of ccxt's."""
    limits: Mapping[str, Any] = told.get("limits") or {}
    precision: Mapping[str, Any] = told.get("precision") or {}
    amounts: Mapping[str, Any] = limits.get("amount") or {}
    costs: Mapping[str, Any] = limits.get("cost") or {}
    tick, step = number(precision.get("price")), number(precision.get("amount"))
    if not tick or not step:
        return refusal("ccxt_market_unclear", value=str(told.get("symbol")), where=instrument.name)
    return Market(
        instrument=instrument,
        symbol=str(told["symbol"]),
        id=str(told["id"]),
        spot=bool(told.get("spot")),
        base=str(told.get("base") or ""),
        quote=str(told.get("quote") or ""),
        settle=str(told.get("settle") or ""),
        active=told.get("active") is not False,
        contract_size=number(told.get("contractSize")) or ONE,
        tick=tick,
        step=step,
        amount_min=number(amounts.get("min")) or ZERO,
        amount_max=number(amounts.get("max")) or None,
        cost_min=number(costs.get("min")) or ZERO,
        band=band_of(told.get("info") or {}),
    )


def band_of(info: Mapping[str, Any]) -> Decimal | None:
    """Read how far from the market a venue takes limit prices: Binance's filters, Bybit's ratio."""
    shares: list[Decimal] = []
    for rule in info.get("filters") or ():
        for key in ("multiplierUp", "bidMultiplierUp"):
            up = number(rule.get(key))
            if up is not None:
                shares.append(up - 1)
        for key in ("multiplierDown", "askMultiplierDown"):
            down = number(rule.get(key))
            if down is not None:
                shares.append(1 - down)
    ratio = number((info.get("riskParameters") or {}).get("priceLimitRatioX"))
    if ratio is not None:
        shares.append(ratio)
    return min((share for share in shares if share > ZERO), default=None)


def symbol_of(
    instrument: str, named: Mapping[str, str], markets: Mapping[str, Mapping[str, Any]], kind: str
) -> str | Trouble:
    """Return ccxt's symbol of an instrument: as it is named, or the one market of that id."""
    if instrument in named:
        symbol = named[instrument]
        told = markets.get(symbol)
        if told is None or not fits_kind(told, kind):
            return refusal("ccxt_market_unknown", value=symbol, limit=kind, where=instrument)
        return symbol
    found = [
        symbol
        for symbol, told in markets.items()
        if told.get("id") == instrument and fits_kind(told, kind)
    ]
    active = [symbol for symbol in found if markets[symbol].get("active") is not False]
    found = active or found  # one that stands still may hold something
    if len(found) != 1:
        code = "ccxt_market_ambiguous" if found else "ccxt_market_unknown"
        value = ", ".join(sorted(found)) or instrument
        return refusal(code, value=value, limit=kind, where=instrument)
    return found[0]


def fits_kind(told: Mapping[str, Any], kind: str) -> bool:
    """Say whether a market is of a profile's kind: spot, or a swap settled in money."""
    if kind == "spot":
        return bool(told.get("spot"))
    return bool(told.get("swap")) and told.get("linear") is not False


def misfits(market: Market, currency: str) -> Iterator[Finding]:
    """Say in what an instrument of the configuration does not fit its market."""
    ours, name = market.instrument, market.instrument.name
    if not market.active:
        yield finding("ccxt_market_inactive", value=market.symbol, where=name)
    if not is_step(ours.tick, market.tick):
        value, limit = plain(ours.tick), plain(market.tick)
        yield finding("ccxt_tick_differs", value=value, limit=limit, where=name)
    if not is_step(ours.lot_step, market.step):
        value, limit = plain(ours.lot_step), plain(market.step)
        yield finding("ccxt_step_differs", value=value, limit=limit, where=name)
    if ours.quantity_min < market.amount_min:
        value, limit = plain(ours.quantity_min), plain(market.amount_min)
        yield finding("ccxt_min_differs", value=value, limit=limit, where=name)
    if ours.multiplier != market.contract_size:
        value, limit = plain(ours.multiplier), plain(market.contract_size)
        yield finding("ccxt_multiplier_differs", value=value, limit=limit, where=name)
    yield from _of_money(market, currency)


def _of_money(market: Market, currency: str) -> Iterator[Finding]:
    ours, name = market.instrument, market.instrument.name
    if ours.currency != market.money:
        yield finding("ccxt_currency_differs", value=ours.currency, limit=market.money, where=name)
    elif market.money != currency:
        yield finding("ccxt_account_currency", value=market.money, limit=currency, where=name)
    if market.spot and ours.base != market.base:
        yield finding("ccxt_base_differs", value=ours.base, limit=market.base, where=name)


def price_for(side: Side, price: Decimal, tick: Decimal) -> Decimal:
    """Bring a price onto the tick, away from the other side."""
    return floor_to(price, tick) if side is Side.BUY else ceil_to(price, tick)


def sized(
    market: Market,
    order: Order,
    terms: Terms,
    *,
    reference: Decimal | None = None,
    most: Decimal | None = None,
) -> Sized | Trouble:
    """Return the numbers of an order as its market takes them, or why it would not.

    ``reference``: the market's price, for a value where the order has none. ``most``: what may be
    sold at most, of a wallet.
    """
    name = market.instrument.name
    amount = floor_to(terms.quantity, market.step)
    if most is not None:
        amount = min(amount, floor_to(max(ZERO, most), market.step))
    price = terms.price
    if order.order_type is OrderType.MARKET:
        price = _collar(market, order)
    if price is not None:
        price = price_for(order.side, price, market.tick)
    trigger = terms.trigger
    if trigger is not None:
        trigger = price_for(order.side, trigger, market.tick)
    waits = order.order_type in (OrderType.STOP, OrderType.STOP_LIMIT)
    rests = order.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    missing = (waits and trigger is None) or (rests and price is None)
    if missing or any(one is not None and one <= ZERO for one in (price, trigger)):
        return refusal("ccxt_price_invalid", value=plain(terms.price or ZERO), where=name)
    if most is not None and not amount:
        free, asked = plain(most), plain(terms.quantity)
        return refusal("ccxt_nothing_free", value=asked, limit=free, where=name)
    if not amount or amount < market.amount_min:
        value, limit = plain(terms.quantity), plain(max(market.amount_min, market.step))
        return refusal("ccxt_below_minimum", value=value, limit=limit, where=name)
    if market.amount_max is not None and amount > market.amount_max:
        value, limit = plain(amount), plain(market.amount_max)
        return refusal("ccxt_above_maximum", value=value, limit=limit, where=name)
    short = _value_short(market, order, amount, trigger or price or reference or order.reference)
    return short or Sized(amount, price, trigger)


def _collar(market: Market, order: Order) -> Decimal | None:
    """Return the worst price of a market order, within what its venue takes as a limit: one that is
    farther away would be refused, and an exit with it."""
    worst, middle = order.worst_price, order.reference
    if worst is None or middle is None or market.band is None:
        return worst
    away = product(middle, market.band, BAND_USED)
    if order.side is Side.BUY:
        return min(worst, middle + away)
    return max(worst, middle - away)


def _value_short(
    market: Market, order: Order, amount: Decimal, price: Decimal | None
) -> Trouble | None:
    """Refuse what is worth less than the market takes. A swap's venue lets a position be closed
    whatever is left of it."""
    if order.venue_reduce_only and not market.spot:
        return None
    if price is None or not market.cost_min:
        return None
    value = amount * price * market.contract_size
    if value >= market.cost_min:
        return None
    told, least = plain(value), plain(market.cost_min)
    return refusal("ccxt_value_too_small", value=told, limit=least, where=market.instrument.name)
