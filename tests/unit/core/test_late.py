"""What turns up late: followed, called out, and asked to end where nobody wants it any more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.answers import AskCancel, AskLookup
from core.money import ZERO
from core.orders import Order
from core.setup import OnLate
from tests.unit.core.books import Books
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, replay

D = Decimal
NOT_PLACED = c.Resolution.NOT_PLACED


def not_placed(stage: Stage, order: Order) -> Order:
    """Let the venue's books prove that an order is not there."""
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    stage.look(order, None)
    assert "not_placed" == stage.order(order).state
    return stage.order(order)


@pytest.mark.parametrize("how", ["report", "fill", "lookup", "corrected", "bust"])
def test_a_late_entry_counts_and_is_asked_to_end(how: str) -> None:
    """Whatever shows it: alive, counted, an alarm, and its cancel is on the way."""
    stage = Stage()
    order = not_placed(stage, stage.entry("2"))
    match how:
        case "report":
            stage.report(order, "accepted")
        case "fill":
            stage.fill(order, "0.5")
        case "lookup":
            stage.look(order, stage.shown(order, "accepted"))
        case "corrected":
            stage.report(order, "corrected", exec_id="x", quantity="0.5", price="50000")
        case _:
            stage.report(order, "bust", exec_id="x")
    filled = D("0.5") if how in ("fill", "corrected") else ZERO

    assert ["late_arrival"] == stage.alarms
    assert (True, filled, 2 - filled) == (
        stage.order(order).pending_cancel, stage.order(order).filled, stage.exposure().buy,
    )  # fmt: skip
    assert [order.order] == stage.asked_to_end
    asked = next(x for x in stage.last.records if getattr(x, "by", ""))
    assert isinstance(asked, r.OrderChanged)
    assert ("policy", "late_arrival") == (asked.by, asked.reason)


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_what_turns_up_as_over_is_asked_for_its_fills(end: str) -> None:
    """It was there after all, and what it filled may have been told while nobody listened: at a
    venue that lists no fills only a look-up shows it."""
    stage = Stage()
    order = not_placed(stage, stage.entry("2"))
    stage.report(order, end)
    assert [AskLookup(order.order)] == stage.last.effects
    told = stage.told(order, "fill", exec_id="x", quantity="0.5", price="50000", fee="0")
    stage.look(order, stage.shown(order, end, filled=D("0.5"), fills=(told.report,)))

    assert D("0.5") == stage.share()


def test_a_route_may_keep_its_late_entries() -> None:
    """Kept by its route: it works, with the alarm; after a halt it is asked to end all the same."""
    stage = Stage(setup_of(route={"late_arrival": OnLate.KEEP}))
    order, other = stage.entry("1"), stage.entry("1", symbol="ETHUSDT")
    for one in (order, other):
        not_placed(stage, one)
    stage.report(order, "accepted")
    assert (["late_arrival"], []) == (stage.alarms, stage.asked_to_end)
    stage.do(c.Halt(scope="strategy:trend", by="anna", reason="test"))
    stage.report(other, "accepted")

    assert [other.order] == stage.asked_to_end


def test_a_late_entry_that_is_filled_is_not_asked_to_end() -> None:
    """Nothing of it is left: the position follows the venue."""
    stage = Stage()
    order = not_placed(stage, stage.entry("1"))
    stage.fill(order, "1")

    assert (["late_arrival"], [], D(1)) == (stage.alarms, stage.asked_to_end, stage.share())


def test_a_late_exit_works_on_while_there_is_something_to_close() -> None:
    """It makes the position smaller, as was wanted."""
    stage = Stage()
    stage.position("2")
    (name,) = stage.say("exit").orders
    timeout = c.NoteTrouble(order=name, proven=False, code="timeout", text="")
    said = c.ResolveOrder(order=name, outcome=NOT_PLACED, by="anna", reason="not there")
    stage.do(timeout, said)
    stage.report(name, "accepted")

    assert "late_arrival" in stage.alarms
    assert [] == stage.asked_to_end


