"""What a flatten is about, and what of it is not over yet."""

from __future__ import annotations

import msgspec

from core.flatten_rows import REVISIONS_MAX, FlattenRow
from core.legs import is_free
from core.money import plain
from core.orders import Order, Purpose
from core.plan_rows import STOP
from core.positions import Position
from core.smallest import tradable
from core.state import State

Key = tuple[str, str, str]
"""Account, instrument and strategy."""


def covers(row: FlattenRow, account: str, instrument: str, strategy: str) -> bool:
    """Say whether an act is about a position or an order."""
    if account in row.confirmed or (not strategy and row.whose != "all"):
        return False
    kind, _, name = row.scope.partition(":")
    if kind == "strategy":
        return name == strategy
    owner, slash, inside = name.partition("/instrument:")
    return kind == "global" or (owner == account and (not slash or inside == instrument))


def gave_up(state: State, row: FlattenRow, key: Key) -> bool:
    """Say whether an act sends no more orders for a position, although it is not over: what is
    open there is nobody's to close, and is protected like any other."""
    return any(
        one.key == key and one.revisions >= REVISIONS_MAX and one.order not in state.alive
        for one in row.attempts
    )


def unconfirmed(state: State, row: FlattenRow) -> list[str]:
    """Name the accounts of an act that are not over yet."""
    kind, _, name = row.scope.partition(":")
    accounts = state.facts.setup.accounts
    if kind == "account":
        names = [name.partition("/")[0]]
    elif kind == "strategy":
        held = (*state.positions, *state.working)
        names = sorted({key[0] for key in held if key[2] == name and key[0] in accounts})
    else:
        names = sorted(accounts)
    return [one for one in names if one not in row.confirmed]


def is_flat(state: State, row: FlattenRow, account: str) -> bool:
    """Say whether our books show nothing open and nothing working there."""
    working = (order.account for order in older_in(state, row) if order.leaves)
    return account not in (*working, *(key[0] for key in open_in(state, row)))


def waits_for(state: State, account: str) -> bool:
    """Say whether an act is over in an account but for a picture of its venue."""
    return any(
        account in unconfirmed(state, row) and is_flat(state, row, account)
        for row in state.flattens.values()
    )


def strategy_of(row: FlattenRow) -> str:
    """Name a strategy that an act is about; any other word where it is about all of them."""
    kind, _, name = row.scope.partition(":")
    return name if kind == "strategy" else "any"


def dust_of(state: State, row: FlattenRow) -> tuple[str, ...]:
    """Name what is left because it is less than the smallest order."""
    whole = msgspec.structs.replace(row, confirmed=())
    left = [one for one in positions_in(state, whole) if not _is_closable(state, one)]
    return tuple(_words(one) for one in left)


def _is_closable(state: State, position: Position) -> bool:
    """Say whether an order can close some of it, as far as anybody knows."""
    instrument = tradable(state, position.account, position.instrument)
    return instrument is None or bool(instrument.quantity_cut(abs(position.quantity)))


def rest_of(state: State, row: FlattenRow) -> tuple[str, ...]:
    """Name what is not flat in the scope of an act, what still works there, and who has not been
    compared since."""
    shares = [_words(position) for position in positions_in(state, row)]
    working = [
        f"{order.order} ({order.state}, {plain(order.leaves)} left)"
        for order in older_in(state, row)
        if order.leaves
    ]
    flat = [one for one in unconfirmed(state, row) if is_flat(state, row, one)]
    return (*shares, *working, *(f"{one} is to be compared with its venue" for one in flat))


def _words(position: Position) -> str:
    whose = position.strategy or "nobody of ours"
    quantity = plain(position.quantity)
    return f"{quantity} {position.instrument} of {whose} in {position.account}"


def positions_in(state: State, row: FlattenRow) -> list[Position]:
    """List what is held in the scope of an act."""
    return [
        state.positions[key]
        for key in sorted(state.positions)
        if state.positions[key].quantity and covers(row, *key)
    ]


def open_in(state: State, row: FlattenRow) -> list[Key]:
    """List what is to be closed; what is less than the smallest order cannot be."""
    return [
        (one.account, one.instrument, one.strategy)
        for one in positions_in(state, row)
        if _is_closable(state, one)
    ]


def is_pressed(order: Order) -> bool:
    """Say whether an order is one of a flatten, this one's or another's."""
    return order.purpose is Purpose.FLATTEN


def is_kept(state: State, order: Order) -> bool:
    """Say whether a stop stays while what it protects is being closed: what closes may get lost or
    be refused, and where the venue keeps reduce-only both together open nothing."""
    if not order.rests or order.pending_cancel or not (order.leg == STOP or order.attached_to):
        return False
    return is_free(state, (order.account, order.instrument, order.strategy))


def older_in(state: State, row: FlattenRow) -> list[Order]:
    """List what was alive in the scope when the act came, the act's own orders, and every leg,
    oldest first."""
    orders = [state.orders[name] for name in state.alive]
    found = [
        order
        for order in orders
        if covers(row, order.account, order.instrument, order.strategy)
        if order.origin == row.act or order.intended_ns <= row.at_ns or order.purpose is Purpose.LEG
    ]
    return sorted(found, key=lambda order: order.number)
