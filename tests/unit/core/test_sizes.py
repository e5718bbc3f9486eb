"""Symbols, sizes and prices of a message: found exactly, cut down, or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import records as r
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def test_a_symbol_is_asked_for_exactly_as_written() -> None:
    """The account's own names come first, then names, then aliases; nothing is guessed."""
    stage = Stage()
    setup = stage.setup
    own = replaced(setup.accounts["one"], symbols={"BTC": "BTCUSDT", "ETHUSDT": "BTCUSDT"})
    stage.setup = replaced(setup, accounts={"one": own})
    stage.start()
    stage.recover("one")
    found = {
        symbol: stage.order(stage.say(symbol=symbol, effect="open").orders[0]).instrument
        for symbol in ("BTCUSDT", "BINANCE:BTCUSDT", "BTC", "ETHUSDT")
    }

    assert dict.fromkeys(found, "BTCUSDT") == found
    for symbol in ("btcusdt", "BTCUSDT ", ""):
        assert "refused symbol_unknown" == codes(stage.send(symbol=symbol))
    assert "refused symbol_needs_rule" == codes(stage.send(symbol="BINANCE:ETHUSDT"))


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"order_type": "limit"}, "refused order_price_missing"),
        ({"order_type": "stop"}, "refused order_price_missing"),
        ({"order_type": "stop_limit", "price": "50000"}, "refused order_price_missing"),
        ({"order_type": "stop_limit", "trigger": "50000"}, "refused order_price_missing"),
        ({"order_type": "limit", "price": "50000.001"}, "refused price_off_tick"),
        ({"order_type": "limit", "price": "0"}, "refused price_off_tick"),
        ({"order_type": "limit", "price": "-50000"}, "refused price_off_tick"),
        ({"order_type": "limit", "price": "1e28"}, "refused value_over_limit"),
        ({"order_type": "stop", "trigger": "50000.001"}, "refused price_off_tick"),
        ({"order_type": "stop", "trigger": "50100", "price": "50000.001"}, "admitted"),
        ({"quantity": "0"}, "refused quantity_below_step"),
        ({"quantity": "-1"}, "refused quantity_below_step"),
        ({"quantity": "0.0009"}, "refused quantity_below_step"),
        ({"quantity": "1e28"}, "refused quantity_over_limit"),
        ({"quantity": "1e-28"}, "refused quantity_below_step"),
        ({"quantity": "9" * 28}, "refused quantity_over_limit"),
        ({"quantity": None}, "refused quantity_missing"),
    ],
)
def test_what_no_venue_could_take_is_refused(fields: dict[str, Any], verdict: str) -> None:
    """Prices off the tick, nothing, less than nothing, and numbers of any size: a code each."""
    stage = Stage()

    assert verdict == codes(stage.send(effect="open", **fields))


def test_huge_numbers_upset_nothing() -> None:
    """The largest and smallest numbers that can be read are judged like any other."""
    stage = Stage(setup_of(limits={"account:one": replaced(WIDE, quantity_max=D("1e28"))}))
    stage.position("2")
    numbers = ("1e28", "1e-28", "9" * 28, "0." + "0" * 27 + "1", "-1e28")
    for number in numbers:
        for unit in ("units", "quote", "equity_percent"):
            stage.send(effect="open", quantity=number, quantity_unit=unit)
        for kind in ("limit", "stop", "stop_limit"):
            stage.send(effect="open", order_type=kind, price=number, trigger=number)
        stage.send("sell", quantity=number)
        stage.send("exit", quantity=number)

    assert picture(stage.state) == picture(replay(stage.records))


def test_sizes_by_value_and_by_equity_are_cut_down_and_shown() -> None:
    """Value and percent become units at the far side of the market, never rounded up."""
    stage = Stage()
    sizes = {
        ("1000", "quote"): ("0.019", "1000 USDT at 50001"),
        ("5", "equity_percent"): ("0.099", "5 % of 100000 USDT at 50001"),
        ("1.2349", "units"): ("1.234", "1.2349"),
    }
    for (quantity, unit), (cut, words) in sizes.items():
        order = stage.entry(quantity, quantity_unit=unit)
        record = stage.last.records[1]
        assert isinstance(record, r.OrderIntended)

        assert D(cut) == order.quantity
        assert record.sizing.startswith(words)
        assert record.sizing.endswith(f"cut down to {cut}")
    sold = stage.entry("4000", "sell", quantity_unit="quote", symbol="ETHUSDT")
    assert D(1) == sold.quantity
    priced = stage.entry(
        "1000", quantity_unit="quote", order_type="limit", price="50000", symbol="BTCUSDT"
    )
    assert D("0.02") == priced.quantity


def test_without_a_price_or_an_equity_nothing_is_sized() -> None:
    """A size that depends on what is not known is refused."""
    stage = Stage()
    stage.standings.clear()
    assert "refused equity_stale" == codes(
        stage.send(effect="open", quantity="1", quantity_unit="equity_percent")
    )
    stage.quotes.clear()
    for unit in ("quote", "equity_percent"):
        assert "refused reference_stale" == codes(
            stage.send(effect="open", quantity="1", quantity_unit=unit)
        )


def test_a_route_may_have_a_quantity_of_its_own() -> None:
    """A message without a number takes the route's."""
    stage = Stage(setup_of(route={"quantity": D("0.5")}))

    assert D("0.5") == stage.entry(quantity=None).quantity  # pyright: ignore[reportArgumentType]
