"""Venues: from the configuration to one venue for each account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from adapters.paper.market import Market, Source
from adapters.paper.recording import Recording
from adapters.paper.venue import PaperVenue
from adapters.paper.walk import Walk
from adapters.paper.weather import Weather
from adapters.port import Venue
from bridge import policies
from bridge.config.values import Config

if TYPE_CHECKING:
    from adapters.ccxt.venue import CcxtVenue


def venues_of(config: Config, clock: Callable[[], int]) -> dict[str, Venue]:
    """Make the venue of each account. Nothing is connected yet."""
    market = _market(config, clock)
    venues: dict[str, Venue] = {}
    # They share one market: one of them tells it, best one whose link is not dropped on purpose.
    steady = [name for name, paper in config.paper.items() if not paper.drop_link_every_s]
    teller = next(iter(steady or config.paper), None)
    if config.exchanges:
        venues |= exchange_venues(config, clock)
    for name in config.paper:
        settings = config.paper[name]
        venue = PaperVenue(
            account=name,
            instruments=config.setup.instruments,
            settings=settings,
            market=market,
            ledger_path=config.data / f"paper-{name}.sqlite",
            clock=clock,
            tells_quotes=name == teller,
        )
        venues[name] = Weather(venue, settings, clock) if settings.bad_days else venue
    return venues


def _market(config: Config, clock: Callable[[], int]) -> Market:
    """Make the one market of all paper accounts: a recording where there is one, walks for what is
    configured."""
    instruments = config.setup.instruments
    sources: list[Source] = [
        Walk(instruments[name], settings) for name, settings in config.market.walks.items()
    ]
    if config.market.recording is not None:
        recording = Recording(
            config.market.recording,
            instruments,
            speed=config.market.speed,
            repeat=config.market.repeat,
        )
        sources.append(recording)
    return Market(sources, clock)


def exchange_venues(config: Config, clock: Callable[[], int]) -> dict[str, CcxtVenue]:
    """Make the accounts at crypto exchanges. Those of one venue share what it grants them."""
    from adapters.ccxt.traffic import Limiters  # half a second that only such accounts cost
    from adapters.ccxt.venue import CcxtVenue

    limiters = Limiters()
    return {
        name: CcxtVenue(
            account=name,
            instruments=config.setup.instruments,
            settings=settings,
            clock=clock,
            limiters=limiters,
            again=policies.read_again,
        )
        for name, settings in config.exchanges.items()
    }
