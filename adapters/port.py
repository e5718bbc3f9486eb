"""The venue port: what every platform that fills orders offers to the bridge.

Rules of this file
1. A venue never decides. It carries orders out, and says what the platform said.
2. Errors are kinds, not classes: the kind says what the bridge may do next. The default is
   ``UNKNOWN``.
3. Everything a venue has to say comes through one sink, in the order in which the platform said it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.orders import Order
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
    and for people."""

    kind: TroubleKind
    code: str
    text: str
    until_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a venue can do. The bridge asks here and never by the venue's name."""

    order_types: frozenset[str]
    lookup_by_order_id: bool
    ids_unique_for_ever: bool
    """The same id sent twice makes one order, also after years: only then may an unproven order go
    again."""
    replace: bool
    reduce_only: bool
    live: bool
    """Real money. Paper and simulated venues say False."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The connection of one account came up or went away; ``reason`` is for people."""

    account: str
    up: bool
    reason: str


VenueEvent = Report | Quote | AccountMark | LinkChanged
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

    async def lookup(self, order: str) -> VenueOrder | Trouble | None:
        """Ask for an order by our id, even a closed one. ``None``: the platform knows none."""
        ...

    async def snapshot(self) -> VenueSnapshot | Trouble:
        """Read working orders, positions and money."""
        ...
