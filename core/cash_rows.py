"""What the state keeps of an account's cash beside its fills: transfers, and what nobody explained
yet."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from core.money import ZERO


class CashKind(StrEnum):
    """What moved the cash of an account without a fill of ours."""

    TRANSFER = "transfer"  # paid in, or out
    ADJUSTMENT = "adjustment"  # put right by the venue
    FUNDING = "funding"  # financing of a position
    FEE = "fee"
    UNEXPLAINED = "unexplained"  # nobody said yet
    STRANGERS = "strangers"  # what others traded here earned or lost


NO_PROFIT: Final = frozenset({CashKind.TRANSFER, CashKind.ADJUSTMENT, CashKind.UNEXPLAINED})
"""Kinds that are neither profit nor loss."""

BY_A_PERSON: Final = (
    CashKind.TRANSFER, CashKind.ADJUSTMENT, CashKind.FUNDING, CashKind.FEE,
)  # fmt: skip
"""Kinds that a person can name."""

UNNAMED_MAX: Final = 20
"""Changes of a balance that wait for a name; an older one stays in the journal, and outside profit
and loss."""

EXPECTED_MAX: Final = 20
"""Announced movements that have not been seen yet: more than a person has under way in a week."""


TOLD_MAX: Final = 500
"""Movements that a venue told and that are remembered by its own id: a week of funding of twenty
instruments, three times a day. What is older than the oldest of them counts as told."""


class CashEntry(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A change of a balance that nobody named yet. ``peak``: the account's highest equity without
    transfers when it was booked."""

    entry: str
    amount: Decimal
    at_ns: int
    peak: Decimal | None = None


class CashNotice(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A movement that a person announced, and when that is forgotten."""

    kind: CashKind
    amount: Decimal
    by: str
    reason: str
    until_ns: int


class CashRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """The cash of an account as its fills and bookings explain it.

    ``level``: what the venue's balance is above our own sums; ``None``: not compared yet.
    ``split``: how much more the venue keeps in the cost of positions than we do. ``booked``: all
    that was booked, ``flows``: what of it is neither profit nor loss. ``pending``: the value of
    fills without a known fee, the first of ``pending_ns``. ``strange``: others traded here since
    the last agreement. ``suspect``: what one comparison did not explain, seen at ``suspect_ns``.
    ``began_ns``: since when there is a first balance or a level. ``told``: the newest movements
    that the venue told, by its own ids; ``told_ns``: what it dates before this is among those
    forgotten. ``first``: until the first agreement, what the first balance was above what our fills
    earned. ``guessed``: what was taken for the work of others, and may be told as a movement yet.
    """

    account: str
    level: Decimal | None = None
    split: Decimal = ZERO
    booked: Decimal = ZERO
    flows: Decimal = ZERO
    pending: Decimal = ZERO
    pending_ns: int = 0
    strange: bool = False
    suspect: Decimal | None = None
    suspect_ns: int = 0
    unnamed: tuple[CashEntry, ...] = ()
    expected: tuple[CashNotice, ...] = ()
    began_ns: int = 0
    told: tuple[tuple[str, int], ...] = ()
    told_ns: int = 0
    first: Decimal | None = None
    guessed: tuple[CashEntry, ...] = ()

    @property
    def known(self) -> Decimal | None:
        """Return what the balance is above our sums by the last agreement, before any by the first
        picture; ``None``: there was neither."""
        return self.first if self.level is None else self.level
