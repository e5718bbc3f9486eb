"""How a paper account behaves: its money, its costs, its delays, its bad days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from core.money import ZERO

ONE: Final = Decimal(1)

LAG_MS_MAX: Final = 60_000
"""Oldest books that are shown: the bridge gives an order a minute of doubt before it believes that
it is not there."""

OUTAGE_S_MIN: Final = Decimal("0.001")
OUTAGE_S_MAX: Final = 86_400
"""Shortest drop of a link, the least that can be seen; longest drop, and longest time between two:
a day."""

BAD_DAYS: Final = (
    "lose_reply_probability",
    "lose_request_probability",
    "lose_report_probability",
    "visibility_lag_ms",
    "drop_link_every_s",
)
"""The settings that make an account behave badly on purpose; zero is off."""

CHUNKS_MAX: Final = 100
"""Executions of one chunked order at most: each is a row kept for ever, and one quote apart."""

LATENCY_MS_MAX: Final = 60_000
"""Longest simulated way to the venue: above a minute every bridge has given up on the order."""


class SettingInvalid(ValueError):
    """A setting is outside its range. ``field`` is its name, the text says the range."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(f"{name} = {value}: expected {wanted}")
        self.field = name


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSettings:
    """One paper account. The default is a perfect broker: no delay, no cost, no reject, whole
    fills.

    ``currency``: of the account. ``balance_start``: in that currency, used when the ledger is new.
    ``rates``: value of one unit of another currency in the account's currency, for instruments
    priced in it.
    ``spread_markup_ticks``: added by this broker to each side of every quote, in ticks.
    ``slippage_ticks``, ``slippage_basis_points``: by how much market and stop orders fill worse
    than the quote.
    ``slippage_ticks_per_unit``: the size-dependent part: ticks per unit of quantity. All three add
    up, and are rounded to the tick away from the customer.
    ``latency_ms_min``, ``latency_ms_max``: the way of an order or a cancel to the venue; drawn for
    each, and nothing overtakes what was sent before it. Zero: reports come in the next turn of the
    event loop.
    ``partial_fill_probability``: share of orders (0 to 1) that fill in chunks, one chunk a quote.
    ``partial_fill_chunks_max``: most chunks of such an order (at least 2).
    ``reject_probability``: share of orders (0 to 1) that are rejected without a cause.
    ``commission_percent``: of the value of each fill. ``commission_per_unit``: per unit of
    quantity, in the account's currency. Both add up.
    ``quote_wait_ms``: how long an accepted market order waits for a quote before it expires.
    ``mark_interval_ms``: time between two account marks while nothing is filled.
    ``seed``: of every draw. The same seed and order id draw the same.
    ``lose_reply_probability``, ``lose_request_probability``: share of calls (submit, cancel,
    replace) whose outcome nobody is told, after they arrived or before.
    ``lose_report_probability``: share of reports that are not told; the books have what they said.
    ``visibility_lag_ms``: lookups and pictures show orders, fills and positions as they were so
    long ago.
    ``drop_link_every_s``: the link falls once in each such time, at a drawn moment; zero: never.
    ``drop_link_s``: for how long.
    ``link_legs``: what one order of a group fills, the others lose.
    """

    currency: str = "USD"
    balance_start: Decimal = Decimal(100_000)
    rates: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    spread_markup_ticks: int = 0
    slippage_ticks: int = 0
    slippage_basis_points: Decimal = ZERO
    slippage_ticks_per_unit: Decimal = ZERO
    latency_ms_min: int = 0
    latency_ms_max: int = 0
    partial_fill_probability: Decimal = ZERO
    partial_fill_chunks_max: int = 4
    reject_probability: Decimal = ZERO
    commission_percent: Decimal = ZERO
    commission_per_unit: Decimal = ZERO
    quote_wait_ms: int = 30_000
    mark_interval_ms: int = 1_000
    seed: int = 0
    lose_reply_probability: Decimal = ZERO
    lose_request_probability: Decimal = ZERO
    lose_report_probability: Decimal = ZERO
    visibility_lag_ms: int = 0
    drop_link_every_s: int = 0
    drop_link_s: Decimal = ONE
    link_legs: bool = True

    def __post_init__(self) -> None:
        """Refuse what no account can be: the field is named."""
        for name in ("spread_markup_ticks", "slippage_ticks"):
            self._within(name, ZERO, Decimal(10_000))
        for name in ("slippage_basis_points", "slippage_ticks_per_unit"):
            self._within(name, ZERO, Decimal(10_000))
        for name in ("partial_fill_probability", "reject_probability"):
            self._within(name, ZERO, ONE)
        self._within("commission_percent", ZERO, Decimal(100))
        self._within("commission_per_unit", ZERO, Decimal(10) ** 9)
        self._within("balance_start", ZERO, Decimal(10) ** 12)
        self._within("partial_fill_chunks_max", Decimal(2), Decimal(CHUNKS_MAX))
        self._within("latency_ms_min", ZERO, Decimal(LATENCY_MS_MAX))
        self._within("latency_ms_max", Decimal(self.latency_ms_min), Decimal(LATENCY_MS_MAX))
        self._within("quote_wait_ms", ONE, Decimal(86_400_000))
        self._within("mark_interval_ms", Decimal(10), Decimal(3_600_000))
        for name in BAD_DAYS[:3]:
            self._within(name, ZERO, ONE)
        self._within("visibility_lag_ms", ZERO, Decimal(LAG_MS_MAX))
        self._within("drop_link_every_s", ZERO, Decimal(OUTAGE_S_MAX))
        if self.drop_link_every_s:
            self._within("drop_link_s", OUTAGE_S_MIN, Decimal(self.drop_link_every_s))
        for currency, rate in self.rates.items():
            if not (rate.is_finite() and rate > ZERO):
                raise SettingInvalid(f"rates.{currency}", rate, "a rate above 0")

    def _within(self, name: str, low: Decimal, high: Decimal) -> None:
        value = Decimal(getattr(self, name))
        if not (value.is_finite() and low <= value <= high):
            raise SettingInvalid(name, value, f"{low} to {high}")

    @property
    def bad_days(self) -> tuple[str, ...]:
        """Return the names of the settings that are on and make the account behave badly."""
        return tuple(name for name in BAD_DAYS if getattr(self, name))

    def rate(self, currency: str) -> Decimal | None:
        """Return what one unit of ``currency`` is worth in the account's currency, ``None`` if
        unknown.
        """
        return ONE if currency == self.currency else self.rates.get(currency)
