"""What a venue's picture shows otherwise than our books: told once, settled by evidence."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from core import commands as c
from core import records as r
from core.answers import AskLookup
from core.mismatches import Kind
from core.orders import OrderEvent, OrderState
from core.reconcile import compare
from tests.unit.core.books import Books, external, found, opened, rows
from tests.unit.core.setups import replaced
from tests.unit.core.stage import Stage, codes

D = Decimal


def test_books_that_agree_leave_no_record() -> None:
    """A picture of what we know says nothing, however often it is taken."""
    stage, books = opened()
    books.held(stage.entry("2"))
    resting = stage.entry("1", order_type="limit", price="49000")
    books.tell(books.accept(resting))

    for _ in range(3):
        assert [] == books.show().records
    assert () == compare(stage.state, books.picture(), stage.now + 1).differences


def test_the_first_comparison_is_the_baseline() -> None:
    """What is there already is nobody's of ours: told, counted, and no reason to stop."""
    stage, books = opened(baseline=False)
    books.trade("BTCUSDT", "3")
    books.show()

    assert ["external_baseline"] == stage.alarms
    assert (D(3), D(3)) == (external(stage), stage.exposure().net)
    assert {} == stage.state.halts
    assert stage.state.accounts["one"].baseline_ns
    assert ["CashAgreed"] == [type(record).__name__ for record in books.show().records]
    assert [] == books.show().records


# --- fills


def test_a_fill_that_was_not_told_is_applied_from_the_picture() -> None:
    """The venue lists it under its id: no second look is needed, and nothing is invented."""
    stage, books = opened()
    order = stage.entry("2")
    books.tell(books.accept(order))
    books.fill(order.order, D(2))
    books.show()

    assert (OrderState.FILLED, D(2)) == (stage.order(order).state, stage.share())
    assert [("fills_missing", "applied")] == [(str(d.kind), d.settled) for d in found(stage)]
    assert not any(fill.inferred for fill in stage.state.fills.values())
    assert [] == books.show().records


def test_a_filled_quantity_that_nothing_lists_is_inferred_at_the_second_look() -> None:
    """The count of the order alone says so: booked, marked, with an alarm."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    books.fill(order.order, D(1))
    books.fills.clear()
    books.stage.wait(1)
    first = stage.do(c.TakeSnapshot(snapshot=books.picture(), asked_ns=stage.now, cause="timer"))
    assert [AskLookup(order.order)] == first.effects
    assert D(0) == stage.order(order).filled
    stage.wait(5)
    stage.do(c.TakeSnapshot(snapshot=books.picture(), asked_ns=stage.now, cause="timer"))

    assert "fill_inferred" in stage.alarms
    assert [(D(1), D(49000), True)] == [
        (fill.quantity, fill.price, fill.inferred) for fill in stage.state.fills.values()
    ]
    assert "refused books_differ" == codes(stage.send(effect="open"))


def test_a_real_fill_takes_the_place_of_the_inferred_one() -> None:
    """It is told late: the sum stays what the venue says."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    fill = books.fill(order.order, D(1))
    del books.fills[fill.exec_id]
    books.show_twice()
    books.fills[fill.exec_id] = fill
    books.show()

    assert D(1) == stage.order(order).filled == stage.share()
    assert not any(row.inferred and row.quantity for row in stage.state.fills.values())


