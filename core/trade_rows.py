"""What the state keeps of a trade (one position of one strategy, from flat to flat), and of
cool-downs after them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from core.money import ZERO
from core.orders import Side


class CooldownRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The last cool-down of a strategy in an account, or (an empty name) of the account."""

    account: str
    strategy: str
    losses: int
    until_ns: int


class TradeRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A trade. ``opened`` and ``closed`` are the numbers of the records that began and ended it, so
    a fill of this account, instrument and strategy with a number between them belongs to it (one
    that turns a position belongs to the trade that it ends).

    ``order``, ``origin``: of the first fill; empty when a person gave the position. ``peak``: the
    largest quantity that was open. ``realized`` is before ``fees``; ``unpriced`` counts fills whose
    fee is not known yet. ``moved``: others changed part of it, so the result is of the rest alone.
    """

    trade: str
    account: str
    instrument: str
    strategy: str
    side: Side
    opened_ns: int
    opened: int
    order: str = ""
    origin: str = ""
    peak: Decimal = ZERO
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    unpriced: int = 0
    moved: bool = False
    closed_ns: int = 0
    closed: int = 0

    @property
    def result(self) -> Decimal:
        """Return what it earned after the fees that are known."""
        return self.realized - self.fees
