"""The canary: what REST shows and the stream did not tell. A socket that lives proves nothing."""

from __future__ import annotations

from adapters.ccxt.tally import Tally
from core.reports import VenueSnapshot


def unheard(picture: VenueSnapshot, tally: Tally, *, since_ns: int, until_ns: int) -> str:
    """Return what a picture shows that happened between two times and that was not told."""
    for fill in picture.fills:
        if fill.order and since_ns <= fill.at_ns <= until_ns and not tally.heard(fill.exec_id):
            return f"the fill {fill.exec_id}"
    for order in picture.orders:
        recent = since_ns <= order.at_ns <= until_ns
        if order.order and recent and not tally.heard_of(order.order):
            return f"the order {order.order}"
    return ""
