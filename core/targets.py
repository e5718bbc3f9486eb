"""Targets: from the position that is wanted to what has to end, to close and to open.

Rules of this file
1. What is wanted is compared with what is held and what is on its way. A repeated alert finds
   nothing to do; one that was lost is made up for by the next.
2. What makes the position smaller goes at once. What makes it larger waits until every own order
   that leads elsewhere is proven over, and is worked out anew then.
3. An alert that is older than the one served last changes nothing.
4. Nothing is done again by itself: what a venue refused is asked for again by the next alert.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final, NamedTuple

from core import records as r
from core.answers import Effect, Send
from core.ids import order_id
from core.instruments import Instrument
from core.lapses import unspent
from core.money import ZERO, plain
from core.opposed import closes_opposed
from core.orders import POLICY, Order, OrderState, OrderType, Purpose, Side
from core.reversal import ENTRIES_FIRST, FLAT_FIRST
from core.risk.case import Case
from core.risk.engine import Held, Refused, judge
from core.risk.match_checks import clear_way
from core.routing import Declined, holding_of
from core.setup import EXIT_LIFE_NS, Route
from core.signals import Hint, QuantityUnit, Signal
from core.smallest import tradable
from core.state import State
from core.target_rows import TargetRow
from core.tickets import TicketPart, leg_word, parts_to_close
from core.view import View

Steps = Generator[r.Record | Effect, None, None]
Key = tuple[str, str, str]

EXITS_FIRST: Final = "exits_first"

REST: Final = "rest"
"""The leg of an exit that puts right what ending orders filled."""


class Asked(NamedTuple):
    """What a message wants: a number with its sign, and its unit."""

    number: Decimal
    unit: QuantityUnit


class Aim(NamedTuple):
    """What leads from what is there to what is wanted.

    ``ends``: own orders to be asked to end. ``ending``: those and others that end already.
    ``closes``, ``opens``: quantities, on the sides ``out`` and ``into``. ``waits``: for what the
    entry waits.
    """

    ends: list[Order]
    ending: tuple[str, ...]
    closes: Decimal
    out: Side
    opens: Decimal
    into: Side
    waits: str


def asked_of(content: Signal, route: Route) -> Asked | Declined:
    """Say what a message wants, from its number or from the sender's own position."""
    unit = content.quantity_unit or QuantityUnit.UNITS
    if content.target_position is not None:
        return Asked(content.target_position, unit)
    if content.position is Hint.FLAT:
        return Asked(ZERO, QuantityUnit.UNITS)
    if content.position is None:
        return Declined("refused", "target_missing", "", route.name)
    sign = 1 if content.position is Hint.LONG else -1
    if content.position_size is not None:
        return Asked(sign * abs(content.position_size), QuantityUnit.UNITS)
    if content.quantity is not None:
        return Asked(sign * content.quantity, unit)
    if route.quantity is not None:
        return Asked(sign * route.quantity, route.quantity_unit)
    return Declined("refused", "target_missing", str(content.position), route.name)


def superseded(row: TargetRow | None, content: Signal) -> Declined | None:
    """Decline an alert that is older than the one that was served last."""
    if row is None or row.time_ns is None or content.time_ns is None:
        return None
    if content.time_ns >= row.time_ns:
        return None
    behind = f"{(row.time_ns - content.time_ns) // 1_000_000} ms"
    return Declined("no_action", "target_superseded", behind, plain(row.wanted))


def known(row: TargetRow | None, asked: Asked) -> Decimal | None:
    """Return what the same number came to before: it is not traded again for a moved price."""
    same = row is not None and row.asked == asked.number and row.unit is asked.unit
    return row.wanted if row is not None and same else None


def aim(state: State, key: Key, wanted: Decimal, instrument: Instrument) -> Aim:
    """Work out what leads to the position that is wanted."""
    holding = holding_of(state, *key)
    instrument = tradable(state, key[0], key[1]) or instrument
    into = Side.SELL if wanted < ZERO else Side.BUY
    out = Side.SELL if holding.share > ZERO else Side.BUY
    against = bool(wanted == ZERO or holding.is_against(into))
    same = ZERO if against else abs(holding.share)
    surplus = abs(holding.share) if against else max(ZERO, same - abs(wanted))
    own = _own(state, key)
    ends = [one for one in own if not one.reduce_only and _leads_elsewhere(one, wanted, into)]
    entries = [one for one in own if not one.reduce_only and one not in ends]
    ends += _too_many(entries, max(ZERO, abs(wanted) - same))
    exits = [one for one in own if one.purpose is Purpose.EXIT and one.side is out]
    ends += _spare(exits, surplus)
    ends += [one for one in own if one.pending_cancel and one.end_by == POLICY and one not in ends]
    on_way = sum((one.leaves for one in exits if _stays(one, ends)), ZERO)
    coming = sum((one.leaves for one in entries if _stays(one, ends)), ZERO)
    lost = sum((one.leaves for one in exits if _stays(one, ends) or _may_fill(one)), ZERO)
    left = ZERO if against else max(ZERO, same - max(lost, surplus))
    opens = instrument.quantity_cut(max(ZERO, abs(wanted) - left - coming))
    if not wanted:
        opens = ZERO
    closes = min(max(ZERO, surplus - on_way), holding.closable(out))
    ending = tuple(one.order for one in own if not _stays(one, ends) and _may_fill(one))
    asks = [one for one in ends if not one.pending_cancel or one.end_by == POLICY]
    waits = _waits(
        state, ending, against=bool(holding.share) and against, moves=bool(lost or closes)
    )
    return Aim(asks, ending, instrument.quantity_cut(closes), out, opens, into, waits)


