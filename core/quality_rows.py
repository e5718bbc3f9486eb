"""The rows of quality: how far a strategy's own fills drift, and what its orders cost so far."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from core.money import ZERO

Fills = tuple[tuple[int, Decimal], ...]
"""The prices of fills that a later one is compared with, by their slot of time, oldest first. The
first is the best of the window, and each one after it is worse than the one before."""


class DriftRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """How far the fills of one strategy in one instrument of one account ran away from each other.

    ``buys``, ``sells``: those of the window. ``drift``: of the fills known at ``at_ns``, in percent
    of the best before them. ``until_ns``: entries wait until then.
    """

    account: str
    instrument: str
    strategy: str
    buys: Fills = ()
    sells: Fills = ()
    drift: Decimal = ZERO
    at_ns: int = 0
    until_ns: int = 0


class QualityRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What the orders of one strategy cost at one venue, in sums since ``since_ns``.

    ``orders`` have slippage: ``ticks``, ``bps`` and ``money`` of them, worth ``value``, the last in
    ``last_ns``. ``paid`` orders have a known fee: ``fee`` of them, for ``fee_value`` and
    ``fee_units``. ``tested``: what they are compared with, as unit and number; ``scored`` orders
    are in ``score``, whose scale comes from ``spread``, the sum of the differences of each to the
    one before (``last``). ``alarmed_ns``: of the last alarm.
    """

    strategy: str
    venue: str
    since_ns: int
    last_ns: int = 0
    orders: int = 0
    ticks: Decimal = ZERO
    bps: Decimal = ZERO
    money: Decimal = ZERO
    value: Decimal = ZERO
    paid: int = 0
    fee: Decimal = ZERO
    fee_value: Decimal = ZERO
    fee_units: Decimal = ZERO
    tested: str = ""
    scored: int = 0
    last: Decimal = ZERO
    spread: Decimal = ZERO
    score: Decimal = ZERO
    alarmed_ns: int = 0
