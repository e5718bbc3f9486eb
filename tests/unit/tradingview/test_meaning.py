from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from adapters.tradingview import DIALECTS, Terms, redact
from adapters.tradingview.times import instant
from core import commands as c
from core.answers import SignalAnswer
from core.orders import Order, OrderType
from core.signals import Action, Effect, Signal
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes
from tests.unit.tradingview.golden import Golden, goldens
from tests.unit.tradingview.reads import reading_of

D = Decimal

POST: dict[str, Any] = {"ticker": "BTCUSDT", "action": "buy", "quantity": 3}
COPIED: dict[str, Any] = {"order_action": "buy", "order_contracts": 5, "position_size": 3}
COMMAS: dict[str, Any] = {"tv_instrument": "BTCUSDT"}
ALGO: dict[str, Any] = {"strategy": "trend", "symbol": "BTCUSDT", "action": "SELL", "quantity": 9}
JUNTA: dict[str, Any] = {"strategy": "trend", "market": "BTCUSDT", "size": 3, "reverse": True}


def copied(**fields: Any) -> dict[str, Any]:
    """Make a message whose order stands in a strategy object."""
    return {"ticker": "BTCUSDT", "strategy": COPIED | fields}


def heard(stage: Stage, dialect: str, message: dict[str, Any], **terms: Any) -> SignalAnswer:
    """Let a route take a message in a dialect."""
    body = json.dumps(message)
    said: dict[str, Any] = {"strategy": "trend", **terms}
    known = Terms(**said)
    reading = DIALECTS[dialect].read(body.encode(), known)
    assert reading.signal is not None, reading.misread
    command = c.ReceiveSignal(route="door", body_hash=body, content=reading.signal, raw=body)
    return stage.hear(command)


def waiving(**route: Any) -> Stage:
    """Make a stage whose route takes alerts without id and time."""
    return Stage(setup_of(route={"require_id": False, "require_time": False} | route))


LONG, SHORT = ("entry", "buy"), ("entry", "sell")
COVER, LEAVE = ("exit", "buy"), ("exit", "sell")


@pytest.mark.parametrize(
    ("held", "dialect", "message", "orders"),
    [
        ("", "traderspost", POST, [(*LONG, D(3))]),
        ("sell", "traderspost", POST, [(*COVER, D(2)), (*LONG, D(3))]),
        ("sell", "traderspost", POST | {"sentiment": "flat"}, [(*COVER, D(2))]),
        ("buy", "traderspost", POST | {"sentiment": "flat"}, []),
        ("sell", "traderspost", POST | {"sentiment": "bearish", "quantity": 1}, [(*COVER, D(1))]),
        ("buy", "traderspost", {"ticker": "BTCUSDT", "action": "exit"}, [(*LEAVE, D(2))]),
        ("sell", "order_action", copied(), [(*COVER, D(2)), (*LONG, D(3))]),
        ("", "order_action", copied(), []),  # its sender was short 2: a gap, and nothing is entered
        ("", "order_action", copied(order_contracts=3), [(*LONG, D(3))]),
        ("buy", "order_action", copied(order_action="sell", order_contracts=1), [(*LEAVE, D(1))]),
        ("", "order_action", copied(order_action="sell", order_contracts=1), []),
        ("buy", "order_action", copied(order_action="sell", position_size=0), [(*LEAVE, D(2))]),
        ("buy", "3commas", COMMAS | {"action": "exit_long"}, [(*LEAVE, D(2))]),
        ("sell", "3commas", COMMAS | {"action": "exit_long"}, []),
        ("buy", "openalgo", ALGO | {"position_size": 1}, [(*LEAVE, D(1))]),
        ("buy", "openalgo", ALGO | {"position_size": -1}, [(*LEAVE, D(2)), (*SHORT, D(1))]),
        ("buy", "openalgo", ALGO | {"position_size": 2}, []),
        (
            "sell",
            "junta",
            JUNTA | {"order": "buy", "position": "long"},
            [(*COVER, D(2)), (*LONG, D(3))],
        ),
        ("sell", "junta", JUNTA | {"order": "buy", "position": "flat"}, [(*COVER, D(2))]),
    ],
)
def test_an_alert_does_what_its_dialect_says(
    held: str, dialect: str, message: dict[str, Any], orders: list[tuple[str, str, Decimal]]
) -> None:
    """From what is held, 2 or nothing, the orders are those that the message stands for."""
    stage = waiving()
    if held:
        stage.position("2", held)
    made = [stage.order(name) for name in heard(stage, dialect, message).orders]

    assert orders == [(str(one.purpose), str(one.side), one.quantity) for one in made]


