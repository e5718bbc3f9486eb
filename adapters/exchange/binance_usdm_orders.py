"""What a customer of USD-M futures may ask of the order book: parameters in, an order out.

Rules of this file
1. A conditional order goes to the algo endpoint; the plain one refuses it with -4120, as the venue
   has done since December 2025.
2. A closing stop (``closePosition``) has no quantity of its own: it takes what is held when it
   wakes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from adapters.exchange.binance_errors import BinanceRefused, malformed
from adapters.exchange.binance_request import BinanceRequest
from adapters.exchange.binance_spot_orders import CLIENT_ID, Kind, rising, side_of
from adapters.exchange.orders import NewOrder, Side, TimeInForce, TriggerBy

PLAIN: Final[dict[str, Kind]] = {
    "LIMIT": Kind(price=True, time_in_force=True),
    "MARKET": Kind(),
}

CONDITIONAL: Final[dict[str, Kind]] = {
    "STOP": Kind(price=True, loss=True),
    "STOP_MARKET": Kind(loss=True),
    "TAKE_PROFIT": Kind(price=True, loss=False),
    "TAKE_PROFIT_MARKET": Kind(loss=False),
}

UNSUPPORTED: Final = frozenset({"TRAILING_STOP_MARKET"})
"""Types that the venue has and the local exchange has not: refused in words."""

FORCES: Final[dict[str, tuple[TimeInForce, bool]]] = {
    "GTC": (TimeInForce.GTC, False),
    "IOC": (TimeInForce.IOC, False),
    "FOK": (TimeInForce.FOK, False),
    "GTX": (TimeInForce.GTC, True),
}
"""Time in force -> how long it rests, and whether it must not take."""

WORKING: Final[dict[str, TriggerBy]] = {
    "CONTRACT_PRICE": TriggerBy.LAST,
    "MARK_PRICE": TriggerBy.MARK,
}


def client_id(request: BinanceRequest, name: str, generated: str) -> str:
    """Read a client id that was sent, or take the generated one."""
    word = request.fields.get(name)
    if word is None:
        return generated
    if not CLIENT_ID.fullmatch(word):
        raise BinanceRefused(-4015)
    return word


def _force(request: BinanceRequest, *, needed: bool) -> tuple[str, TimeInForce, bool]:
    word = request.text("timeInForce") if needed else request.fields.get("timeInForce", "GTC")
    if word not in FORCES:
        raise BinanceRefused(-1115)
    return (word, *FORCES[word])


def _kind(request: BinanceRequest, kinds: dict[str, Kind]) -> tuple[str, Kind]:
    word = request.text("type")
    if word in UNSUPPORTED:
        raise BinanceRefused(-1116)
    if kinds is PLAIN and word in CONDITIONAL:
        raise BinanceRefused(-4120)
    if word not in kinds:
        raise BinanceRefused(-1116)
    return word, kinds[word]


def new_order(request: BinanceRequest, generated: str) -> NewOrder:
    """Read a plain order."""
    word, kind = _kind(request, PLAIN)
    name, force, post_only = _force(request, needed=kind.time_in_force)
    return NewOrder(
        symbol=request.text("symbol"),
        side=side_of(request),
        quantity=request.amount("quantity"),
        price=request.amount("price") if kind.price else None,
        client_id=client_id(request, "newClientOrderId", generated),
        time_in_force=force,
        post_only=post_only,
        reduce_only=request.flag("reduceOnly"),
        words=(("type", word), ("timeInForce", name)),
    )


def new_algo(request: BinanceRequest, generated: str, held: Decimal) -> NewOrder:
    """Read a conditional order. ``held``: the position now, for one that closes all of it."""
    if request.text("algoType") != "CONDITIONAL":
        raise malformed("algoType")
    word, kind = _kind(request, CONDITIONAL)
    side = side_of(request)
    name, force, post_only = _force(request, needed=False)
    working = request.fields.get("workingType", "CONTRACT_PRICE")
    if working not in WORKING:
        raise malformed("workingType")
    closes = request.flag("closePosition")
    quantity = _closing(request, side, held) if closes else request.amount("quantity")
    return NewOrder(
        symbol=request.text("symbol"),
        side=side,
        quantity=quantity,
        price=request.amount("price") if kind.price else None,
        trigger=request.amount("triggerPrice"),
        rising=rising(side, loss=bool(kind.loss)),
        trigger_by=WORKING[working],
        client_id=client_id(request, "clientAlgoId", generated),
        time_in_force=force,
        post_only=post_only,
        reduce_only=request.flag("reduceOnly") or closes,
        closes=closes,
        words=(
            ("type", word),
            ("timeInForce", name),
            ("workingType", working),
            ("closePosition", "true" if closes else "false"),
            ("algo", "true"),
        ),
    )


def _closing(request: BinanceRequest, side: Side, held: Decimal) -> Decimal:
    for name in ("quantity", "reduceOnly"):
        if name in request.fields:
            raise BinanceRefused(-1106, f"Parameter '{name}' sent when not required.")
    room = -held * side.sign
    if room <= 0:
        raise BinanceRefused(-4509, "Time in Force (TIF) GTE can only be used with open positions.")
    return room
