"""The ledger of an account: its days, its losses, its marks.

Rules of this file
1. A day starts at a boundary of the account's own zone, which came as a list of UTC times, and from
   the middle one of the newest readings: one bad tick is no start of a day.
2. What is lost is watched in ``core.breach``; a single entry is refused by the newest reading
   alone.
3. What has to survive a restart is a record; the readings themselves are not.
4. No loss is counted from a figure that is older than the first picture of an account: only from
   there on a balance that moves without a fill is told from a loss.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterable
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import Effect
from core.breach import watch_losses
from core.cash import unexplained
from core.fold_cash import cash_of
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
    if row.recovered or cash_of(state, name).known is not None:
        boundary = day_of(row, now)
        begins = row.day_equity is None or boundary > row.day_ns
        if begins:
            # Without a calendar the first day begins with the first figure that counts.
            first = _day_figure(state, account, standing)
            yield r.DayStarted(at_ns=now, account=name, day_ns=boundary or now, equity=first)
        yield from watch_losses(state, account, standing, now, day_began=begins)
    if is_mark_due(state, name, now):
        mark = standing.mark
        yield r.Marked(at_ns=now, account=name, balance=mark.balance, equity=mark.equity)


def _day_figure(state: State, account: Account, standing: Standing) -> Decimal:
    """Return the figure from which the day's loss counts, without what is not explained yet."""
    mark, day_from = standing.mark, account.loss.day_from
    balances = standing.balances or (mark.balance,)
    equities = standing.equities or (mark.equity,)
    cashes = standing.cashes or (mark.cash,) * len(balances)
    pairs = zip(balances, cashes, strict=True)
    doubts = [unexplained(state, account.name, balance, cash) for balance, cash in pairs]
    equity = _middle(one - doubt for one, doubt in zip(equities, doubts, strict=True))
    balance = _middle(one - doubt for one, doubt in zip(balances, doubts, strict=True))
    if day_from is DayFrom.HIGHER:
        return max(balance, equity)
    return balance if day_from is DayFrom.BALANCE else equity


def _middle(readings: Iterable[Decimal]) -> Decimal:
    ordered = sorted(readings)
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
