"""Spot accounts: fees taken in the coin, nothing short, dust that stands in nobody's way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core import snapshot
from core.money import ZERO
from core.orders import Order
from core.setup import Setup
from tests.unit.core.books import Books, agreed, external, rows
from tests.unit.core.setups import BTC, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def spot_setup(**account: Any) -> Setup:
    """Make a setup with a spot account: steps of 0.001 BTC, and 0.01 the smallest order."""
    setup = setup_of(account={"spot": True, **account})
    coin = replaced(BTC, base="BTC", quantity_min=D("0.01"))
    return replaced(setup, instruments={**setup.instruments, "BTCUSDT": coin})


def bought(stage: Stage, quantity: str = "1", fee: str | None = "0.001", **fields: Any) -> Order:
    """Buy, with the fee in the coin."""
    order = stage.entry(quantity)
    stage.report(
        order, "fill", exec_id=f"x{order.number}", quantity=quantity, price="50000", fee=fee,
        fee_currency="BTC", **fields,
    )  # fmt: skip
    return stage.order(order.order)


def held(stage: Stage) -> tuple[Decimal, Decimal]:
    """Return the share and its fees."""
    position = stage.state.positions["one", "BTCUSDT", "trend"]
    return position.quantity, position.fees


def test_a_fee_in_the_coin_makes_the_share_smaller() -> None:
    """One bitcoin bought for a fee of a thousandth is 0.999, and the fee is worth 50."""
    stage = Stage(spot_setup())
    order = bought(stage)

    assert (D("0.999"), D(50)) == held(stage)
    assert (D(1), D(50)) == (order.filled, order.fee)
    assert D("0.999") == stage.exposure().net
    way_out = stage.order(stage.say("exit").orders[0])
    assert ("sell", D("0.999")) == (way_out.side, way_out.quantity)


def test_the_worth_is_what_it_was() -> None:
    """Bought with a fee in the coin and sold again: realized less fees is the cash that moved."""
    stage = Stage(spot_setup())
    bought(stage)
    order = stage.say("exit").orders[0]
    stage.report(order, "fill", exec_id="out", quantity="0.999", price="51000", fee="0")
    position = stage.state.positions["one", "BTCUSDT", "trend"]

    assert ZERO == position.quantity
    assert D("0.999") * 51000 - 50000 == position.realized - position.fees


def test_a_fee_that_is_told_late() -> None:
    """The share is cut when the fee becomes known, once, also after the order is over."""
    stage = Stage(spot_setup())
    order = bought(stage, fee=None)
    assert (D(1), ZERO) == held(stage)
    for _ in range(2):
        stage.report(
            order, "fill", exec_id=f"x{order.number}", quantity="1", price="50000", fee="0.001",
            fee_currency="BTC",
        )  # fmt: skip

    assert (D("0.999"), D(50)) == held(stage)
    assert (D(50), D(1)) == (stage.order(order.order).fee, stage.order(order.order).filled)


def test_a_bust_gives_the_fee_back() -> None:
    """A trade that is taken back takes its fee with it, whether told before or not."""
    stage = Stage(spot_setup())
    order = bought(stage)
    stage.report(order, "bust", exec_id=f"x{order.number}")

    assert (ZERO, ZERO) == held(stage)
    assert ZERO == stage.exposure().net


def test_a_correction_keeps_the_fee_of_which_it_says_nothing() -> None:
    """Another price changes the worth of the fee, not how much of the coin it was."""
    stage = Stage(spot_setup())
    order = bought(stage)
    name = f"x{order.number}"
    stage.report(order, "corrected", exec_id=name, quantity="1", price="40000")
    assert (D("0.999"), D(40)) == held(stage)
    stage.report(
        order, "corrected", exec_id=name, quantity="2", price="40000", fee="0.002",
        fee_currency="BTC",
    )  # fmt: skip

    assert (D("1.998"), D(80)) == held(stage)


def test_a_fee_in_a_third_currency_is_not_known() -> None:
    """Neither is a fee in the coin on an account that is not spot: nothing is converted."""
    for setup, currency in ((spot_setup(), "BNB"), (spot_setup(spot=False), "BTC")):
        stage = Stage(setup)
        order = stage.entry("1")
        stage.report(
            order, "fill", exec_id="a", quantity="1", price="50000", fee="0.001",
            fee_currency=currency,
        )  # fmt: skip

        assert (D(1), ZERO) == held(stage)
        assert stage.order(order.order).fee is None


def test_a_sell_closes_or_is_nothing() -> None:
    """A bare sell on spot is an exit; said as an opening it is refused."""
    stage = Stage(spot_setup())
    assert "no_action nothing_to_close" == codes(stage.send("sell"))
    assert "refused short_on_spot" == codes(stage.send("sell", effect="open"))
    assert "refused short_on_spot" == codes(stage.send("sell", prev_position="flat"))
    bought(stage)

    assert D("0.5") == stage.order(stage.say("sell", quantity="0.5").orders[0]).quantity
    assert D("0.499") == stage.order(stage.say("sell", quantity="2").orders[0]).quantity


def test_a_reversal_on_spot_is_its_first_half() -> None:
    """Who wants to be short sells what is owned; the other half is refused by control 24."""
    stage = Stage(spot_setup())
    bought(stage)
    stage.send("sell", effect="open", quantity="2")
    (order,) = [stage.order(name) for name in stage.state.alive]

    assert (True, D("0.999")) == (order.reduce_only, order.quantity)
    refused = [one.code for one in stage.last.records if isinstance(one, r.SignalRefused)]
    assert ["short_on_spot"] == refused


def test_nothing_is_sold_that_a_stranger_took() -> None:
    """An exit is cut to what the venue has, once that is known."""
    stage = Stage(spot_setup(foreign="allow"))
    books = Books(stage)
    books.show()
    books.held(stage.entry("1"))
    books.trade("BTCUSDT", "-0.4")
    stage.wait(90)
    books.show_twice()

    assert D("0.6") == stage.order(stage.say("exit").orders[0]).quantity


# --- dust -----------------------------------------------------------------------------------------


def with_dust(stage: Stage) -> None:
    """Buy and sell again, so that 0.0095 is left: less than the smallest order."""
    bought(stage, "1", "0.0005")
    stage.fill(stage.say("exit", quantity="0.99").orders[0], "0.99")
    assert D("0.0095") == stage.share()


def test_dust_is_flat() -> None:
    """An exit finds nothing to close and says why; the next entry is an entry, and takes it up."""
    stage = Stage(spot_setup())
    with_dust(stage)
    answer = stage.say("exit")
    assert ("no_action quantity_below_step", "0.0095", "0.01") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip
    bought(stage)

    assert D("1.008") == stage.order(stage.say("exit").orders[0]).quantity


def test_dust_is_no_position_on_the_other_side() -> None:
    """On an account that can be short, dust stands against no entry of any strategy."""
    stage = Stage(spot_setup(spot=False))
    order = stage.entry("0.01")
    stage.fill(order, "0.005")
    stage.report(order, "cancelled")

    assert "admitted" == codes(stage.send("sell", effect="open", strategy="fade"))
    assert "admitted" == codes(stage.send("sell", quantity="1"))


def test_dust_ends_a_trade_and_a_flatten() -> None:
    """The trade is over when no order can close the rest; a flatten names it and ends flat."""
    stage = Stage(spot_setup())
    with_dust(stage)
    assert ({}, 1) == (stage.state.trades, len(stage.state.closed_trades))
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test"))
    agreed(stage)
    (end,) = [one for one in stage.records if isinstance(one, r.FlattenEnded)]

    assert "flat" == end.outcome
    assert ("0.0095 BTCUSDT of trend in one",) == end.rest


@pytest.mark.parametrize("less", ["0.0009", "0.0099"])
def test_a_difference_that_nobody_can_trade_is_followed_quietly(less: str) -> None:
    """What is below the smallest order is no mismatch: no halt, no alarm, and the books agree."""
    stage = Stage(spot_setup())
    books = Books(stage)
    books.show()
    order = stage.entry("1")
    books.tell(books.accept(order))
    books.tell(replaced(books.fill(order.order, D(1)), fee=ZERO, fee_currency="BTC"))
    books.trade("BTCUSDT", f"-{less}")
    stage.wait(90)
    books.show_twice()

    assert (D(1) - D(less), ZERO) == (stage.share(), external(stage))
    assert ([], {}, []) == (rows(stage), stage.state.halts, list(stage.state.alarms))


def test_a_difference_above_that_halts() -> None:
    """The smallest order itself may have been somebody's."""
    stage = Stage(spot_setup())
    books = Books(stage)
    books.show()
    order = stage.entry("1")
    books.tell(books.accept(order))
    books.tell(replaced(books.fill(order.order, D(1)), fee=ZERO, fee_currency="BTC"))
    books.trade("BTCUSDT", "-0.01")
    stage.wait(90)
    books.show_twice()

    assert ["account:one"] == list(stage.state.halts)


