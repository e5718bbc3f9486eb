"""Checks of what is believed: the quotes of an instrument, and our own clock.

Rules of this file
1. Quotes and clocks are judged when they come; here the judgement is looked up.
2. A source that was not heard for long says nothing; where no source speaks, nothing is off.
"""

from __future__ import annotations

from typing import Final

from core.market import UNSEEN, judge_quote
from core.risk.case import Case
from core.risk.check import Check, stale
from core.risk.controls import Control
from core.setup import SECOND_NS
from core.view import NETWORK

_MARKET_DATA: Final = Control.MARKET_DATA.value
_CLOCK: Final = Control.CLOCK.value
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""

HEARD_NS: Final = 180 * SECOND_NS
"""How long a reading of a clock holds: time servers are asked every minute, two answers may be
lost."""

MS_NS: Final = 1_000_000


def market_data(case: Case) -> Check:
    """Say whether the quotes of the instrument can be believed (control 20)."""
    name = case.instrument.name
    prices = case.view.at(case.account.name)
    quote = prices.quotes.get(name)
    if quote is None or case.now - quote.at_ns > case.account.quote_age_max_ns:
        return stale(_MARKET_DATA, "market_data", case)
    market = prices.markets.get(name)
    if market is None:
        market = judge_quote(UNSEEN, quote, case.instrument)
    if not market.code:
        return Check(_MARKET_DATA, "market_data", "", "calm", "", "")
    value = f"{market.code} {market.value}"
    scope = case.kind.instrument
    return Check(_MARKET_DATA, "market_data", "market_untrusted", value, market.limit, scope)


def clock(case: Case) -> Check:
    """Compare our clock with those of the venue and of the time servers (control 21).

    The source that is nearest to ours counts: one that agrees is enough.
    """
    limit = case.state.facts.setup.clock_off_max_ns
    shown = case.kind.clock
    if case.now < case.view.clock_until_ns:
        return Check(_CLOCK, "clock", "clock_off", "just set", shown, "global")
    clocks = case.view.clocks
    best: int | None = None
    for source in (case.account.name, NETWORK):
        reading = clocks.get(source)
        if reading is not None and case.now - reading.at_ns <= HEARD_NS:
            ahead = reading.ahead_ns
            best = ahead if best is None or abs(ahead) < abs(best) else best
    if best is None:
        return Check(_CLOCK, "clock", "", "no source", shown, "")
    code = "clock_off" if abs(best) > limit else ""
    scope = case.kind.account
    return Check(_CLOCK, "clock", code, f"{best // MS_NS:+} ms", shown, scope)
