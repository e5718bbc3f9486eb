"""The venue port: what every platform that fills orders offers to the bridge.

Rules of this file
1. A venue never decides. It carries orders out, and says what the platform said.
2. Errors are kinds, not classes: the kind says what the bridge may do next. The default is
   ``UNKNOWN``.
3. Everything a venue has to say comes through one sink, in the order in which the platform said it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from core.cash_rows import CashKind
from core.orders import Order, Terms
from core.reports import AccountMark, Quote, Report, VenueOrder, VenueSnapshot


class TroubleKind(StrEnum):
    """What a failed call proves, and so what may be done about it."""

    NOT_SENT = "not_sent"  # proven not to have left: the same id may go again
    REFUSED = "refused"  # proven refused: final
    UNKNOWN = "unknown"  # nothing proven: the default
    THROTTLED = "throttled"  # proven refused for its rate: the same id again after ``until_ns``
    MAINTENANCE = "maintenance"  # proven refused, the venue is closed until ``until_ns``
    FATAL = "fatal"  # authentication, account closed: a person is needed
    INTERFACE_CHANGED = "interface_changed"  # it no longer speaks as we know it: entries stop


@dataclass(frozen=True, slots=True)
class Trouble:
    """A call that did not end well. ``code`` is the platform's own or ours; ``text`` is redacted
    and for people. ``transient``: refused for a reason that is known to pass; a new order may be
    tried. ``orders_only``: what has to wait are orders; cancels and questions may go."""

    kind: TroubleKind
    code: str
    text: str
    until_ns: int | None = None
    transient: bool = False
    orders_only: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    """The platform does not show an order. What that proves depends on how it was asked.

    ``calls``: what was asked, in the platform's own words. ``covers_closed``: they would have shown
    an order that is over. ``canary``: the recent order of ours that the same calls did show, empty
    when there was none. ``conclusive``: the platform's own books, without any lag: absence is
    proven.
    """

    calls: tuple[str, ...]
    covers_closed: bool
    canary: str = ""
    conclusive: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a venue can do. The bridge asks here and never by the venue's name."""

    order_types: frozenset[str]
    lookup_by_order_id: bool
    """An order is found by our id, also when it is over."""
    ids_unique_for_ever: bool
    """The same id sent twice makes one order, also after years: only then may an unproven order go
    again."""
    replace: bool
    reduce_only: bool
    live: bool
    """Real money. Paper and simulated venues say False."""
    heartbeat_ms: int = 0
    """While the link is whole it says something at least so often; 0: silence says nothing."""
    linked_legs: bool = False
    """It links the stop and the targets of one position itself: what one of them fills, the others
    lose in the same moment."""
    attached_stop: bool = False
    """An entry can carry a stop that the platform keeps for what the entry opened, also while
    nobody of ours is there."""
    hedging: bool = False
    """Each entry is a position of its own, with a ticket; opposite ones stand side by side."""
    values_min: Mapping[str, Decimal] | None = None
    """By instrument, what an order is worth at least, in the instrument's currency; ``None``: the
    venue has not told yet."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The connection of one account came up or went away; ``reason`` is for people."""

    account: str
    up: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The link is whole. ``venue_ns``: the platform's own clock when it said so, 0 when it does not
    tell."""

    account: str
    venue_ns: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the platform said was missed: only a new snapshot tells how things stand."""

    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class Booked:
    """Money that the platform moved beside fills. ``amount``: into the account, negative when it
    went out. ``id``: the platform's own, by which it is booked once."""

    account: str
    id: str
    kind: CashKind
    amount: Decimal
    currency: str
    at_ns: int
    note: str = ""


VenueEvent = Report | Quote | AccountMark | LinkChanged | Heartbeat | Gap | Booked
Sink = Callable[[VenueEvent], None]
"""Takes one event, never blocks, never raises. Called on the event loop's thread."""


class Venue(Protocol):
    """One account at one platform. Created cold; ``connect`` starts it, ``close`` ends it. Used on
    one event loop."""

    account: str
    capabilities: Capabilities

    async def connect(self, sink: Sink) -> Trouble | None:
        """Connect and begin to tell. ``None``: connected."""
        ...

    async def close(self) -> None:
        """Stop telling and let go of everything. A second call does nothing."""
        ...

    async def submit(self, order: Order) -> Trouble | None:
        """Hand one order over under its own id. ``None``: the platform has it; what becomes of it
        comes as reports."""
        ...

    async def cancel(self, order: Order) -> Trouble | None:
        """Ask for the cancel of what is left. ``None``: asked; the end comes as a report."""
        ...

    async def replace(self, order: Order, terms: Terms) -> Trouble | None:
        """Ask for new terms of a working order, all of them absolute. ``None``: asked; a replaced
        or replace_rejected report follows. Asked only where ``capabilities.replace``."""
        ...

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Search for an order in every way that the platform has: by our id, among open and closed
        orders, among fills. ``canary``: a recent order of ours that the same calls should show.
        """
        ...

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Read working orders, positions, money, and our fills since a time."""
        ...