# --- fees that nobody told ------------------------------------------------------------------------


def without_fees(part: str = "0.02") -> tuple[Stage, Books]:
    """Buy 1 and 2, told without fees, while the venue took ``part`` of the coin."""
    stage = Stage(spot_setup())
    books = Books(stage)
    books.show()
    for quantity in ("1", "2"):
        books.held(stage.entry(quantity))
    books.trade("BTCUSDT", f"-{part}")
    return stage, books


def test_what_is_missing_may_be_a_fee_that_comes() -> None:
    """For a minute nothing is concluded; a fee that is told then settles it without an alarm."""
    stage, books = without_fees("0.03")
    stage.wait(20)
    books.show_twice()
    assert (D(3), [], {}) == (stage.share(), rows(stage), stage.state.halts)
    for name, fill in list(books.fills.items()):
        quantity = fill.quantity or ZERO
        books.fills[name] = replaced(fill, fee=quantity / 100, fee_currency="BTC")
        books.tell(books.fills[name])
    stage.wait(90)
    books.show_twice()

    assert (D("2.97"), D(1500)) == held(stage)
    assert {} == stage.state.halts
    alarms = {alarm.code for alarm in stage.state.alarms.values()}
    assert {"balance_differs"} >= alarms  # the mark of this venue never moves


def test_what_is_missing_counts_as_fees_in_the_end() -> None:
    """Two pictures later it is the fee of those fills, by their quantities; told after that it
    takes nothing once more."""
    stage, books = without_fees("0.03")
    stage.wait(90)
    books.show_twice()
    assert "fee_inferred" in stage.alarms
    assert (D("2.97"), D(1500)) == held(stage)
    assert [D("0.01"), D("0.02")] == [fill.base_fee for fill in stage.state.fills.values()]
    for fill in books.fills.values():
        quantity = fill.quantity or ZERO
        books.tell(replaced(fill, fee=quantity / 50, fee_currency="BTC"))

    assert (D("2.97"), D(1500)) == held(stage)
    assert ([], {}) == (rows(stage), stage.state.halts)
    assert picture(stage.state) == picture(replay(stage.records))
    assert picture(snapshot.load(picture(stage.state))) == picture(stage.state)


def test_more_than_any_fee_is_somebodys_act() -> None:
    """Beyond two percent of what was bought it is a position that others changed."""
    stage, books = without_fees("0.061")
    stage.wait(90)
    books.show_twice()

    assert ["account:one"] == list(stage.state.halts)
    assert "fee_inferred" not in {alarm.code for alarm in stage.state.alarms.values()}
