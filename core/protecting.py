"""Protecting: makes the legs of each share what they should be.

Rules of this file
1. Desired against actual: what should be there follows from the state, what is there is read off
   the orders alive, and only the difference is done. Done twice it does nothing, so neither a crash
   nor a lost report needs a case of its own.
2. A leg that may be alive counts. Nothing is placed for what it covers, and what no leg covers the
   bridge keeps by the quotes.
3. What closes is never refused. While an account is not compared with its venue nothing new goes
   there.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from decimal import Decimal

from core import records as r
from core.answers import Effect
from core.attached import attached_of, overtakes
from core.dust import is_dust, is_dust_of
from core.executions import EXECUTIONS
from core.flatten_scope import covers, gave_up
from core.held import release, release_beside
from core.instruments import Instrument
from core.legs import is_free, legs_of, share_of
from core.leveling import Levels, levels_at
from core.money import ZERO
from core.orders import Order, OrderEvent, Purpose, Side
from core.placing import cancel_legs, close, settle_stop, settle_targets
from core.plan_rows import LEGS_MAX, LOST_MAX, RETRIES_MAX, STOP, Key, PlanRow, target_leg
from core.pricing import note_price, note_prices
from core.risk.leg_checks import OTHERS_FIRST
from core.setup import OnLegFailure
from core.smallest import tradable
from core.state import State
from core.view import View
from core.watching import moved, reached, seen

Steps = Generator[r.Record | Effect, None, None]

# --- which shares ---------------------------------------------------------------------------------


def touched(state: State, records: Sequence[r.Record]) -> list[Key]:
    """Name the shares whose protection the records of a command may concern, in their order."""
    keys: dict[Key, None] = {}
    for record in records:
        match record:
            case r.OrderChanged():
                order = state.orders.get(record.order)
                if order is not None and _matters(state, order):
                    keys[order.account, order.instrument, order.strategy] = None
            case r.LookedUp():  # a stop that is not shown for long gets another one beside it
                order = state.orders.get(record.order)
                if order is not None and order.rests:
                    keys[order.account, order.instrument, order.strategy] = None
            case r.OrderIntended():
                order = record.order
                key = (order.account, order.instrument, order.strategy)
                if key in state.plans:
                    keys[key] = None
                if order.held_for == OTHERS_FIRST:
                    keys |= dict.fromkeys(_beside(state, key))
            case r.ShareCut() | r.LegOpened():
                keys[record.account, record.instrument, record.strategy] = None
            case r.PositionMoved():
                keys[record.account, record.instrument, record.source] = None
                keys[record.account, record.instrument, record.target] = None
            case r.AccountRecovered():
                keys |= dict.fromkeys(keys_of(state, record.account))
            case r.FlattenEnded():  # what it could not close is protected again
                keys |= dict.fromkeys(keys_of(state))
            case _:
                pass
    return list(keys)


def _matters(state: State, order: Order) -> bool:
    key = (order.account, order.instrument, order.strategy)
    return key in state.plans or order.purpose is Purpose.LEG or order.protection is not None


def _beside(state: State, key: Key) -> list[Key]:
    """Name the shares of other strategies that have legs where a strategy trades."""
    others = sorted(state.strategies_at.get(key[:2], ()))
    keys = [(key[0], key[1], other) for other in others if other != key[2]]
    return [other for other in keys if state.legs_at.get(other)]


def keys_of(state: State, account: str = "") -> list[Key]:
    """Name all shares that are protected or have legs, of one account or of all."""
    legs = (state.orders[name] for name in state.alive)
    keys = {
        (order.account, order.instrument, order.strategy)
        for order in legs
        if order.purpose is Purpose.LEG
    }
    return sorted(key for key in keys | state.plans.keys() if not account or key[0] == account)


# --- one share ------------------------------------------------------------------------------------


def wake(state: State, record: r.OrderChanged, now: int) -> Steps:
    """End the protection of a rest that was dust, when another signal buys more: what is held from
    now on is a position of its own."""
    order = state.orders.get(record.order)
    if order is None or order.purpose is not Purpose.ENTRY or record.event is not OrderEvent.FILL:
        return
    key = (order.account, order.instrument, order.strategy)
    row, share = state.plans.get(key), share_of(state, key)
    if row is None or row.side is not order.side or row.origin == order.origin:
        return
    before = share - ((record.quantity or ZERO) * order.side.sign - (record.base_fee or ZERO))
    if is_dust(state, key[0], key[1], before):
        yield r.ProtectionEnded(
            at_ns=now, account=key[0], instrument=key[1], strategy=key[2], reason="flat"
        )


def begin(state: State, record: r.OrderChanged, now: int) -> Steps:
    """Put the protection of an entry into force at its first fill. The newest signal's holds."""
    order = state.orders.get(record.order)
    if record.event not in EXECUTIONS or order is None or order.protection is None:
        return
    key = (order.account, order.instrument, order.strategy)
    row, share = state.plans.get(key), share_of(state, key)
    if order.purpose is not Purpose.ENTRY or share * order.side.sign <= ZERO:
        return
    same_side = row is not None and row.side is order.side and row.protects
    if row is not None and same_side and not _is_newer(state, order.origin, row.origin):
        return
    instrument = state.facts.setup.instruments.get(order.instrument)
    if instrument is None or not order.filled:
        return
    entry = state.positions[key].average_price
    levels = levels_at(order.protection, instrument, order.side, entry)
    if isinstance(levels, Levels):
        yield _set(order, levels, entry, now)
    else:
        where = f"{order.instrument} in account:{order.account}"
        value, limit = f"{levels.code} {levels.value}".strip(), levels.limit
        yield r.AlarmRaised(
            at_ns=now, code="protection_impossible", value=value, limit=limit, where=where
        )


