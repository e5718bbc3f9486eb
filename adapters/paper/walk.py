"""A synthetic market: a seeded random walk of one instrument.

Rules of this file
1. The same settings and seed give the same ticks on every machine: draws are whole numbers, sums
   are Decimal.
2. Every price is a positive whole number of ticks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from adapters.paper.chance import BELL_DEVIATION, bell
from adapters.paper.settings import SettingInvalid
from core.instruments import Instrument
from core.money import ZERO, round_to

YEAR_MS: Final = Decimal(365 * 86_400 * 1_000)
"""Milliseconds of a year, the time to which a volatility refers. The walk knows no weekends."""

INTERVAL_MS_MIN: Final = 10
"""Shortest time between two ticks: a hundred a second per instrument is more than a retail feed
sends."""

PRICE_STEP: Final = Decimal("1e-12")
"""How exactly the hidden price is kept between ticks: finer than any tick, and its digits stay
bounded."""


class Tick(NamedTuple):
    """One quote of a market, ``after_ns`` from the start of its stream."""

    after_ns: int
    instrument: str
    bid: Decimal
    ask: Decimal
    last: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkSettings:
    """One instrument's walk.

    ``price_start``: its first middle. ``volatility_percent``: standard deviation of a year's
    change, in percent of the price (EURUSD has about 7, an index future 20, Bitcoin 60).
    ``spread_ticks``: ask less bid.
    ``interval_ms``: time between two quotes. ``seed``: another seed, another walk.
    """

    price_start: Decimal
    volatility_percent: Decimal = Decimal(20)
    spread_ticks: int = 2
    interval_ms: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be walked: the field is named."""
        if not (self.price_start.is_finite() and self.price_start > ZERO):
            raise SettingInvalid("price_start", self.price_start, "a price above 0")
        if not (self.volatility_percent.is_finite() and 0 <= self.volatility_percent <= 1_000):
            raise SettingInvalid("volatility_percent", self.volatility_percent, "0 to 1000")
        if not 0 <= self.spread_ticks <= 10_000:
            raise SettingInvalid("spread_ticks", self.spread_ticks, "0 to 10000")
        if not INTERVAL_MS_MIN <= self.interval_ms <= 3_600_000:
            raise SettingInvalid("interval_ms", self.interval_ms, f"{INTERVAL_MS_MIN} to 3600000")


class Walk:
    """The endless stream of one instrument."""

    def __init__(self, instrument: Instrument, settings: WalkSettings) -> None:
        self.instrument = instrument
        self.settings = settings
        self._start = settings.price_start

    @property
    def names(self) -> frozenset[str]:
        """Return the instruments that have quotes here."""
        return frozenset((self.instrument.name,))

    def resume(self, instrument: str, price: Decimal) -> None:
        """Start at this price instead: a restart then does not move the market away from what is
        held.
        """
        if instrument == self.instrument.name and price > ZERO:
            self._start = price

    def ticks(self) -> Iterator[Tick]:
        """Walk from the start price."""
        name, tick, settings = self.instrument.name, self.instrument.tick, self.settings
        share_of_year = Decimal(settings.interval_ms) / YEAR_MS
        deviation = settings.volatility_percent / 100 * share_of_year.sqrt() / BELL_DEVIATION
        spread = settings.spread_ticks * tick
        middle, count, interval_ns = self._start, 0, settings.interval_ms * 1_000_000
        while True:
            bid = max(round_to(middle - spread / 2, tick), tick)
            yield Tick(
                count * interval_ns, name, bid, bid + spread, max(round_to(middle, tick), tick)
            )
            count += 1
            step = middle * deviation * bell(settings.seed, name, count)
            middle = max((middle + step).quantize(PRICE_STEP), tick)
