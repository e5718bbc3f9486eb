"""Whatever venue, market, link and time do: what closes never exceeds what is open, and what is
open is covered, at the venue or by the bridge."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import commands as c
from core.abilities import Abilities
from core.cancels import again_ns
from core.engine import next_due
from core.legs import at_rest, exits_of, is_free, legs_of, share_of
from core.levels import Protection
from core.money import ZERO
from core.orders import ALIVE, Order, OrderState, OrderType, Purpose, Side
from core.watching import is_native, open_of
from tests.unit.core.guarded import ALL, KEPT, able, plan
from tests.unit.core.setups import BTC, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal

STRATEGIES: Final = ("trend", "fade")
VENUES: Final = (
    able(),
    able(replace=False),
    able(reduce_only=False),
    able(reduce_only=False, replace=False),
    able(linked_legs=True),
    able(linked_legs=True, reduce_only=False),
    KEPT,
    Abilities(order_types=ALL),
)
PLANS: Final = (
    plan(),
    plan("49000", "51000:50", "52000"),
    plan(None, "51000"),
    plan(None, trail="500", even="50400"),
    plan("49500", "50500", trail="800", even="50300"),
)
EVENTS: Final = (
    "accepted", "accepted", "fill", "fill", "part", "part", "cancelled", "cancel_rejected",
    "rejected", "expired", "replaced", "replaced", "replace_rejected", "lost", "found", "absent",
    "sent", "down", "up", "wait", "quote", "quote", "exit", "enter", "naked", "restart", "taken",
    "bust", "late", "limit",
)  # fmt: skip
"""What may happen, each to one of the orders alive where it is about one."""

RACED: Final[set[str]] = set()
"""Strategies of which somebody took something in this example: no bridge is faster than that."""

LATE: Final[set[str]] = set()
"""Strategies of which a leg was filled after its end: an exit on its way may open a position."""

_ENDING: Final = ("accepted", "expired", "cancelled", "cancel_rejected")

WORKING: Final = (OrderState.SENT, OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)

steps = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 60)), max_size=45)


def happen(stage: Stage, event: str, at: int) -> None:
    """Let one thing happen."""
    alive = sorted(stage.state.alive, key=lambda name: stage.order(name).number)
    order = stage.order(alive[at % len(alive)]) if alive else None
    strategy = STRATEGIES[at % 4 == 0]
    match event:
        case "down" | "up":
            stage.do(c.NoteLink(account="one", up=event == "up", reason="test"))
            if event == "up":
                stage.recover("one")
        case "wait":
            stage.wait(1 + at % 7)
            stage.tick()
        case "quote":
            market(stage, 48700 + 100 * (at % 35))
        case "exit":
            part = str(1 + at % 3) if at % 2 else None
            stage.say("exit", strategy=strategy, quantity=part)
        case "enter" | "naked":
            wanted = PLANS[at % len(PLANS)] if event == "enter" else None
            stage.send("buy", quantity="2", effect="open", strategy=strategy, protection=wanted)
        case "restart":
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        case "taken":
            taken(stage, strategy)
        case "bust":
            busted(stage, at)
        case "late":
            late(stage, at)
        case "limit":
            stage.say("exit", strategy=strategy, order_type="limit", price="60000")
        case _ if order is not None:
            told(stage, event, order)
        case _:
            pass


def market(stage: Stage, bid: int) -> None:
    """Let the market move."""
    stage.wait(1)
    stage.earlier["BTCUSDT"] = stage.quotes["BTCUSDT"]
    stage.quote("BTCUSDT", str(bid), str(bid + 1))
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))
    if next_due(stage.state, stage.now) <= stage.now:
        stage.tick()


def taken(stage: Stage, strategy: str) -> None:
    """Let strangers close one of what a strategy holds."""
    if abs(stage.share(strategy=strategy)) >= 1:
        RACED.add(strategy)
        stage.do(
            c.AssignPosition(
                account="one", instrument="BTCUSDT", source=strategy, target="",
                by="anna", reason="test", quantity=D(1),
            )
        )  # fmt: skip


def busted(stage: Stage, at: int) -> None:
    """Let the venue take a fill of an entry back, as far as it is still held."""
    fills = [fill for fill in stage.state.fills.values() if fill.quantity and not fill.inferred]
    fills = [fill for fill in fills if stage.order(fill.order).purpose is Purpose.ENTRY]
    if fills:
        fill = sorted(fills, key=lambda one: one.number)[at % len(fills)]
        if fill.quantity <= abs(stage.share(strategy=fill.strategy)):
            RACED.add(fill.strategy)
            stage.report(fill.order, "bust", exec_id=fill.exec_id)


def late(stage: Stage, at: int) -> None:
    """Let a venue that keeps nothing fill some of a leg that it had said was over."""
    over = [one for one in stage.state.orders.values() if one.rests and one.state not in ALIVE]
    over = [one for one in over if one.filled < one.quantity and one.state != "rejected"]
    if over and not stage.state.accounts["one"].abilities.reduce_only:
        order = sorted(over, key=lambda one: one.number)[at % len(over)]
        RACED.add(order.strategy)
        LATE.add(order.strategy)
        stage.fill(order, str(min(D("0.5"), order.quantity - order.filled)))


def told(stage: Stage, event: str, order: Order) -> None:
    """Let an honest venue say something of an order that is out."""
    out, name = order.state in WORKING or order.state is OrderState.UNKNOWN, order.order
    if event == "sent" and order.state is OrderState.INTENDED:
        stage.do(c.NoteSent(order=name, entered_ns=stage.now))
    elif event == "lost" and order.state in (OrderState.INTENDED, OrderState.SENT):
        stage.do(c.NoteTrouble(order=name, proven=False, code="timeout", text=""))
    elif event == "found" and order.state is OrderState.UNKNOWN:
        stage.look(order, stage.shown(order, "accepted", filled=order.filled))
    elif event == "absent" and order.state is OrderState.UNKNOWN and not order.filled:
        stage.look(order, None)
    elif event in ("fill", "part") and out:
        part = order.leaves if event == "fill" else min(order.leaves, D("0.5"))
        fill(stage, order, part)
    elif event in ("replaced", "replace_rejected") and order.pending_replace and order.asked:
        asked = order.asked
        if event == "replace_rejected":
            stage.report(order, event)
        elif asked.quantity > order.filled:
            terms = {"quantity": asked.quantity, "price": asked.price, "trigger": asked.trigger}
            stage.report(order, event, **terms)
    elif event == "rejected" and order.state is OrderState.SENT and not order.filled:
        stage.report(order, "rejected")
    elif out and event in (_ENDING if order.pending_cancel else ("accepted", "expired")):
        stage.report(order, event)


def fill(stage: Stage, order: Order, quantity: Decimal) -> None:
    """Fill some of an order as the venue can: reduce-only is kept where it keeps it."""
    able_to = stage.state.accounts["one"].abilities
    share = stage.share(strategy=order.strategy)
    if order.reduce_only and able_to.reduce_only:
        net = stage.exposure().net
        quantity = min(quantity, max(ZERO, net if order.side is Side.SELL else -net))
    if order.reduce_only and order.strategy in RACED:
        quantity = min(quantity, abs(share))  # whoever took it was before the leg could shrink
    if not quantity:
        stage.report(order, "cancelled", reason="nothing left to reduce")
        return
    group = [leg for leg in _alive(stage) if leg.group and leg.group == order.group]
    left = max((leg.leaves for leg in group), default=ZERO) - quantity
    stage.fill(order, str(quantity))
    for leg in group:
        if leg.order != order.order:
            cut(stage, stage.order(leg), left)
    if order.reduce_only and order.strategy not in LATE:
        after = stage.share(strategy=order.strategy)
        assert abs(after) < abs(share) and after * share >= ZERO, (share, after)


def _alive(stage: Stage) -> list[Order]:
    return [stage.order(name) for name in sorted(stage.state.alive)]


def cut(stage: Stage, leg: Order, left: Decimal) -> None:
    """Let a venue that links legs take from one what another one of its group filled."""
    if leg.state not in ALIVE or left >= leg.leaves:
        return
    if left <= ZERO:
        stage.report(leg, "cancelled", reason="linked")
        return
    terms = {"quantity": leg.filled + left, "price": leg.price, "trigger": leg.trigger}
    stage.report(leg, "replaced", **terms)


def holds(stage: Stage) -> None:
    """Say what must hold after every step."""
    for strategy in STRATEGIES:
        key = ("one", "BTCUSDT", strategy)
        share, legs = share_of(stage.state, key), legs_of(stage.state, key)
        row = stage.state.plans.get(key)
        wanted = [leg for leg in legs if not leg.pending_cancel]
        assert share or not [leg for leg in wanted if stage.now >= again_ns(leg)], legs
        if row is None:
            continue
        closing = row.side.opposite
        out, exits = at_rest(stage.state, key, legs), exits_of(stage.state, key, closing)
        if not is_free(stage.state, key):
            held = sum(
                (
                    order.leaves
                    for order in map(stage.order, stage.state.working.get(key, ()))
                    if order.state is OrderState.HELD
                    or order.pending_cancel
                    or stage.now < again_ns(order)
                ),
                ZERO,
            )
            surplus = out + exits - held - abs(share)
            assert surplus <= ZERO or _shrinks(stage, legs), (share, out, exits, held)
        if row.stop is None or row.fired or not stage.state.accounts["one"].recovered:
            continue
        covered = out + exits + open_of(stage.state, row, BTC)
        assert covered >= abs(share), (share, out, exits)
        if is_native(stage.state, row) and stage.state.accounts["one"].recovered:
            assert out <= abs(share) or _shrinks(stage, legs) or is_free(stage.state, key)


def _shrinks(stage: Stage, legs: list[Order]) -> bool:
    """Say whether a leg is on its way to be smaller, or waits for an answer before it is."""
    return (
        any(
            leg.pending_cancel
            or leg.pending_replace
            or leg.state not in (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
            or stage.now < again_ns(leg)
            for leg in legs
        )
        or not stage.state.accounts["one"].recovered
    )


def calm(stage: Stage) -> None:
    """Faults have stopped: the venue answers everything."""
    stage.recover("one")
    for _ in range(30):
        for name in list(stage.state.alive):
            order = stage.order(name)
            if order.state not in ALIVE:
                continue
            if order.state is OrderState.UNKNOWN:
                stage.look(order, stage.shown(order, "accepted", filled=order.filled))
            elif order.pending_cancel:
                stage.report(order, "cancelled")
            elif order.pending_replace:
                told(stage, "replaced", order)
            elif order.state in (OrderState.INTENDED, OrderState.SENT):
                stage.report(order, "accepted")
            elif order.reduce_only and _is_at_market(order):
                fill(stage, order, order.leaves)
            elif order.purpose is Purpose.ENTRY and order.state in WORKING:
                stage.report(order, "expired", reason="nobody sells")  # at the market it ends
        stage.wait(7)
        stage.tick()


def _is_at_market(order: Order) -> bool:
    return order.order_type is OrderType.MARKET and order.state is not OrderState.HELD


def is_settled(stage: Stage) -> None:
    """Say what must hold when the venue has answered everything."""
    for strategy in STRATEGIES:
        key = ("one", "BTCUSDT", strategy)
        row = stage.state.plans.get(key)
        share = abs(share_of(stage.state, key))
        stops = at_rest(stage.state, key, legs_of(stage.state, key))
        free = is_free(stage.state, key)
        exits = ZERO if free else sum(exits_of(stage.state, key, side) for side in Side)
        assert exits <= share, (strategy, exits, share)
        if row is None or not is_native(stage.state, row):
            assert ZERO == stops, (strategy, stops)
        elif row.failed:
            assert share - exits >= stops
        else:
            assert share - exits == stops
        assert row is None or ZERO == row.surplus, (strategy, row)
        assert row is None or row.protects, (strategy, row)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    venue=st.sampled_from(VENUES),
    protection=st.sampled_from(PLANS),
    others=st.booleans(),
    events=steps,
)
def test_legs_equal_what_is_open_and_nothing_that_closes_ever_opens(
    venue: Abilities, protection: Protection, others: bool, events: list[tuple[str, int]]
) -> None:
    """Fills, busts, rejects, replaces, lost replies, links, restarts, strangers, quotes, in any
    order; and when all is calm the stop is exactly the share."""
    RACED.clear()
    LATE.clear()
    stage = Stage(setup_of())
    stage.do(c.DescribeVenue(account="one", abilities=venue))
    if others:
        stage.position("3", strategy="fade")
    stage.position("4", protection=protection)
    holds(stage)
    for event, at in events:
        happen(stage, event, at)
        holds(stage)
    calm(stage)
    is_settled(stage)
    assert picture(stage.state) == picture(replay(stage.records))


TURNS: Final = (
    "late", "late", "late", "fill", "fill", "part", "rejected", "sent", "accepted", "cancelled",
    "lost", "absent", "found", "wait", "quote", "enter", "exit", "restart", "down", "up",
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    venue=st.sampled_from([one for one in VENUES if not one.reduce_only]),
    events=st.lists(st.tuples(st.sampled_from(TURNS), st.integers(0, 60)), max_size=25),
)
def test_what_a_dead_leg_opens_is_closed_and_no_more(
    venue: Abilities, events: list[tuple[str, int]]
) -> None:
    """Its fills come when its position is gone, and beside whatever else happens."""
    RACED.clear()
    LATE.clear()
    stage = Stage(setup_of())
    stage.do(c.DescribeVenue(account="one", abilities=venue))
    stage.position("4", protection=plan())
    stage.say("exit")
    for event in ("sent", "accepted", "cancelled", "fill"):
        for name in list(stage.state.alive):
            told(stage, event, stage.order(name))
    for event, at in events:
        happen(stage, event, at)
        holds(stage)
    calm(stage)
    is_settled(stage)
    assert picture(stage.state) == picture(replay(stage.records))
    for strategy in STRATEGIES:
        assert stage.share(strategy=strategy) >= ZERO, "nobody went short by a signal"


TRIMS: Final = (
    "limit", "limit", "exit", "taken", "taken", "bust", "cancel_rejected", "cancel_rejected",
    "cancel_rejected", "cancelled", "sent", "sent", "accepted", "part", "fill", "enter", "naked",
    "wait", "wait", "quote", "restart", "down", "up",
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    venue=st.sampled_from(VENUES),
    protection=st.sampled_from((None, plan())),
    events=st.lists(st.tuples(st.sampled_from(TRIMS), st.integers(0, 60)), max_size=30),
)
def test_an_exit_that_is_too_large_is_asked_to_end_until_it_does(
    venue: Abilities, protection: Protection | None, events: list[tuple[str, int]]
) -> None:
    """Its venue refuses, once or often, and the share goes on changing."""
    RACED.clear()
    LATE.clear()
    stage = Stage(setup_of())
    stage.do(c.DescribeVenue(account="one", abilities=venue))
    stage.position("4", protection=protection)
    stage.say("exit", order_type="limit", price="60000")
    for event, at in events:
        happen(stage, event, at)
        holds(stage)
    calm(stage)
    is_settled(stage)
    assert picture(stage.state) == picture(replay(stage.records))
