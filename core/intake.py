"""Intake: from an authenticated message to a verdict for each account of its route.

Rules of this file
1. Admit once for the message, judge once for each account, in the configured order; each sees what the one before reserved.
2. Whatever is refused says so in the journal, with its code and facts; only a sender that is asked to come again leaves none.
3. An order is intended from an ``Approved`` or a ``Held`` of the risk engine, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Generator

from core import records as r
from core.admit import has_room, key_of, lacking, served
from core.buckets import TOKEN, bucket_level
from core.answers import Busy, Effect, SignalAnswer
from core.commands import ReceiveSignal
from core.fold import fold
from core.ids import signal_id
from core.setup import Route
from core.signals import Action, Misread, Signal
from core.state import AccountVerdict, State
from core.verdicts import Intake, Step, at_account
from core.view import View

Decision = Generator[Step, None, SignalAnswer | Busy]


def receive(state: State, view: View, command: ReceiveSignal, now: int) -> Decision:
    """Judge one message."""
    route = state.facts.setup.routes.get(command.route)
    if route is None:
        return Busy(code="not_recovered", value=command.route)
    content = command.content
    if isinstance(content, Misread):
        return (yield from _unread(state, view, command, content, now))
    missing = lacking(content, route)
    if missing:
        misread = Misread(code=missing, field=missing.removesuffix("_missing"))
        return (yield from _unread(state, view, command, misread, now))
    key, by_id = key_of(content, command.body_hash)
    earlier = served(state, route.name, key, by_id=by_id, now=now)
    if earlier is not None:
        if by_id and earlier.body_hash != command.body_hash:
            misread = Misread(code="id_reused", field="id", value=content.id or "")
            answer = yield from _unread(state, view, command, misread, now)
            yield r.AlarmRaised(at_ns=now, code="id_reused", value=content.id or "", where=route.name)
            return answer
        yield r.SignalRepeated(at_ns=now, signal=earlier.signal, route=route.name)
        row = state.signals.get(earlier.signal)
        verdicts = row.verdicts if row is not None else ()
        return SignalAnswer(signal=earlier.signal, verdict="duplicate", code="duplicate", accounts=verdicts)
    # What makes a position smaller never waits for a bucket, nor for the store.
    asks_more = content.action in (Action.BUY, Action.SELL) and content.effect != "close"
    if asks_more and not has_room(state, route, now):
        return Busy(code="route_busy", value=route.name, limit=f"{route.rate_per_minute}/min")
    if asks_more and not view.durable:
        return Busy(code="store_unavailable")
    return (yield from _judge_all(state, view, command, content, route, key, by_id, now))


def _unread(
    state: State, view: View, command: ReceiveSignal, misread: Misread, now: int
) -> Decision:
    route = state.facts.setup.routes[command.route]
    if not has_room(state, route, now):
        return Busy(code="route_busy", value=route.name, limit=f"{route.rate_per_minute}/min")
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
    )
    return SignalAnswer(
        signal=name,
        verdict="refused",
        code=misread.code,
        value=misread.value,
        limit=misread.limit,
        where=misread.field,
    )


def _judge_all(
    state: State,
    view: View,
    command: ReceiveSignal,
    content: Signal,
    route: Route,
    key: str,
    by_id: bool,
    now: int,
) -> Decision:
    name = signal_id(route.name, key, state.number + 1)
    limits = state.facts.setup.limits.get(f"strategy:{content.strategy}")
    rate_ok = True
    if limits is not None and limits.signals_per_minute is not None and limits.signals_burst:
        level = bucket_level(
            state,
            f"strategy:{content.strategy}",
            rate=limits.signals_per_minute,
            burst=limits.signals_burst,
            now=now,
        )
        rate_ok = level >= TOKEN
    intake = Intake(view, now, name, content, route, key, rate_ok)
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
    )
    if route.all_or_none and len(route.accounts) > 1 and content.action is not Action.CANCEL:
        yield from _all_or_none(state, intake)
    else:
        for account in route.accounts:
            yield from at_account(state, intake, account)
    row = state.signals[name]
    return _answer(name, row.verdicts)


def _all_or_none(state: State, intake: Intake) -> Generator[Step, None, None]:
    """Try all accounts on the working state, take it back, and then do all of it or nothing."""
    mark = state.savepoint()
    refused: str | None = None
    for account in intake.route.accounts:
        for item in at_account(state, intake, account):
            if isinstance(item, r.SignalRefused):
                refused = refused or account
            if not isinstance(item, Effect):
                fold(state, item)
    state.rollback(mark)
    for account in intake.route.accounts:
        if refused is None or account == refused:
            yield from at_account(state, intake, account)
            continue
        yield r.SignalRefused(
            at_ns=intake.now,
            signal=intake.signal,
            account=account,
            verdict="refused",
            code="all_or_none",
            value=refused,
            where=account,
        )


def _answer(name: str, verdicts: tuple[AccountVerdict, ...]) -> SignalAnswer:
    kinds = [verdict.verdict for verdict in verdicts]
    for kind in ("admitted", "held", "refused", "no_action"):
        if kind in kinds:
            break
    else:
        kind = "no_action"
    first = next((verdict for verdict in verdicts if verdict.code), None)
    if kind == "admitted" or first is None:
        return SignalAnswer(signal=name, verdict=kind, accounts=verdicts)
    return SignalAnswer(
        signal=name,
        verdict=kind,
        code=first.code,
        value=first.value,
        limit=first.limit,
        where=first.where or first.account,
        accounts=verdicts,
    )
