"""Trades: from the fill that opens a position to the one that closes it. A fold, without records of
its own.

Rules of this file
1. A trade begins when a strategy's position leaves flat, and ends when it is flat again; a fill
   that turns it ends one with all of its money and begins the next with none. A rest that no order
   could close is flat.
2. Every realized profit and every fee of a position is in exactly one trade. What is told late goes
   to the trade of its fill, also when that is closed.
3. What nobody of ours owns makes no trades.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.dust import is_dust
from core.ids import name_of
from core.money import ZERO, minus, plus
from core.orders import Side
from core.positions import EXTERNAL, Position
from core.state import State
from core.trade_rows import TradeRow

CLOSED_TRADES_MAX: Final = 1_000
"""Closed trades kept: more than a month of a busy day trader, 500 kB; all are in the journal."""

_replace: Final = msgspec.structs.replace


class Cause(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What moved a position: when, by which fill of which order.

    ``of``: the number of the record of a fill that was known before. ``unpriced``: by how many the
    fills without a known fee change. ``by_others``: no fill of ours moved it.
    """

    at_ns: int
    order: str = ""
    origin: str = ""
    of: int = 0
    unpriced: int = 0
    by_others: bool = False


def note_trade(state: State, before: Position, after: Position, cause: Cause) -> None:
    """Follow a position from ``before`` to ``after``."""
    gain = minus(before.fees, after.fees)
    if after.realized is not before.realized:
        gain = plus(gain, minus(after.realized, before.realized))
    count_earned(state, after.account, gain)
    if after.strategy == EXTERNAL:
        return
    key = (after.account, after.instrument, after.strategy)
    row = state.trades.get(key)
    if before.quantity == after.quantity:
        _late(state, row, before, after, cause=cause)
        return
    if row is None and cause.of and _is_dust(state, after):
        _late(state, row, before, after, cause=cause)  # a fee that was taken after all
        return
    if row is None and before.quantity and not _is_dust(state, before):
        # it was open before trades were counted
        row = _opened(state, before, Cause(at_ns=cause.at_ns, by_others=True))
    if row is None:
        row = _paid(_opened(state, after, cause), before, after, cause)
        state.put(state.trades, key, row)
        return
    turned = before.quantity * after.quantity < ZERO
    if after.quantity and not turned:
        shrinks = abs(after.quantity) < abs(before.quantity)
        if not (shrinks and _is_dust(state, after)):
            peak = max(row.peak, abs(after.quantity))
            state.put(state.trades, key, _paid(row, before, after, cause, peak=peak))
            return
    _close(state, _paid(row, before, after, cause), cause.at_ns)
    if turned:
        state.put(state.trades, key, _opened(state, after, cause))
    else:
        state.drop(state.trades, key)


def _is_dust(state: State, position: Position) -> bool:
    return is_dust(state, position.account, position.instrument, position.quantity)


def count_earned(state: State, account: str, gain: Decimal) -> None:
    """Add to what all fills of an account realized, less their fees."""
    if gain:
        state.put(state.earned, account, plus(state.earned.get(account, ZERO), gain))


def _opened(state: State, position: Position, cause: Cause) -> TradeRow:
    names = (position.account, position.instrument, position.strategy)
    return TradeRow(
        trade=name_of("trade", *names, str(state.number)),
        account=position.account,
        instrument=position.instrument,
        strategy=position.strategy,
        side=Side.BUY if position.quantity > ZERO else Side.SELL,
        opened_ns=cause.at_ns,
        opened=state.number,
        order=cause.order,
        origin=cause.origin,
        peak=abs(position.quantity),
        moved=cause.by_others,
    )


def _paid(
    row: TradeRow, before: Position, after: Position, cause: Cause, *, peak: Decimal | None = None
) -> TradeRow:
    return _replace(
        row,
        peak=row.peak if peak is None else peak,
        realized=row.realized + after.realized - before.realized,
        fees=row.fees + after.fees - before.fees,
        unpriced=row.unpriced + cause.unpriced,
        moved=row.moved or cause.by_others,
    )


def _late(
    state: State, row: TradeRow | None, before: Position, after: Position, *, cause: Cause
) -> None:
    """Give money that moved no quantity to the trade of its fill: closed, or else the open one."""
    key = (after.account, after.instrument, after.strategy)
    if row is None or not row.opened < cause.of:
        for _, name in reversed(state.trade_line):
            closed = state.closed_trades[name]
            if (closed.account, closed.instrument, closed.strategy) == key:
                if closed.opened <= cause.of <= closed.closed:
                    paid = _paid(closed, before, after, cause)
                    state.put(state.closed_trades, name, paid)
                    return
                if closed.closed < cause.of:
                    break
    if row is not None:
        state.put(state.trades, key, _paid(row, before, after, cause))


def _close(state: State, row: TradeRow, at_ns: int) -> None:
    closed = _replace(row, closed_ns=at_ns, closed=state.number)
    state.put(state.closed_trades, closed.trade, closed)
    state.push(state.trade_line, at_ns, closed.trade)
    if len(state.trade_line) > CLOSED_TRADES_MAX:
        state.drop(state.closed_trades, state.shift(state.trade_line))
