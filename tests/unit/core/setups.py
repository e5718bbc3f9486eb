"""Configurations in which everything may trade, for tests to change one thing of."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from core.instruments import Instrument
from core.orders import OrderType, Side
from core.setup import SECOND_NS, Account, Limits, Route, Setup, Strategy
from core.signals import Effect, Hint, QuantityUnit

D = Decimal
NOW: Final = 1_700_000_000 * SECOND_NS
DAY_NS: Final = 24 * 3600 * SECOND_NS

BTC: Final = Instrument(
    name="BTCUSDT",
    currency="USDT",
    tick=D("0.01"),
    lot_step=D("0.001"),
    quantity_min=D("0.001"),
    aliases=("BINANCE:BTCUSDT",),
)
ETH: Final = Instrument(
    name="ETHUSDT",
    currency="USDT",
    tick=D("0.01"),
    lot_step=D("0.01"),
    quantity_min=D("0.02"),
    multiplier=D(2),
)

WIDE: Final = Limits(
    quantity_max=D(1000),
    value_max=D(10**9),
    collar_percent=D(5),
    position_max=D(10**6),
    gross_max=D(10**12),
    open_orders_max=1000,
    daily_loss_max=D(1000),
    daily_loss_warn=D(500),
    messages_per_minute=10**6,
    messages_burst=10**4,
)
SIGNALS: Final = Limits(
    signals_per_minute=10**6,
    signals_burst=10**4,
    cycles_per_minute_max=10**6,
    cycles_per_day_max=10**6,
)


WORDS: Final = {
    "effect": Effect,
    "order_type": OrderType,
    "quantity_unit": QuantityUnit,
    "position": Hint,
    "prev_position": Hint,
}


def replaced(value: Any, **changes: Any) -> Any:
    """Return a frozen value with some fields changed."""
    return msgspec.structs.replace(value, **changes)


def setup_of(
    *accounts: str,
    strategies: Iterable[str] = ("trend", "fade"),
    limits: dict[str, Limits] | None = None,
    route: dict[str, Any] | None = None,
    account: dict[str, Any] | None = None,
) -> Setup:
    """Make a setup in which everything may trade, and change what a test is about."""
    names = accounts or ("one",)
    chosen: dict[str, Any] = {"rate_per_minute": 10**6, "rate_burst": 10**4}
    chosen |= route or {}
    scopes = {f"account:{name}": WIDE for name in names}
    scopes |= {f"strategy:{name}": SIGNALS for name in strategies}
    return Setup(
        instruments={"BTCUSDT": BTC, "ETHUSDT": ETH},
        accounts={
            name: Account(name=name, venue="paper", currency="USDT", **(account or {}))
            for name in names
        },
        strategies={
            name: Strategy(
                name=name,
                instruments=("BTCUSDT", "ETHUSDT"),
                sides=tuple(Side),
                order_types=tuple(OrderType),
            )
            for name in strategies
        },
        routes={
            "door": Route(
                name="door",
                accounts=names,
                strategies=tuple(strategies),
                **chosen,
            )
        },
        limits=scopes | (limits or {}),
    )


def limited(scope: str = "account:one", /, *accounts: str, **limits: Any) -> Setup:
    """Make a setup whose scope has these limits (money and quantities as text)."""
    values = {name: D(value) if isinstance(value, str) else value for name, value in limits.items()}
    base = {"account:one": WIDE, "strategy:trend": SIGNALS}.get(scope, Limits())
    return setup_of(*(accounts or ("one",)), limits={scope: replaced(base, **values)})
