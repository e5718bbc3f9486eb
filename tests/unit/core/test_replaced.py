"""What becomes of a replace: every race, and answers that do not come."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Final

import pytest

from core import commands as c
from core import records as r
from core.answers import AskLookup
from core.money import ZERO
from core.orders import ALIVE, Terms
from core.replaced import UNSEEN_MIN
from tests.unit.core.replacing import ask, shows, stage_alarms, working
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


# --- races


def test_filled_by_its_old_terms_it_waits_for_the_answer() -> None:
    """A fill of all it had does not end an order of which more was asked: the venue decides."""
    for event, state, left in (
        ("replaced", "partially_filled", D(3)),
        ("rejected", "filled", ZERO),
    ):
        stage = Stage()
        order = working(stage)
        ask(stage, order, quantity="5")
        stage.fill(order, "2")
        assert ("partially_filled", D(3)) == (stage.order(order).state, stage.exposure().buy)
        if event == "replaced":
            stage.report(order, "replaced", quantity="5", price="50000")
        else:
            stage.report(order, "replace_rejected", reason="filled")

        assert [] == stage.alarms
        assert (state, left) == (stage.order(order).state, stage.exposure().buy)


def test_a_fill_that_overtakes_its_replace_is_no_overfill() -> None:
    """More than the old terms within the new ones: the reports came in another order."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    stage.fill(order, "4")
    assert [] == stage.alarms
    stage.report(order, "replaced", quantity="5")

    assert ([], D(1)) == (stage.alarms, stage.exposure().buy)
    stage.fill(order, "2")
    assert ["overfill"] == stage.alarms


def test_a_cancel_goes_beside_a_replace_and_wins() -> None:
    """A cancel is never in the way of anything: both are pending, and the end clears both."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="enough"))
    assert [order.order] == stage.asked_to_end
    pending = stage.order(order)
    assert (True, True) == (pending.pending_cancel, pending.pending_replace)
    stage.report(order, "cancelled")
    over = stage.order(order)
    assert (ZERO, False, False) == (
        stage.exposure().buy, over.pending_cancel, over.pending_replace,
    )  # fmt: skip
    for event, facts in (("replace_rejected", {}), ("replaced", {"quantity": "5"})):
        stage.report(order, event, **facts)
        assert ([], "cancelled", ZERO) == (
            stage.alarms, stage.order(order).state, stage.exposure().buy,
        )  # fmt: skip


def test_told_twice_and_told_late_changes_nothing() -> None:
    """The same answer again, and the answer to an earlier replace, leave the newest terms alone."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="3")
    first = stage.told(order, "replaced", quantity="3", price="50000", at_ns=stage.now + 1)
    stage.do(first)
    assert [] == stage.do(first).records
    ask(stage, order, quantity="4")
    assert [] == stage.do(first).records
    assert stage.order(order).pending_replace
    stage.report(order, "replaced", quantity="4", price="50000", at_ns=stage.now + 2)
    assert [] == stage.do(first).records

    assert (D(4), False) == (stage.order(order).quantity, stage.order(order).pending_replace)


def test_the_no_to_another_replace_is_no_answer() -> None:
    """A venue that says which terms it refused is not misread."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="4")
    stage.report(order, "replace_rejected", quantity="3", price="50000")
    assert stage.order(order).pending_replace
    stage.report(order, "replace_rejected", quantity="4", price="50000")

    assert not stage.order(order).pending_replace


def test_terms_that_nobody_asked_for_are_followed_with_an_alarm() -> None:
    """A stranger changed it: the venue is right. A replace of ours that is pending goes on."""
    stage = Stage()
    order = working(stage)
    stage.report(order, "replaced", quantity="7")
    assert (["replaced_unasked"], D(7)) == (stage.alarms, stage.exposure().buy)
    ask(stage, order, quantity="3")
    stage.report(order, "replaced", quantity="6", at_ns=stage.now + 1)
    assert (["replaced_unasked"], D(6)) == (stage.alarms, stage.exposure().buy)
    assert stage.order(order).pending_replace
    stage.report(order, "replaced", quantity="3", at_ns=stage.now + 2)

    assert ([], D(3)) == (stage.alarms, stage.exposure().buy)


# --- an answer that does not come


def test_an_unknown_outcome_asks_the_venue_and_changes_nothing() -> None:
    """A timeout proves nothing: both terms still count, and the order is looked up."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    terms = stage.order(order).asked
    outcome = stage.do(
        c.NoteTrouble(order=order.order, proven=False, code="x", text="", terms=terms)
    )

    assert ([], [AskLookup(order.order)]) == (outcome.records, outcome.effects)
    assert ("accepted", D(5)) == (stage.order(order).state, stage.exposure().buy)


def test_a_proven_no_ends_the_replace_and_not_the_order() -> None:
    """Refused or never sent: the order works on as it was. Trouble of another replace says
    nothing."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    other = Terms(quantity=D(4), price=D(50000))
    for terms, pending in ((other, True), (stage.order(order).asked, False)):
        stage.do(c.NoteTrouble(order=order.order, proven=True, code="no", text="", terms=terms))
        assert ("accepted", pending) == (
            stage.order(order).state, stage.order(order).pending_replace,
        )  # fmt: skip

    assert D(2) == stage.exposure().buy


def test_a_lost_answer_is_found_by_the_terms() -> None:
    """The look-up shows what was asked for: it was replaced."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5", price="50100")
    shows(stage, order, quantity="5", price="50100")

    assert ([], D(5), D(50100)) == (
        stage.alarms, stage.order(order).quantity, stage.order(order).price,
    )  # fmt: skip
    assert not stage.order(order).pending_replace


