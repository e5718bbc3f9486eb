"""The engine: one step takes commands and gives records, answers and effects.

Rules of this file
1. Each command is decided and each of its records folded at once, so that the next decision sees
   it.
2. ``step`` changes the working state; whoever called it commits the records and then calls
   ``State.commit``, or throws all of it away with ``State.rollback``.
3. Answers and effects are worth nothing before that commit.
4. The same state, view, commands and time give the same records, always.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, assert_never

from core import commands as c
from core import records as r
from core.answers import EFFECTS, Answer, BatchAnswer, Busy, Done, Effect, SignalAnswer
from core.arming import arm, disarm, disarm_changed
from core.bookings import take_booking
from core.breaker import watch_rejects
from core.cash import note_transfer
from core.consequences import Made, consequences, goes_its_way
from core.cooldown import newest_trade
from core.downtime import downtime
from core.flatten import flatten
from core.fold import fold
from core.held import release_all
from core.intake import receive
from core.ledger import observe
from core.limit_acts import accept_limits, load_setup, set_limit
from core.linking import keep_schedule, note_link
from core.links import TRANSITIONS, LinkEvent
from core.loss_acts import release_loss, set_baseline
from core.orders import OrderEvent, OrderState
from core.ownership import accept, adopt, assign
from core.protecting import observe_market, protect_all
from core.replace import replace_order
from core.resolve import resolve_order
from core.revived import end_revived
from core.schedules import loaded
from core.settle import take_snapshot
from core.silence import load_expected
from core.state import State
from core.switch import cancel_all, cancel_order, halt, resume
from core.timers import next_due, tick
from core.tracking import cancel_refused, note_sent, note_trouble, take_lookup, take_report
from core.view import View

__all__ = ["Outcome", "next_due", "step"]

Steps = Generator[r.Record | Effect, None, None]
Decision = Generator[r.Record | Effect, None, Answer | None]

DONE: Final = Done()

_REJECTED: Final = OrderEvent.REJECTED
"""Named once: Python 3.11 takes long to look up a member of an enum, and each report asks."""

_EFFECTS: Final = frozenset(EFFECTS)


@dataclass(slots=True)
class Outcome:
    """What a step gives.

    Records to commit, an answer for each command, effects to carry out after the commit.
    """

    records: list[r.Record] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


def step(state: State, view: View, commands: Sequence[c.Work], now: int) -> Outcome:
    """Decide and fold each command in turn. ``now``: UTC nanoseconds, never before an earlier."""
    assert now >= state.last_ns, "the core's time never runs backwards"
    outcome = Outcome()
    for command in commands:
        if isinstance(command, c.ReceiveBatch):
            said: list[Answer] = []
            for one in command.signals:
                _take(state, view, one, now, outcome=outcome, answers=said)
            answers = tuple(one for one in said if isinstance(one, SignalAnswer | Busy))
            assert len(answers) == len(said), "a message is answered as a signal"
            outcome.answers.append(BatchAnswer(answers=answers))
        else:
            _take(state, view, command, now, outcome=outcome, answers=outcome.answers)
    return outcome


def _take(
    state: State,
    view: View,
    command: c.Command,
    now: int,
    *,
    outcome: Outcome,
    answers: list[Answer],
) -> None:
    """Decide and fold one command, and what follows from it."""
    start, closed = len(outcome.records), newest_trade(state)
    decision = decide(state, view, command, now)
    _carry_out(state, _answered(decision, answers), outcome)
    if goes_its_way(state, outcome.records, start):
        return
    made = Made(command, outcome.records, start, closed)
    for follows in consequences(state, view, made, now):
        _carry_out(state, follows, outcome)


def _answered(decision: Decision | Steps, answers: list[Answer]) -> Steps:
    answers.append((yield from decision) or DONE)


def _carry_out(state: State, steps: Steps, outcome: Outcome) -> None:
    """Fold each record before the decision goes on, and gather what it gives."""
    records, effects = outcome.records, outcome.effects
    item: Any
    for item in steps:
        if type(item) in _EFFECTS:  # ``isinstance`` takes long to say no, and most are records
            effects.append(item)
        else:
            fold(state, item)
            records.append(item)


def decide(state: State, view: View, command: c.Command, now: int) -> Decision:
    """Say what a command does, record by record; the caller folds each before the next."""
    match command:
        case c.ReceiveSignal():
            return receive(state, view, command, now)
        case c.TakeReport():
            return _reported(state, view, command, now)
        case c.NoteSent():
            return note_sent(state, command, now, view)
        case c.ObserveAccount():
            return observe(state, view, command.account, now)
        case c.Tick():
            return _tick(state, view, now)
        case c.ObserveMarket():
            return observe_market(state, view, command.instrument, now)
        case c.NoteTrouble():
            return _watched(state, note_trouble(state, command, now), command.order, now)
        case c.TakeLookup():
            return _watched(state, take_lookup(state, command, now), command.order, now)
        case c.Halt():
            return halt(state, command, now)
        case c.Resume():
            return resume(state, command, now)
        case c.CancelOrder():
            return cancel_order(state, command, now)
        case c.ReplaceOrder():
            return replace_order(state, view, command, now)
        case c.CancelAll():
            return cancel_all(state, command, now)
        case c.Flatten():
            return flatten(state, view, command, now)
        case c.ResolveOrder():
            return resolve_order(state, command, now)
        case c.NoteCancelRefused():
            return cancel_refused(state, command, now)
        case c.SetLimit():
            return set_limit(state, command, now)
        case c.AcceptLimits():
            return accept_limits(state, command, now)
        case c.NoteRecovered():
            return _recovered(state, view, command, now)
        case c.TakeSnapshot():
            return take_snapshot(state, command, now)
        case c.AcceptReconciliation():
            return accept(state, command, now)
        case c.AdoptPosition():
            return adopt(state, command, now)
        case c.AssignPosition():
            return assign(state, command, now)
        case c.Arm():
            return arm(state, command, now)
        case c.Disarm():
            return disarm(state, command, now)
        case c.NoteTransfer() | c.TakeBooking() | c.SetBaseline() | c.ReleaseLoss():
            return _money(state, view, command, now)
        case _:
            return _life(state, command, now)


_Money = c.NoteTransfer | c.TakeBooking | c.SetBaseline | c.ReleaseLoss


def _money(state: State, view: View, command: _Money, now: int) -> Decision:
    """Say what a command about an account's money does."""
    match command:
        case c.NoteTransfer():
            return note_transfer(state, command, now)
        case c.TakeBooking():
            return take_booking(state, command, now)
        case c.SetBaseline():
            return set_baseline(state, command, now)
        case c.ReleaseLoss():
            return release_loss(state, view, command, now)
        case _:
            assert_never(command)


