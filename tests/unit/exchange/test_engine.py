"""The matching engine: what a trader may rely on, whatever venue it is dressed as."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.exchange.events import MoneyChanged, OrderChanged, What
from adapters.exchange.orders import (
    NewOrder,
    Reason,
    Rejected,
    Side,
    Status,
    TimeInForce,
    TriggerBy,
)
from tests.unit.exchange.books import D, new, spot, swaps, taken

BUY, SELL = Side.BUY, Side.SELL


def test_a_market_order_walks_the_book() -> None:
    """A market order takes the best price first and goes on to the next when that is used up."""
    engine = swaps()
    order = taken(engine.place("ann", new(BUY, "3")))

    prices = [(trade.price, trade.quantity) for trade in engine.register.fills("ann")]
    assert [(D("50000.1"), D(2)), (D("50000.3"), D(1))] == prices
    assert Status.FILLED is order.status
    assert D(3) == engine.account("ann").held("BTCUSDT")


def test_better_prices_first_then_earlier_orders() -> None:
    """Resting orders trade by price, and at one price by age."""
    engine = swaps()
    names = [("early", "49990"), ("late", "49990"), ("best", "49991")]
    orders = {
        name: taken(engine.place("ann", new(BUY, "0.1", price, client_id=name)))
        for name, price in names
    }
    engine.show("BTCUSDT", D(0))
    engine.place("bob", new(SELL, "0.15", "49990"))

    filled = {name: order.filled for name, order in orders.items()}
    assert {"best": D("0.1"), "early": D("0.05"), "late": D(0)} == filled


def test_what_is_left_of_a_limit_order_rests() -> None:
    """A limit order beyond the depth fills in part, and rests with what is left."""
    engine = swaps()
    order = taken(engine.place("ann", new(BUY, "3", "50000.1")))

    assert (Status.PARTIALLY_FILLED, D(2), D(1)) == (order.status, order.filled, order.left)
    assert (D("50000.1"), D(1)) == engine.depth("BTCUSDT")[BUY][0]

    engine.move("BTCUSDT", D(50000))
    assert Status.FILLED is order.status


@pytest.mark.parametrize(
    ("force", "quantity", "filled", "status"),
    [
        (TimeInForce.IOC, "3", "2", Status.EXPIRED),
        (TimeInForce.FOK, "3", "0", Status.EXPIRED),
        (TimeInForce.FOK, "2", "2", Status.FILLED),
    ],
)
def test_an_order_that_may_not_rest(
    force: TimeInForce, quantity: str, filled: str, status: Status
) -> None:
    """IOC trades what is there and ends; FOK trades all or nothing."""
    engine = swaps()
    order = taken(engine.place("ann", new(BUY, quantity, "50000.1", time_in_force=force)))

    assert (D(filled), status) == (order.filled, order.status)


def test_a_post_only_order_never_takes() -> None:
    """Where it would trade it is ended or refused, as the venue does; elsewhere it rests."""
    refused = spot().place("ann", new(BUY, "0.1", "50001", post_only=True))
    ended = taken(swaps().place("ann", new(BUY, "0.1", "50001", post_only=True)))
    rests = taken(swaps().place("ann", new(BUY, "0.1", "49999", post_only=True)))

    assert Rejected(Reason.POST_ONLY) == refused
    assert (Status.CANCELLED, Reason.POST_ONLY, D(0)) == (ended.status, ended.reason, ended.filled)
    assert Status.NEW is rests.status


def test_a_reduce_only_order_never_opens() -> None:
    """Without a position it is refused, with one it is cut to it, and it ends with it."""
    engine = swaps()
    assert Rejected(Reason.REDUCE_ONLY) == engine.place("ann", new(SELL, "1", reduce_only=True))
    engine.place("ann", new(BUY, "0.5"))
    rests = taken(engine.place("ann", new(SELL, "0.5", "60000", reduce_only=True)))
    order = taken(engine.place("ann", new(SELL, "1", reduce_only=True)))

    assert D(0) == engine.account("ann").held("BTCUSDT")
    assert (D("0.5"), Reason.REDUCE_ONLY) == (order.filled, order.reason)
    assert (Status.CANCELLED, Reason.REDUCE_ONLY) == (rests.status, rests.reason)


def test_a_stop_sleeps_until_its_price_is_there() -> None:
    """A stop shows in no book, wakes at its price, and closes what it was for."""
    engine = swaps()
    engine.place("ann", new(BUY, "0.5"))
    stop = new(SELL, "0.5", trigger=D(49000), rising=False, reduce_only=True)
    order = taken(engine.place("ann", stop))
    engine.move("BTCUSDT", D("49000.1"))
    asleep = order.status
    engine.move("BTCUSDT", D(49000))

    assert (Status.UNTRIGGERED, Status.FILLED) == (asleep, order.status)
    assert D(0) == engine.account("ann").held("BTCUSDT")


def test_a_stop_by_the_mark_does_not_hear_single_trades() -> None:
    """A trade far away wakes a stop by the last price, not one by the mark."""
    engine = swaps()
    engine.place("ann", new(BUY, "1"))
    by_last, by_mark = (
        taken(
            engine.place(
                "ann", new(SELL, "0.1", trigger=D("49999.2"), rising=False, trigger_by=price)
            )
        )
        for price in TriggerBy
    )
    engine.place("bob", new(SELL, "9"))  # down through four levels

    assert (Status.FILLED, Status.UNTRIGGERED) == (by_last.status, by_mark.status)


def test_a_stop_that_is_already_reached_is_refused() -> None:
    """Nobody gets a stop that would be a market order in truth."""
    made = swaps().place("ann", new(SELL, "1", trigger=D(50001), rising=False))

    assert Rejected(Reason.WOULD_TRIGGER, "50001") == made


@pytest.mark.parametrize("for_ever", [True, False])
def test_a_client_id_is_free_again_or_never(for_ever: bool) -> None:
    """While its order works an id is taken; after that it depends on the venue."""
    engine = swaps() if for_ever else spot()
    first = taken(engine.place("ann", new(BUY, "0.1", "40000", client_id="mine")))
    again = engine.place("ann", new(BUY, "0.1", "40000", client_id="mine"))
    engine.cancel(first)
    later = engine.place("ann", new(BUY, "0.1", "40000", client_id="mine"))

    assert Rejected(Reason.DUPLICATE_ID, "mine") == again
    assert for_ever is isinstance(later, Rejected)
    assert 3 == engine.register.arrivals["mine"]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (new(BUY, "0.0005"), Reason.QUANTITY_MIN),
        (new(BUY, "0.0015"), Reason.LOT),
        (new(BUY, "1", "50000.05"), Reason.TICK),
        (new(BUY, "0.001", "4000"), Reason.NOTIONAL_MIN),
        (new(BUY, "2000"), Reason.QUANTITY_MAX),
        (NewOrder(symbol="NONE", side=BUY, quantity=D(1)), Reason.UNKNOWN_MARKET),
        (new(BUY, "100", "50000"), Reason.FUNDS),
    ],
)
def test_what_the_market_does_not_take(order: NewOrder, reason: Reason) -> None:
    """Filters and funds are checked before anything is done."""
    engine = swaps()
    made = engine.place("ann", order)

    assert isinstance(made, Rejected)
    assert (reason, []) == (made.reason, engine.register.orders("ann"))


def test_spot_money_is_set_aside_and_given_back() -> None:
    """A resting purchase locks its money, a cancel frees it, and nobody spends it twice."""
    engine = spot()
    order = taken(engine.place("ann", new(BUY, "1.5", "40000")))
    account = engine.account("ann")
    locked = account.locked["USDT"]
    second = engine.place("ann", new(BUY, "1.5", "40000"))
    engine.cancel(order)

    assert D(60_000) == locked
    assert isinstance(second, Rejected)
    assert Reason.FUNDS is second.reason
    assert (D(0), D(100_000)) == (account.locked["USDT"], account.free["USDT"])


def test_spot_fees_come_out_of_the_coins_bought() -> None:
    """Who buys a coin gets it less the fee; who sells pays in money."""
    engine = spot()
    engine.place("ann", new(BUY, "1"))
    engine.place("ann", new(SELL, "1"))

    fees = [(trade.fee_asset, trade.fee) for trade in engine.register.fills("ann")]
    assert [("BTC", D("0.001")), ("USDT", D("49.99999000"))] == fees
    assert D("1.999") == engine.account("ann").total("BTC")


def test_an_order_that_names_money_buys_what_it_pays() -> None:
    """A spot market order of a sum spends at most that sum."""
    engine = spot()
    order = taken(engine.place("ann", new(BUY, "0", quote_quantity=D(1000))))

    assert Status.FILLED is order.status
    assert D(999) < order.spent <= D(1000)


def test_amending_keeps_the_place_only_for_less() -> None:
    """A smaller quantity keeps its turn; a larger one goes to the back."""
    engine = swaps()
    engine.show("BTCUSDT", D(0))
    first, second = (taken(engine.place("ann", new(BUY, "0.2", "49000"))) for _ in range(2))
    less = engine.amend(first, quantity=D("0.1"))
    engine.place("bob", new(SELL, "0.1", "49000"))
    more = engine.amend(second, quantity=D("0.3"))
    third = taken(engine.place("ann", new(BUY, "0.1", "49000")))
    engine.amend(third, price=D(49001))

    assert (None, None) == (less, more)
    assert (Status.FILLED, D(0)) == (first.status, second.filled)
    assert (D(49001), D("0.1")) == engine.depth("BTCUSDT")[BUY][0]


def test_an_amendment_that_cannot_be_changes_nothing() -> None:
    """A refused amendment leaves the order as it was, in its place and with its money."""
    engine = spot()
    order = taken(engine.place("ann", new(BUY, "1", "40000")))
    refusals = [
        engine.amend(order, quantity=D(9)),
        engine.amend(order, price=D("40000.001")),
        engine.amend(order),
    ]

    reasons = [one.reason for one in refusals if one is not None]
    assert [Reason.FUNDS, Reason.TICK, Reason.NOTHING_CHANGED] == reasons
    assert (D(1), D(40_000), D(40_000)) == (order.quantity, order.price, order.locked)
    assert (D(40_000), D(1)) in spot_bids(engine)


def spot_bids(engine: Any) -> list[tuple[D, D]]:
    """Return every level of the buyers."""
    return engine.depth("BTCUSDT", 100)[BUY]


def test_nobody_trades_with_himself() -> None:
    """An order that meets one of its own account ends that one and goes on."""
    engine = swaps()
    engine.show("BTCUSDT", D(0))
    mine = taken(engine.place("ann", new(BUY, "0.1", "49000")))
    other = taken(engine.place("bob", new(BUY, "0.1", "48990")))
    engine.place("ann", new(SELL, "0.1", "48990"))

    assert (Reason.SELF_TRADE, D(0)) == (mine.reason, mine.filled)
    assert Status.FILLED is other.status


def test_a_hidden_order_is_seen_late() -> None:
    """So many looks, at it or at its trades, do not find an order that was taken."""
    engine = swaps()
    engine.hide_next = 2
    order = taken(engine.place("ann", new(BUY, "0.1", client_id="late")))
    unseen = engine.register.fills("ann")
    looks = [engine.register.find("ann", client_id="late") for _ in range(2)]

    assert ([], [None, order]) == (unseen, looks)
    assert 1 == len(engine.register.fills("ann"))


def test_funding_moves_money_between_holders() -> None:
    """With a positive rate who is long pays who is short, and both are told."""
    engine = swaps()
    engine.place("ann", new(BUY, "1"))
    engine.place("bob", new(SELL, "1"))
    heard: list[Any] = []
    engine.listen(heard.append)
    made = engine.fund("BTCUSDT", D("0.0001"))

    amounts = {one.account: one.amount for one in made if one.account in {"ann", "bob"}}
    assert {"ann": D(-5), "bob": D(5)} == amounts
    assert {"ann", "bob"} <= {one.account for one in heard if isinstance(one, MoneyChanged)}


def test_a_liquidation_takes_orders_and_position() -> None:
    """Who is liquidated loses his orders in that market first, then his position."""
    engine = swaps()
    engine.place("ann", new(BUY, "1"))
    rests = taken(engine.place("ann", new(BUY, "0.1", "40000")))
    engine.liquidate("ann", "BTCUSDT")

    assert (Reason.LIQUIDATION, D(0)) == (rests.reason, engine.account("ann").held("BTCUSDT"))


def test_a_stranger_can_fill_a_part_of_any_resting_order() -> None:
    """The control fills as much of an order as it wants, wherever its price is."""
    engine = swaps()
    order = taken(engine.place("ann", new(BUY, "1", "40000")))
    engine.hit(order, D("0.25"))

    assert (D("0.25"), Status.PARTIALLY_FILLED) == (order.filled, order.status)
    assert D(40_000) == engine.register.fills("ann")[0].price


def test_an_event_is_a_copy() -> None:
    """What was heard of an order does not change when the order does."""
    engine = swaps()
    heard: list[Any] = []
    engine.listen(heard.append)
    order = taken(engine.place("ann", new(BUY, "3")))

    told = [(one.what, one.order.filled) for one in heard if isinstance(one, OrderChanged)]
    assert [(What.NEW, D(0)), (What.TRADE, D(2)), (What.TRADE, D(3))] == told
    assert all(one.order is not order for one in heard if isinstance(one, OrderChanged))


def test_a_halted_market_takes_nothing() -> None:
    """Orders are refused while a market is halted; cancels are not."""
    engine = swaps()
    order = taken(engine.place("ann", new(BUY, "0.1", "40000")))
    engine.halt("BTCUSDT", trading=False)
    made = engine.place("ann", new(BUY, "0.1"))
    refused = engine.cancel(order)

    assert Rejected(Reason.MARKET_HALTED, "BTCUSDT") == made
    assert refused is None
