"""An exit that is heard before the entry that it closed turns a position in our books alone: that
is waited for, and what really was opened is closed, once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.answers import AskLookup
from core.engine import next_due
from core.orders import Order, OrderState
from core.setup import SECOND_NS
from core.turned import CALLED_AFTER_NS
from core.unsure_turns import LAG_NS
from tests.unit.core.books import Books
from tests.unit.core.guarded import KEY, able, guarded, is_planned, legs, opened, plan, shape
from tests.unit.core.stage import Stage
from tests.unit.core.turns import alarmed, opened_by, restarted, settled, turned

D = Decimal


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("restart", [True, False])
def test_nothing_is_closed_that_an_unheard_entry_explains(keeps: bool, restart: bool) -> None:
    """The fill of the entry comes a minute later: nothing was opened, nobody is called."""
    stage, entry = turned(keeps=keeps)
    assert ([], []) == (shape(stage), opened_by(stage))
    stage.tick()
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))
    if restart:
        restarted(stage)
    stage.wait(60)
    stage.tick()
    stage.fill(entry, "10")
    assert [("explained", D(10))] == settled(stage)
    assert (D(0), [], {}) == (stage.share(), opened_by(stage), stage.state.turns)
    assert 0 == alarmed(stage, "leg_opened") + alarmed(stage, "turn_in_doubt")


def test_the_venue_is_asked_at_once_for_an_entry_that_it_took() -> None:
    """Its answer brings the fill that nobody told."""
    stage = guarded()
    opened(stage, "10")
    entry = stage.entry("10")
    stage.report(entry, "accepted")
    stop = legs(stage)[0]
    stage.fill(stage.say("exit").orders[0], "10", "49000")
    stage.fill(stop, "10", "49000")
    assert [AskLookup(entry.order)] == [
        one for one in stage.last.effects if isinstance(one, AskLookup)
    ]
    stage.wait(1)
    told = stage.told(entry, "fill", quantity="10", price="50000", exec_id="late").report
    shown = stage.shown(entry, "fill", filled=D(10), fills=(told,))
    stage.look(entry, shown, asked_ns=stage.now)
    assert (D(0), [], {}) == (stage.share(), opened_by(stage), stage.state.turns)


@pytest.mark.parametrize("end", ["rejected", "cancelled", "expired"])
@pytest.mark.parametrize("restart", [True, False])
def test_what_no_entry_explains_in_the_end_is_closed_once(end: str, restart: bool) -> None:
    """Its entry is over and filled nothing: the position is real."""
    stage, entry = turned(keeps=False)
    stage.report(entry, end)
    assert [("opened", D(10))] == settled(stage)
    assert ["leg_opened"] == [code for code in stage.alarms if code == "leg_opened"]
    assert (["surplus 10 at market"], [("sell", D(10))]) == (shape(stage), opened_by(stage))
    if restart:
        restarted(stage)
    stage.wait(3)
    stage.tick()
    assert ["surplus 10 at market"] == shape(stage)
    stage.fill(legs(stage)[0], "10", "49001")
    stage.wait(3)
    stage.tick()
    assert (D(0), False, []) == (stage.share(), is_planned(stage), shape(stage))
    assert (1, 0) == (alarmed(stage, "leg_opened"), len(stage.state.turns))


def test_an_entry_of_unknown_outcome_explains_until_it_is_proven_not_to_be_there() -> None:
    """As every doubt it ends by evidence; the position is closed in that moment."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    entry = stage.entry("10")
    stage.do(c.NoteTrouble(order=entry.order, code="timeout", text="no answer", proven=False))
    assert OrderState.UNKNOWN is stage.order(entry).state
    stop = legs(stage)[0]
    name = stage.say("exit").orders[0]
    stage.report(stop, "cancelled")
    stage.fill(name, "10", "49000")
    stage.fill(stop, "10", "49000")
    assert ([], D(-10)) == (shape(stage), stage.share())
    stage.look(entry, None)
    assert (OrderState.NOT_PLACED, ["surplus 10 at market"]) == (
        stage.order(entry).state,
        shape(stage),
    )


def test_what_is_more_than_the_entries_may_have_filled_is_closed_at_once() -> None:
    """And of the rest as much as they turn out not to have filled."""
    stage, entry = turned(keeps=False, more="4")
    assert (["surplus 6 at market"], [("opened", D(6))]) == (shape(stage), settled(stage))
    stage.fill(legs(stage)[0], "6", "49001")
    stage.fill(entry, "1")
    assert (D(-3), [("sell", D(6))]) == (stage.share(), opened_by(stage))
    stage.report(entry, "cancelled")
    assert ["surplus 3 at market"] == shape(stage)
    stage.fill(legs(stage)[0], "3", "49001")
    assert (D(0), {}, False) == (stage.share(), stage.state.turns, is_planned(stage))


def test_an_entry_that_was_made_after_the_exit_explains_nothing() -> None:
    """What it fills is what it was meant for."""
    stage, entry = turned()
    later = stage.entry("10")
    stage.report(entry, "cancelled")
    assert [("sell", D(10))] == opened_by(stage)
    assert OrderState.FILLED is not stage.order(later).state


