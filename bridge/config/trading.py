"""Who trades what: accounts, groups, instruments and strategies in the file."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from bridge.config.calendar import Calendars, Currencies, Holds, Holidays, SessionList
from bridge.config.exchange import CcxtSection
from bridge.config.fields import (
    LIST_MAX,
    Amount,
    Currency,
    Kind,
    Percent,
    Positive,
    Seconds,
    Section,
    Text,
    Texts,
    optional,
    required,
)
from bridge.config.limits import AccountLimits, InstrumentLimits, SharedLimits, StrategyLimits
from bridge.config.losses import LossSection
from bridge.config.maintenance import WINDOWS_MAX, MaintenanceSection
from bridge.config.paper import PaperSection
from core.breaker import ORDERS

SideName = Literal["buy", "sell"]
OrderTypeName = Literal["market", "limit", "stop", "stop_limit"]

ForeignName = Literal["halt", "allow"]
Rejects = Annotated[int, Field(ge=1, le=ORDERS), Kind("whole number", "a whole number, 1 to 50")]

AccountWaiver = Literal["attached_stop", "unproven_venue"]

Words = Field(strict=False, max_length=LIST_MAX)


class AccountSection(Section):
    """One account at one venue."""

    venue: Literal["paper", "ccxt"] = required(
        "Where it trades: `paper`, the simulated venue, or `ccxt`, a crypto exchange."
    )
    currency: Currency = required(
        "Currency of its money. It trades only instruments in this currency: nothing is converted."
    )
    zone: Text = optional("UTC", "Time zone in which its day begins at midnight (IANA name).")
    groups: Texts = optional((), "Groups of accounts whose limits it shares.")
    live: bool = optional(
        False,
        "Real money. It must be as its venue has it, and such an account opens nothing before a "
        "person has armed it.",
    )
    reducing: bool = optional(False, "It may only make positions smaller.")
    allow_opposed: bool = optional(
        False, "Strategies may hold opposite positions in one instrument of this account."
    )
    spot: bool = optional(
        False,
        "What it buys it owns: nothing is sold that is not owned, and fees in the coin make a "
        "position smaller.",
    )
    hedging: bool = optional(
        False,
        "Each entry is a position of its own, with a ticket, and exits close ticket by ticket. It "
        "must be as its venue has it.",
    )
    foreign: ForeignName = optional(
        "halt",
        "What follows when somebody else changed a position of this account: `halt` it until a "
        "person has looked, or `allow` it with an alarm. Either way it is counted, never touched.",
    )
    attached_stop_percent: Percent | None = optional(
        None,
        "How far from its price each entry gets a stop that the venue keeps by itself, where it "
        "can; never nearer than twice the distance of the alert's own stop. It closes the "
        "position also while the bridge is dead.",
        unit="percent",
        shown="`5` on live accounts, else none",
    )
    waive: Annotated[tuple[AccountWaiver, ...], Words] = optional(
        (),
        '`["attached_stop"]`: a live account trades without such a stop. `["unproven_venue"]`: it '
        "trades at an exchange of which only the facts are known.",
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
    ccxt: CcxtSection | None = optional(
        None, "The crypto exchange of this account; see its own table."
    )
    hold: Holds = optional(
        (),
        '`["session_closed", "news"]`: an entry that comes outside the session, or in news, waits '
        "for a better time instead of being refused, for as long as `order_life_s` of the route.",
    )
    flat_before_close_s: Seconds | None = optional(
        None,
        "So long before a session ends, everything of ours in that instrument is closed, and "
        "nothing is opened any more.",
        unit="seconds",
        shown="never",
    )
    flat_before_weekend_s: Seconds | None = optional(
        None, "The same before a weekend.", unit="seconds", shown="never"
    )
    flat_before_news_s: Seconds | None = optional(
        None, "The same before the time around news begins.", unit="seconds", shown="never"
    )
    maintenance: Annotated[
        tuple[MaintenanceSection, ...], Field(strict=False, max_length=WINDOWS_MAX)
    ] = optional((), "When its venue is closed; each is a table `[[accounts.NAME.maintenance]]`.")
    loss: LossSection | None = optional(
        None, "How its losses are counted; see its own table.", shown="as its table says"
    )
    limits: AccountLimits | None = optional(None, "Limits of this account.")


class InstrumentSection(Section):
    """One tradable thing. Its name is written exactly as alerts write it; case counts."""

    currency: Currency = required("Currency of its price.")
    tick: Positive = required("Smallest step of its price.", unit="currency")
    lot_step: Positive = required("Smallest step of a quantity.", unit="units")
    quantity_min: Positive | None = optional(
        None, "Smallest order, a multiple of the lot step.", unit="units", shown="`lot_step`"
    )
    value_min: Positive | None = optional(
        None,
        "What an order is worth at least. A venue that tells it may ask for more.",
        unit="currency",
        shown="what the venue tells",
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
    base: Text | None = optional(
        None,
        "The coin of a spot pair, as the venue calls it in its fees (`BTC`). A fee in it makes the "
        "position of a spot account smaller.",
    )
    pip: Positive | None = optional(
        None, "What a pip is. Levels in pips are refused without it.", unit="currency"
    )
    margin_percent: Percent | None = optional(
        None, "Margin that a position needs, of its value.", unit="percent"
    )
    margin_per_unit: Positive | None = optional(
        None, "Margin that one unit needs, instead of `margin_percent`.", unit="currency"
    )
    aliases: Annotated[tuple[Text, ...], Field(strict=False, max_length=64)] = optional(
        (), "Other names under which alerts may ask for it; at most 64."
    )
    zone: Text = optional("UTC", "Time zone of its sessions and holidays (IANA name).")
    sessions: SessionList = optional(
        (),
        "When it trades; each is a table `[[instruments.NAME.sessions]]`. None: always, but on its "
        "holidays and by its calendars.",
    )
    holidays: Holidays = optional(
        (), 'Days on which it is closed, from midnight to midnight: `["2026-12-25"]`.'
    )
    calendars: Calendars = optional(
        (),
        "Calendar files that it heeds, by their names; at most 20. Entries are refused while one "
        "of them does not cover the moment or cannot be read.",
    )
    news_for: Currencies = optional(
        (),
        "Currencies whose news concern it, beside news about itself and about nothing by name.",
        shown="`currency`",
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
    drift_collars_max: Positive = optional(
        Decimal(3),
        "Own fills of one side that get worse by more than so many collars within the window pause "
        "its entries in that instrument.",
        unit="collars",
    )
    drift_window_s: Seconds = optional(
        Decimal(300), "The window in which own fills are compared.", unit="seconds"
    )
    drift_pause_s: Seconds = optional(
        Decimal(300), "How long such a pause lasts; it ends by itself.", unit="seconds"
    )
    tested_slippage_ticks: Amount | None = optional(
        None, "Slippage with which it was tested, for each order. Costs more: alarm.", unit="ticks"
    )
    tested_slippage_bps: Amount | None = optional(
        None, "The same in hundredths of a percent; one of the two.", unit="basis points"
    )
    tested_fee_bps: Amount | None = optional(
        None, "Fee with which it was tested, of an order's value.", unit="basis points"
    )
    tested_fee_per_unit: Amount | None = optional(
        None, "The same for each unit traded; one of the two.", unit="currency"
    )
    limits: StrategyLimits | None = optional(None, "Limits of this strategy in every account.")


class GroupSection(Section):
    """A group of accounts, for rules and limits that they share."""

    no_opposite: bool = optional(
        False,
        "No account of it enters a position against another one's, in the same instrument or in "
        "what stands for it.",
    )
    limits: SharedLimits | None = optional(None, "Limits that its accounts share.")
