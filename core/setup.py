"""The configuration as the core sees it: who may trade what, where, and how much.

Rules of this file
1. It is journaled whole when it changes, so that a replay needs no file.
2. It holds no secret, no address and no path: those belong to the bridge.
3. A limit that nobody set is ``None``, and for an entry that means: refuse.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from core.contract_setup import Future
from core.copy_setup import Copy
from core.instruments import Instrument
from core.levels import LevelsMode
from core.loss_setup import PLAIN_LOSS, LossRules
from core.money import must_be_finite
from core.orders import OrderType, Side
from core.route_policies import OnGap, Reversal
from core.signals import QuantityUnit

SECOND_NS: Final = 1_000_000_000

ACCOUNTS_PER_ROUTE_MAX: Final = 50
"""Accounts of one route: all are judged in one commit, which must stay within the time of a webhook
answer."""

KEPT_NS: Final = 24 * 3600 * SECOND_NS
"""How long a done order, a signal and a duplicate key stay in the state: a day covers every resend
and every late report seen; what is older is found in the journal."""

EXIT_LIFE_NS: Final = KEPT_NS
"""How long an exit waits for a link or a comparison. It is never refused, so it does not expire as
an entry does; it is cut to what is left to close when it goes."""


UNKNOWN_DEFAULTS: Final = {"account": 3, "instrument": 1}
"""Orders of unknown outcome at which entries stop, in an account and in one instrument of it: the
first doubt is where to stop adding to it, the third says that the account itself is sick."""


COOLDOWN_DEFAULT_S: Final = 1800
"""How long entries wait after too many losing trades in a row where nobody says: long enough for
the market or the mood behind them to pass."""


CYCLES_DEFAULTS: Final = {"cycles_per_minute_max": 10, "cycles_per_day_max": 100}
"""Enter-fill-enter cycles of a strategy in one account, where it sets none: the numbers that RTS 6
practice and venues' throttles suggest for what no person watches."""

CYCLES_MAX: Final = 1000
"""Cycles that are remembered: a day of one each 90 seconds. A limit above it is none."""


class OnLate(StrEnum):
    """What happens to an entry that turns up at its venue after it counted as not placed."""

    CANCEL = "cancel"
    KEEP = "keep"


