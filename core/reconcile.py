"""The comparison of our books with a venue's picture of an account. Pure: it looks, and settles
nothing.

Rules of this file
1. A picture is as old as the question for it: an instrument of which anything of ours changed since
   is not judged by it.
2. A picture that lacks a fill which we know is older than our books, or the fill was taken back:
   nothing else of that instrument is believed until it is clear which.
3. How positions are compared is in ``core.compared_positions``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from core.busts import newest_ns
from core.compared_positions import AT_VENUE, compare_positions
from core.differences import Comparison, Difference
from core.fold_attached import is_strange
from core.inferred import SLACK_NS, inferred_of, is_by_person
from core.mismatches import Kind, terms_told
from core.money import ZERO, plain
from core.orders import PRICED, TRIGGERED, Order, OrderEvent, OrderState
from core.reports import Report, VenueOrder, VenueSnapshot
from core.setup import KEPT_NS, SECOND_NS
from core.state import FillRow, State

GONE_AFTER_NS: Final = 60 * SECOND_NS
"""How long a venue may lag behind its own fills: one that is known for longer and not listed was
taken back, and so was one that is not listed beside a later one."""

SETTLED_NS: Final = 15 * SECOND_NS
"""How long the position of an instrument in which anything of ours happened is not judged where a
venue lists no fills: nothing else tells an old picture from a new one."""

STRANGE_WITHIN_NS: Final = KEPT_NS - 3600 * SECOND_NS
"""A fill under our tag of an order that we do not know says something while the state still knows
every order that ended then, an hour of slack for what ended before its last fill."""

_IN_DOUBT: Final = (OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN)
_OPEN_QUESTIONS: Final = frozenset(
    {Kind.FILLS_MISSING, Kind.FILL_GONE, Kind.FILL_CHANGED, Kind.ORDER_FOUND}
)
"""What is about to move the same position."""

_REVIVED: Final = (*_IN_DOUBT, OrderState.HELD, OrderState.NOT_PLACED, OrderState.REJECTED)


def compare(state: State, picture: VenueSnapshot, asked_ns: int) -> Comparison:
    """Say in what a picture that was asked for at ``asked_ns`` differs from our books."""
    account = picture.account
    busy = _touched(state, account, asked_ns)
    told = list(_fills(state, picture, asked_ns))
    gone, old = _gone(state, picture, asked_ns)
    left_out = frozenset(busy | old)
    new = _listed_anew(told)
    orders = [*_shown(state, picture, new), *_missing(state, picture, new)]
    seen = [
        *told,
        *(one for one in gone if one.instrument not in busy),
        *(
            one
            for one in orders
            if one.instrument not in left_out or one.kind is Kind.ORDER_UNKNOWN_OURS
        ),
    ]
    unsure = {one.instrument for one in seen if one.kind in _OPEN_QUESTIONS}
    if not picture.fills_since_ns:
        unsure |= _touched(state, picture.account, asked_ns - SETTLED_NS)
    positions, more = compare_positions(state, picture, left_out | unsure, asked_ns)
    unsure |= more
    return Comparison((*seen, *positions), left_out, frozenset(unsure))


def _order_of(state: State, picture: VenueSnapshot, shown: VenueOrder) -> Order | None:
    order = state.orders.get(shown.order)
    return order if order is not None and order.account == picture.account else None


def _touched(state: State, account: str, since_ns: int) -> set[str]:
    """Return the instruments in which anything of ours happened since a time."""
    return {
        instrument
        for (owner, instrument), at_ns in state.touched.items()
        if owner == account and at_ns >= since_ns
    }


# --- fills ----------------------------------------------------------------------------------------


def _listed(picture: VenueSnapshot) -> dict[str, Report]:
    """Return the fills that a picture tells, by their execution id."""
    reports = [*picture.fills, *(fill for shown in picture.orders for fill in shown.fills)]
    return {
        one.exec_id: one
        for one in reports
        if one.event is OrderEvent.FILL and one.exec_id and one.account == picture.account
        if one.quantity is not None and one.quantity > ZERO and one.price is not None
    }


def _fills(state: State, picture: VenueSnapshot, asked_ns: int) -> Iterator[Difference]:
    """Find fills that we lack or know otherwise."""
    account = state.accounts.get(picture.account)
    baseline_ns = account.baseline_ns if account is not None else 0
    for exec_id, fill in _listed(picture).items():
        order = state.orders.get(fill.order)
        known = state.fills.get((picture.account, exec_id))
        if order is None or order.account != picture.account:
            recent = asked_ns - fill.at_ns < STRANGE_WITHIN_NS
            if (
                recent
                and 0 < baseline_ns <= fill.at_ns
                and is_strange(state, picture.account, fill.order)
            ):
                yield Difference(
                    Kind.ORDER_UNKNOWN_OURS, fill.order, "", "", _traded(fill), fill=fill
                )
        elif known is None:
            yield Difference(
                Kind.FILLS_MISSING, exec_id, order.instrument, "", _traded(fill), fill=fill
            )
        elif known.order == order.order and _tells_otherwise(known, fill):
            ours, theirs = f"{plain(known.quantity)} at {plain(known.price)}", _traded(fill)
            yield Difference(
                Kind.FILL_CHANGED, exec_id, order.instrument, ours, theirs, theirs, fill=fill
            )


def _traded(fill: Report) -> str:
    return f"{plain(fill.quantity or ZERO)} at {plain(fill.price or ZERO)}"


def _tells_otherwise(known: FillRow, fill: Report) -> bool:
    """Say whether a listed fill has other facts. What the venue itself corrected stays so."""
    if known.corrected and not known.inferred:
        return False
    return (known.quantity, known.price) != (fill.quantity, fill.price)


def _gone(state: State, picture: VenueSnapshot, asked_ns: int) -> tuple[list[Difference], set[str]]:
    """Find fills of ours that a picture should list and does not; and where it is an old one."""
    gone: list[Difference] = []
    old: set[str] = set()
    named: set[str] = set()
    listed = _listed(picture)
    latest_ns = max((fill.at_ns for fill in listed.values()), default=0)
    counted = {shown.order: shown.filled for shown in picture.orders}
    for known in _known(state, picture):
        order = state.orders.get(known.order)
        if known.exec_id in listed or order is None:
            continue
        if counted.get(order.order, ZERO) >= order.filled:
            continue  # its order still counts it
        if known.inferred and not _lacks_it(state, picture, order, listed):
            continue
        old.add(known.instrument)
        named.add(order.order)
        later = known.venue_ns < latest_ns and not known.inferred
        if later or asked_ns - known.at_ns >= GONE_AFTER_NS:
            ours = f"{plain(known.quantity)} at {plain(known.price)}"
            gone.append(
                Difference(Kind.FILL_GONE, known.exec_id, known.instrument, ours, "not listed")
            )
    for shown in picture.orders:
        order = _order_of(state, picture, shown)
        if order is None or shown.filled >= order.filled:
            continue
        old.add(order.instrument)
        if order.order not in named:  # else the fill itself is missed
            ours, theirs = plain(order.filled), plain(shown.filled)
            one = _of(Kind.FILL_GONE, order, ours, theirs, sameness=theirs, shown=shown)
            proven = asked_ns - newest_ns(state, order) >= GONE_AFTER_NS
            gone.append(one._replace(certain=proven or bool(inferred_of(state, order))))
    return gone, old


def _lacks_it(
    state: State, picture: VenueSnapshot, order: Order, listed: dict[str, Report]
) -> bool:
    """Say whether a picture that reaches back to before an order lists no more fills of it than we
    know: a person said that there was one more, and the venue does not, or no longer."""
    whole = picture.fills_since_ns <= order.intended_ns - SLACK_NS
    return whole and all(
        (picture.account, name) in state.fills
        for name, fill in listed.items()
        if fill.order == order.order
    )


def _known(state: State, picture: VenueSnapshot) -> Iterator[FillRow]:
    """Return our fills that lie in the time of which a picture lists all, newest first."""
    since_ns = picture.fills_since_ns
    if not since_ns:
        return
    for at_ns, key in reversed(state.fill_line):
        if at_ns < since_ns - GONE_AFTER_NS:
            return
        row = state.fills.get(key)
        if row is None or row.account != picture.account or row.venue_ns < since_ns:
            continue
        if row.quantity and (not row.inferred or is_by_person(row)):
            yield row


# --- orders ---------------------------------------------------------------------------------------


def _listed_anew(told: list[Difference]) -> dict[str, Decimal]:
    """Add up the fills that we lack, by their orders."""
    new: dict[str, Decimal] = {}
    for one in told:
        if one.kind is Kind.FILLS_MISSING and one.fill is not None:
            name = one.fill.order
            new[name] = new.get(name, ZERO) + (one.fill.quantity or ZERO)
    return new


def _shown(state: State, picture: VenueSnapshot, new: dict[str, Decimal]) -> Iterator[Difference]:
    """Judge the working orders that a picture shows."""
    for shown in picture.orders:
        order = _order_of(state, picture, shown)
        if order is not None and order.state in AT_VENUE:
            yield from _working(order, shown, new.get(order.order, ZERO))
            continue
        theirs = terms_told(shown.quantity, shown.price, shown.trigger)
        if order is None:
            if is_strange(state, picture.account, shown.order):
                yield _unknown(state, picture, shown, theirs)
        elif order.state in _REVIVED or (order.state is OrderState.CANCELLED and order.resolved):
            yield _of(Kind.ORDER_FOUND, order, f"{order.state}", theirs, shown=shown)
        else:
            ours = f"{order.state}"
            yield _of(Kind.ORDER_OVER, order, ours, theirs, sameness=theirs, shown=shown)


def _unknown(state: State, picture: VenueSnapshot, shown: VenueOrder, theirs: str) -> Difference:
    """Judge an order under our tag that is not in the state."""
    kind, sameness = Kind.ORDER_UNKNOWN_OURS, ""
    if (picture.account, Kind.ORDER_OVER, shown.order) in state.mismatches:
        kind, sameness = Kind.ORDER_OVER, theirs  # it left the state a day after its end
    return Difference(kind, shown.order, shown.instrument, "", theirs, sameness, shown=shown)


def _working(order: Order, shown: VenueOrder, listed: Decimal) -> Iterator[Difference]:
    """Compare an order that works by both books."""
    surplus = shown.filled - order.filled - listed
    if surplus > ZERO:
        ours, theirs = plain(order.filled), plain(shown.filled)
        yield _of(
            Kind.FILLS_MISSING, order, ours, theirs, sameness=plain(surplus), shown=shown
        )._replace(amount=surplus)
    if order.pending_replace:
        return
    price = shown.price if order.order_type in PRICED and shown.price is not None else order.price
    trigger = order.trigger
    if order.order_type in TRIGGERED and shown.trigger is not None:
        trigger = shown.trigger
    if (shown.quantity, price, trigger) != (order.quantity, order.price, order.trigger):
        ours = terms_told(order.quantity, order.price, order.trigger)
        theirs = terms_told(shown.quantity, price, trigger)
        seen = msgspec.structs.replace(shown, price=price, trigger=trigger)
        yield _of(Kind.ORDER_TERMS, order, ours, theirs, sameness=theirs, shown=seen)


def _missing(state: State, picture: VenueSnapshot, new: dict[str, Decimal]) -> Iterator[Difference]:
    """Find orders that work by our books, are not shown, and are not filled by what is listed."""
    names = {shown.order for shown in picture.orders}
    orders = [state.orders[name] for name in state.alive if name not in names]
    for order in sorted(orders, key=lambda one: one.number):
        if order.account != picture.account or order.state not in AT_VENUE:
            continue
        if order.filled + new.get(order.order, ZERO) < order.quantity:
            yield _of(Kind.ORDER_MISSING, order, f"{order.state}", "not shown")


def _of(
    kind: Kind,
    order: Order,
    ours: str,
    theirs: str,
    *,
    sameness: str = "",
    shown: VenueOrder | None = None,
) -> Difference:
    return Difference(kind, order.order, order.instrument, ours, theirs, sameness, shown)
