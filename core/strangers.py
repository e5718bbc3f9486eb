"""Working orders at a venue that are not in our books: counted, shown, never touched."""

from __future__ import annotations

from collections.abc import Generator

from core import records as r
from core.fold_attached import is_awaited
from core.ids import is_ours
from core.mismatches import ForeignOrder, Kind
from core.money import plain
from core.orders import DONE
from core.reports import VenueOrder, VenueSnapshot
from core.state import State

Steps = Generator[r.Record, None, None]


def count_strangers(state: State, picture: VenueSnapshot, now: int) -> Steps:
    """Keep the list of working orders that are not in our books; all of them count."""
    account = picture.account
    shown = _strangers(state, picture) | _still_shown(state, picture)
    for name in sorted(shown):
        before = state.foreign.get((account, name))
        if before == shown[name]:
            continue
        yield r.ForeignOrderShown(at_ns=now, order=shown[name])
        if before is None and not shown[name].order:
            yield r.AlarmRaised(
                at_ns=now,
                code="foreign_order",
                value=f"{shown[name].side} {plain(shown[name].quantity)} ({name})",
                where=f"{shown[name].instrument} in account:{account}",
            )
    for owner, name in sorted(state.foreign):
        if owner == account and name not in shown:
            yield r.ForeignOrderGone(at_ns=now, account=account, venue_order=name)


def _still_shown(state: State, picture: VenueSnapshot) -> dict[str, ForeignOrder]:
    """Return orders of ours that are over by our books and that the venue keeps on showing."""
    found: dict[str, ForeignOrder] = {}
    for shown in picture.orders:
        order = state.orders.get(shown.order)
        row = state.mismatches.get((picture.account, Kind.ORDER_OVER, shown.order))
        if order is not None and order.state in DONE and row is not None and row.confirmed:
            foreign = _row(picture.account, shown)
            found[foreign.venue_order] = foreign
    return found


def _strangers(state: State, picture: VenueSnapshot) -> dict[str, ForeignOrder]:
    """Return the working orders that are not in our books, by the venue's name for them."""
    found: dict[str, ForeignOrder] = {}
    for shown in picture.orders:
        order = state.orders.get(shown.order)
        awaited = is_awaited(state, picture.account, shown.order)
        if (order is None or order.account != picture.account) and not awaited:
            row = _row(picture.account, shown)
            found[row.venue_order] = row
    return found


def _row(account: str, shown: VenueOrder) -> ForeignOrder:
    """Make the row of an order that counts although it is not in our books."""
    return ForeignOrder(
        account=account,
        venue_order=shown.venue_order or shown.order,
        instrument=shown.instrument,
        side=shown.side,
        order_type=shown.order_type,
        quantity=shown.quantity,
        filled=shown.filled,
        price=shown.price,
        trigger=shown.trigger,
        order=shown.order if is_ours(shown.order) else "",
    )
