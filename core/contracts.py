"""From a continuous symbol to the one contract that is meant, for one strategy in one account.

Rules of this file
1. Where the strategy is in the market by that symbol, the contract is meant that it holds, also
   after the roll; only from flat it is the one that the table has in front.
2. What it holds by another depth of the same future is not meant. Where two contracts could be,
   none is: ambiguous is refused.
3. Opening is another question: ``core.risk.contract_checks`` lets only the front contract be
   opened.
"""

from __future__ import annotations

from typing import NamedTuple

from core import records as r
from core.contract_setup import DEPTH_MAX, Contract, Future
from core.dust import least_of
from core.instruments import Instrument
from core.money import ZERO
from core.routing import Declined
from core.setup import Account
from core.state import NOTHING, State
from core.symbols import Mapped, Place, Unmapped, mapped


class Dated(NamedTuple):
    """A contract in the table of its future."""

    future: Future
    contract: Contract


def found(
    state: State, account: Account, symbol: str, *, strategy: str, now: int
) -> Instrument | Declined:
    """Find what an account trades under a symbol, for a strategy, now."""
    way = mapped(state, account, symbol)
    if isinstance(way, Unmapped):
        return Declined("refused", way.code, way.value, way.limit)
    if isinstance(way.target, Instrument):
        return way.target
    return meant_by(
        state, account, way.target, strategy=strategy, now=now, traded=traded_names(way.target)
    )


def place_at(state: State, account: Account, symbol: str) -> Place | None:
    """Return which continuous contract a symbol is; ``None``: it is none."""
    if not state.facts.setup.futures:
        return None
    way = mapped(state, account, symbol)
    return way.target if isinstance(way, Mapped) and isinstance(way.target, Place) else None


def traded_names(place: Place) -> tuple[str, ...]:
    """Return the instruments of a future, in the order of its contracts."""
    return tuple(contract.name for contract in place.future.contracts)


def meant_by(
    state: State,
    account: Account,
    place: Place,
    *,
    strategy: str,
    now: int,
    traded: tuple[str, ...],
) -> Instrument | Declined:
    """Say which contract is meant. ``traded``: what the account trades for each contract."""
    front = place.future.front(now) + place.depth - 1
    name = _in_market(state, account.name, place, strategy=strategy, front=front, traded=traded)
    if isinstance(name, Declined):
        return name
    symbol = place.future.symbols(place.depth)[0]
    if not name and (place.future.front(now) < 0 or front >= len(traded)):
        return Declined("refused", "contract_missing", symbol, place.future.name)
    instrument = state.facts.setup.instruments.get(name or traded[front])
    if instrument is None:
        return Declined("refused", "contract_missing", symbol, place.future.name)
    return instrument


def _in_market(
    state: State,
    account: str,
    place: Place,
    *,
    strategy: str,
    front: int,
    traded: tuple[str, ...],
) -> str | Declined:
    """Return the contract in which the strategy is by this symbol; nothing: it is in none."""
    entered = [name for name in traded if _is_in(state, account, name, strategy)]
    if not entered:
        return ""
    chosen = {
        depth: row.instrument
        for depth in range(1, DEPTH_MAX + 1)
        if (row := state.choices.get((account, strategy, place.future.name, depth))) is not None
    }
    own = chosen.pop(place.depth, "")
    if own in entered:
        return own
    others = set(chosen.values())
    first = 0 if place.depth == 1 else front
    left = [name for name in traded[max(first, 0) : max(front, 0) + 1] if name in entered]
    free = [name for name in left if name not in others]
    could = [name for name in free if _holds(state, account, name, strategy)] or free
    if not could and 0 <= front < len(traded) and traded[front] in left:
        could = [traded[front]]  # it is held, and was opened by another depth
    elif len(could) == 1 or not could:
        return could[0] if could else ""
    symbol = place.future.symbols(place.depth)[0]
    return Declined("refused", "symbol_ambiguous", symbol, ", ".join(could[:5]))