def test_a_sell_never_opens_short_where_only_long_is_traded() -> None:
    """The route's sides hold, whatever the sentiment."""
    stage = waiving()
    message = POST | {"action": "sell", "sentiment": "bearish"}
    answer = heard(stage, "traderspost", message, sides="long")

    assert () == answer.orders
    assert "no_action nothing_to_close" == codes(answer)


def test_a_late_alert_is_not_served_beyond_its_own_lag() -> None:
    """The sender's largest age holds beside the route's, whichever is less."""
    stage = waiving()
    stamp = "2026-01-20T14:30:00Z"
    order = {"amount": 1, "currency_type": "base"}
    message = COMMAS | {"action": "enter_long", "timestamp": stamp, "order": order}
    stage.now = instant("timestamp", stamp, "") + 5_000_000_000
    stage.tick()

    assert "refused signal_too_old" == codes(heard(stage, "3commas", message | {"max_lag": "4"}))
    assert "refused signal_too_old" != codes(heard(stage, "3commas", message | {"max_lag": "6"}))


@pytest.mark.parametrize(
    "golden", [one for one in goldens() if "token" in one.beside], ids=lambda one: one.label
)
def test_no_secret_of_an_alert_is_kept(golden: Golden) -> None:
    """The token that a dialect finds is hidden in the body that is kept, also beside a fault."""
    token: str = golden.beside["token"]
    broken = golden.body.replace(b'"', b'"x": "1,000", "', 1)
    misread = DIALECTS[golden.dialect].read(broken, golden.terms).misread

    assert token not in redact(golden.body)
    assert token not in repr(misread)


ALERTS = [
    (f"{golden.dialect}: {golden.name} #{place}", signal)
    for golden in goldens()
    if golden.expected
    for place, signal in enumerate(reading_of(golden).signals, 1)
]
EXITS = [
    pytest.param(signal, id=name)
    for name, signal in ALERTS
    if signal.action is Action.EXIT or signal.effect is Effect.CLOSE
]
ENTRIES = [
    pytest.param(signal, id=name)
    for name, signal in ALERTS
    if signal.effect is Effect.OPEN and signal.order_type is OrderType.MARKET
]


def made_of(held: str, signal: Signal) -> list[Order]:
    """Let a stage that holds 2, or nothing, take a signal, and return the orders."""
    stage = waiving(quantity=D(1))  # whatever has no size could be an entry
    if held:
        stage.position("2", held)
    plain = msgspec.structs.replace(
        signal, strategy="trend", symbol="BTCUSDT", time_ns=None, max_age_ns=None
    )
    command = c.ReceiveSignal(route="door", body_hash="a", content=plain, raw="")
    return [stage.order(name) for name in stage.hear(command).orders]


@pytest.mark.parametrize("signal", EXITS)
def test_an_exit_of_any_dialect_opens_nothing(signal: Signal) -> None:
    """Whatever is held, what only closes makes orders that only reduce; and none when flat."""
    assert [] == made_of("", signal)
    for held in ("buy", "sell"):
        orders = made_of(held, signal)
        assert all(one.reduce_only and str(one.side) != held for one in orders)


@pytest.mark.parametrize("signal", ENTRIES)
def test_an_entry_of_any_dialect_closes_the_other_side_first(signal: Signal) -> None:
    """Against a position the first order closes all of it, and what opens waits until it is
    flat."""
    other = "sell" if signal.action is Action.BUY else "buy"
    first, *rest = made_of(other, signal)

    assert (True, D(2), str(signal.action)) == (first.reduce_only, first.quantity, str(first.side))
    assert all(one.side is first.side and str(one.held_for) == "flat_first" for one in rest)
