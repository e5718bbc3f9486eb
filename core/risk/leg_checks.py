"""The check of an exit against the legs that protect the same share.

Rules of this file
1. It is no control: nothing is refused by it. An exit that could close what a leg may close as well
   waits until the leg is proven to be smaller.
"""

from __future__ import annotations

from typing import Final

from core.legs import in_the_way
from core.money import ZERO, plain
from core.orders import Purpose
from core.risk.case import Case
from core.risk.check import Check

LEGS_FIRST: Final = "legs_first"
"""Why such an exit is held."""

NO_CONTROL: Final = 0
"""Instead of the number of a control."""

_WAIT: Final = (Purpose.EXIT, Purpose.FLATTEN)


def legs_first(case: Case) -> Check | None:
    """Say whether an exit has to wait for legs; ``None``: nothing is in its way."""
    if case.purpose not in _WAIT:
        return None
    key = (case.account.name, case.instrument.name, case.strategy)
    own = case.own.leaves if case.own is not None else ZERO
    blocked = in_the_way(case.state, key, case.side, quantity=case.quantity, own=own)
    if not blocked:
        return None
    scope = f"account:{case.account.name}"
    return Check(NO_CONTROL, "legs", LEGS_FIRST, plain(blocked), "0", scope)
