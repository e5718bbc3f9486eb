"""One matching engine: orders in, trades and events out. No socket, no clock of its own, no chance
but its seed.

Rules of this file
1. Every call is whole before it returns: taken, traded, rested, stops woken, the maker's quotes put
   back, everybody told. So a lost reply never leaves half an order.
2. Price first, then time. A trade is at the price of the order that rested.
3. A reduce-only order never opens and never turns a position: it is cut to what is held when it
   trades, and ends when nothing is held.
4. An order that meets one of its own account ends the resting one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from adapters.exchange.accounts import Account, Bank, Cause, Movement
from adapters.exchange.events import Event, MoneyChanged, OrderChanged, Printed, Quoted, What
from adapters.exchange.funds import lack, lock_of, priced
from adapters.exchange.maker import Maker
from adapters.exchange.markets import Market, Rules
from adapters.exchange.matching import Matching
from adapters.exchange.orders import (
    ZERO,
    NewOrder,
    Order,
    Origin,
    Reason,
    Rejected,
    Side,
    Status,
    Trade,
)
from adapters.exchange.register import Register


class Engine:
    """The whole of one venue's trading: markets, books, accounts, orders, trades.

    ``now_ns``: the venue's clock. Ids count from its first reading, so that those of an exchange
    that was started anew are new as well.
    """

    def __init__(
        self,
        markets: Iterable[Market],
        *,
        rules: Rules,
        now_ns: Callable[[], int],
        seed: int = 0,
    ) -> None:
        self.rules = rules
        self.now_ns = now_ns
        self.markets = {market.symbol: market for market in markets}
        self._number = now_ns() // 1_000_000 * 1_000
        self.bank = Bank(self.markets, number=self.number)
        self.maker = Maker(self.markets, seed=seed, number=self.number)
        self.matching = Matching(self)
        self.register = Register()
        self._listeners: list[Callable[[Event], None]] = []
        self._dirty: dict[str, set[str]] = {}
        self.hide_next = 0
        """So many queries will not see the next order that is taken."""
        self.reject_next = False
        """The next order that is taken is acknowledged and then rejected."""
        for symbol in self.markets:
            self._requote(symbol)

    def number(self) -> int:
        """Return the next number of the exchange's own count."""
        self._number += 1
        return self._number

    def listen(self, hear: Callable[[Event], None]) -> None:
        """Let somebody hear of every change, in order, before the call that made it returns."""
        self._listeners.append(hear)

    def account(self, name: str) -> Account:
        """Return an account; a new name gets an empty one."""
        return self.bank.account(name)

    # ------------------------------------------------------------------------------- orders

    def place(self, account: str, new: NewOrder) -> Order | Rejected:
        """Take an order and trade it as far as the book allows, or say why not."""
        if new.client_id:
            self.register.arrivals[new.client_id] += 1
        refusal = self._objection(account, new)
        if refusal is not None:
            return refusal
        quantity, price = priced(self, new)
        now = self.now_ns()
        order = Order(
            id=self.number(),
            account=account,
            new=new,
            quantity=quantity,
            price=price,
            trigger=new.trigger,
            status=Status.NEW if new.trigger is None else Status.UNTRIGGERED,
            created_ns=now,
            updated_ns=now,
            hidden_reads=self.hide_next,
        )
        if quantity <= 0:
            return Rejected(Reason.NOTIONAL_MIN, str(new.quote_quantity))
        missing = lack(self, order)
        if missing and not self.asleep_unchecked(order):
            return Rejected(Reason.FUNDS, missing)
        self.hide_next = 0
        self.register.add(order)
        self._touched(order)
        lock_of(self, order)
        self.tell(What.NEW, order)
        if self.reject_next:
            self.end(order, Status.REJECTED, Reason.BY_VENUE)
        elif order.status is Status.NEW:
            self.matching.enter(order)
        self._calm(order.symbol)
        return order

    def cancel(
        self, order: Order, *, reason: Reason = Reason.ASKED, status: Status = Status.CANCELLED
    ) -> Rejected | None:
        """End a working order, or say why there is nothing to end."""
        if not order.status.open:
            return Rejected(Reason.ORDER_ENDED, order.status)
        self.end(order, status, reason)
        self._calm(order.symbol)
        return None

    def amend(
        self,
        order: Order,
        *,
        price: Decimal | None = None,
        quantity: Decimal | None = None,
        trigger: Decimal | None = None,
    ) -> Rejected | None:
        """Give a working order new terms (``None``: as they are), or say why it keeps its own.

        ``quantity`` counts what is filled. Only a smaller quantity keeps the place in the book.
        """
        if not order.status.open:
            return Rejected(Reason.ORDER_ENDED, order.status)
        terms = (price or order.price, quantity or order.quantity, trigger or order.trigger)
        before = (order.price, order.quantity, order.trigger)
        if terms == before:
            return Rejected(Reason.NOTHING_CHANGED)
        if terms[1] <= order.filled:
            return Rejected(Reason.QUANTITY_MIN, str(quantity))
        wanted = replace(order.new, price=terms[0], quantity=terms[1], trigger=terms[2])
        market = self.markets[order.symbol]
        refusal = market.objection(wanted, self.maker.mid[order.symbol])
        if refusal is not None:
            return refusal
        self.unlock(order)
        trial = replace(order, price=terms[0], quantity=terms[1], trigger=terms[2])
        missing = lack(self, trial)
        if missing:
            lock_of(self, order)
            return Rejected(Reason.FUNDS, missing)
        stays = terms[0] == order.price and terms[1] < order.quantity
        if not stays:
            self.matching.books[order.symbol].half(order.side).remove(order)
        order.price, order.quantity, order.trigger = terms
        lock_of(self, order)
        order.updated_ns = self.now_ns()
        self.tell(What.AMENDED, order)
        if not stays and order.status is not Status.UNTRIGGERED:
            self.matching.enter(order)
        self._calm(order.symbol)
        return None

    def end(self, order: Order, status: Status, reason: Reason) -> None:
        """End an order and tell it; for the parts of the engine."""
        self.matching.books[order.symbol].half(order.side).remove(order)
        self.unlock(order)
        order.status, order.reason, order.updated_ns = status, reason, self.now_ns()
        self.register.ended(order)
        self._touched(order)
        self.tell(What(status.value), order)

    def unlock(self, order: Order) -> None:
        """Give back what an order had set aside."""
        market = self.markets[order.symbol]
        asset = market.quote if order.side is Side.BUY else market.base
        if order.locked:
            self.account(order.account).lock(asset, -order.locked)
            order.locked = ZERO

    # ------------------------------------------------------------------------------- questions

    def mark(self, symbol: str) -> Decimal:
        """Return the mark price of a market: the middle that the maker keeps."""
        return self.maker.mid[symbol]

    def last(self, symbol: str) -> Decimal:
        """Return the price of the last trade in a market."""
        return self.maker.last[symbol]

    def depth(self, symbol: str, levels: int = 5) -> dict[Side, list[tuple[Decimal, Decimal]]]:
        """Return price and quantity of the best levels of each side."""
        book = self.matching.books[symbol]
        return {side: book.half(side).depth(levels) for side in Side}

    def equity(self, account: str, asset: str) -> Decimal:
        """Return an account's money of one asset with the open profit of its swaps."""
        one = self.account(account)
        open_profit = (
            position.unrealised(self.mark(symbol))
            for symbol, position in one.positions.items()
            if self.markets[symbol].quote == asset
        )
        return one.total(asset) + sum(open_profit, ZERO)

    # ------------------------------------------------------------------------------- the world

    def move(self, symbol: str, mid: Decimal) -> None:
        """Let the market go to a price: what lies in between trades, stops wake."""
        market = self.markets[symbol]
        self.maker.withdraw(symbol, self.matching.books[symbol])
        self.maker.mid[symbol] = mid
        for side, price in self.maker.best(symbol).items():
            self.matching.sweep(symbol, side, price)
        self.maker.last[symbol] = mid - mid % market.tick
        printed = self.maker.last[symbol]
        self._say(Printed(self.number(), symbol, Side.BUY, printed, market.lot, self.now_ns()))
        self._calm(symbol)

    def step(self) -> None:
        """Let every market walk one seeded step."""
        for symbol in self.markets:
            self.move(symbol, self.maker.next_mid(symbol))

    def show(self, symbol: str, quantity: Decimal) -> None:
        """Let the maker show so much at each of his levels from now on; 0 takes him out."""
        self.maker.depth[symbol] = quantity
        self._calm(symbol)

    def hit(self, order: Order, quantity: Decimal) -> None:
        """Let a stranger trade with a resting order, for a part of it or all."""
        self.matching.hit(order, quantity)
        self._calm(order.symbol)

    def fund(self, symbol: str, rate: Decimal) -> list[Movement]:
        """Pay funding now."""
        made = self.bank.fund(self.markets[symbol], rate, self.mark(symbol), self.now_ns())
        for movement in made:
            self._booked(movement)
        return made

    def transfer(self, account: str, asset: str, amount: Decimal) -> Movement:
        """Move money into an account from outside, or out of it."""
        return self._booked(self.bank.deposit(account, asset, amount, self.now_ns()))

    def adjust(self, account: str, asset: str, amount: Decimal) -> Movement:
        """Let the house give money to an account, or take it."""
        return self._booked(self.bank.adjust(account, asset, amount, self.now_ns()))

    def halt(self, symbol: str, *, trading: bool) -> None:
        """Stop a market, or let it trade again. Resting orders stay."""
        self.markets[symbol] = replace(self.markets[symbol], trading=trading)
        self._calm(symbol)

    def liquidate(self, account: str, symbol: str) -> Order | Rejected:
        """Cancel an account's orders in a market and close its position by force."""
        for order in list(self.register.working(account, symbol)):
            self.cancel(order, reason=Reason.LIQUIDATION)
        held = self.account(account).held(symbol)
        side = Side.SELL if held > 0 else Side.BUY
        new = NewOrder(
            symbol=symbol,
            side=side,
            quantity=abs(held),
            reduce_only=True,
            origin=Origin.LIQUIDATION,
        )
        return self.place(account, new)

    # ------------------------------------------------------------------------------- inside

    def tell(self, what: What, order: Order, trade: Trade | None = None) -> None:
        """Tell what happened to a customer's order."""
        copy = replace(order, fees=dict(order.fees))
        self._say(OrderChanged(what, copy, trade, self.now_ns()))

    def traded(self, order: Order, trade: Trade) -> None:
        """Remember one side of a trade, and tell it."""
        if order.keeper:
            return
        self._touched(order)
        self.register.traded(trade)
        if not order.status.open:
            self.register.ended(order)
        self.tell(What.TRADE, order, trade)

    def printed(self, trade: Trade, side: Side) -> None:
        """Tell the public of a trade."""
        self.maker.last[trade.symbol] = trade.price
        self._say(
            Printed(trade.match, trade.symbol, side, trade.price, trade.quantity, trade.time_ns)
        )

    def _objection(self, account: str, new: NewOrder) -> Rejected | None:
        market = self.markets.get(new.symbol)
        if market is None:
            return Rejected(Reason.UNKNOWN_MARKET, new.symbol)
        former = self.register.named(account, new.client_id)
        if former is not None and (self.rules.ids_for_ever or former.status.open):
            return Rejected(Reason.DUPLICATE_ID, new.client_id)
        refusal = market.objection(new, self.mark(new.symbol))
        if refusal is not None:
            return refusal
        unchecked = new.trigger is not None and self.rules.stops_unchecked
        reducing = new.reduce_only and not (unchecked and not new.closes)
        if reducing and not self.account(account).room(new.symbol, new.side):
            return Rejected(Reason.REDUCE_ONLY)
        if new.trigger is not None and self.matching.reached(new):
            return Rejected(Reason.WOULD_TRIGGER, str(new.trigger))
        if self.matching.post_only_refused(new):
            return Rejected(Reason.POST_ONLY)
        mine = sum(1 for _ in self.register.working(account, new.symbol))
        if mine >= self.rules.open_orders_max:
            return Rejected(Reason.ORDERS_MAX, str(mine))
        return None

    def _calm(self, symbol: str) -> None:
        """Let everything happen that a change brings about, then tell whose money changed."""
        self._requote(symbol)
        while self.matching.wake(symbol) or self._cut_reducing():
            self._requote(symbol)
        assert not self.matching.books[symbol].crossed, "traded before it rested"
        now = self.now_ns()
        for account, symbols in self._dirty.items():
            markets = [self.markets[name] for name in sorted(symbols)]
            assets = {asset for one in markets for asset in (one.base, one.quote)}
            names = tuple(one.symbol for one in markets)
            self._say(MoneyChanged(account, Cause.TRADE, tuple(sorted(assets)), names, None, now))
        self._dirty.clear()
        self._say(Quoted(symbol, now))

    def asleep_unchecked(self, order: Order) -> bool:
        """Say whether an order is a stop that nothing is asked of before it wakes."""
        return self.rules.stops_unchecked and order.status is Status.UNTRIGGERED

    def _requote(self, symbol: str) -> None:
        book = self.matching.books[symbol]
        self.maker.withdraw(symbol, book)
        self.maker.quote(symbol, book)

    def _touched(self, order: Order) -> None:
        self._dirty.setdefault(order.account, set()).add(order.symbol)

    def _cut_reducing(self) -> bool:
        """End a reduce-only order that has nothing left to reduce; say whether there was one."""
        for order in self.register.open.values():
            if not order.new.reduce_only or (self.asleep_unchecked(order) and not order.new.closes):
                continue
            if not self.account(order.account).room(order.symbol, order.side):
                self.end(order, Status.CANCELLED, Reason.REDUCE_ONLY)
                return True
        return False

    def _booked(self, movement: Movement) -> Movement:
        symbols = (movement.symbol,) if movement.symbol else ()
        self._say(
            MoneyChanged(
                movement.account,
                movement.cause,
                (movement.asset,),
                symbols,
                movement,
                movement.time_ns,
            )
        )
        return movement

    def _say(self, event: Event) -> None:
        for hear in self._listeners:
            hear(event)
