"""The books after a storm: what the journal, the answers and the venue's own file must agree on."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from adapters.paper.market import Market
from adapters.paper.venue import PaperVenue
from bridge.config import Config
from core import snapshot
from core.codec import decode
from core.fold import fold
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderState
from core.records import Record
from core.reports import VenueOrder, VenueSnapshot
from core.state import State
from core.store import chain
from core.store.opening import open_store
from core.store.port import Store
from tests.e2e.storm import ALERTS, DELIVERIES, Storm


def check_journal(config: Config) -> State:
    """Expect a whole chain, and the same state whoever replays it, from wherever."""
    store = _opened(config)
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


def _opened(config: Config) -> Store:
    return open_store(
        config.store.url, data=config.data, journal=config.store.journal, read_only=True
    )


def replayed(store: Store) -> State:
    """Fold a journal from its first record, every link of the chain checked."""
    state = State()
    for append in chain.verified_store(store):
        for record in decode(append.payload, append.version):
            fold(state, record)
        state.commit()
    return state


def told(config: Config) -> Iterator[Record]:
    """Read every record of a journal."""
    store = _opened(config)
    try:
        for append in store.read():
            yield from decode(append.payload, append.version)
    finally:
        store.close()


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


def check_ends(state: State) -> None:
    """Expect that every order was filled."""
    states = Counter(order.state for order in state.orders.values())
    assert {OrderState.FILLED: ALERTS} == dict(states)


async def check_venue(config: Config, state: State) -> dict[str, VenueOrder]:
    """Expect the venue's own books to say the same: orders, quantities, prices, fees, positions.
    Return what they say of each order that was filled; they have no other.
    """
    venue = PaperVenue(
        account="paper",
        instruments=config.setup.instruments,
        settings=replace(config.paper["paper"], visibility_lag_ms=0),
        market=Market([], lambda: state.last_ns),
        ledger_path=config.data / "paper-paper.sqlite",
        clock=lambda: state.last_ns,
    )
    assert await venue.connect(lambda event: None) is None
    try:
        said = {name: await venue.lookup(order) for name, order in state.orders.items()}
        picture = await venue.snapshot(1)
    finally:
        await venue.close()
    theirs = {name: found for name, found in said.items() if isinstance(found, VenueOrder)}
    filled = {n: ours(o) for n, o in state.orders.items() if o.state is OrderState.FILLED}
    assert filled == {name: shown(found) for name, found in theirs.items()}
    assert isinstance(picture, VenueSnapshot)
    assert () == picture.orders
    held: dict[str, Decimal] = {}
    for position in state.positions.values():
        held[position.instrument] = held.get(position.instrument, ZERO) + position.quantity
    assert held == {row.instrument: row.quantity for row in picture.positions}
    assert len(theirs) == _rows(config)
    return theirs


def ours(order: Order) -> tuple[object, ...]:
    """Return what is compared of an order, as the bridge has it."""
    return order.venue_order, order.instrument, order.filled, order.average_price, order.fee


def shown(found: VenueOrder) -> tuple[object, ...]:
    """Return the same, as the venue shows it."""
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
