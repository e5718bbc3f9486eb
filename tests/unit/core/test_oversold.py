"""A buy that is taken back after its coins were sold: on a spot account nobody owes coins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core import snapshot
from core.orders import OrderEvent
from tests.unit.core.books import Books, external, rows
from tests.unit.core.guarded import able, asked, legs, plan, shape
from tests.unit.core.setups import BTC, replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


def opened(**account: Any) -> tuple[Stage, Books]:
    """Begin with an account of two strategies, compared once."""
    setup = setup_of(account={"spot": True, "foreign": "allow", **account})
    coin = replaced(BTC, base="BTC", quantity_min=D("0.01"))
    stage = Stage(replaced(setup, instruments={**setup.instruments, "BTCUSDT": coin}))
    stage.do(c.DescribeVenue(account="one", abilities=able(reduce_only=False)))
    books = Books(stage)
    books.show()
    return stage, books


def oversold(stage: Stage, books: Books) -> None:
    """Let ``trend`` buy and sell 1 beside the 2 of ``fade``, and its buy be taken back then."""
    books.held(stage.entry("2", strategy="fade", protection=plan()))
    for leg in legs(stage, "fade"):
        books.tell(books.accept(leg))
    bought = stage.entry("1")
    books.held(bought)
    books.held(stage.order(stage.say("exit").orders[0]))
    name = next(one for one, fill in books.fills.items() if fill.order == bought.order)
    books.tell(books.bust(name))


def cuts(stage: Stage) -> dict[str, Decimal]:
    """Return by how much shares were cut."""
    return {one.strategy: one.quantity for one in stage.records if isinstance(one, r.ShareCut)}


def test_the_others_bear_what_was_sold_of_theirs() -> None:
    """The next picture settles it: nobody is short, the stop stands for what is left, a person is
    called, and nothing is halted or counted as a stranger's act."""
    stage, books = opened()
    oversold(stage, books)
    assert (D(-1), D(2)) == (stage.share(), stage.share(strategy="fade"))
    assert ["stop 2 at 49000"] == shape(stage, "fade")
    stage.wait(20)
    books.show()

    assert (D(0), D(1)) == (stage.share(), stage.share(strategy="fade"))
    assert (D(1), []) == (stage.exposure().net, rows(stage))
    assert ({}, D(0)) == (stage.state.halts, external(stage))
    assert "oversold" in stage.alarms
    assert "share_cut" not in stage.alarms
    assert [D(1)] == [asked(leg) for leg in legs(stage, "fade")]
    assert picture(stage.state) == picture(replay(stage.records))
    assert picture(snapshot.load(picture(stage.state))) == picture(stage.state)


def test_what_nobody_owns_goes_first() -> None:
    """Coins that nobody of ours owns cover it, as far as they go."""
    stage, books = opened()
    books.trade("BTCUSDT", "0.75")
    books.show_twice()
    assert D("0.75") == external(stage)
    oversold(stage, books)
    stage.wait(20)
    books.show()

    assert {"trend": D(1), "fade": D("-0.25")} == cuts(stage)
    assert (D(0), D("1.75")) == (external(stage), stage.exposure().net)


def test_a_buy_that_came_back_costs_nobody_anything() -> None:
    """The venue made the trade anew under another id, and the picture tells it first."""
    stage, books = opened()
    oversold(stage, books)
    bought = next(one for one in books.orders.values() if one.event is OrderEvent.CANCELLED)
    books.fill(bought.order, D(1))
    stage.wait(20)
    books.show()

    assert {} == cuts(stage)
    assert (D(0), D(2)) == (stage.share(), stage.share(strategy="fade"))


@pytest.mark.parametrize(("seconds", "more"), [(10, "0"), (20, "1")])
def test_it_waits_for_a_picture_that_agrees(seconds: int, more: str) -> None:
    """A venue that lists no fills may show an old position, or one that a trade explains of which
    nobody told yet."""
    stage, books = opened()
    books.lists_fills = False
    oversold(stage, books)
    books.trade("BTCUSDT", more)
    stage.wait(seconds)
    books.show()

    assert {} == cuts(stage)
    assert (D(-1), D(2)) == (stage.share(), stage.share(strategy="fade"))


def test_where_a_strategy_may_be_short_it_stays_so() -> None:
    """On an account that is not spot a share below nothing is a position like any other."""
    stage, books = opened(spot=False, allow_opposed=True)
    oversold(stage, books)
    stage.wait(20)
    books.show()

    assert {} == cuts(stage)
    assert (D(-1), D(2)) == (stage.share(), stage.share(strategy="fade"))
