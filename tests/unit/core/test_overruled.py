"""Entries that have not left when their strategy asks to be out: they open nothing any more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from core import commands as c
from core.answers import AskCancel
from core.orders import Order
from core.setup import SECOND_NS
from tests.unit.core.guarded import able, guarded, plan
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal

OUT: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "exit": ("exit", {}),
    "close": ("sell", {"effect": "close", "quantity": None}),
    "flat, as a strategy says it": ("sell", {"position": "flat", "quantity": "1"}),
}
"""How messages ask for the end of a whole long position."""


def cut_off(stage: Stage) -> None:
    """Lose the connection."""
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))


def out(stage: Stage, how: str = "exit", /, **fields: Any) -> str:
    """Ask to be out; return the verdict."""
    action, known = OUT[how]
    return codes(stage.say(action, **known, **fields))


@pytest.mark.parametrize("how", OUT)
@pytest.mark.parametrize("held", ["", "1"])
def test_an_entry_that_is_held_does_not_follow_the_exit_that_came_after_it(
    how: str, held: str
) -> None:
    """The link was down for both. Once it is back what is held goes out, and nothing opens: at the
    sender the entry was filled before, and closed with the rest."""
    stage = Stage()
    if held:
        stage.position(held)
    cut_off(stage)
    entry = stage.entry("2")
    stage.wait(5)
    said = out(stage, how)

    assert ("held link_down" if held else "admitted") == said
    assert ("cancelled", "exit signal") == (stage.order(entry).state, stage.order(entry).reason)
    assert picture(stage.state) == picture(replay(stage.records))
    stage.recover("one")
    exits = [stage.order(name) for name in stage.sent]
    assert [("exit", held)] * len(held) == [(one.purpose, f"{one.quantity:f}"[:1]) for one in exits]
    assert (D(0), len(held)) == (stage.exposure().buy, stage.exposure().orders)


def test_the_senders_own_position_before_is_no_gap() -> None:
    """It was long by the entry that waits here: no alert is missing, before and after."""
    stage = Stage()
    cut_off(stage)
    entry = stage.entry("2")
    stage.wait(5)
    told = {"prev_position": "long", "prev_position_size": "2"}
    assert "admitted" == out(stage, "flat, as a strategy says it", **told)
    assert ([], "cancelled") == (stage.alarms, stage.order(entry).state)
    stage.recover("one")
    stage.wait(5)

    said = stage.say("buy", quantity="1", prev_position="flat", position="long")
    assert ("admitted", []) == (codes(said), stage.alarms)


def test_the_second_half_of_a_reversal_does_not_follow_an_exit() -> None:
    """Long, turned to short, and out before the long is closed: it ends flat."""
    stage = Stage()
    stage.position("2")
    stage.wait(5)
    answer = stage.say("sell", effect="open", quantity="3")
    closing, opening = answer.orders
    stage.wait(5)
    assert "admitted" == out(stage)
    stage.fill(closing, "2")

    assert ("cancelled", []) == (stage.order(opening).state, stage.sent)
    assert D(0) == stage.share()


@pytest.mark.parametrize(("later_ms", "state"), [(-1, "held"), (0, "held"), (1, "cancelled")])
def test_alerts_of_one_moment_come_in_any_order(later_ms: int, state: str) -> None:
    """An exit of the same moment, or of an earlier one that came late, is of the position before:
    the entry beside it is wanted."""
    stage = Stage()
    cut_off(stage)
    entry = stage.entry("2")
    time_ns = stage.now + later_ms * SECOND_NS // 1_000
    stage.wait(1)
    out(stage, time_ns=time_ns)

    assert state == stage.order(entry).state


@pytest.mark.parametrize(("seconds", "state"), [(0, "held"), (1, "cancelled")])
def test_without_a_time_the_order_of_their_coming_counts(seconds: int, state: str) -> None:
    """On a route that asks for none."""
    stage = Stage(setup_of(route={"require_time": False}))
    cut_off(stage)
    entry = stage.entry("2", time_ns=None)
    stage.wait(seconds)
    out(stage, time_ns=None)

    assert state == stage.order(entry).state


def test_nothing_else_is_overruled() -> None:
    """A price that is waited for, another strategy, another instrument, a smaller exit; and a sell
    that closes says nothing of what would open on its own side."""
    stage = Stage()
    cut_off(stage)
    resting = stage.entry("1", order_type="limit", price="49000")
    fading = stage.entry("1", strategy="fade")
    ether = stage.entry("1", symbol="ETHUSDT")
    stage.wait(5)
    assert "no_action nothing_to_close" == out(stage)
    entry = stage.entry("1")
    stage.wait(5)
    assert "no_action nothing_to_close" == codes(stage.say("exit", quantity="1"))
    said = stage.say("buy", effect="close", quantity=None)
    assert "no_action nothing_to_close" == codes(said)

    waiting = (resting, fading, ether, entry)
    assert {"held"} == {stage.order(one).state for one in waiting}
    stage.recover("one")
    assert {one.order for one in waiting} == set(stage.sent)


def lose(stage: Stage, order: Order) -> None:
    """Let the answer to an order be lost."""
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))


def waiting(stage: Stage, **fields: Any) -> Order:
    """Ask to be out five seconds later; return the exit, which waits."""
    stage.wait(5)
    answer = stage.say("exit", **fields)
    assert "held entry_on_its_way" == codes(answer)
    return stage.order(answer.orders[0])


@pytest.mark.parametrize("how", ["intended", "sent", "accepted", "unknown"])
def test_an_exit_waits_for_an_entry_that_has_left(how: str) -> None:
    """Nothing is held yet, and the exit is not lost: it goes when the entry was filled, also after
    a restart, and is cut to that. Its sender asks only once."""
    stage = Stage()
    entry = stage.entry("2")
    if how == "sent":
        stage.do(c.NoteSent(order=entry.order, entered_ns=stage.now))
    elif how == "unknown":
        lose(stage, entry)
    elif how == "accepted":
        stage.report(entry, "accepted")
    out = waiting(stage)

    assert ("sell", D(2), how == "intended") == (
        out.side, out.quantity, stage.order(entry).pending_cancel,
    )  # fmt: skip
    stage.fill(entry, "1.5")
    stage.wait(1)
    assert [] == stage.tick().records
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")
    assert [] == stage.sent
    stage.report(entry, "cancelled")

    assert ([out.order], D("1.5")) == (stage.sent, stage.order(out).quantity)
    stage.fill(out, "1.5")
    assert D(0) == stage.share()


def test_an_exit_that_waited_ends_when_the_entry_opened_nothing() -> None:
    """Proven never to have been there: nothing is sent, and nobody is called for it."""
    stage = Stage()
    entry = stage.entry("2")
    lose(stage, entry)
    out = waiting(stage)
    stage.look(entry, None)

    assert ("cancelled", "nothing_to_close") == (stage.order(out).state, stage.order(out).reason)
    assert ([], []) == (stage.sent, stage.alarms)


@pytest.mark.parametrize("keeps", [True, False])
def test_an_exit_that_waited_goes_beside_the_protection_of_what_it_closes(keeps: bool) -> None:
    """In the moment of the fill, with and without reduce-only at the venue: no stop is in its
    way."""
    stage = guarded(able(reduce_only=keeps))
    entry = stage.entry("2", protection=plan())
    stage.report(entry, "accepted")
    out = waiting(stage)
    stage.fill(entry, "2")

    assert out.order in stage.sent
    stage.fill(out, "2")
    assert D(0) == stage.share()


def test_a_second_exit_finds_the_first_one_waiting() -> None:
    """What it would close is spoken for."""
    stage = Stage()
    lose(stage, stage.entry("2"))
    waiting(stage)
    stage.wait(5)
    assert "no_action nothing_to_close" == codes(stage.say("exit"))


def test_an_exit_that_waits_closes_no_later_entry() -> None:
    """It is for what was on its way when it came: an entry after it is wanted."""
    stage = Stage()
    first = stage.entry("2")
    stage.report(first, "accepted")
    out = waiting(stage)
    stage.wait(5)
    later = stage.entry("1")
    stage.fill(later, "1")
    assert [] == stage.sent
    stage.fill(first, "2")

    assert ([out.order], D(2)) == (stage.sent, stage.order(out).quantity)
    stage.fill(out, "2")
    assert D(1) == stage.share()


def test_an_exit_of_the_same_moment_waits_for_nothing() -> None:
    """It is of the position before, which is closed already."""
    stage = Stage()
    stage.report(stage.entry("2"), "accepted")
    assert "no_action nothing_to_close" == codes(stage.say("exit"))


def test_what_is_held_is_closed_at_once() -> None:
    """No exit of a position that is known waits for an entry beside it."""
    stage = Stage()
    stage.position("1")
    lose(stage, stage.entry("2"))
    stage.wait(5)
    answer = stage.say("exit")

    assert ("admitted", list(answer.orders)) == (codes(answer), stage.sent)
    assert D(1) == stage.order(answer.orders[0]).quantity


def test_an_entry_that_waits_in_its_lane_is_asked_to_end() -> None:
    """Before it leaves."""
    stage = Stage()
    entry = stage.entry("1")
    waiting(stage)
    assert [AskCancel(entry.order)] == stage.last.effects
