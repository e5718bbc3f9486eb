"""The hops of a signal's way: each record that is about it, in the order in which it was known.

Rules of this file
1. A hop is a record, or a time in one; its milliseconds count from the hop before and the door.
2. What the index has not come to yet is told from the order's own row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bridge.http.rows import Row, explained, iso
from bridge.index import Found
from core import records as r
from core.fold import fold
from core.money import plain
from core.orders import Order, OrderEvent
from core.setup import EMPTY, Setup
from core.signals import Signal
from core.state import FillRow, SignalRow, State

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


@dataclass(slots=True)
class Story:
    """What the journal and the state say of one signal."""

    found: list[Found]
    row: SignalRow | None = None
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    fills: dict[tuple[str, str], FillRow] = field(default_factory=dict[tuple[str, str], FillRow])
    complete: bool = True
    setup: Setup = EMPTY
    then: Setup | None = None
    """The setup that was in force when the signal was judged; ``None``: nobody knows it."""

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


def hops_of(story: Story, content: Signal | None) -> list[Row]:
    """Write every hop in the order in which it was known here."""
    hops: list[Row] = []
    row = story.row
    if row is not None and content is not None and content.time_ns:
        hops.append(
            hop_of("alert", content.time_ns, "Made by the sender", detail="by its own clock")
        )
    if row is not None and row.door_ns:
        detail = f"route {row.route}"
        hops.append(hop_of("door", row.door_ns, "Received at the door", detail=detail))
    for number, record in story.found:
        hops += told(number, record)
    known = {hop["order"] for hop in hops if hop["what"] == "intended"}
    for order in story.orders.values():
        if order.order not in known:
            hops += _from_row(order)
    hops.sort(key=lambda hop: (hop["at_ns"], hop["number"]))
    return timed(hops, row.door_ns if row is not None else 0)


def told(number: int, record: r.Record) -> list[Row]:
    """Tell a record of a signal or an order as hops."""
    match record:
        case r.SignalReceived():
            title = "Read and judged"
            return [hop_of("journal", record.at_ns, title, number=number)]
        case r.SignalUnread():
            title = "Read, and no signal"
            return [hop_of("journal", record.at_ns, title, number=number, detail=record.code)]
        case r.SignalRepeated():
            title = "The same message came again; nothing was done"
            return [hop_of("repeat", record.at_ns, title, number=number)]
        case r.SignalRefused():
            title = "No action" if record.verdict == "no_action" else "Refused"
            hop = hop_of(record.verdict, record.at_ns, title, number=number, detail=record.code)
            return [{**hop, "account": record.account}]
        case r.SignalServed():
            hop = hop_of("served", record.at_ns, "Cancels asked for", number=number)
            return [{**hop, "account": record.account}]
        case r.OrderIntended():
            order = record.order
            title = "Order held" if order.held_for else "Order approved, may be sent"
            detail = ", ".join(word for word in (order.leg, order.held_for) if word)
            hop = hop_of("intended", record.at_ns, title, number=number, detail=detail)
            return [{**hop, "account": order.account, "order": order.order}]
        case r.OrderChanged():
            return [_change(number, record)]
        case r.EndShown():
            hop = hop_of("shown", record.at_ns, "Looked up: its fills are complete", number=number)
            return [{**hop, "order": record.order}]
        case r.FollowUpDeclined():
            hop = hop_of("declined", record.at_ns, "Not tried again", number=number)
            return [{**hop, "detail": record.code, "order": record.order}]
        case r.LookedUp():
            return [_look(number, record)]
        case r.LookupAsked():
            hop = hop_of("watch", record.at_ns, "Not placed: asked for again", number=number)
            return [{**hop, "order": record.order}]
        case r.TermsSeen():
            title, detail = "Looked up: its old terms", terms_of(record)
            hop = hop_of("terms_seen", record.at_ns, title, number=number, detail=detail)
            return [{**hop, "order": record.order}]
        case r.AlarmRaised():
            text = explained(
                record.code, value=record.value, limit=record.limit, where=record.where
            )["sentence"]
            hop = hop_of("alarm", record.at_ns, "Alarm", number=number, detail=text)
            return [{**hop, "order": record.where}]
        case _:
            return []


def _look(number: int, record: r.LookedUp) -> Row:
    """Tell an answer that did not show an order, and whether it counts."""
    words = [f"asked {', '.join(record.calls)}"] if record.calls else []
    if record.canary:
        words.append(f"it did show {record.canary}")
    if record.conclusive:
        words.append("its own books: proof")
    else:
        words.append("counts" if record.qualified else "proves nothing")
    title = "The venue did not show it"
    hop = hop_of("looked_up", record.at_ns, title, number=number, detail=", ".join(words))
    return {**hop, "order": record.order}


def _change(number: int, record: r.OrderChanged) -> Row:
    words: list[str] = []
    if record.event in (OrderEvent.FILL, OrderEvent.CORRECTED) and record.quantity is not None:
        words.append(f"{plain(record.quantity)} at {plain(record.price or Decimal(0))}")
    if record.event is OrderEvent.RELEASED and record.quantity is not None:
        words.append(f"quantity {plain(record.quantity)}")
    if record.event in (OrderEvent.REPLACE_ASKED, OrderEvent.REPLACED):
        words.append(terms_of(record))
    if record.venue_order and record.event in (OrderEvent.ACCEPTED, OrderEvent.FOUND):
        words.append(f"the venue calls it {record.venue_order}")
    if record.exec_id:
        words.append(f"execution {record.exec_id}")
    if record.inferred:
        words.append("inferred")
    if record.reason:
        words.append(record.reason)
    if record.by:
        words.append(f"by {record.by}")
    entered = record.event is OrderEvent.SENT and record.venue_ns
    hop = hop_of(
        str(record.event),
        record.venue_ns if entered else record.at_ns,
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


def terms_of(record: r.OrderChanged | r.TermsSeen) -> str:
    """Write the terms that a record carries."""
    numbers = (
        ("quantity", record.quantity),
        ("price", record.price),
        ("trigger", record.trigger),
    )
    return ", ".join(f"{name} {plain(value)}" for name, value in numbers if value is not None)


def _from_row(order: Order) -> list[Row]:
    """Tell an order from its row alone, while the index has not come to it."""
    stamps = (
        ("intended", order.intended_ns, "Order approved, may be sent"),
        ("sent", order.sent_ns, EVENTS[OrderEvent.SENT]),
        ("accepted", order.accepted_ns, EVENTS[OrderEvent.ACCEPTED]),
        (str(order.state), order.done_ns, f"Done: {str(order.state).replace('_', ' ')}"),
    )
    return [
        {**hop_of(what, at_ns, title), "order": order.order, "account": order.account}
        for what, at_ns, title in stamps
        if at_ns
    ]


def hop_of(what: str, at_ns: int, title: str, *, number: int = 0, detail: str = "") -> Row:
    """Make a hop."""
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


def timed(hops: list[Row], door_ns: int = 0) -> list[Row]:
    """Write how long each hop was after the one before, and after the door."""
    before = 0
    for hop in hops:
        at_ns = hop["at_ns"]
        hop["since_ms"] = milliseconds(at_ns - before) if before else None
        hop["from_door_ms"] = milliseconds(at_ns - door_ns) if door_ns else None
        before = at_ns
    return hops


def milliseconds(ns: int) -> str:
    """Write a difference in milliseconds, with as many digits as are worth reading."""
    ms = Decimal(ns) / 1_000_000
    text = format(ms, ".2f" if abs(ms) < 10 else ".1f" if abs(ms) < 100 else ".0f")
    return "0.00" if text == "-0.00" else text
