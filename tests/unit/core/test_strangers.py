"""What others do on our account: counted, kept apart, never touched; and what a person says of
it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.answers import Denied, Done, Send
from core.positions import EXTERNAL
from tests.unit.core.books import Books, external, opened, rows
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal


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


def test_an_order_for_what_nobody_owns_makes_it_no_share() -> None:
    """A flatten of all is under way; a stranger closes some: no share is cut, for there is none."""
    stage, books = opened(foreign="allow")
    books.trade("BTCUSDT", "3")
    books.show_twice()
    stage.do(c.Flatten(scope="account:one", whose="all", by="anna", reason="out"))
    order = stage.order(next(iter(stage.state.alive)))
    assert (EXTERNAL, D(3)) == (order.strategy, order.quantity)
    books.tell(books.accept(order))
    stage.wait(1)
    books.trade("BTCUSDT", "-1")
    books.show_twice()

    assert D(2) == external(stage)
    assert not [one for one in stage.records if isinstance(one, r.ShareCut)]
