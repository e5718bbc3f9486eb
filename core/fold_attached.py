"""The names under which the attached stops of entries may be met: one for each entry that has one.

Rules of this file
1. A name is here as long as its entry is in the state. Whether there is a stop behind it, only the
   venue knows.
"""

from __future__ import annotations

from core.ids import attached_id, is_ours
from core.orders import Order
from core.state import State


def list_attached(state: State, order: Order) -> None:
    """Remember the name under which the stop of an entry may be met."""
    if order.attached_stop is not None:
        state.put(state.attached, attached_id(order.order), order.order)


def forget_attached(state: State, order: Order) -> None:
    """Forget the name of the stop of an entry that leaves the state."""
    if order.attached_stop is not None:
        state.drop(state.attached, attached_id(order.order))


def entry_of(state: State, account: str, name: str) -> Order | None:
    """Return the entry whose attached stop has this name, if it is one of this account."""
    entry = state.orders.get(state.attached.get(name, ""))
    return entry if entry is not None and entry.account == account else None


def is_awaited(state: State, account: str, name: str) -> bool:
    """Say whether a name that is not in our books is that of an attached stop."""
    return name not in state.orders and entry_of(state, account, name) is not None


def is_strange(state: State, account: str, name: str) -> bool:
    """Say whether a name that is not in our books has our form, and is none that we wait for."""
    return is_ours(name) and not is_awaited(state, account, name)
