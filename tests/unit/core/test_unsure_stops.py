"""Stops of which nobody knows whether they are at their venue: the level is kept, another one is
placed beside it where that can do no harm, and a person is called."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.abilities import Abilities
from core.doubt import NEGATIVES_MIN
from core.engine import next_due
from core.orders import Order
from core.setup import SECOND_NS
from tests.unit.core.guarded import (
    KEY,
    able,
    accept,
    ended_all,
    guarded,
    is_planned,
    legs,
    opened,
    plan,
    quote,
    shape,
)
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal

WAITS = (0, 2, 3, 5, 10, 20, 20)
"""As the bridge asks: at 0, 2, 5, 10, 20, 40 and 60 s of doubt."""


def lose(stage: Stage, order: Order) -> None:
    """Let the answer to an order be lost."""
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text="no answer"))


def unsure(abilities: Abilities | None = None, held: str = "10") -> tuple[Stage, Order]:
    """Open a position of which the first stop ever is in doubt."""
    stage = guarded(abilities)
    stage.position(held, protection=plan())
    (stop,) = legs(stage)
    lose(stage, stop)
    return stage, stop


def ask(stage: Stage, order: Order, canary: str = "") -> None:
    """Let the venue not show it, which proves nothing without a canary."""
    stage.look(order, None, conclusive=False, covers_closed=True, canary=canary)


def ask_for_a_minute(stage: Stage, order: Order) -> list[int]:
    """Let it be asked for as the bridge does; return how many stops there are after each."""
    counts: list[int] = []
    for wait in WAITS:
        stage.wait(wait)
        ask(stage, order)
        counts.append(len(legs(stage)))
    return counts


def called(stage: Stage, seconds: int = 5) -> list[r.AlarmRaised]:
    """Let so much time pass; return who was called for a stop then."""
    stage.wait(seconds)
    stage.tick()
    alarms = [one for one in stage.last.records if isinstance(one, r.AlarmRaised)]
    return [one for one in alarms if one.code == "stop_in_doubt"]


def test_a_person_is_called_when_the_first_answers_did_not_end_it() -> None:
    """After five seconds, not ten minutes, and once: with an open position it is the gravest that
    can be in doubt. It is due then, and not looked for all the time before or after."""
    stage, stop = unsure()
    assert ([], stage.now + 5 * SECOND_NS) == (stage.alarms, next_due(stage.state, stage.now))
    assert [] == called(stage, 4)
    (alarm,) = called(stage, 1)
    assert ("stop_in_doubt", stop.order) == (alarm.code, alarm.limit)
    assert "the bridge closes it" in alarm.value
    assert next_due(stage.state, stage.now) > stage.now
    assert picture(stage.state) == picture(replay(stage.records))
    stage.wait(60)
    ask(stage, stop)
    lose(stage, stop)
    assert [] == stage.alarms
    assert [] == called(stage)


def test_nobody_is_called_for_a_doubt_of_a_moment() -> None:
    """The first look-ups found it: the status had it, and nobody has to read what is over."""
    stage, stop = unsure()
    stage.wait(2)
    stage.look(stop, stage.shown(stop, "accepted", trigger=D(49000)))

    assert [] == called(stage, 3)
    assert [] == called(stage, 60)


def test_a_person_is_called_when_what_covered_it_is_gone() -> None:
    """While another stop stands beside the one in doubt, or is on its way there, nothing is naked.
    When that one ends by somebody else's hand the doubt is old, and the call comes at once."""
    stage, stop = unsure()
    ask_for_a_minute(stage, stop)
    second = legs(stage)[1]
    assert [] == called(stage, 0)
    accept(stage)
    assert [] == called(stage, 60)
    stage.report(second, "cancelled")

    assert [stop.order] == [one.limit for one in called(stage, 0)]


def test_it_is_called_after_a_restart() -> None:
    """Since when it is in doubt is in the journal."""
    stage, stop = unsure()
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")

    assert [stop.order] == [one.limit for one in called(stage)]


def test_without_a_position_nobody_is_called() -> None:
    """The position was closed while the stop was on its way: nothing is naked."""
    stage = guarded()
    stage.position("10", protection=plan())
    (stop,) = legs(stage)
    stage.fill(stage.say("exit").orders[0], "10")
    lose(stage, stop)

    assert [] == called(stage)


def test_the_bridge_keeps_the_level_at_once() -> None:
    """Whether or not the stop is there: both can only make the position smaller."""
    stage, stop = unsure()
    assert ["stop 10 at 49000", "stop 10 at market"] == quote(stage, "48999")
    stage.fill(legs(stage)[1], "10", price="48990")

    assert (D(0), False) == (stage.share(), is_planned(stage))
    assert stage.order(stop).pending_cancel


def test_what_the_venues_stop_closed_is_not_closed_again() -> None:
    """It was there and fired: the close of the bridge finds nothing, and nothing is left."""
    stage, stop = unsure()
    quote(stage, "48999")
    stage.fill(stop, "10", price="48999")
    market = legs(stage)[0]
    stage.report(market, "rejected", reason="reduce-only")

    assert (D(0), [], []) == (stage.share(), legs(stage), stage.sent)


