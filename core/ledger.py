"""The ledger of an account: its days, its losses, its marks.

Rules of this file
1. A day starts at a boundary of the account's own zone, which came as a list of UTC times, and from
   the middle one of the newest readings: one bad tick is no start of a day.
2. A loss limit latches after several readings in a row; a single entry is refused by the newest
   reading alone.
3. What has to survive a restart is a record; the readings themselves are not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.money import ZERO, plain
from core.risk.case import fresh_standing
from core.setup import SECOND_NS, Account
from core.state import AccountRow, State
from core.view import READINGS_TO_TRIP, View

Steps = Generator[r.Record, None, None]

MARK_EVERY_NS: Final = 60 * SECOND_NS
"""How often the figures of an exposed account are recorded."""


def observe(state: State, view: View, name: str, now: int) -> Steps:
    """Judge an account's newest figures: start its day, warn, trip, note the mark."""
    account, row = state.facts.setup.accounts.get(name), state.accounts.get(name)
    if account is None or row is None:
        return
    standing = fresh_standing(view, account, now)
    if standing is None:
        return
    boundary = day_of(row, now)
    if row.day_equity is None or boundary > row.day_ns:
        # Without a calendar the first day begins with the first figure that is seen.
        equities = sorted(standing.equities) or [standing.mark.equity]
        middle = equities[len(equities) // 2]
        yield r.DayStarted(at_ns=now, account=name, day_ns=boundary or now, equity=middle)
    yield from _losses(state, account, standing.equities, now)
    if is_mark_due(state, name, now):
        mark = standing.mark
        yield r.Marked(at_ns=now, account=name, balance=mark.balance, equity=mark.equity)


def day_of(row: AccountRow, now: int) -> int:
    """Return the start of the account's day at ``now``; zero when no calendar covers it."""
    index = bisect_right(row.days_ns, now)
    return row.days_ns[index - 1] if index else 0


def day_after(row: AccountRow, now: int) -> int:
    """Return the start of the account's next day; zero when the calendar does not reach it."""
    index = bisect_right(row.days_ns, now)
    return row.days_ns[index] if index < len(row.days_ns) else 0


def is_mark_due(state: State, name: str, now: int) -> bool:
    """Say whether an account is exposed and its figures were not recorded for a minute."""
    return bool(state.exposed.get(name)) and now - state.accounts[name].marked_ns >= MARK_EVERY_NS


def _losses(state: State, account: Account, equities: tuple[Decimal, ...], now: int) -> Steps:
    row = state.accounts[account.name]
    limits = state.facts.setup.limits.get(f"account:{account.name}")
    if limits is None or row.day_equity is None or len(equities) < READINGS_TO_TRIP:
        return
    loss = row.day_equity - max(equities[-READINGS_TO_TRIP:])
    if loss <= ZERO:
        return
    warn, most = limits.daily_loss_warn, limits.daily_loss_max
    if warn is not None and loss >= warn and not row.warned_ns:
        yield r.LossWarned(at_ns=now, account=account.name, loss=loss, limit=warn)
        yield _alarm(account, "daily_loss_warning", now, loss=loss, limit=warn)
    if most is not None and loss >= most and not row.tripped_ns:
        yield r.LossTripped(at_ns=now, account=account.name, loss=loss, limit=most)
        yield _alarm(account, "daily_loss_reached", now, loss=loss, limit=most)


def _alarm(
    account: Account, code: str, now: int, *, loss: Decimal, limit: Decimal
) -> r.AlarmRaised:
    return r.AlarmRaised(
        at_ns=now, code=code, value=plain(loss), limit=plain(limit), where=f"account:{account.name}"
    )
