"""How records change the protections in force.

Rules of this file
1. Whatever happens to a leg counts for the protection that it was made for, and for no later one;
   but a stop that rests counts for the one in force, which moves and resizes it.
2. The largest position so far is read off the position itself, so that no record has to say it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from core import records as r
from core.dust import is_dust
from core.fold_signals import revised
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState
from core.plan_rows import (
    FAILED,
    LOST_WITHIN_NS,
    RETRY_FIRST_NS,
    STOP,
    SURPLUS,
    Key,
    PlanRow,
    TargetRow,
    retry_after_ns,
    target_leg,
)
from core.setup import OnLegFailure
from core.state import State

_replace: Final = msgspec.structs.replace

_UNSENT: Final = ("not_sent_in_time", "cancelled_before_send")
"""Why a replace did not leave: nothing that its venue said."""

_PROVES: Final = (OrderEvent.ACCEPTED, OrderEvent.FILL, OrderEvent.FOUND, OrderEvent.REPLACED)
"""What says that the venue takes legs."""


def _held(state: State, key: Key) -> Decimal:
    position = state.positions.get(key)
    return abs(position.quantity) if position is not None else ZERO


def _put(state: State, row: PlanRow, **changes: Any) -> None:
    state.put(state.plans, row.key, _replace(row, **changes))


def list_plan(state: State, row: PlanRow) -> None:
    """Keep the list by instrument up to date with a protection."""
    keys = state.plans_at.get(row.instrument)
    if keys is None:
        keys = state.plans_at[row.instrument] = {}  # an empty table left behind says nothing
    if row.key not in keys:
        state.put(keys, row.key, None)


def protection_set(state: State, record: r.ProtectionSet) -> None:
    """Put a protection into force. What has to be closed in any case stays so."""
    pairs = zip(record.targets, record.shares, strict=True)
    key = (record.account, record.instrument, record.strategy)
    before = state.plans.get(key)
    same_side = before is not None and before.side is record.side
    row = PlanRow(
        account=record.account,
        instrument=record.instrument,
        strategy=record.strategy,
        side=record.side,
        origin=record.origin,
        number=state.number,
        at_ns=record.at_ns,
        entry=record.entry,
        route=record.route,
        stop=record.stop,
        targets=tuple(TargetRow(price=price, share=share) for price, share in pairs),
        trail=record.trail,
        trail_after=record.trail_after,
        break_even_after=record.break_even_after,
        break_even_to=record.break_even_to,
        largest=_held(state, key),
        first=_first(state, key, record),
        surplus=before.surplus if before is not None and same_side else ZERO,
    )
    state.put(state.plans, key, row)
    list_plan(state, row)


def _first(state: State, key: Key, record: r.ProtectionSet) -> int:
    before = state.plans.get(key)
    if before is None or before.side is not record.side:
        return state.number
    return before.first or before.number


def leg_opened(state: State, record: r.LegOpened) -> None:
    """Remember what is to be closed, beside the levels of that side or alone."""
    key = (record.account, record.instrument, record.strategy)
    row = state.plans.get(key)
    if row is None or row.side is not record.side:
        row = PlanRow(
            account=record.account,
            instrument=record.instrument,
            strategy=record.strategy,
            side=record.side,
            origin=record.origin,
            number=state.number,
            at_ns=record.at_ns,
            entry=record.price,
            route=record.route,
            largest=_held(state, key),
        )
    _put(state, row, surplus=row.surplus + record.quantity)
    list_plan(state, row)


def _row(
    state: State,
    record: r.StopMoved | r.LevelReached | r.LegsFailed | r.ProtectionEnded,
) -> PlanRow | None:
    return state.plans.get((record.account, record.instrument, record.strategy))


def stop_moved(state: State, record: r.StopMoved) -> None:
    """Move a stop."""
    row = _row(state, record)
    if row is not None:
        even = row.break_even_done or record.cause == "break_even"
        _put(
            state,
            row,
            stop=record.stop,
            best=record.price,
            moved_ns=record.at_ns,
            break_even_done=even,
        )


def level_reached(state: State, record: r.LevelReached) -> None:
    """Remember that the bridge closes because the price was there."""
    row = _row(state, record)
    if row is None:
        return
    if record.leg == STOP:
        _put(state, row, fired=STOP)
        return
    targets = tuple(
        _replace(target, called=max(target.called, target.filled) + record.quantity)
        if record.leg == target_leg(index)
        else target
        for index, target in enumerate(row.targets)
    )
    _put(state, row, targets=targets)


def legs_failed(state: State, record: r.LegsFailed) -> None:
    """Give the legs up."""
    row = _row(state, record)
    if row is not None:
        closes = record.policy == OnLegFailure.FLATTEN and not row.fired
        _put(state, row, failed=True, fired=FAILED if closes else row.fired)


def protection_ended(state: State, record: r.ProtectionEnded) -> None:
    """Drop a protection."""
    key = (record.account, record.instrument, record.strategy)
    state.drop(state.plans, key)
    state.drop(state.plans_at.get(record.instrument, {}), key)


# --- what happens to legs and positions -----------------------------------------------------------


def note_share(state: State, key: Key, moved: Decimal) -> None:
    """Follow a share that changed by ``moved``. One that grows begins anew with its stop: what was
    closed for it is closed."""
    row = state.plans.get(key)
    if row is None:
        return
    if moved * row.side.sign > ZERO:
        fired = "" if row.fired == STOP else row.fired
        _put(state, row, largest=max(row.largest, _held(state, key)), fired=fired)


def note_made(state: State, order: Order) -> None:
    """Count a leg, and tie it to the signal that asked for it."""
    revised(state, order.origin, order.account, order.order)
    row = _of(state, order)
    if row is not None:
        _put(state, row, made=row.made + 1)


def _of(state: State, order: Order) -> PlanRow | None:
    """Return the protection that a leg was made for, while it is in force, or that took its stop
    over."""
    row = state.plans.get((order.account, order.instrument, order.strategy))
    if row is None or row.number == order.plan:
        return row
    taken_over = order.rests and order.leg == STOP and order.side is row.side.opposite
    return row if taken_over else None


def note_leg(state: State, before: Order, after: Order, record: r.OrderChanged) -> None:
    """Count what happened to a leg: what it filled, and whether its venue takes and keeps it."""
    if before.leg == SURPLUS:
        _note_surplus(state, before, after)
    row = _of(state, before)
    if row is None:
        return
    changes: dict[str, Any] = {}
    if after.filled != before.filled:
        changes["targets"] = tuple(
            _replace(target, filled=target.filled + after.filled - before.filled)
            if target_leg(index) == after.leg
            else target
            for index, target in enumerate(row.targets)
        )
    ended = before.state in ALIVE and after.state not in ALIVE
    if not before.rests:
        changes |= _closing(row, before, after, record.at_ns)
        if ended:
            changes |= _uncalled(state, _replace(row, **changes), after)
    elif after.state is OrderState.REJECTED and ended:
        rejects = row.rejects + 1
        changes |= {"rejects": rejects, "retry_ns": record.at_ns + retry_after_ns(rejects)}
    elif ended and after.state is not OrderState.FILLED and not before.pending_cancel:
        near = record.at_ns - row.lost_ns <= LOST_WITHIN_NS
        changes["lost"] = row.lost + 1 if near else 1
        changes["lost_ns"] = record.at_ns
        changes["retry_ns"] = record.at_ns + RETRY_FIRST_NS
    elif record.event is OrderEvent.REPLACE_REJECTED and record.reason not in _UNSENT:
        changes["stiff"] = True
    elif record.event in _PROVES and row.rejects:
        changes |= {"rejects": 0, "retry_ns": 0}
    if changes:
        _put(state, row, **changes)


def _note_surplus(state: State, before: Order, after: Order) -> None:
    """Take what was closed off what has to be, whichever protection is in force by now."""
    row = state.plans.get((before.account, before.instrument, before.strategy))
    if row is not None and after.filled != before.filled:
        left = max(ZERO, row.surplus - (after.filled - before.filled))
        _put(state, row, surplus=left)


def _uncalled(state: State, row: PlanRow, leg: Order) -> dict[str, Any]:
    """Call what is left of a target no more when it is less than the smallest order: nothing could
    close it, and the stop would leave it out."""
    targets = tuple(
        _replace(target, called=target.filled)
        if target_leg(index) == leg.leg
        and is_dust(state, row.account, row.instrument, target.called - target.filled)
        else target
        for index, target in enumerate(row.targets)
    )
    return {"targets": targets} if targets != row.targets else {}


def _closing(row: PlanRow, before: Order, after: Order, at_ns: int) -> dict[str, Any]:
    """Count a close at the market: one that ends with something left did not do it. What its stop
    was called for is over with its last fill."""
    if after.filled > before.filled:
        done = after.state is OrderState.FILLED and row.fired == STOP and after.leg == STOP
        return {"refused": 0, "close_ns": 0, **({"fired": ""} if done else {})}
    ended = before.state in ALIVE and after.state not in ALIVE
    if not ended or after.state is OrderState.FILLED or before.pending_cancel:
        return {}
    refused = row.refused + 1
    return {"refused": refused, "close_ns": at_ns + retry_after_ns(refused)}
