"""Flatten: a person's act that closes what is open in a scope, and goes on until it is closed.

Rules of this file
1. First everything that works in the scope is asked to end, but for stops beside which an exit may
   go; orders follow when that is proven, or a moment later for what is still closable then.
2. An order closes what nothing else on its way closes. So exits in doubt, late fills and lost
   replies never let our own orders open or turn a position.
3. One order at a time for each account, instrument and strategy. The next one is a revision, made
   only after the former is proven over, for what is left, and their number is bounded.
4. An account is over when our books and then a picture of its venue show it flat. The act ends
   when all are, or with an alarm that names what is not.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import Denied, Done, Effect, Send
from core.cancels import cancel_orders
from core.commands import Flatten, TakeSnapshot
from core.flatten_begin import begin, running
from core.flatten_rows import REVISIONS_MAX, Attempt, FlattenRow
from core.flatten_scope import (
    Key,
    covers,
    dust_of,
    gave_up,
    is_flat,
    is_kept,
    is_pressed,
    older_in,
    open_in,
    rest_of,
    strategy_of,
    unconfirmed,
)
from core.ids import order_id
from core.inforce import is_configured
from core.instruments import Instrument
from core.lapses import unspent
from core.money import ZERO, plain
from core.opposed import closes_opposed
from core.orders import Order, OrderState, OrderType, Purpose, Side
from core.reconcile import compare
from core.risk.case import Case
from core.risk.engine import Held, Refused, judge
from core.risk.match_checks import clear_way
from core.routing import holding_of
from core.setup import EXIT_LIFE_NS, KEPT_NS, SECOND_NS, Account
from core.smallest import tradable
from core.state import NOTHING, State
from core.tickets import TicketPart, leg_word, parts_to_close
from core.view import View

Steps = Generator[r.Record | Effect, None, None]
Decision = Generator[r.Record | Effect, None, Done | Denied]

WAIT_NS: Final = 5 * SECOND_NS
"""How long cancels may take before orders go all the same, how long one order may work, and the
time between two of them: most venues confirm within a second, a slow one within three."""

LATE_NS: Final = 60 * SECOND_NS
"""After this a person is told what is not flat: ten orders have had their time."""

LIFE_NS: Final = KEPT_NS
"""An act that could not end in a day is over: its held orders have expired by then."""

WHOSE: Final = ("ours", "all")
"""Our strategies' shares, or besides what is at the account and nobody of ours owns."""

_AT_VENUE: Final = (OrderState.SENT, OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)


def flatten(state: State, view: View, command: Flatten, now: int) -> Decision:
    """Begin to close a scope."""
    scope, whose = command.scope, command.whose
    denied = _denied(state, command)
    if denied is not None:
        return denied
    act = yield from begin(state, scope, whose, command.reason, now=now, by=command.by)
    row = state.flattens[act]
    asked = [order.order for order in older_in(state, row) if order.pending_cancel]
    yield from _proceed(state, view, act, now)
    unconfirmed = [order for order in asked if order in state.alive]
    return Done(orders=tuple(unconfirmed), act=act)


def _denied(state: State, command: Flatten) -> Denied | None:
    scope, whose = command.scope, command.whose
    kind = scope.partition(":")[0]
    named = kind in ("global", "account", "strategy") and is_configured(state.facts.setup, scope)
    if not named or whose not in WHOSE or (whose == "all" and kind == "strategy"):
        return Denied(code="flatten_scope", value=f"{scope} of {whose}")
    if not command.reason.strip():
        return Denied(code="reason_missing", value=scope)
    if not command.confirmed:
        return Denied(code="confirm_missing", value=f"close {whose} in {scope} at the market")
    row = running(state, scope, whose)
    return None if row is None else Denied(code="flatten_running", value=scope, limit=row.act)


def proceed(state: State, view: View, now: int, shown: TakeSnapshot | None = None) -> Steps:
    """Do for every open act what is due, or has become possible. ``shown``: the picture that was
    just compared with our books."""
    for row in sorted(state.flattens.values(), key=lambda row: row.number):
        yield from _proceed(state, view, row.act, now, shown=shown)


