"""The symbols that alerts really wrote: what each leads to at every account of its route, and what
waits for a person, with the lines to paste.

Rules of this file
1. They come from the scripts that are followed, so what is too old or of another strategy is none.
2. A line to paste is a whole one: what stands in the file already stands in it too. Nothing is
   chosen for the person; where a symbol could mean two things, there is a line for each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from bridge.http.rows import Row, times
from bridge.http.symbol_rows import led_to
from core.setup import Setup
from core.state import State

SCRIPTS_MAX: Final = 200
"""Scripts whose symbols are shown, those heard last first: a desk of fifty strategies on four
symbols each."""

WAITING_MAX: Final = 50
"""Symbols that wait for a person: more than a person mends at a sitting."""

_UNMAPPED: Final = frozenset({"symbol_needs_rule", "symbol_unknown", "symbol_ambiguous"})

_CONTINUOUS: Final = re.compile(r"(?:([A-Z0-9_]+):)?([A-Z0-9]{1,8})[1-9]!")

_CONTRACTS: Final = 'contracts = [{ name = "CONTRACT", expiry = "YYYY-MM-DD" }]'
"""Its days are nobody's to guess: the exchange publishes them."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def heard_rows(state: State, now: int) -> list[Row]:
    """Write what each symbol that came leads to now, at each account of its route."""
    newest = sorted(state.streams.values(), key=lambda one: (-one.heard_ns, one.key))
    seen = dict.fromkeys((one.route, one.strategy, one.symbol) for one in newest)
    heard_ns = {(one.route, one.strategy, one.symbol): one.heard_ns for one in reversed(newest)}
    return [
        {"route": key[0], "strategy": key[1], **times(heard_ns=heard_ns[key]), **row}
        for key in list(seen)[:SCRIPTS_MAX]
        for row in led_to(state, key[0], key[2], strategy=key[1], now=now)
    ]


def grouped(rows: Iterable[Row]) -> list[Row]:
    """Put accounts that come to the same by the same way into one row, for people."""
    found: dict[str, Row] = {}
    for row in rows:
        way = (row["route"], row["strategy"], row["symbol"], row["code"], row["chain"])
        one = found.setdefault(repr(way), {**row, "accounts": []})
        one["accounts"].append(row["account"])
    return list(found.values())


def waiting_rows(setup: Setup, rows: Iterable[Row]) -> list[Row]:
    """Write which symbols lead nowhere until a person says what they mean: each once, with where it
    is missing and the lines that would mend it."""
    found: dict[str, Row] = {}
    for row in rows:
        if row["code"] not in _UNMAPPED or row["chain"]:
            continue  # a contract that is missing, or held twice, is no question of a name
        one = found.setdefault(
            row["symbol"],
            {
                **{name: row[name] for name in ("symbol", "code", "sentence", "tried")},
                "candidates": row["candidates"],
                "accounts": [],
                "lines": list(_lines(setup, row)),
            },
        )
        if row["account"] not in one["accounts"]:
            one["accounts"].append(row["account"])
    return list(found.values())[:WAITING_MAX]


def _lines(setup: Setup, row: Row) -> Iterator[Row]:
    """Give what would mend it: rules to confirm, else what it means, said by name."""
    symbol, account = row["symbol"], row["account"]
    if row["code"] == "symbol_needs_rule":
        wanted = [one for one in row["limit"].split('"')[1::2] if one not in setup.symbol_rules]
        yield _line(f"Confirm {' and '.join(wanted)}, for all symbols", "symbols", row["limit"])
    for one in row["candidates"]:
        name = one["to"]
        instrument = setup.instruments.get(name)
        if instrument is not None:
            aliases = _array((*instrument.aliases, symbol))
            table = f"instruments.{_key(name)}"
            yield _line(f"Say that it is {name}, everywhere", table, f"aliases = {aliases}")
        else:
            known = {**setup.accounts[account].symbols, symbol: name}
            pairs = ", ".join(f"{_text(key)} = {_text(value)}" for key, value in known.items())
            table = f"accounts.{_key(account)}"
            yield _line(f"Say that it is {name}, in {account}", table, f"symbols = {{ {pairs} }}")
    if row["candidates"]:
        return
    future = _CONTINUOUS.fullmatch(symbol)
    if future is None:
        why = "Write it to the aliases of the instrument that you mean"
        yield _line(why, "instruments.NAME", f"aliases = {_array((symbol,))}")
    else:
        why = "A continuous symbol: list the contracts of its future, each with its instrument"
        exchange = f"exchanges = {_array((future[1],))}\n" if future[1] else ""
        yield _line(why, f"futures.{future[2]}", f"{exchange}{_CONTRACTS}")


def _line(why: str, table: str, text: str) -> Row:
    return {"why": why, "text": f"[{table}]\n{text}"}


def _array(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a TOML string is written in the same way


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)
