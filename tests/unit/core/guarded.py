"""A stage with positions that are protected: what tests of legs begin with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from core import commands as c
from core.abilities import Abilities
from core.legs import legs_of
from core.levels import BreakEven, Level, LevelUnit, Protection, Target, Trail
from core.money import ZERO
from core.orders import Order, OrderState, OrderType
from core.plan_rows import PlanRow
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage

D = Decimal

KEY: Final = ("one", "BTCUSDT", "trend")

ALL: Final = tuple(OrderType)


def able(**changes: Any) -> Abilities:
    """Make a venue that has stops, replaces and keeps reduce-only; change what a test is about."""
    known: dict[str, Any] = {"order_types": ALL, "replace": True, "reduce_only": True}
    return Abilities(**(known | changes))


KEPT: Final = able(order_types=(OrderType.MARKET, OrderType.LIMIT))
"""A venue without stops: the bridge keeps every level."""


def level(value: str, unit: str = "price") -> Level:
    """Make a level."""
    return Level(value=D(value), unit=LevelUnit(unit))


def plan(
    stop: str | None = "49000",
    *targets: str,
    trail: str | None = None,
    after: str | None = None,
    even: str | None = None,
) -> Protection:
    """Make a protection: prices; a target may carry its share (``52000:50``)."""
    return Protection(
        stop=level(stop) if stop is not None else None,
        targets=tuple(_target(text) for text in targets),
        trail=Trail(
            distance=level(trail, "offset"), after=level(after) if after is not None else None
        )
        if trail is not None
        else None,
        break_even=BreakEven(after=level(even)) if even is not None else None,
    )


def _target(text: str) -> Target:
    price, _, share = text.partition(":")
    return Target(level=level(price), share=D(share) if share else None)


def guarded(abilities: Abilities | None = None, **setup: Any) -> Stage:
    """Begin with a venue that can do this."""
    stage = Stage(setup_of(**setup))
    stage.do(c.DescribeVenue(account="one", abilities=abilities or able()))
    return stage


def opened(stage: Stage, quantity: str = "10", side: str = "buy", **fields: Any) -> Order:
    """Open a protected position; its legs are accepted."""
    fields.setdefault("protection", plan() if side == "buy" else plan("51000"))
    order = stage.position(quantity, side, **fields)
    accept(stage)
    return order


def accept(stage: Stage) -> None:
    """Let the venue take every leg that is on its way."""
    for order in legs(stage):
        if order.state in (OrderState.INTENDED, OrderState.SENT):
            stage.report(order, "accepted")


def replaced_all(stage: Stage) -> None:
    """Let the venue do every replace that it was asked for."""
    for order in legs(stage):
        new = order.asked
        if new is not None and order.pending_replace:
            terms = {"quantity": new.quantity, "price": new.price, "trigger": new.trigger}
            stage.report(order, "replaced", **terms)


def ended_all(stage: Stage) -> None:
    """Let the venue end every leg whose end was asked for."""
    for order in legs(stage):
        if order.pending_cancel:
            stage.report(order, "cancelled")


def legs(stage: Stage, strategy: str = "trend", account: str = "one") -> list[Order]:
    """Return the legs alive, oldest first."""
    return legs_of(stage.state, (account, "BTCUSDT", strategy))


def shape(stage: Stage, strategy: str = "trend") -> list[str]:
    """Return the legs alive in words: what, how much is left, at which price."""
    return [
        f"{order.leg} {order.leaves.normalize():f} at {_at(order)}"
        for order in legs(stage, strategy)
    ]


def _at(order: Order) -> str:
    at = order.trigger or order.price or ZERO
    return f"{at.normalize():f}" if at else "market"


def row(stage: Stage, strategy: str = "trend") -> PlanRow:
    """Return the protection in force."""
    return stage.state.plans["one", "BTCUSDT", strategy]


def is_planned(stage: Stage, strategy: str = "trend") -> bool:
    """Say whether a protection is in force."""
    return ("one", "BTCUSDT", strategy) in stage.state.plans


def asked(order: Order) -> Decimal:
    """Return the quantity that a replace asks for; zero: none does."""
    return order.asked.quantity if order.asked is not None else ZERO


def quote(stage: Stage, bid: str, spread: str = "1") -> list[str]:
    """Let the market move; return the legs in words."""
    before = stage.quotes["BTCUSDT"]
    stage.wait(1)
    stage.earlier["BTCUSDT"] = before
    stage.quote("BTCUSDT", bid, str(D(bid) + D(spread)))
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))
    return shape(stage)


def refused(stage: Stage) -> None:
    """Let a venue refuse the stop of a position, and the bridge keep, move and reach its levels."""
    stage.do(c.DescribeVenue(account="one", abilities=able()))
    key = ("one", "ETHUSDT", "trend")
    wanted = plan("1900", "2100", trail="100")
    for name in stage.say(effect="open", symbol="ETHUSDT", quantity="2", protection=wanted).orders:
        stage.fill(name, "2", price="2000")
    for _ in range(4):
        stage.report(legs_of(stage.state, key)[0], "rejected")
        stage.wait(4)
        stage.tick()
    for bid in ("2050", "2100", "2000"):
        stage.quote("ETHUSDT", bid, f"{bid}.5")
        stage.do(c.ObserveMarket(instrument="ETHUSDT"))
    stage.fill(legs_of(stage.state, key)[0], "2", price="2100")
