"""A person says what became of an order in doubt; the venue's own word wins over it later."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.answers import AskCancel, AskLookup, Denied, Done
from core.commands import Resolution
from core.money import ZERO
from core.orders import Order
from tests.unit.core.books import external, opened, rows
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def doubtful(quantity: str = "4") -> tuple[Stage, Order]:
    """Make an order whose outcome nobody knows."""
    stage = Stage()
    order = stage.entry(quantity)
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text="no answer"))
    return stage, stage.order(order)


def say(stage: Stage, order: Order | str, outcome: str, **facts: Any) -> Done | Denied:
    """Resolve an order as ``anna``."""
    numbers = {name: D(facts.pop(name)) for name in ("quantity", "price") if name in facts}
    name = order if isinstance(order, str) else order.order
    known: dict[str, Any] = {"by": "anna", "reason": "seen on the platform", **facts, **numbers}
    stage.do(c.ResolveOrder(order=name, outcome=Resolution(outcome), **known))
    answer = stage.last.answers[0]
    assert isinstance(answer, Done | Denied)
    return answer


@pytest.mark.parametrize(
    ("outcome", "facts", "state", "filled", "leaves"),
    [
        ("not_placed", {}, "not_placed", "0", "0"),
        ("working", {}, "accepted", "0", "4"),
        ("working", {"quantity": "1", "price": "50000"}, "partially_filled", "1", "3"),
        ("cancelled", {}, "cancelled", "0", "0"),
        ("cancelled", {"quantity": "1.5", "price": "50000"}, "cancelled", "1.5", "0"),
        ("filled", {"price": "50000"}, "filled", "4", "0"),
        ("filled", {"quantity": "4", "price": "50000"}, "filled", "4", "0"),
    ],
)
def test_what_a_person_says_is_so(
    outcome: str, facts: dict[str, str], state: str, filled: str, leaves: str
) -> None:
    """State, fills and exposure follow; every record has the name and the reason."""
    stage, order = doubtful()
    answer = say(stage, order, outcome, **facts)
    after = stage.order(order)

    assert Done() == answer
    assert (state, D(filled), D(leaves), "anna") == (
        after.state, after.filled, stage.exposure().buy, after.resolved,
    )  # fmt: skip
    assert D(filled) == stage.share()
    told = [one for one in stage.last.records if isinstance(one, r.OrderChanged)]
    assert {("anna", "seen on the platform")} == {(one.by, one.reason) for one in told}
    assert all(row.inferred and row.fee is None for row in stage.state.fills.values())
    assert ([], {}) == (stage.alarms, stage.state.doubts)
    assert "admitted" == codes(stage.send())
    assert picture(replay(stage.records)) == picture(stage.state)


@pytest.mark.parametrize(
    ("outcome", "facts", "code"),
    [
        ("filled", {}, "resolve_impossible"),
        ("filled", {"price": "0"}, "resolve_impossible"),
        ("filled", {"quantity": "3", "price": "50000"}, "resolve_impossible"),
        ("filled", {"quantity": "5", "price": "50000"}, "resolve_impossible"),
        ("working", {"quantity": "4", "price": "50000"}, "resolve_impossible"),
        ("working", {"quantity": "-1", "price": "50000"}, "resolve_impossible"),
        ("cancelled", {"quantity": "4", "price": "50000"}, "resolve_impossible"),
        ("not_placed", {"quantity": "1", "price": "50000"}, "resolve_impossible"),
        ("not_placed", {"reason": " "}, "reason_missing"),
    ],
)
def test_what_cannot_be_is_denied(outcome: str, facts: dict[str, str], code: str) -> None:
    """Nothing is recorded, and the code says why."""
    stage, order = doubtful()
    answer = say(stage, order, outcome, **facts)

    assert isinstance(answer, Denied)
    assert (code, [], "unknown") == (answer.code, stage.last.records, stage.order(order).state)


def test_only_an_order_in_doubt_is_resolved() -> None:
    """Not one that works, is over, or was handed over only now."""
    stage = Stage()
    young, working = stage.entry("1"), stage.entry("1")
    stage.report(working, "accepted")
    given = [say(stage, one, "cancelled") for one in (young, working, "gone")]
    assert ["order_not_in_doubt", "order_not_in_doubt", "order_unknown"] == [
        one.code for one in given if isinstance(one, Denied)
    ]
    stage.wait(60)
    assert Done() == say(stage, young, "cancelled")
    assert isinstance(say(stage, young, "working"), Denied)


def test_executions_take_the_place_of_a_persons_word() -> None:
    """What is told later is the truth of what the person saw: no alarm, quantities as told."""
    stage, order = doubtful()
    say(stage, order, "filled", price="50000")
    stage.fill(order, "3", "50010", exec_id="a")
    stage.fill(order, "1", "50020", exec_id="b")

    assert ([], "filled", D(4), D(200050)) == (
        stage.alarms, stage.order(order).state, stage.order(order).filled,
        stage.order(order).notional,
    )  # fmt: skip
    assert "" == stage.order(order).resolved


@pytest.mark.parametrize("how", ["accepted", "done_for_day", "fill", "lookup"])
def test_an_order_that_a_person_thought_over_and_that_works_is_alive(how: str) -> None:
    """The venue wins, with an alarm; the entry is asked to end, and its books are asked."""
    stage, order = doubtful()
    say(stage, order, "cancelled")
    match how:
        case "fill":
            stage.fill(order, "1")
        case "lookup":
            stage.look(order, stage.shown(order, "accepted"))
        case _:
            stage.report(order, how)
    filled = D(1) if how == "fill" else ZERO

    assert "person_contradicted" in stage.alarms
    assert (4 - filled, filled) == (stage.exposure().buy, stage.share())
    assert [AskCancel(order.order), AskLookup(order.order)] == stage.last.effects
    assert "" == stage.order(order).resolved


def test_a_cancel_that_a_person_saw_first_is_no_contradiction() -> None:
    """The venue says the same a moment later: nothing happens."""
    stage, order = doubtful()
    say(stage, order, "cancelled")
    stage.report(order, "cancelled")

    assert ("cancelled", [], []) == (stage.order(order).state, stage.alarms, stage.last.effects)


@pytest.mark.parametrize("event", ["cancelled", "expired", "rejected"])
def test_an_order_that_a_person_thought_filled_and_that_ended_is_asked_for(event: str) -> None:
    """How much of it was filled, the venue's books say; then the position follows them."""
    stage, order = doubtful()
    say(stage, order, "filled", price="50000")
    stage.report(order, event)
    assert [AskLookup(order.order)] == stage.last.effects
    fill = stage.told(order, "fill", exec_id="a", quantity="1", price="50000").report
    stage.look(order, stage.shown(order, event, filled=D(1), fills=(fill,)))

    assert "inferred_contradicted" in stage.alarms
    assert (D(1), D(1), ZERO) == (stage.order(order).filled, stage.share(), stage.exposure().buy)
    assert stage.order(order).state in ("cancelled", "expired")


