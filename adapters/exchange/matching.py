"""How orders meet: entering the book, trading, waking of stops.

Rules of this file
1. A taker trades at the price of the order that rested.
2. Stops wake in the order in which they were taken; one that wakes may wake the next.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from adapters.exchange.accounts import ATOM, MAKER
from adapters.exchange.book import Book
from adapters.exchange.events import What
from adapters.exchange.funds import lack
from adapters.exchange.orders import (
    ZERO,
    NewOrder,
    Order,
    Reason,
    Side,
    Status,
    TimeInForce,
    Trade,
    TriggerBy,
)

if TYPE_CHECKING:
    from adapters.exchange.engine import Engine


class Matching:
    """The books of all markets, and what happens when orders meet."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.books = {symbol: Book() for symbol in engine.markets}

    def enter(self, order: Order) -> None:
        """Trade an order as far as its terms and the book allow; let the rest rest, or end it."""
        new = order.new
        if new.post_only and self._meets(order):
            self.engine.end(order, Status.CANCELLED, Reason.POST_ONLY)
            return
        if new.time_in_force is TimeInForce.FOK and self._offered(order) < order.left:
            self.engine.end(order, Status.EXPIRED, Reason.TIME_IN_FORCE)
            return
        self._take(order)
        if not order.status.open:
            return
        if order.price is None:
            self.engine.end(order, Status.EXPIRED, Reason.NO_LIQUIDITY)
        elif new.time_in_force is not TimeInForce.GTC:
            self.engine.end(order, Status.EXPIRED, Reason.TIME_IN_FORCE)
        else:
            self.books[order.symbol].half(order.side).add(order)

    def post_only_refused(self, new: NewOrder) -> bool:
        """Say whether a post-only order would trade, where such a one is refused at the door."""
        if not new.post_only or new.trigger is not None or self.engine.rules.post_only_cancels:
            return False
        return next(self.books[new.symbol].crossing(new.side, new.price), None) is not None

    def reached(self, new: NewOrder, trigger: Decimal | None = None) -> bool:
        """Say whether the price that a stop waits for is there."""
        at = trigger or new.trigger
        assert at is not None, "asked for stops alone"
        by_last = new.trigger_by is TriggerBy.LAST
        price = self.engine.last(new.symbol) if by_last else self.engine.mark(new.symbol)
        return price >= at if new.rising else price <= at

    def wake(self, symbol: str) -> bool:
        """Wake the first stop of a market whose price is there; say whether there was one."""
        engine = self.engine
        for order in engine.register.open.values():
            asleep = order.symbol == symbol and order.status is Status.UNTRIGGERED
            if asleep and self.reached(order.new, order.trigger):
                break
        else:
            return False
        order.status, order.triggered, order.updated_ns = Status.NEW, True, engine.now_ns()
        if order.new.closes:
            order.quantity = engine.account(order.account).room(order.symbol, order.side)
        engine.tell(What.TRIGGERED, order)
        if not order.locked and lack(engine, order):
            engine.end(order, Status.EXPIRED, Reason.FUNDS)
        else:
            self.enter(order)
        return True

    def sweep(self, symbol: str, side: Side, price: Decimal) -> None:
        """Let the maker trade with every order that bids more, or asks less, than he does now."""
        quantity = sum((one.left for one in self.books[symbol].crossing(side, price)), ZERO)
        if quantity:
            self._take(self.engine.maker.order(symbol, side, quantity=quantity, price=price))

    def hit(self, order: Order, quantity: Decimal) -> None:
        """Let a stranger trade with one resting order, past those in front of it."""
        if order.status.open and order.status is not Status.UNTRIGGERED and order.price is not None:
            quantity = min(quantity, self._room(order))
            stranger = self.engine.maker.order(
                order.symbol, order.side.other, quantity=quantity, price=order.price
            )
            if quantity > 0:
                self._trade(stranger, order, quantity)

    def _meets(self, order: Order) -> bool:
        return next(self.books[order.symbol].crossing(order.side, order.price), None) is not None

    def _offered(self, order: Order) -> Decimal:
        crossing = self.books[order.symbol].crossing(order.side, order.price)
        return sum((one.left for one in crossing if one.account != order.account), ZERO)

    def _take(self, order: Order) -> None:
        engine = self.engine
        book = self.books[order.symbol]
        while order.status.open and order.left > 0:
            resting = next(book.crossing(order.side, order.price), None)
            if resting is None:
                return
            if resting.account == order.account:
                engine.end(resting, Status.EXPIRED, Reason.SELF_TRADE)
            elif not self._room(order):
                engine.end(order, Status.CANCELLED, Reason.REDUCE_ONLY)
            elif not self._room(resting):
                engine.end(resting, Status.CANCELLED, Reason.REDUCE_ONLY)
            else:
                self._trade(order, resting, min(self._room(order), self._room(resting)))

    def _room(self, order: Order) -> Decimal:
        if not order.new.reduce_only:
            return order.left
        return min(order.left, self.engine.account(order.account).room(order.symbol, order.side))

    def _trade(self, taker: Order, resting: Order, quantity: Decimal) -> None:
        price = resting.price
        assert price is not None, "a market order never rests"
        match = self.engine.number()
        self._fill(resting, quantity, price, match=match, maker=True)
        self._fill(taker, quantity, price, match=match, maker=False)

    def _fill(
        self, order: Order, quantity: Decimal, price: Decimal, *, match: int, maker: bool
    ) -> None:
        engine = self.engine
        market = engine.markets[order.symbol]
        now = engine.now_ns()
        if order.locked:
            share = quantity
            if order.side is Side.BUY:
                assert order.price is not None, "a market order locks nothing"
                share = quantity * order.price
            share = min(share, order.locked)
            order.locked -= share
            asset = market.quote if order.side is Side.BUY else market.base
            engine.account(order.account).lock(asset, -share)
        fee = self._fee(order, quantity, price, maker=maker)
        realised = engine.bank.settle(
            order.account, market, order.side, quantity=quantity, price=price, fee=fee, now_ns=now
        )
        order.filled += quantity
        order.spent += quantity * price
        order.fees[fee[0]] = order.fees.get(fee[0], ZERO) + fee[1]
        order.updated_ns = now
        order.status = Status.PARTIALLY_FILLED if order.left else Status.FILLED
        if not order.left:
            self.books[order.symbol].half(order.side).remove(order)
        trade = Trade(
            id=engine.number(),
            match=match,
            order=order.id,
            client_id=order.client_id,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            price=price,
            quantity=quantity,
            spent=quantity * price,
            fee=fee[1],
            fee_asset=fee[0],
            maker=maker,
            realised=realised,
            origin=order.new.origin,
            time_ns=now,
        )
        engine.traded(order, trade)
        if not maker:
            engine.printed(trade, order.side)

    def _fee(
        self, order: Order, quantity: Decimal, price: Decimal, *, maker: bool
    ) -> tuple[str, Decimal]:
        market, rules = self.engine.markets[order.symbol], self.engine.rules
        if order.account == MAKER:
            return market.quote, ZERO
        rate = rules.maker_rate if maker else rules.taker_rate
        if rules.fee_in_bought and order.side is Side.BUY:
            return market.base, (quantity * rate).quantize(ATOM, ROUND_HALF_UP)
        return market.quote, (quantity * price * rate).quantize(ATOM, ROUND_HALF_UP)
