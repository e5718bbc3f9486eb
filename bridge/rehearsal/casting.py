"""Casting: which alerts a rehearsal sends, chosen from the user's own configuration.

Rules of this file
1. Nothing is changed that a person configured: a part is what an alert of theirs could ask for.
2. The choice depends on the configuration alone, in its own order.
3. Static limits sort the candidates; whether one really trades is tried on the stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bridge.config.entries import Entry, missing_limits
from bridge.config.values import Config
from core.instruments import Instrument
from core.money import ZERO, ceil_to, floor_to, round_to
from core.orders import PRICED, TRIGGERED, OrderType, Side
from core.risk.limits import Effective, effective
from core.setup import Account, Route, Strategy, resolve
from core.signals import QuantityUnit

TICKS_OF_PRICE: Final = 10_000
"""A made-up price is so many ticks: so are EURUSD with five places, an index future, a coin."""

TICKS_LEAST: Final = 100
"""A made-up price is lowered to fit limits, but never below so many ticks: a tick stays small."""

TICKS_OF_WALK: Final = 50
"""A configured price is at least so many ticks, so that it can fall and stay one."""

TICKS_OF_COLLAR: Final = 4
"""So many ticks fit into the collar at a made-up price: the spread must."""

SHARE_OF_LIMIT: Final = 4
"""The smallest order at a made-up price is worth at most this part of the tightest limit."""

TRIED_MAX: Final = 12
"""Candidates that are tried on the stand: each takes a few milliseconds."""

TYPES: Final = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT)
"""Types of order that an entry is sent with: the first that the strategy may use."""


@dataclass(frozen=True, slots=True)
class Part:
    """What the alerts of a rehearsal ask for. ``room``: a second entry passes beside the first."""

    route: Route
    account: Account
    strategy: Strategy
    instrument: Instrument
    symbol: str
    side: Side
    quantity: Decimal
    kind: OrderType
    resting: OrderType
    price: Decimal
    made_up: bool
    limits: Effective
    room: bool = True

    @property
    def sign(self) -> int:
        """Return +1 when it buys, -1 when it sells."""
        return self.side.sign

    @property
    def step(self) -> Decimal:
        """Return the smallest quantity that can be filled by itself."""
        return self.instrument.lot_step

    def value(self, quantity: Decimal, price: Decimal | None = None) -> Decimal:
        """Return what a quantity is worth."""
        return self.instrument.value(quantity, price if price is not None else self.price)


def parts_of(config: Config, route: Route, account: Account) -> list[Part]:
    """List what an account could trade by a route, what fits its limits first."""
    found = list(_all(config, route, account))
    found.sort(key=lambda part: _rank(config, part))
    return found[:TRIED_MAX]


def _rank(config: Config, part: Part) -> tuple[bool, Decimal]:
    """Put what fits first, in the configuration's order, then the smallest."""
    fits = not lacking(config, part) and _fits(part)
    return not fits, ZERO if fits else part.quantity


def lacking(config: Config, part: Part) -> list[tuple[str, str]]:
    """List the limits without which every such entry is refused, with the table of each."""
    entry = Entry(part.account.name, part.strategy.name, part.instrument.name)
    return missing_limits(config.setup, entry)


def _all(config: Config, route: Route, account: Account) -> Iterator[Part]:
    setup = config.setup
    for strategy in (setup.strategies[name] for name in route.strategies):
        kinds = [kind for kind in TYPES if kind in strategy.order_types]
        for instrument in (setup.instruments[name] for name in strategy.instruments):
            symbol = symbol_for(config, account, instrument)
            if symbol is None or instrument.currency != account.currency:
                continue
            limits = effective(setup, account, strategy.name, instrument.name)
            price, made_up = price_of(config, instrument, limits)
            for quantity in _quantities(route, instrument):
                for side in strategy.sides:
                    for kind in kinds[:1]:
                        yield Part(
                            route=route,
                            account=account,
                            strategy=strategy,
                            instrument=instrument,
                            symbol=symbol,
                            side=side,
                            quantity=quantity,
                            kind=kind,
                            resting=OrderType.LIMIT if OrderType.LIMIT in kinds else kind,
                            price=price,
                            made_up=made_up,
                            limits=limits,
                        )


def symbol_for(config: Config, account: Account, instrument: Instrument) -> str | None:
    """Return what an alert writes to mean an instrument in an account; ``None``: nothing does."""
    names = (instrument.name, *instrument.aliases, *account.symbols)
    for name in names:
        if resolve(config.setup, account, name) is instrument:
            return name
    return None


def smallest(instrument: Instrument) -> Decimal:
    """Return the smallest order."""
    return ceil_to(max(instrument.quantity_min, instrument.lot_step), instrument.lot_step)


def _quantities(route: Route, instrument: Instrument) -> list[Decimal]:
    """List quantities to try: the route's own, twice the smallest (it can fill in parts), the
    smallest."""
    least = smallest(instrument)
    wanted = [2 * least, least]
    if route.quantity is not None and route.quantity_unit is QuantityUnit.UNITS:
        wanted.insert(0, instrument.quantity_cut(route.quantity))
    return list(dict.fromkeys(quantity for quantity in wanted if quantity))


def price_of(config: Config, instrument: Instrument, limits: Effective) -> tuple[Decimal, bool]:
    """Return the price at which an instrument is rehearsed, and whether it is made up."""
    walk = config.market.walks.get(instrument.name)
    tick = instrument.tick
    if walk is not None:
        return max(round_to(walk.price_start, tick), TICKS_OF_WALK * tick), False
    price = TICKS_OF_PRICE * tick
    caps = [limit.at for limit in (limits.value, *limits.gross) if limit is not None]
    if caps:
        unit = instrument.value(smallest(instrument), Decimal(1))
        price = min(price, floor_to(min(caps) / SHARE_OF_LIMIT / unit, tick))
    ticks = Decimal(TICKS_LEAST)
    if limits.collar is not None and limits.collar.at:
        ticks = max(ticks, ceil_to(TICKS_OF_COLLAR * 100 / limits.collar.at, Decimal(1)))
    return max(price, ticks * tick), True


def _fits(part: Part) -> bool:
    """Say whether two such orders seem to fit the limits that concern one account."""
    limits, twice = part.limits, 2 * part.quantity
    caps = (
        (limits.quantity, part.quantity),
        (limits.value, part.value(part.quantity)),
        (limits.position, twice),
        *((limit, part.value(twice)) for limit in limits.gross),
    )
    return all(limit is None or asked <= limit.at for limit, asked in caps)


def prices_for(
    part: Part, kind: OrderType, *, price: Decimal, trigger: Decimal
) -> dict[str, Decimal]:
    """Return the price fields that a type of order needs."""
    assert min(price, trigger) > ZERO, f"a price of {part.instrument.name} is positive"
    fields = {"price": price} if kind in PRICED else {}
    return {**fields, "trigger": trigger} if kind in TRIGGERED else fields
