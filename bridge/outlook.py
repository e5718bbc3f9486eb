"""The outlook: the newest quotes, account figures and clocks, as the view that decisions look at.

Rules of this file
1. What comes is judged when it comes, so that a decision only looks it up.
2. Everything here is bounded by the instruments and accounts of the configuration.
3. A price belongs to a market. An account at an exchange has the prices that its own venue told it,
   and the paper accounts share theirs: no quote of one is ever a reference for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from core.instruments import Instrument
from core.market import UNSEEN, Market, judge_quote
from core.reports import AccountMark, Quote
from core.view import READINGS_TO_TRIP, ClockReading, Prices, Standing, View

OVERTAKEN_NS: Final = 2_000_000_000
"""A quote that is older than the one before by less than this was overtaken on its way. By more:
the venue's clock was set, and its quotes go on."""


class _Told:
    """The prices of one market, as they come in."""

    def __init__(self) -> None:
        self.quotes: dict[str, Quote] = {}
        self.earlier: dict[str, Quote] = {}
        self.markets: dict[str, Market] = {}

    def prices(self) -> Prices:
        """Return them for decisions: the tables themselves, which go on changing."""
        return Prices(quotes=self.quotes, markets=self.markets, earlier=self.earlier)


class Outlook:
    """What the venues told last. Lives on the event loop. ``own``: the accounts whose venue has a
    market of its own."""

    def __init__(self, instruments: Mapping[str, Instrument], own: Iterable[str] = ()) -> None:
        self._instruments = instruments
        self._shared = _Told()
        self._own = {account: _Told() for account in own}
        self._standings: dict[str, Standing] = {}
        self._clocks: dict[str, ClockReading] = {}
        self._views: dict[bool, View] = {}
        self.doubt_clock(0)

    def quotes_at(self, account: str) -> Mapping[str, Quote]:
        """Return the newest quotes of the market in which an account trades."""
        return self._own.get(account, self._shared).quotes

    @property
    def standings(self) -> Mapping[str, Standing]:
        """Return the newest figures of each account."""
        return self._standings

    @property
    def clocks(self) -> Mapping[str, ClockReading]:
        """Return how far our clock is from each source."""
        return self._clocks

    def take_quote(self, quote: Quote, account: str) -> None:
        """Keep a quote that an account's venue told, and judge it by those before. One that was
        overtaken says nothing."""
        name, told = quote.instrument, self._own.get(account, self._shared)
        before = told.quotes.get(name)
        if before is not None and 0 < before.at_ns - quote.at_ns < OVERTAKEN_NS:
            return
        market = told.markets.get(name, UNSEEN)
        told.markets[name] = judge_quote(market, quote, self._instruments.get(name))
        if before is not None:
            told.earlier[name] = before
        told.quotes[name] = quote

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
        shared, own = self._shared, {name: told.prices() for name, told in self._own.items()}
        self._views = {
            durable: View(
                quotes=shared.quotes,
                standings=self._standings,
                durable=durable,
                markets=shared.markets,
                clocks=self._clocks,
                clock_until_ns=until_ns,
                earlier=shared.earlier,
                own=own,
            )
            for durable in (True, False)
        }

    def view(self, *, durable: bool) -> View:
        """Return the view as it is now. It looks at the tables themselves: use it at once."""
        return self._views[durable]
