"""The outlook: the newest quotes, account figures and clocks, as the view that decisions look at.

Rules of this file
1. What comes is judged when it comes, so that a decision only looks it up.
2. Everything here is bounded by the instruments and accounts of the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.instruments import Instrument
from core.market import UNSEEN, Market, judge_quote
from core.reports import AccountMark, Quote
from core.view import READINGS_TO_TRIP, ClockReading, Standing, View

OVERTAKEN_NS: Final = 2_000_000_000
"""A quote that is older than the one before by less than this was overtaken on its way. By more:
the venue's clock was set, and its quotes go on."""


class Outlook:
    """What the venues told last. Lives on the event loop."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = instruments
        self._quotes: dict[str, Quote] = {}
        self._earlier: dict[str, Quote] = {}
        self._markets: dict[str, Market] = {}
        self._standings: dict[str, Standing] = {}
        self._clocks: dict[str, ClockReading] = {}
        self._views: dict[bool, View] = {}
        self.doubt_clock(0)

    @property
    def quotes(self) -> Mapping[str, Quote]:
        """Return the newest quote of each instrument."""
        return self._quotes

    @property
    def standings(self) -> Mapping[str, Standing]:
        """Return the newest figures of each account."""
        return self._standings

    @property
    def markets(self) -> Mapping[str, Market]:
        """Return what the last quotes of each instrument are worth."""
        return self._markets

    @property
    def clocks(self) -> Mapping[str, ClockReading]:
        """Return how far our clock is from each source."""
        return self._clocks

    def take_quote(self, quote: Quote) -> None:
        """Keep a quote, and judge it by those before. One that was overtaken says nothing."""
        name = quote.instrument
        before = self._quotes.get(name)
        if before is not None and 0 < before.at_ns - quote.at_ns < OVERTAKEN_NS:
            return
        market = self._markets.get(name, UNSEEN)
        self._markets[name] = judge_quote(market, quote, self._instruments.get(name))
        if before is not None:
            self._earlier[name] = before
        self._quotes[name] = quote

    def take_mark(self, mark: AccountMark) -> None:
        """Keep an account's figures, and the readings before."""
        before = self._standings.get(mark.account)
        equities = (*(before.equities if before is not None else ()), mark.equity)
        balances = (*(before.balances if before is not None else ()), mark.balance)
        cashes = (*(before.cashes if before is not None else ()), mark.cash)
        self._standings[mark.account] = Standing(
            mark=mark,
            equities=equities[-READINGS_TO_TRIP:],
            balances=balances[-READINGS_TO_TRIP:],
            cashes=cashes[-READINGS_TO_TRIP:],
        )

    def take_clock(self, source: str, reading: ClockReading | None) -> None:
        """Keep how far our clock is from a source; ``None``: what was known does not hold."""
        if reading is None:
            self._clocks.pop(source, None)
        else:
            self._clocks[source] = reading

    def doubt_clock(self, until_ns: int) -> None:
        """Believe our own clock only from then on; 0: now."""
        self._views = {
            durable: View(
                quotes=self._quotes,
                standings=self._standings,
                durable=durable,
                markets=self._markets,
                clocks=self._clocks,
                clock_until_ns=until_ns,
                earlier=self._earlier,
            )
            for durable in (True, False)
        }

    def view(self, *, durable: bool) -> View:
        """Return the view as it is now. It looks at the tables themselves: use it at once."""
        return self._views[durable]
