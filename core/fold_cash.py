"""How records change what is known of an account's cash, and from where its losses are counted.

Rules of this file
1. A transfer moves every reference with it, so that it is neither profit nor loss; so does what
   nobody explained yet.
2. What a person names as a cost or a gain was one from the moment at which it was booked.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core import records as r
from core.cash_rows import (
    EXPECTED_MAX,
    NO_PROFIT,
    TOLD_MAX,
    UNNAMED_MAX,
    CashEntry,
    CashKind,
    CashNotice,
    CashRow,
)
from core.loss_rows import LossRow, LossRule
from core.money import ZERO
from core.state import State, account_row
from core.trade_rows import CooldownRow

_replace: Final = msgspec.structs.replace


def cash_of(state: State, account: str) -> CashRow:
    """Return what is known of an account's cash."""
    return state.cash.get(account) or CashRow(account=account)


def losses_of(state: State, account: str) -> LossRow:
    """Return from where the losses of an account are counted."""
    return state.losses.get(account) or LossRow(account=account)


def cash_booked(state: State, record: r.CashBooked) -> None:
    """Book a change of the balance that no fill made."""
    row = cash_of(state, record.account)
    free = record.kind in NO_PROFIT
    unnamed, guessed = row.unnamed, row.guessed
    peak = losses_of(state, record.account).peak
    entry = CashEntry(entry=record.entry, amount=record.amount, at_ns=record.at_ns, peak=peak)
    if record.kind is CashKind.UNEXPLAINED:
        unnamed = (*unnamed, entry)[-UNNAMED_MAX:]
    elif record.kind is CashKind.STRANGERS:
        guessed = (*guessed, entry)[-UNNAMED_MAX:]
    row = _replace(
        row,
        booked=row.booked + record.amount,
        flows=row.flows + (record.amount if free else ZERO),
        strange=False,
        suspect=None,
        unnamed=unnamed,
        guessed=guessed,
        expected=_without(row.expected, record),
    )
    state.put(state.cash, record.account, _told(row, record))


def _told(row: CashRow, record: r.CashBooked | r.CashNamed) -> CashRow:
    """Remember a movement by the venue's own id."""
    if not record.venue_id:
        return row
    told = (*row.told, (record.venue_id, record.venue_ns))
    forgotten = told[:-TOLD_MAX]
    floor = max((at_ns for _, at_ns in forgotten), default=0)
    return _replace(row, told=told[-TOLD_MAX:], told_ns=max(row.told_ns, floor))


def _without(expected: tuple[CashNotice, ...], record: r.CashBooked) -> tuple[CashNotice, ...]:
    """Take out the announcement that came true."""
    for index, one in enumerate(expected):
        if (one.kind, one.by, one.reason) == (record.kind, record.by, record.reason):
            return (*expected[:index], *expected[index + 1 :])
    return expected


def cash_named(state: State, record: r.CashNamed) -> None:
    """Let a booking be what a person says that it was."""
    row = _told(cash_of(state, record.account), record)
    entry = next((one for one in row.unnamed if one.entry == record.entry), None)
    if entry is None:
        _not_of_others(state, row, record)
        return
    unnamed = tuple(one for one in row.unnamed if one is not entry)
    if record.kind in NO_PROFIT:
        state.put(state.cash, record.account, _replace(row, unnamed=unnamed))
        return
    flows = row.flows - entry.amount
    state.put(state.cash, record.account, _replace(row, unnamed=unnamed, flows=flows))
    _count_from(state, record.account, entry, flows)


def _not_of_others(state: State, row: CashRow, record: r.CashNamed) -> None:
    """Let what was taken for the work of others be what the venue says. A transfer then was neither
    profit nor loss from the moment of its booking."""
    entry = next((one for one in row.guessed if one.entry == record.entry), None)
    if entry is None:
        return
    row = _replace(row, guessed=tuple(one for one in row.guessed if one is not entry))
    if record.kind not in NO_PROFIT:
        state.put(state.cash, record.account, row)
        return
    state.put(state.cash, record.account, _replace(row, flows=row.flows + entry.amount))
    losses, known = losses_of(state, record.account), state.accounts.get(record.account)
    changes: dict[str, Decimal] = {}
    if known is not None and entry.at_ns < known.day_ns:
        changes["day_flows"] = losses.day_flows + entry.amount
    if losses.base is not None and entry.at_ns < losses.base_ns:
        changes["base_flows"] = losses.base_flows + entry.amount
    if losses.peak is not None and losses.peak != entry.peak:  # noted since, as if it had not been
        since = losses.peak - entry.amount
        changes["peak"] = since if entry.peak is None else max(entry.peak, since)
    state.put(state.losses, record.account, _replace(losses, **changes))


def _count_from(state: State, account: str, entry: CashEntry, flows: Decimal) -> None:
    """Put the references right that were set before the money moved, or after it."""
    row, known = losses_of(state, account), state.accounts.get(account)
    changes: dict[str, Decimal] = {}
    if known is not None and entry.at_ns < known.day_ns:
        changes["day_flows"] = row.day_flows - entry.amount
    if row.base is not None and entry.at_ns < row.base_ns:
        changes["base_flows"] = row.base_flows - entry.amount
    if row.peak is not None:
        since = row.peak + entry.amount
        if row.peak == entry.peak and known is not None and known.equity is not None:
            since = known.equity - flows  # no higher equity was noted since
        changes["peak"] = since if entry.peak is None else max(entry.peak, since)
    state.put(state.losses, account, _replace(row, **changes))


