"""Who owns what a venue holds: strategies, and the external row for what is nobody's of ours.

Rules of this file
1. Strangers take from the external row first; what then is not there any more is taken from all
   strategies on that side, each by its part.
2. No share grows by a stranger's act. Only a person gives a strategy what it did not trade.
3. An exit never stands for more than its owner holds.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from decimal import Decimal
from itertools import chain
from types import MappingProxyType
from typing import Final

from core import records as r
from core.answers import Denied, Done, Effect
from core.cancels import cancel_orders
from core.commands import AcceptReconciliation, AdoptPosition, AssignPosition
from core.differences import Difference
from core.money import ZERO, floor_to, plain, ratio
from core.orders import OrderState, Side
from core.positions import EXTERNAL, Position
from core.state import FLAT, State
from core.ticket_rows import TicketRow
from core.tickets import too_many
from core.unheard import NOTHING, Share, Unheard, by_others, lost, together

Steps = Generator[r.Record | Effect, None, None]
Decision = Generator[r.Record | Effect, None, Done | Denied]

NOBODY: Final[Mapping[str, Unheard]] = MappingProxyType({})
"""No order of anybody is in doubt."""


def follow(
    state: State,
    account: str,
    instrument: str,
    *,
    theirs: Decimal,
    price: Decimal,
    now: int,
    quiet: bool = False,
    unheard: Mapping[str, Unheard] = NOBODY,
) -> Steps:
    """Let our books follow the net position that a venue shows, without inventing a trade.

    ``quiet``: so little that nobody is called. ``unheard``: what orders in doubt of each owner may
    have done: what these can explain is left to them.
    """
    before = state.exposures.get((account, instrument), FLAT).net
    after = before + by_others(before, theirs, together(unheard.values()))
    yield from _follow_shares(
        state, account, instrument, theirs=theirs, now=now, quiet=quiet, unheard=unheard
    )
    change = after - state.exposures.get((account, instrument), FLAT).net
    if change:
        known = state.positions.get((account, instrument, EXTERNAL))
        yield r.ExternalChanged(
            at_ns=now,
            account=account,
            instrument=instrument,
            quantity=change,
            price=price or (known.average_price if known is not None else ZERO),
            theirs=theirs,
        )


def _follow_shares(
    state: State,
    account: str,
    instrument: str,
    *,
    theirs: Decimal,
    now: int,
    quiet: bool,
    unheard: Mapping[str, Unheard],
) -> Steps:
    """Take from our shares what is certainly not there any more."""
    owned = {one.strategy: one for one in shares_of(state, account, instrument)}
    names = sorted({*owned, *unheard} - {EXTERNAL})
    held = [
        Share(owned[name].quantity if name in owned else ZERO, unheard.get(name, NOTHING))
        for name in names
    ]
    loss = lost(held, theirs)
    if not loss.quantity:
        return
    side = [(owned[name], part) for name, part in zip(names, loss.held, strict=True) if part]
    yield from _cut(state, side, loss.quantity, now)
    if not quiet:
        total = sum((one.quantity for one in held), ZERO)
        yield r.AlarmRaised(
            at_ns=now,
            code="share_cut",
            value=plain(loss.quantity),
            limit=plain(abs(total) - loss.quantity),
            where=f"{instrument} in account:{account}",
        )


def follow_ticket(state: State, account: str, one: Difference, now: int) -> Steps:
    """Let our books follow one ticket of a hedging account: strangers take from what is theirs
    first, then from its owner."""
    instrument, ticket, change = one.instrument, one.ticket, one.amount
    theirs = state.exposures.get((account, instrument), FLAT).net + change
    outside = _taken(state.tickets.get((account, ticket, EXTERNAL)), change)
    left = change - outside
    for key in sorted(state.tickets_at.get((account, instrument), ())):
        row = state.tickets[key]
        part = _taken(row, left) if row.ticket == ticket and row.strategy != EXTERNAL else ZERO
        if part:
            left -= part
            yield from _cut_ticket(state, row, one, part, now=now)
    if outside + left:
        yield r.ExternalChanged(
            at_ns=now, account=account, instrument=instrument,
            quantity=outside + left, price=one.price, theirs=theirs, ticket=ticket,
        )  # fmt: skip


def _taken(row: TicketRow | None, change: Decimal) -> Decimal:
    """Return how much of a change makes what is held of a ticket smaller."""
    if row is None or row.quantity * change >= ZERO:
        return ZERO
    return min(abs(row.quantity), abs(change)).copy_sign(change)


def _cut_ticket(state: State, row: TicketRow, one: Difference, part: Decimal, *, now: int) -> Steps:
    account, instrument, strategy = row.account, row.instrument, row.strategy
    yield r.ShareCut(
        at_ns=now,
        account=account,
        instrument=instrument,
        strategy=strategy,
        quantity=part,
        price=state.positions[account, instrument, strategy].average_price,
        ticket=row.ticket,
    )
    where = f"{one.key} in account:{account}"
    value, limit = plain(abs(part)), plain(abs(row.quantity + part))
    yield r.AlarmRaised(at_ns=now, code="share_cut", value=value, limit=limit, where=where)
    over = too_many(state, account, instrument, strategy=strategy, ticket=row.ticket)
    yield from cancel_orders(reversed(over), now, by="bridge", reason="share_cut")


def shares_of(state: State, account: str, instrument: str) -> list[Position]:
    """Return what strategies hold, by their names."""
    names = sorted(state.strategies_at.get((account, instrument), {}))
    owners = (name for name in names if name != EXTERNAL)
    found = [state.positions.get((account, instrument, name)) for name in owners]
    return [one for one in found if one is not None and one.quantity]


def parts(surplus: Decimal, held: list[Decimal], step: Decimal) -> list[Decimal]:
    """Split what has to be taken among holders, by what each holds: whole steps, the rest to the
    largest remainders. Nobody gives more than it has."""
    total = sum(held, ZERO)
    assert ZERO < surplus <= total, "there is enough to take"
    exact = [ratio(surplus * one, total) for one in held]
    taken = [floor_to(one, step) for one in exact]
    left = surplus - sum(taken, ZERO)
    order = sorted(range(len(held)), key=lambda at: (taken[at] - exact[at], at))
    while left > ZERO:
        for at in order:
            more = min(step, left, held[at] - taken[at])
            taken[at] += more
            left -= more
    return taken


def _cut(state: State, held: list[tuple[Position, Decimal]], surplus: Decimal, now: int) -> Steps:
    """Take from each share its part, by what is held of it for certain, and end the exits that
    stand for more than is left."""
    shares = [share for share, _ in held]
    instrument = state.facts.setup.instruments.get(shares[0].instrument)
    step = instrument.lot_step if instrument is not None else surplus
    taken = parts(surplus, [quantity for _, quantity in held], step)
    for share, part in zip(shares, taken, strict=True):
        if part:
            yield r.ShareCut(
                at_ns=now,
                account=share.account,
                instrument=share.instrument,
                strategy=share.strategy,
                quantity=-part if share.quantity > ZERO else part,
                price=share.average_price,
            )
            yield from trim_exits(state, share, now, reason="share_cut")


def trim_exits(state: State, share: Position, now: int, *, reason: str) -> Steps:
    """Ask for the end of exits, the newest first, that close more than their owner holds now. What
    is held is cut when it is released."""
    key = (share.account, share.instrument, share.strategy)
    left = abs(state.positions[key].quantity)
    closing = Side.SELL if share.quantity > ZERO else Side.BUY
    exits = [
        order
        for order in (state.orders[name] for name in state.working.get(key, ()))
        if order.reduce_only and order.side is closing and order.state is not OrderState.HELD
        if not order.pending_cancel and not order.rests
    ]
    for order in sorted(exits, key=lambda one: one.number):
        if order.leaves <= left:
            left -= order.leaves
        else:
            yield from cancel_orders([order], now, by="bridge", reason=reason)


def _without_ticket(state: State, share: Position, now: int) -> Steps:
    """Ask for the end of exits whose tickets their owner does not hold any more."""
    key = (share.account, share.instrument, share.strategy)
    orders = [state.orders[name] for name in state.working.get(key, ())]
    for ticket in sorted({order.closes for order in orders if order.closes}):
        over = too_many(state, *key[:2], strategy=key[2], ticket=ticket)
        yield from cancel_orders(over, now, by="bridge", reason="position_moved")


# --- a person's acts ------------------------------------------------------------------------------


def accept(state: State, command: AcceptReconciliation, now: int) -> Decision:
    """Take a person's word that the venue is right: the next picture settles what differs."""
    account = command.account
    if account not in state.facts.setup.accounts:
        return Denied(code="account_unknown", value=account)
    if not command.reason.strip():
        return Denied(code="reason_missing", value=f"account:{account}")
    waits = any(row.account == account and not row.accepted for row in state.mismatches.values())
    if not waits and not state.accounts[account].differs_ns:
        return Denied(code="nothing_differs", value=account)
    yield r.ReconciliationAccepted(at_ns=now, account=account, by=command.by, reason=command.reason)
    return Done()


