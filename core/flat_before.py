"""Flat before a close, a weekend or news: what a rule of an account closes in time.

Rules of this file
1. It is read off the state what should be there (nothing, from T - x on) and what is there; a
   flatten makes up the difference. So a restart, a lost report or a late fill needs no case of its
   own, and looking twice does nothing.
2. The flatten is the one that a person would ask for: the same orders, collar, retries and proofs.
3. At T a person is told, once, what is not flat. After a close nothing is tried any more; while
   news last it still is.
4. What is not ours is not touched.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.answers import Effect
from core.flatten_begin import begin
from core.flatten_rows import FlattenRow
from core.flatten_scope import older_in, open_in, rest_of
from core.orders import OrderState
from core.schedules import NEWS_KIND, Flat, flat_at, next_flat, schedule_of
from core.setup import Account
from core.state import State

Steps = Generator[r.Record | Effect, None, None]

ACTS_MAX: Final = 10
"""Flattens begun for one flat time. Each tries ten orders in a minute; who was not flat after a
hundred needs a person."""

OURS: Final = "ours"


def scope_of(account: str, instrument: str) -> str:
    """Name what is closed: everything of ours in one instrument of one account."""
    return f"account:{account}/instrument:{instrument}"


def keep_flat(state: State, now: int) -> Steps:
    """Begin what is due, and tell what was not flat in time."""
    for account in _accounts(state):
        for instrument in sorted(state.exposed.get(account.name, ())):
            row = schedule_of(state, instrument)
            flat = flat_at(account, row, now) if row is not None else None
            if flat is not None:
                yield from _keep(state, account.name, instrument, flat, now=now)


def flat_due(state: State, now: int) -> int | None:
    """Return when ``keep_flat`` has something to do by time alone; ``None``: it is not known."""
    times = [
        next_flat(account, row, now)
        for account in _accounts(state)
        for instrument in state.exposed.get(account.name, ())
        if (row := schedule_of(state, instrument)) is not None
    ]
    return min((at_ns for at_ns in times if at_ns), default=None)


def _accounts(state: State) -> tuple[Account, ...]:
    """Return the accounts with such a rule; found once, kept while the setup stands."""
    found: tuple[Account, ...] | None = state.caches.get("flat_before")
    if found is None:
        accounts = state.facts.setup.accounts.values()
        found = tuple(account for account in accounts if account.is_flat_before)
        state.caches["flat_before"] = found
    return found


def _keep(state: State, account: str, instrument: str, flat: Flat, *, now: int) -> Steps:
    probe = _probe(account, instrument, now)
    late = now >= flat.until_ns
    row = state.flats.get((account, instrument))
    known = row if row is not None and row.until_ns == flat.until_ns else None
    told = known is not None and known.missed
    if late and not told and _is_open(state, probe, left=True):
        yield from _missed(state, account, instrument, flat, now=now)
    if late and flat.kind != NEWS_KIND:
        return
    if _is_open(state, probe) and not _is_pressed(state, account, probe.scope):
        if known is not None and known.acts >= ACTS_MAX:
            return
        act = yield from begin(state, probe.scope, OURS, f"flat before {flat.kind}", now=now)
        yield r.FlatBegun(
            at_ns=now,
            account=account,
            instrument=instrument,
            kind=flat.kind,
            until_ns=flat.until_ns,
            act=act,
        )


def _missed(state: State, account: str, instrument: str, flat: Flat, *, now: int) -> Steps:
    """Tell what is not flat in time."""
    probe = _probe(account, instrument, now)
    rest = rest_of(state, probe)
    yield r.FlatMissed(
        at_ns=now,
        account=account,
        instrument=instrument,
        kind=flat.kind,
        until_ns=flat.until_ns,
        rest=rest,
    )
    yield r.AlarmRaised(
        at_ns=now,
        code="not_flat_in_time",
        value="; ".join(rest),
        limit=flat.kind,
        where=probe.scope,
    )


def _probe(account: str, instrument: str, now: int) -> FlattenRow:
    """Make the act that would be begun, to ask what it is about."""
    scope = scope_of(account, instrument)
    return FlattenRow(act="", scope=scope, whose=OURS, by="", reason="", at_ns=now, number=0)


def _is_open(state: State, probe: FlattenRow, *, left: bool = False) -> bool:
    """Say whether something of ours is held there, or may still be opened. ``left``: by what has
    left us; an entry that waits for the opening opens nothing."""
    if open_in(state, probe):
        return True
    return any(
        not order.reduce_only and order.leaves
        for order in older_in(state, probe)
        if not (left and order.state is OrderState.HELD)
    )


def _is_pressed(state: State, account: str, scope: str) -> bool:
    """Say whether an open act closes it already."""
    wider = ("global", f"account:{account}", scope)
    return any(
        row.scope in wider and account not in row.confirmed for row in state.flattens.values()
    )