def test_a_lost_request_is_given_up_after_a_minute_of_old_terms() -> None:
    """Not by one look-up, not by time alone: three of them over a minute; then it may be asked
    again. What comes after all is followed, with an alarm."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    for _ in range(UNSEEN_MIN + 1):
        shows(stage, order, quantity="2")
        stage.wait(10)
    assert stage.order(order).pending_replace
    stage.wait(120)
    stage.tick()
    assert stage.order(order).pending_replace
    shows(stage, order, quantity="2")
    after = stage.order(order)
    assert (False, D(2), D(2)) == (after.pending_replace, after.quantity, stage.exposure().buy)
    record = stage.last.records[-1]
    assert isinstance(record, r.OrderChanged)
    assert "replace_not_seen" == record.reason

    stage.report(order, "replaced", quantity="5")
    assert (["replaced_unasked"], D(5)) == (stage.alarms, stage.exposure().buy)


def test_two_look_ups_far_apart_are_not_enough() -> None:
    """One may have been asked too early, and one may lag."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    for _ in range(UNSEEN_MIN - 1):
        shows(stage, order, quantity="2")
        stage.wait(100)

    assert stage.order(order).pending_replace


def test_a_price_that_the_venue_does_not_show_proves_nothing() -> None:
    """Where old and new terms look the same, nothing is concluded from it."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, price="50100")
    for _ in range(9):
        shows(stage, order, quantity="2", price=None)
        stage.wait(60)
    assert stage.order(order).pending_replace
    stage.fill(order, "2")

    assert ("filled", False) == (stage.order(order).state, stage.order(order).pending_replace)


def test_a_look_up_that_shows_it_filled_ends_the_replace() -> None:
    """It was filled before the replace came: nothing is left, whatever was asked for."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    stage.fill(order, "2")
    assert "partially_filled" == stage.order(order).state
    shows(stage, order, event="fill", quantity="2")

    assert ("filled", ZERO, []) == (
        stage.order(order).state, stage.exposure().buy, stage.alarms,
    )  # fmt: skip


def test_terms_that_are_neither_old_nor_new_are_taken_in_the_end() -> None:
    """A venue that made something else of it is believed when it keeps saying so."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    for _ in range(UNSEEN_MIN + 1):
        shows(stage, order, quantity="4")
        stage.wait(30)

    assert ["replaced_unasked"] == stage_alarms(stage)
    assert (D(4), False) == (stage.order(order).quantity, stage.order(order).pending_replace)


def test_a_restart_keeps_what_is_pending_and_what_was_seen() -> None:
    """The journal and a snapshot both know the terms that were asked for."""
    stage = Stage()
    order = working(stage)
    ask(stage, order, quantity="5")
    shows(stage, order, quantity="2")
    again = replay(stage.records)

    assert picture(stage.state) == picture(again)
    assert again.orders[order.order] == stage.order(order)
    assert (1, D(5)) == (again.orders[order.order].unseen, again.orders[order.order].leaves)


STORIES: Final[dict[str, tuple[tuple[str, ...], str, str]]] = {
    "more, and filled": (("accepted", "replaced 5", "fill a 2", "fill b 3"), "filled", "5"),
    "more, then cancelled": (("replaced 5", "fill a 3", "cancel", "cancelled"), "cancelled", "3"),
    "less, and filled": (("accepted", "fill a 1", "replaced 1.5", "fill b 0.5"), "filled", "1.5"),
    "told twice": (("replaced 5", "replaced 5", "fill a 5"), "filled", "5"),
    "refused, and filled": (("fill a 1", "replace_rejected", "fill b 1"), "filled", "2"),
    "cancelled first": (("cancel", "cancelled", "replace_rejected", "fill a 1"), "cancelled", "1"),
}
"""What happens to an order of 2 of which a replace is pending, where it leads, and the sum."""


@pytest.mark.parametrize("name", STORIES)
def test_every_order_of_delivery_ends_the_same(name: str) -> None:
    """However fills, answers, cancels and ends are shuffled: one end, one sum, nothing at stake."""
    reports, state, filled = STORIES[name]
    wanted = "1.5" if "less" in name else "5"
    for shuffled in permutations(reports):
        stage = Stage(setup_of())
        order = working(stage)
        ask(stage, order, quantity=wanted)
        for report in shuffled:
            event, *facts = report.split()
            if event == "cancel":
                stage.do(c.CancelOrder(order=order.order, by="anna", reason="x"))
            elif event == "fill":
                stage.fill(order, facts[1], exec_id=facts[0])
            elif event == "replaced":
                stage.report(order, event, quantity=facts[0], price="50000")
            else:
                stage.report(order, event)
        after = stage.order(order)

        assert D(filled) == after.filled == stage.share(), shuffled
        assert (state, ZERO) == (after.state, stage.exposure().buy), shuffled
        assert after.state not in ALIVE
        assert not (after.pending_cancel or after.pending_replace)
