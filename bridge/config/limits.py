"""Limits, by the kind of scope: each kind has the keys that are measured there, and no others.

Rules of this file
1. A limit that would be read by nobody is an unknown key: silence about a limit costs money.
2. Of all scopes that apply to an order the tightest wins; what no scope sets refuses entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bridge.config.fields import (
    Amount,
    Count,
    CountOrNone,
    Percent,
    Positive,
    Section,
    optional,
)

_MONEY = "account's currency"


class LosingLimits(Section):
    """Limits after losing trades: of a strategy in each account, or of an account."""

    losses_in_row_max: Count | None = optional(
        None,
        "So many losing trades in a row stop entries for `cooldown_s`: of the strategy in that "
        "account, or of the whole account.",
        unit="trades",
    )
    cooldown_s: Count | None = optional(None, "How long they stop.", unit="seconds", shown="1800")


class LossLimits(Section):
    """How much of an account may be lost. Of amounts and percent that are both set the first that
    is reached counts.
    """

    daily_loss_max: Positive | None = optional(
        None, "Loss of a day at which entries are refused until the next day.", unit=_MONEY
    )
    daily_loss_warn: Positive | None = optional(
        None, "Loss of a day at which an alarm is given.", unit=_MONEY
    )
    daily_loss_percent_max: Percent | None = optional(
        None, "As `daily_loss_max`, of what the day began with.", unit="percent"
    )
    daily_loss_percent_warn: Percent | None = optional(
        None, "As `daily_loss_warn`, of what the day began with.", unit="percent"
    )
    drawdown_max: Positive | None = optional(
        None,
        "Loss below the start balance at which entries are refused until a person lets it go.",
        unit=_MONEY,
    )
    drawdown_warn: Positive | None = optional(
        None, "Loss below the start balance at which an alarm is given.", unit=_MONEY
    )
    drawdown_percent_max: Percent | None = optional(
        None, "As `drawdown_max`, of the start balance.", unit="percent"
    )
    drawdown_percent_warn: Percent | None = optional(
        None, "As `drawdown_warn`, of the start balance.", unit="percent"
    )
    trailing_drawdown_max: Positive | None = optional(
        None,
        "Loss below the highest equity at which entries are refused until a person lets it go.",
        unit=_MONEY,
    )
    trailing_drawdown_warn: Positive | None = optional(
        None, "Loss below the highest equity at which an alarm is given.", unit=_MONEY
    )
    trailing_drawdown_percent_max: Percent | None = optional(
        None, "As `trailing_drawdown_max`, of the start balance.", unit="percent"
    )
    trailing_drawdown_percent_warn: Percent | None = optional(
        None, "As `trailing_drawdown_warn`, of the start balance.", unit="percent"
    )


class OrderLimits(Section):
    """Limits of any scope."""

    quantity_max: Amount | None = optional(None, "Largest quantity of one order.", unit="units")
    value_max: Amount | None = optional(None, "Largest value of one order.", unit=_MONEY)
    collar_percent: Amount | None = optional(
        None, "Farthest that the price of an order may be from the market.", unit="percent"
    )
    position_max: Amount | None = optional(
        None,
        "Largest position in one instrument; working and unproven orders count in full.",
        unit="units",
    )


class InstrumentLimits(OrderLimits):
    """Limits of one instrument."""

    open_orders_max: CountOrNone | None = optional(None, "Orders alive at once.", unit="orders")
    unknown_orders_max: Count | None = optional(
        None,
        "Orders of unknown outcome at which entries are refused. Not set: 1 in an instrument of an "
        "account, 3 in an account.",
        unit="orders",
    )


class SharedLimits(InstrumentLimits):
    """Limits that accounts share: of all of them, or of a group."""

    gross_max: Amount | None = optional(
        None, "Largest value of all positions and working orders together.", unit=_MONEY
    )


class AccountLimits(LosingLimits, LossLimits, SharedLimits):
    """Limits of one account."""

    margin_free_percent_min: Amount | None = optional(
        None,
        "Free margin after the order, in percent of what all positions and working orders need. "
        "Not set: 0, where the margin is known.",
        unit="percent",
    )
    messages_per_minute: Count | None = optional(
        None, "Messages to the venue.", unit="messages per minute"
    )
    messages_burst: Count | None = optional(
        None, "Messages to the venue at once.", unit="messages", shown="`messages_per_minute`"
    )
    instruments: dict[str, InstrumentLimits] = optional(
        {}, "Limits of single instruments in this account."
    )


class StrategyLimits(LosingLimits, OrderLimits):
    """Limits of one strategy."""

    signals_per_minute: Count | None = optional(None, "Signals.", unit="signals per minute")
    signals_burst: Count | None = optional(
        None, "Signals at once.", unit="signals", shown="`signals_per_minute`"
    )
    cycles_per_minute_max: Count | None = optional(
        None,
        "Entries that follow a fill of the entry before, within 60 s in one account. One more "
        "halts the strategy. Above 1000: no limit.",
        unit="entries",
        shown="10",
    )
    cycles_per_day_max: Count | None = optional(
        None, "As `cycles_per_minute_max`, within 24 h.", unit="entries", shown="100"
    )


def late_warnings(limits: AccountLimits) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Yield the warnings that would come after what they warn of: name, warning, limit."""
    for name in LossLimits.model_fields:
        if not name.endswith("_warn"):
            continue
        warn = getattr(limits, name)
        most = getattr(limits, name.removesuffix("warn") + "max")
        if warn is not None and most is not None and warn > most:
            yield name, warn, most
