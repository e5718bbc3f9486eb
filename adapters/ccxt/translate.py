"""Translation: what ccxt made of a venue's answer, as rows and reports in our words.

Rules of this file
1. The venue's own status word counts; ccxt's word only where ours does not know it. "Closed" is not
   "filled": what is filled against the amount says which.
2. A word that nobody knows leaves the order alive: alive is asked for again, over is not.
3. Every number is read from text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from adapters.ccxt.redaction import redacted
from adapters.ccxt.rows import OrderRow, TradeRow
from core.money import ZERO, decimal_of
from core.orders import OrderEvent, OrderType, Side
from core.reports import Report, VenueOrder

MS_NS: Final = 1_000_000

ALIVE: Final = OrderEvent.ACCEPTED

STATUSES: Final[Mapping[str, OrderEvent]] = {
    # Binance, spot and swaps, and its orders with a trigger
    "NEW": ALIVE,
    "PENDING_NEW": ALIVE,
    "PARTIALLY_FILLED": ALIVE,
    "PENDING_CANCEL": ALIVE,
    "ACCEPTED": ALIVE,
    "TRIGGERING": ALIVE,
    "TRIGGERED": ALIVE,  # what became of it says the order that it made
    "FINISHED": ALIVE,
    "FILLED": OrderEvent.FILL,
    "CANCELED": OrderEvent.CANCELLED,
    "CANCELLED": OrderEvent.CANCELLED,
    "EXPIRED": OrderEvent.EXPIRED,
    "EXPIRED_IN_MATCH": OrderEvent.EXPIRED,
    "REJECTED": OrderEvent.REJECTED,
    # Bybit
    "New": ALIVE,
    "Created": ALIVE,
    "PartiallyFilled": ALIVE,
    "Untriggered": ALIVE,
    "Triggered": ALIVE,
    "Active": ALIVE,
    "PendingCancel": ALIVE,
    "Filled": OrderEvent.FILL,
    "PartiallyFilledCanceled": OrderEvent.CANCELLED,
    "Cancelled": OrderEvent.CANCELLED,
    "Deactivated": OrderEvent.CANCELLED,
    "Rejected": OrderEvent.REJECTED,
}
"""A venue's own word for where an order stands -> what it proves."""

RAW_STATUS: Final = ("orderStatus", "algoStatus", "status")
"""Fields in which venues keep that word, the first that is there counts."""

UNIFIED: Final[Mapping[str, OrderEvent]] = {
    "open": ALIVE,
    "canceling": ALIVE,
    "canceled": OrderEvent.CANCELLED,
    "expired": OrderEvent.EXPIRED,
    "rejected": OrderEvent.REJECTED,
}
"""ccxt's words; "closed" is judged by what is filled."""


def number(value: object) -> Decimal | None:
    """Read a number from text, ``None`` where there is none."""
    if value is None or value == "":
        return None
    if isinstance(value, (str, int, Decimal)):
        return decimal_of(value)
    raise TypeError(f"a {type(value).__name__} is not the venue's own text")


def positive(value: object) -> Decimal | None:
    """Read a number that means "none" when it is zero."""
    read = number(value)
    return read or None


def nanoseconds(value: object) -> int:
    """Read a time in Unix milliseconds; 0 where there is none."""
    read = number(value)
    return int(read) * MS_NS if read is not None else 0


def moment_ns(text: str) -> int | None:
    """Read a time written out; without a zone it is UTC. ``None``: it is none."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = told if told.tzinfo else told.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000


def raw_of(info: Mapping[str, Any]) -> str:
    """Return the venue's own message as text, bounded and without secrets."""
    return redacted(json.dumps(info, separators=(",", ":"), default=str))


def event_of(raw: str, status: str, filled: Decimal, amount: Decimal) -> OrderEvent:
    """Say what an order's status proves."""
    known = STATUSES.get(raw) or UNIFIED.get(status)
    if known is not None:
        return known
    if amount > ZERO and filled >= amount:
        return OrderEvent.FILL
    return OrderEvent.CANCELLED if status == "closed" else ALIVE


