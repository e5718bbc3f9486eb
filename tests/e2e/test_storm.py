"""A bridge that is killed at any moment loses no alert that it answered, and sends none twice; not
even when its venue loses replies, requests and reports, shows old books and drops its link.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from adapters.paper.weather import loses_report, loses_request
from core import records as r
from core.orders import OrderEvent, OrderState
from core.reports import VenueOrder
from core.state import State
from tests.e2e.books import check_answers, check_ends, check_journal, check_venue, told
from tests.e2e.storm import BAD_VENUE, LATE_VENUE, Storm, made
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

    state, _ = weathered(storm, storm.settled)

    check_ends(state)
    assert {"restarted_after_crash", "alerts_crowded"} == codes(state)


@pytest.mark.redis
def test_no_alert_is_lost_or_doubled_on_a_server(tmp_path: Path, valkey: str) -> None:
    """The same with the journal on a real server."""
    storm = Storm(made(tmp_path / "b", valkey), SEED + 1)

    state, _ = weathered(storm, storm.settled)

    check_ends(state)
    assert {"restarted_after_crash", "alerts_crowded"} == codes(state)


def test_a_venue_that_loses_things_doubles_and_loses_no_order(tmp_path: Path) -> None:
    """The same with 15 % of the replies lost, 5 % of the requests, 10 % of the reports, and a link
    that falls every few seconds: what is not in the venue's books goes again, under its own id.
    """
    storm = Storm(made(tmp_path / "b", venue=BAD_VENUE), SEED + 2, kills=16, life_s=0.4)

    state, theirs = weathered(storm, storm.settled, OrderState.SENT)

    check_ends(state)
    check_faults(storm, state, theirs)


def test_a_venue_that_shows_old_books_doubles_no_order(tmp_path: Path) -> None:
    """The same where books of 300 ms ago prove no absence: whatever arrived is found and filled;
    what did not is given up after a minute of answers that count, and not before.
    """
    storm = Storm(made(tmp_path / "b", venue=LATE_VENUE), SEED + 3, kills=16, life_s=0.4)

    state, theirs = weathered(storm, storm.settled_as_far_as_shown, OrderState.UNKNOWN)

    check_faults(storm, state, theirs)
    check_silence(storm, state, theirs)


def weathered(
    storm: Storm,
    settled: Callable[[], Awaitable[None]],
    doubt: OrderState = OrderState.INTENDED,
) -> tuple[State, dict[str, VenueOrder]]:
    """Let it pass over, stop the bridge, and compare all books. Return ours and the venue's.
    ``doubt``: what some kill has to leave, beside orders on their way and in pieces.
    """

    async def whole() -> None:
        await storm.run()
        await settled()

    try:
        asyncio.run(whole())
    except BaseException:
        storm.bridge.kill()
        raise
    assert 0 == storm.bridge.stop()
    assert storm.bridge.kills >= storm.kills
    windows = {OrderState.SENT, OrderState.PARTIALLY_FILLED, doubt}
    print(dict(storm.found), dict(storm.statuses), storm.bridge.kills)
    assert windows <= storm.found.keys(), "kills that fell into each window that hurts"
    if doubt is OrderState.INTENDED:  # the other kills wait for the venue, long after the answers
        assert storm.statuses[0], "connections that broke"
    state = check_journal(storm.bridge.config)
    check_answers(storm, state)
    return state, asyncio.run(check_venue(storm.bridge.config, state))


def codes(state: State) -> set[str]:
    """Return the codes of the alarms."""
    return {alarm.code for alarm in state.alarms.values()}


def check_faults(storm: Storm, state: State, theirs: dict[str, VenueOrder]) -> None:
    """Expect that what the venue should lose was lost: else the storm proves nothing."""
    settings = storm.bridge.config.paper["paper"]
    faults: Counter[str] = Counter()
    for record in told(storm.bridge.config):
        if isinstance(record, r.OrderChanged):
            faults["no answer"] += "paper_no_answer" in record.reason
        elif isinstance(record, r.LinkChanged):
            faults["drops"] += not record.up and "drop_link_every_s" in record.reason
        elif isinstance(record, r.LookedUp):
            faults["not shown yet"] += record.order in theirs
    reports = [fill for found in theirs.values() for fill in found.fills]
    faults["requests"] = sum(loses_request(settings, "submit", name, 1) for name in state.orders)
    faults["reports"] = sum(loses_report(settings, report) for report in reports)
    print(dict(faults), Counter(alarm.code for alarm in state.alarms.values()))
    few = {"no answer": 10, "requests": 1, "reports": 15, "drops": 2}
    if settings.visibility_lag_ms:
        few["not shown yet"] = 3
    assert {} == {what: faults[what] for what, least in few.items() if faults[what] < least}


def check_silence(storm: Storm, state: State, theirs: dict[str, VenueOrder]) -> None:
    """Expect that each order without a fill never arrived, that no silence was believed too early,
    and that what is still in doubt was not silent for long enough.
    """
    counted: dict[str, list[int]] = {}
    given_up: list[str] = []
    for record in told(storm.bridge.config):
        if isinstance(record, r.LookedUp) and record.qualified:
            counted.setdefault(record.order, []).append(record.at_ns)
        elif isinstance(record, r.OrderChanged) and record.event is OrderEvent.ABSENT:
            given_up.append(record.order)
            silence = counted[record.order]
            assert len(silence) >= 7
            assert silence[-1] - silence[0] >= 60 * 10**9
    open_orders = {name for name, order in state.orders.items() if name not in theirs}
    states = {state.orders[name].state for name in open_orders}
    assert states <= {OrderState.NOT_PLACED, OrderState.UNKNOWN}
    assert given_up
    assert set(given_up) <= open_orders
    assert set(given_up) == {
        n for n in open_orders if state.orders[n].state is OrderState.NOT_PLACED
    }
    for name in open_orders - set(given_up):
        silence = counted.get(name, [0])
        assert len(silence) < 7 or silence[-1] - silence[0] < 60 * 10**9