def _proceed(
    state: State, view: View, act: str, now: int, *, shown: TakeSnapshot | None = None
) -> Steps:
    if shown is not None and _is_proven(state, state.flattens[act], shown):
        yield r.FlattenConfirmed(at_ns=now, act=act, account=shown.snapshot.account)
    for key in open_in(state, state.flattens[act]):
        yield from _press(state, view, state.flattens[act], key, now=now)
    row = state.flattens[act]
    left = open_in(state, row)
    working = [order for order in older_in(state, row) if order.leaves]
    if left:  # a stop that stays, or came back, does not close them
        working = [order for order in working if not _stays(state, row, order)]
    if not working and not left and not unconfirmed(state, row):
        yield r.FlattenEnded(at_ns=now, act=act, outcome="flat", rest=dust_of(state, row))
        return
    late = now >= row.at_ns + LATE_NS
    stuck = bool(left) and not working and not any(_may_move(state, row, key) for key in left)
    over = late and stuck
    if over or now >= row.at_ns + LIFE_NS:
        yield r.FlattenEnded(at_ns=now, act=act, outcome="incomplete", rest=rest_of(state, row))
        yield _alarm(state, row, now)
    elif late and not row.late:
        yield r.FlattenLate(at_ns=now, act=act, rest=rest_of(state, row))
        yield _alarm(state, row, now)


def _stays(state: State, row: FlattenRow, order: Order) -> bool:
    """Say whether an order is a stop beside the act's own orders, or after the last of them."""
    came_back = order.purpose is Purpose.LEG and gave_up(state, row, _key(order))
    return came_back or is_kept(state, order)


def _is_proven(state: State, row: FlattenRow, shown: TakeSnapshot) -> bool:
    """Say whether a picture that is younger than our last news agrees that an account is flat."""
    account = shown.snapshot.account
    if account not in unconfirmed(state, row) or not is_flat(state, row, account):
        return False
    if shown.asked_ns <= row.at_ns:
        return False
    found = compare(state, shown.snapshot, shown.asked_ns)
    open_questions = {one.instrument for one in found.differences}
    return not any(
        covers(row, account, instrument, strategy_of(row))
        for instrument in (*open_questions, *found.left_out, *found.unsure)
    )


def _alarm(state: State, row: FlattenRow, now: int) -> r.AlarmRaised:
    rest = "; ".join(rest_of(state, row))
    return r.AlarmRaised(
        at_ns=now, code="flatten_incomplete", value=rest, limit=row.act, where=row.scope
    )


def _attempt(row: FlattenRow, key: Key) -> Attempt | None:
    return next((one for one in row.attempts if one.key == key), None)


def _may_move(state: State, row: FlattenRow, key: Key) -> bool:
    """Say whether time or a venue may still close it without a person."""
    attempt = _attempt(row, key)
    if attempt is not None and attempt.order in state.alive:
        return True
    stake = state.stakes.get(key, NOTHING)
    if stake.buy_exits or stake.sell_exits:
        return True
    tried = attempt.revisions if attempt is not None else 0
    return tried < REVISIONS_MAX and _to_close(state, key)[1] > ZERO


def _to_close(state: State, key: Key) -> tuple[Side, Decimal]:
    """Say on which side, and how much may go now."""
    instrument = tradable(state, key[0], key[1])
    holding = holding_of(state, *key)
    side = Side.SELL if holding.share > ZERO else Side.BUY
    if instrument is None or key[0] not in state.facts.setup.accounts:
        return side, ZERO
    return side, instrument.quantity_cut(holding.closable(side))


def _press(state: State, view: View, row: FlattenRow, key: Key, *, now: int) -> Steps:
    """Send the next order for one position, or end the one that works for too long."""
    attempt = _attempt(row, key)
    alive = _alive_of(state, row, key)
    for order in alive:
        stuck = order.state in _AT_VENUE and not order.pending_cancel
        if stuck and attempt is not None and now >= _touched(attempt, order) + WAIT_NS:
            yield from cancel_orders([order], now, by=row.by, reason="flatten: next revision")
    if alive:
        return
    order = state.orders.get(attempt.order) if attempt is not None else None
    if attempt is None:
        if now < row.at_ns + WAIT_NS and _is_busy(state, row, key):
            return
    elif attempt.revisions >= REVISIONS_MAX or now < _touched(attempt, order) + WAIT_NS:
        return
    side, quantity = _to_close(state, key)
    if not quantity:
        return
    revision = attempt.revisions if attempt is not None else 0
    account, instrument = (
        state.facts.setup.accounts[key[0]],
        state.facts.setup.instruments[key[1]],
    )
    parts = parts_to_close(
        state, account.name, instrument, strategy=key[2], side=side, quantity=quantity
    )
    for part in parts:
        yield from _sell_or_buy(
            state, view, state.flattens[row.act], now,
            account=account, instrument=instrument, strategy=key[2],
            side=side, part=part, revision=revision,
        )  # fmt: skip


