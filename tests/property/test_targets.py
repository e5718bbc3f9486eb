"""Target mode: whatever happens to alerts and reports, the last alert is where it ends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core.orders import Order, OrderState
from core.setup import Setup
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal

ALERTS = st.tuples(
    st.just("alert"),
    st.integers(-4, 4),
    st.sampled_from(("arrives", "is lost", "comes twice", "comes late", "comes again as another")),
)
NEWS = st.tuples(
    st.sampled_from(("fill", "part", "accept", "cancel", "reject", "doubt", "restart", "cut")),
    st.integers(0, 7),
    st.booleans(),
)


def _patient() -> Setup:
    """Make a setup whose strategies are not paused by rejects (control 13): then nothing opens."""
    setup = setup_of()
    patient = {"rejects_row_max": 50, "rejects_of_50_max": 50}
    rows = {name: replaced(one, **patient) for name, one in setup.strategies.items()}
    return replaced(setup, strategies=rows)


class World:
    """A stage, the orders at its venue, and alerts on their way."""

    def __init__(self) -> None:
        self.stage = Stage(_patient())
        self.late: list[c.ReceiveSignal] = []

    def alert(self, wanted: int, fate: str) -> None:
        """Let an alert fire, and do to it what happens to alerts."""
        stage = self.stage
        stage.wait("0.001")
        message = stage.signal("target", target_position=str(wanted))
        if fate == "comes late":
            self.late.append(message)
        elif fate != "is lost":
            stage.do(message)
        if fate == "comes twice":
            stage.do(message)
        elif fate == "comes again as another":
            stage.send("target", target_position=str(wanted))

    def working(self) -> list[Order]:
        """Return what is at the venue, or may be."""
        orders = [self.stage.order(name) for name in self.stage.state.alive]
        found = [one for one in orders if one.state is not OrderState.HELD]
        return sorted(found, key=lambda one: one.number)

    def news(self, kind: str, which: int, flag: bool) -> None:
        """Let something happen to an order at the venue, or to the bridge."""
        stage, working = self.stage, self.working()
        if kind == "restart":
            assert picture(stage.state) == picture(replay(stage.records))
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        elif kind == "cut":
            stage.do(c.NoteLink(account="one", up=False, reason="cut"))
            if flag:
                stage.recover("one")
        elif working:
            self.happens(kind, working[which % len(working)], flag)

    def happens(self, kind: str, order: Order, flag: bool) -> None:
        """Let the venue do something to one order."""
        stage = self.stage
        if kind in ("fill", "part"):
            part = order.leaves if kind == "fill" or order.leaves < 2 else D(1)
            stage.fill(order, str(part))
        elif kind == "cancel" and order.pending_cancel:
            stage.report(order, "cancelled")
        elif kind == "reject" and not order.filled and order.state is not OrderState.ACCEPTED:
            stage.report(order, "rejected", transient=flag)
        elif kind == "doubt" and not order.filled and order.state is not OrderState.ACCEPTED:
            stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
            stage.look(order, stage.shown(order, "accepted") if flag else None)
        elif kind == "accept" and order.state in (OrderState.INTENDED, OrderState.SENT):
            stage.report(order, "accepted")

    def settle(self, choices: list[int]) -> None:
        """Let every order at the venue come to its end: what is to end is filled or cancelled."""
        self.stage.recover("one")
        for turn in range(40):
            working = self.working()
            if not working:
                return
            order = working[choices[turn % len(choices)] % len(working)]
            if order.pending_cancel and choices[turn % len(choices)] % 2:
                self.stage.report(order, "cancelled")
            else:
                self.stage.fill(order, str(order.leaves))
        raise AssertionError("it does not come to an end")


@settings(max_examples=200, deadline=None)
@given(
    story=st.lists(st.one_of(ALERTS, NEWS), max_size=14),
    last=st.integers(-4, 4),
    choices=st.lists(st.integers(0, 9), min_size=1, max_size=8),
)
def test_it_ends_where_the_last_alert_wants_it(
    story: list[tuple[Any, Any, Any]], last: int, choices: list[int]
) -> None:
    """Alerts lost, doubled and late, reports in any order, restarts: after the last alert, and when
    no order works any more, the share is the target. Nothing ever went beyond the alerts."""
    world = World()
    for kind, what, how in story:
        if kind == "alert":
            world.alert(what, how)
        else:
            world.news(kind, what, how)
        assert abs(world.stage.share()) <= 8
    world.alert(last, "arrives")
    for late in world.late:
        world.stage.do(late)
    world.settle(choices)

    assert D(last) == world.stage.share()
    assert not world.stage.state.turning
    assert not world.stage.state.clearing
