"""Wallets whose venue takes no order that is worth too little: what tests of dust begin with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core import commands as c
from core.orders import Order, OrderType
from tests.unit.core.guarded import ALL, able, accept, ended_all
from tests.unit.core.setups import BTC, replaced, setup_of
from tests.unit.core.stage import Stage

D = Decimal

COIN = replaced(BTC, base="BTC", lot_step=D("0.000001"), quantity_min=D("0.000001"))
"""A coin of which much less can be ordered than is worth the five dollars that a venue wants."""


def wallet(
    told: str | None = "5", configured: str = "0", *, stops: bool = True, **account: Any
) -> Stage:
    """Begin with a wallet at a venue that neither replaces nor nets, and tells its smallest
    value."""
    setup = setup_of(account={"spot": True} | account)
    coin = replaced(COIN, value_min=D(configured))
    stage = Stage(replaced(setup, instruments={**setup.instruments, "BTCUSDT": coin}))
    values = {"BTCUSDT": D(told)} if told is not None else {}
    kinds = ALL if stops else (OrderType.MARKET, OrderType.LIMIT)
    venue = able(replace=False, reduce_only=False, values_min=values, order_types=kinds)
    stage.do(c.DescribeVenue(account="one", abilities=venue))
    return stage


def bought(stage: Stage, quantity: str, **fields: Any) -> Order:
    """Buy at 50000."""
    order = stage.entry(quantity, **fields)
    stage.fill(order, quantity, price="50000")
    accept(stage)
    return order


def sold(stage: Stage, quantity: str, price: str = "50000") -> None:
    """Sell some by an exit; its leg makes way first."""
    answer = stage.say("exit", quantity=quantity)
    for _ in range(2):
        ended_all(stage)
    stage.fill(answer.orders[0], quantity, price=price)
