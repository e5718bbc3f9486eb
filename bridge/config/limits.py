"""Limits, by the kind of scope: each kind has the keys that are measured there, and no others.

Rules of this file
1. A limit that would be read by nobody is an unknown key: silence about a limit costs money.
2. Of all scopes that apply to an order the tightest wins; what no scope sets refuses entries.
"""

from __future__ import annotations

from decimal import Decimal

from bridge.config.fields import (
    Amount,
    Count,
    CountOrNone,
    Positive,
    Section,
    optional,
)

_MONEY = "account's currency"


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


class AccountLimits(SharedLimits):
    """Limits of one account."""

    daily_loss_max: Positive | None = optional(
        None, "Loss of a day at which entries are refused until the next day.", unit=_MONEY
    )
    daily_loss_warn: Positive | None = optional(
        None, "Loss of a day at which an alarm is given.", unit=_MONEY
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


class StrategyLimits(OrderLimits):
    """Limits of one strategy."""

    signals_per_minute: Count | None = optional(None, "Signals.", unit="signals per minute")
    signals_burst: Count | None = optional(
        None, "Signals at once.", unit="signals", shown="`signals_per_minute`"
    )


def loss_limits(limits: AccountLimits) -> tuple[Decimal, Decimal] | None:
    """Return where a day's loss warns and where it stops entries, when both are set."""
    if limits.daily_loss_warn is None or limits.daily_loss_max is None:
        return None
    return limits.daily_loss_warn, limits.daily_loss_max