def test_an_order_that_a_person_thought_working_and_that_is_not_there_is_over() -> None:
    """Proven by the venue's own books: not placed, with an alarm, and watched."""
    stage, order = doubtful()
    say(stage, order, "working")
    stage.look(order, None)

    assert ("not_placed", ["person_contradicted"], ZERO) == (
        stage.order(order).state, stage.alarms, stage.exposure().buy,
    )  # fmt: skip
    assert order.order in stage.state.watched


def test_a_persons_not_placed_is_watched_as_any_other() -> None:
    """It turns up late: alive, an alarm, and asked to end."""
    stage, order = doubtful()
    say(stage, order, "not_placed")
    stage.wait(300)
    stage.tick()
    assert [AskLookup(order.order)] == stage.last.effects
    stage.report(order, "accepted")

    assert (["late_arrival"], [order.order]) == (stage.alarms, stage.asked_to_end)


def test_a_persons_word_is_no_canary() -> None:
    """Only the venue proves an order for others."""
    stage, order = doubtful()
    say(stage, order, "working")

    assert {} == stage.state.proven


@pytest.mark.parametrize("heard", [False, True])
def test_a_fill_by_a_persons_word_that_the_venue_takes_back_is_taken_back(heard: bool) -> None:
    """It was filled as the person saw, and busted before any picture listed it: a list that reaches
    back to before the order and has nothing of it says so. One that begins later says nothing."""
    stage, books = opened()
    stage.wait(10)
    order = stage.entry("2")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    books.accept(order)
    fill = books.fill(order.order, D(2))
    stage.wait(1)
    seen: dict[str, Any] = {"quantity": D(2), "price": D(50000), "by": "anna", "reason": "seen"}
    stage.do(c.ResolveOrder(order=order.order, outcome=c.Resolution.FILLED, **seen))
    assert D(2) == stage.share()
    if not heard:
        books.bust(fill.exec_id)
    stage.wait(61)
    books.show(books.picture(since_ns=order.intended_ns))
    assert "fill_gone" not in str(rows(stage))
    books.show_twice()
    books.show()

    assert (D(2) if heard else ZERO) == stage.share() == stage.order(order).filled
    told = {one.code for one in stage.records if isinstance(one, r.AlarmRaised)}
    assert heard is ("bust_inferred" not in told)
    assert ([], ZERO) == (rows(stage), external(stage))


def test_of_a_persons_fill_only_what_the_venue_lists_stays() -> None:
    """Two trades were seen, one was busted unheard: the list of all has the other, and no more."""
    stage, books = opened()
    stage.wait(10)
    order = stage.entry("2")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    books.accept(order)
    busted = books.fill(order.order, D(1))
    books.fill(order.order, D(1))
    stage.wait(1)
    seen: dict[str, Any] = {"quantity": D(2), "price": D(50000), "by": "anna", "reason": "seen"}
    stage.do(c.ResolveOrder(order=order.order, outcome=c.Resolution.FILLED, **seen))
    books.bust(busted.exec_id)
    for _ in range(2):  # the first time shows the trade that is known now, and takes its place
        stage.wait(61)
        books.show_twice()
    books.show()

    assert D(1) == stage.share() == stage.order(order).filled
    assert ([], ZERO) == (rows(stage), external(stage))
