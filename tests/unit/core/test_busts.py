"""Busts that nobody told of, beside newer fills of the same order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import records as r
from core.orders import Order, OrderEvent, OrderState
from tests.unit.core.books import Books, opened, rows
from tests.unit.core.setups import replaced
from tests.unit.core.stage import Stage

D = Decimal


def refilled() -> tuple[Stage, Books, Order]:
    """Let 2 of an order for 3 be filled, taken back unheard, and filled again a second later."""
    stage, books = opened()
    order = stage.entry("3", order_type="limit", price="50000")
    books.tell(books.accept(order))
    books.tell(books.fill(order.order, D(2)))
    stage.wait(1)
    books.bust("x1")
    books.fill(order.order, D(2))
    return stage, books, order


@pytest.mark.parametrize("way", ["a look-up", "a picture"])
def test_an_order_that_is_shown_at_work_does_not_count_as_filled(way: str) -> None:
    """All that the venue counts is listed, and the missing fill is older than the newest: it is
    taken back first. What is left stays at stake, and a cancel reaches it."""
    stage, books, order = refilled()
    if way == "a look-up":
        books.answer(order.order)
    else:
        books.show()
    assert "bust_inferred" in stage.alarms
    known = stage.order(order)
    assert (OrderState.PARTIALLY_FILLED, D(2), D(1)) == (known.state, known.filled, known.leaves)
    assert D(2) == stage.share()
    books.show_twice()
    assert [] == rows(stage)
    books.tell(books.fill(order.order, D(1)))

    assert (OrderState.FILLED, D(3)) == (stage.order(order).state, stage.share())


def test_what_is_taken_back_is_taken_back_once() -> None:
    """The second picture confirms that a fill is gone and brings the one that would have filled the
    order."""
    stage, books = opened()
    order = stage.entry("3", order_type="limit", price="50000")
    books.tell(books.accept(order))
    books.tell(books.fill(order.order, D(2)))
    stage.wait(1)
    books.bust("x1")
    books.fill(order.order, D("0.5"))
    books.show()
    assert D("2.5") == stage.order(order).filled
    stage.wait(5)
    books.fill(order.order, D("0.5"))
    books.show()

    busts = [one for one in stage.records if isinstance(one, r.OrderChanged)]
    assert ["x1"] == [one.exec_id for one in busts if one.event is OrderEvent.BUST]
    assert (D(1), D(1)) == (stage.order(order).filled, stage.share())


def test_a_list_that_does_not_add_up_takes_nothing_back() -> None:
    """The venue counts more than it lists: what is missing may be late."""
    stage, books, order = refilled()
    shown = replaced(books.orders[order.order], filled=D(3), fills=tuple(books.fills.values()))
    stage.look(order, shown)

    assert "bust_inferred" not in stage.alarms


def test_an_older_picture_takes_nothing_back() -> None:
    """It lacks what is younger than all that it lists: that was traded after it."""
    stage, books = opened()
    order = stage.entry("3", order_type="limit", price="50000")
    books.tell(books.accept(order))
    first = books.fill(order.order, D(1))
    old = replaced(books.orders[order.order], fills=(first,))
    stage.wait(1)
    books.tell(books.fill(order.order, D(2)))
    assert OrderState.PARTIALLY_FILLED is stage.order(order).state  # the first was not heard
    stage.look(order, old)

    assert (OrderState.FILLED, D(3)) == (stage.order(order).state, stage.order(order).filled)
    assert "bust_inferred" not in stage.alarms


def test_an_answer_that_still_counts_a_trade_taken_back_is_an_old_one() -> None:
    """The bust was told, an answer from before it comes late: nothing is missing, nothing is
    inferred, also when pictures show the order no more."""
    stage, books = opened()
    order = stage.entry("3", order_type="limit", price="50000")
    books.tell(books.accept(order))
    fill = books.fill(order.order, D(3))
    books.tell(fill)
    old = replaced(books.orders[order.order], fills=(fill,))
    books.tell(books.bust(fill.exec_id))
    books.tell(books.said(order.order, OrderEvent.DONE_FOR_DAY))
    stage.look(order, old)

    assert (D(0), D(0)) == (stage.order(order).filled, stage.share())
    assert {"fills_incomplete", "fill_inferred"}.isdisjoint(stage.alarms)