def cash_announced(state: State, record: r.CashAnnounced) -> None:
    """Expect a movement, and forget those that never came."""
    row = cash_of(state, record.account)
    kept = [one for one in row.expected if one.until_ns > record.at_ns]
    notice = CashNotice(
        kind=record.kind,
        amount=record.amount,
        by=record.by,
        reason=record.reason,
        until_ns=record.until_ns,
    )
    expected = (*kept, notice)[-EXPECTED_MAX:]
    state.put(state.cash, record.account, _replace(row, expected=expected))


def cash_agreed(state: State, record: r.CashAgreed) -> None:
    """Count from a balance that is explained."""
    row = cash_of(state, record.account)
    row = _replace(
        row,
        began_ns=row.began_ns or record.at_ns,
        level=record.level,
        split=record.split or ZERO,  # the very zero that a snapshot leaves out
        pending=ZERO,
        pending_ns=0,
        strange=False,
        suspect=None,
        first=None,
    )
    state.put(state.cash, record.account, row)


def cash_begun(state: State, record: r.CashBegun) -> None:
    """Count from the first balance until one is explained."""
    row = cash_of(state, record.account)
    row = _replace(row, first=record.level, began_ns=row.began_ns or record.at_ns)
    state.put(state.cash, record.account, row)


def cash_suspected(state: State, record: r.CashSuspected) -> None:
    """Remember what one comparison did not explain."""
    row = _replace(
        cash_of(state, record.account),
        suspect=record.amount or None,
        suspect_ns=record.at_ns,
    )
    state.put(state.cash, record.account, row)


def note_pending(state: State, account: str, value: Decimal, at_ns: int) -> None:
    """Count a fill whose fee is not known, or (negative) one whose fee was told."""
    row = cash_of(state, account)
    pending = max(row.pending + value, ZERO)
    since = (row.pending_ns or at_ns) if pending else 0
    state.put(state.cash, account, _replace(row, pending=pending, pending_ns=since))


def note_strangers(state: State, account: str) -> None:
    """Remember that others traded here: what they earned or lost is told by the balance alone."""
    row = cash_of(state, account)
    if not row.strange:
        state.put(state.cash, account, _replace(row, strange=True))


def day_started(state: State, record: r.DayStarted) -> None:
    """Begin an account's day."""
    row = account_row(state, record.account)
    row = _replace(
        row, day_ns=record.day_ns, day_equity=record.equity, warned_ns=0, tripped_ns=0
    )  # fmt: skip
    state.put(state.accounts, record.account, row)
    flows = cash_of(state, record.account).flows
    losses = losses_of(state, record.account)
    begun = _replace(losses, day_flows=flows, day_most=None, day_lowered=False)
    if begun != losses:
        state.put(state.losses, record.account, begun)


def loss_warned(state: State, record: r.LossWarned) -> None:
    """Note that a person was warned."""
    if record.rule is LossRule.DAILY:
        row = account_row(state, record.account)
        state.put(state.accounts, record.account, _replace(row, warned_ns=record.at_ns))
        return
    losses = losses_of(state, record.account)
    warned = (*losses.warned, record.rule)
    state.put(state.losses, record.account, _replace(losses, warned=warned))


def loss_tripped(state: State, record: r.LossTripped) -> None:
    """Latch a loss limit."""
    losses = losses_of(state, record.account)
    if record.rule is LossRule.DAILY:
        row = account_row(state, record.account)
        state.put(state.accounts, record.account, _replace(row, tripped_ns=record.at_ns))
        kept = _replace(losses, day_most=record.limit, day_lowered=False)
        state.put(state.losses, record.account, kept)
        return
    tripped = (*losses.tripped, record.rule)
    state.put(state.losses, record.account, _replace(losses, tripped=tripped))


def loss_released(state: State, record: r.LossReleased) -> None:
    """Let loss limits go, by a person's word."""
    if LossRule.DAILY in record.rules:
        row = account_row(state, record.account)
        state.put(state.accounts, record.account, _replace(row, warned_ns=0, tripped_ns=0))
    losses = losses_of(state, record.account)
    kept = _replace(
        losses,
        warned=tuple(rule for rule in losses.warned if rule not in record.rules),
        tripped=tuple(rule for rule in losses.tripped if rule not in record.rules),
    )
    state.put(state.losses, record.account, kept)


def equity_peaked(state: State, record: r.EquityPeaked) -> None:
    """Count a trailing drawdown from a higher equity."""
    losses = losses_of(state, record.account)
    peak = record.equity - cash_of(state, record.account).flows
    if losses.peak is not None:
        peak = max(peak, losses.peak)
    state.put(state.losses, record.account, _replace(losses, peak=peak))


def baseline_set(state: State, record: r.BaselineSet) -> None:
    """Count losses from another number."""
    losses = losses_of(state, record.account)
    flows = cash_of(state, record.account).flows
    if record.what == "start":
        losses = _replace(losses, base=record.value, base_flows=flows, base_ns=record.at_ns)
    elif record.what == "peak":
        losses = _replace(losses, peak=record.value - flows)
    else:
        row = account_row(state, record.account)
        was = None if row.day_equity is None else row.day_equity - losses.day_flows + flows
        lowered = losses.day_lowered or (was is not None and record.value < was)
        losses = _replace(losses, day_flows=flows, day_lowered=lowered)
        state.put(state.accounts, record.account, _replace(row, day_equity=record.value))
    state.put(state.losses, record.account, losses)


def cooldown_started(state: State, record: r.CooldownStarted) -> None:
    """Let entries wait after losing trades."""
    row = CooldownRow(
        account=record.account,
        strategy=record.strategy,
        losses=record.losses,
        until_ns=record.until_ns,
    )
    state.put(state.cooldowns, (record.account, record.strategy), row)