def test_a_filled_order_whose_fills_nobody_lists_is_inferred_from_its_lookups() -> None:
    """It is not shown any more, two answers count it as filled, nothing lists how: booked, marked,
    and over."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    books.fill(order.order, D(2))
    books.fills.clear()
    books.show()
    assert ("fills_incomplete", D(0)) == (stage.alarms[0], stage.order(order).filled)
    stage.wait(5)
    books.show()
    books.show()

    assert (OrderState.FILLED, D(2)) == (stage.order(order).state, stage.share())
    assert [True] == [fill.inferred for fill in stage.state.fills.values()]
    assert ([], D(0)) == (rows(stage), external(stage))


def test_a_bust_that_was_not_told_is_concluded_late_and_marked() -> None:
    """A fill that is not listed any more: at first the picture is called old, then it is taken
    back."""
    stage, books = opened()
    order = stage.entry("2")
    books.held(order)
    books.bust("x1")
    books.show_twice()
    assert (D(2), []) == (stage.share(), rows(stage))  # the venue may be behind
    stage.wait(60)
    books.show_twice()

    assert D(0) == stage.share()
    busts = [one for one in stage.last.records if isinstance(one, r.OrderChanged)]
    assert [(OrderEvent.BUST, True)] == [(one.event, one.inferred) for one in busts]
    assert "bust_inferred" in stage.alarms
    assert "one" not in str(stage.state.halts)
    books.show()
    assert [] == rows(stage)


def test_a_bust_is_believed_sooner_beside_a_later_fill() -> None:
    """The venue lists a later fill and not this one: it is not behind."""
    stage, books = opened()
    books.held(stage.entry("2"))
    stage.wait(1)
    books.held(stage.entry("1"))
    books.bust("x1")
    books.show_twice()

    assert D(1) == stage.share()


def test_a_fill_that_is_listed_again_counts_again() -> None:
    """The venue was behind for longer than anybody thought: what we took back is restored."""
    stage, books = opened()
    books.held(stage.entry("2"))
    fill = books.fills.pop("x1")
    stage.wait(61)
    books.show_twice()
    assert D(0) == stage.share()
    books.fills["x1"] = fill
    books.show_twice()
    books.show_twice()

    assert D(2) == stage.share() == stage.exposure().net
    assert [False] == [row.inferred for row in stage.state.fills.values()]
    assert [] == rows(stage)


def test_a_corrected_fill_is_followed_at_the_second_look() -> None:
    """Listed under its id with another price: corrected, as if the venue had said so."""
    stage, books = opened()
    books.held(stage.entry("2"))
    books.fills["x1"] = replaced(books.fills["x1"], price=D(50010))
    books.show()
    assert D(50000) == stage.state.fills["one", "x1"].price
    stage.wait(5)
    books.show()

    assert D(50010) == stage.state.fills["one", "x1"].price
    assert "fill_corrected" in stage.alarms


# --- what makes a picture lie


def test_a_fill_between_question_and_answer_is_no_difference() -> None:
    """The picture is older than the report: the instrument is left out this time."""
    stage, books = opened()
    order = stage.entry("2")
    books.tell(books.accept(order))
    stage.wait(1)
    asked, picture = stage.now, books.picture()
    stage.wait(1)
    books.tell(books.fill(order.order, D(2)))
    outcome = books.show(picture, asked_ns=asked)

    assert [] == outcome.records
    assert [] == books.show().records


def test_an_old_picture_moves_nothing_however_often_it_comes() -> None:
    """It lacks a fill that we know: neither position nor orders of that instrument are believed."""
    stage, books = opened()
    books.held(stage.entry("2"))
    old = books.picture()
    stage.wait(1)
    books.held(stage.order(stage.say("exit").orders[0]))
    for _ in range(8):
        stage.wait(6)
        books.show(old)

    assert (D(0), D(0), {}) == (stage.share(), external(stage), stage.state.halts)


def test_where_no_fills_are_listed_a_position_is_judged_when_it_has_settled() -> None:
    """Nothing else tells an old picture from a new one: for 15 s it is left out."""
    stage = Stage()
    books = Books(stage, lists_fills=False)
    books.show()
    old = books.picture()
    books.held(stage.entry("2"))
    for _ in range(2):
        stage.wait(6)
        books.show(old)
    assert (D(2), []) == (stage.share(), rows(stage))
    stage.wait(4)
    books.trade("BTCUSDT", "-1")
    books.show_twice()

    assert (D(1), D(0)) == (stage.share(), external(stage))


def test_an_order_in_doubt_that_explains_the_position_waits() -> None:
    """Unknown and perhaps filled: the lookup settles it, not the position."""
    stage = Stage()
    books = Books(stage, lists_fills=False)
    books.show()
    order = stage.entry("2")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    books.accept(order)
    books.fill(order.order, D(2))
    for _ in range(3):
        stage.wait(6)
        stage.do(c.TakeSnapshot(snapshot=books.picture(), asked_ns=stage.now, cause="timer"))
    assert (D(0), [], {}) == (external(stage), rows(stage), stage.state.halts)
    books.answer(order.order)
    books.show()

    assert (D(2), D(0)) == (stage.share(), external(stage))


def test_what_no_order_in_doubt_explains_is_followed_and_the_rest_waits() -> None:
    """The account stops; of what a sell in doubt could explain, nothing is believed of others."""
    stage = Stage()
    books = Books(stage, lists_fills=False)
    books.show()
    order = stage.entry("2", "sell")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    books.trade("BTCUSDT", "-7")
    stage.wait(20)
    books.show_twice()
    assert ["account:one"] == list(stage.state.halts)
    assert (D(-5), D(0), []) == (external(stage), stage.share(), rows(stage))
    books.answer(order.order)
    stage.wait(20)
    books.show_twice()

    assert (D(-7), D(0), []) == (external(stage), stage.share(), rows(stage))


def test_nothing_is_believed_at_the_first_look() -> None:
    """A position that differs once and then agrees is told, and is over."""
    stage, books = opened()
    books.held(stage.entry("2"))
    books.trade("BTCUSDT", "1")
    books.show()
    assert [("position", "3", False)] == rows(stage)
    books.trade("BTCUSDT", "-1")
    books.show()

    assert ([], {}, D(2)) == (rows(stage), stage.state.halts, stage.exposure().net)
    assert [r.DifferenceGone] == [type(one) for one in stage.last.records]


def test_a_position_that_never_rests_is_believed_after_half_a_minute() -> None:
    """Somebody goes on trading: it is not the same twice, and it is not overlooked."""
    stage, books = opened()
    for _ in range(8):
        books.trade("BTCUSDT", "1")
        stage.wait(5)
        books.show()

    assert ["account:one"] == list(stage.state.halts)


# --- what is told


def test_every_difference_carries_its_evidence() -> None:
    """What was asked when, and what the venue showed; never its prose."""
    stage, books = opened()
    books.place("v9", order="0123456789abcdef0123456789", reason="secret?")
    books.show()
    evidence = msgspec.json.decode(bytes(found(stage)[0].evidence))

    assert stage.now == evidence["asked_ns"]
    assert "v9" == evidence["order"]["venue_order"]
    assert "secret" not in str(evidence)


def test_a_difference_is_told_once() -> None:
    """Found and confirmed: two records, however many pictures."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    del books.orders[order.order]
    for _ in range(8):
        stage.wait(6)
        books.show()
    told = [one for one in stage.records if isinstance(one, r.DifferenceFound)]

    assert [(Kind.ORDER_MISSING, False), (Kind.ORDER_MISSING, True)] == [
        (one.kind, one.confirmed) for one in told
    ]


