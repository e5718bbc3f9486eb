"""Binance spot: its user data stream (``executionReport`` and what comes beside it).

Rules of this file
1. Every execution type that Binance documents has its line; one that it does not is a gap.
2. A cancel has two client ids: ``c`` of the request, ``C`` of the order. The order is meant.
"""

from __future__ import annotations

from typing import Final

from adapters.ccxt.frames.reading import (
    NOTHING,
    Eyes,
    Reading,
    Row,
    Told,
    amount,
    careful,
    moment_ns,
    needed,
    number,
    positive,
    row_of,
    text,
    time_ns,
)
from core.orders import OrderEvent
from core.reports import Report

EVENTS: Final = {
    "NEW": OrderEvent.ACCEPTED,
    "CANCELED": OrderEvent.CANCELLED,
    "REPLACED": OrderEvent.REPLACED,
    "REJECTED": OrderEvent.REJECTED,
    "TRADE": OrderEvent.FILL,
    "EXPIRED": OrderEvent.EXPIRED,
}
"""Execution type -> event. ``TRADE_PREVENTION`` depends on what is left of the order."""

OVER: Final = {
    "eventStreamTerminated": "the venue ended the stream of the account",
    "listenKeyExpired": "the key of the stream expired",
    "serverShutdown": "the venue's server is about to stop",
}
"""Events after which nothing more will be told."""

MONEY: Final = frozenset({"outboundAccountPosition", "balanceUpdate", "externalLockUpdate"})
BESIDE: Final = frozenset({"listStatus"})
"""Said of lists of orders, of which each order is told by itself, too."""

NO_REASON: Final = ("", "NONE", "0")


def _read(frame: object, eyes: Eyes) -> Reading:
    whole = row_of(frame, "frame")
    if "event" not in whole and "e" not in whole:
        return answered(whole)
    event = row_of(whole.get("event", whole), "event")
    kind = text(event, "e")
    venue_ns = moment_ns(event, "E")
    if kind == "executionReport":
        return _execution(event, eyes, venue_ns)
    if kind in OVER:
        return Reading(over=OVER[kind], private=True, venue_ns=venue_ns)
    if kind in MONEY:
        return Reading(money=True, private=True, venue_ns=venue_ns)
    if kind in BESIDE:
        return Reading(private=True, venue_ns=venue_ns)
    return Reading(gap=f"unknown event {kind}", private=True, venue_ns=venue_ns)


def answered(whole: Row) -> Reading:
    """Read the answer to something that was asked of the socket."""
    error = whole.get("error")
    if error is not None:
        row = row_of(error, "error")
        return Reading(refused=f"{text(row, 'code')} {text(row, 'msg')}".strip())
    if "id" in whole and ("result" in whole or "status" in whole):
        status = text(whole, "status")
        if status not in ("", "200"):
            return Reading(refused=f"status {status}")
        return Reading(acked="subscribe")
    return NOTHING


def _execution(row: Row, eyes: Eyes, venue_ns: int) -> Reading:
    kind, key = needed(row, "x"), key_of(row)
    order = eyes.owner(key, text(row, "C"), text(row, "c"))
    if not order:
        return of_others(key, kind, venue_ns)
    if kind == "TRADE_PREVENTION":
        if text(row, "X") != "EXPIRED_IN_MATCH":
            return Reading(gap=f"self-trade prevention cut {key}", private=True)
        event = OrderEvent.EXPIRED
    elif kind in EVENTS:
        event = EVENTS[kind]
    else:
        return Reading(gap=f"unknown execution type {kind} of {key}", private=True)
    filled = number(row, "z")
    report = report_of(row, order, event, eyes)
    told = Told(key=key, report=report, filled=filled, born_ns=moment_ns(row, "O"))
    return Reading(told=(told,), private=True, venue_ns=venue_ns)


def key_of(row: Row) -> str:
    """Return the order as it is named at the venue: ids are unique in their market only."""
    return f"{needed(row, 's')}:{needed(row, 'i')}"


def of_others(key: str, kind: str, venue_ns: int) -> Reading:
    """Say what somebody else's order did: only a trade changes anything for us."""
    others = f"{key} {kind}" if kind in ("TRADE", "CALCULATED") else ""
    return Reading(others=others, owner=key, private=True, venue_ns=venue_ns)


def report_of(row: Row, order: str, event: OrderEvent, eyes: Eyes, *, trigger: str = "P") -> Report:
    """Make the report of an execution row, which spot and futures share but for one field."""
    fill = event is OrderEvent.FILL
    replaced = event is OrderEvent.REPLACED
    quantity = price = fee = at_trigger = None
    if fill:
        quantity, price = amount(row, "l"), amount(row, "L")
        fee = number(row, "n") if text(row, "N") else None
    elif replaced:
        quantity, price = amount(row, "q"), positive(row, "p")
        at_trigger = positive(row, trigger)
    reason = text(row, "r")
    return Report(
        account=eyes.account,
        order=order,
        event=event,
        at_ns=time_ns(row, "T", "E"),
        venue_order=needed(row, "i"),
        exec_id=f"{needed(row, 's')}:{needed(row, 't')}" if fill else "",
        quantity=quantity,
        price=price,
        trigger=at_trigger,
        fee=fee,
        fee_currency=text(row, "N") if fee is not None else "",
        reason="" if reason in NO_REASON else reason,
        raw=eyes.clean(row),
    )


read = careful(_read)
"""Read one frame of the user data stream."""
