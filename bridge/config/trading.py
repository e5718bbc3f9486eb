"""Who trades what: accounts, groups, instruments and strategies in the file."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from bridge.config.fields import (
    LIST_MAX,
    Currency,
    Kind,
    Positive,
    Seconds,
    Section,
    Text,
    Texts,
    optional,
    required,
)
from bridge.config.limits import AccountLimits, InstrumentLimits, SharedLimits, StrategyLimits
from bridge.config.maintenance import WINDOWS_MAX, MaintenanceSection
from bridge.config.paper import PaperSection
from core.breaker import ORDERS

SideName = Literal["buy", "sell"]
OrderTypeName = Literal["market", "limit", "stop", "stop_limit"]

ForeignName = Literal["halt", "allow"]
Rejects = Annotated[int, Field(ge=1, le=ORDERS), Kind("whole number", "a whole number, 1 to 50")]

Words = Field(strict=False, max_length=LIST_MAX)


class AccountSection(Section):
    """One account at one venue."""

    venue: Literal["paper"] = required("Where it trades. `paper` is the simulated venue.")
    currency: Currency = required(
        "Currency of its money. It trades only instruments in this currency: nothing is converted."
    )
    zone: Text = optional("UTC", "Time zone in which its day begins at midnight (IANA name).")
    groups: Texts = optional((), "Groups of accounts whose limits it shares.")
    live: bool = optional(False, "Real money. Refused as long as no venue with real money exists.")
    reducing: bool = optional(False, "It may only make positions smaller.")
    allow_opposed: bool = optional(
        False, "Strategies may hold opposite positions in one instrument of this account."
    )
    foreign: ForeignName = optional(
        "halt",
        "What follows when somebody else changed a position of this account: `halt` it until a "
        "person has looked, or `allow` it with an alarm. Either way it is counted, never touched.",
    )
    symbols: dict[str, Text] = optional(
        {},
        'This account\'s own names for symbols of alerts: `{ "BTC" = "BTCUSDT" }`. Asked before '
        "aliases.",
    )
    quote_age_max_s: Seconds = optional(
        Decimal(2), "An older quote counts as none.", unit="seconds"
    )
    mark_age_max_s: Seconds = optional(
        Decimal(10), "Older figures of the account (balance, equity) count as none.", unit="seconds"
    )
    silence_max_s: Seconds = optional(
        Decimal(10),
        "A link from which nothing was heard for longer counts as fallen, where the venue promises "
        "a heartbeat.",
        unit="seconds",
    )
    paper: PaperSection | None = optional(
        None, "Settings of the simulated venue; see its own table."
    )
    maintenance: Annotated[
        tuple[MaintenanceSection, ...], Field(strict=False, max_length=WINDOWS_MAX)
    ] = optional((), "When its venue is closed; each is a table `[[accounts.NAME.maintenance]]`.")
    limits: AccountLimits | None = optional(None, "Limits of this account.")


class InstrumentSection(Section):
    """One tradable thing. Its name is written exactly as alerts write it; case counts."""

    currency: Currency = required("Currency of its price.")
    tick: Positive = required("Smallest step of its price.", unit="currency")
    lot_step: Positive = required("Smallest step of a quantity.", unit="units")
    quantity_min: Positive | None = optional(
        None, "Smallest order, a multiple of the lot step.", unit="units", shown="`lot_step`"
    )
    multiplier: Positive = optional(
        Decimal(1), "Value of one unit when the price moves by one.", unit="currency"
    )
    spread_percent_max: Positive = optional(
        Decimal(2), "Quotes with a wider spread are not believed.", unit="percent"
    )
    jump_factor_max: Positive = optional(
        Decimal(5),
        "Quotes that move by more than so many times the usual move (the median of the last 50 "
        "that moved) are not believed.",
    )
    jump_percent_min: Positive = optional(
        Decimal("0.1"), "A smaller move is never taken for a jump.", unit="percent"
    )
    pip: Positive | None = optional(
        None, "What a pip is. Levels in pips are refused without it.", unit="currency"
    )
    aliases: Annotated[tuple[Text, ...], Field(strict=False, max_length=64)] = optional(
        (), "Other names under which alerts may ask for it; at most 64."
    )
    limits: InstrumentLimits | None = optional(None, "Limits of this instrument in every account.")


class StrategySection(Section):
    """What one strategy may do. Its name is written exactly as alerts write it."""

    instruments: Texts = required("Instruments that it may trade.")
    sides: Annotated[tuple[SideName, ...], Words] = optional(
        ("buy", "sell"), "Sides on which it may open a position."
    )
    order_types: Annotated[tuple[OrderTypeName, ...], Words] = optional(
        ("market", "limit", "stop", "stop_limit"), "Types of order that it may send."
    )
    rejects_row_max: Rejects = optional(
        5, "So many rejects in a row in one account pause its entries there; 1 to 50."
    )
    rejects_of_50_max: Rejects = optional(
        10, "So many rejects of the last 50 orders in one account pause its entries there; 1 to 50."
    )
    reject_pause_s: Seconds = optional(
        Decimal(60),
        "How long such a pause lasts. The third one of a day halts the strategy.",
        unit="seconds",
    )
    limits: StrategyLimits | None = optional(None, "Limits of this strategy in every account.")


class GroupSection(Section):
    """A group of accounts, for limits that they share."""

    limits: SharedLimits = required("Limits that its accounts share.")
