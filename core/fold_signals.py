"""How the records of a signal change the state: its key, its row, its verdicts, the buckets.

Rules of this file
1. A duplicate key leaves in the order of its coming: by age, or when there are too many.
2. When a key leaves, its time is remembered: what is as old may have been served before.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core import records as r
from core.buckets import take_token
from core.fold_heard import heard, repeated, unread
from core.signals import Action
from core.state import KEYS_MAX, AccountVerdict, KeyRow, SignalRow, State

_replace: Final = msgspec.structs.replace

_HEARTBEAT: Final = Action.HEARTBEAT
"""Named once: Python 3.11 takes long to look up a member of an enum, and each signal asks."""


def signal_received(state: State, record: r.SignalReceived) -> None:
    """Keep the key and the row of a signal, and count it."""
    key = (record.route, record.key)
    row = KeyRow(record.signal, record.body_hash, record.at_ns, state.number)
    state.put(state.keys, key, row)  # a key whose window has passed comes again
    state.push(state.key_line, record.at_ns, key)
    while len(state.keys) > KEYS_MAX:
        forget_key(state)
    row = SignalRow(
        signal=record.signal,
        route=record.route,
        number=state.number,
        at_ns=record.at_ns,
        content=record.content,
        door_ns=record.door_ns,
    )
    _keep_signal(state, row)
    heard(state, record)
    setup = state.facts.setup
    route = setup.routes.get(record.route)
    if route is not None:
        scope = f"route:{record.route}"
        take_token(state, scope, route.rate_per_minute, route.rate_burst, now=record.at_ns)
    scope = f"strategy:{record.content.strategy}"
    limits = setup.limits.get(scope)
    if limits is not None and record.content.action is not _HEARTBEAT:
        take_token(state, scope, limits.signals_per_minute, limits.signals_burst, now=record.at_ns)


def _keep_signal(state: State, row: SignalRow) -> None:
    state.put(state.signals, row.signal, row)
    state.push(state.signal_line, row.at_ns, row.signal)


def forget_key(state: State) -> None:
    """Drop the oldest key, unless its line entry is of an earlier time of the same key."""
    at_ns, key = state.key_line[0]
    state.shift(state.key_line)
    row = state.keys.get(key)
    if row is not None and row.at_ns == at_ns:
        state.drop(state.keys, key)
        state.facts = _replace(state.facts, forgotten_ns=at_ns)


def signal_repeated(state: State, record: r.SignalRepeated) -> None:
    """Count a repeat."""
    repeated(state, record)
    row = state.signals.get(record.signal)
    if row is not None:
        state.put(state.signals, record.signal, _replace(row, repeats=row.repeats + 1))


def signal_unread(state: State, record: r.SignalUnread) -> None:
    """Keep the row of a message that was no signal."""
    unread(state, record)
    route = state.facts.setup.routes.get(record.route)
    if route is not None:
        scope = f"route:{record.route}"
        take_token(state, scope, route.rate_per_minute, route.rate_burst, now=record.at_ns)
    verdict = AccountVerdict(
        account="",
        verdict="refused",
        code=record.code,
        value=record.value,
        limit=record.limit,
        where=record.where,
        like=record.like,
    )
    row = SignalRow(
        signal=record.signal,
        route=record.route,
        number=state.number,
        at_ns=record.at_ns,
        verdicts=(verdict,),
    )
    _keep_signal(state, row)


BEST_FIRST: Final = ("admitted", "held", "refused", "no_action")
"""Verdicts, from the one that a message of several is told by to the one that says least."""


def judged(state: State, signal: str, verdict: AccountVerdict) -> None:
    """Add one account's verdict to a signal, or what comes second to the one that is there."""
    row = state.signals.get(signal)
    if row is None:
        return
    verdicts = row.verdicts
    for at, one in enumerate(verdicts):
        if one.account == verdict.account:
            verdicts = (*verdicts[:at], _both(one, verdict), *verdicts[at + 1 :])
            break
    else:
        verdicts = (*verdicts, verdict)
    state.put(state.signals, signal, _replace(row, verdicts=verdicts))


def _both(first: AccountVerdict, second: AccountVerdict) -> AccountVerdict:
    """Put the two halves of one act together: the better verdict, the first code that there is."""
    said = first if first.code else second
    return AccountVerdict(
        account=first.account,
        verdict=min(first.verdict, second.verdict, key=BEST_FIRST.index),
        code=said.code,
        value=said.value,
        limit=said.limit,
        where=said.where,
        orders=(*first.orders, *second.orders),
    )


def revised(state: State, signal: str, account: str, order: str) -> None:
    """Add a later revision to the verdict that made the first one."""
    row = state.signals.get(signal)
    if row is None:
        return
    verdicts = tuple(
        _replace(verdict, orders=(*verdict.orders, order))
        if verdict.account == account
        else verdict
        for verdict in row.verdicts
    )
    state.put(state.signals, signal, _replace(row, verdicts=verdicts))


def signal_refused(state: State, record: r.SignalRefused) -> None:
    """Keep a verdict that made no order."""
    verdict = AccountVerdict(
        account=record.account,
        verdict=record.verdict,
        code=record.code,
        value=record.value,
        limit=record.limit,
        where=record.where,
    )
    judged(state, record.signal, verdict)


def signal_served(state: State, record: r.SignalServed) -> None:
    """Keep the verdict on what ends orders."""
    verdict = AccountVerdict(account=record.account, verdict="admitted", orders=record.orders)
    judged(state, record.signal, verdict)
