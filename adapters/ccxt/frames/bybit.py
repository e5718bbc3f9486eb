"""Bybit v5: its private stream, topics ``order`` and ``execution``.

Rules of this file
1. Fills come from ``execution`` alone; ``order`` says how an order stands, and how much the venue
   counts as filled.
2. Bybit has no event for an amendment: an order that shows other terms than before was amended.
3. Every order status and execution type that Bybit documents has its line; another is a gap.
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
    rows_of,
    text,
    time_ns,
)
from core.orders import OrderEvent, Terms
from core.reports import Report

STATUSES: Final = {
    "Created": OrderEvent.ACCEPTED,
    "New": OrderEvent.ACCEPTED,
    "Active": OrderEvent.ACCEPTED,
    "Untriggered": OrderEvent.ACCEPTED,
    "Triggered": OrderEvent.ACCEPTED,
    "PartiallyFilled": OrderEvent.ACCEPTED,
    "PendingCancel": OrderEvent.ACCEPTED,
    "Filled": None,
    "Cancelled": OrderEvent.CANCELLED,
    "PartiallyFilledCanceled": OrderEvent.CANCELLED,
    "Deactivated": OrderEvent.CANCELLED,
    "Rejected": OrderEvent.REJECTED,
}
"""Order status -> event; ``None``: its fills say it."""

FORCED: Final = frozenset({"AdlTrade", "BustTrade", "Delivery", "Settle"})
"""Execution types that no order of anybody asked for."""

MOVED: Final = frozenset({"BlockTrade", "MovePosition", "FutureSpread"})
"""Execution types that a person asked for elsewhere."""

MONEY: Final = frozenset({"wallet", "position", "greeks"})

NO_REASON: Final = ("", "EC_NoError", "UNKNOWN")

_ANSWERS: Final = ("auth", "subscribe")


def _read(frame: object, eyes: Eyes) -> Reading:
    whole = row_of(frame, "frame")
    topic = text(whole, "topic")
    if not topic:
        return _answer(whole)
    if topic in MONEY:
        return Reading(money=True, private=True, venue_ns=moment_ns(whole, "creationTime"))
    venue_ns = moment_ns(whole, "creationTime")
    rows = rows_of(whole.get("data"), "data")
    if topic == "order":
        return _joined([_order(row, eyes) for row in rows], venue_ns)
    if topic == "execution":
        return _joined([_execution(row, eyes) for row in rows], venue_ns)
    return Reading(gap=f"unknown topic {topic}", private=True)


def _answer(whole: Row) -> Reading:
    op = text(whole, "op")
    good = whole.get("success") is True or text(whole, "retCode") == "0"
    if op == "pong" or text(whole, "ret_msg") == "pong":
        return NOTHING
    if op in _ANSWERS and good:
        return Reading(acked=op)
    if op in _ANSWERS or whole.get("success") is False:
        said = text(whole, "ret_msg") or text(whole, "retMsg") or text(whole, "retCode")
        return Reading(refused=f"{op} {said}".strip())
    return NOTHING


def _joined(readings: list[Reading], venue_ns: int) -> Reading:
    """Put what the rows of a frame say together, in their order."""
    return Reading(
        told=tuple(told for reading in readings for told in reading.told),
        gap="; ".join(reading.gap for reading in readings if reading.gap)[:500],
        others="; ".join(reading.others for reading in readings if reading.others)[:500],
        money=any(reading.money for reading in readings),
        private=True,
        venue_ns=venue_ns,
    )


def _order(row: Row, eyes: Eyes) -> Reading:
    order = eyes.owner(needed(row, "orderId"), text(row, "orderLinkId"))
    if not order:
        return NOTHING
    status = needed(row, "orderStatus")
    if status not in STATUSES:
        return Reading(gap=f"unknown order status {status} of {needed(row, 'orderId')}")
    event = STATUSES[status]
    reason = text(row, "rejectReason")
    if reason in NO_REASON:
        reason = text(row, "cancelType") if event is OrderEvent.CANCELLED else ""
    report = None
    if event is not None:
        report = Report(
            account=eyes.account,
            order=order,
            event=event,
            at_ns=time_ns(row, "updatedTime", "createdTime"),
            venue_order=needed(row, "orderId"),
            reason="" if reason in NO_REASON else reason,
            raw=eyes.clean(row),
        )
    told = Told(
        key=needed(row, "orderId"),
        report=report,
        filled=number(row, "cumExecQty"),
        born_ns=moment_ns(row, "createdTime"),
        terms=_terms(row) if event is OrderEvent.ACCEPTED else None,
    )
    return Reading(told=(told,))


def _terms(row: Row) -> Terms:
    """Return the terms that a working order shows. A market order's price is the venue's own."""
    limit = text(row, "orderType") != "Market"
    return Terms(
        quantity=amount(row, "qty"),
        price=positive(row, "price") if limit else None,
        trigger=positive(row, "triggerPrice"),
    )


def _execution(row: Row, eyes: Eyes) -> Reading:
    kind, key = needed(row, "execType"), needed(row, "orderId")
    if kind == "Funding":
        return Reading(money=True)
    if kind in FORCED:
        return Reading(others=f"forced by the venue: {kind} {text(row, 'symbol')}", money=True)
    order = eyes.owner(key, text(row, "orderLinkId"))
    if kind in MOVED or (kind == "Trade" and not order):
        return Reading(others=f"{text(row, 'symbol')} {kind} {key}")
    if kind != "Trade":
        return Reading(gap=f"unknown execution type {kind} of {key}")
    currency = text(row, "feeCurrency") or eyes.settles(needed(row, "symbol"))
    fee = number(row, "execFee") if currency else None
    report = Report(
        account=eyes.account,
        order=order,
        event=OrderEvent.FILL,
        at_ns=time_ns(row, "execTime"),
        venue_order=key,
        exec_id=needed(row, "execId"),
        quantity=amount(row, "execQty"),
        price=amount(row, "execPrice"),
        fee=fee,
        fee_currency=currency if fee is not None else "",
        raw=eyes.clean(row),
    )
    return Reading(told=(Told(key=key, report=report),), money=True)


read = careful(_read)
"""Read one frame of the private stream."""
