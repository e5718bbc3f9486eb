"""What a venue's picture shows otherwise than our books: told once, settled by evidence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core import commands as c
from core import records as r
from core.answers import AskLookup, Denied, Done, Send
from core.mismatches import Kind
from core.orders import OrderEvent, OrderState
from core.positions import EXTERNAL
from core.reconcile import compare
from tests.unit.core.books import Books
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal


def opened(*, baseline: bool = True, **account: Any) -> tuple[Stage, Books]:
    """Begin with an account and its venue, compared once if it has a baseline."""
    stage = Stage(setup_of(account=account))
    books = Books(stage)
    if baseline:
        books.show()
    return stage, books


def rows(stage: Stage) -> list[tuple[str, str, bool]]:
    """Return what differs: kind, what the venue shows, whether it is confirmed."""
    return [(str(m.kind), m.theirs, m.confirmed) for m in stage.state.mismatches.values()]


def found(stage: Stage) -> list[r.DifferenceFound]:
    """Return the differences that the last step told."""
    return [one for one in stage.last.records if isinstance(one, r.DifferenceFound)]


def external(stage: Stage, instrument: str = "BTCUSDT") -> Decimal:
    """Return what the venue holds and nobody of ours owns."""
    return stage.share(strategy=EXTERNAL, instrument=instrument)


# --- the good day


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


def test_what_no_order_in_doubt_explains_is_told_and_waits_for_it() -> None:
    """The account stops; whose the position is stays open until the order is known."""
    stage = Stage()
    books = Books(stage, lists_fills=False)
    books.show()
    order = stage.entry("2")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    books.trade("BTCUSDT", "-7")
    stage.wait(1)
    books.show_twice()
    assert ["account:one"] == list(stage.state.halts)
    assert [("position", "-7", True)] == rows(stage)
    books.answer(order.order)
    books.show()

    assert (D(-7), []) == (external(stage), rows(stage))


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


# --- orders


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
        books.show()
    assert [] == stage.records[told + 1 :]  # but for the entry that was refused

    accept = c.AcceptReconciliation(account="one", by="anna", reason="looked into the terminal")
    assert [Done()] == stage.do(accept).answers
    books.show()
    assert (OrderState.CANCELLED, []) == (stage.order(order).state, rows(stage))
    assert "admitted" == codes(stage.send(effect="open"))


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


# --- strangers


def test_a_foreign_order_counts_and_is_not_touched() -> None:
    """It is in every limit at full size; nothing asks for its end."""
    stage, books = opened()
    books.place("f1", "buy", "3")
    books.place("f2", "sell", "1")
    outcome = books.show()
    assert ["foreign_order", "foreign_order"] == stage.alarms
    assert [] == outcome.effects
    assert (D(3), D(1), 2) == (stage.exposure().buy, stage.exposure().sell, stage.exposure().orders)
    books.orders["f1"] = replaced(books.orders["f1"], filled=D(1))
    books.trade("BTCUSDT", "1")
    books.show()
    assert D(2) == stage.exposure().buy
    del books.orders["f1"], books.orders["f2"]
    books.show()

    assert (D(0), D(0), 0) == (stage.exposure().buy, stage.exposure().sell, stage.exposure().orders)


def test_a_foreign_order_takes_room_in_the_limits() -> None:
    """Of a limit of five, a foreign order of four leaves one."""
    limits = setup_of().limits["account:one"]
    stage = Stage(setup_of(limits={"account:one": replaced(limits, position_max=D(5))}))
    books = Books(stage)
    books.place("f1", "buy", "4")
    books.show()

    assert "refused position_over_limit" == codes(stage.send(quantity="2", effect="open"))
    assert "admitted" == codes(stage.send(quantity="1", effect="open"))


def test_a_manual_trade_halts_and_is_nobodys_of_ours() -> None:
    """Seen twice: the external row has it, entries stop, our share is as it was, exits pass."""
    stage, books = opened()
    books.held(stage.entry("2"))
    books.trade("BTCUSDT", "3")
    books.show_twice()

    assert (D(2), D(3), D(5)) == (stage.share(), external(stage), stage.exposure().net)
    assert ["position_differs"] == stage.alarms
    assert stage.state.halts["account:one"].reason.startswith("position_differs")
    assert "refused halted" == codes(stage.send(effect="open"))
    assert D(2) == stage.order(stage.say("exit").orders[0]).quantity


def test_where_others_may_trade_it_only_alarms() -> None:
    """``foreign = "allow"``: told, counted, and no halt."""
    stage, books = opened(foreign="allow")
    books.trade("BTCUSDT", "3")
    books.show_twice()

    assert (["position_differs"], {}, D(3)) == (stage.alarms, stage.state.halts, external(stage))
    assert "admitted" == codes(stage.send(effect="open"))


def test_strangers_take_from_the_external_row_first() -> None:
    """Two of ours, three of nobody: whoever sells two leaves our share alone."""
    stage, books = opened(foreign="allow")
    books.held(stage.entry("2"))
    books.trade("BTCUSDT", "3")
    books.show_twice()
    books.trade("BTCUSDT", "-2")
    books.show_twice()

    assert (D(2), D(1)) == (stage.share(), external(stage))


def test_a_liquidation_shrinks_every_share_by_its_part() -> None:
    """Five and one, and two are gone: proportionally, in whole steps, without a profit."""
    stage, books = opened()
    books.held(stage.entry("0.005"), price="49000")
    books.held(stage.entry("0.001", strategy="fade"))
    before = [stage.state.positions["one", "BTCUSDT", name] for name in ("trend", "fade")]
    books.trade("BTCUSDT", "-0.002")
    books.show_twice()
    after = [stage.state.positions["one", "BTCUSDT", name] for name in ("trend", "fade")]

    assert [D("0.003"), D("0.001")] == [one.quantity for one in after]
    assert [one.realized for one in before] == [one.realized for one in after]
    assert [one.average_price for one in before] == [one.average_price for one in after]
    assert ["position_differs", "share_cut"] == stage.alarms
    assert D(0) == external(stage)


def test_what_goes_through_flat_is_nobodys_of_ours() -> None:
    """Long two, and the venue is short one: the share is gone, the short is a stranger's."""
    stage, books = opened()
    books.held(stage.entry("2"))
    books.trade("BTCUSDT", "-3")
    books.show_twice()

    assert (D(0), D(-1)) == (stage.share(), external(stage))
    assert "no_action nothing_to_close" == codes(stage.send("exit"))


