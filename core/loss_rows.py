"""What the state keeps of the losses of an account beside its day."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from core.money import ZERO


class LossRule(StrEnum):
    """The three rules of control 7."""

    DAILY = "daily"
    DRAWDOWN = "drawdown"
    TRAILING = "trailing"


class LossRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """From where the losses of an account are counted.

    ``day_flows``, ``base_flows``: the transfers up to the beginning of the day and up to
    ``base_ns``, when the ``base`` was set: the start balance, or a person's number. ``peak``: the
    highest equity that counts, less the transfers up to then. ``warned``, ``tripped``: drawdowns
    that warned or are reached; a person lets them go. ``day_most``: the limit at which the day's
    loss was reached; ``day_lowered``: a person lowered the day's baseline since.
    """

    account: str
    day_flows: Decimal = ZERO
    base: Decimal | None = None
    base_flows: Decimal = ZERO
    base_ns: int = 0
    peak: Decimal | None = None
    warned: tuple[LossRule, ...] = ()
    tripped: tuple[LossRule, ...] = ()
    day_most: Decimal | None = None
    day_lowered: bool = False
