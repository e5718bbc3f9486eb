"""An alert that is tried out: read, routed, sized and checked on the committed state, and thrown
away.

Rules of this file
1. Nothing is journaled and no order is made: the state is rolled back before anybody else looks.
2. The sender's token is not asked for, whoever tries it out is logged in; every other secret is
   taken out as at the hook.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.http.asks import body_of
from bridge.http.auth import form_of
from bridge.http.desk import Desk
from bridge.http.pages import Pages
from bridge.http.reading import Reader, add_instruments, understood_of
from bridge.http.refusal import Refusal, json_answer
from bridge.http.rows import Row, explained, text_of, verdict_row
from bridge.http.symbol_rows import copied
from bridge.http.trace import check_rows
from bridge.understood import said
from core import records as r
from core.answers import BatchAnswer, Busy, SignalAnswer
from core.commands import ReceiveBatch
from core.engine import Outcome
from core.orders import Order, Purpose
from core.records import Record

ROUTES: Final = (
    ("POST", "/api/read", "read", "told"),
    ("GET", "/read", "read", "page"),
    ("POST", "/read", "read", "tried"),
)
"""Method, address, the scope that it takes, the handler."""

_SHOWN: Final = (
    *("intent", "side", "symbol", "strategy", "quantity", "quantity_unit", "order_type", "price"),
    *("trigger", "stop", "stop_unit", "targets", "trail", "break_even", "target_position"),
    *(
        "reduce_only",
        "time",
        "max_age_s",
        "id",
        "position",
        "prev_position",
        "signal_price",
        "comment",
    ),
    *("sequence", "stream", "ignored", "repaired"),
)
"""What the page lists of a signal, where it is there."""


class _Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The message as text, and the route that it would come to."""

    message: str
    route: str = ""


class Tryout:
    """The handlers. Each one's scope was checked before it is called."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages
        self._reader = Reader(desk.runtime.config)

    async def told(self, request: Request) -> Response:
        """Say how an alert is understood, and what would become of it now."""
        ask: _Ask = await body_of(request, _Ask)
        return json_answer(await self._tried(self._route(ask.route), ask.message))

    async def page(self, request: Request) -> Response:
        """Show the box for an alert."""
        return await self._shown(request, route="", message="", told=None)

    async def tried(self, request: Request) -> Response:
        """Show how the alert of the form is understood, and what would become of it now."""
        form = await form_of(request)
        route = self._route(form.get("route", ""))
        message = form.get("message", "").replace("\r\n", "\n")  # a browser's line ends
        told = await self._tried(route, message)
        for signal in told.get("signals", ()):
            signal["readable"] = True
            signal["fields"] = [(name, said(signal[name])) for name in _SHOWN if signal[name]]
        return await self._shown(request, route=route, message=told["raw"], told=told)

    async def _shown(
        self, request: Request, *, route: str, message: str, told: Row | None
    ) -> Response:
        rows: Row = {"route": route, "message": message, "told": told, "routes": self._routes()}
        return self._pages.page(request, "read.html", **rows, **await self._pages.frame())

    def _routes(self) -> list[str]:
        return sorted(self._desk.runtime.config.hooks)

    def _route(self, asked: str) -> str:
        """Choose the route: the one that is named, else the only one."""
        known = self._routes()
        if not asked and len(known) == 1:
            return known[0]
        if asked not in known:
            raise Refusal("ask_invalid", value=f"route is one of {', '.join(known)}.")
        return asked

    async def _tried(self, route: str, message: str) -> Row:
        body = message.encode("utf-8", "replace")
        work = self._reader.work(route, body, 0)
        outcome = await self._desk.try_out(work)
        asked = self._desk.runtime.config.setup.routes[route]
        first = work.signals[0] if isinstance(work, ReceiveBatch) else work
        row = {**understood_of(work, asked), "route": route, "raw": first.raw}
        if not row["ok"]:
            return row
        state = await self._desk.look(copied)
        add_instruments(row, state, route, work, now=self._desk.now())
        for signal, verdict in zip(row["signals"], _verdicts(outcome), strict=True):
            signal.update(verdict)
        return row


def _verdicts(outcome: Outcome) -> list[Row]:
    """Write what would become of each signal."""
    (said,) = outcome.answers
    answers = said.answers if isinstance(said, BatchAnswer) else (said,)
    return [_verdict(one, outcome.records) for one in answers]


def _verdict(answer: Any, records: list[Record]) -> Row:
    if isinstance(answer, Busy):
        facts = explained(answer.code, value=answer.value, limit=answer.limit, where="")
        return {"verdict": "busy", **facts, "accounts": []}
    assert isinstance(answer, SignalAnswer), "a message is answered as a signal"
    facts = explained(answer.code, value=answer.value, limit=answer.limit, where=answer.where)
    mine = [one for one in records if _signal_of(one) == answer.signal]
    accounts = [
        {
            **verdict_row(verdict),
            "orders": [],
            **_judged(mine, verdict.account),
        }
        for verdict in answer.accounts
    ]
    return {"verdict": answer.verdict, **facts, "accounts": accounts}


def _signal_of(record: Record) -> str:
    if isinstance(record, r.OrderIntended):
        return record.order.origin
    return record.signal if isinstance(record, r.SignalRefused) else ""


def _judged(records: list[Record], account: str) -> Row:
    """Write the checks of one account, how it was sized, and the orders that it would make."""
    row: Row = {"checks": [], "sizing": "", "orders": []}
    for record in records:
        if isinstance(record, r.SignalRefused) and record.account == account:
            row["checks"] = check_rows(record.checks, Purpose.ENTRY, record.code)
        elif isinstance(record, r.OrderIntended) and record.order.account == account:
            row["orders"].append(_order(record.order))
            if record.order.purpose is not Purpose.LEG:
                row["sizing"] = record.sizing
                row["checks"] = check_rows(
                    record.checks, record.order.purpose, record.order.held_for
                )
    return row


def _order(order: Order) -> Row:
    return {
        "instrument": order.instrument,
        "side": str(order.side),
        "quantity": text_of(order.quantity),
        "order_type": str(order.order_type),
        "price": text_of(order.price),
        "trigger": text_of(order.trigger),
        "purpose": str(order.purpose),
    }
