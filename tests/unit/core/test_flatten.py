"""Flatten: cancels first, then what is closable, again and again, until it is flat or a person is
called."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.answers import Denied, Done
from core.flatten_rows import REVISIONS_MAX
from core.flatten_scope import waits_for
from core.orders import Order, OrderState, OrderType, Purpose, Side
from core.reports import VenueSnapshot
from tests.unit.core.books import agreed
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


def flatten(scope: str = "account:one", whose: str = "ours", **fields: Any) -> c.Flatten:
    """Make the act."""
    return c.Flatten(scope=scope, whose=whose, **{"by": "anna", "reason": "storm", **fields})


def closing(stage: Stage) -> list[Order]:
    """Return the orders of flattens, oldest first."""
    return [order for order in stage.state.orders.values() if order.purpose is Purpose.FLATTEN]


def ended(stage: Stage) -> list[r.FlattenEnded]:
    """Return how acts ended."""
    return [record for record in stage.records if isinstance(record, r.FlattenEnded)]


def test_a_flat_scope_is_flat_when_the_venue_says_so_too() -> None:
    """Nothing is sent; the act ends with the next picture, its name and reason in the journal."""
    stage = Stage()
    answer = stage.do(flatten()).answers[0]
    (asked,) = stage.last.records
    assert waits_for(stage.state, "one")
    agreed(stage)
    (end,) = ended(stage)

    assert isinstance(answer, Done) and () == answer.orders
    assert isinstance(asked, r.FlattenAsked)
    assert ("anna", "storm", "flat", ()) == (asked.by, asked.reason, end.outcome, end.rest)
    assert {} == stage.state.flattens and not waits_for(stage.state, "one")


def test_a_venue_that_disagrees_keeps_it_open() -> None:
    """An older picture proves nothing, nor does one that differs; what strangers hold is closed
    when all was asked for."""
    stage = Stage()
    agreed(stage)
    stage.position("2")
    stage.do(flatten(whose="all"))
    (order,) = closing(stage)
    old = stage.now
    stage.fill(order, "2")
    mark = stage.standings["one"].mark
    shown = VenueSnapshot(account="one", orders=(), positions=(), mark=mark, at_ns=old)
    stage.do(c.TakeSnapshot(snapshot=shown, asked_ns=old, cause="timer"))
    assert [] == ended(stage)
    agreed(stage, BTCUSDT="-3")
    stage.wait(5)
    agreed(stage, BTCUSDT="-3")
    assert [] == ended(stage)
    _, second = closing(stage)
    assert ("", Side.BUY, D(3)) == (second.strategy, second.side, second.quantity)
    stage.fill(second, "3")
    agreed(stage)

    assert ["flat"] == [end.outcome for end in ended(stage)]


def test_a_picture_that_was_asked_for_before_the_act_proves_nothing() -> None:
    """It may show the account as it was before whatever made a person act."""
    stage = Stage()
    asked = stage.now
    stage.wait(1)
    stage.do(flatten())
    mark = stage.standings["one"].mark
    shown = VenueSnapshot(
        account="one", orders=(), positions=(), mark=mark, at_ns=asked, fills_since_ns=1
    )
    stage.do(c.TakeSnapshot(snapshot=shown, asked_ns=asked, cause="timer"))

    assert [] == ended(stage)


def test_what_nobody_of_ours_owns_stays_unless_all_is_asked_for() -> None:
    """A position of strangers is closed by ``all`` alone, and then under no strategy's name."""
    stage = Stage()
    stage.position("2")
    move: dict[str, Any] = {"account": "one", "instrument": "BTCUSDT", "by": "anna"}
    move["reason"] = "by hand"
    stage.do(c.AssignPosition(source="trend", target="", **move))
    stage.do(flatten())
    assert [] == closing(stage)
    agreed(stage)
    assert ["flat"] == [end.outcome for end in ended(stage)]
    stage.do(flatten(whose="all"))
    (order,) = closing(stage)

    assert ("", Side.SELL, D(2)) == (order.strategy, order.side, order.quantity)


def test_an_account_that_is_over_is_left_alone() -> None:
    """While another account is not compared yet, new positions of the first one stay."""
    stage = Stage(setup_of("one", "two"))
    stage.do(flatten("global"))
    agreed(stage)
    stage.wait(1)
    stage.position("1")
    stage.wait(6)
    stage.tick()

    assert ("one",) == next(iter(stage.state.flattens.values())).confirmed
    assert {"two"} >= {order.account for order in closing(stage)}
    for order in closing(stage):
        stage.fill(order, str(order.quantity))
    agreed(stage, "two")
    assert ["flat"] == [end.outcome for end in ended(stage)]