def _reported(state: State, view: View, command: c.TakeReport, now: int) -> Steps:
    report, taken = command.report, take_report(state, command, now, view)
    return _watched(state, taken, report.order, now) if report.event is _REJECTED else taken


def _watched(state: State, taken: Steps, order: str, now: int) -> Steps:
    """Take what may be a reject, and look whether that was one too many."""
    was = state.orders.get(order)
    yield from taken
    if was is not None and was.state is not OrderState.REJECTED:
        yield from watch_rejects(state, order, now)


def _tick(state: State, view: View, now: int) -> Steps:
    yield from tick(state, view, now)
    yield from protect_all(state, view, now)


_Life = (
    c.StartBridge
    | c.StopBridge
    | c.LoadCalendar
    | c.LoadSchedule
    | c.LoadExpected
    | c.NoteLink
    | c.RaiseAlarm
    | c.NoteDowntime
    | c.DescribeVenue
)


def _life(state: State, command: _Life, now: int) -> Generator[r.Record, None, None]:
    """Record what happened to the bridge itself."""
    match command:
        case c.StartBridge():
            yield from _start(state, command, now)
        case c.StopBridge():
            yield r.BridgeStopped(at_ns=now, epoch=command.epoch)
        case c.LoadCalendar():
            yield r.CalendarLoaded(
                at_ns=now,
                account=command.account,
                days_ns=command.days_ns,
                valid_until_ns=command.valid_until_ns,
                source_hash=command.source_hash,
                maintenance_ns=command.maintenance_ns,
            )
            yield from keep_schedule(state, command.account, now)
        case c.LoadSchedule():
            yield loaded(command, now)
        case c.LoadExpected():
            yield from load_expected(state, command, now)
        case c.NoteLink():
            yield from note_link(state, command, now)
        case c.DescribeVenue():
            row = state.accounts.get(command.account)
            if row is not None and row.abilities != command.abilities:
                yield r.VenueDescribed(
                    at_ns=now, account=command.account, abilities=command.abilities
                )
        case c.NoteDowntime():
            yield from downtime(state, command.since_ns, now, command.cause)
        case c.RaiseAlarm():
            yield r.AlarmRaised(
                at_ns=now,
                code=command.code,
                value=command.value,
                limit=command.limit,
                where=command.where,
            )
        case _:
            assert_never(command)


def _start(state: State, command: c.StartBridge, now: int) -> Generator[r.Record, None, None]:
    if not state.facts.journal:
        yield r.JournalOpened(at_ns=now, journal=command.journal, software=command.software)
    crashed = bool(state.facts.epoch) and not state.facts.stopped_cleanly
    alive_ns = max(command.alive_ns if command.alive_ns <= now else 0, state.last_ns)
    yield r.BridgeStarted(
        at_ns=now, epoch=command.epoch, software=command.software, setup_hash=command.setup_hash
    )
    if crashed:
        yield r.AlarmRaised(at_ns=now, code="restarted_after_crash", value=str(len(state.alive)))
    yield from end_revived(state, now)
    yield from load_setup(state, command, now)
    yield from disarm_changed(state, now)
    if command.halt_code:
        yield r.AlarmRaised(at_ns=now, code=command.halt_code, value=command.halt_value)
        if "global" not in state.halts:  # what a person gave as the reason stays
            yield r.Halted(at_ns=now, scope="global", by="bridge", reason=command.halt_code)
    yield from downtime(state, alive_ns, now, "the bridge was not running")


def _recovered(state: State, view: View, command: c.NoteRecovered, now: int) -> Steps:
    """Let new exposure pass again, and judge what was held for it. A pause outlasts it."""
    row = state.accounts.get(command.account)
    if row is not None and (row.link, LinkEvent.COMPARED) not in TRANSITIONS:
        return
    yield r.AccountRecovered(
        at_ns=now,
        account=command.account,
        balance=command.balance,
        equity=command.equity,
        orders_checked=command.orders_checked,
    )
    yield from observe(state, view, command.account, now)
    yield from protect_all(state, view, now, command.account)  # first in line
    yield from release_all(state, view, command.account, now)
