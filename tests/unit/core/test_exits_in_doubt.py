"""What comes while a position is turned in our books alone, perhaps: no exit closes what is not
there, none is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core.orders import OrderState
from tests.unit.core.guarded import guarded, legs, opened
from tests.unit.core.stage import codes
from tests.unit.core.turns import alarmed, opened_by, restarted, turned

D = Decimal


@pytest.mark.parametrize(("action", "effect"), [("exit", None), ("sell", "close"), ("sell", None)])
def test_an_exit_of_what_may_be_there_waits_and_is_cut_to_what_is(
    action: str, effect: str | None
) -> None:
    """Nothing is closed on the wrong side, and the exit is not lost."""
    stage, entry = turned(more="25")
    said = {} if effect is None else {"effect": effect}
    answer = stage.say(action, quantity=None if action == "exit" else "15", **said)
    assert "held fills_first" == codes(answer)
    order = stage.order(answer.orders[0])
    assert ("sell", D(15), OrderState.HELD) == (order.side, order.quantity, order.state)
    assert "no_action nothing_to_close" == codes(stage.say("exit"))
    stage.fill(entry, "4")
    restarted(stage)
    stage.tick()
    assert OrderState.HELD is stage.order(order).state
    stage.fill(entry, "18")
    assert (D(12), [order.order]) == (stage.share(), stage.sent)
    assert D(12) == stage.order(order).quantity
    stage.fill(order, "12")
    assert (D(0), []) == (stage.share(), opened_by(stage))


def test_an_exit_that_waited_ends_when_there_was_nothing() -> None:
    """The entry filled just what was closed, and no more comes."""
    stage, entry = turned(more="25")
    name = stage.say("exit").orders[0]
    stage.fill(entry, "10")
    stage.report(entry, "cancelled")
    order = stage.order(name)
    assert (OrderState.CANCELLED, "nothing_to_close") == (order.state, order.reason)
    assert ([], D(0)) == (opened_by(stage), stage.share())
    assert 0 == alarmed(stage, "reversal_not_completed")


@pytest.mark.parametrize(
    ("action", "effect"), [("exit", None), ("buy", "close"), ("sell", "close")]
)
def test_no_exit_closes_what_is_only_in_our_books(action: str, effect: str | None) -> None:
    """With the position that may be there gone in every case there is nothing to close."""
    stage, entry = turned()
    said = {} if effect is None else {"effect": effect}
    assert "no_action nothing_to_close" == codes(stage.say(action, **said))
    stage.fill(entry, "10")
    assert D(0) == stage.share()


def test_an_exit_waits_for_the_fills_first_whatever_else_is_in_its_way() -> None:
    """The link is down as well: when it is back, the fills are still what it waits for."""
    stage, entry = turned(more="25")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    answer = stage.say("exit")
    assert "held fills_first" == codes(answer)
    stage.recover("one")
    assert (OrderState.HELD, []) == (stage.order(answer.orders[0]).state, stage.sent)
    stage.fill(entry, "25")
    assert list(answer.orders) == stage.sent


def test_what_another_strategy_may_hold_is_not_waited_for() -> None:
    """It is not the sender's to close."""
    stage, _ = turned(more="25", strategy="fade")
    assert "no_action nothing_to_close" == codes(stage.say("exit"))


def test_a_buy_is_not_read_as_an_exit_of_what_is_only_in_our_books() -> None:
    """It opens, as it would have without the doubt."""
    stage, _ = turned()
    order = stage.order(stage.say("buy", quantity="1").orders[0])
    assert ("entry", D(1)) == (order.purpose, order.quantity)


def test_a_target_of_flat_closes_what_the_entries_turn_out_to_hold() -> None:
    """Nothing goes while that is not known."""
    stage, entry = turned(more="25")
    stage.say("target", target_position="0")
    assert ([], [entry.order]) == (stage.sent, stage.asked_to_end)
    stage.fill(entry, "22")
    stage.report(entry, "cancelled")
    out = [stage.order(name) for name in stage.sent]
    assert [("sell", D(12))] == [(one.side, one.quantity) for one in out]
    assert [] == opened_by(stage)


def test_a_flatten_waits_for_what_is_there() -> None:
    """A person's act closes what it turns out to be, and nothing on the other side."""
    stage, entry = turned(more="25")
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test", confirmed=True))
    stage.wait(6)
    stage.tick()
    assert [] == stage.sent
    stage.fill(entry, "22")
    stage.report(entry, "cancelled")
    out = [stage.order(name) for name in stage.state.alive]
    assert [("flatten", "sell", D(12))] == [(one.purpose, one.side, one.quantity) for one in out]


def test_a_flatten_closes_what_really_was_opened() -> None:
    """Alone: while it runs, nothing else closes the same."""
    stage, entry = turned(keeps=False)
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test", confirmed=True))
    stage.report(entry, "cancelled")
    stage.wait(6)
    stage.tick()
    out = [stage.order(name) for name in stage.state.alive]
    assert [("flatten", "buy", D(10))] == [(one.purpose, one.side, one.quantity) for one in out]


def test_an_exit_that_its_venue_refused_for_a_moment_waits_for_the_doubt() -> None:
    """It is tried again when it is known how much there is to close."""
    stage = guarded(route={"reject_retries_max": 2})
    opened(stage, "10")
    entry = stage.entry("25")
    stage.report(entry, "accepted")
    stop = legs(stage)[0]
    name, lost = stage.say("exit", quantity="6").orders[0], stage.say("exit").orders[0]
    stage.fill(name, "6", "49000")
    stage.fill(stop, "10", "49000")
    assert D(-6) == stage.share()
    stage.report(lost, "rejected", transient=True)
    stage.wait(2)
    stage.tick()
    assert [] == stage.sent
    stage.fill(entry, "25")
    stage.wait(1)
    stage.tick()
    again = [stage.order(one) for one in stage.state.alive if stage.order(one).revision]
    assert [("exit", "sell", D(4))] == [(one.purpose, one.side, one.quantity) for one in again]
