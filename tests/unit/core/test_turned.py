"""What should only close opened a position: it is closed at once, and only once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core.orders import OrderState
from tests.unit.core.guarded import (
    able,
    ended_all,
    guarded,
    is_planned,
    legs,
    opened,
    plan,
    row,
    shape,
)
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def gone(stage: Stage | None = None) -> tuple[Stage, str]:
    """Close a protected position at a venue that could turn it; its stop is proven over."""
    stage = stage or guarded(able(reduce_only=False))
    opened(stage, "10")
    stop = legs(stage)[0].order
    name = stage.say("exit").orders[0]
    ended_all(stage)
    stage.fill(name, "10")
    return stage, stop


def test_a_leg_that_fills_after_its_end_is_closed_at_once() -> None:
    """The position that it opened is closed by one order of its own name; a person is called."""
    stage, stop = gone()
    stage.fill(stop, "10", "49000")
    assert ["fill_after_cancel", "leg_opened"] == stage.alarms
    assert (D(-10), ["surplus 10 at market"]) == (stage.share(), shape(stage))
    leg = legs(stage)[0]
    assert ([leg.order], "buy", True) == (stage.sent, leg.side, leg.venue_reduce_only)
    # Nothing is done twice.
    stage.tick()
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))
    assert ["surplus 10 at market"] == shape(stage)
    stage.fill(leg, "10", "49001")
    assert (D(0), False, []) == (stage.share(), is_planned(stage), shape(stage))


def test_each_late_fill_is_closed_for_what_it_opened() -> None:
    """In parts, the parts."""
    stage, stop = gone()
    stage.fill(stop, "4", "49000")
    stage.fill(stop, "6", "49000")
    assert ["surplus 4 at market", "surplus 6 at market"] == shape(stage)
    for leg in legs(stage):
        stage.fill(leg, str(leg.leaves), "49000")
    assert (D(0), False) == (stage.share(), is_planned(stage))


def test_a_refused_close_is_tried_again() -> None:
    """As every close: after a second, and until it is done."""
    stage, stop = gone()
    stage.fill(stop, "10", "49000")
    first = legs(stage)[0]
    stage.report(first, "rejected")
    assert [] == shape(stage)
    stage.wait(2)
    stage.tick()
    assert ["surplus 10 at market"] == shape(stage)
    assert first.order != legs(stage)[0].order


def test_what_the_strategy_holds_on_that_side_stays() -> None:
    """A reversal went short meanwhile: the late leg's part is closed, the short and its stop
    stay."""
    stage, stop = gone()
    stage.position("3", "sell", protection=plan("51000"))
    stage.report(legs(stage)[0], "accepted")
    stage.fill(stop, "10", "49000")
    market = [leg for leg in legs(stage) if not leg.rests]
    assert [("surplus", D(10))] == [(leg.leg, leg.quantity) for leg in market]
    stage.fill(market[0], "10", "49001")
    ended_all(stage)
    assert (D(-3), D(51000)) == (stage.share(), row(stage).stop)
    assert [] == [leg for leg in legs(stage) if not leg.rests]
    stage.tick()
    assert D(3) >= sum(leg.leaves for leg in legs(stage))


def test_what_it_turns_is_closed_for_what_is_beyond_flat() -> None:
    """A long of 4 was opened meanwhile: the late leg sold it, and 6 more."""
    stage, stop = gone()
    stage.position("4", protection=plan())
    stage.fill(stop, "10", "49000")
    assert D(-6) == stage.share()
    assert ["surplus 6 at market"] == [word for word in shape(stage) if "market" in word]
    assert all(leg.pending_cancel for leg in legs(stage) if leg.rests)


def test_a_newer_entry_on_that_side_does_not_forget_it() -> None:
    """Its levels are for all of the share; what has to be closed stays so."""
    stage, stop = gone()
    stage.fill(stop, "10", "49000")
    stage.report(legs(stage)[0], "rejected")
    stage.position("3", "sell", protection=plan("51000"))
    stage.wait(2)
    stage.tick()
    assert ["surplus 10 at market"] == [word for word in shape(stage) if "market" in word]


def test_an_exit_on_its_way_is_asked_to_end_when_a_leg_did_its_work() -> None:
    """It would open a position; if it does, that is closed too."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    stop = legs(stage)[0].order
    name = stage.say("exit").orders[0]
    ended_all(stage)
    assert [name] == stage.sent
    stage.fill(stop, "10", "49000")
    assert [name] == stage.asked_to_end
    stage.fill(name, "10", "49000")
    assert "leg_opened" in stage.alarms
    assert ["surplus 10 at market"] == shape(stage)


def test_while_the_link_is_down_it_waits() -> None:
    """A picture tells it; it goes as soon as anything may leave."""
    stage, stop = gone()
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.fill(stop, "10", "49000")
    assert [] == shape(stage)
    stage.recover("one")
    assert ["surplus 10 at market"] == shape(stage)


def test_a_flatten_closes_it_alone() -> None:
    """While one runs, nothing else closes the same."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    stop = legs(stage)[0].order
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test", confirmed=True))
    ended_all(stage)
    out = [name for name in stage.state.alive if stage.order(name).purpose == "flatten"]
    stage.fill(stop, "10", "49000")
    stage.fill(out[0], "10", "49000")
    assert D(-10) == stage.share()
    stage.wait(6)
    stage.tick()
    alive = [stage.order(name) for name in stage.state.alive]
    assert [("flatten", "buy", D(10))] == [(one.purpose, one.side, one.quantity) for one in alive]


def test_a_restart_in_between_closes_it_once() -> None:
    """Folded from the journal, the order on its way is known."""
    stage, stop = gone()
    stage.fill(stop, "10", "49000")
    before = picture(stage.state)
    stage.state = replay(stage.records)
    assert before == picture(stage.state)
    stage.start()
    stage.recover("one")
    assert ["surplus 10 at market"] == shape(stage)
    assert 1 == len(legs(stage))


def test_the_entry_of_a_reversal_waits_for_that() -> None:
    """Nothing is opened beside what is not certain."""
    stage, stop = gone()
    stage.fill(stop, "10", "49000")
    answer = stage.say("buy", effect="open", quantity="2")
    names = [name for name in answer.orders if stage.order(name).purpose == "entry"]
    assert [OrderState.HELD] == [stage.order(name).state for name in names]
    stage.fill(legs(stage)[0], "10", "49001")
    assert names == stage.sent


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_fill_that_a_picture_may_have_explained_is_left_to_a_person(seconds: int) -> None:
    """Somebody seemed to have closed it: an old fill told late may be just that, a new one not."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    stop = legs(stage)[0]
    at_ns = stage.now
    stage.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source="trend", target="", by="anna",
            reason="closed by hand",
        )
    )  # fmt: skip
    ended_all(stage)
    stage.wait(seconds)
    stage.fill(stop, "10", "49000", at_ns=at_ns)
    assert "leg_opened" in stage.alarms
    assert (["surplus 10 at market"] if not seconds else []) == shape(stage)


def test_nothing_of_an_ordinary_close_is_a_surplus() -> None:
    """Every other stop and exit leaves flat, and nothing follows."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    stage.fill(legs(stage)[0], "10", "49000")
    assert ([], D(0)) == (stage.sent, stage.share())
    assert "no_action nothing_to_close" == codes(stage.send("exit"))
