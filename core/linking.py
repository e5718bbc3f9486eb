"""Linking: what becomes of an account's link when something happens to it, and when time passes.

Rules of this file
1. A pause is a record with its end, so it lasts through a restart, and nobody knocks before it.
2. A pause may be made longer by what comes later, never shorter.
3. Maintenance that was announced is a list of intervals in the state; zones are the bridge's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator
from typing import Final

from core import records as r
from core.commands import NoteLink
from core.critical import open_in
from core.links import (
    IS_UP,
    MAINTENANCE,
    REFUSED,
    SCHEDULED,
    TRANSITIONS,
    LinkEvent,
    LinkState,
)
from core.setup import SECOND_NS
from core.state import AccountRow, State

Steps = Generator[r.LinkChanged | r.AlarmRaised, None, None]

PAUSE_FIRST_NS: Final = 60 * SECOND_NS
"""How long a venue in maintenance that names no end is left alone at first; each time anew it is
twice as long, for as long as the account was not ready in between."""

PAUSE_MOST_NS: Final = 15 * 60 * SECOND_NS
"""The longest of these: a venue that is back is found within a quarter of an hour."""

PAUSE_LONGEST_NS: Final = 24 * 3600 * SECOND_NS
"""No pause is believed for longer: to ask once a day does no harm, to wait for ever does."""


def note_link(state: State, command: NoteLink, now: int) -> Steps:
    """Take a link through one cell of the table."""
    row = state.accounts.get(command.account)
    event = command.event or (LinkEvent.UP if command.up else LinkEvent.FELL)
    to = TRANSITIONS.get((row.link, event)) if row is not None else None
    if row is None or to is None:
        return
    if event is LinkEvent.PAUSE:
        yield from _pause(row, command, now)
        return
    tries_on = to is LinkState.CONNECTING and event is LinkEvent.FELL
    if to is not row.link or (tries_on and command.reason != row.link_reason):
        code = command.code
        if tries_on and row.link_code == REFUSED:
            code = code or REFUSED  # an attempt that got no answer mends nothing
        yield _changed(row, to, now, reason=command.reason, code=code)
        if command.code == REFUSED and row.link_code != REFUSED:
            yield _refused(state, row.account, command.reason, now)


def _refused(state: State, account: str, reason: str, now: int) -> r.AlarmRaised:
    """Call a person: nothing can be asked of the venue until it is mended; with something open that
    is the gravest alarm that there is."""
    open_, where = open_in(state, account), f"account:{account}"
    code = "account_refused_exposed" if open_ else REFUSED
    return r.AlarmRaised(at_ns=now, code=code, value=reason, limit=open_, where=where)


def _changed(
    row: AccountRow,
    to: LinkState,
    now: int,
    *,
    reason: str,
    code: str = "",
    until_ns: int = 0,
    named: bool = False,
) -> r.LinkChanged:
    return r.LinkChanged(
        at_ns=now,
        account=row.account,
        up=to in IS_UP,
        reason=reason,
        state=to,
        until_ns=until_ns,
        code=code,
        named=named,
    )


def _pause(row: AccountRow, command: NoteLink, now: int) -> Steps:
    """Leave a venue alone until it said, or for a time that grows when it did not say."""
    paused = row.link is LinkState.PAUSED
    until_ns = command.until_ns
    named = until_ns > now
    if not named:
        if paused and row.link_until_ns > now:
            return  # other calls under way end the same: that is known
        until_ns = now + min(PAUSE_FIRST_NS << min(row.pauses, 8), PAUSE_MOST_NS)
    until_ns = min(until_ns, now + PAUSE_LONGEST_NS)
    if paused and until_ns <= row.link_until_ns:
        return
    yield _changed(
        row,
        LinkState.PAUSED,
        now,
        reason=command.reason,
        code=command.code or MAINTENANCE,
        until_ns=until_ns,
        named=named,
    )
    if not paused:
        value, limit = command.code or MAINTENANCE, f"{(until_ns - now) // SECOND_NS} s"
        where = f"account:{row.account}"
        yield r.AlarmRaised(
            at_ns=now, code="link_paused", value=value, limit=limit, where=where, raw=command.reason
        )


def keep_schedule(state: State, account: str, now: int) -> Steps:
    """Begin a scheduled pause that is due, and end a pause whose time is over."""
    row = state.accounts[account]
    paused = row.link is LinkState.PAUSED
    if not paused and not row.maintenance_ns:
        return
    end_ns = window_end(row, now)
    if end_ns and not (paused and end_ns <= row.link_until_ns):
        reason = "scheduled maintenance"
        yield _changed(row, LinkState.PAUSED, now, reason=reason, code=SCHEDULED, until_ns=end_ns)
    elif paused and not end_ns and (now >= row.link_until_ns or row.link_code == SCHEDULED):
        yield _changed(row, TRANSITIONS[row.link, LinkEvent.WAKE], now, reason="the pause is over")


def window_end(row: AccountRow, now: int) -> int:
    """Return when the scheduled maintenance of this moment ends; zero when there is none."""
    index = bisect_right(row.maintenance_ns, now, key=lambda window: window[0])
    end_ns = row.maintenance_ns[index - 1][1] if index else 0
    return end_ns if now < end_ns else 0


def next_change(row: AccountRow, now: int) -> int:
    """Return when time alone changes the link next; zero when it does not."""
    if row.link is LinkState.PAUSED:
        return row.link_until_ns
    index = bisect_right(row.maintenance_ns, now, key=lambda window: window[0])
    return row.maintenance_ns[index][0] if index < len(row.maintenance_ns) else 0
