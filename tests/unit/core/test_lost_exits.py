"""Exits that their venue proves never to have got: sent again, bounded, and told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.engine import step
from core.lost_exits import TRIES_MAX
from core.orders import OrderEvent, OrderState, OrderType, Purpose
from tests.unit.core.followups import declined, revisions
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


def lose(stage: Stage, order: str) -> None:
    """Let the answer to an order be lost."""
    stage.do(c.NoteTrouble(order=order, proven=False, code="timeout", text="no answer"))


def prove(stage: Stage, order: str) -> None:
    """Let the venue's books prove that an order is not there."""
    stage.look(order, None)
    assert "not_placed" == stage.order(order).state


def lost(held: str = "2", **exit_: str) -> tuple[Stage, str]:
    """Open a position, and lose the answer to its exit."""
    stage = Stage()
    stage.position(held)
    (name,) = stage.say("exit", **exit_).orders
    lose(stage, name)
    return stage, name


def told(stage: Stage) -> list[tuple[str, str, str]]:
    """Return what the last step says about exits."""
    rows = [one for one in stage.last.records if isinstance(one, r.AlarmRaised)]
    return [(one.code, one.value, one.limit) for one in rows]


def test_an_exit_that_was_never_placed_goes_again_at_once() -> None:
    """Under its next revision, for what it wanted to close, and with an alarm."""
    stage, name = lost()
    assert [] == stage.sent
    prove(stage, name)
    (again,) = revisions(stage)

    assert [again.order] == stage.sent
    assert (Purpose.EXIT, D(2), OrderType.MARKET, 1) == (
        again.purpose, again.quantity, again.order_type, again.revision,
    )  # fmt: skip
    assert (name, again.order) == (again.first, stage.order(name).followed)
    assert [("exit_sent_again", again.order, name)] == told(stage)
    stage.fill(again, "2")
    assert D(0) == stage.share()


def test_it_keeps_its_price() -> None:
    """A limit exit stays one: what it wanted has not changed."""
    stage, name = lost(order_type="limit", price="51000")
    prove(stage, name)
    (again,) = revisions(stage)

    assert (OrderType.LIMIT, D(51000)) == (again.order_type, again.price)


def test_no_doubt_ends_by_sending_again() -> None:
    """As long as it may be there, nothing else goes for the same."""
    stage, name = lost()
    for _ in range(100):
        stage.wait(60)
        stage.look(name, None, conclusive=False)
        stage.tick()

    assert ([], "unknown") == (revisions(stage), stage.order(name).state)


def test_an_entry_is_not_sent_again() -> None:
    """Whether it is still wanted, only its sender knows."""
    stage = Stage()
    order = stage.entry("1").order
    lose(stage, order)
    prove(stage, order)

    assert ([], []) == (revisions(stage), stage.alarms)


def test_it_closes_no_more_than_is_left() -> None:
    """A part went to others meanwhile, so that the lost one was asked to end as too large: the rest
    is wanted all the same."""
    stage, name = lost()
    stage.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source="trend", target="", quantity=D("1.5"),
            by="anna", reason="by hand",
        )
    )  # fmt: skip
    prove(stage, name)

    assert [D("0.5")] == [one.quantity for one in revisions(stage)]


def test_a_position_that_is_gone_needs_no_exit_and_no_alarm() -> None:
    """Closed by other means: nothing is open that anybody has to know of."""
    stage, name = lost()
    stage.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source="trend", target="", quantity=D(2),
            by="anna", reason="by hand",
        )
    )  # fmt: skip
    prove(stage, name)

    assert ([], ["nothing_left"], []) == (revisions(stage), declined(stage), stage.alarms)


