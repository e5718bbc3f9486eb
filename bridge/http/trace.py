"""The trace of one signal: every hop with its time, every check with value and limit, what became of the orders.

Rules of this file
1. It is made from journal records by the fold that made the state, so the two cannot tell different stories.
2. What the state knows newer than the index wins; what is missing is said (``complete``), never guessed.
3. A hop is a record (or a time in one). Its milliseconds are counted from the hop before and from the door.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import msgspec

from bridge.http.rows import (
    Row,
    asked_row,
    average,
    explained,
    fill_row,
    iso,
    order_row,
    signal_row,
    verdict_row,
)
from bridge.index import Found
from core import records as r
from core.fold import fold
from core.money import plain
from core.orders import Order, OrderEvent, Purpose
from core.risk.checks import Check
from core.risk.controls import Control, Effect, Mode, effect_of
from core.signals import Signal
from core.state import FillRow, SignalRow, State

TITLES: Final[Mapping[str, str]] = {
    "allowed": "May the strategy trade this?",
    "collar_percent": "Price near the market",
    "daily_loss_max": "Loss of the day",
    "duplicate": "Not served before",
    "gross_max": "Worth of all positions",
    "halt": "Bridge open",
    "messages_per_minute": "Messages of the account",
    "open_orders_max": "Orders alive",
    "position_max": "Position if all fills",
    "quantity_max": "Quantity of one order",
    "signal_age": "Age of the signal",
    "signals_per_minute": "Signals of the strategy",
    "trading_state": "State of the account",
    "unknown_orders": "Orders of unknown outcome",
    "value_max": "Value of one order",
}
"""Names of checks as people read them."""

EVENTS: Final[Mapping[OrderEvent, str]] = {
    OrderEvent.RELEASED: "Judged again and released",
    OrderEvent.SENT: "Handed to the venue",
    OrderEvent.TIMED_OUT: "No answer that proves anything: unknown",
    OrderEvent.ACCEPTED: "Accepted by the venue",
    OrderEvent.FILL: "Filled",
    OrderEvent.CANCEL_ASKED: "Cancel asked for",
    OrderEvent.CANCELLED: "Cancelled",
    OrderEvent.CANCEL_REJECTED: "Cancel rejected by the venue",
    OrderEvent.REPLACE_ASKED: "Change asked for",
    OrderEvent.REPLACED: "Changed",
    OrderEvent.REPLACE_REJECTED: "Change rejected by the venue",
    OrderEvent.REJECTED: "Rejected",
    OrderEvent.EXPIRED: "Expired",
    OrderEvent.DONE_FOR_DAY: "Rests until the next session",
    OrderEvent.FOUND: "Found at the venue",
    OrderEvent.ABSENT: "Proven not to be at the venue",
    OrderEvent.BUST: "A fill was taken back",
    OrderEvent.CORRECTED: "A fill was corrected",
}

_checks: Final = msgspec.json.Decoder(list[Check])


@dataclass(slots=True)
class Story:
    """What the journal and the state say of one signal."""

    found: list[Found]
    row: SignalRow | None = None
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    fills: dict[tuple[str, str], FillRow] = field(default_factory=dict[tuple[str, str], FillRow])
    complete: bool = True

    def retell(self) -> None:
        """Fold the records where the state no longer knows, or does not know better."""
        state = State()
        for number, record in self.found:
            state.number = number - 1
            fold(state, record)
        rows = list(state.signals.values())
        self.row = self.row or (rows[0] if rows else None)
        self.orders = state.orders | self.orders
        self.fills = state.fills | self.fills


def trace_of(story: Story, signal: str) -> Row | None:
    """Tell a signal's whole way; ``None`` when nobody knows it."""
    story.retell()
    if story.row is None or story.row.signal != signal:
        return None
    content = story.row.content
    received = next((f.record for f in story.found if isinstance(f.record, _RECEIVED)), None)
    hops = _hops(story, content)
    orders = sorted(story.orders.values(), key=lambda order: order.number)
    return {
        **signal_row(story.row),
        "asked": None if content is None else asked_row(content),
        "accounts": _accounts(story),
        "hops": hops,
        "stages": _stages(story, content),
        "orders": [{**order_row(order), **_slippage(order, content)} for order in orders],
        "fills": [fill_row(fill) for fill in sorted(story.fills.values(), key=lambda f: f.number)],
        "raw": getattr(received, "raw", ""),
        "extra": list(getattr(received, "extra", ())),
        "complete": story.complete and received is not None,
        "alive": any(order.leaves for order in orders),
        "cli": f"bascule signal explain {signal}",
    }


_RECEIVED: Final = (r.SignalReceived, r.SignalUnread)


