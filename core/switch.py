"""The switch: halt, resume, and the cancels that a person asks for.

Rules of this file
1. A halt is a record: it survives restart and midnight, and only a person lifts it, with a reason.
2. It ends working entries and nothing else. Exits and protective legs stay.
3. What was asked to end and is not confirmed is named in the answer.
"""

from __future__ import annotations

from collections.abc import Generator

from core import records as r
from core.answers import Denied, Done, Effect
from core.cancels import cancel_orders
from core.commands import CancelAll, CancelOrder, Halt, Resume
from core.orders import ALIVE, Order
from core.state import State

Decision = Generator[r.Record | Effect, None, Done | Denied]
Steps = Generator[r.Record | Effect, None, None]


def is_scope(state: State, scope: str) -> bool:
    """Say whether a halt can name this scope: ``global``, ``account:NAME`` or ``strategy:NAME``."""
    setup = state.facts.setup
    kind, _, name = scope.partition(":")
    known = {"account": setup.accounts, "strategy": setup.strategies}.get(kind, {})
    return scope == "global" or name in known


def entries_in(state: State, scope: str) -> list[Order]:
    """Return the entries alive in a scope, oldest first."""
    kind, _, name = scope.partition(":")
    orders = (state.orders[order] for order in state.alive)
    found = [
        order
        for order in orders
        if not order.reduce_only
        if kind == "global" or name == (order.account if kind == "account" else order.strategy)
    ]
    return sorted(found, key=lambda order: order.number)


def halt(state: State, command: Halt, now: int) -> Decision:
    """Raise the bridge for a scope, and ask for the end of its working entries."""
    if not is_scope(state, command.scope):
        return Denied(code="scope_unknown", value=command.scope)
    yield r.Halted(at_ns=now, scope=command.scope, by=command.by, reason=command.reason)
    return (yield from _cancel_entries(state, command.scope, now, by=command.by, reason="halt"))


def stop_account(state: State, account: str, reason: str, now: int) -> Steps:
    """Raise the bridge for an account on the bridge's own account, and ask for the end of its
    working entries. A halt that stands keeps its reason."""
    scope = f"account:{account}"
    if scope in state.halts:
        return
    yield r.Halted(at_ns=now, scope=scope, by="bridge", reason=reason)
    entries = [order for order in entries_in(state, scope) if not order.pending_cancel]
    yield from cancel_orders(entries, now, by="bridge", reason="halt")


def cancel_all(state: State, command: CancelAll, now: int) -> Decision:
    """Ask for the end of all working entries of a scope."""
    if not is_scope(state, command.scope):
        return Denied(code="scope_unknown", value=command.scope)
    return (
        yield from _cancel_entries(state, command.scope, now, by=command.by, reason=command.reason)
    )


def _cancel_entries(state: State, scope: str, now: int, *, by: str, reason: str) -> Decision:
    orders = entries_in(state, scope)
    yield from cancel_orders(orders, now, by=by, reason=reason)
    unconfirmed = [o.order for o in orders if state.orders[o.order].state in ALIVE]
    return Done(orders=tuple(unconfirmed))


def resume(state: State, command: Resume, now: int) -> Decision:
    """Lower the bridge again. A person must say why."""
    if command.scope not in state.halts:
        return Denied(code="not_halted", value=command.scope, limit=", ".join(sorted(state.halts)))
    if not command.reason.strip():
        return Denied(code="reason_missing", value=command.scope)
    yield r.Resumed(at_ns=now, scope=command.scope, by=command.by, reason=command.reason)
    return Done()


def cancel_order(state: State, command: CancelOrder, now: int) -> Decision:
    """Ask for the end of one order, whoever sent it."""
    order = state.orders.get(command.order)
    if order is None:
        return Denied(code="order_unknown", value=command.order)
    if order.state not in ALIVE:
        return Denied(code="order_done", value=command.order, limit=order.state)
    yield from cancel_orders([order], now, by=command.by, reason=command.reason)
    return Done(orders=(order.order,) if state.orders[order.order].state in ALIVE else ())