class Limits(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What one scope allows. The number in brackets is the control that reads it.

    ``quantity_max`` (1): units per order. ``value_max`` (2): value per order. ``collar_percent``
    (3): distance of a price from the reference. ``position_max`` (5): units on the worst side.
    ``gross_max`` (6): value of all positions on their worst side. ``open_orders_max`` (6): orders
    alive. ``daily_loss_max``, ``daily_loss_warn`` (7). ``signals_per_minute`` (9, strategy) and
    ``messages_per_minute`` (9, account): token buckets, each with its burst. Money is in the
    account's currency. ``unknown_orders_max`` (27): orders of unknown outcome; where an account, or
    an instrument in an account, sets none, ``UNKNOWN_DEFAULTS`` holds. ``drawdown_*`` from the
    start balance, ``trailing_drawdown_*`` from the peak (7); the ``percent`` of a loss is of what
    it is counted from, of a drawdown of the start balance. ``margin_free_percent_min`` (8): free
    margin after the order, in percent of what all of it needs. ``losses_in_row_max`` losing trades
    stop entries for ``cooldown_s`` (28). ``cycles_*_max`` (11, strategy): enter-fill-enter cycles
    in one account; where none is set, ``CYCLES_DEFAULTS`` holds.
    """

    quantity_max: Decimal | None = None
    value_max: Decimal | None = None
    collar_percent: Decimal | None = None
    position_max: Decimal | None = None
    gross_max: Decimal | None = None
    open_orders_max: int | None = None
    daily_loss_max: Decimal | None = None
    daily_loss_warn: Decimal | None = None
    signals_per_minute: int | None = None
    signals_burst: int | None = None
    messages_per_minute: int | None = None
    messages_burst: int | None = None
    unknown_orders_max: int | None = None
    daily_loss_percent_max: Decimal | None = None
    daily_loss_percent_warn: Decimal | None = None
    drawdown_max: Decimal | None = None
    drawdown_warn: Decimal | None = None
    drawdown_percent_max: Decimal | None = None
    drawdown_percent_warn: Decimal | None = None
    trailing_drawdown_max: Decimal | None = None
    trailing_drawdown_warn: Decimal | None = None
    trailing_drawdown_percent_max: Decimal | None = None
    trailing_drawdown_percent_warn: Decimal | None = None
    margin_free_percent_min: Decimal | None = None
    losses_in_row_max: int | None = None
    cooldown_s: int | None = None
    cycles_per_minute_max: int | None = None
    cycles_per_day_max: int | None = None

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in: both would let everything pass."""
        must_be_finite(self.quantity_max, self.value_max, self.collar_percent, self.position_max)
        must_be_finite(self.gross_max, self.daily_loss_max, self.daily_loss_warn)
        must_be_finite(self.daily_loss_percent_max, self.daily_loss_percent_warn)
        must_be_finite(self.drawdown_max, self.drawdown_warn)
        must_be_finite(self.drawdown_percent_max, self.drawdown_percent_warn)
        must_be_finite(self.trailing_drawdown_max, self.trailing_drawdown_warn)
        must_be_finite(self.trailing_drawdown_percent_max, self.trailing_drawdown_percent_warn)
        must_be_finite(self.margin_free_percent_min)


class Account(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One account at one venue.

    ``symbols``: this account's own names for symbols of alerts, asked before the aliases of the
    instruments. ``groups``: groups of accounts whose limits it shares. ``reducing``: it may only
    make positions smaller. ``allow_opposed``: strategies may hold opposite positions in one
    instrument of this account. ``foreign``: what a position that others changed does, ``halt`` or
    ``allow`` (19). ``quote_age_max_ns``, ``mark_age_max_ns``: beyond this a quote, or the account's
    own figures, are stale. ``silence_max_ns`` (18): a link whose venue promises a heartbeat and
    from which nothing was heard for so long counts as fallen. ``loss``: how its losses are counted.
    ``flat_before_close_ns``,
    ``flat_before_weekend_ns``, ``flat_before_news_ns`` (25): so long before, everything of ours is
    closed and nothing is opened; zero: never. ``hold``: codes of control 25 for which an entry
    waits instead of being refused. ``spot``: what it buys it owns, and it sells nothing else.
    ``hedging``: each entry is a position of its own, with a ticket; opposite ones stand side by
    side. ``attached_stop_percent``: how far from its price each entry gets a stop that the venue
    keeps by itself, where it can; ``None``: none. ``exchange``: which venue of several that are
    reached the same way, and which part of it.
    """

    name: str
    venue: str
    currency: str
    live: bool = False
    symbols: dict[str, str] = {}
    groups: tuple[str, ...] = ()
    reducing: bool = False
    allow_opposed: bool = False
    zone: str = "UTC"
    quote_age_max_ns: int = 2 * SECOND_NS
    mark_age_max_ns: int = 10 * SECOND_NS
    foreign: str = "halt"
    silence_max_ns: int = 10 * SECOND_NS
    loss: LossRules = PLAIN_LOSS
    flat_before_close_ns: int = 0
    flat_before_weekend_ns: int = 0
    flat_before_news_ns: int = 0
    hold: tuple[str, ...] = ()
    spot: bool = False
    hedging: bool = False
    attached_stop_percent: Decimal | None = None
    exchange: str = ""

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.attached_stop_percent)

    @property
    def is_flat_before(self) -> bool:
        """Say whether it has to be flat before anything."""
        return bool(
            self.flat_before_close_ns or self.flat_before_weekend_ns or self.flat_before_news_ns
        )


class Strategy(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What one strategy may do (control 24). Empty lists allow nothing.

    ``rejects_row_max``, ``rejects_of_50_max`` (13): so many rejects in a row, or of the last 50
    orders in one account, pause its entries there for ``reject_pause_ns``. ``drift_collars_max``
    (4): own fills of one side that get worse by more than so many collars within
    ``drift_window_ns`` pause its entries in that instrument for ``drift_pause_ns``.
    ``tested_slippage_ticks`` or ``tested_slippage_bps``, ``tested_fee_bps`` or
    ``tested_fee_per_unit``: what it was tested with.
    """

    name: str
    instruments: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    order_types: tuple[OrderType, ...] = ()
    rejects_row_max: int = 5
    rejects_of_50_max: int = 10
    reject_pause_ns: int = 60 * SECOND_NS
    drift_collars_max: Decimal = Decimal(3)
    drift_window_ns: int = 300 * SECOND_NS
    drift_pause_ns: int = 300 * SECOND_NS
    tested_slippage_ticks: Decimal | None = None
    tested_slippage_bps: Decimal | None = None
    tested_fee_bps: Decimal | None = None
    tested_fee_per_unit: Decimal | None = None


class OnPartial(StrEnum):
    """What becomes of the rest of an order that fills only in part."""

    WAIT = "wait"
    CANCEL = "cancel"
    MARKET = "market"


class OnLegFailure(StrEnum):
    """What becomes of a position whose legs its venue does not take or keep."""

    FLATTEN = "flatten"
    KEEP = "keep"


class Route(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Where alerts of one address go.

    ``accounts``: judged in this order. ``quantity``, ``quantity_unit``: used when an entry names
    none. ``signal_age_max_ns`` (14). ``order_life_ns``: an order that could not be sent within it
    is not sent any more. ``require_id``, ``require_time``: switched off only by a waiver by name.
    ``all_or_none``: one refusal refuses all. ``rate_per_minute``, ``rate_burst``: beyond it the
    sender is asked to come again. ``on_partial``: what becomes of the rest of an order that was
    filled in part and still works ``partial_after_ns`` later. ``reject_retries_max``: how often an
    order is tried again that its venue rejected for a reason known to pass. ``late_arrival``: what
    becomes of an entry that turns up late. ``levels``: what the prices of a signal are prices of.
    ``basis_max_percent``: how far the signal's own price may be from the market that is traded;
    ``None``: ``core.entering`` has the default. ``copies``: where there are any, every account but
    the leader follows it, by its own row or one for one; ``leader``: the first account unless
    named. ``require_stop``: an entry without a stop is refused.
    ``on_leg_failure``: what becomes of a position whose legs its venue does not take or keep: it is
    closed at the market, or the bridge keeps the levels.
    ``on_gap``: what entries do when the sender's position before was not ours; ``None``: targets
    follow, other entries are skipped. ``reversal``: in how many orders a position is turned.
    ``silent_after_ns``: a person is told when no alert came for so long; zero: never.
    ``expected_by``: times of day by which one is expected, in ``expected_zone``, on
    ``expected_days`` (0 is Monday). ``warn_of_crowd``: a person is told when TradingView is about
    to stop a script that alerts too often. ``dialect``, ``reading``: how its alerts are read, the
    second as a hash of what the route says of them.
    """

    name: str
    accounts: tuple[str, ...]
    strategies: tuple[str, ...]
    quantity: Decimal | None = None
    quantity_unit: QuantityUnit = QuantityUnit.UNITS
    signal_age_max_ns: int = 30 * SECOND_NS
    order_life_ns: int = 30 * SECOND_NS
    require_id: bool = True
    require_time: bool = True
    all_or_none: bool = False
    rate_per_minute: int = 600
    rate_burst: int = 100
    on_partial: OnPartial = OnPartial.WAIT
    partial_after_ns: int = 60 * SECOND_NS
    reject_retries_max: int = 0
    late_arrival: OnLate = OnLate.CANCEL
    levels: LevelsMode = LevelsMode.ABSOLUTE
    basis_max_percent: Decimal | None = None
    copies: dict[str, Copy] = {}
    leader: str = ""
    require_stop: bool = False
    on_leg_failure: OnLegFailure = OnLegFailure.FLATTEN
    on_gap: OnGap | None = None
    reversal: Reversal = Reversal.TWO_ORDERS
    silent_after_ns: int = 0
    expected_by: tuple[str, ...] = ()
    expected_zone: str = "UTC"
    expected_days: tuple[int, ...] = ()
    warn_of_crowd: bool = True
    dialect: str = "native"
    reading: str = ""

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.quantity, self.basis_max_percent)

    @property
    def leading(self) -> str:
        """Return the account that the others follow; nothing when none is copied."""
        return (self.leader or self.accounts[0]) if self.copies else ""


class Group(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A rule that accounts share. ``no_opposite``: none of them enters a position against another
    one's, in the same instrument or in what stands for it."""

    name: str
    no_opposite: bool = False


class Setup(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Everything that decisions depend on beside state, view and time.

    ``limits``: by scope, written ``global``, ``group:NAME``, ``account:NAME``, ``strategy:NAME``,
    ``instrument:NAME`` or ``account:NAME/instrument:NAME``; the tightest that is set wins.
    ``clock_off_max_ns`` (21): how far our clock may be from that of a venue or a time server.
    ``groups``: those with a rule of their own. ``futures``: by the root of their symbols.
    ``symbol_rules``: rules of ``core.symbol_rules`` that a person confirmed.
    """

    instruments: dict[str, Instrument] = {}
    accounts: dict[str, Account] = {}
    strategies: dict[str, Strategy] = {}
    routes: dict[str, Route] = {}
    limits: dict[str, Limits] = {}
    clock_off_max_ns: int = SECOND_NS
    groups: dict[str, Group] = {}
    futures: dict[str, Future] = {}
    symbol_rules: tuple[str, ...] = ()


EMPTY: Final = Setup()


def scopes_of(account: Account, strategy: str, instrument: str) -> tuple[str, ...]:
    """Name the scopes that limit an order, widest first."""
    return (
        "global",
        *(f"group:{name}" for name in account.groups),
        f"account:{account.name}",
        f"strategy:{strategy}",
        f"instrument:{instrument}",
        f"account:{account.name}/instrument:{instrument}",
    )


def resolve(setup: Setup, account: Account, symbol: str) -> Instrument | None:
    """Find what an account trades under a symbol: its own table first, then names, then aliases;
    exactly as written."""
    name = account.symbols.get(symbol, symbol)
    found = setup.instruments.get(name)
    if found is not None:
        return found
    for instrument in setup.instruments.values():
        if name in instrument.aliases:
            return instrument
    return None