def _holds(state: State, account: str, instrument: str, strategy: str) -> bool:
    position = state.positions.get((account, instrument, strategy))
    if position is None or not position.quantity:
        return False
    return abs(position.quantity) >= least_of(state, account, instrument)


def _is_in(state: State, account: str, instrument: str, strategy: str) -> bool:
    """Say whether a strategy holds something, or has an entry that may still be filled."""
    stake = state.stakes.get((account, instrument, strategy), NOTHING)
    working = stake.buy_entries > ZERO or stake.sell_entries > ZERO
    return working or _holds(state, account, instrument, strategy)


def cancelled_names(
    state: State, account: str, place: Place, *, strategy: str, traded: tuple[str, ...]
) -> frozenset[str]:
    """Return the contracts whose working entries a cancel by this symbol ends: all of the future,
    but for those that another depth of it chose."""
    kept = {
        row.instrument
        for depth in range(1, DEPTH_MAX + 1)
        if depth != place.depth
        and (row := state.choices.get((account, strategy, place.future.name, depth))) is not None
    }
    own = state.choices.get((account, strategy, place.future.name, place.depth))
    if own is not None:
        kept.discard(own.instrument)
    return frozenset(traded) - kept


def dated(state: State, instrument: str) -> Dated | None:
    """Return the place of an instrument in the table of a future; ``None``: it is no contract."""
    if not state.facts.setup.futures:
        return None
    table: dict[str, Dated] | None = state.caches.get("dated")
    if table is None:
        table = state.caches["dated"] = {
            contract.name: Dated(future, contract)
            for future in state.facts.setup.futures.values()
            for contract in future.contracts
        }
    return table.get(instrument)


def standing_for(state: State, account: str, contract: str) -> tuple[str, ...]:
    """Return what an account trades in the place of a contract as somebody's copy: its micros."""
    return tuple(
        equivalent.instrument
        for route in state.facts.setup.routes.values()
        if account in route.copies
        if (equivalent := route.copies[account].equivalents.get(contract)) is not None
    )


def dated_at(state: State, account: str, instrument: str) -> Dated | None:
    """Return the contract whose days count for what an account holds: the instrument itself, or
    what it stands for as somebody's copy, whose rolls it follows."""
    own = dated(state, instrument)
    if own is not None or not state.facts.setup.futures:
        return own
    table: dict[tuple[str, str], Dated] | None = state.caches.get("stand_ins")
    if table is None:
        table = state.caches["stand_ins"] = {
            (name, equivalent.instrument): row
            for route in state.facts.setup.routes.values()
            for name, copy in route.copies.items()
            for contract, equivalent in copy.equivalents.items()
            if (row := dated(state, contract)) is not None
        }
    return table.get((account, instrument))


def is_past(state: State, instrument: str, now: int) -> bool:
    """Say whether an instrument is a contract that has rolled and is not opened any more."""
    row = dated(state, instrument)
    if row is None or now < row.contract.last_entry_ns:
        return False
    future, contract = row
    last = len(future.contracts) - 1  # where the table ends nothing has taken its place
    return future.contracts.index(contract) < min(future.front(now), last)


def chosen(
    state: State, account: str, place: Place, *, strategy: str, instrument: str, now: int
) -> r.ContractChosen | None:
    """Record in which contract a strategy opens by a continuous symbol; ``None``: as before."""
    row = state.choices.get((account, strategy, place.future.name, place.depth))
    if row is not None and row.instrument == instrument:
        return None
    return r.ContractChosen(
        at_ns=now,
        account=account,
        strategy=strategy,
        future=place.future.name,
        depth=place.depth,
        instrument=instrument,
    )


def chosen_by(state: State, account: str, strategy: str, instrument: str) -> Place | None:
    """Return the continuous contract by which a strategy opened last in an instrument; ``None``: by
    its own name, or by none that is still chosen."""
    for name, future in sorted(state.facts.setup.futures.items()):
        for depth in range(1, DEPTH_MAX + 1):
            row = state.choices.get((account, strategy, name, depth))
            if row is not None and row.instrument == instrument:
                return Place(future, depth)
    return None