def test_a_minute_of_answers_brings_a_second_stop() -> None:
    """Not before the seventh, for exactly what is open; the first one counts on."""
    stage, stop = unsure()
    assert [1, 1, 1, 1, 1, 1, 2] == ask_for_a_minute(stage, stop)
    second = legs(stage)[1]

    assert [second.order] == stage.sent
    assert ["stop 10 at 49000", "stop 10 at 49000"] == shape(stage)
    assert ["stop_beside"] == stage.alarms
    assert ("unknown", 1) == (stage.order(stop).state, stage.exposure().unknown)


def test_no_time_alone_brings_it() -> None:
    """A venue that does not answer has not said that it does not show the stop."""
    stage, _ = unsure()
    for _ in range(10):
        stage.wait(60)
        stage.tick()

    assert 1 == len(legs(stage))


def test_many_answers_in_a_moment_do_not_bring_it() -> None:
    """What is late may arrive yet."""
    stage, stop = unsure()
    for _ in range(5 * NEGATIVES_MIN):
        stage.wait(1)
        ask(stage, stop)

    assert 1 == len(legs(stage))


def test_the_second_one_is_the_canary_of_the_first() -> None:
    """It proves that look-ups of stops show stops: so the doubt ends by evidence."""
    stage, stop = unsure()
    ask_for_a_minute(stage, stop)
    second = legs(stage)[1]
    accept(stage)
    for _ in range(NEGATIVES_MIN):
        assert "unknown" == stage.order(stop).state
        stage.wait(60)
        ask(stage, stop, second.order)

    assert "not_placed" == stage.order(stop).state
    assert ["stop 10 at 49000"] == shape(stage)
    stage.tick()
    assert 1 == len(legs(stage))


def test_the_first_one_that_turns_up_is_one_too_many() -> None:
    """Found, or told by the venue: what stands twice is ended down to what is open."""
    stage, stop = unsure()
    ask_for_a_minute(stage, stop)
    accept(stage)
    stage.look(stop, stage.shown(stop, "accepted", trigger=D(49000)))
    assert 1 == len(stage.asked_to_end)
    ended_all(stage)

    assert ["stop 10 at 49000"] == shape(stage)


def test_both_go_with_the_position() -> None:
    """The venue keeps a reduce-only stop beyond its position: neither outlives it here."""
    stage, stop = unsure()
    ask_for_a_minute(stage, stop)
    accept(stage)
    second = legs(stage)[1]
    stage.fill(second, "10", price="49000")

    assert D(0) == stage.share()
    assert stage.order(stop).pending_cancel


def test_a_part_that_is_closed_makes_the_sure_one_smaller() -> None:
    """The stop that is known follows the share; the other one is left in doubt."""
    stage, stop = unsure()
    ask_for_a_minute(stage, stop)
    accept(stage)
    second = legs(stage)[1]
    stage.fill(stage.say("exit", quantity="4").orders[0], "4")

    new = stage.order(second).asked
    assert new is not None and D(6) == new.quantity
    assert not stage.order(stop).pending_cancel


def test_it_is_bounded() -> None:
    """A line that loses every stop is not sent stops without end; the bridge keeps the level."""
    stage, _ = unsure()
    counts: list[int] = []
    for _ in range(4):
        last = legs(stage)[-1]
        if stage.order(last).state != "unknown":
            lose(stage, last)
        ask_for_a_minute(stage, last)
        counts.append(len(legs(stage)))
    assert [2, 3, 3, 3] == counts

    assert "stop 10 at market" in quote(stage, "48999")


@pytest.mark.parametrize("why", ["not_kept", "another", "strangers"])
def test_where_closing_twice_could_open_nothing_goes_beside_it(why: str) -> None:
    """The venue does not keep reduce-only, or somebody else holds the same: a second stop could
    close what is theirs. The person who is called is told that nothing stands for it."""
    stage = Stage(setup_of(account={"foreign": "allow"}))
    stage.do(c.DescribeVenue(account="one", abilities=able(reduce_only=why != "not_kept")))
    stage.position("10", protection=plan())
    (stop,) = legs(stage)
    if why == "another":
        stage.position("5", strategy="fade")
    elif why == "strangers":
        move = {"account": "one", "instrument": "BTCUSDT", "by": "anna", "reason": "by hand"}
        stage.do(c.AssignPosition(source="trend", target="", quantity=D(1), **move))
    lose(stage, stop)
    (alarm,) = called(stage)
    assert ("stop_in_doubt", True) == (alarm.code, alarm.value.startswith("nothing closes"))
    before = len(legs(stage))
    ask_for_a_minute(stage, stop)

    assert before == len(legs(stage))
    assert "market" not in " ".join(quote(stage, "48999"))


def test_a_restart_goes_on_where_it_was() -> None:
    """The answers are in the journal, and what follows from them is the same."""
    stage, stop = unsure()
    for wait in WAITS[:-1]:
        stage.wait(wait)
        ask(stage, stop)
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")
    stage.wait(WAITS[-1])
    ask(stage, stop)

    assert 2 == len(legs(stage))
    assert picture(stage.state) == picture(replay(stage.records))


def test_a_target_in_doubt_is_no_stop() -> None:
    """Nothing is naked for lack of a target."""
    stage = guarded(able(linked_legs=True))
    opened(stage, protection=plan("49000", "52000"))
    target = next(one for one in legs(stage) if one.leg != "stop")
    lose(stage, target)

    assert [] == called(stage, 60)
    assert KEY in stage.state.plans