def test_what_works_ends_first_and_then_the_position_is_closed() -> None:
    """The order follows the proof of the last cancel: reduce-only, at the market, collared."""
    stage = Stage()
    stage.position("3")
    way_out = stage.say("exit", quantity="1").orders[0]
    entry = stage.entry("1", order_type="limit", price="49000")
    answer = stage.do(flatten()).answers[0]
    assert isinstance(answer, Done)
    assert (way_out, entry.order) == answer.orders == tuple(stage.asked_to_end)
    assert [] == closing(stage)
    stage.report(way_out, "cancelled")
    assert [] == closing(stage)
    stage.report(entry, "cancelled")
    (order,) = closing(stage)

    assert [order.order] == stage.sent
    assert (Side.SELL, D(3), OrderType.MARKET) == (order.side, order.quantity, order.order_type)
    assert order.reduce_only and answer.act == order.origin
    assert D("47500.48") == order.worst_price
    assert "anna" == stage.state.flattens[answer.act].by
    stage.fill(order, "3")
    agreed(stage)
    assert ["flat"] == [end.outcome for end in ended(stage)]
    assert D(0) == stage.share()


def test_after_a_while_what_is_not_in_doubt_is_closed() -> None:
    """Five seconds without proof: an order closes what the exit in doubt does not."""
    stage = Stage()
    stage.position("3")
    way_out = stage.say("exit", quantity="1").orders[0]
    stage.do(c.NoteTrouble(order=way_out, proven=False, code="timeout", text=""))
    stage.do(flatten())
    stage.wait("4.9")
    stage.tick()
    assert [] == closing(stage)
    stage.wait("0.1")
    stage.tick()
    (first,) = closing(stage)
    assert D(2) == first.quantity
    stage.fill(first, "2")
    stage.wait(6)
    stage.tick()
    assert 1 == len(closing(stage))
    stage.look(way_out, None)
    _, second = closing(stage)

    assert D(1) == second.quantity
    stage.fill(second, "1")
    agreed(stage)
    assert ["flat"] == [end.outcome for end in ended(stage)]


def test_what_an_order_leaves_is_closed_by_the_next_revision() -> None:
    """An order that works for five seconds is ended, and only then is the rest sent, under a new
    id."""
    stage = Stage()
    stage.position("3")
    stage.do(flatten())
    (first,) = closing(stage)
    stage.do(c.NoteSent(order=first.order, entered_ns=stage.now))
    stage.report(first, "accepted")
    stage.fill(first, "1")
    stage.wait(5)
    stage.tick()
    assert [first.order] == stage.asked_to_end
    assert 1 == len(closing(stage))
    stage.report(first, "cancelled")
    stage.wait(5)
    stage.tick()
    _, second = closing(stage)

    assert (D(2), first.origin) == (second.quantity, second.origin)
    assert first.order != second.order


def test_a_cancel_that_is_rejected_is_not_asked_again_at_once() -> None:
    """A venue that rejects every cancel is asked once in five seconds, not for ever in a loop."""
    stage = Stage()
    stage.position("1")
    stage.do(flatten())
    (order,) = closing(stage)
    stage.report(order, "accepted")
    stage.wait(5)
    stage.tick()
    stage.report(order, "cancel_rejected")
    assert [] == stage.asked_to_end
    stage.wait(5)
    stage.tick()

    assert [order.order] == stage.asked_to_end


def test_ten_orders_and_then_a_person() -> None:
    """A venue that rejects each of them ends the act with an alarm that names what is not flat."""
    stage = Stage()
    stage.position("3")
    stage.do(flatten())
    for _ in range(REVISIONS_MAX + 5):
        for order in closing(stage):
            if order.order in stage.state.alive:
                stage.report(order, "rejected", reason="no")
        stage.wait(5)
        stage.tick()
    (end,) = ended(stage)
    alarm = next(a for a in stage.state.alarms.values() if a.code == "flatten_incomplete")

    assert REVISIONS_MAX == len(closing(stage))
    assert ("incomplete", ("3 BTCUSDT of trend in one",)) == (end.outcome, end.rest)
    assert ("3 BTCUSDT of trend in one", "account:one") == (alarm.value, alarm.where)
    assert {} == stage.state.flattens


def test_it_works_while_halted_and_waits_for_a_link() -> None:
    """A halt stops no flatten; without a link its order is held, told late, and sent after it."""
    stage = Stage()
    stage.position("2")
    stage.do(c.Halt(scope="global", by="anna", reason="storm"))
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.do(flatten())
    (order,) = closing(stage)
    assert OrderState.HELD is order.state
    stage.wait(61)
    stage.tick()
    assert ["flatten_incomplete"] == stage.alarms
    stage.tick()
    assert [] == stage.alarms
    stage.recover("one")
    assert [order.order] == stage.sent
    stage.fill(order, "2")
    agreed(stage)

    assert ["flat"] == [end.outcome for end in ended(stage)]


