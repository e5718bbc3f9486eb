"""How one account follows another, as a route of the configuration says it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from core.money import must_be_finite


class Minimum(StrEnum):
    """What a copy does with less than the smallest order: nothing, or one."""

    SKIP = "skip"
    ONE = "one"


class Equivalent(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What is traded instead: ``factor`` of ``instrument`` stand for one of the leader's."""

    instrument: str
    factor: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.factor)


class Copy(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """How one account follows the leader of a route: ``ratio`` of the leader's quantity.

    ``equivalents``: by the leader's instrument, what this account trades in its place.
    """

    ratio: Decimal = Decimal(1)
    minimum: Minimum = Minimum.SKIP
    equivalents: dict[str, Equivalent] = {}

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.ratio)
