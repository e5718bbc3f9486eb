"""An exchange that shuts its door to the bridge: what is open goes out, nothing else is opened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.ccxt,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


def test_a_door_that_shuts_stops_entries_and_keeps_no_exit_in(tmp_path: Path) -> None:
    """Pages with 404 and 403 at an entry and at a cancel, keys that are refused at an entry and at
    an exit, a ban whose end nobody names, with a kill in it: a person is called, no entry goes,
    nobody knocks, what is held keeps its stop at the exchange; and it goes out, once, as soon as
    the door or the key's file lets it. Nothing is sent twice, and the books agree.
    """
    doors = pytest.importorskip("tests.e2e.exchange_doors")

    told = asyncio.run(doors.all_played(tmp_path))

    print("\n".join(told))
    assert len(doors.ROWS) + 1 == len(told)
