"""What orders in doubt may have done to a position, and what only somebody else can have done."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core.money import ZERO
from core.orders import Order
from tests.unit.core.books import Books, agreed, external, opened, rows
from tests.unit.core.floor import Floor
from tests.unit.core.guarded import guarded, legs, plan
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage

D = Decimal


def lose(stage: Stage, order: Order) -> None:
    """Let the answer to an order be lost."""
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))


def look(stage: Stage, books: Books) -> None:
    """Show the same twice, without an answer to what is asked for then."""
    for _ in range(2):
        stage.wait(6)
        stage.do(c.TakeSnapshot(snapshot=books.picture(), asked_ns=stage.now, cause="timer"))


@pytest.mark.parametrize("filled", [False, True])
def test_a_buy_in_doubt_explains_no_smaller_position(filled: bool) -> None:
    """A stranger sold of what we hold while an entry is in doubt: the share is cut at once, and
    whatever became of the entry, nothing is counted twice."""
    stage, books = opened(foreign="allow")
    books.lists_fills = False
    books.held(stage.entry("5"))
    order = stage.entry("2")
    lose(stage, order)
    stage.wait(20)
    books.trade("BTCUSDT", "-3")
    look(stage, books)
    assert (D(2), D(0), []) == (stage.share(), external(stage), rows(stage))
    if filled:
        books.accept(order)
        books.fill(order.order, D(2))
    books.answer(order.order)
    stage.wait(20)
    books.show_twice()

    assert (D(4 if filled else 2), D(0)) == (stage.share(), external(stage))
    assert (books.net["BTCUSDT"], []) == (stage.exposure().net, rows(stage))


def test_a_share_of_which_an_exit_is_in_doubt_keeps_what_that_may_close() -> None:
    """Five held, an exit of two in doubt, and a short of one is shown: three are gone for certain.
    The exit is found filled, and nothing turned."""
    stage, books = opened(foreign="allow")
    books.lists_fills = False
    books.held(stage.entry("5"))
    order = stage.order(stage.say("exit", quantity="2").orders[0])
    lose(stage, order)
    books.accept(order)
    books.fill(order.order, D(2))
    books.trade("BTCUSDT", "-4")
    stage.wait(20)
    look(stage, books)
    assert (D(2), D(-1), []) == (stage.share(), external(stage), rows(stage))
    assert not stage.order(order).pending_cancel
    books.answer(order.order)
    stage.wait(20)
    books.show()

    assert (D(0), D(-1), []) == (stage.share(), external(stage), rows(stage))


def test_exits_that_may_only_close_do_not_explain_a_position_that_turned() -> None:
    """A stop and an exit of all, both in doubt and reduce-only: neither can have made a short. The
    account halts, and whose it is waits for them."""
    stage = guarded()
    agreed(stage)
    stage.position("5", protection=plan())
    (stop,) = legs(stage)
    exit_ = stage.order(stage.say("exit").orders[0])
    for order in (stop, exit_):
        lose(stage, order)
    assert (D(5), D(5)) == (stage.order(stop).leaves, stage.order(exit_).leaves)
    for _ in range(2):
        stage.wait(20)
        agreed(stage, BTCUSDT="-1")

    assert ["account:one"] == list(stage.state.halts)
    assert ([("position", "-1", True)], D(5)) == (rows(stage), stage.share())


def test_of_a_ticket_an_exit_in_doubt_explains_its_own_part() -> None:
    """Five held, an exit of three in doubt that did its work, and one left: one is a stranger's
    sale, and the exit that is found filled leaves what the venue shows."""
    setup = setup_of(account={"hedging": True, "foreign": "allow"})
    floor = Floor(setup, hedging=True, lists_fills=False)
    floor.trade("buy", effect="open", quantity="5")
    floor.push()
    (ticket,) = floor.tickets()
    floor.loses = True
    (name,) = floor.trade("exit", quantity="3")
    floor.push()
    lose(floor, floor.order(name))
    floor.others("sell", "1", ticket)
    assert {ticket: D(1)} == floor.theirs()
    floor.compare_twice()
    assert {ticket: D(4)} == floor.tickets()
    floor.loses = False
    floor.ask()

    assert ({ticket: D(1)}, D(1), ZERO) == (floor.tickets(), floor.share(), external(floor))
