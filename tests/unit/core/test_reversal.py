"""Reversal: close first, then open; and everything that can come between the two."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.money import ZERO
from core.orders import Order
from tests.unit.core.setups import WIDE, limited, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def turned(stage: Stage, **fields: Any) -> tuple[Order, Order]:
    """Hold 2, then sell 3 to open: the exit goes, the entry waits."""
    stage.position("2")
    return turn(stage, **fields)


def turn(stage: Stage, **fields: Any) -> tuple[Order, Order]:
    """Ask for a short of 3 instead of what is held; return exit and entry."""
    answer = stage.say("sell", **({"effect": "open", "quantity": "3"} | fields))
    assert "admitted flat_first" == codes(answer)
    out, entry = (stage.order(name) for name in answer.orders)
    assert [out.order] == stage.sent
    return out, entry


def test_a_reversal_closes_first_and_then_opens() -> None:
    """The entry is reserved at once, and sent in the very step that shows the position flat."""
    stage = Stage()
    out, entry = turned(stage)
    assert ("exit", "sell", D(2)) == (out.purpose, out.side, out.quantity)
    assert ("entry", "sell", D(3)) == (entry.purpose, entry.side, entry.quantity)
    assert (D(2), D(5)) == (stage.exposure().net, stage.exposure().sell)
    stage.report(out, "accepted")
    assert [] == stage.sent
    stage.fill(out, "2")

    assert [entry.order] == stage.sent
    stage.fill(entry, "3")
    assert D(-3) == stage.share()


def test_a_short_is_turned_in_the_same_way() -> None:
    """Both sides are alike."""
    stage = Stage()
    stage.position("2", "sell")
    out, entry = (stage.order(name) for name in stage.say("buy", effect="open").orders)
    assert ("exit", "buy", D(2)) == (out.purpose, out.side, out.quantity)
    stage.fill(out, "2")

    assert [entry.order] == stage.sent
    assert ("entry", "buy", D(1)) == (entry.purpose, entry.side, entry.quantity)


def test_an_exit_filled_in_part_lets_nothing_go() -> None:
    """Part by part: the entry goes with the last one."""
    stage = Stage()
    out, entry = turned(stage)
    stage.fill(out, "1.5")
    assert ([], "held") == (stage.sent, stage.order(entry).state)
    stage.fill(out, "0.5")

    assert [entry.order] == stage.sent


@pytest.mark.parametrize("end", ["rejected", "cancelled", "expired"])
@pytest.mark.parametrize("filled", ["", "1"])
def test_an_exit_that_ends_early_leaves_the_entry_waiting_and_then_an_alarm(
    end: str, filled: str
) -> None:
    """The position is still there: nothing opens against it, and a person hears of it."""
    stage = Stage()
    out, entry = turned(stage)
    if filled:
        stage.report(out, "accepted")
        stage.fill(out, filled)
    stage.report(out, end)
    assert ([], "held") == (stage.sent, stage.order(entry).state)
    stage.wait(30)
    stage.tick()

    assert ("expired", "held_too_long") == (stage.order(entry).state, stage.order(entry).reason)
    assert ["reversal_not_completed"] == stage.alarms
    assert D(2) - D(filled or 0) == stage.share()
    assert ZERO == stage.exposure().sell


def test_another_exit_completes_the_reversal() -> None:
    """The first exit was rejected; whatever closes the position in time lets the entry go."""
    stage = Stage()
    out, entry = turned(stage)
    stage.report(out, "rejected")
    stage.fill(stage.say("exit").orders[0], "2")

    assert [entry.order] == stage.sent


def test_an_exit_in_doubt_keeps_the_entry_waiting_although_the_books_are_flat() -> None:
    """Flat by a stranger's hand, but our exit may still fill: it could turn the position."""
    stage = Stage()
    out, entry = turned(stage)
    stage.do(c.NoteTrouble(order=out.order, proven=False, code="timeout", text=""))
    assert "unknown" == stage.order(out).state
    other = next(iter(stage.state.fills.values()))
    stage.report(other.order, "bust", exec_id=other.exec_id)
    assert ZERO == stage.share()
    assert ([], "held") == (stage.sent, stage.order(entry).state)
    stage.look(out, None)

    assert "not_placed" == stage.order(out).state
    assert [entry.order] == stage.sent


