"""The way of a symbol, step by step: from the message by rule and table to the instrument of an
account, and to the contract of a roll. The same for trace, dry run, page and command.

Rules of this file
1. It is worked out from the setup and the time that the decision had; which contract was traded is
   told by the record, since what was held then decides it.
2. What led nowhere says which rules were asked, and to what each of them would have led.
"""

from __future__ import annotations

from typing import Final

from bridge.http.rows import Row, iso
from core.copies import copy_of
from core.instruments import Instrument
from core.setup import Account, Route
from core.state import State
from core.symbol_rules import RULES
from core.symbols import Mapped, Place, mapped, names_of

TABLES: Final = {
    "account": "symbols of the account",
    "name": "name of the instrument",
    "alias": "alias of the instrument",
    "future": "continuous contract",
}
"""Where a symbol stands, in words."""

_PLACES: Final = ("front", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def way_row(
    state: State, route: Route | None, account: Account, symbol: str, *, now: int, traded: str
) -> Row:
    """Write how an account comes from a symbol to what it trades. ``route``: over which, where an
    account follows another; ``traded``: what was traded, if that is known."""
    copy = None if route is None else copy_of(route, account.name)
    if copy is not None and route is not None:
        leads = {one.instrument: name for name, one in copy.equivalents.items()}
        if traded in leads:
            leader = state.facts.setup.accounts[route.leading]
            row = _own(state, leader, symbol, now=now, traded=leads[traded])
            by = f"in place of what {leader.name} trades"
            return {**row, "chain": [*row["chain"], _step(traded, by)]}
    return _own(state, account, symbol, now=now, traded=traded)


def _own(state: State, account: Account, symbol: str, *, now: int, traded: str) -> Row:
    """Write the way by the account's own tables and the rules of all."""
    way = mapped(state, account, symbol)
    known = isinstance(way, Mapped)
    exact = known and not way.rules
    return {
        "chain": _chain(state, account, way, symbol, now=now, traded=traded) if known else [],
        "tried": [] if exact else list(state.facts.setup.symbol_rules),
        "candidates": [] if known else _candidates(state, account, symbol),
    }


def _step(to: str, *by: str) -> Row:
    return {"to": to, "by": "; ".join(word for word in by if word)}


def _chain(
    state: State, account: Account, way: Mapped, symbol: str, *, now: int, traded: str
) -> list[Row]:
    steps = [_step(symbol)]
    text, table = way.form, way.table
    if way.rules:
        rules = "rule" if len(way.rules) == 1 else "rules"
        steps.append(_step(text, f"{rules} {', then '.join(way.rules)}"))
    if table == "account":
        text = account.symbols[text]
        steps.append(_step(text, f"symbols of the account {account.name}"))
        table = names_of(state).exact[text][1]
    target = way.target
    if isinstance(target, Instrument):
        if target.name == text:
            steps[-1] = _step(text, steps[-1]["by"], TABLES[table])
        else:
            steps.append(_step(target.name, TABLES[table]))
        return steps
    steps[-1] = _step(text, steps[-1]["by"], TABLES[table])
    contract = _contract(target, now, traded)
    return steps if contract is None else [*steps, contract]


def _contract(place: Place, now: int, traded: str) -> Row | None:
    """Write which contract a continuous symbol was; ``None``: there was none."""
    future = place.future
    first = future.front(now)
    at = first + place.depth - 1
    meant = future.contracts[at] if first >= 0 and at < len(future.contracts) else None
    if traded and (meant is None or meant.name != traded):
        beside = "none" if meant is None else meant.name
        return _step(traded, f"the strategy is in it; {_nth(place)} is {beside}")
    if meant is None:
        return None
    ahead = future.contracts[at + 1 : at + 2]
    rolls = future.contracts[first + 1 : first + 2]
    until = minute(rolls[0].front_ns if rolls else future.over_ns)
    when = f"{ahead[0].name} from {until}" if ahead else f"the last one, until {until}"
    return _step(meant.name, _nth(place), when)


def _nth(place: Place) -> str:
    word = _PLACES[place.depth - 1] if place.depth <= len(_PLACES) else f"{place.depth}th"
    return f"{word} contract of {place.future.name}"


def minute(at_ns: int) -> str:
    """Write a time to the minute; rolls are days."""
    text = iso(at_ns)
    return f"{text[:10]} {text[11:16]} UTC"


def _candidates(state: State, account: Account, symbol: str) -> list[Row]:
    """Write to what rules would lead, those that nobody confirmed as well."""
    confirmed = frozenset(state.facts.setup.symbol_rules)
    return [
        {
            "to": one.target.name
            if isinstance(one.target, Instrument)
            else f"{one.target.future.name}{one.target.depth}!",
            "written": one.form,
            "rules": list(one.rules),
            "confirmed": confirmed.issuperset(one.rules),
        }
        for one in names_of(state).by_rules(account, symbol, RULES)
    ]
