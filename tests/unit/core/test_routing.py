"""What a signal means: every cell of effect, hints and holding; exits; several accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from core import commands as c
from core import records as r
from core.money import ZERO
from core.orders import Purpose, Side
from tests.unit.core.stage import SIGNALS, Stage, codes, picture, replaced, replay, setup_of

D = Decimal

MEANINGS: Final = """
effect prev   after  holding  buy            sell
open   -      -      flat     entry          entry
open   -      -      long     entry          reversal
open   -      -      short    reversal       entry
close  -      -      flat     nothing        nothing
close  -      -      long     nothing        exit
close  -      -      short    exit           nothing
auto   -      -      flat     entry          entry
auto   -      -      long     entry          exit
auto   -      -      short    exit           entry
auto   flat   long   flat     entry          entry
auto   flat   long   long     entry          reversal
auto   flat   short  short    reversal       entry
auto   flat   -      flat     entry          entry
auto   long   flat   flat     nothing        nothing
auto   long   flat   long     nothing        exit
auto   short  flat   short    exit           nothing
auto   -      flat   long     nothing        exit
auto   -      flat   short    exit           nothing
auto   long   long   flat     entry          nothing
auto   long   long   long     entry          exit
auto   short  short  flat     nothing        entry
auto   short  short  short    exit           entry
auto   long   short  long     reversal       reversal
auto   short  long   short    reversal       reversal
auto   long   long   short    reversal       nothing
auto   long   -      flat     entry          entry
auto   long   -      long     entry          exit
auto   -      long   long     entry          exit
auto   -      short  flat     entry          entry
"""
"""What a buy and a sell mean, by effect, the sender's position before and after, and ours."""

WORDS: Final = {
    "nothing": "no_action nothing_to_close",
    "reversal": "refused reversal_not_available",
}


def _cells() -> list[tuple[str, str, str, str, str, str]]:
    lines = [line.split() for line in MEANINGS.strip().splitlines()[1:]]
    return [
        (effect, prev, after, holding, side, meaning)
        for effect, prev, after, holding, *meanings in lines
        for side, meaning in zip(("buy", "sell"), meanings, strict=True)
    ]


@pytest.mark.parametrize(
    ("effect", "prev", "after", "holding", "side", "meaning"), _cells()
)
def test_every_meaning(
    effect: str, prev: str, after: str, holding: str, side: str, meaning: str
) -> None:
    """Hints come first, then what we hold; nothing ever turns a position through flat."""
    stage = Stage()
    if holding != "flat":
        stage.position("2", "buy" if holding == "long" else "sell")
    hints = {"prev_position": prev, "position": after}
    answer = stage.say(
        side, effect=effect, quantity="1", **{k: v for k, v in hints.items() if v != "-"}
    )

    if meaning in WORDS:
        assert WORDS[meaning] == codes(answer)
        assert [] == stage.sent
        return
    order = stage.order(answer.orders[0])
    assert (meaning, Side(side)) == (order.purpose, order.side)
    whole = after == "flat" and meaning == "exit"
    assert (D(2) if whole else D(1)) == order.quantity


@pytest.mark.parametrize(("side", "closing"), [("buy", "sell"), ("sell", "buy")])
def test_an_exit_closes_what_is_held(side: str, closing: str) -> None:
    """An exit without a number closes all of it, whichever side it is on."""
    stage = Stage()
    assert "no_action nothing_to_close" == codes(stage.send("exit"))
    stage.position("2", side)
    order = stage.order(stage.say("exit").orders[0])

    assert (Purpose.EXIT, Side(closing), D(2)) == (order.purpose, order.side, order.quantity)


def test_a_late_exit_finds_nothing() -> None:
    """The same exit after the first has filled: no action, nothing opened, nothing refused."""
    stage = Stage()
    stage.position("2")
    stage.fill(stage.say("exit").orders[0], "2")

    assert "no_action nothing_to_close" == codes(stage.send("exit"))
    assert "no_action nothing_to_close" == codes(stage.send("sell", effect="close"))
    assert ZERO == stage.share()


def test_exits_on_the_way_are_not_closed_twice() -> None:
    """An exit is cut to what no other exit is closing; when all is on its way, nothing is left."""
    stage = Stage()
    stage.position("3")
    first = stage.order(stage.say("exit", quantity="1").orders[0])
    second = stage.order(stage.say("exit", quantity="5").orders[0])

    assert (D(1), D(2)) == (first.quantity, second.quantity)
    assert "no_action nothing_to_close" == codes(stage.send("exit"))
    stage.report(second, "cancelled")
    assert D(2) == stage.order(stage.say("exit").orders[0]).quantity