def test_an_exit_in_doubt_that_is_found_filled_lets_the_entry_go() -> None:
    """The lost answer is found by the look-up: flat is proven, the entry goes."""
    stage = Stage()
    out, entry = turned(stage)
    stage.do(c.NoteTrouble(order=out.order, proven=False, code="timeout", text=""))
    told = stage.told(out, "fill", exec_id="x1", quantity="2", price="50000", fee="1").report
    stage.look(out, stage.shown(out, "fill", filled=D(2), fills=(told,)))

    assert (ZERO, [entry.order]) == (stage.share(), stage.sent)


def test_the_entry_lives_as_long_as_its_route_says() -> None:
    """Flat in the moment of its end is too late."""
    stage = Stage()
    out, entry = turned(stage)
    stage.wait("29.999")
    assert [] == stage.tick().records
    stage.wait("0.001")
    stage.fill(out, "2")
    assert [] == stage.sent
    stage.tick()

    assert "expired" == stage.order(entry).state
    assert ["reversal_not_completed"] == stage.alarms


@pytest.mark.parametrize("scope", ["global", "account:one", "strategy:trend"])
def test_a_halt_in_between_ends_the_entry_and_leaves_the_exit(scope: str) -> None:
    """The position is still closed; nothing opens."""
    stage = Stage()
    out, entry = turned(stage)
    stage.do(c.Halt(scope=scope, by="anna", reason="news"))
    assert "cancelled" == stage.order(entry).state
    stage.fill(out, "2")

    assert ([], ZERO) == (stage.sent, stage.share())


def test_a_restart_in_between_changes_nothing() -> None:
    """The new process compares first; then the exit's fill lets the entry go."""
    stage = Stage()
    out, entry = turned(stage)
    before = picture(stage.state)
    stage.state = replay(stage.records)
    assert before == picture(stage.state)
    stage.start()
    stage.fill(out, "2")
    assert ([], "held") == (stage.sent, stage.order(entry).state)
    stage.recover("one")

    assert [entry.order] == stage.sent


def test_a_recovery_alone_does_not_let_it_go() -> None:
    """The account was compared, and the position is still there."""
    stage = Stage()
    _, entry = turned(stage)
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.recover("one")

    assert ([], "held") == (stage.sent, stage.order(entry).state)


def test_with_the_link_down_both_halves_wait() -> None:
    """The exit goes when the account is back, the entry when the exit has filled."""
    stage = Stage()
    stage.position("2")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    answer = stage.say("sell", effect="open", quantity="3")
    assert "held link_down" == codes(answer)
    stage.recover("one")
    assert [answer.orders[0]] == stage.sent
    stage.fill(answer.orders[0], "2")

    assert [answer.orders[1]] == stage.sent


def test_the_same_alert_again_is_the_same_reversal() -> None:
    """No second exit and no second entry, before and after the position is flat."""
    stage = Stage()
    stage.position("2")
    alert = stage.signal("sell", effect="open", quantity="3")
    first = stage.hear(alert)
    assert "duplicate duplicate" == codes(stage.hear(alert))
    stage.fill(first.orders[0], "2")
    assert "duplicate duplicate" == codes(stage.hear(alert))

    assert 3 == len(stage.state.orders)


def test_the_same_reversal_in_another_alert_opens_no_more_than_its_size() -> None:
    """The sender said how large it is then: what is on its way counts."""
    stage = Stage()
    stage.position("2")
    hints = {"prev_position": "long", "position": "short", "position_size": D(3)}
    first = stage.say("sell", quantity="5", **hints)
    assert [D(2), D(3)] == [stage.order(name).quantity for name in first.orders]

    assert "no_action target_reached" == codes(stage.say("sell", quantity="5", **hints))


