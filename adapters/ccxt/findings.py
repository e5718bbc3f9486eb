"""What is found out about an account, a market or an order before anything is sent: one row each.

Rules of this file
1. A finding says what is and what mends it, with the right number in both.
2. A refusal made here is proven: nothing has left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.ccxt.codes import CODES as CALL_CODES
from adapters.port import Trouble, TroubleKind
from core.codes import Code, fill, table

CODES: Final = table(
    # --- an instrument and its market
    Code(
        "ccxt_market_unknown",
        "The venue has no {limit} market {value} for the instrument {where}.",
        'Name the market: `markets.{where} = "BASE/QUOTE"` (a swap: "BASE/QUOTE:SETTLE").',
    ),
    Code(
        "ccxt_market_ambiguous",
        "Several {limit} markets of the venue have the id of the instrument {where}: {value}.",
        "Name the one that is meant under `markets.{where}`.",
    ),
    Code(
        "ccxt_market_unclear",
        "The venue tells no price step or no amount step for {value}.",
        "Take {where} out of the account; nothing can be sent there safely.",
    ),
    Code(
        "ccxt_market_inactive",
        "The venue does not trade {value} at the moment.",
        "Take {where} out of the account, or wait until the venue trades it again.",
    ),
    Code(
        "ccxt_tick_differs",
        "{where} has the tick {value}; the venue's price step is {limit}.",
        'Set `tick = "{limit}"` for {where}, or a whole multiple of it.',
    ),
    Code(
        "ccxt_step_differs",
        "{where} has the lot step {value}; the venue's amount step is {limit}.",
        'Set `lot_step = "{limit}"` for {where}, or a whole multiple of it.',
    ),
    Code(
        "ccxt_step_coarse",
        "{where} has the lot step {value}; the venue's own is {limit}. What such a step leaves over"
        " in a wallet, after a fee or an exit, is neither stopped nor sold.",
        'Set `lot_step = "{limit}"` for {where}.',
    ),
    Code(
        "ccxt_min_differs",
        "{where} may be ordered from {value}; the venue's smallest amount is {limit}.",
        'Set `quantity_min = "{limit}"` for {where}, or more.',
    ),
    Code(
        "ccxt_multiplier_differs",
        "{where} has the multiplier {value}; one contract of the venue is {limit}.",
        'Set `multiplier = "{limit}"` for {where}: quantities are the venue\'s contracts.',
    ),
    Code(
        "ccxt_currency_differs",
        "{where} is in {value}; the venue's market earns and loses in {limit}.",
        'Set `currency = "{limit}"` for {where}, or name another market for it.',
    ),
    Code(
        "ccxt_account_currency",
        "{where} earns and loses in {value}; the account is kept in {limit}.",
        "Trade it in an account whose currency is {value}.",
    ),
    Code(
        "ccxt_base_differs",
        'The base coin of {where} is "{value}"; the venue\'s market buys and sells {limit}.',
        'Set `base = "{limit}"` for {where}.',
    ),
    Code(
        "ccxt_market_fits",
        "{where} fits the venue's market {value}; the smallest order is {limit}.",
        "Nothing to do.",
    ),
    # --- an order
    Code(
        "ccxt_price_invalid",
        "The price {value} of {where} is nothing once it is on the venue's price step.",
        "Send a positive price.",
    ),
    Code(
        "ccxt_below_minimum",
        "{value} of {where} is less than the venue takes: {limit}.",
        "Send at least that much.",
    ),
    Code(
        "ccxt_above_maximum",
        "{value} of {where} is more than the venue takes in one order: {limit}.",
        "Lower the quantity limit of the account to that.",
    ),
    Code(
        "ccxt_value_too_small",
        "The order of {where} is worth {value}; the venue takes none below {limit}.",
        "Send more, or skip signals that are so small.",
    ),
    Code(
        "ccxt_nothing_free",
        "{value} of {where} is to be sold, and {limit} of the wallet is free.",
        "Something else holds the coins: another order, or somebody sold them.",
        retryable=True,
    ),
    Code(
        "ccxt_instrument_unknown",
        "The account has no market for {value}.",
        "Add the instrument to the account, or name its market.",
    ),
    Code(
        "ccxt_type_not_offered",
        "The venue has no {value} orders.",
        "Use another order type, or let the bridge keep the stop.",
    ),
    Code(
        "ccxt_replace_not_offered",
        "{where} does not change every kind of order in one call.",
        "The bridge cancels and places anew there; nothing to do.",
    ),
    # --- a call
    Code(
        "ccxt_still_banned",
        "The venue has shut its door for the address or the keys of {where}: a ban, which lasts"
        " {value} s more.",
        "Nothing is sent until it is over. Look whether other programs use the same address or"
        " keys, and do not ask in between: that makes it longer.",
        retryable=True,
    ),
    Code(
        "ccxt_own_limit",
        "{where} has used up what the venue grants; the next call goes in {value} ms.",
        "It goes again by itself. Fewer strategies or longer polls make it rarer.",
        retryable=True,
    ),
    Code(
        "ccxt_not_connected",
        "The account {where} is not connected.",
        "The bridge connects again by itself.",
        retryable=True,
    ),
    Code(
        "ccxt_answer_of_another",
        "The venue answered the order {value} with one of another name: {limit}.",
        "Nothing to do: the order is looked up.",
        retryable=True,
    ),
    Code(
        "ccxt_number_unknown",
        "The venue ends an order by its own number alone, and that of {value} is not known yet.",
        "Nothing to do: the order is looked up, and the cancel goes again.",
        retryable=True,
    ),
    Code(
        "ccxt_reading_failed",
        "What the venue answered could not be read: {value}.",
        "It is asked again by itself. If this stays, wait for a version of Bascule that knows it.",
        retryable=True,
    ),
    Code(
        "ccxt_no_price",
        "The venue tells no price of {value}, so the wallet cannot be valued.",
        "It is asked again by itself.",
        retryable=True,
    ),
    # --- the account
    Code(
        "ccxt_venue_unknown",
        "There is no profile for the venue {value}.",
        "Take one of these: {limit}.",
    ),
    Code(
        "ccxt_venue_refused",
        "The venue {where} cannot be traded safely: {value}.",
        "Take another venue.",
    ),
    Code(
        "ccxt_venue_unproven",
        "The venue {value} was never tried over a wire, its orders are known from polls alone.",
        'Take binance, binanceusdm or bybit; or accept it with `waive = ["unproven_venue"]`.',
    ),
    Code(
        "ccxt_approval_lacking",
        "The venue {where} does this beside the orders: {value}",
        'Agree to it with `approve = ["{limit}"]`, or take another venue.',
    ),
    Code(
        "ccxt_side_effect",
        "Beside the orders: {value}",
        "Nothing to do; it is shown because nobody asked for it.",
    ),
    Code(
        "ccxt_base_shared",
        "Two instruments of the account hold the same coin {value}: {where}.",
        "Give each of them an account (a sub-account) of its own: a wallet cannot say whose coin"
        " it is.",
    ),
    Code(
        "ccxt_keys_work",
        "The venue takes the keys.",
        "Nothing to do.",
    ),
    Code(
        "ccxt_key_withdraws",
        "The key may withdraw money.",
        "Make a key without the right to withdraw, and put it in the place of this one. A thief of"
        " the key could empty the account.",
    ),
    Code(
        "ccxt_key_transfers",
        "The key may move money to other accounts of the same owner.",
        "Take that right away from the key: nothing here needs it.",
    ),
    Code(
        "ccxt_key_cannot_trade",
        "The key may not trade here.",
        "Give the key the right to trade {value}.",
    ),
    Code(
        "ccxt_key_rights",
        "The key may trade, and may not withdraw.",
        "Nothing to do.",
    ),
    Code(
        "ccxt_key_rights_untold",
        "The venue does not tell what the key may do.",
        "Look on the venue's page: the key must not be allowed to withdraw.",
    ),
    Code(
        "ccxt_key_expires",
        "The key ends on {value}.",
        "Make a new key in time: an expired one can neither open nor close anything.",
    ),
    Code(
        "ccxt_key_any_address",
        "The key works from every address.",
        "Bind it to the address of this machine on the venue's page.",
    ),
    Code(
        "ccxt_hedge_mode",
        "The account keeps opposite positions side by side (hedge mode).",
        "Switch it to one-way mode on the venue's page, with no position and no order open.",
    ),
    Code(
        "ccxt_one_way",
        "The account keeps one position per market.",
        "Nothing to do.",
    ),
    Code(
        "ccxt_margin_mode_differs",
        "The margin of {where} is {value}; the configuration asks for {limit}.",
        "It is set at the next connect while nothing is open; else set it on the venue's page.",
    ),
    Code(
        "ccxt_leverage_differs",
        "The leverage of {where} is {value}; the configuration asks for {limit}.",
        "It is set at the next connect; else set it on the venue's page.",
    ),
    Code(
        "ccxt_margin_shown",
        "{where} stands at leverage {value} and margin {limit}.",
        "Nothing to do; name `leverage` and `margin_mode` to have them set.",
    ),
    Code(
        "ccxt_clock_off",
        "This machine's clock is {value} ms away from the venue's.",
        "Let the machine set its clock by itself (NTP). Orders are sent with the venue's time"
        " meanwhile.",
    ),
    Code(
        "ccxt_clock_right",
        "This machine's clock is {value} ms away from the venue's.",
        "Nothing to do.",
    ),
    Code(
        "ccxt_not_live",
        "The account is {value}: no real money moves.",
        "Nothing to do.",
    ),
    Code(
        "ccxt_live",
        "The account trades real money.",
        "Nothing to do, if that is what you want.",
    ),
    Code(
        "ccxt_venue_closed",
        "The venue says that it is {value}.",
        "Wait until it is open again.",
        retryable=True,
    ),
)
"""Every code that an examination, a connect or the check of an order can give."""

FINE: Final = frozenset(
    {
        "ccxt_market_fits",
        "ccxt_keys_work",
        "ccxt_key_rights",
        "ccxt_one_way",
        "ccxt_margin_shown",
        "ccxt_clock_right",
        "ccxt_not_live",
        "ccxt_live",
        "ccxt_side_effect",
    }
)
"""Codes that say that all is well."""

ADVICE: Final = frozenset(
    {
        "ccxt_step_coarse",
        "ccxt_key_transfers",
        "ccxt_key_rights_untold",
        "ccxt_key_any_address",
        "ccxt_clock_off",
        "ccxt_margin_mode_differs",
        "ccxt_leverage_differs",
    }
)
"""Codes that a person should read, and that stop nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``ok``: nothing to mend. ``stops``: the account must not trade
    so."""

    code: str
    ok: bool
    sentence: str
    fix: str
    stops: bool = False


def finding(code: str, *, value: str = "", limit: str = "", where: str = "") -> Finding:
    """Make a finding of a code and its facts."""
    row = CODES[code]
    return Finding(
        code=code,
        ok=code in FINE,
        sentence=fill(row.sentence, value, limit, where),
        fix=fill(row.fix, value, limit, where),
        stops=code not in FINE and code not in ADVICE,
    )


def refusal(code: str, *, value: str = "", limit: str = "", where: str = "") -> Trouble:
    """Make a proven refusal of our own: nothing has left."""
    row = CODES[code]
    text = fill(row.sentence, value, limit, where)
    return Trouble(TroubleKind.REFUSED, code, text, transient=row.retryable)


def unproven(code: str, *, value: str = "", limit: str = "", where: str = "") -> Trouble:
    """Make a trouble of our own that proves nothing."""
    return Trouble(TroubleKind.UNKNOWN, code, fill(CODES[code].sentence, value, limit, where))


def unsent(code: str, *, value: str = "", where: str = "", until_ns: int | None = None) -> Trouble:
    """Make a trouble of our own before anything left: it goes again, or at a time."""
    kind = TroubleKind.NOT_SENT if until_ns is None else TroubleKind.THROTTLED
    return Trouble(kind, code, fill(CODES[code].sentence, value, "", where), until_ns)


def fatal(found: Finding) -> Trouble:
    """Make what keeps an account from connecting."""
    return Trouble(TroubleKind.FATAL, found.code, f"{found.sentence} {found.fix}")


def as_finding(trouble: Trouble) -> Finding:
    """Make a finding of a call that failed: what mends it is the fix of its code."""
    row = CODES.get(trouble.code) or CALL_CODES.get(trouble.code)
    mends = fill(row.fix, "", "", "") if row is not None else ""
    return Finding(trouble.code, ok=False, sentence=trouble.text, fix=mends, stops=True)