def adopt(state: State, command: AdoptPosition, now: int) -> Decision:
    """Give a strategy what the venue holds and nobody owns."""
    return (yield from _move(state, command, EXTERNAL, command.strategy, now=now))


def assign(state: State, command: AssignPosition, now: int) -> Decision:
    """Give one strategy's position to another one, or to nobody."""
    return (yield from _move(state, command, command.source, command.target, now=now))


def _move(
    state: State, command: AdoptPosition | AssignPosition, source: str, target: str, *, now: int
) -> Decision:
    denied = _objection(state, command, source, target)
    if denied is not None:
        return denied
    account, instrument = command.account, command.instrument
    position = state.positions[account, instrument, source]
    asked = abs(position.quantity) if command.quantity is None else command.quantity
    yield r.PositionMoved(
        at_ns=now,
        account=account,
        instrument=instrument,
        source=source,
        target=target,
        quantity=asked if position.quantity > ZERO else -asked,
        price=position.average_price,
        by=command.by,
        reason=command.reason,
    )
    ended: list[str] = []
    cuts = trim_exits(state, position, now, reason="position_moved")
    for item in chain(cuts, _without_ticket(state, position, now)):
        yield item
        if isinstance(item, r.OrderChanged):
            ended.append(item.order)
    return Done(orders=tuple(ended))


def _objection(
    state: State, command: AdoptPosition | AssignPosition, source: str, target: str
) -> Denied | None:
    """Say what stands against a move, or nothing."""
    account, instrument, asked = command.account, command.instrument, command.quantity
    where = f"{instrument} in account:{account}"
    if account not in state.facts.setup.accounts:
        return Denied(code="account_unknown", value=account)
    if not command.reason.strip():
        return Denied(code="reason_missing", value=where)
    if target != EXTERNAL and target not in state.facts.setup.strategies:
        return Denied(code="strategy_unknown", value=target)
    position = state.positions.get((account, instrument, source))
    if position is None or not position.quantity or source == target:
        return Denied(code="nothing_to_move", value=source or "nobody of ours", where=where)
    if asked is not None and not ZERO < asked <= abs(position.quantity):
        most = plain(abs(position.quantity))
        return Denied(code="move_over_position", value=plain(asked), limit=most, where=where)
    other = state.positions.get((account, instrument, target))
    if target != EXTERNAL and other is not None and other.quantity * position.quantity < ZERO:
        value = plain(other.quantity)
        return Denied(code="move_opposed", value=value, limit=target, where=where)
    return None
