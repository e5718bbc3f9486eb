"""Crossings: legs of a group that were asked for, or got new terms, while another one of it filled.

Rules of this file
1. A venue that links legs cuts those that it has, by what each has then. What arrives a moment
   later was judged before: it is too large by just that, and nobody can call it back.
2. Whether it was judged before is counted: the venue had filled more of the group than the journal
   knew. Nothing else is a crossing.
3. It is over with the next terms that were judged with all of it known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.simulated.rows import Ticket
from core.money import ZERO
from core.orders import Order, Terms

if TYPE_CHECKING:
    from decimal import Decimal

    from tests.simulation.world import World


class Crossings:
    """All legs of one world that are too large by what their venue filled meanwhile."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._knew: dict[tuple[str, Terms], Decimal] = {}
        """By leg and terms: what its group had filled by the journal when these were judged."""
        self._crossed: set[str] = set()

    def judged(self, order: Order, terms: Terms) -> None:
        """A leg is asked for, or new terms of it are."""
        if order.group:
            orders = self._world.auditor.orders.values()
            same = (known.filled for known in orders if known.order.group == order.group)
            self._knew[order.order, terms] = sum(same, ZERO)

    def arrives(self, account: str, ticket: Ticket) -> None:
        """A leg, or its new terms, are at the venue."""
        if not ticket.group:
            return
        tickets = self._world.accounts[account].exchange.tickets
        filled = sum((one.filled for one in tickets if one.group == ticket.group), ZERO)
        terms = Terms(quantity=ticket.quantity, price=ticket.price, trigger=ticket.trigger)
        if filled > self._knew.get((ticket.order, terms), filled):
            self._crossed.add(ticket.order)
            self._world.coverage["legs_crossed"] += 1
        else:
            self._crossed.discard(ticket.order)

    def has(self, ticket: Ticket) -> bool:
        """Say whether a leg is too large as its group filled while it was on its way."""
        return ticket.order in self._crossed