def test_exits_of_a_share_that_shrank_are_asked_to_end() -> None:
    """An exit for two of a share of one would open a position: it is asked to end, nothing sent."""
    stage, books = opened()
    books.held(stage.entry("2"))
    out = stage.order(stage.say("exit", quantity="2", order_type="limit", price="60000").orders[0])
    books.tell(books.accept(out))
    stage.wait(1)
    books.trade("BTCUSDT", "-1")
    books.show_twice()

    assert [out.order] == stage.asked_to_end
    assert [] == [effect for effect in stage.last.effects if isinstance(effect, Send)]


def test_an_exit_closes_no_more_than_the_venue_holds_on_that_side() -> None:
    """A stranger's short against our long: the venue nets them."""
    stage, books = opened(baseline=False)
    books.trade("BTCUSDT", "-2")
    books.show()
    books.held(stage.entry("5"))
    answer = stage.say("exit")

    assert (D(-2), D(5)) == (external(stage), stage.share())
    assert D(3) == stage.order(answer.orders[0]).quantity


def test_what_nobody_owns_is_opposed_to_no_strategy() -> None:
    """An external short does not refuse a strategy's long."""
    stage, books = opened(baseline=False)
    books.trade("BTCUSDT", "-2")
    books.show()

    assert "admitted" == codes(stage.send(effect="open"))


def test_a_position_in_what_we_do_not_trade_is_counted() -> None:
    """An instrument of no configuration: shown, and gross exposure says that it lacks a price."""
    stage, books = opened(baseline=False)
    books.trade("DOGEUSDT", "7")
    books.show()

    assert D(7) == external(stage, "DOGEUSDT")
    assert "refused reference_stale" == codes(stage.send(effect="open"))


# --- a person's acts


def moved(stage: Stage, command: c.Command) -> Any:
    """Do an act and return its answer, or its code when it was denied."""
    answer = stage.do(command).answers[0]
    return answer.code if isinstance(answer, Denied) else answer


def adopting(quantity: str | None = None, **fields: Any) -> c.AdoptPosition:
    """Ask to give an external position to ``trend``."""
    known: dict[str, Any] = {
        "account": "one", "instrument": "BTCUSDT", "strategy": "trend", "by": "anna",
        "reason": "bought by hand", "quantity": D(quantity) if quantity else None,
    }  # fmt: skip
    return c.AdoptPosition(**(known | fields))