def _alive_of(state: State, row: FlattenRow, key: Key) -> list[Order]:
    """List the act's own orders for a position: the newest, and any that counted as not placed and
    arrived late. While one may trade, what is left to close is not known."""
    orders = older_in(state, row)
    return [order for order in orders if order.origin == row.act and _key(order) == key]


def _touched(attempt: Attempt, order: Order | None) -> int:
    """Return when something was last done about an act's order."""
    own = (order.sent_ns, order.accepted_ns, order.end_asked_ns) if order is not None else ()
    return max(attempt.at_ns, attempt.ended_ns, *own)


def _is_busy(state: State, row: FlattenRow, key: Key) -> bool:
    """Say whether something that was asked to end may still trade with what would follow."""
    account, instrument, _ = key
    return any(
        (order.account, order.instrument) == (account, instrument)
        and not (is_pressed(order) or is_kept(state, order))
        for order in older_in(state, row)
    )


def _sell_or_buy(
    state: State,
    view: View,
    row: FlattenRow,
    now: int,
    *,
    account: Account,
    instrument: Instrument,
    strategy: str,
    side: Side,
    part: TicketPart,
    revision: int,
) -> Steps:
    """Intend one reduce-only market order. No control refuses it; a link that is down holds it."""
    case = Case(
        state,
        view,
        now,
        account=account,
        instrument=instrument,
        strategy=strategy,
        purpose=Purpose.FLATTEN,
        side=side,
        quantity=part.quantity,
        order_type=OrderType.MARKET,
        price=None,
        trigger=None,
    )
    verdict = judge(case)
    assert not isinstance(verdict, Refused), "the law of the table of controls"
    held = isinstance(verdict, Held)
    if not held:
        yield from clear_way(case)
    worst = case.worst_price()
    leg = leg_word(f"flatten {instrument.name} {strategy}", part.ticket)
    order = Order(
        order=order_id(account.name, row.act, unspent(state, leg), revision),
        origin=row.act,
        account=account.name,
        instrument=instrument.name,
        strategy=strategy,
        purpose=Purpose.FLATTEN,
        side=side,
        quantity=part.quantity,
        order_type=OrderType.MARKET,
        intended_ns=now,
        expires_ns=now + EXIT_LIFE_NS,
        reference=case.mid,
        worst_price=worst,
        state=OrderState.HELD if held else OrderState.INTENDED,
        held_for=verdict.check.code if isinstance(verdict, Held) else "",
        opposed=closes_opposed(case),
        closes=part.ticket,
    )
    how = _sizing(state, order)
    yield r.OrderIntended(at_ns=now, order=order, checks=verdict.checks, sizing=how)
    if worst is None:
        yield _uncollared(order, now)
    if not held:
        yield Send(order.order)


def _sizing(state: State, order: Order) -> str:
    share = abs(holding_of(state, *_key(order)).share)
    return f"{plain(order.quantity)} of {plain(share)} to flatten"


def _uncollared(order: Order, now: int) -> r.AlarmRaised:
    where = f"account:{order.account}/instrument:{order.instrument}"
    return r.AlarmRaised(at_ns=now, code="flatten_uncollared", value=order.order, where=where)


def _key(order: Order) -> Key:
    return order.account, order.instrument, order.strategy


def due(state: State, now: int) -> int | None:
    """Return when time alone moves an open act on; ``None``: only a venue does."""
    times: list[int] = []
    for row in state.flattens.values():
        times += [row.at_ns + WAIT_NS, row.at_ns + LATE_NS, row.at_ns + LIFE_NS]
        for attempt in row.attempts:
            orders = _alive_of(state, row, attempt.key) or [state.orders.get(attempt.order)]
            times += [_touched(attempt, order) + WAIT_NS for order in orders]
    return min((at_ns for at_ns in times if at_ns > now), default=None)