def _is_newer(state: State, origin: str, than: str) -> bool:
    """Say whether a signal came after another one. One that left the state is old."""
    if origin == than:
        return False
    rows = state.signals.get(origin), state.signals.get(than)
    numbers = [row.number if row is not None else 0 for row in rows]
    return numbers[0] > numbers[1]


def _set(order: Order, levels: Levels, entry: Decimal, now: int) -> r.ProtectionSet:
    return r.ProtectionSet(
        at_ns=now,
        account=order.account,
        instrument=order.instrument,
        strategy=order.strategy,
        side=order.side,
        origin=order.origin,
        entry=entry,
        route=order.route,
        stop=levels.stop,
        targets=levels.targets,
        shares=levels.shares,
        trail=levels.trail,
        trail_after=levels.trail_after,
        break_even_after=levels.break_even_after,
        break_even_to=levels.break_even_to,
    )


def protect(state: State, view: View, key: Key, now: int) -> Steps:
    """Make what is there for one share what should be there."""
    row, share = state.plans.get(key), share_of(state, key)
    # Whoever holds less than an order is flat. What is only worth too little may be worth enough
    # again: its protection sleeps.
    flat = not share or is_dust_of(state.facts.setup.instruments.get(key[1]), share)
    if row is not None and (flat or share * row.side.sign <= ZERO):
        if overtakes(state, key):
            return
        reason = "flat" if flat else "turned"
        yield r.ProtectionEnded(
            at_ns=now, account=key[0], instrument=key[1], strategy=key[2], reason=reason
        )
        row = None
    strays = _strays(state, key, row, ZERO if flat else share)
    yield from cancel_legs(strays, now, reason="protection: not wanted")
    account = state.accounts.get(key[0])
    instrument = tradable(state, key[0], key[1])
    if instrument is None or key[0] not in state.facts.setup.accounts:
        return
    if account is None or not account.recovered:
        return
    if row is not None and not is_flattened(state, key):
        yield from _pursue(state, view, key, instrument, now=now)
    elif row is not None:
        yield from _beside_flatten(state, view, key, instrument, now=now)
    yield from _release(state, view, key, now)


def _strays(state: State, key: Key, row: PlanRow | None, share: Decimal) -> list[Order]:
    """List the legs that nothing stands behind: of a share that is gone, of another side, targets
    of an older protection."""
    if not share:  # with the stops that the venue keeps for entries
        legs = [*legs_of(state, key), *attached_of(state, key)]
        return sorted(legs, key=lambda order: order.number)
    closing = Side.SELL if share > ZERO else Side.BUY
    return [
        order
        for order in legs_of(state, key)
        if row is None
        or order.side is not closing
        or (order.rests and order.leg != STOP and order.plan != row.number)
    ]