def order_trace(story: Story, order: str) -> Row | None:
    """Tell what happened to one order; ``None`` when nobody knows it."""
    story.retell()
    row = story.orders.get(order)
    if row is None:
        return None
    fills = (fill for fill in story.fills.values() if fill.order == order)
    return {
        **order_row(row),
        **_slippage(row, None),
        "fills": [fill_row(fill) for fill in sorted(fills, key=lambda fill: fill.number)],
        "hops": _hops(story, None),
        "complete": story.complete,
    }


# --- checks ---------------------------------------------------------------------------------------------


def _accounts(story: Story) -> list[Row]:
    """Write each account's verdict with its checks and its sizing."""
    checks: dict[str, list[Row]] = {}
    sizing: dict[str, str] = {}
    for _, record in story.found:
        if isinstance(record, r.SignalRefused):
            checks[record.account] = check_rows(record.checks, Purpose.ENTRY, record.code)
        elif isinstance(record, r.OrderIntended):
            order = record.order
            sizing[order.account] = record.sizing
            checks[order.account] = check_rows(record.checks, order.purpose, order.held_for)
    assert story.row is not None, "asked only of a known signal"
    return [
        {
            **verdict_row(verdict),
            "sizing": sizing.get(verdict.account, ""),
            "checks": checks.get(verdict.account, []),
        }
        for verdict in story.row.verdicts
        if verdict.account
    ]


def check_rows(raw: msgspec.Raw, purpose: Purpose, decided: str) -> list[Row]:
    """Write checks with what each of them did to this act. ``decided``: the code of the verdict."""
    try:
        checks = _checks.decode(raw)
    except msgspec.MsgspecError:
        return []
    mode = next((check.value for check in checks if check.name == "trading_state"), Mode.ACTIVE)
    return [_check_row(check, purpose, Mode(mode), decided) for check in checks]


def _check_row(check: Check, purpose: Purpose, mode: Mode, decided: str) -> Row:
    result = "ok"
    if check.code:
        effect = effect_of(Control(check.control), purpose, mode)
        result = {Effect.REFUSE: "refused", Effect.HOLD: "held", Effect.PASS: "passes"}[effect]
    facts = explained(check.code, value=check.value, limit=check.limit, where=check.scope)
    return {
        "control": check.control,
        "name": check.name,
        "title": TITLES.get(check.name, check.name),
        "value": check.value,
        "limit": check.limit,
        "scope": check.scope,
        "code": check.code,
        "result": result,
        "decided": bool(check.code) and check.code == decided,
        "sentence": facts["sentence"],
        "fix": facts["fix"],
    }


# --- hops -----------------------------------------------------------------------------------------------


def _hops(story: Story, content: Signal | None) -> list[Row]:
    """Write every hop in the order in which it was known here."""
    hops: list[Row] = []
    row = story.row
    if row is not None and content is not None and content.time_ns:
        hops.append(_hop("alert", content.time_ns, "Made by the sender", detail="by its own clock"))
    if row is not None and row.door_ns:
        detail = f"route {row.route}"
        hops.append(_hop("door", row.door_ns, "Received at the door", detail=detail))
    for number, record in story.found:
        hops += _hops_of(number, record)
    known = {hop["order"] for hop in hops if hop["what"] == "intended"}
    for order in story.orders.values():
        if order.order not in known:
            hops += _from_row(order)
    hops.sort(key=lambda hop: (hop["at_ns"], hop["number"]))
    return _timed(hops, row.door_ns if row is not None else 0)


def _hops_of(number: int, record: r.Record) -> list[Row]:
    match record:
        case r.SignalReceived():
            title = "Read and judged, on the disk"
            return [_hop("journal", record.at_ns, title, number=number)]
        case r.SignalUnread():
            title = "Read, and no signal"
            return [_hop("journal", record.at_ns, title, number=number, detail=record.code)]
        case r.SignalRepeated():
            title = "The same message came again; nothing was done"
            return [_hop("repeat", record.at_ns, title, number=number)]
        case r.SignalRefused():
            title = "No action" if record.verdict == "no_action" else "Refused"
            hop = _hop(record.verdict, record.at_ns, title, number=number, detail=record.code)
            return [{**hop, "account": record.account}]
        case r.SignalServed():
            hop = _hop("served", record.at_ns, "Cancels asked for", number=number)
            return [{**hop, "account": record.account}]
        case r.OrderIntended():
            order = record.order
            title = "Order held" if order.held_for else "Order approved, may be sent"
            hop = _hop("intended", record.at_ns, title, number=number, detail=order.held_for)
            return [{**hop, "account": order.account, "order": order.order}]
        case r.OrderChanged():
            return [_change(number, record)]
        case r.AlarmRaised():
            text = explained(
                record.code, value=record.value, limit=record.limit, where=record.where
            )["sentence"]
            hop = _hop("alarm", record.at_ns, "Alarm", number=number, detail=text)
            return [{**hop, "order": record.where}]
        case _:
            return []


