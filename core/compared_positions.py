"""Positions compared: what a venue holds against our shares and the external row, instrument by
instrument; on a hedging account ticket by ticket.

Rules of this file
1. A position is judged only as far as no order that is in doubt can explain it
   (``core.unheard``): the rest is followed, what it may explain waits.
2. Positions of all strategies and of the external row count together: a venue knows no owners.
3. A ticket can be closed by an order that closes it, and opened by an entry; nothing else of ours
   changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from core.differences import Difference
from core.legs import abilities_of
from core.mismatches import Kind
from core.money import ZERO, plain
from core.orders import Order, OrderState, Purpose
from core.reports import VenueSnapshot
from core.spot import is_minor, is_young, may_be_fees, untold
from core.state import FLAT, State
from core.tickets import is_hedging
from core.unheard import NOTHING, Unheard, by_others, is_explained, of_order, together

AT_VENUE: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
"""States in which a venue has shown an order at work."""

Found = tuple[list[Difference], set[str]]
"""What differs, and the instruments of which nobody can say."""


def compare_positions(
    state: State, picture: VenueSnapshot, left_out: frozenset[str], asked_ns: int
) -> Found:
    """Compare positions, as far as the picture can be believed and nothing explains them."""
    if is_hedging(state, picture.account) and all(row.ticket for row in picture.positions):
        return _by_ticket(state, picture, left_out)
    return _by_net(state, picture, left_out, asked_ns)


def _by_net(state: State, picture: VenueSnapshot, left_out: frozenset[str], asked_ns: int) -> Found:
    account = picture.account
    theirs: dict[str, Decimal] = {}
    prices: dict[str, Decimal] = {}
    for row in picture.positions:
        theirs[row.instrument] = theirs.get(row.instrument, ZERO) + row.quantity
        prices[row.instrument] = row.average_price
    unsure: set[str] = set()
    found: list[Difference] = []
    for name in sorted({*theirs, *state.exposed.get(account, {})} - left_out):
        ours = state.exposures.get((account, name), FLAT).net
        shown = theirs.get(name, ZERO)
        if shown == ours:
            continue
        unheard = _unheard(state, picture, name)
        every = together(one for _, one in unheard)
        if is_explained(ours, shown, every):
            unsure.add(name)
            continue
        amount = by_others(ours, shown, every)
        fees = untold(state, account, name)
        by_fees = may_be_fees(fees, amount)
        if by_fees and is_young(fees, asked_ns):
            unsure.add(name)
            continue
        found.append(
            Difference(
                Kind.POSITION,
                name,
                name,
                plain(ours),
                plain(shown),
                plain(shown - ours),
                amount=amount,
                price=prices.get(name, ZERO),
                minor=by_fees or is_minor(state, account, name, amount),
                net=shown,
                unheard=unheard,
            )
        )
    return found, unsure


def _unheard(
    state: State, picture: VenueSnapshot, instrument: str
) -> tuple[tuple[str, Unheard], ...]:
    """Return what orders of each owner may have done without our knowing it."""
    keeps = abilities_of(state, picture.account).reduce_only
    owners: dict[str, Unheard] = {}
    for order in _doubtful(state, picture, instrument):
        one = of_order(order.side, order.leaves, closing=keeps and order.venue_reduce_only)
        owners[order.strategy] = together((owners.get(order.strategy, NOTHING), one))
    return tuple(sorted(owners.items()))


def _doubtful(state: State, picture: VenueSnapshot, instrument: str) -> Iterator[Order]:
    """Yield the orders that may have traded without our knowing it.

    What works at the venue is known where it shows the order with what we know of it.
    """
    counted = {shown.order: shown.filled for shown in picture.orders}
    for name in state.alive:
        order = state.orders[name]
        if (order.account, order.instrument) != (picture.account, instrument):
            continue
        if order.state in AT_VENUE and counted.get(name) == order.filled:
            continue
        if order.state is not OrderState.HELD:
            yield order


# --- ticket by ticket -----------------------------------------------------------------------------


def _by_ticket(state: State, picture: VenueSnapshot, left_out: frozenset[str]) -> Found:
    shown = {row.ticket: row for row in picture.positions}
    ours: dict[str, tuple[str, Decimal]] = {}
    for row in state.tickets.values():
        if row.account == picture.account:
            _, before = ours.get(row.ticket, ("", ZERO))
            ours[row.ticket] = (row.instrument, before + row.quantity)
    unsure: set[str] = set()
    found: list[Difference] = []
    for ticket in sorted({*shown, *ours}):
        there = shown.get(ticket)
        name, held = ours.get(ticket, (there.instrument if there is not None else "", ZERO))
        quantity = there.quantity if there is not None else ZERO
        if quantity == held or name in left_out:
            continue
        unheard = _of_ticket(state, picture, name, ticket)
        if is_explained(held, quantity, unheard):
            unsure.add(name)
            continue
        found.append(
            Difference(
                Kind.POSITION,
                f"{name} #{ticket}",
                name,
                plain(held),
                plain(quantity),
                plain(quantity - held),
                amount=by_others(held, quantity, unheard),
                price=there.average_price if there is not None else ZERO,
                ticket=ticket,
            )
        )
    return found, unsure


def _of_ticket(state: State, picture: VenueSnapshot, instrument: str, ticket: str) -> Unheard:
    """Return what orders may have done to a ticket: entries open one, and what closes it names
    it."""
    known = any(row.ticket == ticket for row in state.tickets.values())
    return together(
        of_order(order.side, order.leaves)
        for order in _doubtful(state, picture, instrument)
        if order.closes == ticket
        or (order.purpose is Purpose.ENTRY and not (known and order.filled == ZERO))
    )
