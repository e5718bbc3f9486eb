"""A simulated exchange: one account's books, exact, with the bad days of real exchanges on request.

Rules of this file
1. The books are the truth of a simulated world: what they say has happened has happened.
2. Each change is told as reports, in order; what becomes of a report on its way is the wire's.
3. A mishap (a bust, a cancel that nobody asked for, too much filled) happens when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Final

from adapters.simulated import legs
from adapters.simulated.executions import execution
from adapters.simulated.rows import Deal, Ids, Rules, Ticket
from core.instruments import Instrument
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderType, Side, Terms
from core.positions import Position, after_fill
from core.reports import Quote, Report

FILL_CHANCE: Final = 0.7
"""How often an order that may fill does so at a quote: what is left waits for the next."""

HUNDRED: Final = Decimal(100)


class Refusal(Exception):
    """The exchange proves that it does not take a request; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _nothing(_: object) -> None:
    """Tell nobody."""


def _nothing_new(_: object, before: Decimal) -> None:
    """Tell nobody."""


class Exchange:
    """One account. ``clock``: the exchange's own time. ``tell``: takes every report."""

    def __init__(
        self,
        account: str,
        instruments: Mapping[str, Instrument],
        rules: Rules,
        *,
        clock: Callable[[], int],
        random: Random,
    ) -> None:
        self.account, self.rules = account, rules
        self.instruments = instruments
        self.tickets: list[Ticket] = []
        self.by_order: dict[str, list[Ticket]] = {}
        """Every order under a client's id: more than one is what no bridge may bring about."""
        self.positions: dict[str, Position] = {}
        self.balance = rules.balance
        self.quotes: dict[str, Quote] = {}
        self.halted: set[str] = set()
        """Instruments in which nothing trades now."""
        self.tell: Callable[[Report], None] = _nothing
        self.placed: Callable[[Ticket], None] = _nothing
        self.replaced: Callable[[Ticket, Decimal], None] = _nothing_new
        """Told of an order with new terms, and of the quantity that it had before."""
        self.races = 0.0
        """How often an order fills a little just before its cancel."""
        self.raced = 0
        self.now = clock
        self._random = random
        self._working: dict[str, Ticket] = {}
        self._count = 0
        self.surplus: dict[str, Decimal] = {}
        """What it filled beyond the quantity of orders, by instrument."""

    # --- requests ---------------------------------------------------------------------------------

    def place(self, order: Order) -> Ticket:
        """Take an order in. Errors: ``Refusal``."""
        known = self.by_order.get(order.order, [])
        if known and self.rules.ids is Ids.FOR_EVER:
            return known[0]
        if self.rules.ids is Ids.OPEN and any(ticket.works for ticket in known):
            raise Refusal("simulated_id_taken")
        if order.instrument not in self.quotes:
            raise Refusal("simulated_no_market")
        if self.rules.spot and order.side is Side.SELL and order.quantity > self.free(order):
            raise Refusal("simulated_no_funds")
        if self.rules.hedging and order.closes and not self.held(order.closes):
            raise Refusal("simulated_position_gone")
        return self._enter(
            Ticket(
                venue_order=self._name("v"),
                order=order.order,
                instrument=order.instrument,
                side=order.side,
                order_type=order.order_type,
                quantity=order.quantity,
                price=order.price,
                trigger=order.trigger,
                worst_price=order.worst_price,
                reduce_only=self._only_reduces(order),
                placed_ns=self.now(),
                group=order.group if self.rules.linked_legs else "",
                attached=order.attached_stop if self.rules.attached_stop else None,
                closes=order.closes,
            )
        )

    def place_foreign(
        self, instrument: str, side: Side, quantity: Decimal, *, closes: str = ""
    ) -> Ticket:
        """Take an order of somebody else on this account: at the market, at once."""
        return self._enter(
            Ticket(
                venue_order=self._name("v"),
                order="",
                instrument=instrument,
                side=side,
                order_type=OrderType.MARKET,
                quantity=quantity,
                price=None,
                trigger=None,
                worst_price=None,
                reduce_only=bool(closes),
                placed_ns=self.now(),
                closes=closes,
            )
        )

    def _enter(self, ticket: Ticket, *, placed: bool = True) -> Ticket:
        opened = ticket.closes or ticket.venue_order
        ticket.book = opened if self.rules.hedging else ticket.instrument
        self.tickets.append(ticket)
        self.by_order.setdefault(ticket.order, []).append(ticket)
        self._working[ticket.venue_order] = ticket
        if placed:
            self.placed(ticket)
        self._report(ticket, OrderEvent.ACCEPTED)
        self._match(ticket, self.quotes[ticket.instrument])
        return ticket

    def _only_reduces(self, order: Order) -> bool:
        if self.rules.hedging:
            return bool(order.closes)  # without a ticket it opens one
        return order.venue_reduce_only and self.rules.reduce_only

    def cancel(self, order: str) -> None:
        """End an order. Errors: ``Refusal``."""
        for ticket in self.by_order.get(order, []):
            if ticket.works:
                if self._random.random() < self.races:
                    self._race(ticket)
                else:
                    self.end(ticket, OrderEvent.CANCELLED)
                return
        raise Refusal("simulated_order_gone")

    def _race(self, ticket: Ticket) -> None:
        """Fill some of an order at the very moment when its cancel arrives, and tell it last."""
        price = ticket.price or self.quotes[ticket.instrument].last
        step = self.instruments[ticket.instrument].lot_step
        told: list[Report] = []
        tell, self.tell = self.tell, told.append
        if ticket.trigger is None and ticket.left > step and not ticket.reduce_only:
            self.raced += 1
            self.fill(ticket, step, price)
        self.end(ticket, OrderEvent.CANCELLED)
        self.tell = tell
        for report in reversed(told):
            tell(report)

    def change(self, order: str, terms: Terms) -> None:
        """Give an order new terms, all of them absolute. Errors: ``Refusal``."""
        for ticket in self.by_order.get(order, []):
            if ticket.works:
                if terms.quantity <= ticket.filled:
                    self._report(ticket, OrderEvent.REPLACE_REJECTED, reason="filled already")
                    return
                before, ticket.quantity = ticket.quantity, terms.quantity
                ticket.price, ticket.trigger = terms.price, terms.trigger
                self.replaced(ticket, before)
                self._report(ticket, OrderEvent.REPLACED)
                self._match(ticket, self.quotes[ticket.instrument])
                return
        raise Refusal("simulated_order_gone")

    # --- the market -------------------------------------------------------------------------------

    def take_quote(self, quote: Quote) -> None:
        """Let the market move, and fill what it reaches."""
        self.quotes[quote.instrument] = quote
        for ticket in [one for one in self._working.values() if one.instrument == quote.instrument]:
            self._match(ticket, quote)

    def working(self) -> Iterator[Ticket]:
        """Yield what is in the book, oldest first."""
        return iter(list(self._working.values()))

    def net(self, instrument: str) -> Decimal:
        """Return the account's position, all of its tickets together."""
        if not self.rules.hedging:
            return self.held(instrument)
        all_of_it = self.positions.values()
        return sum((one.quantity for one in all_of_it if one.instrument == instrument), ZERO)

    def held(self, book: str) -> Decimal:
        """Return what is held in one position."""
        found = self.positions.get(book)
        return found.quantity if found is not None else ZERO

    def free(self, order: Order) -> Decimal:
        """Return what is owned and not on offer already."""
        offered = [
            one.left
            for one in self._working.values()
            if (one.instrument, one.side) == (order.instrument, Side.SELL)
        ]
        return self.net(order.instrument) - sum(offered, ZERO)

    def equity(self) -> Decimal:
        """Return the balance with all open profit."""
        total = self.balance
        for held in self.positions.values():
            if held.quantity:
                total += held.open_profit(self.quotes[held.instrument].mid)
        return total

    def _match(self, ticket: Ticket, quote: Quote) -> None:
        """Fill an order as far as the market goes now."""
        if ticket.instrument in self.halted or not ticket.works:
            return
        price = quote.ask if ticket.side is Side.BUY else quote.bid
        sign = ticket.side.sign
        if ticket.trigger is not None and ticket.resting:
            if sign * (price - ticket.trigger) < ZERO:
                return
            ticket.resting = False
        limit = ticket.price if ticket.order_type is not OrderType.MARKET else ticket.worst_price
        if ticket.order_type is OrderType.STOP:
            limit = None
        if limit is not None and sign * (price - limit) > ZERO:
            if ticket.order_type is OrderType.MARKET:
                self.end(ticket, OrderEvent.CANCELLED, reason="beyond its worst price")
            return
        self._take(ticket, price)

    def _take(self, ticket: Ticket, price: Decimal) -> None:
        pieces = self._random.randint(1, self.rules.chunks_max)
        step = self.instruments[ticket.instrument].lot_step
        while ticket.works and ticket.left and self._random.random() < FILL_CHANCE:
            quantity = min(ticket.left, max(step, ticket.quantity / pieces // step * step))
            if ticket.reduce_only:
                most = max(ZERO, -ticket.side.sign * self.held(ticket.book))
                quantity = min(quantity, most)
            if not quantity:
                self.end(ticket, OrderEvent.CANCELLED, reason="nothing left to reduce")
                return
            self.fill(ticket, quantity, price)

    def fill(self, ticket: Ticket, quantity: Decimal, price: Decimal) -> Deal:
        """Execute some of an order, or more than that."""
        fee = self._value(ticket.instrument, quantity, price) * self.rules.fee_percent / HUNDRED
        deal = Deal(self._name("x"), quantity, price, fee, self.now())
        if self.rules.fee_in_base and ticket.side is Side.BUY:
            deal.base = quantity * self.rules.fee_percent / HUNDRED
        deal.told.append((deal.at_ns, OrderEvent.FILL, quantity, price))
        ticket.deals.append(deal)
        ticket.filled += quantity
        kept = quantity - deal.base
        self._move(ticket, ticket.side, quantity=kept, price=price, fee=fee)
        over = ticket.filled - ticket.quantity
        if over > ZERO:
            self.surplus[ticket.instrument] = self.surplus.get(ticket.instrument, ZERO) + over
        self._execution(ticket, OrderEvent.FILL, deal)
        if ticket.works and ticket.filled >= ticket.quantity:
            self._over(ticket, OrderEvent.FILL)
        legs.after_fill(self, ticket, quantity)
        return deal

    def change_quantity(self, ticket: Ticket, quantity: Decimal) -> None:
        """Make a working order larger or smaller, unasked, and tell it."""
        ticket.quantity = quantity
        self._report(ticket, OrderEvent.REPLACED)

    def attach(self, stop: Ticket) -> None:
        """Take in a stop that the exchange itself keeps for an entry."""
        self._enter(stop, placed=False)

    def end(self, ticket: Ticket, event: OrderEvent, *, reason: str = "") -> None:
        """End an order, whoever asked for it."""
        if ticket.works:
            ticket.reason = reason
            self._over(ticket, event)
            self._report(ticket, event, reason=reason)

    def rest_until_tomorrow(self, ticket: Ticket) -> None:
        """Tell that an order rests until the next session."""
        self._report(ticket, OrderEvent.DONE_FOR_DAY)

    def bust(self, ticket: Ticket, deal: Deal) -> None:
        """Take a trade back."""
        self._undo(ticket, deal)
        ticket.filled -= deal.quantity
        deal.told.append((self.now(), OrderEvent.BUST, deal.quantity, deal.price))
        self._execution(ticket, OrderEvent.BUST, deal)
        if ticket.attached is not None:
            legs.after_bust(self, ticket, deal.quantity)
        deal.quantity = ZERO

    def correct(self, ticket: Ticket, deal: Deal, price: Decimal) -> None:
        """Say that a trade was at another price."""
        self._undo(ticket, deal)
        kept = deal.quantity - deal.base
        self._move(ticket, ticket.side, quantity=kept, price=price)
        deal.price = price
        deal.told.append((self.now(), OrderEvent.CORRECTED, deal.quantity, price))
        self._execution(ticket, OrderEvent.CORRECTED, deal)

    # --- books ------------------------------------------------------------------------------------

    def _over(self, ticket: Ticket, event: OrderEvent) -> None:
        ticket.ended, ticket.ended_ns = event, self.now()
        self._working.pop(ticket.venue_order, None)

    def _undo(self, ticket: Ticket, deal: Deal) -> None:
        side = ticket.side.opposite
        kept = deal.quantity - deal.base
        self._move(ticket, side, quantity=kept, price=deal.price)

    def _move(
        self,
        ticket: Ticket,
        side: Side,
        *,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal = ZERO,
    ) -> None:
        if not quantity:
            return
        held = self.positions.get(ticket.book)
        if held is None:
            name = ticket.instrument
            unit = self.instruments[name].multiplier
            held = Position(account=self.account, instrument=name, strategy="", multiplier=unit)
        after = after_fill(held, side, quantity=quantity, price=price, fee=fee)
        self.positions[ticket.book] = after
        self.balance += after.realized - held.realized - fee

    def _value(self, instrument: str, quantity: Decimal, price: Decimal) -> Decimal:
        return self.instruments[instrument].value(quantity, price)

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    def _report(self, ticket: Ticket, event: OrderEvent, *, reason: str = "") -> None:
        if ticket.order:
            terms = event is OrderEvent.REPLACED
            self.tell(
                Report(
                    account=self.account,
                    order=ticket.order,
                    event=event,
                    at_ns=self.now(),
                    venue_order=ticket.venue_order,
                    quantity=ticket.quantity if terms else None,
                    price=ticket.price if terms else None,
                    trigger=ticket.trigger if terms else None,
                    reason=reason,
                )
            )

    def _execution(self, ticket: Ticket, event: OrderEvent, deal: Deal) -> None:
        if ticket.order:
            self.tell(
                execution(
                    self, ticket, event, exec_id=deal.exec_id,
                    quantity=deal.quantity, price=deal.price, fee=deal.fee, base=deal.base,
                    at_ns=self.now(),
                )
            )  # fmt: skip
