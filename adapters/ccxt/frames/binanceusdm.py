"""Binance USD-M futures: its user data stream (``ORDER_TRADE_UPDATE``, ``ALGO_UPDATE`` and what
comes beside them).

Rules of this file
1. Every execution type and algo status that Binance documents has its line; another is a gap.
2. An order that waits for a trigger is an algo order, ended there; what it becomes when triggered
   is another order at the venue, and ours all the same.
3. Liquidation and deleveraging fill orders that nobody sent: the position changed by strangers.
"""

from __future__ import annotations

from typing import Final

from adapters.ccxt.frames.binance import (
    OVER,
    answered,
    key_of,
    of_others,
    report_of,
)
from adapters.ccxt.frames.reading import (
    Eyes,
    Reading,
    Row,
    Told,
    careful,
    moment_ns,
    needed,
    number,
    row_of,
    text,
)
from core.orders import OrderEvent
from core.reports import Report

EVENTS: Final = {
    "NEW": OrderEvent.ACCEPTED,
    "CANCELED": OrderEvent.CANCELLED,
    "TRADE": OrderEvent.FILL,
    "EXPIRED": OrderEvent.EXPIRED,
    "AMENDMENT": OrderEvent.REPLACED,
    "REJECTED": OrderEvent.REJECTED,
}
"""Execution type -> event. ``CALCULATED`` is a liquidation: a fill of nobody's order."""

ALGO_EVENTS: Final = {
    "NEW": OrderEvent.ACCEPTED,
    "CANCELED": OrderEvent.CANCELLED,
    "EXPIRED": OrderEvent.EXPIRED,
    "REJECTED": OrderEvent.REJECTED,
}
"""Status of an order that waits for a trigger -> event. The other statuses speak of the order that
it became."""

MONEY: Final = frozenset({"ACCOUNT_UPDATE", "ACCOUNT_CONFIG_UPDATE"})
BESIDE: Final = frozenset({"TRADE_LITE", "STRATEGY_UPDATE", "GRID_UPDATE"})
"""What is told in full by another event, or speaks of things that the bridge never asks for."""

FORCED: Final = ("autoclose-", "adl_autoclose", "settlement_autoclose-")
"""How client ids begin of orders that the venue itself makes: liquidation, deleveraging, the end of
a contract."""


def _read(frame: object, eyes: Eyes) -> Reading:
    whole = row_of(frame, "frame")
    if "stream" in whole and "data" in whole:
        whole = row_of(whole["data"], "data")
    if "e" not in whole:
        return answered(whole)
    kind = text(whole, "e")
    venue_ns = moment_ns(whole, "E")
    if kind == "ORDER_TRADE_UPDATE":
        return _execution(row_of(whole.get("o"), "o"), eyes, venue_ns)
    if kind == "ALGO_UPDATE":
        return _algo(row_of(whole.get("o"), "o"), eyes, moment_ns(whole, "T", "E"))
    if kind in OVER:
        return Reading(over=OVER[kind], private=True, venue_ns=venue_ns)
    if kind in MONEY:
        return Reading(money=True, private=True, venue_ns=venue_ns)
    if kind in BESIDE:
        return Reading(private=True, venue_ns=venue_ns)
    if kind == "MARGIN_CALL":
        return Reading(others="margin call", money=True, private=True, venue_ns=venue_ns)
    if kind == "CONDITIONAL_ORDER_TRIGGER_REJECT":
        return Reading(gap=_trigger_refused(whole), private=True, venue_ns=venue_ns)
    return Reading(gap=f"unknown event {kind}", private=True, venue_ns=venue_ns)


def _trigger_refused(whole: Row) -> str:
    row = row_of(whole.get("or"), "or")
    return f"a triggered order was refused: {text(row, 's')}:{text(row, 'i')} {text(row, 'r')}"


def _execution(row: Row, eyes: Eyes, venue_ns: int) -> Reading:
    kind, key, name = needed(row, "x"), key_of(row), text(row, "c")
    if kind == "CALCULATED" or name.startswith(FORCED):
        others = f"forced by the venue: {key} {name}" if kind in ("CALCULATED", "TRADE") else ""
        return Reading(others=others, money=True, private=True, venue_ns=venue_ns)
    order = eyes.owner(key, name)
    if not order:
        return of_others(key, kind, venue_ns)
    if kind == "TRADE_PREVENTION":
        kind = "EXPIRED"  # futures end the whole order
    event = EVENTS.get(kind)
    if event is None:
        return Reading(gap=f"unknown execution type {kind} of {key}", private=True)
    report = report_of(row, order, event, eyes, trigger="sp")
    told = Told(key=key, report=report, filled=number(row, "z"))
    return Reading(told=(told,), private=True, venue_ns=venue_ns)


def _algo(row: Row, eyes: Eyes, at_ns: int) -> Reading:
    status, name = needed(row, "X"), text(row, "caid")
    order = eyes.ours(name) if name else ""
    if not order:
        return Reading(private=True, venue_ns=at_ns)
    key = f"{needed(row, 's')}:algo:{needed(row, 'aid')}"
    child = text(row, "ai")
    links = ((f"{needed(row, 's')}:{child}", order),) if child not in ("", "0") else ()
    if status == "TRIGGERING":
        return Reading(begun=key, links=links, private=True, venue_ns=at_ns)
    if status in ("TRIGGERED", "FINISHED"):
        return Reading(done=key, links=links, private=True, venue_ns=at_ns)
    event = ALGO_EVENTS.get(status)
    if event is None:
        return Reading(gap=f"unknown algo status {status} of {key}", private=True)
    report = Report(
        account=eyes.account,
        order=order,
        event=event,
        at_ns=at_ns,
        venue_order=needed(row, "aid"),
        reason=text(row, "rm") if event is not OrderEvent.ACCEPTED else "",
        raw=eyes.clean(row),
    )
    told = (Told(key=key, report=report),)
    return Reading(told=told, done=key, links=links, private=True, venue_ns=at_ns)


read = careful(_read)
"""Read one frame of the user data stream."""