@pytest.mark.parametrize("keeps", [True, False])
def test_entries_of_another_strategy_explain_only_where_no_exit_goes_through_flat(
    keeps: bool,
) -> None:
    """There the exit can only have closed what was there; elsewhere it opened something."""
    stage, entry = turned(keeps=keeps, strategy="fade")
    assert ([] if keeps else [("sell", D(10))]) == opened_by(stage)
    stage.fill(entry, "10")  # by owner the exit closed what it did not own
    assert [("sell", D(10))] == opened_by(stage)
    assert D(10) == stage.share(strategy="fade")


def test_an_entry_that_was_not_let_go_explains_nothing() -> None:
    """It is held while the link is down, and so are what closes and the next entry."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    stop = legs(stage)[0]
    name = stage.say("exit").orders[0]
    stage.report(stop, "cancelled")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.entry("10")
    stage.fill(name, "10", "49000")
    stage.fill(stop, "10", "49000")
    assert [("sell", D(10))] == opened_by(stage)


def test_what_the_strategy_goes_short_by_meanwhile_stays() -> None:
    """The late fill explains what the exits closed, not what a newer signal opened."""
    stage, entry = turned(keeps=False, more="25")
    short = stage.entry("5", "sell")
    stage.fill(short, "5")
    stage.fill(entry, "10")
    stage.report(entry, "cancelled")
    assert (D(-5), [], {}) == (stage.share(), opened_by(stage), stage.state.turns)


def test_a_picture_that_may_be_explained_proves_nothing() -> None:
    """The venue holds nothing, our books are short, and an entry in doubt explains the two."""
    stage = guarded(able(reduce_only=False))
    books = Books(stage, lists_fills=False)
    books.held(stage.entry("10", protection=plan()))
    entry = stage.entry("10")
    books.tell(books.accept(entry))
    told = books.fill(entry.order, D(10))
    stop = legs(stage)[0]
    books.tell(books.accept(stop))
    name = stage.say("exit").orders[0]
    books.tell(books.cancel(stop.order))
    books.tell(books.accept(stage.order(name)))
    books.tell(books.fill(name, D(10), "49000"))
    books.tell(books.fill(stop.order, D(10), "49000"))
    stage.wait(30)
    shown = c.TakeSnapshot(snapshot=books.picture(), asked_ns=stage.now, cause="timer")
    stage.do(shown)
    assert ([], [KEY]) == (opened_by(stage), list(stage.state.turns))
    books.tell(told)
    assert (D(0), [], {}) == (stage.share(), opened_by(stage), stage.state.turns)


def test_nobody_is_called_twice_when_it_takes_long() -> None:
    """After two minutes a person is, once; what happens then is for the evidence to say."""
    stage, entry = turned()
    stage.wait(CALLED_AFTER_NS // SECOND_NS - 1)
    stage.tick()
    assert 0 == alarmed(stage, "turn_in_doubt")
    assert stage.now + SECOND_NS == next_due(stage.state, stage.now)
    stage.wait(1)
    stage.tick()
    restarted(stage)
    stage.wait(60)
    stage.tick()
    assert (1, []) == (alarmed(stage, "turn_in_doubt"), opened_by(stage))
    stage.fill(entry, "10")
    assert (D(0), 0) == (stage.share(), alarmed(stage, "leg_opened"))


def test_what_others_seemed_to_have_closed_is_left_to_a_person() -> None:
    """The fill is old, and a picture had explained it: in the end a person is called, as without
    any doubt."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    entry = stage.entry("4")
    stage.report(entry, "accepted")
    stop, at_ns = legs(stage)[0], stage.now
    stage.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source="trend", target="", by="anna",
            reason="closed by hand",
        )
    )  # fmt: skip
    stage.report(stop, "cancelled")
    stage.wait(60)
    stage.fill(stop, "4", "49000", at_ns=at_ns)
    assert 0 == alarmed(stage, "leg_opened")
    stage.report(entry, "rejected")
    assert (["leg_opened"], []) == (stage.alarms[-1:], opened_by(stage))


# --- an order that waits for its price ------------------------------------------------------------


def waiting() -> tuple[Stage, Order]:
    """A limit order rests on the other side, and nothing else may explain the turn."""
    return turned(keeps=False, order_type="limit", price="48000")


def test_an_order_that_waits_for_its_price_is_not_in_doubt_for_ever() -> None:
    """One answer that was asked for since shows that it filled nothing: what was opened is
    closed."""
    stage, entry = waiting()
    shown = stage.shown(entry, "accepted", filled=D(0))
    stage.look(entry, shown, asked_ns=stage.now)  # asked for before the exit was heard, or then
    assert [] == opened_by(stage)
    stage.wait(1)
    stage.look(entry, shown, asked_ns=stage.now)
    assert (["surplus 10 at market"], [("sell", D(10))]) == (shape(stage), opened_by(stage))


