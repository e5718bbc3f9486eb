"""Rows: the state as plain values, the same for API, pages and command.

Rules of this file
1. Decimals become text, times become integer nanoseconds (``*_ns``) and ISO text beside them.
2. A row is made from what it is given. It reads no clock, no store and no network.
3. Codes become sentences here, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from bridge.codes import explain, is_critical
from core.critical import Critical
from core.flatten_rows import FlattenRow
from core.money import ZERO, plain, round_to
from core.orders import ALIVE, Order, OrderState
from core.positions import Position
from core.records import AlarmRaised
from core.reports import Quote
from core.signals import Signal
from core.state import AccountRow, AccountVerdict, FillRow, HaltRow, SignalRow, State
from core.ticket_rows import TicketRow

Row = dict[str, Any]

NS: Final = 1_000_000_000

_AVERAGE_STEP: Final = Decimal("1e-10")
"""An average is a quotient with 28 digits; ten behind the point are more than any tick has."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_FIRST: Final = (OrderState.UNKNOWN, OrderState.HELD)
"""Orders that want a person's eye stand before the others."""


def iso(at_ns: int) -> str:
    """Write a time as UTC text with microseconds; empty for none."""
    if at_ns <= 0:
        return ""
    when = _EPOCH + timedelta(microseconds=at_ns // 1_000)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def times(**stamps: int) -> Row:
    """Write each time twice: ``sent_ns`` as a number and ``sent`` as text; ``None`` for none."""
    row: Row = {}
    for name, at_ns in stamps.items():
        row[name] = at_ns or None
        row[name.removesuffix("_ns")] = iso(at_ns) or None
    return row


def text_of(value: Decimal | None) -> str | None:
    """Write a number, ``None`` for none."""
    return None if value is None else plain(value)


def average(value: Decimal | None) -> str | None:
    """Write an average price to ten places."""
    return None if value is None else plain(round_to(value, _AVERAGE_STEP))


def explained(code: str, *, value: str, limit: str, where: str, like: str = "") -> Row:
    """Write a code with its facts, its sentence and its fix; empty without one."""
    sentence, fix = explain(code, value, limit, where, like=like) if code else ("", "")
    return {
        "code": code,
        "value": value,
        "limit": limit,
        "where": where,
        "sentence": sentence,
        "fix": fix,
    }


def order_row(order: Order) -> Row:
    """Write an order."""
    return {
        "order": order.order,
        "signal": order.origin,
        "account": order.account,
        "instrument": order.instrument,
        "strategy": order.strategy,
        "purpose": str(order.purpose),
        "side": str(order.side),
        "quantity": plain(order.quantity),
        "filled": plain(order.filled),
        "average_price": average(order.average_price),
        "state": str(order.state),
        "alive": order.state in ALIVE,
        "pending_cancel": order.pending_cancel,
        "pending_replace": order.pending_replace,
        "held_for": order.held_for,
        "order_type": str(order.order_type),
        "price": text_of(order.price),
        "trigger": text_of(order.trigger),
        "reference": text_of(order.reference),
        "worst_price": text_of(order.worst_price),
        "fee": text_of(order.fee),
        "venue_order": order.venue_order,
        "reason": order.reason,
        "closes": order.closes,
        "leg": order.leg,
        "opposed": order.opposed,
        "number": order.number,
        **times(
            intended_ns=order.intended_ns,
            sent_ns=order.sent_ns,
            accepted_ns=order.accepted_ns,
            done_ns=order.done_ns,
            expires_ns=order.expires_ns,
        ),
    }


def counts_row(state: State) -> Row:
    """Count what the state knows."""
    return {
        "signals": len(state.signals),
        "orders": len(state.orders),
        "working": len(state.alive),
        "held": len(state.held),
        "unknown": sum(exposure.unknown for exposure in state.exposures.values()),
        "fills": len(state.fills),
        "alarms": len(state.alarms),
    }


def working_rows(orders: Iterable[Order]) -> list[Row]:
    """Write orders alive: first those of unknown outcome and held ones, then the newest."""
    listed = sorted(orders, key=lambda order: order.number, reverse=True)
    listed.sort(key=lambda order: _FIRST.index(order.state) if order.state in _FIRST else 9)
    return [order_row(order) for order in listed]


def fill_row(fill: FillRow) -> Row:
    """Write an execution."""
    return {
        "exec_id": fill.exec_id,
        "order": fill.order,
        "signal": fill.origin,
        "account": fill.account,
        "instrument": fill.instrument,
        "strategy": fill.strategy,
        "side": str(fill.side),
        "quantity": plain(fill.quantity),
        "price": plain(fill.price),
        "fee": text_of(fill.fee),
        "number": fill.number,
        **times(at_ns=fill.at_ns, venue_ns=fill.venue_ns),
    }


def position_row(position: Position, quote: Quote | None) -> Row:
    """Write a position with what closing it now would bring: a long at the bid, a short at the
    ask."""
    price: Decimal | None = None
    if quote is not None and position.quantity:
        price = quote.bid if position.quantity > ZERO else quote.ask
    profit = None if price is None else position.open_profit(price)
    side = "flat"
    if position.quantity:
        side = "long" if position.quantity > ZERO else "short"
    return {
        "account": position.account,
        "instrument": position.instrument,
        "strategy": position.strategy,
        "external": not position.strategy,
        "side": side,
        "quantity": plain(position.quantity),
        "average_price": average(position.average_price),
        "price": text_of(price),
        "open_profit": average(profit),
        "realized": average(position.realized),
        "fees": average(position.fees),
        **times(quote_ns=quote.at_ns if quote is not None else 0),
    }


def ticket_row(row: TicketRow) -> Row:
    """Write what an owner holds of one ticket of a hedging account."""
    return {"ticket": row.ticket, "quantity": plain(row.quantity), "number": row.number}


def asked_row(content: Signal) -> Row:
    """Write what a signal asked for."""
    return {
        "strategy": content.strategy,
        "action": str(content.action),
        "symbol": content.symbol,
        "effect": str(content.effect),
        "quantity": text_of(content.quantity),
        "quantity_unit": str(content.quantity_unit or "units") if content.quantity else None,
        "order_type": str(content.order_type),
        "price": text_of(content.price),
        "trigger": text_of(content.trigger),
        "id": content.id,
        "position": None if content.position is None else str(content.position),
        "prev_position": None if content.prev_position is None else str(content.prev_position),
        "target_position": text_of(content.target_position),
        "comment": content.comment,
        **times(time_ns=content.time_ns or 0),
    }


def verdict_row(verdict: AccountVerdict) -> Row:
    """Write what one account did with a signal."""
    where = verdict.where or verdict.account
    facts = explained(
        verdict.code, value=verdict.value, limit=verdict.limit, where=where, like=verdict.like
    )
    return {
        "account": verdict.account,
        "verdict": verdict.verdict,
        **facts,
        "orders": list(verdict.orders),
    }


_ORDER_OF_VERDICTS: Final = ("admitted", "held", "refused", "no_action")


def overall(verdicts: Iterable[AccountVerdict]) -> AccountVerdict:
    """Return the verdict of a signal as a whole: what any account admitted counts first."""
    listed = list(verdicts)
    kinds = {verdict.verdict for verdict in listed}
    kind = next((kind for kind in _ORDER_OF_VERDICTS if kind in kinds), "no_action")
    first = next((verdict for verdict in listed if verdict.code), None)
    if kind == "admitted" or first is None:
        return AccountVerdict(account="", verdict=kind)
    return AccountVerdict(
        account="",
        verdict=kind,
        code=first.code,
        value=first.value,
        limit=first.limit,
        where=first.where or first.account,
        like=first.like,
    )


def signal_row(signal: SignalRow) -> Row:
    """Write a signal with its verdicts."""
    asked = {} if signal.content is None else asked_row(signal.content)
    whole = verdict_row(overall(signal.verdicts))
    return {
        "signal": signal.signal,
        "route": signal.route,
        "number": signal.number,
        "readable": signal.content is not None,
        **asked,
        **{name: whole[name] for name in whole if name not in ("account", "orders")},
        "orders": [order for verdict in signal.verdicts for order in verdict.orders],
        "accounts": [verdict_row(verdict) for verdict in signal.verdicts if verdict.account],
        "repeats": signal.repeats,
        **times(at_ns=signal.at_ns, door_ns=signal.door_ns),
    }


def armed_row(row: AccountRow) -> Row:
    """Write whether an account is armed, by whom, since and until when."""
    return {
        "armed": bool(row.armed_for),
        "armed_by": row.armed_by or None,
        **times(armed_since_ns=row.armed_ns, armed_until_ns=row.armed_until_ns),
    }


def halt_row(halt: HaltRow) -> Row:
    """Write why a scope is halted."""
    return {
        "scope": halt.scope,
        "by": halt.by,
        "reason": halt.reason,
        **times(at_ns=halt.at_ns),
    }


def link_row(row: AccountRow) -> Row:
    """Write where the connection of an account stands."""
    return {
        "link_state": str(row.link),
        "link_code": row.link_code,
        "link_reason": row.link_reason,
        "differs": bool(row.differs_ns),
        **times(link_since_ns=row.link_ns, link_until_ns=row.link_until_ns),
    }


def flatten_row(row: FlattenRow, rest: Iterable[str]) -> Row:
    """Write an open flatten with what is not flat yet."""
    return {
        "act": row.act,
        "scope": row.scope,
        "whose": row.whose,
        "by": row.by,
        "reason": row.reason,
        "orders": [attempt.order for attempt in row.attempts],
        "rest": list(rest),
        "late": row.late,
        **times(at_ns=row.at_ns),
    }


def alarm_row(number: int, alarm: AlarmRaised) -> Row:
    """Write an alarm with its sentence."""
    facts = explained(alarm.code, value=alarm.value, limit=alarm.limit, where=alarm.where)
    critical = is_critical(alarm.code)
    return {"number": number, "critical": critical, **facts, **times(at_ns=alarm.at_ns)}


def critical_row(one: Critical) -> Row:
    """Write what is critical now, as its alarm is written."""
    facts = explained(one.code, value=one.value, limit=one.limit, where=one.where)
    return {**facts, **times(since_ns=one.since_ns)}
