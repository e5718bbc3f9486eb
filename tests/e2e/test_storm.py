"""A bridge that is killed at any moment loses no alert that it answered, and sends none twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.paper.market import Market
from adapters.paper.venue import PaperVenue
from bridge.config import Config
from core import snapshot
from core.codec import decode
from core.fold import fold
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderState
from core.reports import VenueOrder, VenueSnapshot
from core.state import State
from core.store import chain
from core.store.opening import open_store
from core.store.port import Store
from tests.e2e.storm import ALERTS, DELIVERIES, KILLS, Storm, made
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

    check_storm(storm)


@pytest.mark.redis
def test_no_alert_is_lost_or_doubled_on_a_server(tmp_path: Path, valkey: str) -> None:
    """The same with the journal on a real server."""
    storm = Storm(made(tmp_path / "b", valkey), SEED + 1)

    check_storm(storm)


def check_storm(storm: Storm) -> None:
    """Let it pass over, stop the bridge, and compare all books."""

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
    asyncio.run(check_venue(storm.bridge.config, state))


def check_windows(storm: Storm) -> None:
    """Expect that kills fell into each window that hurts: else the storm proves nothing."""
    print(dict(storm.found), dict(storm.statuses), storm.bridge.kills)
    windows = (OrderState.INTENDED, OrderState.SENT, OrderState.PARTIALLY_FILLED)
    assert [] == [window for window in windows if not storm.found[window]], dict(storm.found)
    assert storm.statuses[0], "no connection broke"


def check_journal(config: Config) -> State:
    """Expect a whole chain, and the same state whoever replays it, from wherever."""
    store = open_store(
        config.store.url, data=config.data, journal=config.store.journal, read_only=True
    )
    try:
        first, second = replayed(store), replayed(store)
        picture = store.load_snapshot()
        assert picture is not None, "an orderly stop leaves a snapshot"
        assert picture.number == first.number
        kept = snapshot.dump(snapshot.unpack(picture.body))
        assert kept == snapshot.dump(first) == snapshot.dump(second)
    finally:
        store.close()
    return first


def replayed(store: Store) -> State:
    """Fold a journal from its first record, every link of the chain checked."""
    state = State()
    for append in chain.verified_store(store):
        for record in decode(append.payload, append.version):
            fold(state, record)
        state.commit()
    return state


def check_answers(storm: Storm, state: State) -> None:
    """Expect one signal for each alert, whatever was answered how often, and one order for it."""
    assert set(range(ALERTS)) == set(storm.answers)
    for alert, answers in storm.answers.items():
        assert DELIVERIES == len(answers)
        assert {answer["verdict"] for answer in answers} <= {"admitted", "held", "duplicate"}
        assert 1 == len({answer["signal"] for answer in answers}), f"alert {alert}"
    orders = Counter(order.origin for order in state.orders.values())
    signals = {answers[0]["signal"] for answers in storm.answers.values()}
    assert dict.fromkeys(signals, 1) == dict(orders)
    assert {"restarted_after_crash"} == {alarm.code for alarm in state.alarms.values()}
    states = Counter(order.state for order in state.orders.values())
    assert {OrderState.FILLED: ALERTS} == dict(states)


async def check_venue(config: Config, state: State) -> None:
    """Expect the venue's own books to say the same: orders, quantities, prices, fees, positions."""
    venue = PaperVenue(
        account="paper",
        instruments=config.setup.instruments,
        settings=config.paper["paper"],
        market=Market([], lambda: state.last_ns),
        ledger_path=config.data / "paper-paper.sqlite",
        clock=lambda: state.last_ns,
    )
    assert await venue.connect(lambda event: None) is None
    try:
        theirs = {name: await venue.lookup(order) for name, order in state.orders.items()}
        picture = await venue.snapshot(1)
    finally:
        await venue.close()
    assert {name: ours(order) for name, order in state.orders.items()} == {
        name: shown(found) for name, found in theirs.items()
    }
    assert isinstance(picture, VenueSnapshot)
    assert () == picture.orders
    held: dict[str, Decimal] = {}
    for position in state.positions.values():
        held[position.instrument] = held.get(position.instrument, ZERO) + position.quantity
    assert held == {row.instrument: row.quantity for row in picture.positions}
    assert ALERTS == _rows(config)


def ours(order: Order) -> tuple[object, ...]:
    """Return what is compared of an order, as the bridge has it."""
    return order.venue_order, order.instrument, order.filled, order.average_price, order.fee


def shown(found: object) -> tuple[object, ...]:
    """Return the same, as the venue shows it."""
    assert isinstance(found, VenueOrder), found
    assert found.event is OrderEvent.FILL
    quantity = sum((fill.quantity or ZERO for fill in found.fills), ZERO)
    value = sum(((fill.quantity or 0) * (fill.price or ZERO) for fill in found.fills), ZERO)
    fee = sum((fill.fee or ZERO for fill in found.fills), ZERO)
    return found.venue_order, found.instrument, quantity, value / quantity, fee


def _rows(config: Config) -> int:
    """Count the orders that the venue ever made, by its own file."""
    with sqlite3.connect(config.data / "paper-paper.sqlite") as ledger:
        count: int = ledger.execute("SELECT count(*) FROM orders").fetchone()[0]
    ledger.close()
    return count
