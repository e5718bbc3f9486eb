"""The simulated venue's part of the file: accounts and the market, one key for each setting of
``adapters.paper``.

Rules of this file
1. The bounds are those of the venue's own settings, so that it never has to refuse what was read
   here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from adapters.paper.settings import (
    CHUNKS_MAX,
    LAG_MS_MAX,
    LATENCY_MS_MAX,
    OUTAGE_S_MAX,
    OUTAGE_S_MIN,
    PaperSettings,
)
from adapters.paper.walk import INTERVAL_MS_MIN, WalkSettings
from bridge.config.fields import (
    Kind,
    Positive,
    Section,
    Text,
    number_within,
    optional,
    required,
)
from core.money import plain

Probability = Annotated[
    Decimal, number_within("0", "1"), Kind("number", "a number from 0 (never) to 1 (always)")
]
Cost = Annotated[Decimal, number_within("0", "10000"), Kind("number", "a number from 0 to 10000")]
Ticks = Annotated[int, Field(ge=0, le=10_000)]
Latency = Annotated[int, Field(ge=0, le=LATENCY_MS_MAX)]
Lag = Annotated[int, Field(ge=0, le=LAG_MS_MAX)]
Outage = Annotated[
    Decimal,
    number_within(plain(OUTAGE_S_MIN), str(OUTAGE_S_MAX)),
    Kind("number", f"a number from {plain(OUTAGE_S_MIN)} to {OUTAGE_S_MAX}"),
]
Share = Annotated[Decimal, number_within("0", "100"), Kind("number", "a number from 0 to 100")]
Balance = Annotated[
    Decimal, number_within("0", "1e12"), Kind("number", "a number from 0 to 1000000000000")
]
PerUnit = Annotated[
    Decimal, number_within("0", "1e9"), Kind("number", "a number from 0 to 1000000000")
]
Volatility = Annotated[
    Decimal, number_within("0", "1000"), Kind("number", "a number from 0 to 1000")
]
Speed = Annotated[
    Decimal, number_within("0.001", "1000"), Kind("number", "a number from 0.001 to 1000")
]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]


class PaperSection(Section):
    """The simulated venue of one account. The defaults are a perfect broker: no delay, no cost,
    whole fills.
    """

    balance_start: Balance = optional(
        Decimal(100_000), "Money of a new account.", unit="account's currency"
    )
    spread_markup_ticks: Ticks = optional(
        0, "What the broker adds to each side of every quote.", unit="ticks"
    )
    slippage_ticks: Ticks = optional(
        0, "By how much market and stop orders fill worse than the quote.", unit="ticks"
    )
    slippage_basis_points: Cost = optional(
        Decimal(0), "The same, as a share of the price.", unit="1/100 percent"
    )
    slippage_ticks_per_unit: Cost = optional(
        Decimal(0), "The same, by size; all three add up.", unit="ticks per unit"
    )
    latency_ms_min: Latency = optional(0, "Shortest way to the venue.", unit="milliseconds")
    latency_ms_max: Latency = optional(
        0, "Longest way to the venue; each order draws its own.", unit="milliseconds"
    )
    partial_fill_probability: Probability = optional(
        Decimal(0), "Share of orders that fill in parts, one part a quote."
    )
    partial_fill_chunks_max: Annotated[int, Field(ge=2, le=CHUNKS_MAX)] = optional(
        4, "Most parts of such an order."
    )
    reject_probability: Probability = optional(
        Decimal(0), "Share of orders that are rejected without a cause."
    )
    commission_percent: Share = optional(
        Decimal(0), "Commission on the value of each fill.", unit="percent"
    )
    commission_per_unit: PerUnit = optional(
        Decimal(0), "Commission per unit; both add up.", unit="account's currency"
    )
    quote_wait_ms: Annotated[int, Field(ge=1, le=86_400_000)] = optional(
        30_000, "How long a market order waits for a quote before it expires.", unit="milliseconds"
    )
    mark_interval_ms: Annotated[int, Field(ge=10, le=3_600_000)] = optional(
        1_000, "Time between two figures of the account while nothing fills.", unit="milliseconds"
    )
    link_legs: bool = optional(
        True,
        "It links the stop and the targets of a position: what one fills, the others lose in the "
        "same moment. Without it the bridge keeps the targets.",
    )
    seed: Seed = optional(0, "Of every draw: the same seed and order draw the same.")

    lose_reply_probability: Probability = optional(
        Decimal(0),
        "Bad days: share of orders, cancels and replaces that arrive and are not answered.",
    )
    lose_request_probability: Probability = optional(
        Decimal(0),
        "Bad days: share of orders, cancels and replaces that do not arrive; no answer either.",
    )
    lose_report_probability: Probability = optional(
        Decimal(0), "Bad days: share of reports that are not told; lookups show them."
    )
    visibility_lag_ms: Lag = optional(
        0, "Bad days: how old the books are that lookups show.", unit="milliseconds"
    )
    drop_link_every_s: Annotated[int, Field(ge=0, le=OUTAGE_S_MAX)] = optional(
        0, "Bad days: the link falls once in each such time; 0 is never.", unit="seconds"
    )
    drop_link_s: Outage = optional(
        Decimal(1), "For how long; at most `drop_link_every_s`.", unit="seconds"
    )

    def settings(self, currency: str) -> PaperSettings:
        """Turn the table into the venue's own settings."""
        return PaperSettings(currency=currency, **self.model_dump())


class WalkSection(Section):
    """A synthetic market: a seeded random walk of one instrument."""

    price_start: Positive = required("Its first price.")
    volatility_percent: Volatility = optional(
        Decimal(20),
        "How much it moves in a year (EURUSD about 7, an index future 20, Bitcoin 60).",
        unit="percent of the price",
    )
    spread_ticks: Ticks = optional(2, "Ask less bid.", unit="ticks")
    interval_ms: Annotated[int, Field(ge=INTERVAL_MS_MIN, le=3_600_000)] = optional(
        500, "Time between two quotes.", unit="milliseconds"
    )
    seed: Seed = optional(0, "Another seed, another walk.")

    def settings(self) -> WalkSettings:
        """Turn the table into the walk's own settings."""
        return WalkSettings(**self.model_dump())


class MarketSection(Section):
    """Where the simulated venue's quotes come from. All its accounts see the same market."""

    recording: Text | None = optional(
        None, "File with recorded quotes (`.csv`, `.jsonl`), relative to the configuration."
    )
    speed: Speed = optional(Decimal(1), "How fast it is played; 2 is twice as fast.")
    repeat: bool = optional(False, "Begin again at its end; else the quotes cease there.")
    walks: dict[str, WalkSection] = optional({}, "Synthetic markets, by instrument.")
