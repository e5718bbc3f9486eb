"""A snapshot: the state written down and read back.

Rules of this file
1. The same state always gives the same bytes; what is read back folds on as if it had never been
   away.
2. Tables are written in an order of their own, by number or by name: how they came to be says
   nothing.
3. A snapshot of another codec version is not read; the journal is folded instead.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, cast

import msgspec

from core.cash_rows import CashRow
from core.contract_rows import CallRow, ChoiceRow, EndRow, FrontRow
from core.exposure import count_foreign, count_order, count_position, note_strategy
from core.flatten_rows import FlattenRow
from core.fold_attached import list_attached
from core.fold_followups import list_followup
from core.fold_plans import list_plan
from core.heard_rows import RouteRow, StreamRow
from core.loss_rows import LossRow
from core.mismatches import ForeignOrder, Mismatch
from core.money import total
from core.orders import Order
from core.plan_rows import PlanRow
from core.positions import EXTERNAL, Position
from core.quality_rows import DriftRow, QualityRow
from core.records import AlarmRaised
from core.resting import note_resting
from core.schedule_rows import FlatRow, ScheduleRow
from core.state import (
    AccountRow,
    ApartRow,
    BreakerRow,
    Bucket,
    CycleRow,
    DoubtRow,
    Facts,
    FillRow,
    HaltRow,
    KeyRow,
    SignalRow,
    State,
)
from core.target_rows import GapRow, TargetRow
from core.ticket_rows import TicketRow
from core.trade_rows import CooldownRow, TradeRow
from core.trades import count_earned
from core.turn_rows import TurnRow


class SnapshotUnreadable(ValueError):
    """Bytes that are no snapshot of this version: the journal is folded from its beginning."""


class Picture(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A state held still, to be written down."""

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
    mismatches: list[Mismatch] = []
    foreign: list[ForeignOrder] = []
    touched: list[tuple[str, str, int]] = []
    flattens: list[FlattenRow] = []
    doubts: list[DoubtRow] = []
    watched: list[tuple[str, int]] = []
    proven: list[tuple[str, tuple[tuple[str, int], ...]]] = []
    breakers: list[BreakerRow] = []
    tickets: list[TicketRow] = []
    apart: list[ApartRow] = []
    trades: list[TradeRow] = []
    closed_trades: list[TradeRow] = []
    cash: list[CashRow] = []
    losses: list[LossRow] = []
    cooldowns: list[CooldownRow] = []
    schedules: list[ScheduleRow] = []
    targets: list[TargetRow] = []
    gaps: list[GapRow] = []
    cycles: list[CycleRow] = []
    flats: list[FlatRow] = []
    plans: list[PlanRow] = []
    drifts: list[DriftRow] = []
    quality: list[QualityRow] = []
    routes: list[RouteRow] = []
    streams: list[StreamRow] = []
    fronts: list[FrontRow] = []
    choices: list[ChoiceRow] = []
    calls: list[CallRow] = []
    priced: list[tuple[str, str, Decimal]] = []
    ends: list[EndRow] = []
    turns: list[TurnRow] = []


_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final = msgspec.json.Decoder(Picture)

_by_number: Final = attrgetter("number")


ROWS_AT_ONCE: Final = 256
"""Rows written in one go, under a millisecond: while a table is encoded no other thread runs."""


