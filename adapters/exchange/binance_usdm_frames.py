"""The frames of USD-M's user stream.

Rules of this file
1. Letters and kinds are the venue's; a model of its own SDK accepts each frame.
2. Nothing is decided here but what a frame says.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from adapters.exchange.accounts import Cause
from adapters.exchange.binance_quotes import Form
from adapters.exchange.binance_spot_forms import eight, millis
from adapters.exchange.binance_usdm_forms import (
    SELF_TRADE,
    algo_id,
    algo_status,
    average,
    in_steps,
    missed,
    name_of,
    status,
    type_of,
    worked,
)
from adapters.exchange.engine import Engine
from adapters.exchange.events import MoneyChanged, OrderChanged, What
from adapters.exchange.markets import Market
from adapters.exchange.orders import ZERO, Order, Origin, Reason, Trade

EXECUTIONS: Final[dict[What, str]] = {
    What.NEW: "NEW",
    What.TRIGGERED: "NEW",
    What.TRADE: "TRADE",
    What.AMENDED: "AMENDMENT",
    What.CANCELLED: "CANCELED",
    What.EXPIRED: "EXPIRED",
    What.REJECTED: "EXPIRED",
}
"""What happened to an order -> the venue's type of execution."""

MISSED: Final[dict[Reason, str]] = {
    Reason.FUNDS: "Margin is insufficient.",
    Reason.REDUCE_ONLY: "Reduce Only reject",
}
"""Why an order that woke was not let in -> the venue's words."""

CAUSES: Final[dict[Cause, str]] = {
    Cause.TRADE: "ORDER",
    Cause.FEE: "ORDER",
    Cause.FUNDING: "FUNDING_FEE",
    Cause.ADJUSTMENT: "ADJUSTMENT",
}
"""Why money moved -> the venue's reason of an account update; a transfer has two."""


def order_frame(event: OrderChanged, market: Market, now_ms: int) -> Form:
    """Return an ``ORDER_TRADE_UPDATE``."""
    order, trade = event.order, event.trade
    told = status(order)
    kind = EXECUTIONS[event.what]
    if kind == "CANCELED" and told != "CANCELED":
        kind = "EXPIRED"
    if kind == "TRADE" and order.new.origin is Origin.LIQUIDATION:
        kind = "CALCULATED"
    words = order.words
    liquidated = order.new.origin is Origin.LIQUIDATION
    body: Form = {
        "s": order.symbol,
        "c": name_of(order),
        "S": order.side.name,
        "o": "LIQUIDATION" if liquidated else type_of(order),
        "f": words.get("timeInForce", "GTC"),
        "q": in_steps(order.quantity, market.lot),
        "p": in_steps(order.price, market.tick),
        "ap": average(order),
        "sp": "0",
        "x": kind,
        "X": told,
        "i": order.id,
        "l": in_steps(trade.quantity if trade else None, market.lot),
        "z": in_steps(order.filled, market.lot),
        "L": in_steps(trade.price if trade else None, market.tick),
        "T": millis(event.time_ns),
        "t": trade.match if trade else 0,
        "b": "0",
        "a": "0",
        "m": trade.maker if trade else False,
        "R": order.new.reduce_only,
        "wt": words.get("workingType", "CONTRACT_PRICE"),
        "ot": words.get("type", type_of(order)),
        "ps": "BOTH",
        "cp": words.get("closePosition") == "true",
        "rp": eight(trade.realised) if trade else "0",
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": SELF_TRADE,
        "pm": "NONE",
        "gtd": 0,
        "er": "0",
    }
    if trade:
        # The venue leaves both out where there is no commission.
        body |= {"N": trade.fee_asset, "n": eight(trade.fee)}
    return {"e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": millis(event.time_ns), "o": body}


def lite_frame(order: Order, trade: Trade, market: Market, now_ms: int) -> Form:
    """Return a ``TRADE_LITE``: the quick notice of a trade that precedes the whole one."""
    return {
        "e": "TRADE_LITE",
        "E": now_ms,
        "T": millis(trade.time_ns),
        "s": order.symbol,
        "q": in_steps(order.quantity, market.lot),
        "p": in_steps(order.price, market.tick),
        "m": trade.maker,
        "c": name_of(order),
        "S": order.side.name,
        "L": in_steps(trade.price, market.tick),
        "l": in_steps(trade.quantity, market.lot),
        "t": trade.match,
        "i": order.id,
    }


def algo_frame(order: Order, market: Market, now_ms: int, *, told: str = "") -> Form:
    """Return an ``ALGO_UPDATE``. ``told``: its status where that is not the order's own."""
    words = order.words
    admitted = worked(order) and told != "TRIGGERING"
    body: Form = {
        "caid": name_of(order),
        "aid": algo_id(order),
        "at": "CONDITIONAL",
        "o": words.get("type", "STOP_MARKET"),
        "s": order.symbol,
        "S": order.side.name,
        "ps": "BOTH",
        "f": words.get("timeInForce", "GTC"),
        "q": in_steps(order.quantity, market.lot),
        "X": told or algo_status(order),
        "ai": str(order.id) if admitted else "",
        "tp": in_steps(order.trigger, market.tick),
        "p": in_steps(order.price, market.tick),
        "V": SELF_TRADE,
        "wt": words.get("workingType", "CONTRACT_PRICE"),
        "pm": "NONE",
        "cp": words.get("closePosition") == "true",
        "pP": False,
        "R": order.new.reduce_only,
        "tt": millis(order.updated_ns) if order.triggered else 0,
        "gtd": 0,
    }
    if admitted:
        body |= {
            "ap": f"{order.average:.5f}",
            "aq": in_steps(order.filled, market.lot),
            "act": type_of(order),
        }
    if missed(order) and order.reason is not None:
        body["rm"] = MISSED[order.reason]
    return {"e": "ALGO_UPDATE", "T": millis(order.updated_ns), "E": now_ms, "o": body}


def account_frame(
    engine: Engine,
    event: MoneyChanged,
    *,
    markets: Sequence[Market],
    assets: Sequence[str],
    now_ms: int,
) -> Form:
    """Return an ``ACCOUNT_UPDATE``."""
    account, movement = engine.account(event.account), event.movement
    moved = movement.amount if movement is not None else ZERO
    reason = CAUSES.get(event.cause) or ("DEPOSIT" if moved > 0 else "WITHDRAW")
    balances = [
        {
            "a": asset,
            "wb": eight(account.total(asset)),
            "cw": eight(account.total(asset)),
            "bc": eight(moved) if moved else "0",
        }
        for asset in assets
    ]
    # Funding of a cross position tells the balance alone, as the venue does.
    shown = [] if event.cause is Cause.FUNDING and not account.isolated else markets
    positions = [_position(engine, event.account, market) for market in shown]
    body: Form = {"m": reason, "B": balances, "P": positions}
    return {"e": "ACCOUNT_UPDATE", "E": now_ms, "T": millis(event.time_ns), "a": body}


def _position(engine: Engine, name: str, market: Market) -> Form:
    account = engine.account(name)
    held = account.position(market.symbol)
    entry = _plain(held.entry)
    return {
        "s": market.symbol,
        "pa": in_steps(held.quantity, market.lot),
        "ep": entry,
        "bep": entry,
        "cr": eight(held.realised),
        "up": eight(held.unrealised(engine.mark(market.symbol))),
        "mt": "isolated" if account.isolated else "cross",
        "iw": "0",
        "ps": "BOTH",
    }


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"
