"""Asking for new terms of a working order: what may be asked, and what is at stake meanwhile."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.answers import Done
from core.orders import Terms
from tests.unit.core.replacing import LIMIT, ask, asked, code, leaving, working
from tests.unit.core.setups import limited
from tests.unit.core.stage import Stage

D = Decimal


def test_the_venue_is_asked_for_all_terms_and_the_larger_ones_count() -> None:
    """What is not said stays as it is; until the venue answers the larger of both is at stake."""
    stage = Stage()
    order = working(stage, filled="0.5")
    answer = ask(stage, order, quantity="5")
    after = stage.order(order)

    assert Done(orders=(order.order,)) == answer
    assert [Terms(quantity=D(5), price=D(50000))] == asked(stage) == [after.asked]
    assert (D(2), True, D("4.5")) == (after.quantity, after.pending_replace, after.leaves)
    assert D("4.5") == stage.exposure().buy
    record = stage.last.records[-1]
    assert isinstance(record, r.OrderChanged)
    assert ("anna", "moved") == (record.by, record.reason)


def test_a_smaller_order_frees_its_reservation_only_with_the_answer() -> None:
    """A limit that is full stays full until the venue has said that the order is smaller."""
    stage = Stage(limited(position_max="3"))
    order = working(stage, "3")
    ask(stage, order, quantity="1")
    assert "refused" == stage.say(effect="open", quantity="1").verdict
    stage.report(order, "replaced", quantity="1", price="50000")

    assert D(1) == stage.exposure().buy
    assert "admitted" == stage.say(effect="open", quantity="2").verdict


def test_the_answer_of_the_venue_settles_it() -> None:
    """Replaced: the new terms and nothing pending. Rejected: the old ones and nothing pending."""
    for event, quantity in (("replaced", D(5)), ("replace_rejected", D(2))):
        stage = Stage()
        order = working(stage)
        ask(stage, order, quantity="5", price="50100")
        facts = {"quantity": "5", "price": "50100"} if event == "replaced" else {}
        stage.report(order, event, reason="so", **facts)
        after = stage.order(order)

        assert [] == stage.alarms
        assert (quantity, False, None) == (after.quantity, after.pending_replace, after.asked)
        assert quantity == stage.exposure().buy


@pytest.mark.parametrize(
    ("setting", "terms", "wanted"),
    [
        ({"quantity_max": "4"}, {"quantity": "5"}, "quantity_over_limit"),
        ({"value_max": "200000"}, {"quantity": "5"}, "value_over_limit"),
        ({"position_max": "4"}, {"quantity": "5"}, "position_over_limit"),
        ({"gross_max": "200000"}, {"quantity": "5"}, "gross_over_limit"),
        ({}, {"price": "60000"}, "price_outside_collar"),
        ({"messages_per_minute": 6, "messages_burst": 1}, {"price": "50001"}, "rate_over_limit"),
    ],
)
def test_an_entry_is_judged_anew(
    setting: dict[str, Any], terms: dict[str, Any], wanted: str
) -> None:
    """What a new order could not have, an old one does not get by a replace; it is recorded."""
    stage = Stage(limited(**setting))
    order = working(stage)
    answer = ask(stage, order, **terms)

    assert wanted == code(answer)
    assert [] == asked(stage)
    (record,) = stage.last.records
    assert isinstance(record, r.OrderChanged)
    assert ("replace_rejected", wanted) == (record.event, record.reason)
    assert wanted in bytes(record.checks).decode()
    assert (D(2), False) == (stage.order(order).quantity, stage.order(order).pending_replace)


def test_what_an_order_has_already_is_not_counted_against_it() -> None:
    """Filled and reserved quantity are its own: up to the limit it may grow, and not beyond."""
    stage = Stage(limited(position_max="5"))
    order = working(stage, "3", filled="1")
    assert "position_over_limit" == code(ask(stage, order, quantity="5.001"))
    assert "" == code(ask(stage, order, quantity="5"))
    assert D(5) == stage.exposure().worst


def test_an_entry_that_only_becomes_smaller_is_not_judged() -> None:
    """Less at stake needs nobody's leave: not in a halt that is over, not without a quote."""
    stage = Stage()
    order = working(stage)
    stage.wait(600, fresh=False)

    assert "reference_stale" == code(ask(stage, order, quantity="1.5", price="49000"))
    assert "" == code(ask(stage, order, quantity="1.5"))


def test_an_entry_does_not_grow_while_the_store_or_the_link_is_away() -> None:
    """What could not be remembered, or not be compared, adds no exposure."""
    stage = Stage()
    order = working(stage)
    stage.durable = False
    assert "store_unavailable" == code(ask(stage, order, quantity="5"))
    stage.durable = True
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    assert "link_down" == code(ask(stage, order, quantity="5"))


def test_an_exit_may_shrink_and_move_and_no_control_refuses_it() -> None:
    """With every input stale and everything halted an exit still moves; it never grows."""
    stage = Stage()
    order = leaving(stage)
    stage.do(c.Halt(scope="global", by="anna", reason="news"))
    stage.wait(600, fresh=False)

    assert "exit_may_not_grow" == code(ask(stage, order, quantity="3"))
    assert "" == code(ask(stage, order, quantity="1", price="40000"))
    assert [Terms(quantity=D(1), price=D(40000))] == asked(stage)


@pytest.mark.parametrize(
    ("terms", "wanted"),
    [
        ({"quantity": "1"}, "replace_filled"),
        ({"quantity": "0.5"}, "replace_filled"),
        ({"quantity": "2.0005"}, "quantity_off_step"),
        ({"price": "50000.001"}, "price_off_tick"),
        ({"price": "-1"}, "price_off_tick"),
        ({"trigger": "50000"}, "replace_price_unused"),
        ({"quantity": "2", "price": "50000"}, "replace_same"),
        ({"quantity": "3", "reason": " "}, "reason_missing"),
        ({"quantity": "3", "offered": False}, "replace_not_offered"),
    ],
)
def test_what_makes_no_sense_is_denied(terms: dict[str, Any], wanted: str) -> None:
    """Each denial has its own code, and nothing is asked of the venue."""
    stage = Stage()
    order = working(stage, filled="1")

    assert wanted == code(ask(stage, order, **terms))
    assert [] == asked(stage)


def test_only_a_working_order_is_replaced_and_one_replace_at_a_time() -> None:
    """Not before it is accepted, not after its end, not while something of it is pending."""
    stage = Stage()
    fresh = stage.entry("1", **LIMIT)
    assert "order_not_working" == code(ask(stage, fresh, quantity="2"))
    order = working(stage)
    ask(stage, order, quantity="3")
    assert "order_pending" == code(ask(stage, order, quantity="4"))
    stage.report(order, "replaced", quantity="3")
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="enough"))
    assert "order_pending" == code(ask(stage, order, quantity="4"))
    stage.report(order, "cancelled")
    assert "order_done" == code(ask(stage, order, quantity="4"))
    assert "order_unknown" == code(stage.do(
        c.ReplaceOrder(order="never", by="anna", reason="x", quantity=D(1))
    ).answers[0])  # fmt: skip
