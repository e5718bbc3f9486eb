"""A bridge that is killed at any moment loses no alert that it answered, and sends none twice; not
even when its venue loses replies, requests and reports, shows old books and drops its link.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.paper.weather import loses_report, loses_request
from core import records as r
from core.orders import OrderState
from core.reports import VenueOrder
from core.state import State
from tests.e2e.books import check_answers, check_journal, check_venue, told
from tests.e2e.storm import BAD_VENUE, KILLS, LATE_VENUE, Storm, made
from tests.servers import start_valkey

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

SEED = 20_261_122


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[str]:
    """Start a server of its own, which is not killed: the store's own tests do that."""
    server = start_valkey(tmp_path / "valkey")
    yield server.url
    server.stop()


def test_no_alert_is_lost_or_doubled_on_sqlite(tmp_path: Path) -> None:
    """200 alerts, each delivered four times at once, and 32 kills: each has exactly one order."""
    storm = Storm(made(tmp_path / "b"), SEED)

    state, _ = weathered(storm)

    assert {"restarted_after_crash"} == {alarm.code for alarm in state.alarms.values()}


@pytest.mark.redis
def test_no_alert_is_lost_or_doubled_on_a_server(tmp_path: Path, valkey: str) -> None:
    """The same with the journal on a real server."""
    storm = Storm(made(tmp_path / "b", valkey), SEED + 1)

    state, _ = weathered(storm)

    assert {"restarted_after_crash"} == {alarm.code for alarm in state.alarms.values()}


def test_a_venue_that_loses_things_doubles_and_loses_no_order(tmp_path: Path) -> None:
    """The same with 15 % of the replies lost, 5 % of the requests, 10 % of the reports, and a link
    that falls every few seconds: what the venue's books prove is found there.
    """
    storm = Storm(made(tmp_path / "b", venue=BAD_VENUE), SEED + 2)

    state, theirs = weathered(storm)

    check_faults(storm, state, theirs)


def weathered(storm: Storm) -> tuple[State, dict[str, VenueOrder]]:
    """Let it pass over, stop the bridge, and compare all books. Return ours and the venue's."""

    async def whole() -> None:
        await storm.run()
        await storm.settled()

    try:
        asyncio.run(whole())
    except BaseException:
        storm.bridge.kill()
        raise
    assert 0 == storm.bridge.stop()
    assert storm.bridge.kills >= KILLS >= 30
    check_windows(storm)
    state = check_journal(storm.bridge.config)
    check_answers(storm, state)
    return state, asyncio.run(check_venue(storm.bridge.config, state))


def check_windows(storm: Storm) -> None:
    """Expect that kills fell into each window that hurts: else the storm proves nothing."""
    print(dict(storm.found), dict(storm.statuses), storm.bridge.kills)
    windows = (OrderState.INTENDED, OrderState.SENT, OrderState.PARTIALLY_FILLED)
    assert [] == [window for window in windows if not storm.found[window]], dict(storm.found)
    assert storm.statuses[0], "no connection broke"


def check_faults(storm: Storm, state: State, theirs: dict[str, VenueOrder]) -> None:
    """Expect that what the venue should lose was lost: else the storm proves nothing."""
    settings = storm.bridge.config.paper["paper"]
    faults: Counter[str] = Counter()
    for record in told(storm.bridge.config):
        if isinstance(record, r.OrderChanged) and "on purpose" in record.reason:
            faults["no answer"] += 1
        elif isinstance(record, r.LinkChanged) and "on purpose" in record.reason:
            faults["drops"] += not record.up
    reports = [fill for found in theirs.values() for fill in found.fills]
    faults["requests"] = sum(loses_request(settings, "submit", name, 1) for name in state.orders)
    faults["reports"] = sum(loses_report(settings, report) for report in reports)
    print(dict(faults), Counter(alarm.code for alarm in state.alarms.values()))
    few = {"no answer": 15, "requests": 3, "reports": 15, "drops": 3}
    assert {} == {what: faults[what] for what, least in few.items() if faults[what] < least}
