"""What follows from a venue's picture: each difference is told once, and settled by evidence.

Rules of this file
1. What proves itself is settled at once: a fill that the venue lists, an order that it shows.
2. Everything else is followed as far as it is believed (``core.weighing``).
3. An order that is not shown is asked for; silence ends no order.
4. No order is sent from here, and nothing of a stranger's is touched.
5. What was concluded and not told by the venue is marked as inferred, and raises an alarm.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import msgspec

from core import records as r
from core.answers import AskLookup, Done, Effect
from core.attached import meet_shown, seek
from core.busts import take_back, take_back_to, take_back_unlisted
from core.cash import judge_cash
from core.commands import TakeLookup, TakeReport, TakeSnapshot
from core.differences import Comparison, Difference
from core.executions import take_execution
from core.incomplete import price_of
from core.inferred import contradict, infer
from core.mismatches import Kind, Mismatch
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderState
from core.oversold import settle_oversold
from core.ownership import follow, follow_ticket
from core.reconcile import compare
from core.replaced import take_replaced
from core.reports import Report
from core.setup import SECOND_NS
from core.spot import take_fees
from core.state import State
from core.strangers import count_strangers
from core.switch import stop_account
from core.tracking import take_lookup, take_report
from core.transitions import next_state
from core.unsure_turns import shown_by_picture
from core.weighing import Belief, told, weigh

Steps = Generator[r.Record | Effect, None, None]
Decision = Generator[r.Record | Effect, None, Done]

CLEAN_MAX: Final = 2
"""Comparisons without a difference after which control 19 lets go by itself."""

AGAIN_NS: Final = 60 * SECOND_NS
AGAIN_MAX_NS: Final = 600 * SECOND_NS
"""How soon and how late an order is asked for again that neither a picture nor a look-up explains:
it may end unheard at any time, and every time is a record."""


def take_snapshot(state: State, command: TakeSnapshot, now: int) -> Decision:
    """Compare a venue's picture with our books, tell what differs, and settle what is certain."""
    picture = command.snapshot
    if picture.account not in state.facts.setup.accounts:
        return Done()
    yield from meet_shown(state, picture, now)
    found = compare(state, picture, command.asked_ns)
    tripped = False
    for one in found.differences:
        if one.kind in (Kind.FILLS_MISSING, Kind.ORDER_FOUND) and _proves_itself(state, one):
            yield from _settle_at_once(state, command, one, now)
            continue
        belief = yield from weigh(state, command, one, now)
        yield from _react(state, command, one, belief, now=now)
        tripped |= belief is Belief.NOW and one.kind in _TRIPPING
    yield from settle_oversold(state, picture.account, found, now)
    yield from meet_shown(state, picture, now)  # of entries whose fills were found just now
    yield from count_strangers(state, picture, now)
    yield from _note_agreement(state, picture.account, found, now)
    yield from _judge(state, command, found, tripped=tripped, now=now)
    yield from judge_cash(state, command, found, now)
    if state.turns:
        yield from shown_by_picture(state, command, found, now)
    return Done()


_TRIPPING: Final = frozenset(
    {
        Kind.ORDER_MISSING,
        Kind.ORDER_TERMS,
        Kind.ORDER_OVER,
        Kind.ORDER_FOUND,
        Kind.FILLS_MISSING,
        Kind.FILL_GONE,
        Kind.FILL_CHANGED,
    }
)
"""Of orders: confirmed, they trip control 19 to REDUCING. A position halts."""


# --- what proves itself ---------------------------------------------------------------------------


def _proves_itself(state: State, one: Difference) -> bool:
    """Say whether one look is enough: a listed fill, or an order that we knew too little of."""
    if one.kind is Kind.FILLS_MISSING:
        return one.fill is not None
    return state.orders[one.key].state is not OrderState.REJECTED


def _settle_at_once(state: State, command: TakeSnapshot, one: Difference, now: int) -> Steps:
    applied = one.fill is not None
    yield told(command, one, now, settled="applied" if applied else "adopted")
    if one.fill is not None:
        picture = command.snapshot
        for shown in picture.orders:
            if shown.order == one.fill.order:
                yield from take_back_unlisted(state, shown, (*picture.fills, *shown.fills), now)
        yield from take_report(state, TakeReport(report=one.fill), now)
    else:
        yield from _adopt(state, one, now)


