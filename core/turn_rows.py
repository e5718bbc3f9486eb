"""What the state keeps of a share that was turned in our books, while nobody knows whether it was
at the venue."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from core.money import ZERO
from core.orders import Side
from core.plan_rows import Key


class TurnRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What orders that may only close sold, or bought, beyond what a strategy holds by our books.

    ``side``: of these orders, and so of what they would have opened. ``quantity``: how much of it
    is in doubt, of ``whole`` that was and did not turn out to be opened. ``order``: the last of
    them, with its ``origin``, ``route`` and ``price``. ``since_ns``: when the first was heard,
    ``at_ns`` the last, by the record ``number``. ``shown``: entries that have not filled more than
    we know, by what their venue showed since. ``kept``: the venue takes no such order through flat.
    ``cut``: others seemed to have closed the same. ``called``: a person was.
    """

    account: str
    instrument: str
    strategy: str
    side: Side
    origin: str
    order: str
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    route: str = ""
    since_ns: int = 0
    at_ns: int = 0
    number: int = 0
    shown: tuple[str, ...] = ()
    kept: bool = False
    cut: bool = False
    called: bool = False
    whole: Decimal = ZERO

    @property
    def key(self) -> Key:
        """Return whose share it is."""
        return self.account, self.instrument, self.strategy
