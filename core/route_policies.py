"""Policies of a route about gaps and reversals, as words."""

from __future__ import annotations

from enum import StrEnum


class OnGap(StrEnum):
    """What becomes of an entry whose sender had another position before it than we have."""

    FOLLOW = "follow"
    SKIP = "skip"
    HALT = "halt"


class Reversal(StrEnum):
    """In how many orders a position is turned to the other side."""

    TWO_ORDERS = "two_orders"
    ONE_ORDER = "one_order"
