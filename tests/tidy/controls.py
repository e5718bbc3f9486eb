"""The controls for people: one row for each, from which ``docs/controls.md`` is made.

Rules of this file
1. A control is here as soon as it is in ``core.risk.controls``; a test holds that.
2. Codes and settings are names of the code: a test looks each of them up.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from core.cooldown import COOLDOWN_DEFAULT_S
from core.risk.controls import Control
from core.setup import CYCLES_DEFAULTS, UNKNOWN_DEFAULTS, Account, Strategy


class ControlRow(NamedTuple):
    """What one control is about.

    ``action``: what it does when it is tripped, beside what the table of acts says. ``codes``: of
    its verdicts and alarms. ``settings``: where its numbers are set, by their names in the file.
    """

    name: str
    measures: str
    scope: str
    default: str
    action: str
    codes: tuple[str, ...]
    settings: tuple[str, ...]


_ACCOUNT: Final = Account(name="", venue="", currency="")
_STRATEGY: Final = Strategy(name="")

CONTROLS: Final[dict[Control, ControlRow]] = {
    Control.QUANTITY: ControlRow(
        "quantity per order",
        "units of this order",
        "any",
        "none: no order without a limit",
        "refuses",
        ("quantity_over_limit", "limit_missing"),
        ("quantity_max",),
    ),
    Control.VALUE: ControlRow(
        "value per order",
        "units × price × multiplier",
        "any",
        "none: no order without a limit",
        "refuses",
        ("value_over_limit", "limit_missing", "reference_stale"),
        ("value_max",),
    ),
    Control.COLLAR: ControlRow(
        "price collar",
        "distance of the order's price, at the market the far side of the quote, from the middle",
        "any",
        "none: no order without a limit",
        "refuses; a market entry carries it as its worst price",
        ("price_outside_collar", "limit_missing", "reference_stale"),
        ("collar_percent",),
    ),
    Control.DRIFT: ControlRow(
        "drift of own fills",
        "how much worse own fills of one side became within a window, and the next would be",
        "strategy in an instrument of an account",
        f"{_STRATEGY.drift_collars_max} collars in {_STRATEGY.drift_window_ns // 10**9} s; "
        f"pause {_STRATEGY.drift_pause_ns // 10**9} s",
        "refuses; a fill beyond it pauses the entries, and the pause lifts itself",
        ("drift_over_limit", "drift_breaker", "drift_paused"),
        ("drift_collars_max", "drift_window_s", "drift_pause_s"),
    ),
    Control.POSITION: ControlRow(
        "position",
        "units held, working and unknown, if all on this side fills",
        "any; of accounts that share a limit together",
        "none: no order without a limit",
        "refuses",
        ("position_over_limit", "limit_missing"),
        ("position_max",),
    ),
    Control.GROSS: ControlRow(
        "gross exposure and open orders",
        "worth of all positions on their worst side; orders alive",
        "account, group, global; orders also by instrument",
        "none: no order without a limit",
        "refuses",
        ("gross_over_limit", "open_orders_over_limit", "limit_missing", "currency_mixed"),
        ("gross_max", "open_orders_max"),
    ),
    Control.DAILY_LOSS: ControlRow(
        "daily loss, drawdown, trailing drawdown",
        "loss since the day began, below the start balance, below the peak; transfers are none",
        "account",
        "daily loss: no order without a limit; drawdowns: off",
        "refuses; after three readings it latches: a day until the next, a drawdown until a "
        "person; "
        f"besides it does what `on_breach` says ({_ACCOUNT.loss.on_breach})",
        (
            "daily_loss_reached",
            "drawdown_reached",
            "trailing_drawdown_reached",
            "daily_loss_warning",
            "drawdown_warning",
            "trailing_drawdown_warning",
            "equity_stale",
            "day_not_started",
            "baseline_missing",
            "balance_in_doubt",
            "limit_missing",
        ),
        (
            "daily_loss_max",
            "daily_loss_percent_max",
            "drawdown_max",
            "drawdown_percent_max",
            "trailing_drawdown_max",
            "trailing_drawdown_percent_max",
            "on_breach",
        ),
    ),
    Control.MARGIN: ControlRow(
        "margin",
        "free margin after this order and all that is open, working or unknown; the smaller of our "
        "sum and the venue's word",
        "account",
        "0 % free where the instrument names its margin or the venue its free margin; else off",
        "refuses",
        ("margin_short", "margin_unknown", "equity_stale", "reference_stale"),
        ("margin_free_percent_min", "margin_percent", "margin_per_unit"),
    ),
    Control.RATE: ControlRow(
        "rates",
        "signals of a strategy; messages to the venue of an account, of which a fifth is kept for "
        "cancels and exits",
        "strategy, account; messages of a route wait at the door",
        "none: no order without a limit",
        "refuses",
        ("rate_over_limit", "route_busy", "limit_missing"),
        ("signals_per_minute", "signals_burst", "messages_per_minute", "messages_burst"),
    ),
    Control.DUPLICATE: ControlRow(
        "duplicate signal",
        "the id of a message at its route; without an id its content within a minute",
        "route",
        "on",
        "gives the first answer again; another message under the same id is refused",
        ("duplicate", "id_reused"),
        ("waive",),
    ),
    Control.CYCLES: ControlRow(
        "repeated execution",
        "enter-fill-enter cycles without a person in 60 s and in 24 h",
        "strategy in an account",
        f"{CYCLES_DEFAULTS['cycles_per_minute_max']} in 60 s, "
        f"{CYCLES_DEFAULTS['cycles_per_day_max']} in 24 h",
        "refuses and halts the strategy; a person resumes it",
        ("repeated_execution",),
        ("cycles_per_minute_max", "cycles_per_day_max"),
    ),
    Control.ORDERS_OUT: ControlRow(
        "orders out against orders asked for",
        "orders and units that went out under one signal in one account",
        "global",
        "exact",
        "refuses and halts everything",
        ("orders_over_asked",),
        (),
    ),
    Control.REJECTS: ControlRow(
        "reject breaker",
        "rejects of a venue in a row, and of the last 50 orders",
        "strategy in an account",
        f"{_STRATEGY.rejects_row_max} in a row or {_STRATEGY.rejects_of_50_max} of 50; "
        f"pause {_STRATEGY.reject_pause_ns // 10**9} s",
        "pauses entries, lifts itself; the third pause of a day halts the strategy",
        ("reject_breaker", "rejects_paused"),
        ("rejects_row_max", "rejects_of_50_max", "reject_pause_s"),
    ),
    Control.AGE: ControlRow(
        "signal age",
        "now less the time that the message names",
        "route",
        "30 s",
        "refuses",
        ("signal_too_old", "time_in_future", "time_missing"),
        ("signal_age_max_s",),
    ),
    Control.SELF_MATCH: ControlRow(
        "self-match",
        "own orders, of any strategy, that this order would trade with",
        "instrument of an account",
        "on",
        "refuses; for an exit or a leg the own entry in its way is asked to end",
        ("self_match", "reference_stale"),
        (),
    ),
    Control.KILL_SWITCH: ControlRow(
        "kill switch",
        "whether a halt stands",
        "global, account, strategy",
        "on; raised by a person, by a file in the data folder, or by a control",
        "refuses and cancels working entries; a person resumes",
        ("halted",),
        (),
    ),
    Control.TRADING_STATE: ControlRow(
        "trading state",
        "active, reducing, halted, recovering",
        "account",
        "recovering until it was compared with its venue",
        "reducing and halted refuse, recovering holds",
        ("reducing", "halted", "recovering"),
        ("reducing",),
    ),
    Control.LINK: ControlRow(
        "link",
        "whether the connection to the venue is ready",
        "account",
        "on",
        "refuses or holds; resumes after a comparison",
        ("link_down", "maintenance", "throttled"),
        ("maintenance",),
    ),
    Control.RECONCILIATION: ControlRow(
        "comparison with the venue",
        "whether orders and positions are what the venue shows",
        "account",
        "on",
        "a difference seen twice lets only smaller positions pass",
        ("books_differ", "position_differs", "order_differs", "foreign_order"),
        (),
    ),
    Control.MARKET_DATA: ControlRow(
        "market data",
        "age, spread and jump of quotes, zero and crossed ones",
        "instrument",
        f"{_ACCOUNT.quote_age_max_ns // 10**9} s",
        "refuses until quotes are calm again; a closed market is not stale",
        ("market_untrusted", "reference_stale", "session_closed"),
        ("quote_age_max_s", "spread_percent_max", "jump_factor_max", "jump_percent_min"),
    ),
    Control.CLOCK: ControlRow(
        "clock",
        "our clock against the venue's and time servers'; the nearest counts",
        "global",
        "1 s",
        "refuses and recovers by itself; a step back latches",
        ("clock_off", "clock_stepped_back", "clock_set"),
        ("off_max_s",),
    ),
    Control.ARMING: ControlRow(
        "arming of live accounts",
        "whether a person armed an account with real money, for what it is configured as; whether "
        "its venue says the same of its money",
        "account",
        "not armed; accounts without real money need none",
        "refuses until `bascule arm`; ends at its time, and with another configuration",
        ("not_armed", "live_differs", "arming_ended"),
        ("live",),
    ),
    Control.ALLOW_LIST: ControlRow(
        "allow-lists",
        "instrument, side and order type; whether the account nets or hedges as configured",
        "strategy",
        "nothing is allowed",
        "refuses",
        (
            "strategy_not_allowed",
            "instrument_not_allowed",
            "side_not_allowed",
            "order_type_not_allowed",
            "position_mode",
            "short_on_spot",
        ),
        ("instruments", "sides", "order_types"),
    ),
    Control.CALENDAR: ControlRow(
        "sessions, news, flat in time",
        "whether the instrument trades now, news are near, everything is being closed, or its "
        "contract rolls or ends",
        "instrument, account",
        "off without sessions or a calendar",
        "refuses, or holds where `hold` says so; before a close it cancels entries and closes",
        (
            "session_closed",
            "news",
            "calendar_stale",
            "flat_before_close",
            "flat_before_weekend",
            "flat_before_news",
            "not_flat_in_time",
            "contract_closed",
            "contract_not_front",
            "roll_guard",
        ),
        ("hold", "flat_before_close_s", "flat_before_weekend_s", "flat_before_news_s"),
    ),
    Control.UNKNOWN_CAP: ControlRow(
        "unknown orders",
        "orders of which nobody knows what became of them",
        "instrument, account, group, global",
        f"{UNKNOWN_DEFAULTS['instrument']} in an instrument of an account, "
        f"{UNKNOWN_DEFAULTS['account']} in an account",
        "refuses",
        ("unknown_outcome", "unknown_needs_person"),
        ("unknown_orders_max",),
    ),
    Control.COOLDOWN: ControlRow(
        "cool-down after losses",
        "closed trades in a row that lost",
        "strategy in an account, account",
        f"off; {COOLDOWN_DEFAULT_S} s where only the number is set",
        "refuses for a time",
        ("cooldown", "cooldown_started"),
        ("losses_in_row_max", "cooldown_s"),
    ),
}

ELSEWHERE: Final = {
    22: "alert delivered: there are no pages to a phone yet; alarms are in the journal, on the "
    "pages and in the API",
    26: "authentication and replay: at the doors, before there is a case to judge; see the codes "
    "of the bridge and of the private API, and control 10 for replays",
}
"""Numbers of the design that are no row of the table of acts."""

HEAD: Final = """\
# The controls

