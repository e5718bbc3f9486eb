"""A bridge that is killed while everything goes wrong at its exchange doubles and loses no order.

``python -m tests.e2e.exchange_storm`` runs the long ones.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.ccxt,
    pytest.mark.slow,
    pytest.mark.timeout(1_200),
]

ORDERS = 60
SEED = 20_261_122


def test_no_storm_at_an_exchange_doubles_or_loses_an_order(tmp_path: Path) -> None:
    """At each of three exchanges, all at once: answers and requests lost, cut and late, pages for
    answers, codes that come although the order was taken, bans, streams that drop, fall silent and
    mix up their events, and two kill -9. Each intent becomes one order, books, fills and cash agree
    in the end, what is held is covered, no ban is earned.
    """
    storm = pytest.importorskip("tests.e2e.exchange_storm")

    told = asyncio.run(storm.all_weathered(tmp_path, storm.VENUES, ORDERS, SEED))

    print("\n".join(told))
    assert len(storm.VENUES) == len(told)
