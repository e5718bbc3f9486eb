"""Intake: from an authenticated message to a verdict for each account of its route.

Rules of this file
1. Admit once for the message, judge once for each account, in the configured order; each sees what
   the one before reserved.
2. Whatever is refused says so in the journal, with its code and facts; only a sender that is asked
   to come again leaves none.
3. What makes a position smaller never waits for a rate, nor for the store.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final

import msgspec

from core import records as r
from core.admit import age_max, has_room, is_in_rate, key_of, lacking, served
from core.answers import EFFECTS, Busy, SignalAnswer
from core.commands import ReceiveSignal
from core.copies import instrument_of
from core.fold import fold
from core.fold_signals import BEST_FIRST
from core.heartbeats import note_heartbeat
from core.ids import signal_id
from core.instruments import Instrument
from core.ordering import Intake, Step, Steps
from core.orders import Purpose
from core.routing import Intent, holding_of, meant
from core.setup import Route
from core.signals import Action, Misread, Signal
from core.silence import warn_of_crowd, watch_alert
from core.state import AccountVerdict, KeyRow, State
from core.targeting import at_account, led
from core.view import View

Decision = Generator[Step, None, SignalAnswer | Busy]

_HEARTBEAT: Final = Action.HEARTBEAT
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""

REPEATS_MAX: Final = 100
"""Repeats of one message that are recorded: a sender gives up after four, and a loop says nothing
new with each."""


def receive(state: State, view: View, command: ReceiveSignal, now: int) -> Decision:
    """Judge one message."""
    route = state.facts.setup.routes.get(command.route)
    if route is None:
        return Busy(code="not_recovered", value=command.route)
    content = command.content
    if not isinstance(content, Signal):
        return (yield from _unread(state, view, command, now, route=route, misread=content))
    missing = lacking(content, route)
    if missing:
        misread = Misread(code=missing, field=missing.removesuffix("_missing"))
        return (yield from _unread(state, view, command, now, route=route, misread=misread))
    key, by_id = key_of(content, command.body_hash)
    earlier = served(state, route.name, key, by_id=by_id, now=now)
    if earlier is not None:
        if by_id and earlier.body_hash != command.body_hash:
            return (yield from _reused(state, view, command, now, route=route, known=content.id))
        return (yield from _repeated(state, view, earlier, route, now=now))
    if not has_room(state, route, now) and not _reduces(state, route, content, now):
        return _busy(route)
    if not view.durable and not _reduces(state, route, content, now):
        return Busy(code="store_unavailable")
    name = signal_id(route.name, key, state.number + 1)
    intake = Intake(
        view=view,
        now=now,
        signal=name,
        content=content,
        route=route,
        key=key,
        rate_ok=is_in_rate(state, content.strategy, now),
        age_ns=None if content.time_ns is None else now - content.time_ns,
        age_max_ns=age_max(state, route, content, now=now),
    )
    if route.expected_by or content.sequence is not None:
        yield from watch_alert(state, route, content, now)
    yield r.SignalReceived(
        at_ns=now,
        signal=name,
        route=route.name,
        key=key,
        by_id=by_id,
        body_hash=command.body_hash,
        content=content,
        raw=command.raw,
        extra=command.extra,
        door_ns=command.door_ns,
        repaired=command.repaired,
    )
    yield from warn_of_crowd(state, route, content, now)
    if content.action is _HEARTBEAT:
        yield from note_heartbeat(intake)
    else:
        yield from _judge_all(state, intake)
    return _answer(name, state.signals[name].verdicts)


def _busy(route: Route) -> Busy:
    return Busy(code="route_busy", value=route.name, limit=f"{route.rate_per_minute}/min")


def _reduces(state: State, route: Route, content: Signal, now: int) -> bool:
    """Say whether some account of the route has something to cancel or to close by this message."""
    if content.action in (Action.CANCEL, Action.EXIT):
        return True
    if content.action is Action.HEARTBEAT:
        return False
    for name in route.accounts:
        account = state.facts.setup.accounts[name]
        instrument = instrument_of(
            state, route, account, content.symbol, strategy=content.strategy, now=now
        )
        if isinstance(instrument, Instrument):
            holding = holding_of(state, name, instrument.name, content.strategy)
            if content.action is Action.TARGET:
                key = name, instrument.name, content.strategy
                if holding.share or state.working.get(key):
                    return True
                continue
            intent = meant(content, holding)
            if isinstance(intent, Intent) and (intent.flips or intent.purpose is Purpose.EXIT):
                return True
    return False


def _repeated(state: State, view: View, earlier: KeyRow, route: Route, *, now: int) -> Decision:
    """Answer what was served before as it was answered then."""
    row = state.signals.get(earlier.signal)
    repeats = row.repeats if row is not None else 0
    if view.durable and repeats < REPEATS_MAX:
        yield r.SignalRepeated(at_ns=now, signal=earlier.signal, route=route.name)
    verdicts = row.verdicts if row is not None else ()
    return SignalAnswer(
        signal=earlier.signal, verdict="duplicate", code="duplicate", accounts=verdicts
    )


def _reused(
    state: State, view: View, command: ReceiveSignal, now: int, *, route: Route, known: str | None
) -> Decision:
    """Refuse another message under an id that was served before, and call a person."""
    misread = Misread(code="id_reused", field="id", value=known or "")
    answer = yield from _unread(state, view, command, now, route=route, misread=misread)
    if not isinstance(answer, Busy):
        yield r.AlarmRaised(at_ns=now, code="id_reused", value=misread.value, where=route.name)
    return answer


def _unread(
    state: State, view: View, command: ReceiveSignal, now: int, *, route: Route, misread: Misread
) -> Decision:
    """Record a message that is no signal."""
    if not has_room(state, route, now):
        return _busy(route)
    if not view.durable:
        return Busy(code="store_unavailable")
    name = signal_id(command.route, f"sha256:{command.body_hash}", state.number + 1)
    yield r.SignalUnread(
        at_ns=now,
        signal=name,
        route=command.route,
        code=misread.code,
        value=misread.value,
        limit=misread.limit,
        where=misread.field,
        raw=command.raw,
        like=misread.like,
    )
    return SignalAnswer(
        signal=name,
        verdict="refused",
        code=misread.code,
        value=misread.value,
        limit=misread.limit,
        where=misread.field,
        like=misread.like,
    )


def _judge_all(state: State, intake: Intake) -> Iterable[Step]:
    """Judge a message at each account; no generator of its own where there is but one."""
    intake = led(state, intake)
    accounts = intake.route.accounts
    if len(accounts) == 1:
        return at_account(state, intake, accounts[0])
    accounts = tuple(dict.fromkeys(accounts))  # an account has one verdict
    if (
        intake.route.all_or_none
        and len(accounts) > 1
        and intake.content.action in (Action.BUY, Action.SELL, Action.TARGET)
    ):
        return _all_or_none(state, intake, accounts)
    return (item for account in accounts for item in at_account(state, intake, account))


def _all_or_none(state: State, intake: Intake, accounts: tuple[str, ...]) -> Steps:
    """Try all accounts on the working state, take it back, and then make all entries or none."""
    mark = state.savepoint()
    entries: set[str] = set()
    refusals: dict[str, r.SignalRefused] = {}
    for account in accounts:
        for item in at_account(state, intake, account):
            if isinstance(item, r.SignalRefused) and item.verdict == "refused":
                refusals[account] = item
            elif isinstance(item, r.OrderIntended) and not item.order.reduce_only:
                entries.add(account)
            if not isinstance(item, EFFECTS):
                fold(state, item)
    state.rollback(mark)
    for account in accounts:
        refusal = refusals.get(account)
        if refusal is None and refusals and account in entries:
            refusal = r.SignalRefused(
                at_ns=intake.now,
                signal=intake.signal,
                account=account,
                verdict="refused",
                code="all_or_none",
                value=next(iter(refusals)),
                where=account,
            )
        # Entries are not judged anew: the reservations before them are gone. Exits go.
        yield from at_account(state, msgspec.structs.replace(intake, withheld=refusal), account)


def _answer(name: str, verdicts: tuple[AccountVerdict, ...]) -> SignalAnswer:
    """Put the verdicts of the accounts into one: the best of them, with the facts of its first."""
    if not verdicts:
        return SignalAnswer(signal=name, verdict="no_action")
    first = verdicts[0]
    if len(verdicts) > 1:
        first = min(verdicts, key=lambda verdict: BEST_FIRST.index(verdict.verdict))
    return SignalAnswer(
        signal=name,
        verdict=first.verdict,
        code=first.code,
        value=first.value,
        limit=first.limit,
        where=(first.where or first.account) if first.code else "",
        accounts=tuple([one for one in verdicts if one.account]),
    )
