"""A roll with an open position, told day by day: what a person would have seen."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core import records as r
from core.legs import legs_of
from core.money import ZERO
from tests.unit.core.guarded import able, plan
from tests.unit.core.rolls import DAY, Pit
from tests.unit.core.stage import picture, replay

D = Decimal


def begun() -> Pit:
    """Let the strategy be long 3 in the front contract, with a stop at the venue."""
    pit = Pit()
    pit.do(c.DescribeVenue(account="one", abilities=able()))
    pit.tick()
    entry = pit.entry("3", symbol="CME_MINI:ES1!", protection=plan("5900"))
    pit.report(entry, "accepted")
    pit.fill(entry, "3", "6000")
    (stop,) = legs_of(pit.state, ("one", "ESZ2026", "trend"))
    pit.report(stop, "accepted")
    assert ("ESZ2026", D(5900), D(3)) == (stop.instrument, stop.trigger, stop.leaves)
    return pit


def test_a_position_is_held_over_the_roll_and_closed_where_it_is() -> None:
    """Its stop stays, exits find it, entries wait for it to be gone, and each roll is in the
    journal."""
    pit = begun()

    # Day 9.5  Half a day before the roll. A second strategy wants in by the chart: not now.
    pit.days(9.5)
    assert "refused roll_guard" == pit.trade(strategy="fade")

    # Day 9.6  The first strategy takes some off. That always passes.
    pit.wait(int(0.1 * DAY))
    part = pit.say("exit", quantity="1", symbol="ES1!")
    pit.fill(part.orders[0], "1", "6000")
    (stop,) = legs_of(pit.state, ("one", "ESZ2026", "trend"))
    pit.report(stop, "replaced", quantity="2", trigger="5900")
    assert {"ESZ2026": "2"} == pit.holds()

    # Day 10  It rolls. A person is told that the former contract is held.
    pit.wait(int(0.4 * DAY))
    pit.tick()
    assert ["rolled_while_held"] == pit.alarms

    # Day 10  Power is lost right then; the new process knows the same.
    before = picture(pit.state)
    pit.state = replay(pit.records)
    assert before == picture(pit.state)
    pit.start()
    pit.recover("one")
    assert [] == pit.sent

    # Day 11.5  The guard is over. Who is flat opens the new contract; who holds the old one, none.
    pit.days(1.5)
    assert "admitted" == pit.say("buy", quantity="1", symbol="ES1!", strategy="fade").verdict
    fade = pit.last.effects[0].order
    pit.fill(fade, "1", "6010")
    assert {"ESH2027": "1"} == pit.holds("fade")
    assert "contract_not_front" == pit.say("buy", quantity="1", symbol="ES1!").code

    # Day 11.5  The stop is where it was: in the old contract, for what is left.
    (stop,) = legs_of(pit.state, ("one", "ESZ2026", "trend"))
    assert (D(5900), D(2)) == (stop.trigger, stop.leaves)

    # Day 20  First notice is two days away, then expiry. The person is told, and sends the exit.
    pit.days(8.5)
    assert ["first_notice_near"] == pit.alarms
    out = pit.say("exit", symbol="ES1!")
    assert ("ESZ2026", D(2)) == (
        pit.order(out.orders[0]).instrument, pit.order(out.orders[0]).quantity,
    )  # fmt: skip
    pit.fill(out.orders[0], "2", "6020")
    assert ({}, {"ESH2027": "1"}) == (pit.holds(), pit.holds("fade"))
    assert pit.order(stop).pending_cancel

    # Day 20  Flat: the next alert opens what the chart shows now. Nobody has to change it.
    again = pit.entry("1", symbol="ES1!")
    assert "ESH2027" == again.instrument
    rolls = [one for one in pit.records if isinstance(one, r.ContractRolled)]
    assert ["ESZ2026", "ESH2027"] == [one.contract for one in rolls]
    assert ZERO == pit.share("one", "ESZ2026")
