"""The life of a trade: from the alert that opened it to flat, with its legs and what it cost.

Rules of this file
1. A trade and what it earned is the state's own row; what happened in it are the records between
   its first and its last one.
2. An order belongs to it when one of its fills does; a leg, or an order without fills, when it was
   made meanwhile.
3. Slippage is summed by stage over its orders, in money; what no stage can claim is ``unsplit``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from bridge.http.hops import Story, hop_of, timed, told
from bridge.http.rows import Row, average, fill_row, order_row, text_of, times
from bridge.http.slippage_rows import slippage_row
from bridge.index import Found
from core import records as r
from core.money import ZERO, plain
from core.orders import Order, Purpose
from core.plan_rows import PlanRow
from core.setup import Setup
from core.signals import Signal
from core.slippage import Stage, Unit, slippage_of
from core.state import FillRow, State
from core.trade_rows import TradeRow

TRADES_MAX: Final = 16
"""Trades of one signal that are told whole: a signal to fifty accounts would be a book."""

_WAYS: Final = frozenset(
    {"intended", "fill", "bust", "corrected", "cancelled", "rejected", "expired", "unknown"}
)
"""Hops of orders that a life is told by; the others are in the trace of the order's signal."""


_OF_ORDERS: Final = (r.OrderIntended, r.OrderChanged)


class Trade(NamedTuple):
    """A trade as the state knows it: its protection, and the orders and fills of its book."""

    row: TradeRow
    plan: PlanRow | None
    orders: list[Order]
    fills: list[FillRow]

    @property
    def book(self) -> tuple[str, str, str]:
        """Return its account, instrument and strategy."""
        return self.row.account, self.row.instrument, self.row.strategy


def trades_of(state: State, fills: Iterable[FillRow]) -> list[Trade]:
    """Find the trades that fills belong to, oldest first."""
    wanted: dict[tuple[str, str, str], list[int]] = {}
    for fill in fills:
        place = (fill.account, fill.instrument, fill.strategy)
        wanted.setdefault(place, []).append(fill.first or fill.number)
    found: dict[str, TradeRow] = {}
    for place, numbers in wanted.items():
        row = state.trades.get(place)
        listed = [row] if row is not None else []
        listed += [
            closed
            for closed in state.closed_trades.values()
            if (closed.account, closed.instrument, closed.strategy) == place
        ]
        for one in listed:
            if any(is_within(one, number) for number in numbers):
                found[one.trade] = one
    rows = sorted(found.values(), key=lambda one: one.opened)[:TRADES_MAX]
    return [_known(state, row) for row in rows]


def is_within(row: TradeRow, number: int) -> bool:
    """Say whether a record of its book belongs to a trade."""
    return row.opened <= number and (not row.closed or number <= row.closed)


def _known(state: State, row: TradeRow) -> Trade:
    place = (row.account, row.instrument, row.strategy)
    plan = None if row.closed else state.plans.get(place)
    fills = [
        fill
        for fill in state.fills.values()
        if (fill.account, fill.instrument, fill.strategy) == place
        and is_within(row, fill.first or fill.number)
    ]
    names = dict.fromkeys(fill.order for fill in fills)
    orders = [state.orders[name] for name in names if name in state.orders]
    return Trade(row, plan, orders, fills)


def life_row(trade: Trade, found: list[Found], setup: Setup) -> Row:
    """Write a trade with everything that happened in it. ``found``: the records about it."""
    row = trade.row
    story = Story([one for one in found if isinstance(one.record, _OF_ORDERS)])
    story.orders |= {order.order: order for order in trade.orders}
    story.fills |= {(fill.account, fill.exec_id): fill for fill in trade.fills}
    story.retell()
    fills = sorted(_fills(story, row), key=lambda fill: fill.first or fill.number)
    orders = [order for order in story.orders.values() if _belongs(order, story, fills)]
    orders.sort(key=lambda order: order.intended_ns)
    names = {order.order for order in orders}
    received = (one.record for one in found if isinstance(one.record, r.SignalReceived))
    signals = {record.signal: record.content for record in received}
    return {
        "trade": row.trade,
        "account": row.account,
        "instrument": row.instrument,
        "strategy": row.strategy,
        "side": "long" if row.side == "buy" else "short",
        "open": not row.closed,
        "peak": plain(row.peak),
        "realized": average(row.realized),
        "fees": average(row.fees),
        "pending_fees": row.unpriced,
        "result": average(row.result),
        "moved": row.moved,
        **times(opened_ns=row.opened_ns, closed_ns=row.closed_ns),
        "signals": list(dict.fromkeys(order.origin for order in orders)),
        "orders": [_order_row(order, signals.get(order.origin), setup) for order in orders],
        "fills": [fill_row(fill) for fill in fills],
        "slippage": _cost(orders, signals, setup),
        "plan": None if trade.plan is None else plan_row(trade.plan),
        "hops": _hops(story, found, names),
        "complete": {order.order for order in trade.orders} <= _told_of(found),
    }


