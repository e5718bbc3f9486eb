"""Symbols as rows: what each leads to now, by which table and rule, and how futures roll. The same
for API, page and command.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from bridge.http.mapping_rows import TABLES, way_row
from bridge.http.rows import Row, explained, times
from core.contract_setup import Contract, Future
from core.contracts import found, place_at
from core.copies import copy_of, instrument_of
from core.instruments import Instrument
from core.money import plain
from core.routing import Declined
from core.setup import Account, Setup
from core.state import State
from core.symbol_rules import RULES
from core.symbols import Mapped, Unmapped, mapped, names_of
from core.table_ends import left_of, table_ends

SHOWN_MAX: Final = 1_000
"""Symbols of one list, of all accounts together: one symbol can be asked for by its name."""

NOBODY: Final = "\x00"
"""A strategy that nobody has, so that it holds nothing: what a symbol means from flat."""


def copied(state: State) -> State:
    """Copy what the rows need. Runs between two batches."""
    picture = State()
    picture.facts = state.facts
    picture.positions = dict(state.positions)
    picture.stakes = dict(state.stakes)
    picture.choices = dict(state.choices)
    picture.streams = dict(state.streams)
    return picture


def of_file(setup: Setup) -> State:
    """Make a state in which nothing is held, where only the file is known."""
    state = State()
    state.facts = msgspec.structs.replace(state.facts, setup=setup)
    return state


def symbol_rows(state: State, now: int, *, symbol: str = "", account: str = "") -> Row:
    """Write what symbols lead to: one that is named, or all that stand in a table."""
    setup = state.facts.setup
    accounts = [one for name, one in setup.accounts.items() if account in ("", name)]
    listed = [
        mapping_row(state, one, text, now)
        for one in accounts
        for text in ([symbol] if symbol else _tabled(state, one))
    ]
    return {
        "rules": [
            {
                "rule": rule.name,
                "confirmed": rule.name in setup.symbol_rules,
                "meaning": rule.meaning,
                "example": rule.example,
            }
            for rule in RULES.values()
        ],
        "symbols": listed[:SHOWN_MAX],
        "left_out": max(0, len(listed) - SHOWN_MAX),
        "futures": [_future(state, setup.futures[name], now) for name in sorted(setup.futures)],
        "futures_ending": table_end_rows(setup, now),
        **times(now_ns=now),
    }


def mapping_row(state: State, account: Account, symbol: str, now: int) -> Row:
    """Write what one account trades under a symbol: from flat, and where a strategy is in another
    contract of it."""
    instrument = found(state, account, symbol, strategy=NOBODY, now=now)
    row = _row(state, account, symbol, instrument)
    row |= way_row(state, None, account, symbol, now=now, traded=row["instrument"] or "")
    if place_at(state, account, symbol) is None:
        return {**row, "held": []}
    held: list[Row] = []
    for strategy in sorted(state.facts.setup.strategies):
        theirs = found(state, account, symbol, strategy=strategy, now=now)
        if theirs != instrument:
            name = theirs.name if isinstance(theirs, Instrument) else theirs.code
            held.append({"strategy": strategy, "instrument": name})
    return {**row, "held": held}


def led_to(state: State, route: str, symbol: str, *, strategy: str, now: int) -> list[Row]:
    """Write what each account of a route would trade under a symbol, and by which way."""
    setup = state.facts.setup
    if not symbol:
        return []
    one = setup.routes[route]
    rows: list[Row] = []
    for name in dict.fromkeys(one.accounts):
        account = setup.accounts[name]
        instrument = instrument_of(state, one, account, symbol, strategy=strategy, now=now)
        row = _row(state, account, symbol, instrument)
        traded = row["instrument"] or ""
        row |= way_row(state, one, account, symbol, now=now, traded=traded)
        copy = copy_of(one, name)
        if copy is not None and isinstance(instrument, Instrument) and copy.equivalents:
            stands = {other.instrument for other in copy.equivalents.values()}
            if instrument.name in stands:
                row["way"] = f"instead of what {one.leading} trades"
        rows.append(row)
    return rows


def _row(state: State, account: Account, symbol: str, target: Instrument | Declined) -> Row:
    way = mapped(state, account, symbol)
    known = isinstance(target, Instrument)
    facts = ("", "", "") if known else (target.code, target.value, target.limit)
    code, value, limit = facts
    return {
        "symbol": symbol,
        "account": account.name,
        "instrument": target.name if known else None,
        "way": way_of(way) if isinstance(way, Mapped) else "",
        "table": way.table if isinstance(way, Mapped) else "",
        "written": way.form if isinstance(way, Mapped) else "",
        "rules": list(way.rules) if isinstance(way, Mapped) else [],
        "would": way.would if isinstance(way, Unmapped) else "",
        **explained(code, value=value, limit=limit, where=account.name),
    }


def way_of(way: Mapped) -> str:
    """Say in words how a symbol led where it did."""
    if not way.rules:
        return TABLES[way.table]
    return f"{way.form}, {TABLES[way.table]}, by the rule {' and '.join(way.rules)}"


def _tabled(state: State, account: Account) -> Iterator[str]:
    """Give every symbol that stands in a table for an account, its own first."""
    yield from account.symbols
    for symbol, (target, _) in names_of(state).exact.items():
        if symbol in account.symbols:
            continue
        if not isinstance(target, Instrument) and target.depth > len(target.future.contracts):
            continue
        yield symbol


def _future(state: State, future: Future, now: int) -> Row:
    place = future.front(now)
    front = future.contracts[max(place, 0) : place + 1]
    ahead = future.contracts[place + 1 : place + 2]
    roll_ns = ahead[0].front_ns if ahead else 0
    return {
        "future": future.name,
        "rule": future.rule,
        "front": front[0].name if front else None,
        "rolling": future.rolling(now) is not None or future.ending(now),
        "next": ahead[0].name if ahead else None,
        **times(
            over_ns=future.over_ns,
            roll_ns=roll_ns,
            guard_from_ns=roll_ns - future.guard_ns if roll_ns else 0,
            guard_until_ns=roll_ns + future.guard_ns if roll_ns else 0,
        ),
        "contracts": list(_contracts(state, future.contracts, place, now)),
    }


def _contracts(state: State, contracts: Iterable[Contract], place: int, now: int) -> Iterator[Row]:
    for index, one in enumerate(contracts):
        closed = now >= one.last_entry_ns
        yield {
            "contract": one.name,
            "state": "closed" if closed else "front" if index == place else "",
            "held": [
                {
                    "account": held.account,
                    "strategy": held.strategy,
                    "quantity": plain(held.quantity),
                }
                for _, held in sorted(state.positions.items())
                if held.instrument == one.name and held.quantity
            ],
            **times(
                front_ns=one.front_ns,
                last_entry_ns=one.last_entry_ns,
                notice_ns=one.notice_ns,
                expiry_ns=one.expiry_ns,
            ),
        }


def table_end_rows(setup: Setup, now: int) -> list[Row]:
    """Write the tables of futures that end soon or have ended, until they are mended."""
    return [
        {
            "future": end.future,
            "contract": end.contract,
            "stage": end.stage,
            **explained(end.code, value=end.contract, limit=left_of(end, now), where=end.future),
            **times(due_ns=end.due_ns),
        }
        for end in table_ends(setup.futures.values(), now)
    ]