def _change(number: int, record: r.OrderChanged) -> Row:
    words: list[str] = []
    if record.event in (OrderEvent.FILL, OrderEvent.CORRECTED) and record.quantity is not None:
        words.append(f"{plain(record.quantity)} at {plain(record.price or Decimal(0))}")
    if record.event is OrderEvent.RELEASED and record.quantity is not None:
        words.append(f"quantity {plain(record.quantity)}")
    if record.venue_order and record.event in (OrderEvent.ACCEPTED, OrderEvent.FOUND):
        words.append(f"the venue calls it {record.venue_order}")
    if record.exec_id:
        words.append(f"execution {record.exec_id}")
    if record.reason:
        words.append(record.reason)
    if record.by:
        words.append(f"by {record.by}")
    hop = _hop(
        str(record.event),
        record.at_ns,
        EVENTS[record.event],
        number=number,
        detail=", ".join(words),
    )
    return {
        **hop,
        "order": record.order,
        "state": str(record.to),
        "venue_ns": record.venue_ns or None,
        "venue": iso(record.venue_ns) or None,
        "raw": record.raw,
    }


def _from_row(order: Order) -> list[Row]:
    """Tell an order from its row alone, while the index has not come to it."""
    stamps = (
        ("intended", order.intended_ns, "Order approved, may be sent"),
        ("sent", order.sent_ns, EVENTS[OrderEvent.SENT]),
        ("accepted", order.accepted_ns, EVENTS[OrderEvent.ACCEPTED]),
        (str(order.state), order.done_ns, f"Done: {str(order.state).replace('_', ' ')}"),
    )
    return [
        {**_hop(what, at_ns, title), "order": order.order, "account": order.account}
        for what, at_ns, title in stamps
        if at_ns
    ]


def _hop(what: str, at_ns: int, title: str, *, number: int = 0, detail: str = "") -> Row:
    return {
        "what": what,
        "at_ns": at_ns,
        "at": iso(at_ns),
        "title": title,
        "detail": detail,
        "number": number,
        "account": "",
        "order": "",
        "state": "",
        "raw": "",
    }


def _timed(hops: list[Row], door_ns: int) -> list[Row]:
    before = 0
    for hop in hops:
        at_ns = hop["at_ns"]
        hop["since_ms"] = _ms(at_ns - before) if before else None
        hop["from_door_ms"] = _ms(at_ns - door_ns) if door_ns else None
        before = at_ns
    return hops


def _ms(ns: int) -> str:
    """Write a difference in milliseconds, with as many digits as are worth reading."""
    ms = Decimal(ns) / 1_000_000
    return format(ms, ".2f" if abs(ms) < 10 else ".1f" if abs(ms) < 100 else ".0f")


# --- where the time and the price went ------------------------------------------------------------------


def _stages(story: Story, content: Signal | None) -> list[Row]:
    """Split the way into alert, bridge, wire and venue; of several orders, the first."""
    row = story.row
    assert row is not None, "asked only of a known signal"
    orders = sorted(story.orders.values(), key=lambda order: order.number)
    order = orders[0] if orders else None
    filled = [fill.at_ns for fill in story.fills.values() if order and fill.order == order.order]
    alert_ns = content.time_ns or 0 if content is not None else 0
    points = (
        ("alert", "sender to door", alert_ns),
        ("bridge", "door to verdict", row.door_ns),
        ("dispatch", "verdict to venue", row.at_ns),
        ("venue", "venue to acceptance", order.sent_ns if order else 0),
        ("fill", "acceptance to last fill", order.accepted_ns if order else 0),
    )
    ends = [point[2] for point in points[1:]] + [max(filled, default=0)]
    return [
        {"stage": name, "what": what, "ms": _ms(max(0, end - start)), "ns": max(0, end - start)}
        for (name, what, start), end in zip(points, ends, strict=True)
        if start and end
    ]


def _slippage(order: Order, content: Signal | None) -> Row:
    """Say how much worse than the market's middle, and than the sender's own price, it was filled."""
    price, sign = order.average_price, order.side.sign
    own = content.price if content is not None and order.price is None else None
    out: Row = {"sender_price": None if own is None else plain(own)}
    for name, base in (("slippage", order.reference), ("sender_slippage", own)):
        worse = None if price is None or base is None or not base else (price - base) * sign
        out[name] = average(worse)
        out[f"{name}_bp"] = None
        if worse is not None and base:
            out[f"{name}_bp"] = format(worse * 10_000 / base, ".2f")
    return out


def stories_orders(row: SignalRow) -> Iterable[str]:
    """Name the orders of a signal."""
    return (order for verdict in row.verdicts for order in verdict.orders)
