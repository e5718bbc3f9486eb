"""The API: the state and the operator's acts as JSON.

Rules of this file
1. Who may do what is in ``ROUTES``; no handler asks again.
2. A list is bounded, newest first. A row is the same in every list and on every page.
3. An answer that is not 2xx is ``{code, sentence, fix}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.http import picture, rows
from bridge.http.asks import body_of, by_of
from bridge.http.desk import Desk
from bridge.http.life import life_row, trades_of
from bridge.http.plan_rows import plan_rows
from bridge.http.refusal import Refusal, json_answer
from bridge.http.trace import Story, order_trace, stories_orders, trace_of
from bridge.index import Found, is_name
from bridge.indexfile import book_of
from core.orders import ALIVE, Order, OrderState
from core.records import OrderIntended
from core.state import FillRow, SignalRow, State

LIMIT_MAX: Final = 10_000
"""Rows of one answer: some megabytes of JSON, a few hundred milliseconds of work."""

LIMIT_DEFAULT: Final = 50
"""Rows when the question names no number."""

ORDERS_SEARCHED_MAX: Final = 20_000
"""Orders looked through for those in one state: two milliseconds of the loop at most."""

ROUTES: Final = (
    ("GET", "/api/status", "read", "status"),
    ("GET", "/api/accounts", "read", "accounts"),
    ("GET", "/api/signals", "read", "signals"),
    ("GET", "/api/signals/{name}", "read", "signal"),
    ("GET", "/api/orders", "read", "orders"),
    ("GET", "/api/orders/{name}", "read", "order"),
    ("GET", "/api/fills", "read", "fills"),
    ("GET", "/api/positions", "read", "positions"),
    ("GET", "/api/plans", "read", "plans"),
    ("POST", "/api/halt", "halt", "halt"),
    ("POST", "/api/resume", "operate", "resume"),
    ("POST", "/api/orders/{name}/cancel", "operate", "cancel"),
)
"""Method, address, the scope that it takes, the handler."""


class _Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an act is asked with."""

    scope: str = "global"
    reason: str = ""


class _Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str = ""


