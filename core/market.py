"""The market's own sanity (control 20): whether the quotes of an instrument can be believed.

Rules of this file
1. Pure: what is known of the last quotes, and the next one, give what is known then. It is worked
   out when a quote comes, so that a decision only looks it up.
2. What is untrusted stays so until three calm quotes in a row: one good tick between bad ones
   proves nothing.
3. Every quote that moved is remembered, the bad ones too: a market that really became wild is
   believed again once its moves are the usual ones.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.instruments import Instrument
from core.money import ZERO, plain, shown
from core.reports import Quote

MOVES_MAX: Final = 50
"""Moves of which the median is taken."""

MOVES_MIN: Final = 20
"""Below this a median says nothing, and no move counts as a jump."""

CALM_QUOTES: Final = 3
"""Quotes in a row without a fault, after which a market is trusted again."""

PLACES: Final = 3
"""Fraction digits of a percentage for people."""


class Market(msgspec.Struct, frozen=True, gc=False):
    """What is known of an instrument's last quotes.

    ``mid``: of the last quote without a fault of its own. ``moves``: the last absolute moves that
    were not zero, oldest first. ``code``: why it is not trusted (``zero``, ``crossed``, ``spread``,
    ``jump``), with the measured value and its limit; empty: trusted. ``calm``: calm quotes since.
    """

    mid: Decimal = ZERO
    moves: tuple[Decimal, ...] = ()
    code: str = ""
    value: str = ""
    limit: str = ""
    calm: int = 0


UNSEEN: Final = Market()
"""An instrument without quotes so far."""


def judge_quote(market: Market, quote: Quote, instrument: Instrument | None) -> Market:
    """Judge the next quote. ``instrument``: whose numbers count; unknown ones are only looked at
    for zero and crossed prices.
    """
    fault = _flaw(quote, instrument)
    mid = market.mid
    moves = market.moves
    if fault is None or fault[0] == "spread":
        mid = (quote.bid + quote.ask) / 2
        move = abs(mid - market.mid) if market.mid else ZERO
        if move:
            if fault is None and instrument is not None:
                fault = _jump(move, market, instrument)
            moves = (*moves[-MOVES_MAX + 1 :], move)
    if fault is not None:
        return Market(mid, moves, *fault)
    if not market.code:
        return Market(mid, moves)
    calm = market.calm + 1
    if calm >= CALM_QUOTES:
        return Market(mid, moves)
    return Market(mid, moves, market.code, market.value, market.limit, calm)


def _flaw(quote: Quote, instrument: Instrument | None) -> tuple[str, str, str] | None:
    """Return what is wrong with a quote by itself."""
    bid, ask = quote.bid, quote.ask
    if bid <= ZERO:
        return "zero", plain(bid), "above 0"
    if ask < bid:
        return "crossed", f"bid {plain(bid)}, ask {plain(ask)}", "bid below ask"
    if instrument is not None:
        most = instrument.spread_percent_max
        if (ask - bid) * 200 > most * (ask + bid):
            percent = (ask - bid) * 200 / (ask + bid)
            return "spread", f"{shown(percent, PLACES, up=True)} %", f"{plain(most)} %"
    return None


def _jump(move: Decimal, market: Market, instrument: Instrument) -> tuple[str, str, str] | None:
    """Return what is wrong with a move: far beyond the usual ones, and no small change either."""
    moves = market.moves
    if len(moves) < MOVES_MIN or move * 100 <= instrument.jump_percent_min * market.mid:
        return None
    usual = sorted(moves)[len(moves) // 2]
    if move <= instrument.jump_factor_max * usual:
        return None
    percent = f"{shown(move * 100 / market.mid, PLACES, up=True)} %"
    return "jump", percent, f"{plain(instrument.jump_factor_max)} times the usual move"