def is_flattened(state: State, key: Key) -> bool:
    """Say whether a flatten closes a share: its own orders go before its levels."""
    acts = state.flattens.values()
    return any(covers(row, *key) and not gave_up(state, row, key) for row in acts)


def _beside_flatten(
    state: State, view: View, key: Key, instrument: Instrument, *, now: int
) -> Steps:
    """Keep the stop as large as what is still open while a flatten closes it, as long as both
    together open nothing; else end what is there, for the flatten waits for that."""
    if is_free(state, key):
        yield from settle_stop(state, view, key, instrument, now=now)
    else:
        yield from cancel_legs(legs_of(state, key), now, reason="protection: a flatten closes it")


def _pursue(state: State, view: View, key: Key, instrument: Instrument, *, now: int) -> Steps:
    """Move and fire levels by the newest quote, then bring the legs to where they belong."""
    yield from _look(state, view, state.plans[key], instrument, now=now)
    yield from _give_up(state, state.plans[key], now)
    yield from settle_stop(state, view, key, instrument, now=now)
    yield from settle_targets(state, view, key, instrument, now=now)
    yield from close(state, view, key, instrument, now=now)


def _look(state: State, view: View, row: PlanRow, instrument: Instrument, *, now: int) -> Steps:
    """Do what the newest quote asks for."""
    look = seen(state, view, row, instrument, now=now)
    if look is None:
        return
    names = {"account": row.account, "instrument": row.instrument, "strategy": row.strategy}
    move = moved(row, instrument, look.price, now) if look.trusted else None
    if move is not None:
        yield r.StopMoved(at_ns=now, stop=move.stop, price=look.price, cause=move.cause, **names)
    for one in reached(state, state.plans[row.key], instrument, look):
        yield r.LevelReached(
            at_ns=now,
            leg=STOP if one.target is None else target_leg(one.target),
            level=one.level,
            price=look.price,
            quantity=one.quantity,
            trusted=look.trusted,
            **names,
        )


def _give_up(state: State, row: PlanRow, now: int) -> Steps:
    """Do what the route says when a venue does not take or keep the legs."""
    counts = {"rejected": row.rejects, "close refused": row.refused}
    cause, count = next(((k, n) for k, n in counts.items() if n > RETRIES_MAX), ("lost", row.lost))
    if row.made >= LEGS_MAX:
        cause, count = "made", row.made
    if row.failed or (cause == "lost" and count <= LOST_MAX):
        return
    route = state.facts.setup.routes.get(row.route)
    policy = route.on_leg_failure if route is not None else OnLegFailure.FLATTEN
    where = f"{row.instrument} of {row.strategy} in account:{row.account}"
    yield r.LegsFailed(
        at_ns=now,
        account=row.account,
        instrument=row.instrument,
        strategy=row.strategy,
        policy=str(policy),
        cause=cause,
    )
    value = f"{cause} {count} times"
    yield r.AlarmRaised(at_ns=now, code="leg_failed", value=value, limit=str(policy), where=where)


def _release(state: State, view: View, key: Key, now: int) -> Steps:
    """Let exits go that waited for the legs, as far as these are out of their way, and entries of
    others that did."""
    names = [name for name in state.working.get(key, ()) if name in state.held]
    waiting = [state.orders[name] for name in names]
    for order in sorted(waiting, key=lambda one: one.number):
        if order.reduce_only:
            yield from release(state, view, order, now)
    if state.held:
        yield from release_beside(state, view, key, now)


def due(state: State, now: int) -> int | None:
    """Return when a leg that was refused may go again; ``None``: nothing waits for time."""
    times = (at_ns for row in state.plans.values() for at_ns in (row.retry_ns, row.close_ns))
    return min((at_ns for at_ns in times if at_ns > now), default=None)


def observe_market(state: State, view: View, instrument: str, now: int) -> Steps:
    """Do what the newest quote of an instrument asks for."""
    for account in sorted({key[0] for key in state.plans_at.get(instrument, ())}):
        yield from note_price(state, view, (account, instrument), now)
    for key in sorted(state.plans_at.get(instrument, ())):
        yield from protect(state, view, key, now)


def protect_all(state: State, view: View, now: int, account: str = "") -> Steps:
    """Look at every protection: what a lost report or a restart left undone is done here."""
    yield from note_prices(state, view, now, account)
    for key in keys_of(state, account):
        yield from protect(state, view, key, now)
