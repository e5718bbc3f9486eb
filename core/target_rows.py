"""What the state keeps of a strategy's targets: the position that it wanted last."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from core.signals import QuantityUnit


class GapRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A difference between the sender's position and ours that nothing explains, and since when."""

    account: str
    instrument: str
    strategy: str
    theirs: str
    ours: str
    signal: str
    at_ns: int


class TargetRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """The position that a strategy wants in one instrument of one account.

    ``wanted``: in units, negative when short. ``asked``: the number that it was worked out from, in
    ``unit``; ``None`` when it could not be worked out and everything is closed instead. ``signal``
    asked for it, ``time_ns`` by the sender's clock. ``ending``: own orders that were asked to end
    for it; what they fill meanwhile is put right when the last of them is over.
    """

    account: str
    instrument: str
    strategy: str
    wanted: Decimal
    signal: str
    at_ns: int
    asked: Decimal | None = None
    unit: QuantityUnit = QuantityUnit.UNITS
    time_ns: int | None = None
    ending: tuple[str, ...] = ()
