"""The guard: tells the core what its venues can do, and when a quote concerns a protection.

Rules of this file
1. It decides nothing. Most quotes concern no level, and of those the writer hears nothing.
2. One question an instrument is under way; the answer looks at the newest quote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from adapters.port import Capabilities, Venue
from bridge.outlook import Outlook
from bridge.writer import Writer
from core import commands as c
from core.abilities import Abilities
from core.orders import OrderType
from core.watching import concerns

_NOTHING: Final[Mapping[str, Decimal]] = {}


def abilities_of(able: Capabilities, known: Mapping[str, Decimal] = _NOTHING) -> Abilities:
    """Say in the words of the core what a venue can do. ``known``: the smallest values that it told
    before, which hold until it tells them again."""
    return Abilities(
        order_types=tuple(kind for kind in OrderType if kind in able.order_types),
        replace=able.replace,
        reduce_only=able.reduce_only,
        linked_legs=able.linked_legs,
        attached_stop=able.attached_stop,
        hedging=able.hedging,
        live=able.live,
        values_min=dict(known if able.values_min is None else able.values_min),
    )


class Guard:
    """One per link, on the event loop."""

    def __init__(
        self, venue: Venue, writer: Writer, outlook: Outlook, clock: Callable[[], int]
    ) -> None:
        self._venue, self._writer = venue, writer
        self._outlook, self._clock = outlook, clock
        self._asked: set[str] = set()

    def describe(self) -> None:
        """Tell the core what the venue can do, before anything comes from there, and again when it
        is connected: some of it is known only then."""
        row = self._writer.state.accounts.get(self._venue.account)
        known = row.abilities.values_min if row is not None else _NOTHING
        able = abilities_of(self._venue.capabilities, known)
        self._writer.tell(c.DescribeVenue(account=self._venue.account, abilities=able))

    def look(self, instrument: str) -> None:
        """Hand the newest quote of an instrument in when it reaches or moves a level."""
        writer = self._writer
        if instrument in self._asked or not writer.state.plans_at.get(instrument):
            return
        view = self._outlook.view(durable=writer.durable)
        if concerns(writer.state, view, instrument, self._clock()):
            self._asked.add(instrument)
            command = c.ObserveMarket(instrument=instrument)
            writer.ask(command).add_done_callback(lambda _: self._asked.discard(instrument))
