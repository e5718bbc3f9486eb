"""The end of a future's table: a person is told in good time that no contract follows the last one.

Rules of this file
1. A table ends when its rule would have another contract in front that it does not know; without
   such a rule, when nothing is opened in its last contract any more.
2. A person is told once before the end and once at it, whether anything is held or not: what ends
   is what the alerts can open. A table that was mended is told of anew when it ends again.
3. For `ES2!` it ends one contract earlier, and so on. Those are told of where a strategy has opened
   by them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final, NamedTuple

from core import records as r
from core.contract_setup import Future
from core.schedules import left_text
from core.setup import SECOND_NS
from core.state import State

Steps = Generator[r.Record, None, None]

ENDING_NS: Final = 14 * 24 * 3600 * SECOND_NS
"""How long before its end a table is told of: time to look up the days of the next contracts, to
write them into the file and to start anew, also over a week of holidays."""

ENDING: Final = "ending"
ENDED: Final = "ended"


class TableEnd(NamedTuple):
    """Where a table stands that ends soon, or has ended. ``stage``: ``ending`` or ``ended``."""

    future: str
    contract: str
    due_ns: int
    stage: str
    depth: int = 1

    @property
    def code(self) -> str:
        """Return the code of its alarm."""
        return "contracts_ended" if self.stage == ENDED else "contracts_ending"


def table_end(future: Future, now: int, depth: int = 1) -> TableEnd | None:
    """Say whether a table ends soon, or has ended, for its n-th continuous symbol; ``None``: it
    lasts."""
    due_ns = future.over_for(depth)
    if now < due_ns - ENDING_NS:
        return None
    stage = ENDED if now >= due_ns else ENDING
    return TableEnd(future.name, future.contracts[-1].name, due_ns, stage, depth)


def table_ends(futures: Iterable[Future], now: int) -> list[TableEnd]:
    """List the tables that end soon, or have ended, what ends first before the others."""
    found = [end for future in futures if (end := table_end(future, now)) is not None]
    return sorted(found, key=lambda end: (end.due_ns, end.future))


def left_of(end: TableEnd, now: int) -> str:
    """Say how long a table still lasts, or for how long it has been over."""
    if end.stage == ENDED:
        return left_text(now, end.due_ns)
    return left_text(end.due_ns, now)


def tell_table_ends(state: State, now: int) -> Steps:
    """Tell of tables that end; after a long sleep only what is true now."""
    for future, depth in _opened_by(state):
        end = table_end(future, now, depth)
        row = state.ends.get((future.name, depth))
        if end is None or (row is not None and row.stage in (end.stage, ENDED)):
            continue
        yield r.TableTold(
            at_ns=now,
            future=future.name,
            contract=end.contract,
            stage=end.stage,
            due_ns=end.due_ns,
            depth=depth,
        )
        yield r.AlarmRaised(
            at_ns=now,
            code=end.code,
            value=end.contract if depth == 1 else f"{end.contract} for {future.symbols(depth)[0]}",
            limit=left_of(end, now),
            where=future.name,
        )


def table_end_due(state: State, now: int) -> int | None:
    """Return when ``tell_table_ends`` has something to do by time alone; ``None``: never."""
    ends = [future.over_for(depth) for future, depth in _opened_by(state)]
    times = [at_ns for over in ends for at_ns in (over - ENDING_NS, over) if at_ns > now]
    return min(times, default=None)


def _opened_by(state: State) -> list[tuple[Future, int]]:
    """List each future by its first continuous symbol, and by the others that were used."""
    futures = state.facts.setup.futures
    used = {(future, depth) for _, _, future, depth in state.choices}
    keys = sorted(used.union((name, 1) for name in futures))
    return [(futures[name], depth) for name, depth in keys if name in futures]
