"""The stop that a venue keeps for an entry: where it is, how it is met, how it goes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.answers import AskLookup, AskReplace
from core.attached import attached_of
from core.ids import attached_id
from core.orders import Order, OrderEvent, OrderType, Purpose, Side
from core.reports import Report, VenueOrder
from tests.unit.core.books import Books
from tests.unit.core.guarded import KEY, able, guarded, plan
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


def kept(percent: str | None = "5", **abilities: Any) -> Stage:
    """Begin with a venue that keeps stops, and an account that wants them."""
    account = {"attached_stop_percent": D(percent) if percent else None}
    return guarded(able(**({"attached_stop": True} | abilities)), account=account)


def entered(stage: Stage, quantity: str = "10", **fields: Any) -> Order:
    """Open a position whose stop the venue has told."""
    order = stage.position(quantity, **fields)
    stage.report(attached_id(order.order), "accepted")
    return order


def stop_of(stage: Stage, entry: Order) -> Order:
    """Return the attached stop of an entry."""
    return stage.order(attached_id(entry.order))


def out(stage: Stage, quantity: str) -> None:
    """Close some of the position."""
    order = stage.order(stage.say("sell", effect="close", quantity=quantity).orders[0])
    stage.report(order, "accepted")
    stage.fill(order, quantity)


def shown(order: Order | str, quantity: str, **fields: Any) -> VenueOrder:
    """Make the stop of an entry as a picture shows it."""
    known: dict[str, Any] = {
        "order": attached_id(order if isinstance(order, str) else order.order),
        "venue_order": "v-stop",
        "instrument": "BTCUSDT",
        "side": Side.SELL,
        "order_type": OrderType.STOP,
        "quantity": D(quantity),
        "filled": D(0),
        "event": OrderEvent.ACCEPTED,
        "at_ns": 1,
        "trigger": D("47500.95"),
    }
    return VenueOrder(**(known | fields))


@pytest.mark.parametrize(
    ("side", "protection", "price"),
    [
        ("buy", None, "47500.95"),  # 5 % of 50001
        ("sell", None, "52500"),
        ("buy", plan("49001"), "47500.95"),  # the signal's own stop is nearer
        ("buy", plan("46001"), "42001"),  # twice as far as the signal's own
        ("sell", plan("54000"), "58000"),
    ],
)
def test_it_is_far_and_never_nearer_than_twice_the_stop_of_the_signal(
    side: str, protection: Any, price: str
) -> None:
    """Percent of the price at which the entry is expected, or twice the signal's distance."""
    assert D(price) == kept().entry("1", side, protection=protection).attached_stop


def test_it_is_asked_for_only_where_it_is_wanted_and_offered() -> None:
    """Without the setting, without the venue's word, and for exits there is none."""
    assert kept(None).entry("1").attached_stop is None
    assert kept(attached_stop=False).entry("1").attached_stop is None
    tickets = {"attached_stop_percent": D(5), "hedging": True}
    assert (
        guarded(able(attached_stop=True, hedging=True), account=tickets).entry("1").attached_stop
        is None
    )
    stage = kept()
    stage.position("1")
    exit_ = stage.order(stage.say("exit", quantity=None).orders[0])
    assert exit_.attached_stop is None


def test_the_first_word_of_it_makes_it_an_order_of_ours() -> None:
    """It is no stranger: nothing halts, nothing alarms, and its terms are known."""
    stage = kept()
    entry = entered(stage)
    stop = stop_of(stage, entry)

    assert ([], {}) == (stage.alarms, stage.state.halts)
    assert (Purpose.LEG, entry.order, D(10)) == (stop.purpose, stop.attached_to, stop.quantity)
    assert (Side.SELL, entry.attached_stop) == (stop.side, stop.trigger)
    assert picture(stage.state) == picture(replay(stage.records))


def test_it_grows_with_its_entry_without_a_word_of_alarm() -> None:
    """Each fill makes it larger at the venue; that is what it is for."""
    stage = kept()
    order = stage.entry("10")
    stage.report(order, "accepted")
    stage.fill(order, "4")
    name = attached_id(order.order)
    stage.report(name, "accepted")
    stage.fill(order, "6")
    stage.report(name, "replaced", quantity="10", trigger="47500.95")

    assert ([], D(10)) == (stage.alarms, stage.order(name).quantity)


