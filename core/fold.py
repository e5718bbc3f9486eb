"""The fold: how each record changes the state. The only way in which it changes.

Rules of this file
1. One function a kind of record. It never refuses, never decides and never looks at a clock: the record has it all.
2. A record of an order names the state that it led to, so that an old journal reads the same under a newer table.
3. What a fold needs to know of the configuration, it takes from the configuration in the state.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from core import records as r
from core.buckets import TOKEN, bucket_level
from core.exposure import count_order, count_position
from core.money import ZERO
from core.orders import ALIVE, FLAGS, Order, OrderEvent, Side
from core.positions import Position, after_fill
from core.state import (
    ALARMS_MAX,
    KEYS_MAX,
    AccountRow,
    AccountVerdict,
    Bucket,
    FillRow,
    HaltRow,
    KeyRow,
    SignalRow,
    State,
)

_replace = msgspec.structs.replace

def fold(state: State, record: r.Record) -> None:
    """Apply one record to the state."""
    state.number += 1
    state.last_ns = record.at_ns
    _FOLDS[type(record)](state, record)


def _take(state: State, scope: str, rate: int | None, burst: int | None, now: int) -> None:
    """Take one token. What passes without one (an exit, a cancel) leaves the bucket empty, not in debt."""
    if rate is None or burst is None:
        return
    level = bucket_level(state, scope, rate=rate, burst=burst, now=now)
    state.put(state.buckets, scope, Bucket(max(0, level - TOKEN), now))


def _take_message(state: State, account: str, now: int) -> None:
    limits = state.facts.setup.limits.get(f"account:{account}")
    if limits is not None:
        scope = f"account:{account}"
        _take(state, scope, limits.messages_per_minute, limits.messages_burst, now)


def _account(state: State, name: str) -> AccountRow:
    return state.accounts.get(name) or AccountRow(account=name)


def _journal_opened(state: State, record: r.JournalOpened) -> None:
    state.facts = _replace(state.facts, journal=record.journal, software=record.software)


def _bridge_started(state: State, record: r.BridgeStarted) -> None:
    state.facts = _replace(
        state.facts,
        epoch=record.epoch,
        software=record.software,
        started_ns=record.at_ns,
        stopped_cleanly=False,
    )
    for name, row in list(state.accounts.items()):
        state.put(state.accounts, name, _replace(row, recovered=False, link_up=False))


def _bridge_stopped(state: State, record: r.BridgeStopped) -> None:
    state.facts = _replace(state.facts, stopped_cleanly=True)


def _setup_loaded(state: State, record: r.SetupLoaded) -> None:
    state.facts = _replace(state.facts, setup=record.setup, setup_hash=record.setup_hash)
    state.limits_cache.clear()
    for name in record.setup.accounts:
        if name not in state.accounts:
            state.put(state.accounts, name, AccountRow(account=name))


def _calendar_loaded(state: State, record: r.CalendarLoaded) -> None:
    row = _replace(
        _account(state, record.account),
        days_ns=record.days_ns,
        days_until_ns=record.valid_until_ns,
    )
    state.put(state.accounts, record.account, row)


def _day_started(state: State, record: r.DayStarted) -> None:
    row = _replace(
        _account(state, record.account),
        day_ns=record.day_ns,
        day_equity=record.equity,
        warned_ns=0,
        tripped_ns=0,
    )
    state.put(state.accounts, record.account, row)


def _marked(state: State, record: r.Marked) -> None:
    row = _replace(
        _account(state, record.account),
        balance=record.balance,
        equity=record.equity,
        marked_ns=record.at_ns,
    )
    state.put(state.accounts, record.account, row)


def _loss_warned(state: State, record: r.LossWarned) -> None:
    row = _replace(_account(state, record.account), warned_ns=record.at_ns)
    state.put(state.accounts, record.account, row)


def _loss_tripped(state: State, record: r.LossTripped) -> None:
    row = _replace(_account(state, record.account), tripped_ns=record.at_ns)
    state.put(state.accounts, record.account, row)


def _signal_received(state: State, record: r.SignalReceived) -> None:
    key = (record.route, record.key)
    state.drop(state.keys, key)  # a key whose window has passed comes again at the end of the line
    state.put(state.keys, key, KeyRow(record.signal, record.body_hash, record.at_ns))
    if len(state.keys) > KEYS_MAX:
        state.drop(state.keys, next(iter(state.keys)))
    row = SignalRow(
        signal=record.signal,
        route=record.route,
        number=state.number,
        at_ns=record.at_ns,
        content=record.content,
        door_ns=record.door_ns,
    )
    state.put(state.signals, record.signal, row)
    setup = state.facts.setup
    route = setup.routes.get(record.route)
    if route is not None:
        scope = f"route:{record.route}"
        _take(state, scope, route.rate_per_minute, route.rate_burst, record.at_ns)
    scope = f"strategy:{record.content.strategy}"
    limits = setup.limits.get(scope)
    if limits is not None:
        _take(state, scope, limits.signals_per_minute, limits.signals_burst, record.at_ns)


def _signal_repeated(state: State, record: r.SignalRepeated) -> None:
    row = state.signals.get(record.signal)
    if row is not None:
        state.put(state.signals, record.signal, _replace(row, repeats=row.repeats + 1))


def _signal_unread(state: State, record: r.SignalUnread) -> None:
    route = state.facts.setup.routes.get(record.route)
    if route is not None:
        scope = f"route:{record.route}"
        _take(state, scope, route.rate_per_minute, route.rate_burst, record.at_ns)
    verdict = AccountVerdict(
        account="",
        verdict="refused",
        code=record.code,
        value=record.value,
        limit=record.limit,
        where=record.where,
    )
    row = SignalRow(
        signal=record.signal,
        route=record.route,
        number=state.number,
        at_ns=record.at_ns,
        verdicts=(verdict,),
    )
    state.put(state.signals, record.signal, row)


def _judge(state: State, signal: str, verdict: AccountVerdict) -> None:
    row = state.signals.get(signal)
    if row is not None:
        state.put(state.signals, signal, _replace(row, verdicts=(*row.verdicts, verdict)))


def _signal_refused(state: State, record: r.SignalRefused) -> None:
    verdict = AccountVerdict(
        account=record.account,
        verdict=record.verdict,
        code=record.code,
        value=record.value,
        limit=record.limit,
        where=record.where,
    )
    _judge(state, record.signal, verdict)


def _signal_served(state: State, record: r.SignalServed) -> None:
    verdict = AccountVerdict(account=record.account, verdict="admitted", orders=record.orders)
    _judge(state, record.signal, verdict)


def _order_intended(state: State, record: r.OrderIntended) -> None:
    order = _replace(record.order, number=state.number)
    state.put(state.orders, order.order, order)
    count_order(state, None, order)
    _take_message(state, order.account, record.at_ns)
    verdict = AccountVerdict(
        account=order.account,
        verdict="held" if order.held_for else "admitted",
        code=order.held_for,
        orders=(order.order,),
    )
    _judge(state, order.origin, verdict)


_TIMES: Final = {
    OrderEvent.SENT: "sent_ns",
    OrderEvent.ACCEPTED: "accepted_ns",
    OrderEvent.FOUND: "accepted_ns",
}


def _order_changed(state: State, record: r.OrderChanged) -> None:
    before = state.orders.get(record.order)
    if before is None:
        return
    changes: dict[str, Any] = {"state": record.to}
    event = record.event
    if event in (OrderEvent.FILL, OrderEvent.BUST, OrderEvent.CORRECTED):
        changes |= _executed(state, before, record)
    elif event is OrderEvent.REPLACED:
        changes |= {
            name: value
            for name in ("quantity", "price", "trigger")
            if (value := getattr(record, name)) is not None
        }
    elif event is OrderEvent.CANCEL_ASKED:
        _take_message(state, before.account, record.at_ns)
    stamp = _TIMES.get(event)
    if stamp is not None and not getattr(before, stamp):
        changes[stamp] = record.at_ns
    if record.venue_order:
        changes["venue_order"] = record.venue_order
    if event is OrderEvent.RELEASED:
        changes["held_for"] = ""
        changes["number"] = state.number
    if record.to in ALIVE:
        flags = FLAGS.get(event)
        if flags is not None:
            changes |= _flagged(flags)
    else:
        changes |= {"pending_cancel": False, "pending_replace": False}
        if before.state in ALIVE or not before.done_ns:
            changes["done_ns"] = record.at_ns
        if record.reason:
            changes["reason"] = record.reason
    after = _replace(before, **changes)
    state.put(state.orders, record.order, after)
    count_order(state, before, after)


def _flagged(flags: tuple[bool | None, bool | None]) -> dict[str, bool]:
    names = ("pending_cancel", "pending_replace")
    return {name: flag for name, flag in zip(names, flags, strict=True) if flag is not None}


def _executed(state: State, order: Order, record: r.OrderChanged) -> dict[str, Any]:
    """Move quantities, money and position by a fill, or take back or change an earlier one."""
    key = (order.account, record.exec_id)
    filled, notional, fee = order.filled, order.notional, order.fee
    old = state.fills.get(key)
    if old is not None and old.quantity:
        _move(state, order, order.side.opposite, old.quantity, old.price, -(old.fee or ZERO))
        filled -= old.quantity
        notional -= old.quantity * old.price
        fee = None if fee is None or old.fee is None else fee - old.fee
    quantity = ZERO if record.event is OrderEvent.BUST else record.quantity or ZERO
    price = record.price if record.price is not None else (old.price if old else ZERO)
    if quantity:
        _move(state, order, order.side, quantity, price, record.fee or ZERO)
        filled += quantity
        notional += quantity * price
        fee = None if fee is None or record.fee is None else fee + record.fee
    row = FillRow(
        account=order.account,
        exec_id=record.exec_id,
        order=order.order,
        origin=order.origin,
        instrument=order.instrument,
        strategy=order.strategy,
        side=order.side,
        quantity=quantity,
        price=price,
        at_ns=record.at_ns,
        number=state.number,
        venue_ns=record.venue_ns,
        fee=record.fee,
    )
    state.put(state.fills, key, row)
    listed = state.order_fills.setdefault(order.order, {})
    if record.exec_id not in listed:
        state.put(listed, record.exec_id, None)
    return {"filled": filled, "notional": notional, "fee": fee}


def _move(
    state: State, order: Order, side: Side, quantity: Decimal, price: Decimal, fee: Decimal
) -> None:
    key = (order.account, order.instrument, order.strategy)
    position = state.positions.get(key)
    if position is None:
        instrument = state.facts.setup.instruments.get(order.instrument)
        position = Position(
            account=order.account,
            instrument=order.instrument,
            strategy=order.strategy,
            multiplier=instrument.multiplier if instrument is not None else Decimal(1),
        )
    after = after_fill(position, side, quantity=quantity, price=price, fee=fee)
    state.put(state.positions, key, after)
    count_position(state, order.account, order.instrument, after.quantity - position.quantity)


def _halted(state: State, record: r.Halted) -> None:
    row = HaltRow(scope=record.scope, by=record.by, reason=record.reason, at_ns=record.at_ns)
    state.put(state.halts, record.scope, row)


def _resumed(state: State, record: r.Resumed) -> None:
    state.drop(state.halts, record.scope)


def _link_changed(state: State, record: r.LinkChanged) -> None:
    row = _account(state, record.account)
    recovered = row.recovered and record.up
    state.put(state.accounts, record.account, _replace(row, link_up=record.up, recovered=recovered))


def _account_recovered(state: State, record: r.AccountRecovered) -> None:
    row = _replace(
        _account(state, record.account),
        recovered=True,
        link_up=True,
        balance=record.balance,
        equity=record.equity,
        marked_ns=record.at_ns,
    )
    state.put(state.accounts, record.account, row)


def _alarm_raised(state: State, record: r.AlarmRaised) -> None:
    state.put(state.alarms, state.number, record)
    if len(state.alarms) > ALARMS_MAX:
        state.drop(state.alarms, next(iter(state.alarms)))


def _swept(state: State, record: r.Swept) -> None:
    before = record.before_ns
    state.facts = _replace(state.facts, swept_ns=record.at_ns)
    for key, row in _older(state.keys, before):
        state.drop(state.keys, key)
    for name, row in _older(state.signals, before):
        state.drop(state.signals, name)
    gone: list[str] = []
    for name, done_ns in state.done.items():
        if done_ns >= before:
            break
        gone.append(name)
    for name in gone:
        state.drop(state.done, name)
        order = state.orders.get(name)
        if order is None:
            continue
        for exec_id in list(state.order_fills.get(name, ())):
            state.drop(state.fills, (order.account, exec_id))
        state.drop(state.order_fills, name)
        state.drop(state.orders, name)


def _older(table: dict[Any, Any], before: int) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for key, row in table.items():
        if row.at_ns >= before:
            break
        found.append((key, row))
    return found


_FOLDS: Final[dict[type, Callable[[State, Any], None]]] = {
    r.JournalOpened: _journal_opened,
    r.BridgeStarted: _bridge_started,
    r.BridgeStopped: _bridge_stopped,
    r.SetupLoaded: _setup_loaded,
    r.CalendarLoaded: _calendar_loaded,
    r.DayStarted: _day_started,
    r.Marked: _marked,
    r.LossWarned: _loss_warned,
    r.LossTripped: _loss_tripped,
    r.SignalReceived: _signal_received,
    r.SignalRepeated: _signal_repeated,
    r.SignalUnread: _signal_unread,
    r.SignalRefused: _signal_refused,
    r.SignalServed: _signal_served,
    r.OrderIntended: _order_intended,
    r.OrderChanged: _order_changed,
    r.Halted: _halted,
    r.Resumed: _resumed,
    r.LinkChanged: _link_changed,
    r.AccountRecovered: _account_recovered,
    r.AlarmRaised: _alarm_raised,
    r.Swept: _swept,
}