Each control measures one thing, compares it with the tightest limit of all scopes that the order
falls under, and is recorded with what it measured on every verdict, passed or not. What each of
them may do to which kind of act is one table in [orders.md](orders.md): an exit, a protective leg,
a cancel and a flatten are refused by none of them but for a duplicate. How limits are written, and
what it takes to raise one, is in [configuration.md](configuration.md#limits); each code has its
sentence and its fix in [codes.md](codes.md).

*Default*: what holds where nothing is set. *none: no order without a limit* means that entries are
refused (`limit_missing`) until it is set.
"""


def controls_page(made: str) -> str:
    """Write a section for each control."""
    lines = [f"{HEAD}\n{made}"]
    for number in sorted({int(one) for one in Control} | ELSEWHERE.keys()):
        if number in ELSEWHERE:
            name, _, text = ELSEWHERE[number].partition(": ")
            lines += [f"## {number} {name}", "", f"{text[0].upper()}{text[1:]}.", ""]
            continue
        row = CONTROLS[Control(number)]
        lines += [
            f"## {number} {row.name}",
            "",
            "| | |",
            "|---|---|",
            f"| measures | {row.measures} |",
            f"| scope | {row.scope} |",
            f"| default | {row.default} |",
            f"| tripped | {row.action} |",
            f"| codes | {', '.join(f'[`{code}`](codes.md#{code})' for code in row.codes)} |",
            f"| set by | {', '.join(f'`{one}`' for one in row.settings) or 'nothing'} |",
            "",
        ]
    return "\n".join(lines)
