"""Orders that a venue's picture shows otherwise than our books."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core.answers import AskLookup, Done
from core.orders import OrderEvent, OrderState
from tests.unit.core.books import found, opened, rows
from tests.unit.core.setups import replaced
from tests.unit.core.stage import codes

D = Decimal


def test_an_order_that_is_not_shown_is_asked_for() -> None:
    """Its end was not told: the answer says it, silence does not."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    books.cancel(order.order)
    outcome = books.show()

    assert [AskLookup(order.order)] == outcome.effects
    assert OrderState.CANCELLED is stage.order(order).state
    books.show()
    assert [] == rows(stage)


def test_an_order_that_nobody_shows_is_told_once_and_ends_by_a_persons_word() -> None:
    """Neither picture nor lookup has it: it goes on counting, entries stop, a person decides."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    del books.orders[order.order]
    books.show_twice()
    assert [("order_missing", "not shown", True)] == rows(stage)
    assert ("refused books_differ", D(2)) == (
        codes(stage.send(effect="open")),
        stage.exposure().buy,
    )
    told = len(stage.records)
    for _ in range(3):
        stage.wait(10)
        assert [] == books.show().effects
    assert [] == stage.records[told + 1 :]  # but for the entry that was refused

    accept = c.AcceptReconciliation(account="one", by="anna", reason="looked into the terminal")
    assert [Done()] == stage.do(accept).answers
    asked = books.show().effects
    assert (OrderState.CANCELLED, []) == (stage.order(order).state, rows(stage))
    assert [AskLookup(order.order)] == asked  # what it filled before may be shown by now
    assert "admitted" == codes(stage.send(effect="open"))


def test_an_order_that_turns_up_after_it_was_accepted_as_gone_is_alive_again() -> None:
    """The picture that a person believed was old: the venue's own word wins, with an alarm."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    works = books.orders.pop(order.order)
    books.show_twice()
    stage.do(c.AcceptReconciliation(account="one", by="anna", reason="not in the terminal"))
    books.show()
    assert OrderState.CANCELLED is stage.order(order).state
    books.orders[order.order] = works
    books.show()

    assert (OrderState.ACCEPTED, D(2)) == (stage.order(order).state, stage.exposure().buy)
    assert "person_contradicted" in {alarm.code for alarm in stage.state.alarms.values()}


def test_what_is_over_by_a_persons_word_and_the_venues_stays_over() -> None:
    """The venue has it as filled, by a trade that it took back: both say that it is over."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    del books.orders[order.order]
    books.show_twice()
    stage.do(c.AcceptReconciliation(account="one", by="anna", reason="not in the terminal"))
    books.show()
    stage.look(order, stage.shown(order, "fill", filled=D(0)))

    assert OrderState.CANCELLED is stage.order(order).state


def test_terms_that_others_changed_are_followed() -> None:
    """Dragged in the venue's own terminal: exposure follows, entries wait for two clean looks."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    books.orders[order.order] = replaced(books.orders[order.order], quantity=D(5), price=D(48500))
    books.show_twice()

    assert (D(5), D(48500)) == (stage.order(order).quantity, stage.order(order).price)
    assert D(5) == stage.exposure().buy
    assert "refused books_differ" == codes(stage.send(effect="open"))
    stage.wait(1)
    assert "1 s" == stage.say(effect="open").value
    books.show()
    assert "refused books_differ" == codes(stage.send(effect="open"))
    books.show()
    assert "admitted" == codes(stage.send(effect="open"))


def test_an_order_in_doubt_that_is_shown_is_found() -> None:
    """The picture is an answer too."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    books.accept(order)
    books.show()

    assert OrderState.ACCEPTED is stage.order(order).state
    assert ["adopted"] == [one.settled for one in found(stage)]


def test_an_order_that_was_not_placed_and_is_shown_is_adopted() -> None:
    """It turns up late: it counts again."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    stage.look(order, None)
    assert OrderState.NOT_PLACED is stage.order(order).state
    books.accept(order)
    books.show()

    assert stage.order(order).state is not OrderState.NOT_PLACED
    assert "late_arrival" in stage.alarms