class Api:
    """The handlers. Each one's scope was checked before it is called."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def status(self) -> Response:
        """Say how the bridge is."""
        now = self._desk.now()
        look = await self._desk.look(picture.looking(self._desk.runtime, now))
        return json_answer(picture.status(look, self._desk.runtime, now))

    async def accounts(self) -> Response:
        """List the accounts."""
        now = self._desk.now()
        look = await self._desk.look(picture.looking(self._desk.runtime, now))
        listed = picture.account_rows(look, self._desk.runtime, now)
        return json_answer({"accounts": listed})

    async def positions(self) -> Response:
        """List the open positions."""
        look = await self._desk.look(picture.Look.of)
        return json_answer({"positions": picture.position_rows(look, self._desk.runtime)})

    async def plans(self) -> Response:
        """List the protections in force with their legs."""
        return json_answer({"plans": await self._desk.look(plan_rows)})

    async def signals(self, request: Request) -> Response:
        """List the signals of the last day."""
        limit = _limit(request)
        found = await self._desk.look(lambda state: list(_last(state.signals, limit)))
        return json_answer({"signals": [rows.signal_row(row) for row in found]})

    async def orders(self, request: Request) -> Response:
        """List the orders of the last day, those of one state if it is named."""
        limit, wanted = _limit(request), request.query_params.get("state", "")
        if wanted and wanted != "alive" and wanted not in set(OrderState):
            choices = ", ".join(("alive", *OrderState))
            raise Refusal("ask_invalid", value=f"state is one of {choices}.")
        found = await self._desk.look(lambda state: list(_orders(state, wanted, limit)))
        return json_answer({"orders": [rows.order_row(order) for order in found]})

    async def fills(self, request: Request) -> Response:
        """List the executions of the last day."""
        limit = _limit(request)
        found = await self._desk.look(lambda state: list(_last(state.fills, limit)))
        return json_answer({"fills": [rows.fill_row(fill) for fill in found]})

    async def signal(self, request: Request) -> Response:
        """Trace one signal."""
        return json_answer(await signal_trace(self._desk, request.path_params["name"]))

    async def order(self, request: Request) -> Response:
        """Tell what happened to one order."""
        return json_answer(await order_story(self._desk, request.path_params["name"]))

    async def halt(self, request: Request) -> Response:
        """Raise the bridge for a scope."""
        asked = await body_of(request, _Ask)
        done = await self._desk.halt(asked.scope, by=by_of(request), reason=asked.reason)
        return json_answer({"scope": asked.scope, "halted": True, "unconfirmed": done.orders})

    async def resume(self, request: Request) -> Response:
        """Lower the bridge again."""
        asked = await body_of(request, _Ask)
        await self._desk.resume(asked.scope, by=by_of(request), reason=asked.reason)
        return json_answer({"scope": asked.scope, "halted": False})

    async def cancel(self, request: Request) -> Response:
        """Ask for the end of one order."""
        name: str = request.path_params["name"]
        asked = await body_of(request, _Reason)
        done = await self._desk.cancel(name, by=by_of(request), reason=asked.reason)
        return json_answer({"order": name, "unconfirmed": done.orders})


async def order_story(desk: Desk, name: str) -> rows.Row:
    """Tell what happened to one order, for the API and for its page."""
    _must_be_name(name, "order_not_found")
    order, fills = await desk.look(lambda state: _order_of(state, name))
    story = Story(await desk.index.order(name))
    if order is not None:
        story.orders[name] = order
        story.fills |= {(fill.account, fill.exec_id): fill for fill in fills}
    story.complete = _begins(story.found)
    story.setup = await desk.look(lambda state: state.facts.setup)
    told = order_trace(story, name)
    if told is None:
        raise await _unknown(desk, name, "order_not_found")
    mine = [fill for fill in story.fills.values() if fill.order == name]
    return {**told, "trades": await lives(desk, mine)}


async def signal_trace(desk: Desk, name: str) -> rows.Row:
    """Trace a signal, for the API and for its page."""
    _must_be_name(name, "signal_not_found")
    row, orders, fills, head = await desk.look(lambda state: _signal_of(state, name))
    found = await desk.index.signal(name, row.number if row is not None else 0)
    story = Story(found, row)
    story.orders |= {order.order: order for order in orders}
    story.fills |= {(fill.account, fill.exec_id): fill for fill in fills}
    told_of = {item.record.order.order for item in found if isinstance(item.record, OrderIntended)}
    own = {order.order for order in orders if order.origin == name}
    story.complete = own <= told_of and await desk.index.number() >= head
    facts = await desk.look(lambda state: state.facts)
    story.setup = facts.setup
    first = row or (found[0].record if found else None)
    if first is not None and first.at_ns >= facts.started_ns:
        story.then = facts.setup  # a setup changes with a start alone
    elif first is not None:
        number = row.number if row is not None else found[0].number
        story.then = await desk.index.setup(number)
    told = trace_of(story, name)
    if told is None:
        raise await _unknown(desk, name, "signal_not_found")
    return {**told, "trades": await lives(desk, story.fills.values())}


async def lives(desk: Desk, fills: Iterable[FillRow]) -> list[rows.Row]:
    """Tell the lives of the trades that fills belong to."""
    listed = list(fills)
    trades, setup = await desk.look(lambda state: (trades_of(state, listed), state.facts.setup))
    made: list[rows.Row] = []
    for trade in trades:
        row, book = trade.row, book_of(*trade.book)
        asked = {"opened": row.opened, "closed": row.closed}
        found = await desk.index.trade(book, row.order, **asked)
        made.append(life_row(trade, found, setup))
    return made


async def _unknown(desk: Desk, name: str, code: str) -> Refusal:
    """Say that nobody knows it, or that nobody can know yet."""
    number = await desk.look(lambda state: state.number)
    behind = number - await desk.index.number()
    if behind > 0:
        return Refusal("index_behind", value=name, limit=str(behind))
    return Refusal(code, value=name)


def _signal_of(state: State, name: str) -> tuple[SignalRow | None, list[Order], list[FillRow], int]:
    row = state.signals.get(name)
    names = list(stories_orders(row)) if row is not None else []
    orders = [state.orders[order] for order in names if order in state.orders]
    return row, orders, [fill for order in orders for fill in _fills(state, order)], state.number


def _order_of(state: State, name: str) -> tuple[Order | None, list[FillRow]]:
    order = state.orders.get(name)
    return order, [] if order is None else list(_fills(state, order))


def _fills(state: State, order: Order) -> Iterator[FillRow]:
    for exec_id in state.order_fills.get(order.order, ()):
        fill = state.fills.get((order.account, exec_id))
        if fill is not None:
            yield fill


def _begins(found: list[Found]) -> bool:
    return bool(found) and isinstance(found[0].record, OrderIntended)


def _last(table: dict[Any, Any], limit: int) -> Iterator[Any]:
    return islice(reversed(table.values()), limit)


def _orders(state: State, wanted: str, limit: int) -> Iterator[Order]:
    if wanted == "alive" or (wanted and OrderState(wanted) in ALIVE):
        names = islice(reversed(state.alive), ORDERS_SEARCHED_MAX)
        listed: Iterator[Order] = (state.orders[name] for name in names)
    else:
        listed = _last(state.orders, ORDERS_SEARCHED_MAX if wanted else limit)
    if wanted and wanted != "alive":
        listed = (order for order in listed if order.state == wanted)
    return islice(listed, limit)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LIMIT_DEFAULT))
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text)):
        raise Refusal("ask_invalid", value=f"limit is a number from 1 to {LIMIT_MAX}.")
    return min(int(text), LIMIT_MAX)


def _must_be_name(name: str, code: str) -> None:
    if not is_name(name):
        raise Refusal(code, value=name)
