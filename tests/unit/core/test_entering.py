"""What the prices of a signal mean at an account: its basis, its offsets, its size by risk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import records as r
from core.levels import Level, LevelsMode, LevelUnit, Protection, Target
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal
OFFSETS = LevelsMode.OFFSET_FROM_SIGNAL_PRICE


def stop(value: str, unit: str = "price", *targets: str) -> Protection:
    """Make a stop, and targets at prices."""
    return Protection(
        stop=Level(value=D(value), unit=LevelUnit(unit)),
        targets=tuple(Target(level=Level(value=D(price))) for price in targets),
    )


def routed(**route: Any) -> Stage:
    """Make a stage whose route has these options."""
    return Stage(setup_of(route=route))


def sizing(stage: Stage) -> str:
    """Return how the last entry was sized."""
    record = next(r_ for r_ in stage.last.records if isinstance(r_, r.OrderIntended))
    return record.sizing


@pytest.mark.parametrize(
    ("action", "quantity", "unit", "at", "size", "words"),
    [
        # bought at 50001, sold at 50000; 100000 of equity
        ("buy", "100", "risk_quote", "49901", "1", "100 USDT at risk from 50001 to 49901"),
        ("sell", "100", "risk_quote", "50100", "1", "100 USDT at risk from 50000 to 50100"),
        ("buy", "1", "risk_percent", "49001", "1", "1 % of 100000 USDT at risk from 50001 to"),
        ("buy", "100", "risk_quote", "49701", "0.333", "100 USDT at risk from 50001 to 49701"),
    ],
)
def test_a_size_by_risk_loses_what_was_asked_for_at_its_stop(
    action: str, quantity: str, unit: str, at: str, size: str, words: str
) -> None:
    """Quantity times the distance to the stop is the risk, or less: it is cut down."""
    stage = Stage()
    order = stage.entry(quantity, action, quantity_unit=unit, protection=stop(at))

    assert D(size) == order.quantity
    assert sizing(stage).startswith(words)


def test_the_multiplier_and_the_price_of_the_order_count() -> None:
    """A limit order risks from its own price, and a unit may be worth more than its price."""
    stage = Stage()
    order = stage.entry(
        "100",
        quantity_unit="risk_quote",
        symbol="ETHUSDT",
        order_type="limit",
        price="1990",
        protection=stop("10", "offset"),
    )

    assert D(5) == order.quantity


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity_unit": "risk_quote"}, "risk_needs_stop"),
        ({"quantity_unit": "risk_percent"}, "risk_needs_stop"),
        ({"quantity_unit": "position_percent"}, "entry_unit"),
        ({"protection": stop("50001")}, "stop_wrong_side"),
        ({"protection": stop("49000", "price", "49500")}, "target_wrong_side"),
        ({"protection": stop("3", "pips")}, "pip_missing"),
        ({"protection": stop("49000"), "price": "51000"}, "basis_over_limit"),
        ({"order_type": "stop", "trigger": "50100", "price": "51000"}, "basis_over_limit"),
        ({"protection": stop("49000"), "price": "50400"}, ""),
        ({"protection": stop("1", "percent"), "price": "51000"}, ""),
        ({"price": "51000"}, ""),
    ],
)
def test_an_entry_whose_prices_cannot_be_believed_is_refused(
    fields: dict[str, Any], code: str
) -> None:
    """Its stop is on its side of the market, and its own price is that of what is traded."""
    said = codes(Stage().send(effect="open", quantity="1", **fields))

    assert (f"refused {code}" if code else "admitted") == said


def test_the_basis_limit_is_a_limit() -> None:
    """At the limit it passes, a tick beyond it does not; once set it asks for a price."""
    stage = routed(basis_max_percent=D(2))
    stage.quote("BTCUSDT", "49999", "50001")

    assert "admitted" == codes(stage.send(effect="open", price="51000"))
    assert "refused basis_over_limit" == codes(stage.send(effect="open", price="51000.01"))
    assert "admitted" == codes(stage.send(effect="open", price="49000"))
    assert "refused basis_over_limit" == codes(stage.send(effect="open", price="48999.99"))
    assert "refused signal_price_missing" == codes(stage.send(effect="open"))
    stage.quotes.clear()
    assert "refused reference_stale" == codes(stage.send(effect="open", price="51000"))


def test_what_reduces_is_never_refused_for_a_basis() -> None:
    """An exit closes what there is, wherever the chart of its sender was."""
    stage = routed(basis_max_percent=D(2))
    stage.position("1", price="50000")

    assert "admitted" == codes(stage.send("exit", quantity=None, price="60000"))


def test_with_offsets_the_stop_keeps_its_distance_from_the_signals_price() -> None:
    """The stop of another chart is sized by its distance, and no basis is in its way."""
    stage = routed(levels=OFFSETS)
    order = stage.entry("100", quantity_unit="risk_quote", price="20000", protection=stop("19900"))

    assert D(1) == order.quantity
    assert "100 USDT at risk from 50001 to 49901" == sizing(stage)
    fields: dict[str, Any] = {"effect": "open", "protection": stop("19900")}
    assert "refused signal_price_missing" == codes(stage.send(**fields))
    wrong = codes(stage.send(price="19800", **fields))
    assert "refused stop_wrong_side" == wrong


def test_with_offsets_the_price_of_an_order_moves_with_the_market() -> None:
    """A limit ten below the chart is ten below the market, on the tick, and never worse."""
    stage = routed(levels=OFFSETS)
    limit = {"order_type": "limit", "signal_price": "20000"}
    bought = stage.entry("1", price="19990.001", **limit)
    assert D("49990.5") == bought.price
    up = stage.entry("1", order_type="stop", trigger="20010.001", price="20000")
    assert D("50010.51") == up.trigger
    missing = stage.send(effect="open", order_type="limit", price="19990")
    assert "refused signal_price_missing" == codes(missing)


def test_with_offsets_an_exit_without_a_believable_price_goes_at_once() -> None:
    """Nobody stays in a position because the chart's price was not sent, or no quote is fresh."""
    stage = routed(levels=OFFSETS)
    stage.position("1")
    answer = stage.say("sell", effect="close", quantity="0.5", order_type="limit", price="20100")
    order = stage.order(answer.orders[0])

    assert ("market", None) == (order.order_type, order.price)