def test_before_its_entry_is_known_to_be_filled_it_is_left_alone() -> None:
    """A word that overtakes the fill asks for the fill, and neither halts nor ends anything."""
    stage = kept()
    order = stage.entry("10")
    stage.report(order, "accepted")
    name = attached_id(order.order)
    stage.report(name, "accepted")
    assert [AskLookup(order.order)] == stage.last.effects
    assert (None, {}) == (stage.state.orders.get(name), stage.state.halts)
    stage.fill(order, "10")
    stage.report(name, "accepted")

    assert D(10) == stage.order(name).quantity


def test_a_fill_that_is_lost_never_costs_the_stop() -> None:
    """It is larger than what we know of: so is the position, and the stop stays."""
    stage = kept()
    order = stage.entry("10")
    stage.report(order, "accepted")
    stage.fill(order, "4")
    name = attached_id(order.order)
    stage.report(name, "accepted")
    stage.report(name, "replaced", quantity="10", trigger="47500.95")
    out(stage, "4")

    assert (D(0), False) == (stage.share(), stage.order(name).pending_cancel)


def test_it_goes_with_its_position() -> None:
    """Once nothing is held its end is asked for, also where the signal had no stop of its own."""
    stage = kept()
    entry = entered(stage)
    out(stage, "10")

    assert attached_id(entry.order) in stage.asked_to_end


def test_it_shrinks_with_its_position_the_oldest_first() -> None:
    """What is left of it is never more than the share: it could sell another strategy's."""
    stage = kept()
    first, second = entered(stage, "4"), entered(stage, "6")
    out(stage, "1")
    (asked,) = [one for one in stage.last.effects if isinstance(one, AskReplace)]
    assert (attached_id(first.order), D(3)) == (asked.order, asked.terms.quantity)
    stage.report(asked.order, "replaced", quantity="3", trigger="47500.95")
    out(stage, "5")

    assert [attached_id(first.order)] == stage.asked_to_end
    asks = [one for one in stage.last.effects if isinstance(one, AskReplace)]
    assert [(attached_id(second.order), D(4))] == [(one.order, one.terms.quantity) for one in asks]


def test_a_refused_change_is_not_asked_for_again_at_once() -> None:
    """A venue that does not change it is not asked in a circle; the next fill asks again."""
    stage = kept()
    entry = entered(stage)
    out(stage, "1")
    stage.report(attached_id(entry.order), "replace_rejected", quantity="9", trigger="47500.95")

    assert [] == [one for one in stage.last.effects if isinstance(one, AskReplace)]


def test_when_it_fills_a_person_is_called() -> None:
    """It is for the day on which all else failed: why did it?"""
    stage = kept()
    entry = entered(stage)
    stage.fill(attached_id(entry.order), "10", price="47000")

    assert ["attached_stop_filled"] == stage.alarms
    assert D(0) == stage.share()


def stopped() -> tuple[Stage, Books, Order]:
    """Open a position whose entry has a stop that the venue keeps."""
    stage = kept()
    books = Books(stage)
    books.show()
    entry = stage.entry("10")
    books.held(entry)
    stop = shown(entry, "10")
    books.orders[stop.order] = stop
    return stage, books, entry


def test_a_picture_shows_it_and_nothing_differs() -> None:
    """After a crash between the fill and its word it is met in the picture, and nobody halts."""
    stage, books, entry = stopped()
    books.show_twice()

    assert ({}, {}) == (stage.state.halts, stage.state.mismatches)
    assert (D(10), {}) == (stop_of(stage, entry).leaves, stage.state.foreign)


def test_a_picture_may_show_it_before_the_fill_of_its_entry_is_known() -> None:
    """Fill and stop are both news: the fill is booked, and then the stop is met."""
    stage = kept()
    books = Books(stage)
    books.show()
    entry = stage.entry("10")
    books.tell(books.accept(entry))
    books.fill(entry.order, D(10))
    stop = shown(entry, "10")
    books.orders[stop.order] = stop
    books.show()

    assert (D(10), D(10)) == (stage.share(), stop_of(stage, entry).leaves)
    books.show_twice()
    assert ({}, {}) == (stage.state.halts, stage.state.mismatches)