def test_more_than_there_is_to_close_is_a_reversal_unless_somebody_said_close() -> None:
    """A bare sell of 5 over a long of 2 would turn it: refused. Said as a close, it closes 2."""
    stage = Stage()
    stage.position("2")

    assert "refused reversal_not_available" == codes(stage.send("sell", quantity="5"))
    order = stage.say("sell", quantity="5", position="long").orders[0]
    assert D(2) == stage.order(order).quantity
    stage.report(order, "cancelled")
    order = stage.say("sell", quantity="5", effect="close").orders[0]
    assert D(2) == stage.order(order).quantity


def test_an_exit_is_counted_in_units() -> None:
    """A share of the equity cannot be compared with a position: the fix says so."""
    stage = Stage()
    stage.position("2")
    for unit in ("quote", "equity_percent"):
        answer = stage.say("exit", quantity="5", quantity_unit=unit)

        assert ("refused exit_unit", unit) == (codes(answer), answer.value)


def test_what_is_smaller_than_the_smallest_order_cannot_be_closed() -> None:
    """Dust is no action, with the smallest order in the answer."""
    stage = Stage()
    order = stage.entry("0.02", symbol="ETHUSDT")
    stage.fill(order, "0.01")
    stage.report(order, "cancelled")
    answer = stage.say("exit", symbol="ETHUSDT")

    assert ("no_action quantity_below_step", "0.01", "0.02") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip


def test_an_entry_that_still_works_makes_the_other_side_unclear() -> None:
    """A sell over a working buy may mean either: refused until somebody says which."""
    stage = Stage()
    order = stage.entry("2")
    answer = stage.say("sell", quantity="1")

    assert ("refused entry_still_working", "2", "buy") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip
    assert "admitted" == codes(stage.send("sell", quantity="1", effect="open"))
    stage.fill(order, "1")
    assert "admitted" == codes(stage.send("sell", quantity="1"))


def test_one_account_holds_one_direction() -> None:
    """A strategy is refused while another holds, or enters, the other side; unless allowed."""
    stage = Stage()
    order = stage.entry("2")
    answer = stage.say("sell", effect="open", strategy="fade")
    assert ("refused strategies_opposed", "trend") == (codes(answer), answer.value)
    stage.fill(order, "2")
    assert "refused strategies_opposed" == codes(
        stage.send("sell", effect="open", strategy="fade")
    )
    assert "admitted" == codes(stage.send("buy", effect="open", strategy="fade"))
    assert "admitted" == codes(
        stage.send("sell", effect="open", strategy="fade", symbol="ETHUSDT")
    )

    free = Stage(setup_of(account={"allow_opposed": True}))
    free.position("2")
    assert "admitted" == codes(free.send("sell", effect="open", strategy="fade"))


def test_an_exit_closes_the_own_share_within_the_net() -> None:
    """With opposite strategies in one account an exit never turns the account's net position."""
    stage = Stage(setup_of(account={"allow_opposed": True}))
    stage.position("5")
    stage.position("3", "sell", strategy="fade")

    assert D(2) == stage.order(stage.say("exit").orders[0]).quantity
    assert "no_action nothing_to_close" == codes(stage.send("exit", strategy="fade"))


# --- cancels


def test_a_cancel_ends_the_own_working_entries() -> None:
    """By symbol or everywhere; entries of this strategy alone, never exits."""
    stage = Stage()
    stage.position("1")
    exit_order = stage.say("exit").orders[0]
    btc, eth = stage.entry("1"), stage.entry("1", symbol="ETHUSDT")
    foreign = stage.entry("1", strategy="fade")

    assert (btc.order,) == stage.say("cancel").orders
    assert [btc.order] == stage.asked_to_end
    assert {btc.order, eth.order} == set(stage.say("cancel", symbol="").orders)
    stage.report(btc, "cancelled")
    stage.report(eth, "cancelled")
    assert "no_action nothing_to_cancel" == codes(stage.send("cancel", symbol=""))
    assert not stage.order(exit_order).pending_cancel
    assert not stage.order(foreign).pending_cancel


def test_a_route_speaks_for_its_own_strategies() -> None:
    """Whoever has a route's address can neither trade nor cancel for another strategy."""
    stage = Stage(setup_of(strategies=("trend",)))
    stage.position("1")
    stage.entry("1")
    for action in ("buy", "sell", "exit", "cancel"):
        answer = stage.say(action, strategy="fade")

        assert ("refused strategy_not_on_route", "fade", "door") == (
            codes(answer), answer.value, answer.limit,
        )  # fmt: skip


