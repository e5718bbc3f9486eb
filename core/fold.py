"""The fold: how each record changes the state. The only way in which it changes.

Rules of this file
1. One function a kind of record. It never refuses, never decides and never looks at a clock: the
   record has it all.
2. What a fold needs to know of the configuration, it takes from the configuration in the state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from core import (
    fold_cash,
    fold_compared,
    fold_contracts,
    fold_copies,
    fold_doubts,
    fold_flattens,
    fold_followups,
    fold_heard,
    fold_orders,
    fold_plans,
    fold_prices,
    fold_replace,
    fold_schedules,
    fold_signals,
    fold_targets,
    fold_turns,
)
from core import records as r
from core.cycles import forget_cycles
from core.drift import drift_paused
from core.inforce import changed
from core.lapses import note_lapse
from core.links import IS_UP, MAINTENANCE, LinkState
from core.quality import slippage_drifted
from core.state import ALARMS_MAX, AccountRow, BreakerRow, HaltRow, State, account_row

_replace: Final = msgspec.structs.replace


def fold(state: State, record: r.Record) -> None:
    """Apply one record to the state."""
    state.number += 1
    state.last_ns = record.at_ns
    _FOLDS[type(record)](state, record)


def _journal_opened(state: State, record: r.JournalOpened) -> None:
    state.facts = _replace(state.facts, journal=record.journal, software=record.software)


def _bridge_started(state: State, record: r.BridgeStarted) -> None:
    state.facts = _replace(
        state.facts,
        epoch=record.epoch,
        software=record.software,
        started_ns=record.at_ns,
        stopped_cleanly=False,
    )
    for name, row in list(state.accounts.items()):
        paused = row.link is LinkState.PAUSED and record.at_ns < row.link_until_ns
        link = LinkState.PAUSED if paused else LinkState.DOWN
        # Nobody wrote down when the former process ended: what is sure is when it was ready last.
        known_ns = row.link_ns if row.recovered else row.known_ns
        state.put(state.accounts, name, _linked(row, link, record.at_ns, known_ns=known_ns))


def _bridge_stopped(state: State, _: r.BridgeStopped) -> None:
    state.facts = _replace(state.facts, stopped_cleanly=True)


def _setup_loaded(state: State, record: r.SetupLoaded) -> None:
    state.facts = _replace(
        state.facts,
        setup=record.setup,
        setup_hash=record.setup_hash,
        limits_file=record.limits_file,
        limits_waiting=record.limits_waiting,
    )
    state.caches.clear()
    for name in record.setup.accounts:
        if name not in state.accounts:
            state.put(state.accounts, name, AccountRow(account=name))
    fold_heard.note_routes(state, record)
    fold_contracts.note_tables(state, record)


def _limits_changed(state: State, record: r.LimitsChanged) -> None:
    facts = state.facts
    decided = {(change.scope, change.name) for change in record.changes}
    state.facts = _replace(
        facts,
        setup=_replace(facts.setup, limits=changed(facts.setup.limits, record.changes)),
        limits_file=facts.file_limits,
        limits_waiting=tuple(place for place in facts.limits_waiting if place not in decided),
    )
    state.caches.clear()


def _calendar_loaded(state: State, record: r.CalendarLoaded) -> None:
    row = _replace(
        account_row(state, record.account),
        days_ns=record.days_ns,
        days_until_ns=record.valid_until_ns,
        maintenance_ns=record.maintenance_ns,
    )
    state.put(state.accounts, record.account, row)


def _marked(state: State, record: r.Marked) -> None:
    row = _replace(
        account_row(state, record.account),
        balance=record.balance,
        equity=record.equity,
        marked_ns=record.at_ns,
    )
    state.put(state.accounts, record.account, row)


def _halted(state: State, record: r.Halted) -> None:
    row = HaltRow(scope=record.scope, by=record.by, reason=record.reason, at_ns=record.at_ns)
    state.put(state.halts, record.scope, row)


def _resumed(state: State, record: r.Resumed) -> None:
    state.drop(state.halts, record.scope)
    kind, _, name = record.scope.partition(":")
    for key in [key for key in state.breakers if kind == "strategy" and key[1] == name]:
        state.drop(state.breakers, key)  # who resumes it has looked: its pauses count anew
    if kind == "strategy":
        forget_cycles(state, name)


def _linked(row: AccountRow, link: LinkState, at_ns: int, **changes: Any) -> AccountRow:
    """Put a link into a state; the two older fields follow from it."""
    up, ready = link in IS_UP, link is LinkState.READY
    if row.recovered and not ready:
        changes = {"known_ns": at_ns, **changes}
    return _replace(row, link=link, link_ns=at_ns, link_up=up, recovered=ready, **changes)


def _link_changed(state: State, record: r.LinkChanged) -> None:
    row = account_row(state, record.account)
    link = record.state
    if link is None:
        link = LinkState.RECONCILING if record.up else LinkState.DOWN
    paused = link is LinkState.PAUSED and row.link is not LinkState.PAUSED
    anew = paused and record.code == MAINTENANCE and not record.named
    row = _linked(
        row,
        link,
        record.at_ns,
        link_code=record.code,
        link_reason=record.reason,
        link_until_ns=record.until_ns,
        pauses=row.pauses + anew,
    )
    state.put(state.accounts, record.account, row)


def _account_recovered(state: State, record: r.AccountRecovered) -> None:
    row = _linked(
        account_row(state, record.account),
        LinkState.READY,
        record.at_ns,
        link_code="",
        link_reason="",
        link_until_ns=0,
        pauses=0,
        balance=record.balance,
        equity=record.equity,
        marked_ns=record.at_ns,
    )
    state.put(state.accounts, record.account, row)


def _venue_described(state: State, record: r.VenueDescribed) -> None:
    row = _replace(account_row(state, record.account), abilities=record.abilities)
    state.put(state.accounts, record.account, row)


def _account_armed(state: State, record: r.AccountArmed) -> None:
    row = _replace(
        account_row(state, record.account),
        armed_for=record.fingerprint,
        armed_ns=record.at_ns,
        armed_until_ns=record.until_ns,
        armed_by=record.by,
    )
    state.put(state.accounts, record.account, row)


def _account_disarmed(state: State, record: r.AccountDisarmed) -> None:
    row = account_row(state, record.account)
    row = _replace(row, armed_for="", armed_ns=0, armed_until_ns=0, armed_by="")
    state.put(state.accounts, record.account, row)


def _rejects_paused(state: State, record: r.RejectsPaused) -> None:
    row = BreakerRow(
        account=record.account,
        strategy=record.strategy,
        until_ns=record.until_ns,
        pauses=record.pauses,
        paused_ns=record.at_ns,
    )
    state.put(state.breakers, (record.account, record.strategy), row)


def _alarm_raised(state: State, record: r.AlarmRaised) -> None:
    state.put(state.alarms, state.number, record)
    if record.code == "unknown_needs_person":
        fold_doubts.person_called(state, record)
    elif record.code == "stop_in_doubt":
        fold_doubts.stop_called(state, record)
    elif record.code == "turn_in_doubt":
        fold_turns.person_called(state, record)
    note_lapse(state, record)
    if len(state.alarms) > ALARMS_MAX:
        state.drop(state.alarms, min(state.alarms))


def _swept(state: State, record: r.Swept) -> None:
    before = record.before_ns
    state.facts = _replace(state.facts, swept_ns=record.at_ns)
    while state.key_line and state.key_line[0][0] < before:
        fold_signals.forget_key(state)
    while state.signal_line and state.signal_line[0][0] < before:
        state.drop(state.signals, state.shift(state.signal_line))
    while state.fill_line and state.fill_line[0][0] < before:
        state.shift(state.fill_line)
    while state.done_line and state.done_line[0][0] < before:
        at_ns = state.done_line[0][0]
        name = state.shift(state.done_line)
        if state.done.get(name) == at_ns:
            state.drop(state.done, name)
            fold_orders.forget_order(state, name)


_FOLDS: Final[dict[type, Callable[[State, Any], None]]] = {
    r.JournalOpened: _journal_opened,
    r.BridgeStarted: _bridge_started,
    r.BridgeStopped: _bridge_stopped,
    r.SetupLoaded: _setup_loaded,
    r.LimitsChanged: _limits_changed,
    r.CalendarLoaded: _calendar_loaded,
    r.DayStarted: fold_cash.day_started,
    r.Marked: _marked,
    r.LossWarned: fold_cash.loss_warned,
    r.LossTripped: fold_cash.loss_tripped,
    r.LossReleased: fold_cash.loss_released,
    r.AccountArmed: _account_armed,
    r.AccountDisarmed: _account_disarmed,
    r.EquityPeaked: fold_cash.equity_peaked,
    r.BaselineSet: fold_cash.baseline_set,
    r.CooldownStarted: fold_cash.cooldown_started,
    r.CashBooked: fold_cash.cash_booked,
    r.CashNamed: fold_cash.cash_named,
    r.CashAnnounced: fold_cash.cash_announced,
    r.CashAgreed: fold_cash.cash_agreed,
    r.CashSuspected: fold_cash.cash_suspected,
    r.CashBegun: fold_cash.cash_begun,
    r.SignalReceived: fold_signals.signal_received,
    r.SignalRepeated: fold_signals.signal_repeated,
    r.SignalUnread: fold_signals.signal_unread,
    r.SignalRefused: fold_signals.signal_refused,
    r.SignalServed: fold_signals.signal_served,
    r.TargetSet: fold_targets.target_set,
    r.TargetCleared: fold_targets.target_cleared,
    r.GapNoted: fold_targets.gap_noted,
    r.ExpectedLoaded: fold_heard.expected_loaded,
    r.RouteSilent: fold_heard.route_silent,
    r.AlertsMissed: fold_heard.alerts_missed,
    r.AlertsCrowded: fold_heard.alerts_crowded,
    r.OrderIntended: fold_orders.order_intended,
    r.OrderChanged: fold_orders.order_changed,
    r.EndShown: fold_followups.end_shown,
    r.FollowUpDeclined: fold_followups.followup_declined,
    r.LookedUp: fold_doubts.looked_up,
    r.LookupAsked: fold_doubts.lookup_asked,
    r.TermsSeen: fold_replace.terms_seen,
    r.Halted: _halted,
    r.Resumed: _resumed,
    r.FlattenAsked: fold_flattens.flatten_asked,
    r.FlattenLate: fold_flattens.flatten_late,
    r.FlattenConfirmed: fold_flattens.flatten_confirmed,
    r.FlattenEnded: fold_flattens.flatten_ended,
    r.LinkChanged: _link_changed,
    r.AccountRecovered: _account_recovered,
    r.RejectsPaused: _rejects_paused,
    r.DriftPaused: drift_paused,
    r.SlippageDrifted: slippage_drifted,
    r.AlarmRaised: _alarm_raised,
    r.DifferenceFound: fold_compared.difference_found,
    r.DifferenceGone: fold_compared.difference_gone,
    r.ForeignOrderShown: fold_compared.foreign_order_shown,
    r.ForeignOrderGone: fold_compared.foreign_order_gone,
    r.ShareCut: fold_compared.share_cut,
    r.ExternalChanged: fold_compared.external_changed,
    r.PositionMoved: fold_compared.position_moved,
    r.AccountCompared: fold_compared.account_compared,
    r.ReconciliationAccepted: fold_compared.reconciliation_accepted,
    r.FollowerDiffered: fold_copies.follower_differed,
    r.FollowerAgreed: fold_copies.follower_agreed,
    r.ScheduleLoaded: fold_schedules.schedule_loaded,
    r.FlatBegun: fold_schedules.flat_begun,
    r.FlatMissed: fold_schedules.flat_missed,
    r.ContractRolled: fold_contracts.contract_rolled,
    r.ContractChosen: fold_contracts.contract_chosen,
    r.ContractTold: fold_contracts.contract_told,
    r.TableTold: fold_contracts.table_told,
    r.VenueDescribed: _venue_described,
    r.PriceNoted: fold_prices.price_noted,
    r.ProtectionSet: fold_plans.protection_set,
    r.StopMoved: fold_plans.stop_moved,
    r.LevelReached: fold_plans.level_reached,
    r.LegsFailed: fold_plans.legs_failed,
    r.LegOpened: fold_plans.leg_opened,
    r.TurnDoubted: fold_turns.turn_doubted,
    r.EntryShown: fold_turns.entry_shown,
    r.TurnSettled: fold_turns.turn_settled,
    r.ProtectionEnded: fold_plans.protection_ended,
    r.Swept: _swept,
}
