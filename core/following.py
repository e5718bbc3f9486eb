"""Following: whether each follower holds what its ratio of the leader's position comes to.

Rules of this file
1. What a follower should hold is worked out from the leader's position alone; how the two came to
   it says nothing. So nothing is remembered but since when they differ.
2. While anything of theirs works, waits or is in doubt, nothing is judged: they may meet.
3. A person is called once for a difference, and nothing is sent: what to do about it is theirs.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from core import records as r
from core.copies import copy_of, least, rounded
from core.copy_setup import Copy
from core.instruments import Instrument
from core.money import ZERO, plain, product
from core.orders import Purpose
from core.positions import EXTERNAL
from core.setup import SECOND_NS, Account, Route
from core.state import State

Steps = Generator[r.Record, None, None]

Key = tuple[str, str, str]
"""Account, instrument, strategy."""

ALARM_AFTER_NS: Final = 10 * SECOND_NS
"""How long a follower may differ while nothing works: fills of two venues are told seconds apart,
and a comparison settles what was lost within ten."""


class Pair(NamedTuple):
    """A follower and its leader in what one strategy trades, each under its own instrument."""

    route: str
    copy: Copy
    leader: Key
    follower: Key


def copying(state: State) -> tuple[Route, ...]:
    """Return the routes with copies, worked out once while the configuration stands."""
    routes: tuple[Route, ...] | None = state.caches.get("copying")
    if routes is None:
        routes = tuple(route for route in state.facts.setup.routes.values() if route.copies)
        state.caches["copying"] = routes
    return routes


def pairs_of(state: State, key: Key) -> list[Pair]:
    """Name the pairs that a position is part of, as the leader's or as a follower's."""
    account, instrument, strategy = key
    found: list[Pair] = []
    for route in copying(state):
        if strategy not in route.strategies or account not in route.accounts:
            continue
        if account == route.leading:
            followers = [name for name in dict.fromkeys(route.accounts) if name != account]
            made = [_pair(state, route, name, instrument, strategy=strategy) for name in followers]
        else:
            names = _sources(state, route, account, instrument)
            made = [_pair(state, route, account, name, strategy=strategy) for name in names]
        found += [pair for pair in made if pair is not None]
    return found


def _pair(
    state: State, route: Route, follower: str, instrument: str, *, strategy: str
) -> Pair | None:
    copy, account = copy_of(route, follower), state.facts.setup.accounts.get(follower)
    if copy is None or account is None:
        return None
    here = _here(copy, account, instrument)
    if here is None:
        return None
    leader = (route.leading, instrument, strategy)
    return Pair(route.name, copy, leader, (follower, here, strategy))


def _here(copy: Copy, account: Account, instrument: str) -> str | None:
    """Return what a follower trades for an instrument of its leader; ``None``: nothing."""
    other = copy.equivalents.get(instrument)
    if other is not None:
        return other.instrument
    name = account.symbols.get(instrument, instrument)
    return None if any(one.instrument == name for one in copy.equivalents.values()) else name


def _sources(state: State, route: Route, follower: str, instrument: str) -> list[str]:
    """Return the leader's instruments that a follower trades as this one."""
    copy, account = copy_of(route, follower), state.facts.setup.accounts.get(follower)
    if copy is None or account is None:
        return []
    names = dict.fromkeys((*copy.equivalents, *account.symbols, instrument))
    known = state.facts.setup.instruments
    return [name for name in names if name in known and _here(copy, account, name) == instrument]


def share_of(state: State, key: Key) -> Decimal:
    """Return what a strategy holds; negative when short."""
    position = state.positions.get(key)
    return position.quantity if position is not None else ZERO


def instrument_at(state: State, pair: Pair) -> Instrument | None:
    """Return what a follower trades, while it is configured."""
    return state.facts.setup.instruments.get(pair.follower[1])


def expected(state: State, pair: Pair, instrument: Instrument) -> Decimal:
    """Return what a follower should hold; negative when short."""
    share = share_of(state, pair.leader)
    other = pair.copy.equivalents.get(pair.leader[1])
    factor = other.factor if other is not None else Decimal(1)
    held = rounded(product(abs(share), pair.copy.ratio, factor), instrument, pair.copy.minimum)
    return held if share > ZERO else -held


def is_busy(state: State, key: Key) -> bool:
    """Say whether something of a strategy works, waits or is in doubt that may move its position
    at any moment. Protective legs do not count: they work as long as there is a position."""
    for name in state.working.get(key, ()):
        if state.orders[name].purpose is not Purpose.LEG:
            return True
    orders = (state.orders[name] for name in state.followups)
    return any((order.account, order.instrument, order.strategy) == key for order in orders)


def differs(state: State, pair: Pair) -> tuple[Decimal, Decimal] | None:
    """Return what a follower should hold and what it holds, if no order could be small enough to
    mend it; ``None``: they agree."""
    instrument = instrument_at(state, pair)
    if instrument is None:
        return None
    wanted, held = expected(state, pair, instrument), share_of(state, pair.follower)
    return (wanted, held) if abs(wanted - held) >= least(instrument) else None


