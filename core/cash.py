"""The cash of an account against its venue's balance: what fills and bookings do not explain.

Rules of this file
1. A balance is judged by a picture that agrees in everything else, and by two of them. What is left
   over is booked, told to a person, and is neither profit nor loss until the person names it.
2. Compared are the cash that moved, whatever each side calls realized: a venue may close the oldest
   trade first, and knows no strategies.
3. Where others trade in the account, what is left over is theirs, and counts as profit or loss:
   but only once the venue had the time to list it as a movement of money.
4. A fee that was not told explains a little that is missing, and nothing more.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final, NamedTuple

from core import records as r
from core.answers import Denied, Done
from core.cash_rows import BY_A_PERSON, EXPECTED_MAX, CashKind, CashNotice, CashRow
from core.commands import NoteTransfer, TakeSnapshot
from core.differences import Comparison
from core.fold_cash import cash_of
from core.ids import name_of
from core.money import ZERO, plain
from core.positions import EXTERNAL
from core.reports import AccountMark, VenueSnapshot
from core.setup import SECOND_NS
from core.state import State
from core.weighing import CONFIRM_NS

Steps = Generator[r.Record, None, None]
Decision = Generator[r.Record, None, Done | Denied]

ROUNDING: Final = Decimal("0.00001")
"""Share of a balance that venues may round away between two agreements: a thousandth of a percent,
1 of 100,000."""

FEE_SHARE: Final = Decimal("0.01")
"""Largest fee that is believed without being told: 1 % of the value of its fills, above what the
dearest venues charge."""

FEE_WAIT_NS: Final = 600 * SECOND_NS
"""How long a fee may be told late before the balance is taken to hold it."""

LISTED_NS: Final = 150 * SECOND_NS
"""How long what is left over waits where others trade, before it is taken to be theirs: their
venue lists a withdrawal within a minute or two, and the list is read each minute."""

ANNOUNCED_NS: Final = 7 * 24 * 3600 * SECOND_NS
"""How long an announced transfer may take: the slowest banks need five working days."""


class _Sums(NamedTuple):
    """A balance that agrees in everything else: ``level`` and ``split`` as in ``CashRow``."""

    level: Decimal
    split: Decimal
    slack: Decimal


def judge_cash(state: State, command: TakeSnapshot, found: Comparison, now: int) -> Steps:
    """Compare the balance of a picture with our sums."""
    picture = command.snapshot
    open_rows = any(row.account == picture.account for row in state.mismatches.values())
    differs = found.differences or found.left_out or found.unsure or open_rows
    sums, row = None if differs else _sums(state, picture), cash_of(state, picture.account)
    if sums is None:
        if row.known is None:
            yield _begun(state, picture, now)
        return
    first, known = row.level is None, row.known
    if known is None or (first and (row.strange or _has_strangers(state, row.account))):
        yield _agreed(picture, sums, now)
        return
    over = sums.level - known
    if abs(over) <= sums.slack:
        if row.suspect is not None:
            yield r.CashSuspected(at_ns=now, account=row.account, amount=ZERO)
        moved = first or 2 * abs(over) > sums.slack or abs(sums.split - row.split) > sums.slack
        if moved or (row.strange and not _has_strangers(state, row.account)):
            yield _agreed(picture, sums, now)
        return
    if over < ZERO and -over <= row.pending * FEE_SHARE + sums.slack:
        if now - row.pending_ns >= FEE_WAIT_NS:
            yield _agreed(picture, sums, now)
        return
    yield from _left_over(state, command, row, over, slack=sums.slack, now=now)


def _sums(state: State, picture: VenueSnapshot) -> _Sums | None:
    """Add up both sides; ``None`` when the worth of something is not known."""
    account, instruments, cash = picture.account, state.facts.setup.instruments, picture.mark.cash
    if cash is not None:
        level = cash - _paid(state, account) - cash_of(state, account).booked
        return _Sums(level, ZERO, abs(picture.mark.balance) * ROUNDING)
    theirs, ours, spent, slack = ZERO, ZERO, ZERO, abs(picture.mark.balance) * ROUNDING
    for shown in picture.positions:
        instrument = instruments.get(shown.instrument)
        if instrument is None:
            return None
        theirs += instrument.value(shown.quantity, shown.average_price)
        slack += instrument.value(abs(shown.quantity), instrument.tick)
    for position in state.positions.values():
        if position.account == account:
            ours += position.quantity * position.average_price * position.multiplier
            spent += position.realized - position.fees
    level = picture.mark.balance - theirs - (spent - ours) - cash_of(state, account).booked
    return _Sums(level, theirs - ours, slack)


def _paid(state: State, account: str) -> Decimal:
    """Return what our fills brought into a wallet as money, negative when they took it out."""
    held = (one for one in state.positions.values() if one.account == account)
    return sum(
        (
            one.realized - one.fees - one.quantity * one.average_price * one.multiplier
            for one in held
            if one.strategy != EXTERNAL
        ),
        ZERO,
    )


def _agreed(picture: VenueSnapshot, sums: _Sums, now: int) -> r.CashAgreed:
    return r.CashAgreed(
        at_ns=now, account=picture.account, level=sums.level, split=sums.split
    )  # fmt: skip


def _begun(state: State, picture: VenueSnapshot, now: int) -> r.CashBegun:
    """Begin with a balance that is not compared yet: what moves it from here on is told from a
    loss."""
    account, cash = picture.account, picture.mark.cash
    booked = cash_of(state, account).booked
    if cash is not None:
        level = cash - booked - _paid(state, account)
    else:
        level = picture.mark.balance - booked - state.earned.get(account, ZERO)
    return r.CashBegun(at_ns=now, account=account, level=level)


def _has_strangers(state: State, account: str) -> bool:
    """Say whether the account holds what nobody of ours owns."""
    for name in state.exposed.get(account, ()):
        position = state.positions.get((account, name, EXTERNAL))
        if position is not None and position.quantity:
            return True
    return False


def _left_over(
    state: State, command: TakeSnapshot, row: CashRow, over: Decimal, *, slack: Decimal, now: int
) -> Steps:
    """Book what is left over once it was announced, or was seen twice."""
    told = _announced(row, over, slack, now)
    same = row.suspect is not None and abs(row.suspect - over) <= slack
    if told is None and not same:
        yield r.CashSuspected(at_ns=now, account=row.account, amount=over)
        return
    kind = CashKind.UNEXPLAINED
    if told is not None:
        kind = told.kind
    elif row.strange or _has_strangers(state, row.account):
        kind = CashKind.STRANGERS
    waits_ns = LISTED_NS if kind is CashKind.STRANGERS else CONFIRM_NS
    if told is None and command.asked_ns - row.suspect_ns < waits_ns:
        return
    account = state.facts.setup.accounts[row.account]
    entry = name_of("cash", row.account, str(state.number + 1))
    balance = command.snapshot.mark.balance
    yield r.CashBooked(
        at_ns=now,
        account=row.account,
        entry=entry,
        kind=kind,
        amount=told.amount if told is not None else over,
        currency=account.currency,
        balance=balance,
        by=told.by if told is not None else "",
        reason=told.reason if told is not None else "",
    )
    if kind is CashKind.UNEXPLAINED:
        where = f"account:{row.account}"
        yield r.AlarmRaised(
            at_ns=now, code="balance_differs", value=plain(over), limit=entry, where=where
        )


def _announced(row: CashRow, over: Decimal, slack: Decimal, now: int) -> CashNotice | None:
    for one in row.expected:
        if abs(one.amount - over) <= slack and one.until_ns > now:
            return one
    return None


def doubtful(state: State, mark: AccountMark) -> Decimal:
    """Return how much of a balance no fill and no booking explains now: zero where the account was
    never compared, and where others trade in it."""
    return unexplained(state, mark.account, mark.balance, mark.cash)


def unexplained(state: State, account: str, balance: Decimal, cash: Decimal | None) -> Decimal:
    """Return what is doubtful of a balance that was read before, or now. ``cash``: of a wallet, the
    money alone: what its coins are worth explains itself."""
    row = state.cash.get(account)
    known = row.known if row is not None else None
    if row is None or known is None:
        return ZERO
    if cash is None:
        over = balance - known - row.split - row.booked - state.earned.get(account, ZERO)
    else:
        over = cash - known - row.booked - _paid(state, account)
    if abs(over) <= abs(balance) * ROUNDING:
        return ZERO
    if over < ZERO and -over <= row.pending * FEE_SHARE:
        return ZERO
    return ZERO if row.strange or _has_strangers(state, account) else over


def note_transfer(state: State, command: NoteTransfer, now: int) -> Decision:
    """Say what a booking was, or what will be booked when the venue shows it."""
    name, kind, amount = command.account, command.kind, command.amount
    account = state.facts.setup.accounts.get(name)
    if account is None:
        return Denied(code="account_unknown", value=name)
    if kind not in BY_A_PERSON:
        return Denied(code="cash_kind_unknown", value=kind, limit=", ".join(BY_A_PERSON))
    if not command.reason.strip():
        return Denied(code="reason_missing", value=f"{kind} in {name}")
    row, said = cash_of(state, name), CashKind(kind)
    by_name = [one for one in row.unnamed if one.entry == command.entry]
    by_amount = [one for one in row.unnamed if one.amount == amount]
    named = by_name or ([] if command.entry else by_amount[-1:])
    if command.entry and not named:
        known = ", ".join(f"{one.entry} ({plain(one.amount)})" for one in row.unnamed)
        return Denied(code="cash_entry_unknown", value=command.entry, limit=known or "none")
    if named:
        yield r.CashNamed(
            at_ns=now,
            account=name,
            entry=named[0].entry,
            kind=said,
            amount=named[0].amount,
            currency=account.currency,
            booked_ns=named[0].at_ns,
            by=command.by,
            reason=command.reason,
        )
        return Done(act=named[0].entry)
    if not amount:
        return Denied(code="cash_amount_missing", value=name)
    if sum(one.until_ns > now for one in row.expected) >= EXPECTED_MAX:
        return Denied(code="cash_too_many", value=str(EXPECTED_MAX), where=name)
    until_ns = now + ANNOUNCED_NS
    yield r.CashAnnounced(
        at_ns=now, account=name, kind=said, amount=amount,
        by=command.by, reason=command.reason, until_ns=until_ns,
    )  # fmt: skip
    return Done()