# --- symbols, sizes, prices


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
    for symbol in ("btcusdt", "BTCUSDT ", "", "BINANCE:ETHUSDT"):
        assert "refused symbol_unknown" == codes(stage.send(symbol=symbol))


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
        ({"order_type": "stop", "trigger": "50100", "price": "1.001"}, "admitted"),
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
    stage = Stage(setup_of(limits={"account:one": replaced(stage_limits(), quantity_max=D("1e28"))}))
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


def stage_limits() -> Any:
    """Return the limits of an account."""
    return setup_of().limits["account:one"]


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


# --- several accounts


def test_each_account_has_its_own_verdict_in_the_configured_order() -> None:
    """One refuses for its own limit, the others go on."""
    names = ("two", "one", "three")
    tight = replaced(stage_limits(), quantity_max=D("0.5"))
    stage = Stage(setup_of(*names, limits={"account:one": tight}))
    answer = stage.say(effect="open")

    assert [("two", "admitted"), ("one", "refused"), ("three", "admitted")] == [
        (verdict.account, verdict.verdict) for verdict in answer.accounts
    ]
    assert ("admitted", "") == (answer.verdict, answer.code)
    assert 2 == len(set(answer.orders))


def test_an_account_that_is_listed_twice_is_served_once() -> None:
    """One verdict and one order an account."""
    setup = setup_of()
    twice = replaced(setup.routes["door"], accounts=("one", "one"))
    stage = Stage(replaced(setup, routes={"door": twice}))
    answer = stage.say(effect="open")

    assert 1 == len(answer.accounts) == len(stage.sent)


def test_an_exit_is_each_accounts_own_position() -> None:
    """Every account closes what it holds; one that holds nothing says so."""
    stage = Stage(setup_of("one", "two"))
    first = stage.say(effect="open", quantity="2")
    stage.fill(first.orders[0], "1.5")
    stage.report(first.orders[0], "cancelled")
    stage.report(first.orders[1], "cancelled")
    answer = stage.say("exit")

    assert ["admitted", "no_action"] == [verdict.verdict for verdict in answer.accounts]
    assert D("1.5") == stage.order(answer.orders[0]).quantity


def test_all_or_none_reserves_nothing_when_one_refuses() -> None:
    """One refusal refuses all: no order, no reservation, and each account says why."""
    names = ("one", "two", "three")
    tight = replaced(stage_limits(), quantity_max=D("0.5"))
    stage = Stage(setup_of(*names, limits={"account:two": tight}, route={"all_or_none": True}))
    answer = stage.say(effect="open")

    assert ["all_or_none", "quantity_over_limit", "all_or_none"] == [
        verdict.code for verdict in answer.accounts
    ]
    assert "two" == answer.accounts[0].value
    assert ({}, {}, []) == (stage.state.exposures, stage.state.orders, stage.sent)
    assert "admitted" == codes(stage.send(effect="open", quantity="0.5"))
    assert 3 == len(stage.sent)


def test_all_or_none_holds_for_a_limit_that_the_accounts_share() -> None:
    """Refused because of what the first reserved: it stays refused when that is taken back."""
    names = ("one", "two")
    shared = replaced(SIGNALS, signals_per_minute=None, signals_burst=None, open_orders_max=1)
    stage = Stage(setup_of(*names, limits={"global": shared}, route={"all_or_none": True}))
    answer = stage.say(effect="open")

    assert ["all_or_none", "open_orders_over_limit"] == [v.code for v in answer.accounts]
    assert [] == stage.sent


def test_all_or_none_never_stops_an_exit() -> None:
    """An exit is no part of the bargain: one account has nothing to close, the other closes."""
    stage = Stage(setup_of("one", "two", route={"all_or_none": True}))
    first = stage.say(effect="open")
    stage.fill(first.orders[0], "1")
    stage.report(first.orders[1], "cancelled")
    assert ["admitted", "no_action"] == [v.verdict for v in stage.say("exit").accounts]
    stage.report(stage.last.effects[0].order, "cancelled")
    stage.do(c.Halt(scope="account:two", by="anna", reason="test"))
    answer = stage.say("sell")

    assert [("admitted", ""), ("refused", "halted")] == [(v.verdict, v.code) for v in answer.accounts]