def copy(state: State) -> Picture:
    """Hold a state still: its rows never change, so a copy of the tables is enough."""
    keys = [(route, key, row) for (route, key), row in state.keys.items()]
    return Picture(
        number=state.number,
        last_ns=state.last_ns,
        facts=state.facts,
        signals=sorted(state.signals.values(), key=_by_number),
        keys=sorted(keys, key=lambda item: item[2].number),
        orders=sorted(state.orders.values(), key=_by_number),
        fills=sorted(state.fills.values(), key=_by_number),
        positions=[state.positions[key] for key in sorted(state.positions)],
        accounts=[state.accounts[key] for key in sorted(state.accounts)],
        halts=[state.halts[key] for key in sorted(state.halts)],
        buckets=dict(state.buckets),
        alarms=sorted(state.alarms.items()),
        mismatches=[state.mismatches[key] for key in sorted(state.mismatches)],
        foreign=[state.foreign[key] for key in sorted(state.foreign)],
        touched=[(*key, state.touched[key]) for key in sorted(state.touched)],
        flattens=sorted(state.flattens.values(), key=_by_number),
        doubts=[state.doubts[key] for key in sorted(state.doubts)],
        watched=sorted(state.watched.items()),
        proven=sorted(state.proven.items()),
        breakers=[state.breakers[key] for key in sorted(state.breakers)],
        tickets=[state.tickets[key] for key in sorted(state.tickets)],
        apart=[state.apart[key] for key in sorted(state.apart)],
        trades=[state.trades[key] for key in sorted(state.trades)],
        closed_trades=[state.closed_trades[name] for _, name in state.trade_line],
        cash=[state.cash[name] for name in sorted(state.cash)],
        losses=[state.losses[name] for name in sorted(state.losses)],
        cooldowns=[state.cooldowns[key] for key in sorted(state.cooldowns)],
        schedules=[state.schedules[key] for key in sorted(state.schedules)],
        targets=[state.targets[key] for key in sorted(state.targets)],
        cycles=[state.cycles[key] for key in sorted(state.cycles)],
        gaps=[state.gaps[key] for key in sorted(state.gaps)],
        flats=[state.flats[key] for key in sorted(state.flats)],
        plans=[state.plans[key] for key in sorted(state.plans)],
        drifts=[state.drifts[key] for key in sorted(state.drifts)],
        quality=[state.quality[key] for key in sorted(state.quality)],
        routes=[state.routes[name] for name in sorted(state.routes)],
        streams=[state.streams[key] for key in sorted(state.streams)],
        fronts=[state.fronts[key] for key in sorted(state.fronts)],
        choices=[state.choices[key] for key in sorted(state.choices)],
        calls=[state.calls[key] for key in sorted(state.calls)],
        priced=[(*key, state.priced[key]) for key in sorted(state.priced)],
        ends=[state.ends[key] for key in sorted(state.ends)],
        turns=[state.turns[key] for key in sorted(state.turns)],
    )


def write(picture: Picture) -> bytes:
    """Write a picture as the body of a snapshot. May run in another thread than the state's."""
    return b"{" + b",".join(_members(picture)) + b"}"


def _members(picture: Picture) -> Iterator[bytes]:
    for name in picture.__struct_fields__:
        value = getattr(picture, name)
        if isinstance(value, list):
            rows = cast("list[Any]", value)
            starts = range(0, len(rows), ROWS_AT_ONCE)
            pieces = (_encoder.encode(rows[at : at + ROWS_AT_ONCE])[1:-1] for at in starts)
            body = b"[" + b",".join(pieces) + b"]"
        else:
            body = _encoder.encode(value)
        yield _encoder.encode(name) + b":" + body


def pack(picture: Picture) -> bytes:
    """Write a picture and press it: a tenth of the bytes for the store to sync. Other threads run
    meanwhile."""
    return zlib.compress(write(picture), level=1)


def unpack(body: bytes) -> State:
    """Read a packed snapshot back.

    Errors: ``SnapshotUnreadable`` when it is none of this version.
    """
    try:
        return load(zlib.decompress(body))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise SnapshotUnreadable(str(error)) from error


def dump(state: State) -> bytes:
    """Write a state as the body of a snapshot."""
    return write(copy(state))


