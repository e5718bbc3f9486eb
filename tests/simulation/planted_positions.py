"""Planted bugs of what happens after the fill: legs, exits, targets, copies, losses.

Rules of this file
1. As in ``planted``; the two lists are one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from bridge import runtime
from bridge.days import calendar_of
from core import (
    attached,
    copies,
    fold,
    fold_cash,
    ledger,
    legs,
    placing,
    protecting,
    targeting,
    targets,
    watching,
)
from core import records as r
from core.cash_rows import CashRow
from core.money import ZERO
from core.orders import Order, OrderState
from core.routing import Holding
from core.state import State
from tests.simulation.planted import BUGS, Patches, bug

__all__ = ["BUGS"]


# --- legs -----------------------------------------------------------------------------------------


@bug
def legs_by_last_fill(patches: Patches) -> None:
    """The stop covers what the last fill brought, instead of what is open."""

    def wanted(state: State, row: Any, instrument: Any) -> Decimal:
        entries = (
            fill
            for fill in state.fills.values()
            if (fill.account, fill.instrument, fill.strategy) == row.key and fill.side is row.side
        )
        last = max(entries, key=lambda fill: fill.number, default=None)
        most = before(state, row, instrument)
        return most if last is None else min(most, last.quantity)

    before = patches.set(placing, "stop_wanted", wanted)


@bug
def exit_beside_legs_anywhere(patches: Patches) -> None:
    """An exit goes beside the legs where nothing keeps both from being filled."""
    for module in (legs, placing):
        patches.set(module, "is_free", lambda state, key: True)


def _legs_without(patches: Patches, hidden: Callable[[Order], bool]) -> None:
    def seen(state: State, key: Any) -> list[Order]:
        return [order for order in before(state, key) if not hidden(order)]

    before = patches.set(legs, "legs_of", seen)
    for module in (placing, protecting, watching):
        patches.set(module, "legs_of", seen)


@bug
def leg_gone_when_asked(patches: Patches) -> None:
    """A leg counts as gone as soon as its end was asked for."""
    _legs_without(patches, lambda order: order.pending_cancel)


@bug
def pending_terms_forgotten(patches: Patches) -> None:
    """A leg that is being made larger counts at its old size, and more is asked for."""

    def leaves(orders: Any) -> Decimal:
        return sum((max(ZERO, one.quantity - one.filled) for one in orders), ZERO)

    for module in (legs, placing, watching):
        patches.set(module, "leaves_of", leaves)
    patches.set(placing, "_is_steady", lambda order: order.state is OrderState.ACCEPTED)


@bug
def legs_not_linked(patches: Patches) -> None:
    """Stop and targets of one position stand in groups of their own."""
    count = iter(range(10**9))
    patches.set(placing, "group_of", lambda row: f"{next(count):026d}")


@bug
def attached_stop_stays(patches: Patches) -> None:
    """The stop that a venue keeps is left there when its position is gone."""
    for module in (protecting, attached):
        patches.set(module, "attached_of", lambda state, key: [])


# --- levels ---------------------------------------------------------------------------------------


def _moves(patches: Patches, moved: Callable[[Any, Any], Any]) -> None:
    def again(row: Any, instrument: Any, price: Decimal, now: int) -> Any:
        return moved(lambda one: before(one, instrument, price, now), row)

    before = patches.set(protecting, "moved", again)
    patches.set(watching, "moved", again)


@bug
def break_even_fires_twice(patches: Patches) -> None:
    """Nobody remembers that a stop was moved to the entry already."""
    _moves(
        patches,
        lambda moved, row: moved(msgspec.structs.replace(row, break_even_done=False)),
    )


@bug
def trailing_stop_goes_back(patches: Patches) -> None:
    """A trailing stop follows the price in both directions."""

    def back(moved: Any, row: Any) -> Any:
        free = row.trail is not None and row.stop is not None and not row.fired
        return moved(msgspec.structs.replace(row, stop=None) if free else row)

    _moves(patches, back)


@bug
def kept_stop_asleep(patches: Patches) -> None:
    """A level that the bridge keeps is never reached."""
    for module in (protecting, watching):
        patches.set(module, "reached", lambda state, row, instrument, look: [])


@bug
def plans_forgotten_at_restart(patches: Patches) -> None:
    """What protects a position is forgotten at a restart."""

    def started(state: State, record: r.BridgeStarted) -> None:
        before(state, record)
        state.plans.clear()
        state.plans_at.clear()

    before = patches.put(fold._FOLDS, r.BridgeStarted, started)


# --- exits, targets, reversals --------------------------------------------------------------------


@bug
def exit_sells_anothers_share(patches: Patches) -> None:
    """An exit closes what the account holds, whoever of ours owns it."""

    def closable(holding: Holding, side: Any, *, own: Decimal = ZERO) -> Decimal:
        return max(before(holding, side, own=own), ZERO) + 1 if holding.share else ZERO

    before = patches.set(Holding, "closable", closable)


@bug
def target_adds_up(patches: Patches) -> None:
    """A repeated target is traded again, as if nothing were held."""

    def aim(state: State, key: Any, wanted: Decimal, instrument: Any) -> Any:
        found = before(state, key, wanted, instrument)
        return found._replace(opens=abs(wanted), waits="") if not found.closes else found

    before = patches.set(targets, "aim", aim)
    patches.set(targeting, "aim", aim)


@bug
def target_of_the_sender(patches: Patches) -> None:
    """A target is compared with the one before it, instead of with what is held."""

    def aim(state: State, key: Any, wanted: Decimal, instrument: Any) -> Any:
        found, row = before(state, key, wanted, instrument), state.targets.get(key)
        if row is None or row.wanted != wanted:
            return found
        return found._replace(opens=ZERO, closes=ZERO, ends=[], waits="")

    before = patches.set(targets, "aim", aim)
    patches.set(targeting, "aim", aim)


# --- copies and losses ----------------------------------------------------------------------------


@bug
def follower_rounds_up(patches: Patches) -> None:
    """A follower's position is rounded up to the next step."""

    def rounded(exact: Decimal, instrument: Any, minimum: Any) -> Decimal:
        step = instrument.lot_step
        return (
            before(exact, instrument, minimum) if exact % step == 0 else exact // step * step + step
        )

    before = patches.set(copies, "rounded", rounded)