def assigning(source: str, target: str, quantity: str | None = None) -> c.AssignPosition:
    """Ask to move a position."""
    return c.AssignPosition(
        account="one", instrument="BTCUSDT", source=source, target=target, by="anna",
        reason="it is theirs", quantity=D(quantity) if quantity else None,
    )  # fmt: skip


def test_adopting_gives_a_strategy_what_nobody_owned() -> None:
    """At its average price; the account's net stays; the strategy can close it."""
    stage, books = opened(baseline=False)
    books.trade("BTCUSDT", "3")
    books.show()

    assert Done() == moved(stage, adopting("2"))
    assert (D(2), D(1), D(3)) == (stage.share(), external(stage), stage.exposure().net)
    position = stage.state.positions["one", "BTCUSDT", "trend"]
    assert (D(50000), D(0)) == (position.average_price, position.realized)
    assert Done() == moved(stage, adopting())
    assert D(3) == stage.share()
    assert D(3) == stage.order(stage.say("exit").orders[0]).quantity


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (adopting("4"), "move_over_position"),
        (adopting("0"), "move_over_position"),
        (adopting("-1"), "move_over_position"),
        (adopting(account="nine"), "account_unknown"),
        (adopting(strategy="nine"), "strategy_unknown"),
        (adopting(strategy=""), "nothing_to_move"),
        (adopting(instrument="ETHUSDT"), "nothing_to_move"),
        (adopting(reason=" "), "reason_missing"),
        (assigning("trend", "fade"), "nothing_to_move"),
        (c.AcceptReconciliation(account="one", by="anna", reason="x"), "nothing_differs"),
        (c.AcceptReconciliation(account="nine", by="anna", reason="x"), "account_unknown"),
        (c.AcceptReconciliation(account="one", by="anna", reason=""), "reason_missing"),
    ],
)
def test_an_act_that_makes_no_sense_is_denied(command: c.Command, code: str) -> None:
    """It says why, and leaves no record."""
    stage, books = opened(baseline=False)
    books.trade("BTCUSDT", "3")
    books.show()

    assert code == moved(stage, command)
    assert [] == stage.last.records


def test_adopting_against_an_own_position_is_denied() -> None:
    """A long of nobody and a short of the strategy would close each other without a trade."""
    stage, books = opened(baseline=False)
    books.trade("BTCUSDT", "3")
    books.show()
    books.held(stage.entry("1", "sell"))

    assert "move_opposed" == moved(stage, adopting())


def test_assigning_moves_a_share_and_ends_its_exits() -> None:
    """The other strategy has it, at the same price; no exit of the first stands for it any more."""
    stage, books = opened()
    books.held(stage.entry("2"))
    out = stage.order(stage.say("exit", quantity="2", order_type="limit", price="60000").orders[0])
    books.tell(books.accept(out))

    assert Done(orders=(out.order,)) == moved(stage, assigning("trend", "fade", "1"))
    assert (D(1), D(1)) == (stage.share(), stage.share(strategy="fade"))
    assert Done(orders=()) == moved(stage, assigning("fade", EXTERNAL))
    assert (D(0), D(1), D(2)) == (
        stage.share(strategy="fade"), external(stage), stage.exposure().net,
    )  # fmt: skip


def test_accepting_is_as_good_as_a_second_look() -> None:
    """The next picture settles what differs, at once; the halt is the person's to lift."""
    stage, books = opened()
    books.held(stage.entry("2"))
    books.trade("BTCUSDT", "1")
    books.show()
    stage.do(c.AcceptReconciliation(account="one", by="anna", reason="that was me"))
    books.show()

    assert (D(1), []) == (external(stage), rows(stage))


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
    """Found, confirmed, gone: three records, however many pictures."""
    stage, books = opened()
    order = stage.entry("2", order_type="limit", price="49000")
    books.tell(books.accept(order))
    del books.orders[order.order]
    for _ in range(10):
        stage.wait(6)
        books.show()
    told = [one for one in stage.records if isinstance(one, r.DifferenceFound)]

    assert [(Kind.ORDER_MISSING, False), (Kind.ORDER_MISSING, True)] == [
        (one.kind, one.confirmed) for one in told
    ]
