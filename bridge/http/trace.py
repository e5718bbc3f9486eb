"""The trace of one signal: every hop with its time, every check with value and limit, what became
of the orders.

Rules of this file
1. It is made from journal records by the fold that made the state, so the two cannot tell different
   stories.
2. What the state knows newer than the index wins; what is missing is said (``complete``), never
   guessed.
3. A hop is a record (or a time in one). Its milliseconds are counted from the hop before and from
   the door.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from bridge.http.hops import Story, hops_of, milliseconds
from bridge.http.rows import (
    Row,
    asked_row,
    explained,
    fill_row,
    order_row,
    signal_row,
    verdict_row,
)
from bridge.http.signal_mapping import mapping_row
from bridge.http.slippage_rows import slippage_row
from core import records as r
from core.orders import Order, Purpose
from core.risk.checks import Check
from core.risk.controls import Control, Effect, Mode, effect_of
from core.signals import Signal
from core.state import SignalRow

__all__ = ["Story", "order_trace", "stories_orders", "trace_of"]

TITLES: Final[Mapping[str, str]] = {
    "armed": "Armed for real money",
    "books": "Books agree with the venue's",
    "calendar": "Its session is open",
    "clock": "Our clock is right",
    "cooldown": "No losses in a row",
    "drawdown_max": "Loss below the start balance",
    "drift": "Own fills do not run away",
    "link": "Link to the venue",
    "margin_free_percent_min": "Margin left free",
    "market_data": "Quotes can be believed",
    "rejects": "Not rejected too often",
    "trailing_drawdown_max": "Loss below the peak",
    "allowed": "May the strategy trade this?",
    "collar_percent": "Price near the market",
    "daily_loss_max": "Loss of the day",
    "duplicate": "Not served before",
    "gross_max": "Worth of all positions",
    "halt": "Bridge open",
    "messages_per_minute": "Messages of the account",
    "open_orders_max": "Orders alive",
    "orders_out": "No more than was asked for",
    "repeated_execution": "No loop of entries",
    "self_match": "Own orders in the way",
    "position_max": "Position if all fills",
    "quantity_max": "Quantity of one order",
    "signal_age": "Age of the signal",
    "signals_per_minute": "Signals of the strategy",
    "trading_state": "State of the account",
    "unknown_orders": "Orders of unknown outcome",
    "value_max": "Value of one order",
}
"""Names of checks as people read them."""


_checks: Final = msgspec.json.Decoder(list[Check])


def trace_of(story: Story, signal: str) -> Row | None:
    """Tell a signal's whole way; ``None`` when nobody knows it."""
    story.retell()
    if story.row is None or story.row.signal != signal:
        return None
    content = story.row.content
    received = next((f.record for f in story.found if isinstance(f.record, _RECEIVED)), None)
    hops = hops_of(story, content)
    orders = sorted(story.orders.values(), key=lambda order: order.number)
    return {
        **signal_row(story.row),
        "asked": None if content is None else asked_row(content),
        "accounts": _accounts(story),
        "hops": hops,
        "stages": _stages(story, content),
        "orders": [{**order_row(order), **_slippage(story, order, content)} for order in orders],
        "trades": [],
        "fills": [fill_row(fill) for fill in sorted(story.fills.values(), key=lambda f: f.number)],
        "raw": getattr(received, "raw", ""),
        "extra": list(getattr(received, "extra", ())),
        "repaired": list(getattr(received, "repaired", ())),
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
        **_slippage(story, row, None),
        "trades": [],
        "fills": [fill_row(fill) for fill in sorted(fills, key=lambda fill: fill.number)],
        "hops": hops_of(story, None),
        "complete": story.complete,
    }


# --- checks ---------------------------------------------------------------------------------------


def _accounts(story: Story) -> list[Row]:
    """Write each account's verdict with its checks and its sizing."""
    checks: dict[str, list[Row]] = {}
    sizing: dict[str, str] = {}
    for _, record in story.found:
        if isinstance(record, r.SignalRefused):
            checks[record.account] = check_rows(record.checks, Purpose.ENTRY, record.code)
        elif isinstance(record, r.OrderIntended) and record.order.purpose is not Purpose.LEG:
            order = record.order
            sizing[order.account] = record.sizing
            checks[order.account] = check_rows(record.checks, order.purpose, order.held_for)
    assert story.row is not None, "asked only of a known signal"
    return [
        {
            **verdict_row(verdict),
            "mapping": mapping_row(story, verdict.account),
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


# --- where the time and the price went ------------------------------------------------------------


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
        {
            "stage": name,
            "what": what,
            "ms": milliseconds(max(0, end - start)),
            "ns": max(0, end - start),
        }
        for (name, what, start), end in zip(points, ends, strict=True)
        if start and end
    ]


def _slippage(story: Story, order: Order, content: Signal | None) -> Row:
    return slippage_row(order, content, story.setup.instruments.get(order.instrument))


def stories_orders(row: SignalRow) -> Iterable[str]:
    """Name the orders of a signal."""
    return (order for verdict in row.verdicts for order in verdict.orders)
