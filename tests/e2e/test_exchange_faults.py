"""Every fault of the wire at a local exchange, through the whole bridge, one by one."""

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

VENUES = ("binance", "binanceusdm", "bybit")


def test_each_fault_ends_with_one_order_per_intent(tmp_path: Path) -> None:
    """At each of three exchanges: an alert opens a position with a stop, another one closes it, and
    a fault meets the entry, the stop, the cancel or the exit: requests and answers lost, cut, late,
    pages, documented codes, throttles, bans. In the end each intent is one order at the exchange or
    proven to be none, both books agree, what was held was covered, and no limit of the venue was
    broken.
    """
    faults = pytest.importorskip("tests.e2e.exchange_faults")

    told = asyncio.run(faults.all_played(tmp_path, VENUES))

    print("\n".join(told))
    assert len(VENUES) == len(told)
