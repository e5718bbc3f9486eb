"""Rolling: what time alone makes of futures. A roll is recorded when it comes, and a person is told
of what is still held when a contract rolls, before its first notice and its expiry, and on the day.

Rules of this file
1. Nothing is traded here: a position is moved to another contract by a person, or by the strategy.
2. A person is told once of each day. What is opened after that was refused or asked for.
3. What stands for a contract in an account that copies another has that contract's days.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

from core import records as r
from core.contract_rows import day_word
from core.contract_setup import Contract, Future
from core.contracts import dated_at, standing_for
from core.money import plain
from core.positions import EXTERNAL
from core.schedules import left_text
from core.state import FLAT, State

Steps = Generator[r.Record, None, None]

EXPIRY: Final = "expiry"
FIRST_NOTICE: Final = "first notice"


class Day(NamedTuple):
    """A day of a contract of which a person is told from ``tell_ns`` on, if it is held."""

    name: str
    due_ns: int
    tell_ns: int
    code: str


def roll(state: State, now: int) -> Steps:
    """Record what rolled, and tell of what is held too long."""
    futures = state.facts.setup.futures
    if not futures:
        return
    for name in sorted(futures):
        yield from _rolled(state, futures[name], now)
    for account in sorted(state.exposed):
        for instrument in sorted(state.exposed[account]):
            yield from _told(state, account, instrument, now)


def roll_due(state: State, now: int) -> int | None:
    """Return when ``roll`` has something to do by time alone; ``None``: it is not known."""
    times = [
        at_ns
        for future in state.facts.setup.futures.values()
        for contract in future.contracts
        for at_ns in (
            contract.front_ns,
            *(day.tell_ns for day in _days(future, contract)),
        )
        if at_ns > now
    ]
    return min(times, default=None)


def _rolled(state: State, future: Future, now: int) -> Steps:
    place = future.front(now)
    row = state.fronts.get(future.name)
    if not 0 <= place < len(future.contracts):
        return
    if row is not None and row.contract == future.contracts[place].name:
        return
    front = future.contracts[place]
    before = row.contract if row is not None else ""
    yield r.ContractRolled(
        at_ns=now,
        future=future.name,
        contract=front.name,
        due_ns=front.front_ns,
        before=before,
        rule=future.rule,
    )
    for account in sorted(state.exposed):
        names = (before, *standing_for(state, account, before)) if before else ()
        left = ", ".join(filter(None, (_held(state, account, name) for name in names)))
        if left:
            where = f"account:{account}"
            limit = f"{before} to {front.name}"
            yield r.AlarmRaised(
                at_ns=now, code="rolled_while_held", value=left, limit=limit, where=where
            )


def _told(state: State, account: str, instrument: str, now: int) -> Steps:
    row = dated_at(state, account, instrument)
    if row is None:
        return
    told = state.calls.get((account, instrument))
    for day in _days(row.future, row.contract):
        word = day_word(day.name, day.due_ns)
        if now < day.tell_ns or (told is not None and word in told.told):
            continue
        held = _held(state, account, instrument)
        if not held:
            return
        yield r.ContractTold(
            at_ns=now, account=account, instrument=instrument, day=day.name, due_ns=day.due_ns
        )
        left = left_text(max(day.due_ns, now), now)
        where = f"account:{account}/instrument:{instrument}"
        yield r.AlarmRaised(at_ns=now, code=day.code, value=held, limit=left, where=where)


def _days(future: Future, contract: Contract) -> Iterator[Day]:
    for what, code, due_ns in (
        (FIRST_NOTICE, "first_notice_near", contract.notice_ns),
        (EXPIRY, "expiry_near", contract.expiry_ns),
    ):
        if due_ns:
            yield Day(what, due_ns, due_ns - future.alarm_ns, code)
            yield Day(f"{what} day", due_ns, due_ns, code)


def _held(state: State, account: str, instrument: str) -> str:
    """Say who holds how much of an instrument; nothing: nobody does."""
    strategies = state.strategies_at.get((account, instrument), ())
    shares = [
        f"{strategy}: {plain(position.quantity)}"
        for strategy in sorted(strategies)
        if strategy != EXTERNAL
        if (position := state.positions.get((account, instrument, strategy))) is not None
        if position.quantity
    ]
    net = state.exposures.get((account, instrument), FLAT).net
    return ", ".join(shares) or (plain(net) if net else "")
