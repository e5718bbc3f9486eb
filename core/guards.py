"""Guards: what a breach of controls 11 and 12 does beyond refusing one order, and who hears of a
reversal in one order that ended half way.

Rules of this file
1. They look at the records of a command after they were folded, whoever made them.
2. What stops here is resumed by a person alone.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final

from core import records as r
from core.answers import Effect
from core.asked import over_asked
from core.commands import Halt
from core.reversal import given_up, turned_in_part
from core.state import State
from core.switch import halt

Steps = Generator[r.Record | Effect, None, None]

REPEATED: Final = "repeated_execution"
OVER: Final = "orders_over_asked"


def guard(state: State, records: Sequence[r.Record], now: int) -> Steps:
    """Halt what ran away by the records of one command."""
    for record in records:
        if isinstance(record, r.OrderIntended):
            beyond = over_asked(state, record.order)
            if beyond:
                where = record.order.order
                yield from _stop(state, "global", (OVER, beyond, ""), where=where, now=now)
        elif isinstance(record, r.OrderChanged):
            order = state.orders.get(record.order)
            if order is not None and turned_in_part(order, record):
                yield from given_up(order, now, record.reason or str(record.event))
        elif isinstance(record, r.SignalRefused) and record.code in (REPEATED, OVER):
            what = (record.code, record.value, record.limit)
            if record.code == REPEATED:
                yield from _stop(state, record.where, what, where=record.where, now=now)
            else:
                yield from _stop(state, "global", what, where=record.account, now=now)


def _stop(state: State, scope: str, what: tuple[str, str, str], *, where: str, now: int) -> Steps:
    """Raise the bridge for a scope on its own account, and call a person. ``what``: the code, its
    value and its limit."""
    if scope in state.halts:
        return
    code, value, limit = what
    yield r.AlarmRaised(at_ns=now, code=code, value=value, limit=limit, where=where)
    yield from halt(state, Halt(scope=scope, by="bridge", reason=f"{code}: {value}"), now)
