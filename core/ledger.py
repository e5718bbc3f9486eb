"""The ledger of an account: its days, its losses, its marks.

Rules of this file
1. A day starts at a boundary of the account's own zone, which came as a list of UTC times, and from
   the middle one of the newest readings: one bad tick is no start of a day.
2. What is lost is watched in ``core.breach``; a single entry is refused by the newest reading
   alone.
3. What has to survive a restart is a record; the readings themselves are not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import Effect
from core.breach import watch_losses
from core.cash import doubtful
from core.loss_setup import DayFrom
from core.risk.case import fresh_standing
from core.setup import SECOND_NS, Account
from core.state import AccountRow, State
from core.view import Standing, View

Steps = Generator[r.Record | Effect, None, None]

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
    begins = row.day_equity is None or boundary > row.day_ns
    if begins:
        # Without a calendar the first day begins with the first figure that is seen.
        first = _day_figure(state, account, standing)
        yield r.DayStarted(at_ns=now, account=name, day_ns=boundary or now, equity=first)
    yield from watch_losses(state, account, standing, now, day_began=begins)
    if is_mark_due(state, name, now):
        mark = standing.mark
        yield r.Marked(at_ns=now, account=name, balance=mark.balance, equity=mark.equity)


def _day_figure(state: State, account: Account, standing: Standing) -> Decimal:
    """Return the figure from which the day's loss counts, without what is not explained yet."""
    mark, day_from = standing.mark, account.loss.day_from
    equity = _middle(standing.equities, mark.equity)
    balance = _middle(standing.balances, mark.balance)
    chosen = balance if day_from is DayFrom.BALANCE else equity
    if day_from is DayFrom.HIGHER:
        chosen = max(balance, equity)
    return chosen - doubtful(state, mark)


def _middle(readings: tuple[Decimal, ...], newest: Decimal) -> Decimal:
    ordered = sorted(readings) or [newest]
    return ordered[len(ordered) // 2]


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