def test_two_looks_in_a_row_confirm_nothing() -> None:
    """They may both be from the same moment of the venue: five seconds have to lie between."""
    stage, books = opened()
    books.trade("BTCUSDT", "1")
    for _ in range(4):
        books.show()
    assert [("position", "1", False)] == rows(stage)
    stage.wait(2)
    books.show()

    assert ([], D(1)) == (rows(stage), external(stage))


def test_a_picture_that_leaves_an_instrument_out_ends_no_difference() -> None:
    """Silence about what was not judged is no agreement."""
    stage, books = opened()
    books.held(stage.entry("2"))
    books.trade("BTCUSDT", "1")
    books.show()
    stage.wait(1)
    asked, picture = stage.now, books.picture()
    stage.wait(1)
    books.tell(books.accept(stage.entry("1", order_type="limit", price="49000")))
    books.show(picture, asked_ns=asked)

    assert [("position", "3", False)] == rows(stage)


def test_what_was_inferred_is_not_missed_in_the_list() -> None:
    """Nothing ever listed it: it does not count as taken back."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    del books.fills[books.fill(order.order, D(1)).exec_id]
    books.show_twice()
    stage.wait(5)
    books.tell(books.fill(order.order, D(1)))
    stage.wait(61)
    books.show_twice()

    assert (D(2), D(2), []) == (stage.share(), stage.exposure().net, rows(stage))


@pytest.mark.parametrize("taken", ["2", "0.5"])
def test_where_no_fills_are_listed_a_bust_shows_in_the_count_of_its_order(taken: str) -> None:
    """Less is filled than we know, for a minute and at two looks: taken back, marked."""
    stage = Stage()
    books = Books(stage, lists_fills=False)
    books.show()
    order = stage.entry("4", order_type="limit", price="49000")
    books.tell(books.accept(order))
    books.tell(books.fill(order.order, D(2)))
    books.orders[order.order] = replaced(books.orders[order.order], filled=D(2) - D(taken))
    books.trade("BTCUSDT", f"-{taken}")
    stage.wait(20)
    books.show_twice()
    assert D(2) == stage.share()
    stage.wait(60)
    books.show_twice()
    stage.wait(20)
    books.show()

    assert D(2) - D(taken) == stage.share() == stage.order(order).filled
    assert [True] == [fill.inferred for fill in stage.state.fills.values()]
    assert ([], D(0)) == (rows(stage), external(stage))