def _told_of(found: list[Found]) -> set[str]:
    """Name the orders whose beginning is among the records."""
    intents = (one.record for one in found if isinstance(one.record, r.OrderIntended))
    return {record.order.order for record in intents}


def _fills(story: Story, row: TradeRow) -> list[FillRow]:
    place = (row.account, row.instrument, row.strategy)
    return [
        fill
        for fill in story.fills.values()
        if (fill.account, fill.instrument, fill.strategy) == place
        and is_within(row, fill.first or fill.number)
    ]


def _belongs(order: Order, story: Story, fills: list[FillRow]) -> bool:
    if any(fill.order == order.order for fill in fills):
        return True
    if order.purpose is Purpose.LEG:
        return True
    return not any(fill.order == order.order for fill in story.fills.values())


def role_of(order: Order) -> str:
    """Say what an order is for in its trade: ``entry``, ``exit``, ``stop``, ``target 1`` ..."""
    return order.leg or str(order.purpose)


def _order_row(order: Order, content: Signal | None, setup: Setup) -> Row:
    slippage = slippage_row(order, content, setup.instruments.get(order.instrument))
    return {**order_row(order), "role": role_of(order), **slippage}


def _cost(orders: list[Order], signals: Mapping[str, Signal], setup: Setup) -> Row:
    """Sum the slippage of all orders by stage, in money."""
    sums = dict.fromkeys((*map(str, Stage), "unsplit", "total"), ZERO)
    for order in orders:
        instrument = setup.instruments.get(order.instrument)
        content = signals.get(order.origin)
        found = slippage_of(order, content, instrument) if instrument is not None else None
        if found is None:
            continue
        split = found.units[Unit.MONEY]
        for name, stage in zip(Stage, split.stages, strict=True):
            sums[name] += stage or ZERO
        sums["unsplit"] += split.unsplit
        sums["total"] += split.total
    return {name: plain(value) for name, value in sums.items()}


def plan_row(plan: PlanRow) -> Row:
    """Write the protection that is in force."""
    return {
        "stop": text_of(plan.stop),
        "targets": [
            {"price": plain(one.price), "share": plain(one.share), "filled": plain(one.filled)}
            for one in plan.targets
        ],
        "trail": text_of(plan.trail),
        "break_even_done": plan.break_even_done,
    }


def _hops(story: Story, found: list[Found], orders: set[str]) -> list[Row]:
    roles = {name: role_of(order) for name, order in story.orders.items()}
    hops: list[Row] = []
    for number, record in found:
        if isinstance(record, _OF_ORDERS):
            hops += [
                _with_role(hop, roles.get(hop["order"], ""))
                for hop in told(number, record)
                if hop["order"] in orders and hop["what"] in _WAYS
            ]
        elif isinstance(record, r.SignalReceived):
            content = record.content
            detail = f"{content.strategy}: {content.action} {content.symbol}"
            hop = hop_of("alert", record.at_ns, "Alert", number=number, detail=detail)
            hops.append({**hop, "role": ""})
        else:
            title, detail = _words(record)
            if title:
                hop = hop_of("protection", record.at_ns, title, number=number, detail=detail)
                hops.append({**hop, "role": ""})
    return timed(hops)


def _with_role(hop: Row, role: str) -> Row:
    """Say what the order of a hop is for; once is enough."""
    return {**hop, "role": role, "detail": "" if hop["detail"] == role else hop["detail"]}


def _words(record: r.Record) -> tuple[str, str]:
    """Say what a record of a protection, or of a person, tells."""
    match record:
        case r.ProtectionSet():
            stop = [f"stop {plain(record.stop)}"] if record.stop is not None else []
            listed = [f"target {plain(price)}" for price in record.targets]
            return "Protection in force", ", ".join((*stop, *listed))
        case r.StopMoved():
            why = record.cause.replace("_", " ")
            return "Stop moved", f"to {plain(record.stop)} ({why}, market {plain(record.price)})"
        case r.LevelReached():
            at = f"{plain(record.level)}, market {plain(record.price)}"
            return f"Level reached: {record.leg}", at
        case r.LegsFailed():
            return "Legs failed", f"{record.cause}; the route says {record.policy}"
        case r.LegOpened():
            said = f"{record.side} {plain(record.quantity)} at {plain(record.price)}"
            return "Opened by what should only close", said
        case r.TurnDoubted():
            said = f"{record.side} {plain(record.quantity)} beyond what is heard of its entries"
            return "Turned in our books, perhaps not at the venue", said
        case r.EntryShown():
            return "Shown with no more filled than we know", record.order
        case r.TurnSettled():
            said = f"{plain(record.quantity)} {record.outcome.replace('_', ' ')}"
            return "Doubt about the turn over", f"{said}, {plain(record.left)} left"
        case r.ProtectionEnded():
            return "Protection over", record.reason
        case r.ShareCut():
            return "Changed by others", plain(record.quantity)
        case r.PositionMoved():
            return "Moved by a person", f"{plain(record.quantity)} by {record.by}"
        case _:
            return "", ""