def _adopt(state: State, one: Difference, now: int) -> Steps:
    """Take an order as the picture shows it, as an answer to a question for it is taken."""
    shown = TakeLookup(order=one.key, found=one.shown, conclusive=False)
    yield from take_lookup(state, shown, now)


def _gone(one: Difference, account: str, reason: str, now: int) -> r.DifferenceGone:
    return r.DifferenceGone(at_ns=now, account=account, kind=one.kind, key=one.key, reason=reason)


def _react(
    state: State, command: TakeSnapshot, one: Difference, belief: Belief, *, now: int
) -> Steps:
    """Do what a difference asks for, as far as it is believed."""
    account = command.snapshot.account
    if one.kind is Kind.ORDER_UNKNOWN_OURS:
        if belief is Belief.NOW:
            yield from _unknown_ours(state, account, one, now)
        return
    believed = belief in (Belief.NOW, Belief.BEFORE)
    if one.kind is Kind.POSITION:
        if believed:
            yield from _position(state, command, one, belief, now=now)
        elif belief is Belief.NEW:
            yield from seek(state, account, one.instrument)
    elif not _can_be_followed(state, account, one):
        yield from _contradiction(state, command, one, belief, now=now)
    elif believed:
        yield from _follow_order(state, command, one, now)
        yield _gone(one, account, "followed", now)
    elif belief is Belief.NEW and one.fill is None and one.key in state.orders:
        yield AskLookup(one.key)


def _can_be_followed(state: State, account: str, one: Difference) -> bool:
    """Say whether our books can follow the venue in a difference of an order or a fill."""
    match one.kind:
        case Kind.ORDER_MISSING | Kind.ORDER_OVER:
            return False
        case Kind.FILLS_MISSING:
            return price_of(state, state.orders[one.key]) > ZERO
        case Kind.FILL_GONE:
            return (account, one.key) in state.fills or one.certain
        case _:
            return True


def _unknown_ours(state: State, account: str, one: Difference, now: int) -> Steps:
    """Stop the account: the journal is an old copy, or somebody else sends under our name."""
    code, where = "old_backup_or_second_bridge", f"account:{account}"
    yield r.AlarmRaised(at_ns=now, code=code, value=one.key, where=where)
    reason = f"{code}: the venue shows our order {one.key}"
    yield from stop_account(state, account, reason, now)


def _contradiction(
    state: State, command: TakeSnapshot, one: Difference, belief: Belief, *, now: int
) -> Steps:
    """Ask for an order of which the venue's picture says otherwise; a person's word ends one that
    it never shows."""
    account, order = command.snapshot.account, state.orders.get(one.key)
    row = state.mismatches[account, one.kind, one.key]
    if one.kind is Kind.ORDER_MISSING and order is not None and row.accepted:
        yield from _accepted_end(order, row.accepted, now)
        yield AskLookup(one.key)  # what was filled before its end may be shown by now
        yield _gone(one, account, "accepted", now)
        return
    asks = belief in (Belief.NEW, Belief.NOW)
    if belief is Belief.BEFORE and one.kind is not Kind.ORDER_OVER and _is_time(row, now):
        yield told(command, one, now, confirmed=True)
        asks = True
    if asks and one.kind is not Kind.ORDER_OVER:
        yield AskLookup(one.key)
    if belief is Belief.NOW:
        yield r.AlarmRaised(
            at_ns=now,
            code="order_differs",
            value=f"{one.kind}: {one.theirs}",
            limit=one.ours or "over for more than a day",
            where=f"{one.key} in account:{account}",
        )


def _is_time(row: Mismatch, now: int) -> bool:
    """Say whether an order that was asked for in vain is asked for again: after twice the time."""
    waited = min(max(row.same_ns - row.first_ns, AGAIN_NS), AGAIN_MAX_NS)
    return now - row.same_ns >= waited


def _accepted_end(order: Order, by: str, now: int) -> Steps:
    move = next_state(order, OrderEvent.CANCELLED)
    assert move is not None, "whatever works can end"
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.CANCELLED,
        to=move.to,
        by=by,
        reason="accepted as not shown by the venue",
    )


