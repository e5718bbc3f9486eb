"""A stage whose venue is a simulated exchange with exact books, one account of it."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from adapters.simulated.exchange import Exchange, Refusal
from adapters.simulated.pictures import search, snapshot
from adapters.simulated.rows import Rules
from core import commands as c
from core.answers import AskCancel, AskLookup, AskReplace, Effect, Send
from core.doubt import IN_DOUBT
from core.orders import Order, Side
from core.reports import Report, VenueOrder
from core.setup import Setup
from tests.unit.core.setups import replaced
from tests.unit.core.stage import Stage

D = Decimal


class Floor(Stage):
    """A running core and its exchange. What is sent arrives at once; ``loses`` keeps reports from
    the bridge until they are shown in a picture."""

    def __init__(self, setup: Setup, **rules: Any) -> None:
        super().__init__(setup)
        self.loses = False
        self.exchange = Exchange(
            "one",
            setup.instruments,
            Rules(**({"chunks_max": 1, "fee_percent": D(0)} | rules)),
            clock=lambda: self.now,
            random=Random(1),
        )
        self.exchange.tell = self._tell
        self._told: list[Report] = []
        for quote in self.quotes.values():
            self.exchange.take_quote(quote)
        self.compare()

    def _tell(self, report: Report) -> None:
        if not self.loses:
            self._told.append(report)

    def trade(self, action: str, /, **fields: Any) -> list[str]:
        """Send a signal, let everything happen that follows, and return its orders."""
        answer = self.say(action, **fields)
        self.carry(self.last.effects)
        return list(answer.orders)

    def carry(self, effects: list[Effect]) -> None:
        """Carry effects out, and whatever follows from what the exchange says."""
        for effect in effects:
            self._carry(effect)
        self.hear_all()

    def _carry(self, effect: Effect) -> None:
        order = self.order(effect.order)
        match effect:
            case Send():
                self._place(order)
            case AskCancel() if any(
                one.works for one in self.exchange.by_order.get(order.order, [])
            ):
                self.exchange.cancel(order.order)
            case AskReplace():
                self.exchange.change(order.order, effect.terms)
            case AskLookup():
                shown = search(self.exchange, order, None)
                found = shown if isinstance(shown, VenueOrder) else None
                self.do(c.TakeLookup(order=order.order, found=found, conclusive=True))
            case _:
                pass

    def _place(self, order: Order) -> None:
        try:
            self.exchange.place(order)
        except Refusal as no:
            self.do(c.NoteTrouble(order=order.order, proven=True, code=no.code, text="refused"))

    def ask(self) -> None:
        """Ask for every order of which the bridge has not heard."""
        for name in sorted(self.state.alive):
            if name in self.state.alive and self.order(name).state in IN_DOUBT:
                self.carry([AskLookup(name)])

    def hear_all(self) -> None:
        """Let the bridge hear everything that was told, and carry out what follows."""
        while self._told:
            told, self._told = self._told, []
            for report in told:
                self.do(c.TakeReport(report=report))
                self.carry(list(self.last.effects))

    def push(self) -> None:
        """Let the market move until nothing waits for it."""
        for _ in range(20):
            for quote in self.quotes.values():
                self.exchange.take_quote(replaced(quote, at_ns=self.now))
            self.hear_all()

    def others(self, side: str, quantity: str, closes: str = "") -> str:
        """Let somebody else trade; return the name of the position."""
        ticket = self.exchange.place_foreign("BTCUSDT", Side(side), D(quantity), closes=closes)
        while ticket.works:
            self.exchange.take_quote(self.quotes["BTCUSDT"])
        return ticket.book

    def compare(self) -> None:
        """Compare the books with a picture of the exchange."""
        self.wait(1)
        picture = snapshot(self.exchange, 1)
        self.do(c.TakeSnapshot(snapshot=picture, asked_ns=self.now, cause="timer"))
        self.carry(list(self.last.effects))

    def compare_twice(self) -> None:
        """Show the same twice, as far apart as a confirmation asks for."""
        self.wait(90)
        self.compare()
        self.wait(5)
        self.compare()

    def tickets(self, strategy: str = "trend") -> dict[str, Decimal]:
        """Return what an owner holds, by its tickets."""
        rows = self.state.tickets.values()
        return {row.ticket: row.quantity for row in rows if row.strategy == strategy}

    def theirs(self) -> dict[str, Decimal]:
        """Return what the exchange holds, by its positions."""
        held = self.exchange.positions.items()
        return {name: one.quantity for name, one in held if one.quantity}
