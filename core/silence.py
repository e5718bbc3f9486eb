"""Silence: what is missing among the alerts, and when a person has to know.

Rules of this file
1. TradingView tells nobody that an alert has stopped. What can be told is told from what came: the
   time since the last alert, times by which one is expected, numbers that are missing, and alerts
   that come so close together that TradingView will stop them.
2. Each occasion is told once. It is over when the next alert comes.
3. Where the instruments of a route have sessions, only those count: the clock of a silence starts
   at the opening, and nothing is expected while all are closed. A calendar that is not known hides
   nothing.
4. Nothing is sent or halted for it: an alarm, and what to look at.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final

from core import records as r
from core.commands import LoadExpected
from core.fold_heard import CROWD_MAX, CROWD_NS, CROWD_WARN, is_heard, route_row
from core.heard_rows import RouteRow, StreamKey
from core.instruments import Instrument
from core.schedule_rows import ALWAYS_NS, Interval
from core.schedules import at, before
from core.sequences import AGAIN, count
from core.setup import SECOND_NS, Route
from core.signals import Signal
from core.state import State
from core.texts import moment, span_text

Steps = Generator[r.Record, None, None]

GAP_WAIT_NS: Final = 30 * SECOND_NS
"""How long a missing number may still come: TradingView repeats a delivery for 15 to 20 seconds,
and alerts of one moment come in any order."""

ALWAYS: Final[Interval] = (0, ALWAYS_NS)


def watch_alert(state: State, route: Route, content: Signal, now: int) -> Steps:
    """Judge an alert that is about to be noted: what was due before it, and a number that was
    there already."""
    yield from _late(state, route, now)
    if content.sequence is None or not is_heard(route, content, now):
        return
    key = (route.name, content.strategy, content.symbol, content.stream)
    stream = state.streams.get(key)
    if stream is None or stream.low:
        return  # one of a run was told
    if count(stream, content.sequence, now).what == AGAIN:
        yield r.AlarmRaised(
            at_ns=now,
            code="sequence_again",
            value=str(content.sequence),
            limit=str(stream.last),
            where=_where(stream.key),
        )


def warn_of_crowd(state: State, route: Route, content: Signal, now: int) -> Sequence[r.Record]:
    """Warn before TradingView stops a script, once a crowd."""
    key = (route.name, content.strategy, content.symbol, content.stream)
    stream = state.streams.get(key)
    if (
        stream is None
        or not route.warn_of_crowd
        or stream.crowded
        or len(stream.recent_ns) < CROWD_WARN
    ):
        return ()
    counted = len(stream.recent_ns)
    alarm = r.AlarmRaised(
        at_ns=now,
        code="alerts_crowded",
        value=f"{counted} alerts in {span_text(now - stream.recent_ns[0])}",
        limit=f"{CROWD_MAX} times in {CROWD_NS // SECOND_NS} s",
        where=_where(key),
    )
    route_name, strategy, symbol, named = key
    crowd = r.AlertsCrowded(
        at_ns=now, route=route_name, strategy=strategy, symbol=symbol, count=counted, stream=named
    )
    return crowd, alarm


def load_expected(state: State, command: LoadExpected, now: int) -> Steps:
    """Take over when alerts are expected from now on; what was expected before is judged first."""
    route = state.facts.setup.routes.get(command.route)
    row = state.routes.get(command.route)
    if route is None or (row is not None and row.expected_hash == command.source_hash):
        return
    yield from _late(state, route, now)
    yield r.ExpectedLoaded(
        at_ns=now,
        route=command.route,
        expected_ns=command.expected_ns,
        valid_until_ns=command.valid_until_ns,
        source_hash=command.source_hash,
    )


def tell_silence(state: State, now: int) -> Steps:
    """Tell what time alone has made certain."""
    for route in _watched(state):
        yield from _late(state, route, now)
        due_ns = silent_at(state, route, now)
        if due_ns and now >= due_ns:
            yield from _silent(state, route, now)
    for key, at_ns in sorted(state.awaited.items()):
        if now >= at_ns + GAP_WAIT_NS:
            yield from _missed(state, key, now)


def silence_due(state: State, now: int) -> int | None:
    """Return when ``tell_silence`` has something to do; ``None``: it is not known."""
    times = [at_ns + GAP_WAIT_NS for at_ns in state.awaited.values()]
    for route in _watched(state):
        times += [silent_at(state, route, now), expected_at(route_row(state, route.name), route)]
    return min((at_ns for at_ns in times if at_ns), default=None)


def _watched(state: State) -> tuple[Route, ...]:
    """Return the routes with a rule about silence; found once, kept while the setup stands."""
    found: tuple[Route, ...] | None = state.caches.get("silence")
    if found is None:
        routes = state.facts.setup.routes.values()
        found = tuple(route for route in routes if route.silent_after_ns or route.expected_by)
        state.caches["silence"] = found
    return found


def _where(key: StreamKey) -> str:
    route, strategy, symbol, stream = key
    words = (f"route {route}", strategy, symbol, f"stream {stream}" if stream else "")
    return ", ".join(word for word in words if word)


# --- no alert since


def silent_at(state: State, route: Route, now: int) -> int:
    """Return when the silence of a route is told; zero: it was, or nobody can say yet."""
    row = route_row(state, route.name)
    if not route.silent_after_ns or row.silent:
        return 0
    due_ns, after_ns = (row.heard_ns or row.since_ns) + route.silent_after_ns, route.silent_after_ns
    found = _open(state, route, now)
    if found is not None:
        return _within(found, due_ns, after_ns)
    closed = _closed(state, route, now)
    if closed is not None and due_ns < closed[1]:
        return _within(closed, due_ns, after_ns)  # nobody looked in time
    later = [_within(one, due_ns, after_ns) for one in _next(state, route, now, due_ns)]
    return min(later, default=0)


def _within(session: Interval, due_ns: int, after_ns: int) -> int:
    """Return when a silence is told that is too long at ``due_ns``, by a session."""
    opened_ns, end_ns = session
    # A session that is shorter than the silence allowed is over before it: its end tells.
    return max(due_ns, min(opened_ns + after_ns, max(end_ns - SECOND_NS, opened_ns)))


def _silent(state: State, route: Route, now: int) -> Steps:
    row = route_row(state, route.name)
    since_ns = row.heard_ns or row.since_ns
    yield r.RouteSilent(at_ns=now, route=route.name, since_ns=since_ns)
    yield r.AlarmRaised(
        at_ns=now,
        code="route_silent",
        value=_last_text(row),
        limit=span_text(route.silent_after_ns),
        where=route.name,
    )


def _last_text(row: RouteRow) -> str:
    if row.heard_ns:
        return f"the last one came at {moment(row.heard_ns)}"
    return f"none has come since the route is known, {moment(row.since_ns)}"


# --- expected by


def expected_at(row: RouteRow, route: Route) -> int:
    """Return by when the next alert is expected; zero: by no time that is known."""
    if not route.expected_by:
        return 0
    return min((by for _, by in row.expected_ns if by > row.expected_told_ns), default=0)


def _late(state: State, route: Route, now: int) -> Steps:
    """Judge the times by which an alert was expected and that have passed; the newest is told."""
    row = route_row(state, route.name)
    due_ns = expected_at(row, route)
    if not due_ns or now < due_ns:
        return
    passed = [one for one in row.expected_ns if row.expected_told_ns < one[1] <= now]
    from_ns, by_ns = max(passed, key=_by)
    yield r.RouteSilent(at_ns=now, route=route.name, since_ns=from_ns, due_ns=by_ns)
    came = from_ns <= row.heard_ns <= by_ns
    if came or not _trades_within(state, route, (from_ns, by_ns)):
        return
    yield r.AlarmRaised(
        at_ns=now,
        code="alert_overdue",
        value=_last_text(row),
        limit=moment(by_ns),
        where=route.name,
    )


def _by(interval: Interval) -> int:
    return interval[1]


# --- sessions


def _instruments(state: State, route: Route) -> tuple[Instrument, ...]:
    setup = state.facts.setup
    names = {
        instrument
        for strategy in route.strategies
        if strategy in setup.strategies
        for instrument in setup.strategies[strategy].instruments
    }
    return tuple(setup.instruments[name] for name in sorted(names) if name in setup.instruments)


def _sessions(state: State, route: Route, now: int) -> list[tuple[Interval, ...]]:
    """Return the sessions of each instrument; what has none, or is not known, is always open."""
    found: list[tuple[Interval, ...]] = []
    for instrument in _instruments(state, route):
        row = state.schedules.get(instrument.name) if instrument.scheduled else None
        known = row is not None and not row.fault and now < row.valid_until_ns
        found.append(row.sessions_ns if row is not None and known else (ALWAYS,))
    return found or [(ALWAYS,)]


def _open(state: State, route: Route, now: int) -> Interval | None:
    """Return from when to when something of a route trades around now; ``None``: nothing does."""
    found = [at(sessions, now) for sessions in _sessions(state, route, now)]
    opened = [one for one in found if one is not None]
    if not opened:
        return None
    return min(one[0] for one in opened), max(one[1] for one in opened)


def _closed(state: State, route: Route, now: int) -> Interval | None:
    """Return the last session of a route that is over, while all are closed."""
    found = [before(sessions, now) for sessions in _sessions(state, route, now)]
    ended = [one for one in found if one is not None]
    return max(ended, key=_by, default=None)


def _next(state: State, route: Route, now: int, due_ns: int) -> list[Interval]:
    """Return the next session of each instrument of a route that ends after ``due_ns``."""
    listed = _sessions(state, route, now)
    found = [
        next((one for one in sessions if one[0] > now and one[1] > due_ns), None)
        for sessions in listed
    ]
    return [one for one in found if one is not None]


def _trades_within(state: State, route: Route, span: Interval) -> bool:
    """Say whether anything of a route trades at some time of a span."""
    return any(
        begin_ns < span[1] and end_ns > span[0]
        for sessions in _sessions(state, route, span[1])
        for begin_ns, end_ns in sessions
    )


# --- numbers that are missing


def _missed(state: State, key: StreamKey, now: int) -> Steps:
    stream = state.streams[key]
    gone = [one for one in stream.missing if now >= one.at_ns + GAP_WAIT_NS]
    for one in gone:
        yield r.AlertsMissed(
            at_ns=now,
            route=key[0],
            strategy=key[1],
            symbol=key[2],
            first=one.first,
            last=one.last,
            stream=key[3],
        )
    told = [
        str(one.first) if one.first == one.last else f"{one.first} to {one.last}" for one in gone
    ]
    yield r.AlarmRaised(
        at_ns=now,
        code="sequence_gap",
        value=", ".join(told),
        limit=str(stream.last),
        where=_where(key),
    )