def test_it_is_no_stranger_while_the_fill_of_its_entry_is_looked_for() -> None:
    """A venue that lists no fills shows the stop alone: it is not counted as somebody else's."""
    stage = kept()
    books = Books(stage, lists_fills=False)
    books.show()
    entry = stage.entry("10")
    books.tell(books.accept(entry))
    stop = shown(entry, "10")
    books.orders[stop.order] = stop
    books.show()

    assert ({}, {}) == (stage.state.foreign, stage.state.halts)
    assert stop.order not in stage.state.orders


def test_what_it_filled_while_nobody_was_there_is_booked() -> None:
    """The bridge was dead and the market fell: the picture tells it, and the books follow."""
    stage, books, entry = stopped()
    books.fill(attached_id(entry.order), D(10), "47000")
    books.show()

    assert ("filled", D(0)) == (stop_of(stage, entry).state, stage.share())
    assert {} == stage.state.halts
    books.show_twice()
    assert ({}, {}) == (stage.state.halts, stage.state.mismatches)


def test_another_name_of_ours_still_halts() -> None:
    """Only the stop of an entry that we know is awaited; any other name is an old backup's."""
    stage = kept()
    books = Books(stage)
    books.show()
    books.held(stage.entry("10"))
    stranger = shown("f" * 26, "10")
    books.orders[stranger.order] = stranger
    books.show()

    assert {"account:one"} == set(stage.state.halts)


def test_the_stop_of_an_entry_without_one_is_a_stranger() -> None:
    """An account that wants none has none under its names."""
    stage = kept(None)
    entry = stage.position("10")
    report = Report(
        account="one",
        order=attached_id(entry.order),
        event=OrderEvent.ACCEPTED,
        at_ns=stage.now,
    )
    stage.do(c.TakeReport(report=report))

    assert "report_unmatched" in stage.alarms
    assert {"account:one"} == set(stage.state.halts)


def test_it_is_no_leg_of_the_protection() -> None:
    """The signal's own stop covers the share by itself; both end with the position."""
    stage = kept()
    entry = stage.position("10", protection=plan("49000"))
    (leg,) = [o for o in stage.state.orders.values() if o.leg]
    stage.report(leg, "accepted")
    stage.report(attached_id(entry.order), "accepted")
    assert ([D(10)], [D(10)]) == (
        [leg.leaves],
        [one.leaves for one in attached_of(stage.state, KEY)],
    )
    stage.fill(leg, "10", price="49000")

    assert [attached_id(entry.order)] == stage.asked_to_end


def test_a_name_leaves_the_state_with_its_entry() -> None:
    """A day after the entry its name is forgotten; the stop itself lives as long as it works."""
    stage = kept()
    entry = entered(stage)
    for _ in range(26):
        stage.wait(3600)
        stage.tick()

    assert ({}, True) == (stage.state.attached, entry.order not in stage.state.orders)
    assert D(10) == stop_of(stage, entry).leaves
    assert not [one for one in stage.records if isinstance(one, r.Halted)]


def test_what_it_trades_before_the_fill_of_its_entry_is_known_counts_at_once() -> None:
    """Its report overtakes that of the entry: nobody tells it again. What was protected before
    stays protected when the entry's fill is known, too."""
    stage = kept()
    stage.position("3", protection=plan("49000"))
    entry = stage.entry("10")
    stage.report(entry, "accepted")
    stage.fill(attached_id(entry.order), "10", price="47000")
    assert (AskLookup(entry.order), D(-7)) == (stage.last.effects[0], stage.share())
    assert ["attached_stop_filled"] == stage.alarms
    stage.fill(entry, "10")

    assert (D(3), True) == (stage.share(), KEY in stage.state.plans)
    assert picture(stage.state) == picture(replay(stage.records))


def test_one_that_came_and_went_unseen_is_asked_for_before_a_stranger_is_blamed() -> None:
    """The venue lists no fills: what the stop closed shows in the position alone."""
    stage = kept()
    books = Books(stage, lists_fills=False)
    books.show()
    entry = stage.entry("10")
    books.held(entry)
    stage.wait(60)
    stop = shown(entry, "10")
    books.orders[stop.order] = stop
    books.fill(stop.order, D(10), "47000")
    books.show()

    assert (D(0), "filled") == (stage.share(), stop_of(stage, entry).state)
    stage.wait(60)
    books.show_twice()
    assert ({}, {}) == (stage.state.halts, stage.state.mismatches)
