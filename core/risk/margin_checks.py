"""Checks of what an account can carry, and of how its last trades ended (controls 8 and 28).

Rules of this file
1. What is open, working or unknown needs its margin at the worst, and so does this order.
2. What a venue says of its free margin counts beside our own sum; the smaller one decides.
3. Where nobody says what an instrument needs, nothing is refused unless a minimum was asked for.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.instruments import Instrument
from core.money import ZERO, plain
from core.orders import Side
from core.risk.case import Case
from core.risk.check import PLACES, Check
from core.risk.controls import Control
from core.setup import SECOND_NS

_MARGIN: Final = Control.MARGIN.value
_COOLDOWN: Final = Control.COOLDOWN.value
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""

NAME: Final = "margin_free_percent_min"


def margin(case: Case) -> Check:
    """Compare the free margin after this order and all working ones (control 8)."""
    scope = case.kind.account
    least = case.kind.margin_free_percent_min
    told = case.standing.mark.free_margin if case.standing is not None else None
    if not _knows(case.instrument) and told is None:
        what = case.instrument.name
        if least is None:
            return Check(_MARGIN, NAME, "", what, _NOTHING, scope)
        return Check(_MARGIN, NAME, "margin_unknown", what, _percent(least), scope)
    if case.standing is None:
        return Check(_MARGIN, NAME, "equity_stale", "no fresh equity", "", scope)
    needed = _needed(case)
    if isinstance(needed, Check):
        return needed
    total, added = needed
    free = case.standing.mark.equity - total
    if told is not None:
        free = min(free, told - added)
    short = free < total * (least or ZERO) / 100
    return Check(
        _MARGIN, NAME, "margin_short" if short else "",
        f"{_shown(free)} of {_shown(total)}", _percent(least), scope,
    )  # fmt: skip


def _shown(amount: Decimal) -> str:
    text = plain(amount)
    dot = text.find(".")
    return text if dot < 0 else text[: dot + 1 + PLACES]


def _percent(least: Decimal | None) -> str:
    return f"{plain(least or ZERO)} % of it free"


_NOTHING: Final = _percent(None)


def _knows(instrument: Instrument) -> bool:
    return instrument.margin_percent is not None or instrument.margin_per_unit is not None


def _needed(case: Case) -> tuple[Decimal, Decimal] | Check:
    """Return what all needs with this order, and what of it is not a position yet."""
    here, state = case.instrument, case.state
    quotes = case.view.at(case.account.name).quotes
    total, added = ZERO, ZERO
    for name in state.exposed.get(case.account.name, ()):
        instrument = state.facts.setup.instruments.get(name)
        if name == here.name or instrument is None or not _knows(instrument):
            continue
        exposure, quote = state.exposures[case.account.name, name], quotes.get(name)
        if quote is None or quote.bid <= ZERO:
            return _unpriced(case, name)
        needs = instrument.margin(exposure.worst, quote.mid)
        total += needs
        added += needs - instrument.margin(abs(exposure.net), quote.mid)
    if not _knows(here):
        return total, added
    price = case.expected if case.expected is not None else case.mid
    if price is None:
        return _unpriced(case, here.name)
    price = price if case.mid is None else max(price, case.mid)
    exposure = case.exposure
    buy = exposure.buy + (case.quantity if case.side is Side.BUY else ZERO)
    sell = exposure.sell + (case.quantity if case.side is Side.SELL else ZERO)
    worst = max(abs(exposure.net + buy), abs(exposure.net - sell))
    needs = here.margin(worst, price)
    return total + needs, added + needs - here.margin(abs(exposure.net), price)


def _unpriced(case: Case, name: str) -> Check:
    scope = case.kind.account
    return Check(_MARGIN, NAME, "reference_stale", f"no price of {name}", "", scope)


def cooldown(case: Case) -> Check:
    """Say whether too many trades in a row lost (control 28)."""
    account, rows = case.account.name, case.state.cooldowns
    if rows:
        for strategy in (case.strategy, ""):
            row = rows.get((account, strategy))
            if row is not None and case.now < row.until_ns:
                left = f"{-((case.now - row.until_ns) // SECOND_NS)} s"
                scope = f"strategy:{strategy}" if strategy else f"account:{account}"
                lost = f"{row.losses} lost in a row"
                return Check(_COOLDOWN, "cooldown", "cooldown", left, lost, scope)
    return Check(_COOLDOWN, "cooldown", "", "none", "", case.kind.strategy)