# --- after every command, and by time -------------------------------------------------------------


def watch(state: State, records: Sequence[r.Record], now: int) -> Steps:
    """Judge the followers whose positions, or whose leader's, the records of a command touch."""
    if not copying(state) and not state.apart:
        return
    if any(isinstance(record, r.SetupLoaded) for record in records):
        yield from _forget(state, now)
        keys: Iterable[Key] = sorted(state.positions)
    else:
        keys = _touched(state, records)
    pairs: dict[Key, Pair] = {}
    for key in dict.fromkeys(keys):
        if key[2] != EXTERNAL:
            for pair in pairs_of(state, key):
                pairs.setdefault(pair.follower, pair)
    for pair in pairs.values():
        yield from _judge(state, pair, now)


def _touched(state: State, records: Sequence[r.Record]) -> Generator[Key, None, None]:
    for record in records:
        match record:
            case r.OrderIntended():
                order = record.order
                yield order.account, order.instrument, order.strategy
            case r.OrderChanged() | r.FollowUpDeclined():
                known = state.orders.get(record.order)
                if known is not None:
                    yield known.account, known.instrument, known.strategy
            case r.ShareCut():
                yield record.account, record.instrument, record.strategy
            case r.PositionMoved():
                yield record.account, record.instrument, record.source
                yield record.account, record.instrument, record.target
            case _:
                pass


def _judge(state: State, pair: Pair, now: int) -> Steps:
    row = state.apart.get(pair.follower)
    if is_busy(state, pair.leader) or is_busy(state, pair.follower):
        if row is not None and not row.alarmed:
            yield _over(pair.follower, "trading", now)
        return
    found = differs(state, pair)
    if found is None:
        if row is not None:
            yield _over(pair.follower, "agrees", now)
    elif row is None:
        yield _told(pair, found, now, alarmed=False)


def _forget(state: State, now: int) -> Steps:
    """Drop what is not copied any more."""
    for key in sorted(state.apart):
        if not any(pair.follower == key for pair in pairs_of(state, key)):
            yield _over(key, "not_copied", now)


def call(state: State, now: int) -> Steps:
    """Call a person for each follower that differs for too long."""
    for key in sorted(state.apart):
        row = state.apart[key]
        if row.alarmed or now < row.since_ns + ALARM_AFTER_NS:
            continue
        account, instrument, strategy = key
        pairs = [pair for pair in pairs_of(state, key) if pair.follower == key]
        found = differs(state, pairs[0]) if pairs else None
        if found is None:
            yield _over(key, "agrees", now)
            continue
        yield _told(pairs[0], found, now, alarmed=True)
        yield r.AlarmRaised(
            at_ns=now,
            code="follower_differs",
            value=plain(found[1]),
            limit=plain(found[0]),
            where=f"{strategy} in {instrument} in account:{account}",
        )


def next_call(state: State) -> int | None:
    """Return when a person is called next; ``None``: nobody differs unheard."""
    waiting = [row.since_ns for row in state.apart.values() if not row.alarmed]
    return min(waiting) + ALARM_AFTER_NS if waiting else None


def _told(
    pair: Pair, found: tuple[Decimal, Decimal], now: int, *, alarmed: bool
) -> r.FollowerDiffered:
    account, instrument, strategy = pair.follower
    return r.FollowerDiffered(
        at_ns=now,
        account=account,
        instrument=instrument,
        strategy=strategy,
        leader=pair.leader[0],
        expected=found[0],
        actual=found[1],
        alarmed=alarmed,
    )


def _over(key: Key, reason: str, now: int) -> r.FollowerAgreed:
    account, instrument, strategy = key
    return r.FollowerAgreed(
        at_ns=now, account=account, instrument=instrument, strategy=strategy, reason=reason
    )


# --- what a person sees ---------------------------------------------------------------------------


class Followed(NamedTuple):
    """How one follower stands: what its leader holds, what it should hold, what it holds.

    ``is_busy``: something of theirs works, so that nothing is judged.
    """

    pair: Pair
    leads: Decimal
    wanted: Decimal
    held: Decimal
    is_busy: bool
    differs: bool


def followers(state: State, most: int) -> list[Followed]:
    """Say how followers stand wherever they or their leaders hold something, at most so many."""
    held = [key for key, position in state.positions.items() if position.quantity and key[2]]
    pairs: dict[Key, Pair] = {}
    for key in sorted({*held, *state.apart} if copying(state) else ()):
        for pair in pairs_of(state, key):
            pairs.setdefault(pair.follower, pair)
        if len(pairs) >= most:
            break
    return [_stands(state, pair) for _, pair in sorted(pairs.items())[:most]]


def _stands(state: State, pair: Pair) -> Followed:
    instrument = instrument_at(state, pair)
    return Followed(
        pair,
        leads=share_of(state, pair.leader),
        wanted=ZERO if instrument is None else expected(state, pair, instrument),
        held=share_of(state, pair.follower),
        is_busy=is_busy(state, pair.leader) or is_busy(state, pair.follower),
        differs=differs(state, pair) is not None,
    )
