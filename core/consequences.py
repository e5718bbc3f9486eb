"""Consequences: what follows from the records of one command, in its order.

Rules of this file
1. Each part is named once, and is carried out before the next is looked for: it sees what those
   before it made.
2. What the records cannot concern is not asked: most commands leave one record, and it is asked
   for by each order.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Final

from core import commands as c
from core import records as r
from core.answers import Effect
from core.attached import follow as keep_attached
from core.cooldown import watch_trades
from core.executions import EXECUTIONS
from core.flatten import proceed
from core.following import copying, watch
from core.followups import aftermath
from core.guards import guard
from core.held import release_exits, release_turned
from core.opposed import trim_shared
from core.orders import ALIVE, Purpose
from core.protecting import begin, protect, touched, wake
from core.quality import watch_fills
from core.references import MARKED
from core.reversal import ENDS
from core.state import State
from core.targets import clear_targets
from core.turned import close_opened, settle_turns
from core.view import View

Steps = Generator[r.Record | Effect, None, None]


_GUARDED: Final = frozenset({r.OrderIntended, r.SignalRefused})
"""Kinds of records, beside ends of orders, that a guard looks at."""

_LEG: Final = Purpose.LEG

_PROTECTED: Final = frozenset({r.ShareCut, r.PositionMoved, r.AccountRecovered, r.FlattenEnded})
"""Kinds of records, beside those of orders, that may concern a protection that is not there yet, or
legs without one."""


class Made:
    """The records of one command, from ``start`` on, and what others make of them.

    ``closed``: the trade that closed last before the command. ``moved``: something was executed,
    ``ended``: an order is over, ``protected``, ``shown``: there are records for these. ``guarded``:
    the records that a guard looks at.
    """

    ended = moved = protected = shown = False

    def __init__(
        self,
        command: c.Command,
        records: list[r.Record],
        start: int,
        closed: tuple[int, str] | None,
    ) -> None:
        self.command, self.records, self.closed = command, records, closed
        self.start = self.count = start
        self.changes: list[r.OrderChanged] = []
        self.guarded: list[r.Record] = []

    @property
    def rows(self) -> list[r.Record]:
        """Return the records that were looked at."""
        return self.records[self.start : self.count]

    def look(self) -> None:
        """Take in what was made since the last look."""
        records = self.records
        for row in records[self.count :]:
            if type(row) is r.OrderChanged:  # ``isinstance`` takes long to say no
                self.changes.append(row)
                if row.exec_id or row.event in EXECUTIONS:
                    self.moved = True
                if row.to not in ALIVE:
                    self.ended = True
                if row.event in ENDS:
                    self.guarded.append(row)
            elif type(row) in _GUARDED:
                self.guarded.append(row)
            elif type(row) in _PROTECTED:
                self.protected = True
            elif type(row) is r.EndShown:
                self.shown = True
        self.count = len(records)


def goes_its_way(state: State, records: list[r.Record], start: int) -> bool:
    """Say whether a command told one thing, that an ordinary order was sent or accepted, and nobody
    waits for anything: then nothing follows. So it is with half of all commands."""
    if len(records) != start + 1:
        return False
    record = records[start]
    if not isinstance(record, r.OrderChanged) or record.event not in MARKED:
        return False
    if state.plans or state.followups or state.flattens or state.clearing or state.turning:
        return False
    order = state.orders.get(record.order)
    if order is None or order.followed or order.protection is not None or order.purpose is _LEG:
        return False
    return record.to in ALIVE and not (state.apart or copying(state))


def consequences(state: State, view: View, made: Made, now: int) -> Iterator[Steps]:
    """Name what follows from the records of a command, to be done one after the other."""
    records = made.records
    made.look()
    if state.turns:
        yield settle_turns(state, view, now)
    if made.changes or made.shown:
        yield from aftermath(state, view, made.changes, now, shown=made.shown)
    if state.clearing:
        yield clear_targets(state, view, now)
    if len(records) != made.count:
        made.look()
    if made.moved or made.protected:
        yield trim_shared(state, made.rows, now)
    if state.turning:
        yield release_turned(state, view, now)
    if state.held and made.ended:
        yield release_exits(state, view, now)
    line = state.trade_line
    if line and line[-1] is not made.closed:
        yield watch_trades(state, made.closed, now)
    if len(records) != made.count:
        made.look()
    if made.moved or made.ended:
        yield watch_fills(state, made.changes, now)
        if len(records) != made.count:
            made.look()
    if made.guarded:
        yield guard(state, made.guarded, now)
    if state.flattens:
        command = made.command
        yield proceed(state, view, now, command if isinstance(command, c.TakeSnapshot) else None)
    if len(records) != made.count:
        made.look()
    if made.moved:
        yield from _executed(state, view, made.changes, now)
    if made.changes or state.plans or made.protected:
        for key in touched(state, made.rows):
            yield protect(state, view, key, now)
    if state.apart or copying(state):
        yield watch(state, records[made.start :], now)


def _executed(
    state: State, view: View, changes: Sequence[r.OrderChanged], now: int
) -> Iterator[Steps]:
    """Name what fills mean for protections."""
    for change in changes:
        order = state.orders.get(change.order)
        if change.event not in EXECUTIONS or order is None:
            continue
        if state.priced and state.plans:
            yield wake(state, change, now)
        if order.protection is not None:
            yield begin(state, change, now)
        if order.reduce_only:
            yield close_opened(state, view, change, now)
        key = (order.account, order.instrument, order.strategy)
        if order.attached_to or state.legs_at.get(key):
            yield keep_attached(state, change, now)
