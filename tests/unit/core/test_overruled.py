"""Entries that have not left when their strategy asks to be out: they open nothing any more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from core import commands as c
from core.answers import AskCancel
from core.setup import SECOND_NS
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


def test_what_has_left_is_its_venues() -> None:
    """An entry that waits in its lane is asked to end, before it leaves; one that was sent is
    not."""
    stage = Stage()
    waits, left = stage.entry("1"), stage.entry("1")
    stage.do(c.NoteSent(order=left.order, entered_ns=stage.now))
    stage.wait(5)
    assert "admitted" == out(stage)

    assert [AskCancel(waits.order)] == stage.last.effects
    assert stage.order(waits).pending_cancel
    assert not stage.order(left).pending_cancel
    assert "no_action nothing_to_close" == out(stage)
