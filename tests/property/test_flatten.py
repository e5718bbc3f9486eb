"""Whatever venue, link and time do: a flatten never opens or turns a position, and it ends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import commands as c
from core.money import ZERO
from core.orders import Order, OrderState, Side
from core.overruled import ON_ITS_WAY
from core.records import FlattenEnded
from tests.unit.core.books import agreed
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal

STRATEGIES = ("trend", "fade")
EVENTS = (
    "accepted", "fill", "fill", "part", "cancelled", "cancel_rejected", "rejected", "expired",
    "lost", "found", "absent", "sent", "down", "up", "wait", "stale", "exit", "enter", "restart",
    "store",
)  # fmt: skip
"""What may happen, each to one of the orders alive where it is about one."""

WORKING = (OrderState.SENT, OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED, OrderState.UNKNOWN)

steps = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 50)), max_size=40)


def opened(stage: Stage, shares: list[int], working: bool) -> None:
    """Give each strategy a position, and perhaps an entry and an exit that work."""
    side = "buy" if sum(shares) > 0 else "sell"
    for strategy, share in zip(STRATEGIES, shares, strict=True):
        if share:
            stage.position(str(abs(share)), side, strategy=strategy)
            if working:
                stage.say("exit", quantity="1", strategy=strategy)
        if working:
            stage.entry("1", side, strategy=strategy)


def happen(stage: Stage, event: str, at: int) -> None:
    """Let one thing happen."""
    alive = sorted(stage.state.alive, key=lambda name: stage.order(name).number)
    name = alive[at % len(alive)] if alive else ""
    order = stage.order(name) if name else None
    match event:
        case "down" | "up":
            stage.do(c.NoteLink(account="one", up=event == "up", reason="test"))
            if event == "up":
                stage.recover("one")
        case "wait":
            stage.wait(1 + at % 7)
            stage.tick()
        case "stale":
            stage.wait(5, fresh=False)
            stage.tick()
        case "exit":
            stage.say("exit", strategy=STRATEGIES[at % 2])
        case "enter":
            stage.send("buy" if at % 3 else "sell", effect="open", strategy=STRATEGIES[at % 2])
        case "restart":
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        case "store":
            stage.durable = not stage.durable
        case _ if order is not None:
            told(stage, event, order)
        case _:
            pass


def told(stage: Stage, event: str, order: Order) -> None:
    """Let an honest venue say something of an order that is out."""
    out = order.state in WORKING or order.state is OrderState.INTENDED
    name = order.order
    if event == "lost" and order.state in (OrderState.INTENDED, OrderState.SENT):
        stage.do(c.NoteTrouble(order=name, proven=False, code="timeout", text=""))
    elif event == "sent" and order.state is OrderState.INTENDED:
        stage.do(c.NoteSent(order=name, entered_ns=stage.now))
    elif event == "found" and order.state is OrderState.UNKNOWN:
        stage.look(order, stage.shown(order, "accepted", filled=order.filled))
    elif event == "absent" and order.state is OrderState.UNKNOWN and not order.filled:
        stage.look(order, None)
    elif event in ("fill", "part") and out:
        fill(stage, order, order.leaves if event == "fill" else min(order.leaves, D("0.5")))
    elif event == "rejected" and order.state is OrderState.SENT and not order.filled:
        stage.report(order, "rejected")
    else:
        asked = order.pending_cancel and event in ("cancelled", "cancel_rejected")
        if asked or (out and event in ("accepted", "expired")):
            stage.report(order, event)


def fill(stage: Stage, order: Order, quantity: Decimal) -> None:
    """Fill some of an order, and hold it against the position as it was."""
    share = stage.share(strategy=order.strategy)
    net = stage.exposure().net
    stage.fill(order, str(quantity))
    if order.reduce_only:
        signed = quantity if order.side is Side.BUY else -quantity
        assert shrinks(share, signed), (share, signed)
        assert shrinks(net, signed), (net, signed)


def shrinks(before: Decimal, change: Decimal) -> bool:
    """Say whether a change makes a position smaller and does not turn it."""
    after = before + change
    return abs(after) < abs(before) and (after == ZERO or (after > ZERO) == (before > ZERO))


def never_too_much(stage: Stage) -> None:
    """What may still fill of all that reduces never exceeds what there is. What waits here for an
    entry is cut when it goes."""
    net = stage.exposure().net
    out: dict[Side, Decimal] = {Side.BUY: ZERO, Side.SELL: ZERO}
    for name in stage.state.alive:
        order = stage.order(name)
        if order.reduce_only and order.held_for != ON_ITS_WAY:
            out[order.side] += order.leaves
    for side, most in ((Side.SELL, net), (Side.BUY, -net)):
        assert out[side] <= max(most, ZERO), (side, out, net)


def calm(stage: Stage) -> None:
    """Faults have stopped: the venue answers everything, until the acts are over."""
    stage.durable = True
    stage.do(c.NoteLink(account="one", up=True, reason="calm"))
    stage.recover("one")
    for _ in range(40):
        for name in list(stage.state.alive):
            order = stage.order(name)
            if name not in stage.state.alive:
                continue  # an exit that waited for what ended just now
            if order.state is OrderState.UNKNOWN and not order.filled:
                stage.look(order, None)
            elif order.pending_cancel:
                stage.report(order, "cancelled")
            elif order.reduce_only and order.state is not OrderState.HELD:
                fill(stage, order, order.leaves)
            elif order.state is not OrderState.HELD:
                stage.report(order, "cancelled")
        agreed(stage)
        if not stage.state.flattens:
            return
        stage.wait(5)
        stage.tick()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    shares=st.sampled_from([[3, 2], [-3, -1], [2, 0], [0, -4]]),
    working=st.booleans(),
    before=steps,
    after=steps,
    scope=st.sampled_from(["global", "account:one", "strategy:trend"]),
)
def test_a_flatten_only_ever_reduces_and_ends(
    shares: list[int],
    working: bool,
    before: list[tuple[str, int]],
    after: list[tuple[str, int]],
    scope: str,
) -> None:
    """Fills, cancels, rejects, lost replies, links, restarts and a store that is away, in any
    order."""
    stage = Stage(setup_of())
    opened(stage, shares, working)
    for event, at in before[:10]:
        happen(stage, event, at)
        never_too_much(stage)
    stage.do(c.Flatten(scope=scope, whose="ours", by="anna", reason="test"))
    never_too_much(stage)
    for event, at in after:
        happen(stage, event, at)
        never_too_much(stage)
    calm(stage)

    ends: list[Any] = [record for record in stage.records if isinstance(record, FlattenEnded)]
    assert {} == stage.state.flattens
    assert 1 == len(ends)
    codes = [alarm.code for alarm in stage.state.alarms.values()]
    assert "flat" == ends[0].outcome or "flatten_incomplete" in codes
    assert picture(stage.state) == picture(replay(stage.records))