def test_the_senders_own_sizes_win_over_what_is_held() -> None:
    """A flip of 5 to 5 sends 10. Here 5 are held, and 5 are opened, not 10."""
    stage = Stage()
    stage.position("5")
    hints = {"prev_position": "long", "position": "short"}
    plain = stage.say("sell", quantity="10", **hints)
    assert [D(5), D(5)] == [stage.order(name).quantity for name in plain.orders]

    sized = Stage()
    sized.position("5")
    told = sized.say("sell", quantity="10", prev_position_size=D(5), **hints)
    assert [D(5), D(5)] == [sized.order(name).quantity for name in told.orders]


def test_an_entry_that_is_refused_does_not_keep_the_exit() -> None:
    """Only the exit goes, and the verdict says why the other half does not."""
    stage = Stage(limited(position_max="2"))
    stage.position("2")
    answer = stage.say("sell", effect="open", quantity="3")

    assert "admitted position_over_limit" == codes(answer)
    assert ["exit"] == [stage.order(name).purpose for name in answer.orders]
    assert list(answer.orders) == stage.sent


def test_the_release_is_a_new_decision() -> None:
    """The limit fell meanwhile: the entry ends, and a person hears that the reversal is half."""
    stage = Stage()
    out, entry = turned(stage)
    stage.load(setup_of(limits={"account:one": replaced(WIDE, position_max=D(1))}))
    stage.recover("one")
    stage.fill(out, "2")

    assert ("cancelled", "position_over_limit") == (
        stage.order(entry).state, stage.order(entry).reason,
    )  # fmt: skip
    assert ["reversal_not_completed"] == stage.alarms


def test_own_entries_of_the_old_side_end_first() -> None:
    """A working buy would open again what is closed: it is asked to end, and waited for."""
    stage = Stage()
    stage.position("2")
    more = stage.entry("1", order_type="limit", price="49000")
    stage.report(more, "accepted")
    out, entry = turn(stage)
    assert stage.order(more).pending_cancel
    stage.fill(out, "2")
    assert ([], "held") == (stage.sent, stage.order(entry).state)
    stage.report(more, "cancelled")

    assert [entry.order] == stage.sent


def test_nothing_opens_while_the_store_is_away() -> None:
    """The exit of a reversal goes, its entry does not; one that waits goes when it is back."""
    stage = Stage()
    stage.position("2")
    stage.durable = False
    answer = stage.say("sell", effect="open", quantity="3")
    assert "admitted store_unavailable" == codes(answer)
    assert ["exit"] == [stage.order(name).purpose for name in answer.orders]

    later = Stage()
    out, entry = turned(later)
    later.durable = False
    later.fill(out, "2")
    assert [] == later.sent
    later.durable = True
    later.wait(1)
    later.tick()
    assert [entry.order] == later.sent


def test_all_or_none_keeps_entries_back_and_no_exit() -> None:
    """One account refuses its entry: none of them opens, both close."""
    limits = {"account:two": replaced(WIDE, position_max=D(2))}
    stage = Stage(setup_of("one", "two", limits=limits, route={"all_or_none": True}))
    for name in stage.say(quantity="2").orders:
        stage.fill(name, "2")
    answer = stage.say("sell", effect="open", quantity="3")

    assert ["all_or_none", "position_over_limit"] == [one.code for one in answer.accounts]
    assert ["admitted", "admitted"] == [one.verdict for one in answer.accounts]
    assert ["exit", "exit"] == [stage.order(name).purpose for name in answer.orders]


def test_a_number_that_opens_nothing_for_certain_opens_nothing() -> None:
    """From long to short with less than is held: the exit goes, the rest is not guessed."""
    stage = Stage()
    stage.position("2")
    answer = stage.say("sell", quantity="2", prev_position="long", position="short")

    assert "admitted reversal_size_unclear" == codes(answer)
    assert [("exit", D(2))] == [
        (stage.order(name).purpose, stage.order(name).quantity) for name in answer.orders
    ]


def test_both_halves_are_in_the_journal_under_one_verdict() -> None:
    """One account has one verdict, with two orders."""
    stage = Stage()
    turned(stage)
    row = next(reversed(stage.state.signals.values()))
    assert [2] == [len(verdict.orders) for verdict in row.verdicts]
    made = [one.order for one in stage.records if isinstance(one, r.OrderIntended)]

    assert [("exit", False), ("entry", True)] == [
        (one.purpose, one.clear_first) for one in made[1:]
    ]
