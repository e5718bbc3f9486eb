"""What a signal's symbol led to in an account when it was judged, for its trace.

Rules of this file
1. What was traded is what the records say: the order, else the refusal.
2. The way there follows from the setup that was in force then. Where nobody knows that any more it
   is told by the one of now, and that is said (``by_now``).
"""

from __future__ import annotations

from bridge.http.hops import Story
from bridge.http.mapping_rows import way_row
from bridge.http.rows import Row
from bridge.http.symbol_rows import of_file
from core import records as r
from core.signals import Action


def mapping_row(story: Story, account: str) -> Row | None:
    """Write the way of a signal's symbol in one account; ``None``: it named none, or the account
    or its route is not known any more."""
    row = story.row
    setup = story.then or story.setup
    if row is None or row.content is None or not row.content.symbol:
        return None
    owner, route = setup.accounts.get(account), setup.routes.get(row.route)
    if owner is None or route is None:
        return None
    symbol, traded = row.content.symbol, _traded(story, account)
    way = way_row(of_file(setup), route, owner, symbol, now=row.at_ns, traded=traded)
    return {
        "symbol": symbol,
        "instrument": traded or None,
        **way,
        "by_now": story.then is None,
    }


def _traded(story: Story, account: str) -> str:
    """Return the instrument of which the records say that it was meant; nothing: of none."""
    assert story.row is not None, "asked only of a known signal"
    if story.row.content is not None and story.row.content.action is Action.CANCEL:
        return ""  # it may have ended orders in several contracts
    for _, record in story.found:
        if isinstance(record, r.SignalRefused) and record.account == account and record.instrument:
            return record.instrument
    orders = (order for order in story.orders.values() if order.account == account)
    first = min(orders, key=lambda order: order.number, default=None)
    return "" if first is None else first.instrument