def test_an_order_that_is_over_and_still_shown_counts() -> None:
    """The venue contradicts itself: it is asked for, told, counted, and so it stays when the state
    forgets the order after a day."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    stage.report(order, "cancelled")
    books.show_twice()
    assert [("order_over", "2 at 49000", True)] == rows(stage)
    assert (D(2), 1) == (stage.exposure().buy, stage.exposure().orders)
    stage.wait(25 * 3600)
    stage.tick()
    assert order.order not in stage.state.orders
    books.show()

    assert [("order_over", "2 at 49000", True)] == rows(stage)
    assert {} == stage.state.halts
    books.cancel(order.order)
    books.show()
    assert ([], D(0)) == (rows(stage), stage.exposure().buy)


def test_an_order_under_our_name_that_nobody_knows_stops_the_account() -> None:
    """An old backup or a second bridge: at the first look, and once."""
    stage, books = opened()
    name = "0123456789abcdef0123456789"
    books.place("v9", quantity="4", order=name)
    resting = stage.entry("1", order_type="limit", price="49000")
    books.tell(books.accept(resting))
    books.show()

    assert name in stage.state.halts["account:one"].reason
    assert stage.state.halts["account:one"].reason.startswith("old_backup_or_second_bridge")
    assert [resting.order] == stage.asked_to_end
    assert D(5) == stage.exposure().buy
    books.tell(books.cancel(resting.order))
    assert [] == books.show().records


def test_a_fill_under_our_name_that_nobody_knows_stops_the_account() -> None:
    """The order is over, its fill is listed: somebody else trades under our name."""
    stage, books = opened()
    stage.wait(1)
    name = "0123456789abcdef0123456789"
    books.fills["y"] = books.said(name, OrderEvent.FILL, exec_id="y", quantity=D(1), price=D(50000))
    books.show()

    assert ["account:one"] == list(stage.state.halts)


def test_fills_of_before_the_first_comparison_are_history() -> None:
    """A new journal on an old account: what was traded before it began says nothing."""
    stage, books = opened(baseline=False)
    name = "0123456789abcdef0123456789"
    books.fills["y"] = books.said(name, OrderEvent.FILL, exec_id="y", quantity=D(1), price=D(50000))
    books.show()
    books.show()

    assert {} == stage.state.halts


def test_terms_of_which_a_replace_is_pending_are_not_compared() -> None:
    """Old or new: the replace itself finds out."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    stage.do(c.ReplaceOrder(order=order.order, quantity=D(1), by="anna", reason="less"))
    books.orders[order.order] = replaced(books.orders[order.order], quantity=D(1))
    books.show_twice()

    assert ([], True) == (rows(stage), stage.order(order).pending_replace)


def test_what_a_person_accepted_does_not_keep_entries_waiting() -> None:
    """An order that is over and shown stays so; another difference comes, goes, and lets go."""
    stage, books = opened()
    over = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(over))
    stage.report(over, "cancelled")
    books.show_twice()
    stage.do(c.AcceptReconciliation(account="one", by="anna", reason="the broker keeps it"))
    assert "admitted" == codes(stage.send(effect="open"))
    order = stage.entry("1", order_type="limit", price="49000")
    books.tell(books.accept(order))
    books.orders[order.order] = replaced(books.orders[order.order], quantity=D(3))
    books.show_twice()
    assert "refused books_differ" == codes(stage.send(effect="open"))
    books.show()
    books.show()

    assert "admitted" == codes(stage.send(effect="open"))
    assert ["order_over"] == [kind for kind, _, _ in rows(stage)]


def test_an_order_that_is_not_shown_is_asked_for_again_later_and_later() -> None:
    """Its look-ups say that it works, no picture shows it: when it ends, that is found out."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    stage.wait(1)
    other = replaced(books.picture(), orders=())
    asked: list[int] = []
    for second in range(0, 3600, 5):
        if books.show(other).effects:
            asked.append(second)
        stage.wait(5)
    assert [0, 5, 60, 120, 240, 480, 960, 1560, 2160, 2760, 3360] == asked
    books.cancel(order.order)
    stage.wait(601)
    books.show()

    assert OrderState.CANCELLED is stage.order(order).state