def _own(state: State, key: Key) -> list[Order]:
    """Return the strategy's own entries and exits alive, oldest first."""
    orders = [state.orders[name] for name in state.working.get(key, ())]
    kinds = (Purpose.ENTRY, Purpose.EXIT)
    return sorted((one for one in orders if one.purpose in kinds), key=lambda one: one.number)


def _leads_elsewhere(entry: Order, wanted: Decimal, into: Side) -> bool:
    """Say whether an entry is on no way to what is wanted, or was worked out for another target."""
    return not wanted or entry.side is not into or (entry.clear_first and bool(entry.held_for))


def _stays(order: Order, ends: list[Order]) -> bool:
    return not order.pending_cancel and order not in ends


def _may_fill(order: Order) -> bool:
    return order.state is not OrderState.HELD


def _too_many(entries: list[Order], room: Decimal) -> list[Order]:
    """Return the newest entries beyond what there is room for."""
    total = sum((one.leaves for one in entries if not one.pending_cancel), ZERO)
    ends: list[Order] = []
    for one in reversed(entries):
        if total > room and not one.pending_cancel:
            total -= one.leaves
            ends.append(one)
    return ends


def _spare(exits: list[Order], surplus: Decimal) -> list[Order]:
    """Return the newest exits without which enough is closed. One that is needed in part stays, and
    what it closes beyond is opened again."""
    total = sum((one.leaves for one in exits if not one.pending_cancel), ZERO)
    spare: list[Order] = []
    for one in reversed(exits):
        if not one.pending_cancel and total - one.leaves >= surplus:
            total -= one.leaves
            spare.append(one)
    return spare


def _waits(state: State, ending: tuple[str, ...], *, against: bool, moves: bool) -> str:
    if any(not state.orders[name].reduce_only for name in ending):
        return ENTRIES_FIRST
    if against:
        return FLAT_FIRST
    return EXITS_FIRST if moves or ending else ""


# --- what waits for a target --------------------------------------------------------------------


def row_of(state: State, order: Order) -> TargetRow | None:
    """Return the target that an entry waits for; ``None``: it is an order by itself, or the target
    is another one by now."""
    row = state.targets.get((order.account, order.instrument, order.strategy))
    return row if row is not None and row.signal == order.origin else None


def still_waits(state: State, order: Order, row: TargetRow) -> str:
    """Return what keeps the entry of a target waiting, or nothing."""
    if any(_is_alive(state, name) for name in row.ending):
        return ENTRIES_FIRST
    own = _own(state, (order.account, order.instrument, order.strategy))
    exits = any(one.purpose is Purpose.EXIT for one in own)
    return EXITS_FIRST if exits else ""


def _is_alive(state: State, name: str) -> bool:
    return name in state.alive


def lacking(state: State, order: Order, row: TargetRow, instrument: Instrument) -> Decimal:
    """Return what the entry of a target has to open now."""
    key = order.account, order.instrument, order.strategy
    holding = holding_of(state, *key)
    share = holding.share * order.side.sign
    others = holding.entries(order.side) - order.leaves
    wanted = row.wanted * order.side.sign
    return instrument.quantity_cut(max(ZERO, wanted - max(ZERO, share) - others))


def clear_targets(state: State, view: View, now: int) -> Steps:
    """Put right what orders filled that ended for a target, once all of them are over."""
    for key in sorted(state.clearing):
        row = state.targets[key]
        if any(_is_alive(state, name) for name in row.ending):
            continue
        account, what, strategy = key
        yield r.TargetCleared(at_ns=now, account=account, instrument=what, strategy=strategy)
        instrument = state.facts.setup.instruments.get(what)
        if instrument is not None and account in state.facts.setup.accounts:
            found = aim(state, key, row.wanted, instrument)
            if found.closes:
                parts = parts_to_close(
                    state, account, instrument,
                    strategy=strategy, side=found.out, quantity=found.closes,
                )  # fmt: skip
                for part in parts:
                    yield from _close_rest(state, view, row, found, part=part, now=now)


def _close_rest(
    state: State, view: View, row: TargetRow, found: Aim, *, part: TicketPart, now: int
) -> Steps:
    setup = state.facts.setup
    case = Case(
        state,
        view,
        now,
        account=setup.accounts[row.account],
        instrument=setup.instruments[row.instrument],
        strategy=row.strategy,
        purpose=Purpose.EXIT,
        side=found.out,
        quantity=part.quantity,
        order_type=OrderType.MARKET,
        price=None,
        trigger=None,
    )
    verdict = judge(case)
    assert not isinstance(verdict, Refused), "no control refuses an exit"
    signal = state.signals.get(row.signal)
    held_for = verdict.check.code if isinstance(verdict, Held) else ""
    if not held_for:
        yield from clear_way(case)
    order = Order(
        order=order_id(row.account, row.signal, unspent(state, leg_word(REST, part.ticket))),
        origin=row.signal,
        account=row.account,
        instrument=row.instrument,
        strategy=row.strategy,
        purpose=Purpose.EXIT,
        side=found.out,
        quantity=part.quantity,
        order_type=OrderType.MARKET,
        intended_ns=now,
        expires_ns=now + EXIT_LIFE_NS,
        reference=case.mid,
        state=OrderState.HELD if held_for else OrderState.INTENDED,
        held_for=held_for,
        route=signal.route if signal is not None else "",
        leg=REST,
        opposed=closes_opposed(case),
        closes=part.ticket,
    )
    how = f"{plain(part.quantity)} beyond the target {plain(row.wanted)}"
    yield r.OrderIntended(at_ns=now, order=order, checks=verdict.checks, sizing=how)
    if not held_for:
        yield Send(order.order)
