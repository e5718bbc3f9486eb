"""How the records of signals, and those of silence, change what is known of routes and scripts."""

from __future__ import annotations

from typing import Final

import msgspec

from core import records as r
from core.admit import CLOCK_AHEAD_MAX_NS
from core.heard_rows import STREAMS_MAX, RouteRow, StreamRow
from core.sequences import AGAIN, RESTARTED, count
from core.setup import SECOND_NS, Route
from core.signals import Action, Signal
from core.state import State

CROWD_NS: Final = 180 * SECOND_NS
"""TradingView stops a script alert that triggers more than 15 times in 3 minutes, for good."""

CROWD_MAX: Final = 15
"""Alerts of one script in that time, as TradingView counts."""

CROWD_WARN: Final = 12
"""How many of them a person is warned at: three are left to act."""

_replace: Final = msgspec.structs.replace

_HEARTBEAT: Final = Action.HEARTBEAT
"""Named once: Python 3.11 takes long to look up a member of an enum, and each signal asks."""


def route_row(state: State, route: str) -> RouteRow:
    """Return what came over a route; one that was never noted is known since the bridge started."""
    found = state.routes.get(route)
    return found or RouteRow(route=route, since_ns=state.facts.started_ns)


def note_routes(state: State, record: r.SetupLoaded) -> None:
    """Begin to watch new routes, and forget those that are gone."""
    known = record.setup.routes
    for name in known:
        if name not in state.routes:
            state.put(state.routes, name, RouteRow(route=name, since_ns=record.at_ns))
    for name in [name for name in state.routes if name not in known]:
        state.drop(state.routes, name)
    for key, stream in list(state.streams.items()):
        route = known.get(stream.route)
        if route is None or stream.strategy not in route.strategies:
            state.drop(state.streams, key)
            state.drop(state.awaited, key)


def is_heard(route: Route, content: Signal, now: int) -> bool:
    """Say whether an alert tells something of a script now: one of yesterday does not, nor one of a
    strategy that is not on the route."""
    age_ns = 0 if content.time_ns is None else now - content.time_ns
    young = -CLOCK_AHEAD_MAX_NS <= age_ns <= route.signal_age_max_ns
    return young and content.strategy in route.strategies


def heard(state: State, record: r.SignalReceived) -> None:
    """Count an alert that was read."""
    content, now = record.content, record.at_ns
    route = state.facts.setup.routes.get(record.route)
    if route is None:
        return
    row = route_row(state, record.route)
    counts = is_heard(route, content, now)
    row = _replace(
        row,
        received=row.received + 1,
        heartbeats=row.heartbeats + (content.action is _HEARTBEAT),
        heard_ns=now if counts else row.heard_ns,
        silent=row.silent and not counts,
    )
    if counts:
        row = _follow(state, row, content, now)
    state.put(state.routes, record.route, row)


def _follow(state: State, row: RouteRow, content: Signal, now: int) -> RouteRow:
    """Count one alert of a script; return the row of its route with what that says."""
    key = (row.route, content.strategy, content.symbol, content.stream)
    stream = state.streams.get(key)
    if stream is None:
        if len(state.streams) >= STREAMS_MAX:
            _forget_oldest(state)
        stream = StreamRow(route=key[0], strategy=key[1], symbol=key[2], stream=key[3])
    recent = stream.recent_ns
    if recent and now - recent[0] >= CROWD_NS:  # they stand in the order of their coming
        recent = tuple([at_ns for at_ns in recent if now - at_ns < CROWD_NS])
    recent = (*recent, now)[-CROWD_MAX:]
    crowded = stream.crowded and len(recent) >= CROWD_WARN
    stream = _replace(stream, heard_ns=now, recent_ns=recent, crowded=crowded)
    if content.sequence is not None:
        stream, what, lost = count(stream, content.sequence, now)
        if what or lost:
            row = _replace(
                row,
                again=row.again + (what == AGAIN),
                restarts=row.restarts + (what == RESTARTED),
                missed=row.missed + lost,
            )
        _await(state, stream)
    state.put(state.streams, key, stream)
    return row


def _await(state: State, stream: StreamRow) -> None:
    """List a script of which numbers may still come, by when the first were noticed."""
    if stream.missing:
        state.put(state.awaited, stream.key, min(one.at_ns for one in stream.missing))
    else:
        state.drop(state.awaited, stream.key)


def _forget_oldest(state: State) -> None:
    oldest = min(state.streams, key=lambda key: (state.streams[key].heard_ns, key))
    state.drop(state.streams, oldest)
    state.drop(state.awaited, oldest)


def repeated(state: State, record: r.SignalRepeated) -> None:
    """Count a delivery that was served before."""
    row = route_row(state, record.route)
    state.put(state.routes, record.route, _replace(row, repeated=row.repeated + 1))


def unread(state: State, record: r.SignalUnread) -> None:
    """Count a message that was no signal. It says nothing of the script behind it."""
    row = route_row(state, record.route)
    state.put(state.routes, record.route, _replace(row, unread=row.unread + 1))


def expected_loaded(state: State, record: r.ExpectedLoaded) -> None:
    """Know when alerts are expected. What ended before is dealt with."""
    row = _replace(
        route_row(state, record.route),
        expected_ns=record.expected_ns,
        expected_until_ns=record.valid_until_ns,
        expected_hash=record.source_hash,
        expected_told_ns=record.at_ns,
    )
    state.put(state.routes, record.route, row)


def route_silent(state: State, record: r.RouteSilent) -> None:
    """Remember that a person was told, or that none had to be."""
    row = route_row(state, record.route)
    if record.due_ns:
        row = _replace(row, expected_told_ns=record.due_ns)
    else:
        row = _replace(row, silent=True)
    state.put(state.routes, record.route, row)


def alerts_missed(state: State, record: r.AlertsMissed) -> None:
    """Give up waiting for numbers."""
    row = route_row(state, record.route)
    lost = record.last - record.first + 1
    state.put(state.routes, record.route, _replace(row, missed=row.missed + lost))
    key = (record.route, record.strategy, record.symbol, record.stream)
    stream = state.streams.get(key)
    if stream is not None:
        spans = [(one.first, one.last) for one in stream.missing]
        span = (record.first, record.last)
        if span in spans:  # after a restart the same numbers may be missing twice
            place = spans.index(span)
            left = (*stream.missing[:place], *stream.missing[place + 1 :])
            stream = _replace(stream, missing=left)
        state.put(state.streams, key, stream)
        _await(state, stream)


def alerts_crowded(state: State, record: r.AlertsCrowded) -> None:
    """Remember that a person was warned."""
    key = (record.route, record.strategy, record.symbol, record.stream)
    stream = state.streams.get(key)
    if stream is not None:
        state.put(state.streams, key, _replace(stream, crowded=True))