def load(body: bytes) -> State:
    """Read a snapshot body back.

    Errors: ``msgspec.MsgspecError`` when it is none of this version.
    """
    picture = _decoder.decode(body)
    state = State()
    state.number, state.last_ns, state.facts = picture.number, picture.last_ns, picture.facts
    state.signals = {row.signal: row for row in picture.signals}
    state.keys = {(route, key): row for route, key, row in picture.keys}
    state.orders = {row.order: row for row in picture.orders}
    state.fills = {(row.account, row.exec_id): row for row in picture.fills}
    state.accounts = {row.account: row for row in picture.accounts}
    state.halts = {row.scope: row for row in picture.halts}
    state.flattens = {row.act: row for row in picture.flattens}
    state.buckets = picture.buckets
    state.alarms = dict(picture.alarms)
    state.mismatches = {(row.account, row.kind, row.key): row for row in picture.mismatches}
    state.touched = {(account, what): at_ns for account, what, at_ns in picture.touched}
    state.doubts = {row.order: row for row in picture.doubts}
    state.watched = dict(picture.watched)
    state.proven = dict(picture.proven)
    state.breakers = {(row.account, row.strategy): row for row in picture.breakers}
    for ticket in picture.tickets:
        state.tickets[ticket.key] = ticket
        place = (ticket.account, ticket.instrument)
        state.tickets_at[place] = (*state.tickets_at.get(place, ()), ticket.key)
    state.apart = {(row.account, row.instrument, row.strategy): row for row in picture.apart}
    state.trades = {(row.account, row.instrument, row.strategy): row for row in picture.trades}
    state.closed_trades = {row.trade: row for row in picture.closed_trades}
    state.trade_line.extend((row.closed_ns, row.trade) for row in picture.closed_trades)
    state.targets = {(row.account, row.instrument, row.strategy): row for row in picture.targets}
    state.cycles = {(row.account, row.strategy): row for row in picture.cycles}
    state.gaps = {(row.account, row.instrument, row.strategy): row for row in picture.gaps}
    state.clearing = {key: None for key, row in state.targets.items() if row.ending}
    state.cash = {row.account: row for row in picture.cash}
    state.losses = {row.account: row for row in picture.losses}
    state.cooldowns = {(row.account, row.strategy): row for row in picture.cooldowns}
    state.schedules = {row.instrument: row for row in picture.schedules}
    state.flats = {(row.account, row.instrument): row for row in picture.flats}
    state.drifts = {(row.account, row.instrument, row.strategy): row for row in picture.drifts}
    state.quality = {(row.strategy, row.venue): row for row in picture.quality}
    state.routes = {row.route: row for row in picture.routes}
    state.streams = {row.key: row for row in picture.streams}
    for row in picture.streams:
        if row.missing:
            state.awaited[row.key] = min(one.at_ns for one in row.missing)
    state.fronts = {row.future: row for row in picture.fronts}
    state.choices = {
        (row.account, row.strategy, row.future, row.depth): row for row in picture.choices
    }
    state.calls = {(row.account, row.instrument): row for row in picture.calls}
    state.priced = {(account, name): price for account, name, price in picture.priced}
    state.ends = {row.key: row for row in picture.ends}
    state.turns = {row.key: row for row in picture.turns}
    _derive(state, picture)
    state.commit()
    return state


def _derive(state: State, picture: Picture) -> None:
    """Work out the tables that a snapshot does not carry."""
    for position in picture.positions:
        key = (position.account, position.instrument, position.strategy)
        state.positions[key] = position
        count_earned(state, position.account, total(position.realized, -position.fees))
        if position.strategy != EXTERNAL:
            note_strategy(state, *key)
        count_position(state, position.account, position.instrument, position.quantity)
    for order in picture.orders:
        count_order(state, None, order)
        note_resting(state, None, order)
        list_followup(state, order)
        list_attached(state, order)
    for plan in picture.plans:
        state.plans[plan.key] = plan
        list_plan(state, plan)
    for foreign in picture.foreign:
        state.foreign[foreign.account, foreign.venue_order] = foreign
        count_foreign(state, None, foreign)
    for fill in picture.fills:
        listed = state.order_fills.get(fill.order, ())
        state.order_fills[fill.order] = (*listed, fill.exec_id)
        state.fill_line.append((fill.at_ns, (fill.account, fill.exec_id)))
    state.key_line.extend((row.at_ns, (route, key)) for route, key, row in picture.keys)
    state.signal_line.extend((row.at_ns, row.signal) for row in picture.signals)
    state.done_line.clear()
    state.done_line.extend(sorted((at_ns, name) for name, at_ns in state.done.items()))
