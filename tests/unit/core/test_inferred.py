"""Fills that no execution told: marked, replaced by what is told, taken back when shown wrong."""

from __future__ import annotations

from decimal import Decimal

from core import records as r
from core.money import ZERO
from tests.property.test_inferred import inferring
from tests.unit.core.stage import Stage

D = Decimal


def rows(stage: Stage) -> dict[str, Decimal]:
    """Return what each execution id counts for."""
    return {row.exec_id: row.quantity for row in stage.state.fills.values()}


def test_an_inferred_fill_counts_and_is_marked() -> None:
    """It moves the order and the position, and nobody can take it for an execution."""
    stage = Stage()
    order = stage.entry("3")
    inferring(stage, order, D(2), at_ns=stage.now)

    record = stage.last.records[0]
    assert isinstance(record, r.OrderChanged)
    assert (True, "missed", f"inferred:{order.order}:1") == (
        record.inferred, record.reason, record.exec_id,
    )  # fmt: skip
    assert ["fill_inferred"] == stage.alarms
    assert ("partially_filled", D(2), None, D(2)) == (
        stage.order(order).state, stage.order(order).filled, stage.order(order).fee, stage.share(),
    )  # fmt: skip
    assert [True] == [row.inferred for row in stage.state.fills.values()]


def test_a_person_is_named_and_raises_no_alarm() -> None:
    """What a person says carries the name, and does not call that person again."""
    stage = Stage()
    order = stage.entry("2")
    inferring(stage, order, D(2), at_ns=0, by="anna")

    record = stage.last.records[0]
    assert isinstance(record, r.OrderChanged)
    assert ("anna", f"person:{order.order}:1", []) == (record.by, record.exec_id, stage.alarms)
    assert ("filled", "") == (stage.order(order).state, stage.order(order).reason)


def test_executions_take_the_place_of_the_newest_inferred_fill_partly() -> None:
    """Each execution that is told takes back just as much, without alarm or a change of state."""
    stage = Stage()
    order = stage.entry("5")
    inferring(stage, order, D(2), at_ns=stage.now)
    inferring(stage, order, D(3), at_ns=stage.now)
    stage.fill(order, "4", exec_id="real", at_ns=stage.now)
    one, two = f"inferred:{order.order}:1", f"inferred:{order.order}:2"

    assert {one: D(1), two: ZERO, "real": D(4)} == rows(stage)
    assert ("filled", D(5), []) == (
        stage.order(order).state, stage.order(order).filled, stage.alarms,
    )  # fmt: skip
    assert [] == stage.fill(order, "4", exec_id="real", at_ns=stage.now).records


def test_an_execution_of_later_is_a_new_one() -> None:
    """What traded after the picture was not in it: both count, as far as the order goes."""
    stage = Stage()
    order = stage.entry("5")
    inferring(stage, order, D(2), at_ns=stage.now)
    stage.wait(10)
    stage.fill(order, "2", exec_id="later")
    assert D(4) == stage.order(order).filled
    stage.fill(order, "2", exec_id="last")

    assert {f"inferred:{order.order}:1": D(1), "later": D(2), "last": D(2)} == rows(stage)
    assert ("filled", []) == (stage.order(order).state, stage.alarms)


def test_a_venue_cannot_use_the_id_of_an_inferred_fill() -> None:
    """An execution under an id of ours is nobody's honest report."""
    stage = Stage()
    order = stage.entry("5")
    inferring(stage, order, D(2), at_ns=stage.now)
    stage.fill(order, "2", exec_id=f"inferred:{order.order}:1")

    assert (["report_impossible"], D(2)) == (stage.alarms, stage.order(order).filled)


def test_a_picture_that_shows_less_wins() -> None:
    """The venue shows less filled than was inferred: taken back, alive again, with an alarm."""
    stage = Stage()
    order = stage.entry("2")
    stage.report(order, "accepted")
    inferring(stage, order, D(2), at_ns=stage.now)
    assert "filled" == stage.order(order).state
    stage.wait(10)
    stage.look(order, stage.shown(order, "accepted", filled=D("0.5")))

    assert ["inferred_contradicted"] == stage.alarms
    assert ("partially_filled", D("0.5"), D("1.5"), D("0.5")) == (
        stage.order(order).state, stage.order(order).filled, stage.exposure().buy, stage.share(),
    )  # fmt: skip
    stage.look(order, stage.shown(order, "cancelled"))
    assert ("cancelled", ZERO, ZERO) == (
        stage.order(order).state, stage.exposure().buy, stage.share(),
    )  # fmt: skip


def test_an_older_picture_says_nothing() -> None:
    """A picture of before the inference takes nothing back."""
    stage = Stage()
    order = stage.entry("2")
    earlier = stage.now
    stage.wait(10)
    inferring(stage, order, D(1), at_ns=stage.now)
    stage.look(order, stage.shown(order, "accepted", at_ns=earlier))

    assert (D(1), []) == (stage.order(order).filled, stage.alarms)