@bug
def peak_forgotten_at_restart(patches: Patches) -> None:
    """The highest equity of an account is forgotten at a restart."""

    def started(state: State, record: r.BridgeStarted) -> None:
        before(state, record)
        for name, row in list(state.losses.items()):
            state.losses[name] = msgspec.structs.replace(row, peak=None)

    before = patches.put(fold._FOLDS, r.BridgeStarted, started)


@bug
def withdrawal_read_as_loss(patches: Patches) -> None:
    """Money that was paid out counts as lost."""

    def booked(state: State, record: r.CashBooked) -> None:
        before(state, record)
        row = fold_cash.cash_of(state, record.account)
        state.put(state.cash, record.account, msgspec.structs.replace(row, flows=ZERO))

    before = patches.put(fold._FOLDS, r.CashBooked, booked)


@bug
def day_boundary_in_utc(patches: Patches) -> None:
    """The day of an account begins at midnight of UTC, whatever its zone."""

    def made(account: str, zone: str, now_ns: int, *rest: Any, **more: Any) -> Any:
        return calendar_of(account, "UTC", now_ns, *rest, **more)

    patches.set(runtime, "calendar_of", made)


@bug
def counts_before_the_first_picture(patches: Patches) -> None:
    """A day begins with a figure that nothing was compared to yet."""
    begun = CashRow(account="", first=ZERO)
    patches.set(ledger, "cash_of", lambda state, account: begun)
