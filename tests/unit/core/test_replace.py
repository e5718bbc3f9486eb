"""Replacing a working order: what may be asked, what is at stake meanwhile, and every race."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any, Final

import pytest

from core import commands as c
from core import records as r
from core.answers import Answer, AskLookup, AskReplace, Denied, Done
from core.money import ZERO
from core.orders import ALIVE, Order, OrderType, Terms
from core.replaced import UNSEEN_MIN
from tests.unit.core.setups import limited, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal
LIMIT: Final = {"order_type": OrderType.LIMIT, "price": "50000"}


def working(stage: Stage, quantity: str = "2", filled: str = "", **fields: Any) -> Order:
    """Bring a limit entry to where it works, some of it filled."""
    order = stage.entry(quantity, **(LIMIT | fields))
    stage.report(order, "accepted")
    if filled:
        stage.fill(order, filled)
    return stage.order(order)


def leaving(stage: Stage, quantity: str = "2") -> Order:
    """Bring a limit exit of a position of 3 to where it works."""
    stage.position("3")
    answer = stage.say("sell", effect="close", quantity=quantity, order_type="limit", price="50500")
    stage.report(answer.orders[0], "accepted")
    return stage.order(answer.orders[0])


def ask(stage: Stage, order: Order, reason: str = "moved", **terms: Any) -> Answer:
    """Ask for new terms."""
    numbers: dict[str, Any] = {
        name: D(value) if isinstance(value, str) else value for name, value in terms.items()
    }
    command = c.ReplaceOrder(order=order.order, by="anna", reason=reason, **numbers)
    return stage.do(command).answers[0]


def asked(stage: Stage) -> list[Terms]:
    """Return the terms that the last step asks the venue for."""
    return [effect.terms for effect in stage.last.effects if isinstance(effect, AskReplace)]


def code(answer: Answer) -> str:
    """Return the code of a denial."""
    return answer.code if isinstance(answer, Denied) else ""


def shows(stage: Stage, order: Order, **fields: Any) -> None:
    """Let a look-up show the order."""
    event = fields.pop("event", "accepted")
    known = stage.order(order)
    base = {"price": known.price, "filled": known.filled}
    numbers = {
        name: D(value) if isinstance(value, str) else value for name, value in fields.items()
    }
    stage.look(order, stage.shown(order, event, **(base | numbers)))


# --- asking


def test_the_venue_is_asked_for_all_terms_and_the_larger_ones_count() -> None:
    """What is not said stays as it is; until the venue answers the larger of both is at stake."""
    stage = Stage()
    order = working(stage, filled="0.5")
    answer = ask(stage, order, quantity="5")
    after = stage.order(order)

    assert Done(orders=(order.order,)) == answer
    assert [Terms(quantity=D(5), price=D(50000))] == asked(stage) == [after.asked]
    assert (D(2), True, D("4.5")) == (after.quantity, after.pending_replace, after.leaves)
    assert D("4.5") == stage.exposure().buy
    record = stage.last.records[-1]
    assert isinstance(record, r.OrderChanged)
    assert ("anna", "moved") == (record.by, record.reason)


def test_a_smaller_order_frees_its_reservation_only_with_the_answer() -> None:
    """A limit that is full stays full until the venue has said that the order is smaller."""
    stage = Stage(limited(position_max="3"))
    order = working(stage, "3")
    ask(stage, order, quantity="1")
    assert "refused" == stage.say(effect="open", quantity="1").verdict
    stage.report(order, "replaced", quantity="1", price="50000")

    assert D(1) == stage.exposure().buy
    assert "admitted" == stage.say(effect="open", quantity="2").verdict


def test_the_answer_of_the_venue_settles_it() -> None:
    """Replaced: the new terms and nothing pending. Rejected: the old ones and nothing pending."""
    for event, quantity in (("replaced", D(5)), ("replace_rejected", D(2))):
        stage = Stage()
        order = working(stage)
        ask(stage, order, quantity="5", price="50100")
        facts = {"quantity": "5", "price": "50100"} if event == "replaced" else {}
        stage.report(order, event, reason="so", **facts)
        after = stage.order(order)

        assert [] == stage.alarms
        assert (quantity, False, None) == (after.quantity, after.pending_replace, after.asked)
        assert quantity == stage.exposure().buy


@pytest.mark.parametrize(
    ("setting", "terms", "wanted"),
    [
        ({"quantity_max": "4"}, {"quantity": "5"}, "quantity_over_limit"),
        ({"value_max": "200000"}, {"quantity": "5"}, "value_over_limit"),
        ({"position_max": "4"}, {"quantity": "5"}, "position_over_limit"),
        ({"gross_max": "200000"}, {"quantity": "5"}, "gross_over_limit"),
        ({}, {"price": "60000"}, "price_outside_collar"),
        ({"messages_per_minute": 6, "messages_burst": 1}, {"price": "50001"}, "rate_over_limit"),
    ],
)
def test_an_entry_is_judged_anew(
    setting: dict[str, Any], terms: dict[str, Any], wanted: str
) -> None:
    """What a new order could not have, an old one does not get by a replace; it is recorded."""
    stage = Stage(limited(**setting))
    order = working(stage)
    answer = ask(stage, order, **terms)

    assert wanted == code(answer)
    assert [] == asked(stage)
    (record,) = stage.last.records
    assert isinstance(record, r.OrderChanged)
    assert ("replace_rejected", wanted) == (record.event, record.reason)
    assert wanted in bytes(record.checks).decode()
    assert (D(2), False) == (stage.order(order).quantity, stage.order(order).pending_replace)


def test_what_an_order_has_already_is_not_counted_against_it() -> None:
    """Filled and reserved quantity are its own: up to the limit it may grow, and not beyond."""
    stage = Stage(limited(position_max="5"))
    order = working(stage, "3", filled="1")
    assert "position_over_limit" == code(ask(stage, order, quantity="5.001"))
    assert "" == code(ask(stage, order, quantity="5"))
    assert D(5) == stage.exposure().worst


def test_an_entry_that_only_becomes_smaller_is_not_judged() -> None:
    """Less at stake needs nobody's leave: not in a halt that is over, not without a quote."""
    stage = Stage()
    order = working(stage)
    stage.wait(600, fresh=False)

    assert "reference_stale" == code(ask(stage, order, quantity="1.5", price="49000"))
    assert "" == code(ask(stage, order, quantity="1.5"))


