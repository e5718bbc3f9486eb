"""The outlook: the newest quotes and account figures, as the view that decisions look at."""

from __future__ import annotations

from collections.abc import Mapping

from core.reports import AccountMark, Quote
from core.view import READINGS_TO_TRIP, Standing, View


class Outlook:
    """What the venues told last. Lives on the event loop; bounded by the instruments and accounts
    configured."""

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}
        self._standings: dict[str, Standing] = {}
        self._views = {
            durable: View(quotes=self._quotes, standings=self._standings, durable=durable)
            for durable in (True, False)
        }

    @property
    def quotes(self) -> Mapping[str, Quote]:
        """Return the newest quote of each instrument."""
        return self._quotes

    @property
    def standings(self) -> Mapping[str, Standing]:
        """Return the newest figures of each account."""
        return self._standings

    def take_quote(self, quote: Quote) -> None:
        """Keep a quote."""
        self._quotes[quote.instrument] = quote

    def take_mark(self, mark: AccountMark) -> None:
        """Keep an account's figures, and the readings before."""
        before = self._standings.get(mark.account)
        equities = (*(before.equities if before is not None else ()), mark.equity)
        self._standings[mark.account] = Standing(mark=mark, equities=equities[-READINGS_TO_TRIP:])

    def view(self, *, durable: bool) -> View:
        """Return the view as it is now. It looks at the tables themselves: use it at once."""
        return self._views[durable]
