"""Opposite strategies on one netting account: each closes its own share, and nobody else's."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core.money import ZERO
from core.orders import Order
from core.positions import EXTERNAL
from tests.unit.core.books import Books, external
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal


def opposed(long: str = "5", short: str = "3") -> Stage:
    """Hold both sides: ``trend`` is long, ``fade`` is short."""
    stage = Stage(setup_of(account={"allow_opposed": True}))
    stage.position(long)
    stage.position(short, "sell", strategy="fade")
    return stage


def way_out(stage: Stage, strategy: str = "trend", **fields: object) -> Order:
    """Ask for an exit and return its order."""
    return stage.order(stage.say("exit", strategy=strategy, **fields).orders[0])


def test_each_exit_closes_its_own_share_whole() -> None:
    """The exits of 5 long and 3 short go beyond the net of 2, and leave each strategy flat."""
    stage = opposed()
    first, second = way_out(stage), way_out(stage, "fade")

    assert (D(5), D(3)) == (first.quantity, second.quantity)
    stage.fill(first, "5")
    assert (ZERO, D(-3), D(-3)) == (
        stage.share(), stage.share(strategy="fade"), stage.exposure().net,
    )  # fmt: skip
    stage.fill(second, "3")
    assert (ZERO, ZERO) == (stage.share(strategy="fade"), stage.exposure().net)


@pytest.mark.parametrize(
    ("strategy", "quantity", "reduce_only"),
    [
        ("trend", "1", True),
        ("trend", "2", True),
        ("trend", "2.001", False),
        ("trend", "5", False),
        ("fade", "0.001", False),
    ],
)
def test_the_venue_is_told_reduce_only_where_the_net_shrinks(
    strategy: str, quantity: str, reduce_only: bool
) -> None:
    """Up to the net on its side an exit is reduce-only at the venue; beyond it never."""
    order = way_out(opposed(), strategy, quantity=quantity)

    assert order.reduce_only
    assert order.venue_reduce_only is reduce_only


def test_what_is_on_its_way_counts_against_the_net() -> None:
    """A second exit is held against what the first one leaves of the net, and so is an entry that
    is about to stand against it."""
    stage = opposed()
    assert way_out(stage, quantity="2").venue_reduce_only
    assert not way_out(stage, quantity="1").venue_reduce_only

    early = Stage(setup_of(account={"allow_opposed": True}))
    early.position("5")
    early.entry("3", "sell", strategy="fade")
    assert not way_out(early, quantity="3").venue_reduce_only


def test_without_anybody_on_the_other_side_every_exit_is_reduce_only() -> None:
    """Two strategies on one side close the same net, and no exit may turn it."""
    stage = Stage(setup_of())
    stage.position("5")
    stage.position("3", strategy="fade")
    orders = [way_out(stage), way_out(stage, "fade")]

    assert [D(5), D(3)] == [order.quantity for order in orders]
    assert all(order.venue_reduce_only for order in orders)


def test_a_released_exit_is_told_anew() -> None:
    """What was held is told as the strategies stand when it goes."""
    stage = Stage(setup_of(account={"allow_opposed": True}))
    stage.position("5")
    short = stage.entry("3", "sell", strategy="fade")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    order = way_out(stage)
    assert ("held", False) == (str(order.state), order.venue_reduce_only)
    stage.report(short, "cancelled")
    stage.recover("one")

    assert stage.order(order.order).venue_reduce_only


def test_a_strangers_position_stands_in_the_way_of_no_law() -> None:
    """What strangers hold on the other side is no strategy's: an exit stays within the net."""
    stage = Stage(setup_of(account={"allow_opposed": True, "foreign": "allow"}))
    books = Books(stage)
    books.trade("BTCUSDT", "-3")
    books.show()
    books.held(stage.entry("5"))
    order = way_out(stage)

    assert (D(2), True) == (order.quantity, order.venue_reduce_only)