def test_without_a_quote_it_closes_at_any_price_and_says_so() -> None:
    """Getting out is worth more than the collar; a person is told."""
    stage = Stage()
    stage.position("1")
    stage.wait(60, fresh=False)
    stage.do(flatten())
    (order,) = closing(stage)

    assert order.worst_price is None and [order.order] == stage.sent
    assert ["flatten_uncollared"] == stage.alarms


@pytest.mark.parametrize(
    ("scope", "closed"),
    [
        ("global", {"one BTCUSDT trend", "one ETHUSDT fade", "two BTCUSDT trend"}),
        ("account:one", {"one BTCUSDT trend", "one ETHUSDT fade"}),
        ("account:one/instrument:ETHUSDT", {"one ETHUSDT fade"}),
        ("strategy:trend", {"one BTCUSDT trend", "two BTCUSDT trend"}),
    ],
)
def test_it_reaches_its_scope_and_no_further(scope: str, closed: set[str]) -> None:
    """Orders and positions of others stay as they are."""
    stage = Stage(setup_of("one", "two"))
    for name in stage.say(effect="open").orders:
        stage.fill(name, "1")
    other = stage.say(effect="open", strategy="fade", symbol="ETHUSDT").orders
    stage.fill(other[0], "1")
    stage.report(other[1], "accepted")
    stage.do(flatten(scope))

    expected = {f"{o.account} {o.instrument} {o.strategy}" for o in closing(stage)}
    assert expected == closed
    assert (scope == "global") is (other[1] in stage.asked_to_end)


def test_opposed_strategies_are_all_closed() -> None:
    """Two longs and a short in one account: each closes its own share, the venue nets them."""
    setup = setup_of(strategies=("a", "b", "d"), account={"allow_opposed": True})
    stage = Stage(setup)
    stage.position("3", strategy="a")
    stage.position("2", strategy="b")
    stage.position("4", side="sell", strategy="d")
    stage.do(flatten())
    orders = closing(stage)

    assert {"a": ("sell", D(3)), "b": ("sell", D(2)), "d": ("buy", D(4))} == {
        order.strategy: (str(order.side), order.quantity) for order in orders
    }
    assert not any(order.venue_reduce_only for order in orders)
    for order in orders:
        stage.fill(order, str(order.quantity))
    agreed(stage)
    (end,) = ended(stage)
    assert ("flat", ()) == (end.outcome, end.rest)
    assert D(0) == stage.exposure().net


def test_dust_is_no_reason_to_go_on() -> None:
    """What is less than the smallest order cannot be closed: it is named, and the act ends flat."""
    stage = Stage()
    order = stage.entry("1", symbol="ETHUSDT")
    stage.fill(order, "0.01", exec_id="dust")
    stage.report(order, "cancelled")
    stage.do(flatten())
    agreed(stage)
    (end,) = ended(stage)

    assert ("flat", ("0.01 ETHUSDT of trend in one",)) == (end.outcome, end.rest)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (flatten("account:nobody"), "flatten_scope"),
        (flatten("moon"), "flatten_scope"),
        (flatten("group:x"), "flatten_scope"),
        (flatten("instrument:BTCUSDT"), "flatten_scope"),
        (flatten(whose="theirs"), "flatten_scope"),
        (flatten("strategy:trend", whose="all"), "flatten_scope"),
        (flatten(reason=" "), "reason_missing"),
        (flatten(confirmed=False), "confirm_missing"),
    ],
)
def test_an_act_that_makes_no_sense_changes_nothing(command: c.Flatten, code: str) -> None:
    """It is denied with a code, and leaves no record."""
    stage = Stage()
    stage.position("1")
    answer = stage.do(command).answers[0]

    assert isinstance(answer, Denied) and code == answer.code
    assert [] == stage.last.records


def test_pressing_twice_does_it_once() -> None:
    """The second press is told which act is under way."""
    stage = Stage()
    stage.position("1")
    first = stage.do(flatten()).answers[0]
    second = stage.do(flatten()).answers[0]

    assert isinstance(first, Done) and isinstance(second, Denied)
    assert ("flatten_running", first.act) == (second.code, second.limit)
    assert 1 == len(closing(stage))


def test_it_goes_on_after_a_restart() -> None:
    """The act is in the state: journal and snapshot bring it back, and it sends no second order."""
    stage = Stage()
    stage.position("2")
    stage.do(flatten())
    (order,) = closing(stage)
    stage.state = replay(stage.records)
    stage.start()
    stage.tick()
    assert [] == stage.sent
    stage.look(order, None)
    stage.recover("one")
    stage.wait(5)
    stage.tick()

    assert 2 == len(closing(stage))
    assert picture(stage.state) == picture(replay(stage.records))


def test_limits_stop_no_flatten() -> None:
    """Not even none at all."""
    stage = Stage()
    stage.position("2")
    stage.load(setup_of(limits={"account:one": replaced(WIDE, quantity_max=D("0.1"))}))
    stage.recover("one")
    stage.do(flatten())

    assert 1 == len(stage.sent)