@pytest.mark.parametrize(
    ("action", "symbol", "wins"),
    [("buy", "BTCUSDT", True), ("sell", "BTCUSDT", False), ("buy", "ETHUSDT", False),
     ("exit", "BTCUSDT", False)],
)  # fmt: skip
def test_a_newer_message_that_wants_the_position_wins(action: str, symbol: str, wins: bool) -> None:
    """Also one that was refused while the exit was in doubt. A person is told; one that closes, or
    is about something else, changes nothing."""
    stage, name = lost()
    stage.wait(1)
    stage.say(action, symbol=symbol)
    prove(stage, name)

    assert (["newer_signal"] if wins else []) == declined(stage)
    assert wins is (revisions(stage) == [])
    code = "exit_not_placed" if wins else "exit_sent_again"
    assert [code] == stage.alarms


def test_a_newer_message_wins_also_after_a_step_that_was_thrown_away() -> None:
    """A commit that failed had swept an old message out; it is back, and older than all others."""
    stage = Stage()
    stage.say("heartbeat")
    stage.wait(24 * 3600 - 100)
    stage.position("2")
    (name,) = stage.say("exit").orders
    lose(stage, name)
    stage.wait(200)
    stage.say("buy")
    step(stage.state, stage.view, [c.Tick()], stage.now)
    stage.state.rollback()
    prove(stage, name)

    assert (["newer_signal"], []) == (declined(stage), revisions(stage))


def test_another_strategys_message_changes_nothing() -> None:
    """It wants a position of its own."""
    stage = Stage(setup_of(strategies=("trend", "other")))
    stage.position("2")
    (name,) = stage.say("exit").orders
    lose(stage, name)
    stage.wait(1)
    stage.say("buy", strategy="other")
    prove(stage, name)

    assert 1 == len(revisions(stage))


def test_it_is_bounded_and_a_person_is_called() -> None:
    """A line that loses every exit is not talked to for ever."""
    stage, name = lost()
    for _ in range(TRIES_MAX):
        prove(stage, name)
        name = stage.sent[0]
        lose(stage, name)
    prove(stage, name)

    assert ([], ["lost_too_often"]) == (stage.sent, declined(stage))
    assert [("exit_not_placed", "lost_too_often", name)] == told(stage)


@pytest.mark.parametrize("how", ["person", "cancelled"])
def test_a_person_decides_what_he_took_over(how: str) -> None:
    """He said that it was not placed, or wanted its end: nothing goes behind his back."""
    stage, name = lost()
    if how == "person":
        outcome = c.Resolution.NOT_PLACED
        stage.do(c.ResolveOrder(order=name, outcome=outcome, by="anna", reason="not there"))
    else:
        stage.do(c.CancelOrder(order=name, by="anna", reason="enough"))
        prove(stage, name)

    assert ([], "not_placed") == (revisions(stage), stage.order(name).state)


def test_it_waits_for_a_link_that_is_down() -> None:
    """Proven while the account is compared: it is held, and goes first when that is done."""
    stage, name = lost()
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    prove(stage, name)
    (again,) = revisions(stage)
    assert (["exit_sent_again"], [], "held") == (stage.alarms, stage.sent, again.state)
    stage.recover("one")

    assert [again.order] == stage.sent


def test_what_was_proven_long_ago_stays_as_it_is() -> None:
    """A journal of an older bridge knows exits that nothing followed: what is wanted now, nobody
    knows; a person is told that it is open."""
    stage, name = lost()
    stage.now += 1
    stage.state = replay(stage.records)
    old = [one for one in stage.records if one is not None]
    change = r.OrderChanged(
        at_ns=stage.now, order=name, event=OrderEvent.ABSENT, to=OrderState.NOT_PLACED
    )
    stage.state = replay([*old, change])
    stage.records.append(change)
    stage.start()
    stage.wait(3600)
    stage.tick()

    assert ([], ["followup_too_late"]) == (revisions(stage), declined(stage))
    assert "exit_not_placed" in stage.alarms


def test_a_restart_between_forgets_nothing() -> None:
    """The same records give the same state, and nothing goes twice."""
    stage, name = lost()
    prove(stage, name)
    before = picture(stage.state)
    stage.state = replay(stage.records)

    assert before == picture(stage.state)
    stage.start()
    stage.tick()
    assert 1 == len(revisions(stage))