def order_row(order: Mapping[str, Any]) -> OrderRow | None:
    """Read an order of ccxt's; ``None`` when it does not say what is traded."""
    info: Mapping[str, Any] = order.get("info") or {}
    raw = next((str(info[key]) for key in RAW_STATUS if info.get(key)), "")
    amount = number(order.get("amount")) or ZERO
    filled = number(order.get("filled")) or ZERO
    side = order.get("side")
    if side not in ("buy", "sell") or not order.get("symbol"):
        return None
    trigger = positive(order.get("triggerPrice") or order.get("stopPrice"))
    event = event_of(raw, str(order.get("status") or ""), filled, amount)
    price = positive(order.get("price"))
    return OrderRow(
        name=str(order.get("clientOrderId") or ""),
        venue_order=str(order.get("id") or ""),
        symbol=str(order["symbol"]),
        side=Side(side),
        order_type=type_of(str(order.get("type") or ""), trigger, price),
        amount=amount,
        filled=filled,
        event=event,
        at_ns=_moment(order, info),
        price=price,
        trigger=trigger,
        reason=_reason(info, raw, event),
        child=_child(info),
        raw=raw_of(info),
    )


def type_of(word: str, trigger: Decimal | None, price: Decimal | None) -> OrderType:
    """Return our type of an order by its word and its prices."""
    market = "market" in word or (not word and price is None)
    if trigger is not None:
        return OrderType.STOP if market or price is None else OrderType.STOP_LIMIT
    return OrderType.MARKET if market else OrderType.LIMIT


def _child(info: Mapping[str, Any]) -> str:
    told = str(info.get("actualOrderId") or "")
    return "" if told == "0" else told


def _moment(order: Mapping[str, Any], info: Mapping[str, Any]) -> int:
    for value in (
        info.get("updateTime"),
        info.get("updatedTime"),
        order.get("lastUpdateTimestamp"),
        order.get("lastTradeTimestamp"),
        order.get("timestamp"),
    ):
        at_ns = nanoseconds(value)
        if at_ns:
            return at_ns
    return 0


def _reason(info: Mapping[str, Any], raw: str, event: OrderEvent) -> str:
    """Return the venue's words for an end."""
    if event in (ALIVE, OrderEvent.FILL):
        return ""
    words = (info.get("rejectReason"), info.get("cancelType"), info.get("failReason"))
    said = " ".join(str(one) for one in words if one and one not in ("EC_NoError", "UNKNOWN"))
    return said or raw


def trade_row(trade: Mapping[str, Any], market_id: str, *, own_ids: bool = False) -> TradeRow:
    """Read an execution of ccxt's. ``own_ids``: its id is unique in the account; elsewhere the
    market's id goes before it."""
    info: Mapping[str, Any] = trade.get("info") or {}
    fee: Mapping[str, Any] = trade.get("fee") or {}
    amount, price = number(trade.get("amount")), number(trade.get("price"))
    if not trade.get("id") or amount is None or price is None:
        raise ValueError("an execution without id, amount or price")
    return TradeRow(
        exec_id=str(trade["id"]) if own_ids else f"{market_id}:{trade['id']}",
        venue_order=str(trade.get("order") or ""),
        symbol=str(trade.get("symbol") or ""),
        name=info.get("orderLinkId"),
        amount=amount,
        price=price,
        at_ns=nanoseconds(trade.get("timestamp")),
        fee=number(fee.get("cost")),
        fee_currency=str(fee.get("currency") or ""),
        raw=raw_of(info),
    )


def fill_report(row: TradeRow, *, account: str, order: str) -> Report:
    """Make the report of an execution of our order."""
    return Report(
        account=account,
        order=order,
        event=OrderEvent.FILL,
        at_ns=row.at_ns,
        venue_order=row.venue_order,
        exec_id=row.exec_id,
        quantity=row.amount,
        price=row.price,
        fee=row.fee if row.fee_currency else None,
        fee_currency=row.fee_currency if row.fee is not None else "",
        raw=row.raw,
    )


def venue_order(
    row: OrderRow, *, order: str, instrument: str, fills: tuple[Report, ...] = ()
) -> VenueOrder:
    """Make the port's picture of an order. What its trades sum up to counts where the order itself
    is behind them."""
    traded = sum((fill.quantity or ZERO for fill in fills), ZERO)
    filled = max(row.filled, traded)
    event = row.event
    if event is ALIVE and row.amount > ZERO and filled >= row.amount:
        event = OrderEvent.FILL
    return VenueOrder(
        order=order,
        venue_order=row.venue_order,
        instrument=instrument,
        side=row.side,
        order_type=row.order_type,
        quantity=row.amount,
        filled=filled,
        event=event,
        at_ns=row.at_ns,
        price=row.price,
        trigger=row.trigger,
        fills=fills,
        reason=row.reason,
    )
