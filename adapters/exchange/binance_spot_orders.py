"""What a customer of Binance spot may ask of the order book: parameters in, an order out.

Rules of this file
1. Which parameters a type of order needs is one table.
2. A client id is checked by the venue's own pattern and is free again once its order has ended.
3. Whatever the engine refuses becomes the venue's code in ``binance_errors``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.exchange.binance_errors import BinanceRefused, malformed
from adapters.exchange.binance_request import BinanceRequest
from adapters.exchange.orders import ZERO, NewOrder, Side, TimeInForce

CLIENT_ID: Final = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
"""The venue's documented pattern, spot and USD-M."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type of order needs and what wakes it. ``loss``: a stop; ``None``: no trigger."""

    price: bool = False
    time_in_force: bool = False
    loss: bool | None = None


KINDS: Final[dict[str, Kind]] = {
    "LIMIT": Kind(price=True, time_in_force=True),
    "LIMIT_MAKER": Kind(price=True),
    "MARKET": Kind(),
    "STOP_LOSS": Kind(loss=True),
    "STOP_LOSS_LIMIT": Kind(price=True, time_in_force=True, loss=True),
    "TAKE_PROFIT": Kind(loss=False),
    "TAKE_PROFIT_LIMIT": Kind(price=True, time_in_force=True, loss=False),
}

RESPONSES: Final = frozenset({"ACK", "RESULT", "FULL"})


def side_of(request: BinanceRequest) -> Side:
    """Read the side."""
    word = request.text("side")
    if word not in Side.__members__:
        raise BinanceRefused(-1117)
    return Side[word]


def rising(side: Side, *, loss: bool) -> bool:
    """Say whether a stop or a target wakes when the price rises to its trigger."""
    return (side is Side.BUY) == loss


def client_id(request: BinanceRequest, name: str, generated: str) -> str:
    """Read a client id that was sent, or take the generated one."""
    word = request.fields.get(name)
    if word is None:
        return generated
    if not CLIENT_ID.fullmatch(word):
        raise BinanceRefused(
            -1100,
            f"Illegal characters found in parameter '{name}'; legal range is"
            " '^[a-zA-Z0-9-_.:/]{1,36}$'.",
        )
    return word


def _unwanted(request: BinanceRequest, *names: str) -> None:
    for name in names:
        if name in request.fields:
            raise BinanceRefused(-1106, f"Parameter '{name}' sent when not required.")


def new_order(request: BinanceRequest, generated: str) -> NewOrder:
    """Read a new order. ``generated``: its client id when none was sent."""
    symbol, side, word = request.text("symbol"), side_of(request), request.text("type")
    kind = KINDS.get(word)
    if kind is None:
        raise BinanceRefused(-1116)
    quote: Decimal | None = None
    quantity = ZERO
    if word == "MARKET" and "quoteOrderQty" in request.fields:
        _unwanted(request, "quantity")
        quote = request.amount("quoteOrderQty")
    else:
        quantity = request.amount("quantity")
    price = request.amount("price") if kind.price else None
    if not kind.price:
        _unwanted(request, "price")
    force = TimeInForce.GTC
    if kind.time_in_force:
        name = request.text("timeInForce")
        if name not in TimeInForce.__members__:
            raise BinanceRefused(-1115)
        force = TimeInForce[name]
    else:
        _unwanted(request, "timeInForce")
    trigger = None
    if kind.loss is not None:
        trigger = request.amount("stopPrice")
    else:
        _unwanted(request, "stopPrice")
    return NewOrder(
        symbol=symbol,
        side=side,
        quantity=quantity,
        quote_quantity=quote,
        price=price,
        trigger=trigger,
        rising=rising(side, loss=bool(kind.loss)),
        client_id=client_id(request, "newClientOrderId", generated),
        time_in_force=force,
        post_only=word == "LIMIT_MAKER",
        words=(("type", word), ("timeInForce", force.name)),
    )


def response_type(request: BinanceRequest) -> str:
    """Read how much of an answer is wanted; without a wish it depends on the type."""
    usual = "FULL" if request.optional("type") in {"LIMIT", "MARKET"} else "ACK"
    wanted = request.optional("newOrderRespType") or usual
    if wanted not in RESPONSES:
        raise malformed("newOrderRespType")
    return wanted