def test_a_late_exit_is_asked_to_end_where_another_one_took_its_place() -> None:
    """It was sent again meanwhile: both together could open a position."""
    stage = Stage()
    stage.position("2")
    (name,) = stage.say("exit").orders
    not_placed(stage, stage.order(name))
    (second,) = stage.sent
    stage.report(second, "accepted")
    stage.report(name, "accepted")

    assert ["late_arrival"] == stage.alarms
    assert [name] == stage.asked_to_end
    assert not stage.order(second).pending_cancel


def test_a_cancel_that_came_too_early_is_asked_for_again() -> None:
    """The venue did not know the order yet and refused its cancel: once it is there, again."""
    stage = Stage()
    order = stage.entry("1")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    stage.do(c.Halt(scope="global", by="anna", reason="test"))
    stage.report(order, "cancel_rejected")
    assert stage.order(order).pending_cancel
    stage.do(c.NoteCancelRefused(order=order.order, code="no_such_order", text=""))
    assert stage.order(order).pending_cancel
    stage.report(order, "accepted")

    assert stage.last.effects == [AskCancel(order.order)]
    assert stage.order(order).pending_cancel


def test_a_venue_that_refuses_a_cancel_calls_a_person() -> None:
    """Proven refused: the order works on, nothing goes round in circles, its books are asked."""
    stage = Stage()
    order = stage.entry("1")
    stage.report(order, "accepted")
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="test"))
    stage.do(c.NoteCancelRefused(order=order.order, code="too_late", text="in auction"))

    assert (["cancel_refused"], False) == (stage.alarms, stage.order(order).pending_cancel)
    assert [AskLookup(order.order)] == stage.last.effects
    again = c.NoteCancelRefused(order=order.order, code="too_late", text="")
    assert [] == stage.do(again).records
    assert [] == stage.do(c.NoteCancelRefused(order="gone", code="x", text="")).records


@pytest.mark.parametrize("scope", ["", "account:one", "strategy:trend", "global"])
def test_a_venue_that_knows_no_cancel_calls_a_person_once_a_halt(scope: str) -> None:
    """Also where the account was halted before: the cancels of that very halt do not work. Those
    that go again call nobody again, and the first halt keeps its reason."""
    stage = Stage()
    order = stage.entry("1")
    stage.report(order, "accepted")
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="test"))
    if scope:
        stage.do(c.Halt(scope=scope, by="anna", reason="test"))
    gone = c.NoteCancelRefused(order=order.order, code="HTTP 404", text="page", changed=True)
    stage.wait(1)
    stage.do(gone)

    assert ["venue_fatal"] == stage.alarms
    assert stage.state.halts["account:one"].by == ("anna" if scope == "account:one" else "bridge")
    stage.state = replay(stage.records)
    stage.wait(1)
    assert [] == stage.do(gone).records
    assert stage.order(order).pending_cancel
    for halted in list(stage.state.halts):
        stage.do(c.Resume(scope=halted, by="anna", reason="looked"))
    stage.wait(1)
    stage.do(gone)
    assert ["venue_fatal"] == stage.alarms


def test_a_late_entry_that_a_picture_shows_is_asked_to_end() -> None:
    """By the order itself, or first by a fill of it that the picture lists."""
    for fills in ("0", "1"):
        stage = Stage()
        books = Books(stage)
        books.show()
        order = not_placed(stage, stage.entry("2", order_type="limit", price="49000"))
        books.accept(order)
        if fills != "0":
            books.fill(order.order, D(fills))
        books.show()

        assert "late_arrival" in stage.alarms
        assert (D(fills), True) == (
            stage.order(order).filled, stage.order(order).pending_cancel,
        )  # fmt: skip
        assert [order.order] == stage.asked_to_end
