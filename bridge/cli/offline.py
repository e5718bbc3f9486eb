"""The state without a running bridge: read from the journal, and put into the rows of the API.

Rules of this file
1. No lease, no write, no network but the store's own.
2. Figures that only a running bridge has (equity, open profit) are the last journaled ones.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from bridge import __version__
from bridge.cli.proving import named, reading
from bridge.cli.stopped import stopped
from bridge.config import Config
from bridge.exits import Exit
from bridge.http import compared_rows, copy_rows, rows
from bridge.http.compared_rows import Compared
from bridge.http.copy_rows import Copied
from bridge.http.limit_rows import limit_rows, waiting_rows
from bridge.http.loss_rows import Losses, loss_rows
from bridge.http.plan_rows import plan_rows, protected
from bridge.http.route_rows import Heard, route_rows
from bridge.http.symbol_rows import table_end_rows
from bridge.journal import read_state, setup_at
from core.codec import CodecError, decode
from core.critical import criticals
from core.dust import is_dust
from core.flatten_scope import rest_of
from core.money import plain
from core.orders import ALIVE, Order
from core.records import (
    EndShown,
    FollowUpDeclined,
    OrderChanged,
    OrderIntended,
    ProtectionEnded,
    ProtectionSet,
    Record,
    SignalReceived,
    TermsSeen,
)
from core.reports import AccountMark
from core.setup import Account
from core.state import AccountRow, State
from core.store import chain
from core.store.port import Head, Store
from core.unsure_turns import in_doubt

if TYPE_CHECKING:
    from bridge.http.life import Trade
    from bridge.index import Found

Row = dict[str, Any]


def state_of(store: Store) -> tuple[State, Head]:
    """Fold a journal. Errors: ``Stopped``."""
    try:
        with named():
            return read_state(store)
    except CodecError as error:
        raise stopped(Exit.STORE, "record_unreadable", "of the journal", str(error)) from None


def status(config: Config) -> Row:
    """Write what the journal says of the bridge as a whole."""
    with reading(config) as store:
        state, head = state_of(store)
        durable = store.durability()
    accounts = [_account(account, state) for account in state.facts.setup.accounts.values()]
    return {
        "name": config.name,
        "version": __version__,
        "profile": config.profile,
        "money": "live" if any(account["live"] for account in accounts) else "paper",
        "open": False,
        "halted": "global" in state.halts,
        "halts": [rows.halt_row(halt) for halt in state.halts.values()],
        "ready": False,
        "stopped_cleanly": state.facts.stopped_cleanly,
        "accounts": accounts,
        "store": {
            "kind": config.store.kind,
            "address": config.store.shown,
            "journal": state.facts.journal,
            "durable": durable.safe,
            "why": durable.why,
            "number": head.number,
            "hash": head.hash.hex(),
            "epoch": head.epoch,
        },
        "counts": rows.counts_row(state),
        "positions": _held(state),
        "critical": [rows.critical_row(one) for one in criticals(state)],
        "alarms": [
            rows.alarm_row(number, alarm)
            for number, alarm in islice(reversed(state.alarms.items()), 10)
        ],
        "flattens": [rows.flatten_row(row, rest_of(state, row)) for row in state.flattens.values()],
        "limits_waiting": waiting_rows(state.facts),
        "futures_ending": table_end_rows(state.facts.setup, time.time_ns()),
        **_differing(Compared.of(state)),
        **rows.times(last_ns=state.last_ns, started_ns=state.facts.started_ns),
    }


def _differing(seen: Compared) -> Row:
    return {
        "mismatches": [compared_rows.mismatch_row(one) for one in seen.mismatches],
        "external": [compared_rows.external_row(one) for one in seen.external],
        "foreign": [compared_rows.foreign_row(one) for one in seen.foreign],
        "doubts": [compared_rows.doubt_row(one) for one in seen.doubts],
    }


def compared(config: Config) -> Row:
    """Write what differed from the venues when the bridge ran last."""
    with reading(config) as store:
        state, _ = state_of(store)
    return {"accounts": compared_rows.account_rows(Compared.of(state))}


def positions(config: Config) -> Row:
    """Write the open positions as the journal has them."""
    with reading(config) as store:
        state, _ = state_of(store)
    return {"positions": protected(_held(state), plan_rows(state))}


def _held(state: State) -> list[Row]:
    """Write what is open, what of it is dust, and what is in doubt. The journal knows no price of
    now."""
    return [
        rows.position_row(one, None)
        | {
            "dust": is_dust(state, one.account, one.instrument, one.quantity),
            "in_doubt": plain(in_doubt(state, (one.account, one.instrument, one.strategy))),
        }
        for one in state.positions.values()
        if one.quantity
    ]


def plans(config: Config) -> Row:
    """Write the protections as the journal has them."""
    with reading(config) as store:
        state, _ = state_of(store)
    return {"plans": plan_rows(state)}


def copies(config: Config) -> Row:
    """Write who follows whom, as the journal has it."""
    with reading(config) as store:
        state, _ = state_of(store)
    return copy_rows.copies(Copied.of(state))


def routes(config: Config) -> Row:
    """Write what came over each route, as the journal has it."""
    with reading(config) as store:
        state, _ = state_of(store)
    return route_rows(Heard.of(state, state.last_ns), config.hooks)


def limits(config: Config) -> Row:
    """Write the limits as the journal has them in force."""
    with reading(config) as store:
        state, _ = state_of(store)
    facts = state.facts
    return {"limits": limit_rows(facts), "waiting": waiting_rows(facts)}


def losses(config: Config) -> Row:
    """Write the losses as the journal has them, at the last figures that it noted."""
    with reading(config) as store:
        state, _ = state_of(store)

    def figure(account: str) -> AccountMark | None:
        row = state.accounts.get(account)
        if row is None or row.balance is None or row.equity is None:
            return None
        return AccountMark(
            account=account, balance=row.balance, equity=row.equity, at_ns=row.marked_ns
        )

    return {"accounts": loss_rows(Losses.all(state), figure, state.last_ns)}


def signals(config: Config, limit: int) -> Row:
    """Write the last signals."""
    with reading(config) as store:
        state, _ = state_of(store)
    newest = islice(reversed(state.signals.values()), limit)
    return {"signals": [rows.signal_row(row) for row in newest]}


def orders(config: Config, limit: int, wanted: str | None) -> Row:
    """Write the last orders, those of one state if it is named."""
    with reading(config) as store:
        state, _ = state_of(store)
    found = (order for order in reversed(state.orders.values()) if _is(order, wanted))
    return {"orders": [rows.order_row(order) for order in islice(found, limit)]}


def signal(config: Config, name: str) -> Row:
    """Trace a signal of the last day."""
    from bridge.http.life import life_row, trades_of
    from bridge.http.trace import Story, stories_orders, trace_of
    from bridge.index import Found

    with reading(config) as store:
        state, _ = state_of(store)
        row = state.signals.get(name)
        if row is None:
            raise stopped(Exit.FAILED, "signal_unknown", name)
        names = {name, *stories_orders(row)}
        found = [
            Found(number, record)
            for append in store.read(row.number - 1)
            for number, record in enumerate(decode(append.payload, append.version), append.first)
            if number >= row.number and _subject(record) in names
        ]
        story = Story(found, row, setup=state.facts.setup)
        newest = row.at_ns >= state.facts.started_ns  # a setup changes with a start alone
        story.then = state.facts.setup if newest else setup_at(store, row.number)
        told = trace_of(story, name)
        assert told is not None, "a signal of the state has a trace"
        trades = trades_of(state, story.fills.values())
        lives = [life_row(one, _records(store, one), state.facts.setup) for one in trades]
    return {**told, "trades": lives}


def _records(store: Store, trade: Trade) -> list[Found]:
    """Read the records about a trade, as the index does."""
    from bridge.index import Found
    from bridge.indexfile import book_of, names_in

    row, book = trade.row, book_of(*trade.book)
    names, found, begun, over = {book}, list[Found](), False, False
    for append in store.read():
        signals: dict[str, Found] = {}
        for number, record in enumerate(decode(append.payload, append.version), append.first):
            if isinstance(record, SignalReceived):  # its orders are made in the same commit
                signals[record.signal] = Found(number, record)
            intended = record.order if isinstance(record, OrderIntended) else None
            first = intended is not None and intended.order == row.order
            begun = begun or first or number >= row.opened
            about = names.intersection(names_in(record))
            late = bool(row.closed) and number > row.closed
            tail = late and book in about
            ends = tail and not over and isinstance(record, ProtectionEnded)
            over = over or (tail and isinstance(record, ProtectionEnded | ProtectionSet))
            if not (begun and about) or (late and about == {book} and not ends):
                continue
            if intended is not None:
                names.add(intended.order)
                found += [signals.pop(intended.origin)] if intended.origin in signals else []
            found.append(Found(number, record))
    return sorted(found, key=lambda one: one.number)


def pnl(config: Config, year: int | None) -> Row:
    """Write profit and loss as the journal has it."""
    from bridge.earnings import Earnings
    from bridge.http.pnl_rows import pnl_row, quality_rows

    earnings = Earnings()
    with reading(config) as store, named():
        for append in chain.verified_store(store):
            earnings.take(append)
    with reading(config) as store:
        state, head = state_of(store)
    quality = quality_rows(state.quality.values(), state.facts.setup)
    return {**pnl_row(earnings, year, head.number), "quality": quality}


def _subject(record: Record) -> str:
    """Name the signal or the order that a record is about."""
    if isinstance(record, OrderIntended):
        return record.order.order
    if isinstance(record, OrderChanged | EndShown | FollowUpDeclined | TermsSeen):
        return record.order
    return getattr(record, "signal", "") or getattr(record, "where", "")


def _is(order: Order, wanted: str | None) -> bool:
    if wanted == "alive":
        return order.state in ALIVE
    return wanted is None or order.state == wanted


def _account(account: Account, state: State) -> Row:
    row = state.accounts.get(account.name) or AccountRow(account=account.name)
    return {
        "account": account.name,
        "venue": account.venue,
        "live": account.live,
        "exchange": account.exchange or None,
        **rows.armed_row(row),
        "currency": account.currency,
        "link": "down",
        **rows.link_row(row),
        "link_state": "down",
        "recovered": False,
        "state": "not running",
        "equity": rows.text_of(row.equity),
        "balance": rows.text_of(row.balance),
        **rows.times(mark_ns=row.marked_ns),
    }
