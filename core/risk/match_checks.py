"""Whether an order would trade with an own one, of any strategy of the same account (control 15).

Rules of this file
1. A limit order meets what rests at its price or better. A market order meets what rests at the
   best price of the market or better; how far it goes beyond that nobody knows.
2. A stop meets nothing before its price is reached: what rests on the way there is gone by then.
3. What makes a position smaller is not refused: the own entry in its way is asked to end first.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import AskCancel
from core.cancels import cancel_orders
from core.money import ZERO, plain
from core.orders import OrderType, Purpose
from core.resting import met_by
from core.risk.case import Case
from core.risk.check import Check, stale
from core.risk.controls import Control

_SELF_MATCH: Final = Control.SELF_MATCH.value
_ENTRY: Final = Purpose.ENTRY
_STOP: Final = OrderType.STOP
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""

NAME: Final = "self_match"


def self_match(case: Case) -> Check:
    """Say whether the order would trade with an own one (control 15)."""
    account, scope = case.account.name, case.kind.account
    line = case.state.resting.get((account, case.instrument.name, case.side.opposite))
    if not line:
        return Check(_SELF_MATCH, NAME, "", "none", "", scope)
    if case.expected is None or _waits_blindly(case):
        return stale(_SELF_MATCH, NAME, case)
    met = next(_met(case), None)
    if met is None:
        best = plain(case.side.sign * line[0][0])
        return Check(_SELF_MATCH, NAME, "", plain(case.expected), best, scope)
    at, name = met
    owner = case.state.orders[name].strategy
    value = f"{plain(at)} of {owner or 'nobody of ours'}"
    return Check(_SELF_MATCH, NAME, "self_match", value, plain(case.expected), scope)


def clear_way(case: Case) -> Generator[r.OrderChanged | AskCancel, None, None]:
    """Ask for the end of own entries that an exit or a leg would trade with."""
    if case.purpose is _ENTRY or case.expected is None or _waits_blindly(case):
        return
    found = [case.state.orders[name] for _, name in _met(case)]
    entries = [one for one in found if one.purpose is _ENTRY and not one.pending_cancel]
    yield from cancel_orders(entries, case.now, by="bridge", reason=NAME)


def _met(case: Case) -> Generator[tuple[Decimal, str], None, None]:
    price = _reach(case)
    if price is not None:
        account, instrument = case.account.name, case.instrument.name
        yield from met_by(case.state, account, instrument, side=case.side, price=price)


def _waits_blindly(case: Case) -> bool:
    """Say whether it is a stop of which nobody knows whether its price is reached already."""
    return case.type is _STOP and case.quote is None


def _reach(case: Case) -> Decimal | None:
    """Return the price up to which it would trade now; ``None``: not now."""
    if case.type is not _STOP:
        return case.expected
    assert case.quote is not None and case.trigger is not None, "asked by the caller"
    far = case.quote.ask if case.side.sign > 0 else case.quote.bid
    return far if case.side.sign * (far - case.trigger) >= ZERO else None
