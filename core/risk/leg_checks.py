"""The check of an order against the legs that protect a share: of the same one, or of another.

Rules of this file
1. It is no control: nothing is refused by it. An exit that could close what a leg may close as well
   waits until the leg is proven to be smaller. An entry of which the legs and exits of another
   strategy could close something waits until they are.
"""

from __future__ import annotations

from typing import Final

from core.legs import beyond_shares, in_the_way
from core.money import ZERO, plain
from core.orders import Purpose
from core.risk.case import Case
from core.risk.check import Check

LEGS_FIRST: Final = "legs_first"
"""Why such an exit is held."""

OTHERS_FIRST: Final = "others_first"
"""Why such an entry is held."""

NO_CONTROL: Final = 0
"""Instead of the number of a control."""

_WAIT: Final = (Purpose.EXIT, Purpose.FLATTEN)
_ENTRY: Final = Purpose.ENTRY
"""Named once: Python 3.11 takes long to look up a member of an enum."""


def legs_first(case: Case) -> Check | None:
    """Say whether an order has to wait for legs; ``None``: nothing is in its way."""
    if not case.state.legs_at:
        return None
    account, instrument, strategy = case.account.name, case.instrument.name, case.strategy
    if case.purpose in _WAIT:
        own = case.own.leaves if case.own is not None else ZERO
        key, code = (account, instrument, strategy), LEGS_FIRST
        blocked = in_the_way(case.state, key, case.side, quantity=case.quantity, own=own)
    elif case.purpose is _ENTRY:
        code = OTHERS_FIRST
        blocked = beyond_shares(case.state, account, instrument, strategy=strategy, side=case.side)
    else:
        return None
    if not blocked:
        return None
    return Check(NO_CONTROL, "legs", code, plain(blocked), "0", f"account:{account}")