def _follow_order(state: State, command: TakeSnapshot, one: Difference, now: int) -> Steps:
    """Let our books follow the venue in what it shows of an order or a fill."""
    account, shown = command.snapshot.account, one.shown
    known = state.fills.get((account, one.key))
    if one.kind is Kind.ORDER_TERMS and shown is not None:
        yield from _follow_terms(command, state.orders[one.key], one, now)
    elif one.kind is Kind.ORDER_FOUND:
        yield from _adopt(state, one, now)
    elif one.kind is Kind.FILLS_MISSING and shown is not None:
        order = state.orders[one.key]
        yield from infer(
            state,
            order,
            now,
            quantity=one.amount,
            price=price_of(state, order),
            reason="counted by the venue, listed by nothing",
            at_ns=command.snapshot.at_ns,
        )
    elif one.kind is Kind.FILL_CHANGED and one.fill is not None:
        corrected = msgspec.structs.replace(one.fill, event=OrderEvent.CORRECTED)
        yield from take_execution(state, state.orders[one.fill.order], corrected, now)
    elif known is not None:
        if known.quantity:  # else taken back already, for another fill of this picture
            yield from take_back(state.orders[known.order], known, now, part=known.quantity)
    elif shown is not None:
        order, at_ns = state.orders[one.key], command.snapshot.at_ns
        yield from contradict(state, order, now, filled=shown.filled, at_ns=at_ns)
        yield from take_back_to(state, state.orders[one.key], shown.filled, now)


def _follow_terms(command: TakeSnapshot, order: Order, one: Difference, now: int) -> Steps:
    shown = one.shown
    assert shown is not None, "terms are shown"
    report = Report(
        account=order.account,
        order=order.order,
        event=OrderEvent.REPLACED,
        at_ns=max(command.snapshot.at_ns, order.replaced_ns),
        quantity=shown.quantity,
        price=shown.price,
        trigger=shown.trigger,
        reason="shown by a picture",
    )
    yield from take_replaced(order, report, now)


def _position(
    state: State, command: TakeSnapshot, one: Difference, belief: Belief, *, now: int
) -> Steps:
    """Follow a position that others changed, and stop the account unless it allows them."""
    account = state.facts.setup.accounts[command.snapshot.account]
    first = not state.accounts[account.name].baseline_ns
    where = f"{one.key} in account:{account.name}"
    if belief is Belief.NOW and not one.minor:
        code = "external_baseline" if first else "position_differs"
        value, limit = one.theirs, one.ours
        yield r.AlarmRaised(at_ns=now, code=code, value=value, limit=limit, where=where)
        if not first and account.foreign != "allow":
            reason = f"{code}: {value} of {one.instrument}, by our books {limit}"
            yield from stop_account(state, account.name, reason, now)
    if one.ticket:
        yield from follow_ticket(state, account.name, one, now)
        yield _gone(one, account.name, "followed", now)
    elif one.amount:
        if one.minor:
            yield from take_fees(state, account.name, one.instrument, -one.amount, now=now)
        yield from follow(
            state, account.name, one.instrument,
            theirs=one.net, price=one.price, now=now, quiet=one.minor, unheard=dict(one.unheard),
        )  # fmt: skip
        yield _gone(one, account.name, "followed", now)


# --- how the account stands -----------------------------------------------------------------------


def _note_agreement(state: State, account: str, found: Comparison, now: int) -> Steps:
    """Tell which differences are over."""
    seen = {(one.kind, one.key) for one in found.differences}
    for key in sorted(state.mismatches):
        row = state.mismatches[key]
        if row.account != account or (row.kind, row.key) in seen:
            continue
        if found.judged(row.kind, row.instrument):
            yield r.DifferenceGone(
                at_ns=now, account=account, kind=row.kind, key=row.key, reason="agrees"
            )


def _judge(
    state: State, command: TakeSnapshot, found: Comparison, *, tripped: bool, now: int
) -> Steps:
    """Trip control 19, or let it go after enough clean comparisons; note the first one ever."""
    account = command.snapshot.account
    row = state.accounts[account]
    whole = not (found.left_out or found.unsure)
    open_rows = any(
        one.account == account and not one.accepted for one in state.mismatches.values()
    )
    reducing, clean = bool(row.differs_ns), row.clean
    if tripped:
        reducing, clean = True, 0
    elif reducing and open_rows:
        clean = 0
    elif reducing and whole:
        clean += 1
        if clean == CLEAN_MAX:
            reducing, clean = False, 0
    baseline = not row.baseline_ns and whole
    if baseline or (reducing, clean) != (bool(row.differs_ns), row.clean):
        yield r.AccountCompared(
            at_ns=now,
            account=account,
            cause=command.cause,
            baseline=baseline,
            reducing=reducing,
            clean=clean,
        )
