"""When the next tick is due: never too late, and never for ever in the past."""

from __future__ import annotations

from core import commands as c
from core import records as r
from core.engine import next_due
from core.setup import KEPT_NS, SECOND_NS
from tests.unit.core.setups import DAY_NS, NOW
from tests.unit.core.stage import Stage, picture, replay

MINUTE_NS = 60 * SECOND_NS


def due(stage: Stage) -> int:
    """Return how far away the next tick is."""
    return next_due(stage.state, stage.now) - stage.now


def test_with_nothing_to_do_it_is_a_minute_away() -> None:
    """An idle bridge looks at the clock once a minute."""
    assert MINUTE_NS == due(Stage())


def test_a_held_order_is_due_at_its_end() -> None:
    """Exactly then, and not again after it was ended."""
    stage = Stage()
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.entry()
    stage.wait(10)
    assert 20 * SECOND_NS == due(stage)
    stage.wait(20)
    stage.tick()

    assert due(stage) > 0


def test_a_mark_is_due_and_is_asked_for_again_without_figures() -> None:
    """Exposed: once a minute. Without figures it cannot be done: a second later, not at once."""
    stage = Stage()
    stage.position()
    stage.wait(1)
    assert 59 * SECOND_NS == due(stage)
    stage.wait(100, fresh=False)
    for _ in range(3):
        assert [] == stage.tick().records
        assert SECOND_NS == due(stage)
    stage.equity("one", "100000")

    assert MINUTE_NS == due(stage)


def test_a_day_is_due_at_its_boundary() -> None:
    """The next one; one that was missed for want of figures does not keep the clock busy."""
    stage = Stage()
    days = (NOW - 1, NOW + 30 * SECOND_NS, NOW + DAY_NS)
    stage.do(c.LoadCalendar(account="one", days_ns=days, valid_until_ns=days[-1], source_hash="h"))
    stage.tick()
    assert 30 * SECOND_NS == due(stage)
    stage.wait(30, fresh=False)
    stage.standings.clear()
    stage.tick()

    assert MINUTE_NS == due(stage)


def test_what_ended_leaves_after_a_day_and_not_before() -> None:
    """Keys, signals, done orders and their fills: swept when due; what is alive stays."""
    stage = Stage()
    stage.position()
    alive = stage.entry()
    stage.wait(DAY_NS // SECOND_NS)
    stage.tick()
    assert not any(isinstance(record, r.Swept) for record in stage.last.records)
    assert 1 == due(stage)
    stage.now += due(stage)
    stage.tick()

    assert any(isinstance(record, r.Swept) for record in stage.last.records)
    assert [alive.order] == list(stage.state.orders)
    assert ({}, {}, {}) == (stage.state.keys, stage.state.signals, stage.state.fills)
    assert 1 == stage.share()
    assert MINUTE_NS - 1 <= due(stage)
    assert picture(stage.state) == picture(replay(stage.records))


def test_sweeping_waits_a_minute_between_two() -> None:
    """With something ending each second, the state is swept once a minute and not each second."""
    stage = Stage()
    for _ in range(130):
        stage.wait(1)
        stage.say(effect="open", quantity="0")
    stage.wait(KEPT_NS // SECOND_NS - 130)
    sweeps = 0
    for _ in range(130):
        stage.wait(1)
        sweeps += sum(isinstance(record, r.Swept) for record in stage.tick().records)

    assert 2 <= sweeps <= 3
    assert len(stage.state.signals) <= 61


def test_an_order_that_came_back_to_life_is_not_swept() -> None:
    """Rejected, then accepted after all: it works, however long ago its reject was."""
    stage = Stage()
    order = stage.entry()
    stage.report(order, "rejected")
    stage.report(order, "accepted")
    stage.wait(2 * DAY_NS // SECOND_NS)
    stage.tick()
    stage.report(order, "cancelled")
    stage.wait(3600)
    stage.tick()

    assert order.order in stage.state.orders
    stage.wait(DAY_NS // SECOND_NS)
    stage.tick()
    assert {} == stage.state.orders


def test_a_late_report_within_the_day_still_finds_its_order() -> None:
    """A fill that comes an hour after the cancel counts."""
    stage = Stage()
    order = stage.entry()
    stage.report(order, "cancelled")
    stage.wait(3600)
    stage.tick()
    stage.fill(order, "1")

    assert ("filled", 1) == (stage.order(order).state, stage.share())