def test_a_market_order_that_is_shown_at_work_may_still_be_behind() -> None:
    """It does not wait at the market: only after a minute it is believed."""
    stage, entry = turned(keeps=False)
    shown = stage.shown(entry, "accepted", filled=D(0))
    for wait_ns in (SECOND_NS, LAG_NS - 2 * SECOND_NS):
        stage.wait(wait_ns // SECOND_NS)
        stage.look(entry, shown, asked_ns=stage.now)
        assert [] == opened_by(stage)
    stage.wait(1)
    stage.look(entry, shown, asked_ns=stage.now)
    assert [("sell", D(10))] == opened_by(stage)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_picture_tells_what_was_opened_from_what_is_not_heard(keeps: bool) -> None:
    """One that holds what our books do says it all where an exit could have opened that; one that
    was asked for before the exit was heard says nothing."""
    stage = guarded(able(reduce_only=keeps))
    books = Books(stage, lists_fills=True)
    books.held(stage.entry("10", protection=plan()))
    entry = stage.entry("10")
    books.tell(books.accept(entry))
    stop = legs(stage)[0]
    books.tell(books.accept(stop))
    name = stage.say("exit").orders[0]
    if not keeps:
        books.tell(books.cancel(stop.order))
    before = books.picture()
    asked_ns = stage.now
    books.tell(books.accept(stage.order(name)))
    books.tell(books.fill(name, D(10), "49000"))
    books.tell(books.fill(stop.order, D(10), "49000"))
    stage.wait(1)
    books.show(before, asked_ns=asked_ns)
    assert [] == opened_by(stage)
    books.show()
    wanted = [] if keeps else [("sell", D(10))]
    assert (wanted, [] if keeps else ["surplus 10 at market"]) == (opened_by(stage), shape(stage))
    stage.wait(60)
    books.show()  # by then the venue is not behind: the entry waits there
    assert [("sell", D(10))] == opened_by(stage)


def test_nothing_is_certain_while_the_venue_seems_to_hold_something_else() -> None:
    """What others did comes first; what is left then was opened."""
    stage = guarded(able(reduce_only=False))
    books = Books(stage)
    books.show()
    books.held(stage.entry("10", protection=plan()))
    entry = stage.entry("10")
    books.tell(books.accept(entry))
    stop = legs(stage)[0]
    books.tell(books.accept(stop))
    name = stage.say("exit").orders[0]
    books.tell(books.cancel(stop.order))
    books.tell(books.accept(stage.order(name)))
    books.tell(books.fill(name, D(10), "49000"))
    books.tell(books.fill(stop.order, D(10), "49000"))
    books.trade("BTCUSDT", "-3")
    books.show()
    books.tell(books.cancel(entry.order))
    assert ([], [KEY]) == (opened_by(stage), list(stage.state.turns))
    stage.wait(5)
    books.show()  # confirmed: three of it are a stranger's
    assert ([("sell", D(10))], D(-10)) == (opened_by(stage), stage.share())


@pytest.mark.parametrize("unheard", [True, False])
def test_several_fills_that_one_picture_tells_open_what_they_opened_together(unheard: bool) -> None:
    """Two of an exit and a late one of a stop, all heard at once: five too many, which count once,
    whether they are in doubt first or not."""
    stage = guarded(able(reduce_only=False))
    books = Books(stage)
    books.held(stage.entry("10", protection=plan()))
    stop = legs(stage)[0]
    books.tell(books.accept(stop))
    entry = stage.entry("20") if unheard else stop
    name = stage.say("exit").orders[0]
    books.tell(books.cancel(stop.order))
    books.accept(stage.order(name))
    books.fill(name, D(2), "49000")
    books.fill(name, D(8), "49000")
    books.fill(stop.order, D(5), "49000")
    books.show()
    assert D(-5) == stage.share()
    doubted = [one for one in stage.records if isinstance(one, r.TurnDoubted)]
    if unheard:
        assert (D(5), []) == (sum(one.quantity for one in doubted), opened_by(stage))
        stage.report(entry, "rejected")
    assert D(5) == sum(quantity for _, quantity in opened_by(stage))
    assert D(5) == sum(leg.leaves for leg in legs(stage) if not leg.pending_cancel)


def test_a_picture_that_shows_the_entry_filled_explains_it() -> None:
    """The fills that it lists are taken, and nothing is left in doubt."""
    stage = guarded()
    books = Books(stage)
    books.held(stage.entry("10", protection=plan()))
    entry = stage.entry("10")
    books.tell(books.accept(entry))
    books.fill(entry.order, D(10))
    stop = legs(stage)[0]
    books.tell(books.accept(stop))
    name = stage.say("exit").orders[0]
    books.tell(books.accept(stage.order(name)))
    books.tell(books.fill(name, D(10), "49000"))
    books.tell(books.fill(stop.order, D(10), "49000"))
    assert [KEY] == list(stage.state.turns)
    books.show()
    assert (D(0), [], {}) == (stage.share(), opened_by(stage), stage.state.turns)
