"""What each report does to an order in each state, played through the engine."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from typing import Final

import pytest

from core import commands as c
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState
from core.transitions import TRANSITIONS, Rule
from tests.unit.core.stage import Stage, codes

D = Decimal


def _intended(stage: Stage) -> Order:
    return stage.entry("2")


def _held(stage: Stage) -> Order:
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    return stage.entry("2")


def _sent(stage: Stage) -> Order:
    order = stage.entry("2")
    stage.do(c.NoteSent(order=order.order, entered_ns=stage.now))
    return stage.order(order)


def _reported(*events: str) -> Callable[[Stage], Order]:
    def play(stage: Stage) -> Order:
        order = _sent(stage)
        for event in events:
            if event.startswith("fill"):
                stage.fill(order, event.removeprefix("fill"))
            else:
                stage.report(order, event)
        return stage.order(order)

    return play


def _unknown(stage: Stage) -> Order:
    order = stage.entry("2")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text="no answer"))
    return stage.order(order)


def _not_placed(stage: Stage) -> Order:
    order = _unknown(stage)
    stage.look(order, None)
    return stage.order(order)


WAYS: Final[dict[str, Callable[[Stage], Order]]] = {
    "intended": _intended,
    "held": _held,
    "sent": _sent,
    "accepted": _reported("accepted"),
    "partially_filled": _reported("accepted", "fill1"),
    "filled": _reported("accepted", "fill2"),
    "cancelled": _reported("accepted", "fill1", "cancelled"),
    "rejected": _reported("rejected"),
    "expired": _reported("accepted", "fill1", "expired"),
    "unknown": _unknown,
    "not_placed": _not_placed,
}
"""How an order comes into each state."""

SHORT: Final = {
    "": "",
    "live": "order_live_while_held",
    "own": "cancel_unsolicited",
    "late": "late_arrival",
    "over": "overfill",
    "impossible": "report_impossible",
    "mind": "accept_after_reject",
    "corpse": "fill_after_reject",
    "crossed": "fill_after_cancel",
    "after": "fill_after_expiry",
    "back": "reject_after_accept",
    "rest": "reject_after_fill",
    "busted": "fill_busted",
    "hidden": "working_order_not_shown",
    "other": "replaced_unasked",
}

TABLE: Final = """
state            accepted        part                  all                   cancelled     rejected       expired  done_for_day  replaced              absent
intended         accepted        partially_filled      filled                cancelled:own rejected       expired  accepted      accepted:other  not_placed
held             accepted:live   partially_filled:live filled:live           cancelled     held:impossible expired accepted:live accepted:live         held
sent             accepted        partially_filled      filled                cancelled:own rejected       expired  accepted      accepted:other  not_placed
accepted         accepted        partially_filled      filled                cancelled:own rejected:back  expired  accepted      accepted:other  accepted:hidden
partially_filled partially_filled partially_filled     filled                cancelled:own cancelled:rest expired  partially_filled partially_filled:other  partially_filled:hidden
filled           filled          filled:over           filled:over           filled        filled:rest    filled   filled        partially_filled:other  filled
cancelled        cancelled       cancelled:crossed     filled:crossed        cancelled     cancelled      cancelled cancelled    cancelled             cancelled
rejected         accepted:mind   partially_filled:corpse filled:corpse       rejected      rejected       rejected accepted:mind accepted:mind         rejected
expired          expired         expired:after         filled:after          expired       expired        expired  expired       expired               expired
unknown          accepted        partially_filled      filled                cancelled:own rejected       expired  accepted      accepted:other  not_placed
not_placed       accepted:late   partially_filled:late filled:late           cancelled     rejected       expired  accepted:late accepted:late         not_placed
"""  # noqa: E501 - a table is read across
"""Where each report leads, and the alarm that it raises."""


def _cells() -> list[tuple[str, str, str]]:
    header, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [(row[0], report, cell) for row in rows for report, cell in zip(header, row, strict=True)
            if report != "state"]  # fmt: skip


@pytest.mark.parametrize(("state", "report", "cell"), _cells())
def test_every_report_in_every_state(state: str, report: str, cell: str) -> None:
    """Whatever a venue says of an order leads where the table says, with its alarm."""
    stage = Stage()
    order = WAYS[state](stage)
    assert state == order.state
    left = order.quantity - order.filled
    if report == "absent":
        stage.look(order, None)
    elif report in ("part", "all"):
        whole = left if left and report == "all" else D(2) if report == "all" else D("0.5")
        stage.fill(order, str(whole))
    elif report == "replaced":
        stage.report(order, "replaced", quantity="3")
    else:
        stage.report(order, report)

    to, _, alarm = cell.partition(":")
    assert to == stage.order(order).state
    assert ([SHORT[alarm]] if alarm else []) == stage.alarms


def test_the_table_of_this_test_knows_every_state() -> None:
    """No state is left out, and every pair that the engine knows leads to a state or a rule."""
    assert {state for state, _, _ in _cells()} == {str(state) for state in OrderState}
    assert all(isinstance(step.to, OrderState | Rule) for step in TRANSITIONS.values())


def test_a_done_state_is_never_left_but_by_proof_of_life() -> None:
    """Only what an order must have been there for makes a done order alive again."""
    revives = {
        event
        for (state, event), step in TRANSITIONS.items()
        if state not in ALIVE and (step.to in ALIVE or step.to is Rule.BY_QUANTITY)
    }

    assert revives == {
        OrderEvent.ACCEPTED, OrderEvent.FILL, OrderEvent.REPLACED, OrderEvent.DONE_FOR_DAY,
        OrderEvent.FOUND, OrderEvent.CORRECTED, OrderEvent.BUST,
    }  # fmt: skip


def test_time_never_ends_an_unknown_order() -> None:
    """A day of ticks leaves an unknown order unknown, and its size reserved."""
    stage = Stage()
    order = _unknown(stage)
    for _ in range(48):
        stage.wait(1800)
        stage.tick()

    assert "unknown" == stage.order(order).state
    assert (D(2), 1) == (stage.exposure().buy, stage.exposure().unknown)
    assert "refused unknown_outcome" == codes(stage.send("buy", effect="open"))
    assert "admitted" == codes(stage.send("buy", effect="open", symbol="ETHUSDT"))


STORIES: Final[dict[str, tuple[tuple[str, ...], str, str]]] = {
    "filled in two": (("accepted", "fill a 1", "fill b 1"), "filled", "2"),
    "told twice": (("accepted", "fill a 1", "fill a 1", "fill b 1"), "filled", "2"),
    "cancelled after a part": (("accepted", "fill a 1", "cancelled"), "cancelled", "1"),
    "expired after a part": (("accepted", "fill a 1", "fill a 1", "expired"), "expired", "1"),
    "sent, then all": (("sent", "accepted", "fill a 2"), "filled", "2"),
    "cancelled too late": (("accepted", "fill a 2", "cancelled"), "", "2"),
    "busted": (("accepted", "fill a 1", "fill b 1", "bust a"), "", "1"),
    "corrected": (("accepted", "fill a 1", "corrected a 2"), "filled", "2"),
    "corrected down": (("fill a 2", "corrected a 1", "accepted"), "", "1"),
    "too much": (("accepted", "fill a 2", "fill b 1", "bust b"), "filled", "2"),
}
"""Reports of an order of 2, where they lead (empty: it depends on their order), and the sum."""


@pytest.mark.parametrize("name", STORIES)
def test_every_order_of_delivery_gives_the_same_sums(name: str) -> None:
    """However the reports of an order are shuffled, quantity, money and position are equal."""
    reports, state, filled = STORIES[name]
    for shuffled in permutations(reports):
        stage = Stage()
        order = stage.entry("2")
        for report in shuffled:
            event, *facts = report.split()
            if event == "sent":
                stage.do(c.NoteSent(order=order.order, entered_ns=stage.now))
            elif event in ("fill", "corrected"):
                exec_id, quantity = facts
                stage.report(order, event, exec_id=exec_id, quantity=quantity, price="100", fee="1")
            elif event == "bust":
                stage.report(order, event, exec_id=facts[0])
            else:
                stage.report(order, event)
        after = stage.order(order)

        assert (D(filled), D(filled) * 100) == (after.filled, after.notional), shuffled
        assert D(filled) == stage.share(), shuffled
        if state:
            assert state == after.state, shuffled
        if after.state not in ALIVE:
            assert ZERO == stage.exposure().buy, shuffled


def test_a_fill_while_a_replace_is_pending_counts_under_the_old_terms() -> None:
    """Filled by its old quantity, then replaced to more: it works again for what is left."""
    stage = Stage()
    order = _sent(stage)
    stage.report(order, "accepted")
    stage.fill(order, "2")
    assert "filled" == stage.order(order).state

    stage.report(order, "replaced", quantity="5")

    assert ("partially_filled", D(3)) == (stage.order(order).state, stage.order(order).leaves)
    assert D(3) == stage.exposure().buy
    assert 0 == stage.order(order).done_ns


def test_a_replace_to_less_than_is_filled_ends_the_order() -> None:
    """Replaced down to what is filled already, nothing is left of it."""
    stage = Stage()
    order = WAYS["partially_filled"](stage)
    stage.report(order, "replaced", quantity="1")

    assert ("filled", ZERO) == (stage.order(order).state, stage.exposure().buy)


def test_a_cancel_that_was_asked_for_is_no_alarm() -> None:
    """The end that we asked for is no surprise, and a refused cancel clears the flag."""
    stage = Stage()
    order = WAYS["accepted"](stage)
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="test"))
    assert stage.order(order).pending_cancel
    stage.report(order, "cancel_rejected")
    assert not stage.order(order).pending_cancel
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="test"))
    stage.report(order, "cancelled")

    assert ([], "cancelled") == (stage.alarms, stage.order(order).state)


def test_a_report_that_says_nothing_new_leaves_no_record() -> None:
    """The same acceptance, fill, end and refused cancel, told again, are not written again."""
    stage = Stage()
    order = _sent(stage)
    stage.report(order, "accepted", venue_order="v1")
    stage.fill(order, "1", exec_id="a")
    again = [
        stage.report(order, "accepted", venue_order="v1").records,
        stage.fill(order, "1", exec_id="a").records,
        stage.report(order, "cancel_rejected").records,
    ]
    stage.report(order, "cancelled")
    again.append(stage.report(order, "cancelled").records)

    assert [[]] * 4 == again


def test_an_acceptance_that_comes_after_the_fill_still_gives_its_time() -> None:
    """The hop from venue to acceptance is shown, also when the fill was told first."""
    stage = Stage()
    order = _sent(stage)
    stage.fill(order, "2")
    stage.wait(1)
    stage.report(order, "accepted", venue_order="v1")

    assert ("filled", stage.now, "v1") == (
        stage.order(order).state, stage.order(order).accepted_ns, stage.order(order).venue_order,
    )  # fmt: skip
    assert [] == stage.report(order, "accepted", venue_order="v1").records


def test_an_order_that_comes_back_to_life_loses_the_marks_of_its_end() -> None:
    """An accepted order after a reject has no end and no reason; its next end has both."""
    stage = Stage()
    order = _sent(stage)
    stage.report(order, "rejected", reason="no money")
    assert ("no money", stage.now) == (stage.order(order).reason, stage.order(order).done_ns)
    stage.report(order, "accepted")
    assert ("", 0, D(2)) == (
        stage.order(order).reason, stage.order(order).done_ns, stage.exposure().buy,
    )  # fmt: skip
    stage.wait(5)
    stage.report(order, "cancelled")

    assert stage.now == stage.order(order).done_ns
