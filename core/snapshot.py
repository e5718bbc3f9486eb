"""A snapshot: the state written down and read back.

Rules of this file
1. The same state always gives the same bytes; what is read back folds on as if it had never been away.
2. Tables are written in their order of arrival, which the sweep follows.
3. A snapshot of another codec version is not read; the journal is folded instead.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core.exposure import count_order, count_position
from core.orders import Order
from core.positions import Position
from core.records import AlarmRaised
from core.state import (
    AccountRow,
    Bucket,
    Facts,
    FillRow,
    HaltRow,
    KeyRow,
    SignalRow,
    State,
)


class _Picture(msgspec.Struct, kw_only=True):
    number: int
    last_ns: int
    facts: Facts
    signals: list[SignalRow]
    keys: list[tuple[str, str, KeyRow]]
    orders: list[Order]
    fills: list[FillRow]
    positions: list[Position]
    accounts: list[AccountRow]
    halts: list[HaltRow]
    buckets: dict[str, Bucket]
    alarms: list[tuple[int, AlarmRaised]]


_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final = msgspec.json.Decoder(_Picture)


def dump(state: State) -> bytes:
    """Write a state as the body of a snapshot."""
    picture = _Picture(
        number=state.number,
        last_ns=state.last_ns,
        facts=state.facts,
        signals=list(state.signals.values()),
        keys=[(route, key, row) for (route, key), row in state.keys.items()],
        orders=list(state.orders.values()),
        fills=list(state.fills.values()),
        positions=[state.positions[key] for key in sorted(state.positions)],
        accounts=[state.accounts[key] for key in sorted(state.accounts)],
        halts=[state.halts[key] for key in sorted(state.halts)],
        buckets=state.buckets,
        alarms=list(state.alarms.items()),
    )
    return _encoder.encode(picture)


def load(body: bytes) -> State:
    """Read a snapshot body back. Errors: ``msgspec.MsgspecError`` when it is none of this version."""
    picture = _decoder.decode(body)
    state = State()
    state.number, state.facts = picture.number, picture.facts
    state.last_ns = picture.last_ns
    state.signals = {row.signal: row for row in picture.signals}
    state.keys = {(route, key): row for route, key, row in picture.keys}
    state.orders = {row.order: row for row in picture.orders}
    state.fills = {(row.account, row.exec_id): row for row in picture.fills}
    state.positions = {(row.account, row.instrument, row.strategy): row for row in picture.positions}
    state.accounts = {row.account: row for row in picture.accounts}
    state.halts = {row.scope: row for row in picture.halts}
    state.buckets = picture.buckets
    state.alarms = dict(picture.alarms)
    _derive(state)
    state.commit()
    return state


def _derive(state: State) -> None:
    """Work out the tables that a snapshot does not carry."""
    for position in state.positions.values():
        count_position(state, position.account, position.instrument, position.quantity)
    for order in state.orders.values():
        count_order(state, None, order)
    for fill in state.fills.values():
        state.order_fills.setdefault(fill.order, {})[fill.exec_id] = None
    state.done = dict(sorted(state.done.items(), key=lambda item: item[1]))
