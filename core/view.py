"""The view: what the outside looks like now. Handed to decisions, copied where it mattered, never
folded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from core.market import Market
from core.reports import AccountMark, Quote

READINGS_TO_TRIP: Final = 3
"""Equal verdicts of consecutive equity readings before a loss limit latches: one bad tick must not
stop a day."""


NETWORK: Final = ""
"""The time servers, as a source of ``View.clocks``: no account has this name."""


class ClockReading(msgspec.Struct, frozen=True, gc=False):
    """How far our clock is ahead of a source (negative: behind), and when that was found."""

    ahead_ns: int
    at_ns: int


class Standing(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An account's newest own figures, and of its last ``READINGS_TO_TRIP`` readings, newest last,
    the equities, the balances and, of a wallet, the money."""

    mark: AccountMark
    equities: tuple[Decimal, ...]
    balances: tuple[Decimal, ...] = ()
    cashes: tuple[Decimal | None, ...] = ()


class Prices(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What one market told, by instrument: the newest quotes, what the last ones are worth, and the
    quote before the newest."""

    quotes: Mapping[str, Quote] = {}
    markets: Mapping[str, Market] = {}
    earlier: Mapping[str, Quote] = {}


class View(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Quotes by instrument and standings by account. ``durable``: the store takes appends now.

    ``markets``: what the last quotes of each instrument are worth; without it a quote is judged by
    itself. ``clocks``: by source, an account or ``NETWORK``. ``clock_until_ns``: our clock was set,
    and until then it is not believed. ``earlier``: the quote before the newest. ``own``: the prices
    of accounts whose venue has a market of its own; all others share the ones here.
    """

    quotes: Mapping[str, Quote] = {}
    standings: Mapping[str, Standing] = {}
    durable: bool = True
    markets: Mapping[str, Market] = {}
    clocks: Mapping[str, ClockReading] = {}
    clock_until_ns: int = 0
    earlier: Mapping[str, Quote] = {}
    own: Mapping[str, Prices] = {}

    def at(self, account: str) -> Prices | View:
        """Return the prices at which this account trades: another venue's say nothing there."""
        return self.own.get(account, self)
