"""How a flatten begins, whoever began it: a person by an act, or the bridge by a rule.

Rules of this file
1. To begin is to record the act and to ask for the end of everything that works in its scope, but
   for stops that may stay. The orders follow from the engine, which looks after each command at
   what open acts may do now.
2. One act a scope: a second one would do nothing that the first does not do.
"""

from __future__ import annotations

from collections.abc import Generator

from core import records as r
from core.answers import Effect
from core.cancels import cancel_orders
from core.flatten_rows import FlattenRow
from core.flatten_scope import is_kept, is_pressed, older_in
from core.ids import name_of
from core.state import State

Begun = Generator[r.Record | Effect, None, str]
"""Records and effects; it returns the act."""

BRIDGE = "bridge"
"""Who began what a rule began."""


def running(state: State, scope: str, whose: str) -> FlattenRow | None:
    """Return the open act of exactly this scope, if there is one."""
    for row in state.flattens.values():
        if (row.scope, row.whose) == (scope, whose):
            return row
    return None


def begin(
    state: State, scope: str, whose: str, reason: str, *, now: int, by: str = BRIDGE
) -> Begun:
    """Begin to close a scope, or return the act that does so already.

    ``scope`` and ``whose`` are those of ``commands.Flatten``; whoever calls vouches for them.
    """
    open_act = running(state, scope, whose)
    if open_act is not None:
        return open_act.act
    act = name_of("flatten", scope, whose, str(state.number + 1))
    yield r.FlattenAsked(at_ns=now, act=act, scope=scope, whose=whose, by=by, reason=reason)
    older = [order for order in older_in(state, state.flattens[act]) if not is_pressed(order)]
    orders = [order for order in older if not is_kept(state, order)]
    yield from cancel_orders(orders, now, by=by, reason=f"flatten: {reason}")
    return act
