"""Bybit's orders: how they are read, placed, changed, cancelled and found again.

Rules of this file
1. What this exchange does not serve is refused with a sentence, never half done.
2. The answer to a new order holds its ids alone: what became of it is told by stream and queries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from adapters.exchange import bybit_rows as rows
from adapters.exchange.accounts import Cause
from adapters.exchange.bybit_codes import code_of
from adapters.exchange.bybit_door import BybitDoor, Wrong, decimal_of
from adapters.exchange.keys import Key
from adapters.exchange.orders import NewOrder, Order, Reason, Rejected, Side, TimeInForce, TriggerBy
from adapters.exchange.wire import Asked

LINK_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,36}")
CLOSED_KEPT: Final = 500
"""Ended orders that ``realtime`` still shows, as documented."""


class BybitOrders(BybitDoor):
    """The part of the dialect that trades."""

    def _create(self, asked: Asked, key: Key) -> object:
        new = self._new_order(asked.json, hedge=self.engine.account(key.account).hedge)
        made = self.engine.place(key.account, new)
        if isinstance(made, Rejected):
            raise Wrong(*code_of(made, rising=new.rising))
        return _ids(made)

    def _new_order(self, said: Mapping[str, Any], *, hedge: bool) -> NewOrder:
        """Read an order. Errors: ``Wrong``."""
        if said.get("category") != "linear":
            raise Wrong("10001", "params error: this exchange has linear contracts only")
        for name in ("takeProfit", "stopLoss", "trailingStop"):
            if said.get(name):
                raise Wrong("10001", f"params error: {name} is not served by this exchange")
        link = str(said.get("orderLinkId", ""))
        if link and not LINK_ID.fullmatch(link):
            raise Wrong("10001", "params error: OrderLinkId is invalid")
        index = int(said.get("positionIdx", 0))
        if (index != 0) is not hedge:
            raise Wrong("10001", "position idx not match position mode")
        limit = said.get("orderType") == "Limit"
        quantity, price = decimal_of(said.get("qty")), decimal_of(said.get("price"))
        trigger = decimal_of(said.get("triggerPrice"))
        direction = int(said.get("triggerDirection", 0))
        if quantity is None or said.get("side") not in {"Buy", "Sell"}:
            raise Wrong("10001", "params error: Qty or Side invalid")
        if (limit and price is None) or (trigger is not None and direction not in {1, 2}):
            raise Wrong("10001", "params error: price or triggerDirection invalid")
        wanted = str(said.get("timeInForce") or "GTC")
        if wanted not in {"GTC", "IOC", "FOK", "PostOnly"}:
            raise Wrong("10001", "params error: TimeInForce invalid")
        plain = "GTC" if wanted == "PostOnly" else wanted
        kept = ("triggerDirection", "closeOnTrigger", "positionIdx")
        by = str(said.get("triggerBy") or "LastPrice") if trigger is not None else ""
        plainly = tuple((name, str(said[name]).lower()) for name in kept if name in said)
        return NewOrder(
            symbol=str(said.get("symbol")),
            side=Side.BUY if said["side"] == "Buy" else Side.SELL,
            quantity=quantity,
            price=price if limit else None,
            trigger=trigger,
            rising=direction == 1,
            trigger_by=TriggerBy.MARK if said.get("triggerBy") == "MarkPrice" else TriggerBy.LAST,
            client_id=link,
            time_in_force=TimeInForce(plain.lower()),
            post_only=wanted == "PostOnly",
            reduce_only=bool(said.get("reduceOnly")) or bool(said.get("closeOnTrigger")),
            words=(("triggerBy", by), *plainly),
        )

    def _amend(self, asked: Asked, key: Key) -> object:
        said = asked.json
        order = self._order(said, key)
        refused = self.engine.amend(
            order,
            price=decimal_of(said.get("price")),
            quantity=decimal_of(said.get("qty")),
            trigger=decimal_of(said.get("triggerPrice")),
        )
        if refused is not None:
            raise Wrong(*code_of(refused))
        return _ids(order)

    def _cancel(self, asked: Asked, key: Key) -> object:
        order = self._order(asked.json, key)
        refused = self.engine.cancel(order)
        if refused is not None:
            raise Wrong(*code_of(refused))
        return _ids(order)

    def _cancel_all(self, asked: Asked, key: Key) -> object:
        symbol = asked.json.get("symbol")
        ended: list[object] = []
        for order in self.engine.register.orders(key.account, symbol, open_only=True):
            if order.status.open:  # one before it may have taken it along
                self.engine.cancel(order)
                ended.append(_ids(order))
        return {"list": ended, "success": "1"}

    def _order(self, said: Mapping[str, Any], key: Key) -> Order:
        """Find the order that a request names. Errors: ``Wrong``."""
        number, link = said.get("orderId"), str(said.get("orderLinkId") or "")
        if not number and not link:
            raise Wrong("10001", "params error: OrderId or OrderLinkId is required")
        register = self.engine.register
        found = register.find(
            key.account, number=rows.id_number(str(number)) if number else None, client_id=link
        )
        if found is None or said.get("symbol") not in {None, found.symbol}:
            raise Wrong(*code_of(Rejected(Reason.UNKNOWN_ORDER)))
        return found

    def _realtime(self, asked: Asked, key: Key) -> object:
        params = asked.params
        if not {"symbol", "settleCoin", "baseCoin"} & params.keys():
            raise Wrong("10001", "params error: symbol, settleCoin or baseCoin is needed")
        wants_one = bool(params.get("orderId") or params.get("orderLinkId"))
        closed = params.get("openOnly") == "1" or wants_one
        every = self._asked_orders(params, key, open_only=not closed)
        ended = [order for order in every if not order.status.open][-CLOSED_KEPT:]
        kept = {order.id for order in ended}
        found = [order for order in every if order.status.open or order.id in kept]
        if params.get("openOnly") == "1":
            found = ended
        return self._order_page(found, params)

    def _history(self, asked: Asked, key: Key) -> object:
        every = self._asked_orders(asked.params, key, open_only=False)
        return self._order_page([one for one in every if not one.status.open], asked.params)

    def _asked_orders(self, params: Mapping[str, str], key: Key, *, open_only: bool) -> list[Order]:
        register = self.engine.register
        if params.get("orderId") or params.get("orderLinkId"):
            number = rows.id_number(params["orderId"]) if params.get("orderId") else None
            one = register.find(key.account, number=number, client_id=params.get("orderLinkId", ""))
            found = [one] if one is not None else []
        else:
            found = register.orders(key.account, open_only=open_only)
        if params.get("orderFilter") == "StopOrder":
            found = [one for one in found if one.trigger is not None]
        elif params.get("orderFilter") == "Order":
            found = [one for one in found if one.trigger is None]
        return [one for one in found if one.symbol in self._named(params)]

    def _order_page(self, found: list[Order], params: Mapping[str, str]) -> object:
        quote = {name: market.quote for name, market in self.engine.markets.items()}
        written = [rows.order_row(one, quote[one.symbol]) for one in reversed(found)]
        return self._page(written, params, "createdTime", limits=(20, 50))

    def _executions(self, asked: Asked, key: Key) -> object:
        params = asked.params
        register, names = self.engine.register, self._named(params)
        found = [
            rows.trade_row(one, register.all.get(one.order), self.engine.mark(one.symbol))
            for one in register.fills(key.account)
        ]
        found += [
            rows.funding_row(one)
            for one in self.engine.account(key.account).movements
            if one.cause is Cause.FUNDING
        ]
        found = [row for row in found if row["symbol"] in names]
        for name in ("orderId", "orderLinkId", "execType"):
            if params.get(name):
                found = [row for row in found if row[name] == params[name]]
        found.sort(key=lambda row: (int(row["execTime"]), row["seq"]), reverse=True)
        return self._page(found, params, "execTime", limits=(50, 100))


def _ids(order: Order) -> dict[str, str]:
    return {"orderId": rows.id_text(order.id), "orderLinkId": order.client_id}