def test_an_entry_does_not_grow_while_the_store_or_the_link_is_away() -> None:
    """What could not be remembered, or not be compared, adds no exposure."""
    stage = Stage()
    order = working(stage)
    stage.durable = False
    assert "store_unavailable" == code(ask(stage, order, quantity="5"))
    stage.durable = True
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    assert "recovering" == code(ask(stage, order, quantity="5"))


def test_an_exit_may_shrink_and_move_and_no_control_refuses_it() -> None:
    """With every input stale and everything halted an exit still moves; it never grows."""
    stage = Stage()
    order = leaving(stage)
    stage.do(c.Halt(scope="global", by="anna", reason="news"))
    stage.wait(600, fresh=False)

    assert "exit_may_not_grow" == code(ask(stage, order, quantity="3"))
    assert "" == code(ask(stage, order, quantity="1", price="40000"))
    assert [Terms(quantity=D(1), price=D(40000))] == asked(stage)


@pytest.mark.parametrize(
    ("terms", "wanted"),
    [
        ({"quantity": "1"}, "replace_filled"),
        ({"quantity": "0.5"}, "replace_filled"),
        ({"quantity": "2.0005"}, "quantity_off_step"),
        ({"price": "50000.001"}, "price_off_tick"),
        ({"price": "-1"}, "price_off_tick"),
        ({"trigger": "50000"}, "replace_price_unused"),
        ({"quantity": "2", "price": "50000"}, "replace_same"),
        ({"quantity": "3", "reason": " "}, "reason_missing"),
        ({"quantity": "3", "offered": False}, "replace_not_offered"),
    ],
)
def test_what_makes_no_sense_is_denied(terms: dict[str, Any], wanted: str) -> None:
    """Each denial has its own code, and nothing is asked of the venue."""
    stage = Stage()
    order = working(stage, filled="1")

    assert wanted == code(ask(stage, order, **terms))
    assert [] == asked(stage)


def test_only_a_working_order_is_replaced_and_one_replace_at_a_time() -> None:
    """Not before it is accepted, not after its end, not while something of it is pending."""
    stage = Stage()
    fresh = stage.entry("1", **LIMIT)
    assert "order_not_working" == code(ask(stage, fresh, quantity="2"))
    order = working(stage)
    ask(stage, order, quantity="3")
    assert "order_pending" == code(ask(stage, order, quantity="4"))
    stage.report(order, "replaced", quantity="3")
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="enough"))
    assert "order_pending" == code(ask(stage, order, quantity="4"))
    stage.report(order, "cancelled")
    assert "order_done" == code(ask(stage, order, quantity="4"))
    assert "order_unknown" == code(stage.do(
        c.ReplaceOrder(order="never", by="anna", reason="x", quantity=D(1))
    ).answers[0])  # fmt: skip


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


def stage_alarms(stage: Stage) -> list[str]:
    """Return the alarms of the whole day."""
    return [one.code for one in stage.records if isinstance(one, r.AlarmRaised)]


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