@pytest.mark.parametrize(
    ("theirs", "trend", "fade", "nobody"),
    [
        ("1", "4", "-3", "0"),
        ("0", "3", "-3", "0"),
        ("-1", "3", "-3", "-1"),
        ("4", "5", "-3", "2"),
        ("-4", "3", "-3", "-4"),
    ],
)
def test_strangers_take_from_the_side_that_shrinks(
    theirs: str, trend: str, fade: str, nobody: str
) -> None:
    """A net that others made smaller is taken from the side of the net; no share grows by it."""
    stage = Stage(setup_of(account={"allow_opposed": True, "foreign": "allow"}))
    books = Books(stage)
    books.show()
    books.held(stage.entry("5"))
    books.held(stage.entry("3", "sell", strategy="fade"))
    books.net["BTCUSDT"] = D(theirs)
    stage.wait(60)
    books.show_twice()

    assert (D(trend), D(fade), D(nobody)) == (
        stage.share(), stage.share(strategy="fade"), external(stage),
    )  # fmt: skip
    assert D(theirs) == stage.exposure().net


def test_shares_of_strategies_that_do_not_exist_stand_against_nobody() -> None:
    """The external row alone makes no exit opposed."""
    stage = Stage(setup_of(account={"foreign": "allow"}))
    books = Books(stage)
    books.trade("BTCUSDT", "-1")
    books.show()
    books.held(stage.entry("3"))

    assert way_out(stage, quantity="2").venue_reduce_only
    assert D(-1) == stage.share(strategy=EXTERNAL)


@pytest.mark.parametrize(
    ("percent", "quantity"),
    [("50", "1.5"), ("33.3", "0.999"), ("100", "3"), ("250", "3"), ("0.05", "0.001")],
)
def test_a_part_of_the_position(percent: str, quantity: str) -> None:
    """Percent of the own share, cut down to the step; more than all of it is all of it."""
    stage = Stage()
    stage.position("3")
    order = way_out(stage, quantity=percent, quantity_unit="position_percent")

    assert D(quantity) == order.quantity


def test_halves_of_what_is_left() -> None:
    """The second half is half of what the first leaves, whether the first has filled or not."""
    sizes: list[list[Decimal]] = []
    for filled in (False, True):
        stage = Stage()
        stage.position("4")
        made: list[Decimal] = []
        for _ in range(3):
            order = way_out(stage, quantity="50", quantity_unit="position_percent")
            made.append(order.quantity)
            if filled:
                stage.fill(order, str(order.quantity))
        sizes.append(made)

    assert [[D(2), D(1), D("0.5")]] * 2 == sizes


def test_a_part_below_the_smallest_order_is_no_action() -> None:
    """A hundredth of a percent of three is below the step; nothing is rounded up."""
    stage = Stage()
    stage.position("3")
    answer = stage.say("exit", quantity="0.01", quantity_unit="position_percent")

    assert ("no_action quantity_below_step", "0.0003", "0.001") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip


def test_an_entry_is_no_part_of_a_position() -> None:
    """An entry in percent of the position is refused with the units that it can have."""
    stage = Stage()
    stage.position("3")

    assert "refused entry_unit" == codes(
        stage.send("buy", effect="open", quantity="50", quantity_unit="position_percent")
    )


@pytest.mark.parametrize(("side", "filled"), [("buy", "1"), ("sell", "1"), ("buy", "2")])
def test_an_exit_that_stands_for_more_than_is_held_is_asked_to_end(side: str, filled: str) -> None:
    """An older exit filled after its end: the new one would close what is another strategy's."""
    stage = Stage(setup_of(account={"allow_opposed": True}))
    stage.position("2", side)
    stage.position("2", side, strategy="fade")
    older = way_out(stage)
    stage.report(older, "cancelled")
    newer = way_out(stage)
    stage.report(newer, "accepted")
    assert not stage.order(newer).pending_cancel
    stage.fill(older, filled)

    assert stage.order(newer).pending_cancel
    assert "bridge" == stage.order(newer).end_by


def test_exits_within_the_share_are_left_alone() -> None:
    """Two exits of half each: a fill of one takes nothing from the other."""
    stage = Stage()
    stage.position("2")
    first, second = way_out(stage, quantity="1"), way_out(stage, quantity="1")
    stage.fill(first, "1")

    assert not stage.order(second).pending_cancel
