"""Orders that wait: for a link, for the comparison with the venue; released, cut, or ended."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.engine import next_due
from core.money import ZERO
from core.orders import Order
from core.setup import SECOND_NS
from tests.unit.core.setups import DAY_NS, WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal


def cut_off(stage: Stage, account: str = "one") -> None:
    """Lose the connection of an account."""
    stage.do(c.NoteLink(account=account, up=False, reason="cut"))


def held_entry(stage: Stage, quantity: str = "1") -> Order:
    """Ask for an entry while the account is cut off."""
    order = stage.entry(quantity)
    assert ("held", "link_down") == (order.state, order.held_for)
    return order


def test_entries_and_exits_wait_while_the_account_is_compared() -> None:
    """A held order is reserved at full size, and nothing is sent; a cancel passes."""
    stage = Stage()
    stage.position("2")
    working = stage.entry("1")
    cut_off(stage)
    held_entry(stage)
    answer = stage.say("exit")

    assert ("held link_down", []) == (codes(answer), stage.sent)
    assert (D(2), D(2)) == (stage.exposure().buy, stage.exposure().sell)
    assert "admitted" == codes(stage.send("cancel"))
    assert [working.order] == stage.asked_to_end


def test_a_new_process_is_compared_first() -> None:
    """After a start every account holds until it was compared, and waits for no other."""
    stage = Stage(setup_of("one", "two"))
    stage.start()
    stage.recover("two")

    assert ["held", "admitted"] == [v.verdict for v in stage.say(effect="open").accounts]


def test_a_link_that_comes_back_is_not_enough() -> None:
    """Only the comparison lets entries pass again."""
    stage = Stage()
    cut_off(stage)
    stage.do(c.NoteLink(account="one", up=True, reason="back"))
    assert "held recovering" == codes(stage.send(effect="open"))
    stage.recover("one")

    assert 1 == len(stage.sent)
    assert [] == stage.do(c.NoteLink(account="one", up=True, reason="again")).records
    assert [] == stage.do(c.NoteLink(account="nobody", up=True, reason="who")).records


def test_release_is_a_new_decision() -> None:
    """The limit fell while three waited: what still waits counts too, so one ends and two go."""
    stage = Stage()
    cut_off(stage)
    orders = [held_entry(stage) for _ in range(3)]
    stage.setup = setup_of(limits={"account:one": replaced(WIDE, position_max=D(2))})
    stage.start()
    stage.recover("one")

    assert [order.order for order in orders[1:]] == stage.sent
    assert ["cancelled", "intended", "intended"] == [stage.order(o).state for o in orders]
    assert "position_over_limit" == stage.order(orders[0]).reason
    assert D(2) == stage.exposure().buy


def test_a_release_takes_the_market_as_it_is_then() -> None:
    """Collar and reference of a market entry are those of its release, not of its coming."""
    stage = Stage()
    cut_off(stage)
    order = held_entry(stage)
    stage.wait(10)
    stage.quote("BTCUSDT", "60000", "60001")
    stage.recover("one")
    released = stage.order(order)

    assert (D("60000.5"), D("63000.52")) == (released.reference, released.worst_price)
    assert ("intended", "") == (released.state, released.held_for)
    assert released.number > order.number


def test_age_and_rate_are_not_asked_twice() -> None:
    """What was young and in time when it came is not refused for having waited."""
    stage = Stage(setup_of(route={"signal_age_max_ns": 10**9}))
    cut_off(stage)
    order = held_entry(stage)
    empty = replaced(WIDE, messages_per_minute=1, messages_burst=0)
    stage.setup = setup_of(limits={"account:one": empty})
    stage.start()
    stage.wait(5)
    stage.recover("one")

    assert [order.order] == stage.sent


def test_an_entry_expires_at_its_time_to_live() -> None:
    """Due exactly then; nothing was sent, and nothing is reserved any more."""
    stage = Stage()
    cut_off(stage)
    order = held_entry(stage)
    stage.wait("29.999")
    assert [] == stage.tick().records
    stage.wait("0.001")
    stage.tick()

    assert ("expired", "held_too_long") == (stage.order(order).state, stage.order(order).reason)
    assert ZERO == stage.exposure().buy
    stage.recover("one")
    assert [] == stage.sent


def test_an_entry_that_expired_unseen_is_not_released() -> None:
    """Also when the account comes back in the same moment as its end."""
    stage = Stage()
    cut_off(stage)
    order = held_entry(stage)
    stage.wait(30)
    stage.recover("one")

    assert ([], "expired") == (stage.sent, stage.order(order).state)


def test_an_exit_waits_out_an_outage() -> None:
    """An hour without a link: the exit still goes when the account is back."""
    stage = Stage()
    stage.position("2")
    cut_off(stage)
    name = stage.say("exit").orders[0]
    stage.wait(3600)
    stage.tick()
    stage.recover("one")

    assert [name] == stage.sent
    cut_off(stage)
    late = stage.say("exit", quantity="1")
    assert "no_action nothing_to_close" == codes(late)
    assert DAY_NS == stage.order(name).expires_ns - stage.order(name).intended_ns


def test_an_exit_is_cut_to_what_is_left() -> None:
    """What was closed meanwhile is not closed again."""
    stage = Stage()
    stage.position("3")
    working = stage.say("exit", quantity="1").orders[0]
    cut_off(stage)
    first = stage.say("exit", quantity="1").orders[0]
    second = stage.say("exit").orders[0]
    assert D(1) == stage.order(second).quantity
    busted = next(fill for fill in stage.state.fills.values())
    stage.fill(working, "1")
    stage.report(busted.order, "corrected", exec_id=busted.exec_id, quantity="2", price="50000")
    assert D(1) == stage.share()
    stage.recover("one")

    assert [second] == stage.sent
    assert ("cancelled", "nothing_to_close") == (
        stage.order(first).state, stage.order(first).reason,
    )  # fmt: skip
    assert D(1) == stage.exposure().sell


def test_an_exit_with_nothing_left_ends() -> None:
    """The position is gone: the exit opens nothing."""
    stage = Stage()
    order = stage.position("3")
    cut_off(stage)
    name = stage.say("exit").orders[0]
    fill = next(iter(stage.state.fills.values()))
    stage.report(order, "bust", exec_id=fill.exec_id)
    stage.recover("one")

    assert ([], "nothing_to_close") == (stage.sent, stage.order(name).reason)


def test_an_entry_is_not_released_into_a_position_on_the_other_side() -> None:
    """Late fills turned the position meanwhile: the held entry would close it, so it ends."""
    stage = Stage()
    short = stage.entry("1", "sell")
    cut_off(stage)
    order = stage.entry("1")
    stage.fill(short, "1")
    stage.recover("one")

    assert "position_turned" == stage.order(order).reason


def test_an_entry_is_not_released_against_another_strategy() -> None:
    """Of two that wait on opposite sides, where that is not allowed any more, one goes."""
    stage = Stage(setup_of(account={"allow_opposed": True}))
    cut_off(stage)
    order = stage.entry("1")
    other = stage.entry("1", "sell", strategy="fade")
    stage.setup = setup_of()
    stage.start()
    stage.recover("one")

    assert [other.order] == stage.sent
    assert "strategies_opposed" == stage.order(order).reason


@pytest.mark.parametrize("scope", ["global", "account:one", "strategy:trend"])
def test_a_halt_ends_held_entries_and_leaves_held_exits(scope: str) -> None:
    """A held entry was never sent, so it ends at once; the exit goes when the account is back."""
    stage = Stage()
    stage.position("2")
    cut_off(stage)
    entry = held_entry(stage)
    name = stage.say("exit").orders[0]
    answer = stage.do(c.Halt(scope=scope, by="anna", reason="news")).answers[0]

    assert ("cancelled", "held") == (stage.order(entry).state, stage.order(name).state)
    assert [] == stage.asked_to_end
    assert () == getattr(answer, "orders", None)
    stage.recover("one")
    assert [name] == stage.sent


def test_an_exit_waits_for_the_comparison_although_everything_is_halted() -> None:
    """A halt lets exits pass, a lost link does not carry them: they wait."""
    stage = Stage()
    stage.position("2")
    cut_off(stage)
    stage.do(c.Halt(scope="global", by="anna", reason="news"))

    assert "held link_down" == codes(stage.send("exit"))
    assert "refused halted" == codes(stage.send(effect="open"))


def test_a_held_order_whose_instrument_is_gone_ends() -> None:
    """The configuration changed while it waited: it is not sent under a guess."""
    stage = Stage()
    cut_off(stage)
    order = held_entry(stage)
    stage.setup = replaced(stage.setup, instruments={"ETHUSDT": stage.setup.instruments["ETHUSDT"]})
    stage.start()
    stage.recover("one")

    assert ([], "symbol_unknown") == (stage.sent, stage.order(order).reason)


def test_a_held_order_can_be_cancelled_by_hand() -> None:
    """It ends at once; nothing is asked of the venue."""
    stage = Stage()
    cut_off(stage)
    order = held_entry(stage)
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="changed my mind"))

    assert ("cancelled", []) == (stage.order(order).state, stage.last.effects)
    assert ["held", "cancelled"] == [
        record.order.state if isinstance(record, r.OrderIntended) else record.to
        for record in stage.records
        if isinstance(record, r.OrderIntended | r.OrderChanged)
    ]


@pytest.mark.parametrize("away", ["link_down", "recovering"])
def test_a_link_that_is_compared_while_the_store_is_away_lets_only_exits_go(away: str) -> None:
    """What was held waits on: exits go at once, an entry when its release can be remembered."""
    stage = Stage()
    stage.position("2")
    cut_off(stage)
    if away == "recovering":
        stage.do(c.NoteLink(account="one", up=True, reason="back"))
    entry = stage.entry("1")
    way_out = stage.order(stage.say("exit").orders[0])
    assert (away, away) == (entry.held_for, way_out.held_for)
    stage.durable = False
    stage.recover("one")
    assert [way_out.order] == stage.sent
    stage.wait(1)
    stage.tick()
    assert ([], "held") == (stage.sent, stage.order(entry).state)
    stage.durable = True
    assert next_due(stage.state, stage.now) <= stage.now + SECOND_NS
    stage.wait(1)
    stage.tick()

    assert [entry.order] == stage.sent


def test_an_entry_that_waits_for_the_store_expires_like_any_other() -> None:
    """It does not go minutes later because the store came back."""
    stage = Stage()
    cut_off(stage)
    entry = held_entry(stage)
    stage.durable = False
    stage.recover("one")
    stage.wait(30)
    stage.tick()
    assert ("expired", []) == (stage.order(entry).state, stage.sent)
    stage.durable = True
    stage.wait(1)
    stage.tick()

    assert [] == stage.sent
