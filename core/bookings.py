"""Movements of money that a venue tells by itself: funding, transfers, fees beside fills.

Rules of this file
1. Each is booked once, by the venue's own id, however often and in whatever order it is told.
2. What moved before the account's first picture is in its balance already.
3. What a comparison found first, and nobody named, is named by the venue's word; so is what was
   taken for the work of others.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.cash_rows import BY_A_PERSON, CashEntry, CashNotice, CashRow
from core.commands import TakeBooking
from core.fold_cash import cash_of
from core.ids import name_of
from core.state import State

Steps = Generator[r.Record, None, None]

BY_THE_VENUE: Final = "venue"
"""Who named a movement that the venue told."""


def take_booking(state: State, command: TakeBooking, now: int) -> Steps:
    """Book what a venue told. Money in another currency than the account's is not its cash."""
    account, row = state.facts.setup.accounts.get(command.account), cash_of(state, command.account)
    if account is None or command.currency != account.currency or not command.amount:
        return
    if command.kind not in BY_A_PERSON or _is_known(row, command):
        return
    found = _found_before(row, command)
    if found is not None:
        yield r.CashNamed(
            at_ns=now,
            account=command.account,
            entry=found.entry,
            kind=command.kind,
            amount=found.amount,
            currency=command.currency,
            booked_ns=found.at_ns,
            by=BY_THE_VENUE,
            reason=command.note,
            venue_id=command.id,
            venue_ns=command.venue_ns,
        )
        return
    announced = _announced(row, command, now)
    yield r.CashBooked(
        at_ns=now,
        account=command.account,
        entry=name_of("cash", command.account, command.id),
        kind=command.kind,
        amount=command.amount,
        currency=command.currency,
        by=BY_THE_VENUE if announced is None else announced.by,
        reason=command.note if announced is None else announced.reason,
        venue_id=command.id,
        venue_ns=command.venue_ns,
    )


def _is_known(row: CashRow, command: TakeBooking) -> bool:
    """Say whether it was booked, or is in the balance from which the account is counted."""
    if row.known is None or command.venue_ns <= max(row.began_ns, row.told_ns):
        return True
    return any(name == command.id for name, _ in row.told)


def _announced(row: CashRow, command: TakeBooking, now: int) -> CashNotice | None:
    """Return what a person said would come; it came."""
    for one in row.expected:
        if (one.kind, one.amount) == (command.kind, command.amount) and one.until_ns > now:
            return one
    return None


def _found_before(row: CashRow, command: TakeBooking) -> CashEntry | None:
    """Return the booking that a comparison made of the same movement."""
    found = (*row.unnamed, *row.guessed)
    return next((one for one in found if one.amount == command.amount), None)
