"""How an order of ours is said to ccxt: the arguments of ``create_order``, by the venue's profile.

Rules of this file
1. Quantities and prices go out as plain text, never as floats.
2. What the venue cannot express is ``None``: nothing is sent in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.ccxt.profile import Profile
from core.orders import OrderType, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order as it is to be placed: already on the venue's steps. ``id``: the venue's form of
    ours. ``worst``: the price beyond which a market order is not to be filled, where the venue
    takes one with it."""

    symbol: str
    id: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None = None
    trigger: Decimal | None = None
    worst: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False


Creation = tuple[tuple[Any, ...], dict[str, Any]]
"""Arguments by place, and parameters, of ``create_order``."""


def creation(profile: Profile, wanted: Wanted) -> Creation | None:
    """Return the arguments of ``create_order``, ``None`` when the venue has no such order."""
    way = profile.way(wanted.order_type)
    if way is None or (wanted.reduce_only and profile.kind == "swap" and not profile.reduce_only):
        return None
    price = wanted.price
    params: dict[str, Any] = {way.id_param: wanted.id}
    if wanted.order_type is OrderType.MARKET and profile.market_by_limit:
        price, params["timeInForce"] = wanted.worst, profile.market_by_limit
    if price is None and way.types[wanted.order_type] == "limit":
        return None
    for name, value in way.params.items():
        params[name] = _put(value, wanted, way.rising, way.falling)
    if wanted.reduce_only and profile.reduce_only:
        params[profile.reduce_only] = True
    if wanted.post_only:
        params[profile.post_only] = True
    quantity, limit = plain(wanted.quantity), None if price is None else plain(price)
    kind = way.types[wanted.order_type]
    return (wanted.symbol, kind, str(wanted.side), quantity, limit), params


def plain(value: Decimal) -> str:
    """Return a number as text without an exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _put(value: object, wanted: Wanted, rising: str, falling: str) -> object:
    if value == "{trigger}":
        assert wanted.trigger is not None, "an order that waits for a trigger has one"
        return plain(wanted.trigger)
    if value == "{direction}":
        return rising if wanted.side is Side.BUY else falling
    return value
