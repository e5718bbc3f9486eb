"""Copies: what a follower makes of its leader's orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.copy_setup import Minimum
from tests.unit.core.copying import MICROS, Group, copy
from tests.unit.core.setups import WIDE, replaced

D = Decimal
TENTHS = {"tenth": copy("0.1"), "third": copy("0.3"), "large": copy("2.5")}
ALL = ("lead", *TENTHS)


def test_an_entry_is_the_ratio_of_the_leaders_rounded_down() -> None:
    """Of five contracts, a tenth is none, three tenths are one, and two and a half times are 12."""
    group = Group(TENTHS)

    assert ["admitted", "no_action copy_below_step", "admitted", "admitted"] == group.trade(
        "buy", "5", effect="open"
    )
    assert ["5", "0", "1", "12"] == group.held(*ALL)
    why = group.state.signals[next(iter(group.state.signals))].verdicts[1]
    assert ("0.5", "1") == (why.value, why.limit)


def test_what_rounding_took_comes_with_the_next_entry() -> None:
    """Five and five are ten: a tenth of it is one, as if it had come in one order."""
    group = Group(TENTHS)
    group.trade("buy", "5", effect="open")
    group.trade("buy", "5", effect="open")

    assert ["10", "1", "3", "25"] == group.held(*ALL)


def test_what_a_follower_missed_is_not_caught_up() -> None:
    """A follower whose venue rejected an entry adds its part of the next one, no more."""
    group = Group({"third": copy("0.3")})
    missed = group.say("buy", symbol="NQ", quantity="10", effect="open")
    group.report(missed.orders[1], "rejected", reason="margin")
    group.settle()
    group.trade("buy", "10", effect="open")

    assert ["20", "3"] == group.held("lead", "third")


def test_less_than_one_is_one_where_the_account_wants_one() -> None:
    """With a minimum of one, half a contract is one, kept until the leader is flat."""
    group = Group({"tenth": copy("0.1", minimum=Minimum.ONE)})
    group.trade("buy", "5", effect="open")
    assert ["1"] == group.held("tenth")
    group.trade("sell", "4", effect="close")
    assert ["1"] == group.held("tenth")
    group.trade("sell", "1", effect="close")

    assert ["0", "0"] == group.held("lead", "tenth")


def test_an_exit_is_the_share_of_the_own_position() -> None:
    """Half of the leader's position is half of each follower's; the position is rounded down."""
    group = Group(TENTHS)
    group.trade("buy", "10", effect="open")
    group.trade("sell", "5", effect="close")

    assert ["5", "0", "1", "12"] == group.held(*ALL)
    assert ["admitted", "no_action nothing_to_close", "admitted", "admitted"] == group.trade(
        "sell", "5", effect="close"
    )
    assert ["0", "0", "0", "0"] == group.held(*ALL)


def test_an_account_with_less_closes_its_share_of_that() -> None:
    """A follower that holds half of what it should closes half of it when its leader does."""
    group = Group({"twice": copy("2")})
    answer = group.say("buy", symbol="NQ", quantity="4", effect="open")
    group.fill(answer.orders[1], "4", "20000")
    group.report(answer.orders[1], "cancelled")
    group.settle()
    group.trade("sell", "2", effect="close")

    assert ["2", "2"] == group.held("lead", "twice")
    group.trade("sell", "2", effect="close")
    assert ["0", "0"] == group.held("lead", "twice")


def test_the_senders_own_position_says_how_much_an_exit_closes() -> None:
    """The leader filled only 8 of the sender's 10: half of its position is closed, by all."""
    group = Group({"half": copy("0.5")})
    answer = group.say("buy", symbol="NQ", quantity="10", effect="open")
    group.fill(answer.orders[0], "8", "20000")
    group.report(answer.orders[0], "cancelled")
    group.settle()
    group.trade("sell", "5", effect="close", prev_position_size=D(10))

    assert ["4", "2"] == group.held("lead", "half")
    group.trade("sell", "5", effect="close", prev_position_size=D(5))
    assert ["0", "0"] == group.held("lead", "half")


def test_an_exit_closes_followers_whose_leader_is_flat() -> None:
    """The leader's position is gone; an exit of half of the sender's is half of the follower's."""
    group = Group({"twice": copy("2")})
    answer = group.say("buy", symbol="NQ", quantity="4", effect="open")
    group.report(answer.orders[0], "rejected", reason="margin")
    group.settle()
    group.trade("sell", "2", effect="close", prev_position_size=D(4))
    assert ["0", "4"] == group.held("lead", "twice")
    group.trade("sell", "1", effect="close")
    assert ["2"] == group.held("twice")
    group.trade("exit")

    assert ["0"] == group.held("twice")


def test_a_message_without_a_side_of_its_own_is_read_as_the_leader_reads_it() -> None:
    """The leader closes a short; a follower too small to be short does not open a long."""
    group = Group(TENTHS)
    group.trade("sell", "5", effect="open")
    assert ["-5", "0", "-1", "-12"] == group.held(*ALL)

    assert ["admitted", "no_action nothing_to_close", "admitted", "admitted"] == group.trade(
        "buy", "5"
    )
    assert ["0", "0", "0", "0"] == group.held(*ALL)


def test_nobody_enters_where_the_leader_may_not() -> None:
    """A turn of which nobody knows how much it opens: the leader closes, and nobody opens."""
    group = Group({"tenth": copy("0.1")})
    group.trade("buy", "5", effect="open")
    turn = {"prev_position": "long", "position": "short"}

    assert ["admitted reversal_size_unclear", "refused leader_declined"] == group.trade(
        "sell", "5", **turn
    )
    assert ["0", "0"] == group.held("lead", "tenth")


def test_followers_turn_round_with_their_leader() -> None:
    """Each closes its own position and opens its part; one that was too small to hold opens."""
    group = Group(TENTHS)
    group.trade("buy", "5", effect="open")
    group.trade("sell", "20", effect="open")
    group.settle()
    assert ["-20", "-2", "-6", "-50"] == group.held(*ALL)
    group.trade("buy", "30")  # closes 20 and opens 10, as the leader reads it
    group.settle()

    assert ["10", "1", "3", "25"] == group.held(*ALL)


def test_a_follower_may_trade_an_equivalent() -> None:
    """Ten micros stand for one: a tenth of five contracts is five micros, under one symbol."""
    group = Group({"micro": copy("0.1", equivalents=MICROS)})
    group.trade("buy", "5", effect="open", symbol="CME:NQ1!")
    assert ["5"] == group.held("micro", instrument="MNQ")
    group.trade("sell", "2", effect="close")
    assert ["3"] == group.held("micro", instrument="MNQ")
    group.trade("exit")

    assert ["0"] == group.held("micro", instrument="MNQ")
    assert ["0", "0"] == group.held("lead", "micro")


def test_an_equivalent_is_traded_under_its_leaders_name_only() -> None:
    """What stands in place of another instrument is not mixed with alerts for itself."""
    group = Group({"micro": copy("0.1", equivalents=MICROS), "same": copy()})

    assert ["admitted", "refused copied_as_equivalent", "admitted"] == group.trade(
        "buy", "5", effect="open", symbol="MNQ"
    )
    assert ["5", "0", "5"] == group.held("lead", "micro", "same", instrument="MNQ")


def test_a_cancel_reaches_the_equivalent() -> None:
    """Working entries of the leader and of its equivalents are asked to end by one message."""
    group = Group({"micro": copy("1", equivalents=MICROS)})
    entry = group.say("buy", symbol="NQ", quantity="1", order_type="limit", price="19000")
    cancelled = group.say("cancel", symbol="NQ")

    assert [entry.orders[:1], entry.orders[1:]] == [one.orders for one in cancelled.accounts]


def test_the_leader_may_be_any_account_of_the_route() -> None:
    """Named, it leads although it is judged last; the first account follows one for one."""
    group = Group({"other": copy("0.5")}, route={"leader": "other"})
    group.trade("buy", "4", effect="open")

    assert ["4", "4"] == group.held("lead", "other")


def test_a_size_in_percent_of_equity_is_the_leaders_equity() -> None:
    """The quantity that the leader comes to is copied, not the percentage."""
    group = Group({"half": copy("0.5")})
    group.equity("lead", "200000")
    group.trade("buy", "450", effect="open", quantity_unit="equity_percent")

    assert ["2", "1"] == group.held("lead", "half")


def test_each_account_is_judged_by_its_own_limits() -> None:
    """A leader that may not trade stops nobody; a follower over its limit stops only itself."""
    tight = replaced(WIDE, quantity_max=D(4))
    group = Group({"twice": copy("2"), "half": copy("0.5")}, limits={"account:lead": tight})

    assert ["refused quantity_over_limit", "admitted", "admitted"] == group.trade(
        "buy", "5", effect="open"
    )
    assert ["0", "10", "2"] == group.held("lead", "twice", "half")


@pytest.mark.parametrize("all_or_none", [False, True])
def test_a_copy_that_rounds_to_nothing_stops_nobody(*, all_or_none: bool) -> None:
    """Nothing to do is no refusal, also where all of a route must pass."""
    group = Group(TENTHS, route={"all_or_none": all_or_none})

    assert ["admitted", "no_action copy_below_step", "admitted", "admitted"] == group.trade(
        "buy", "5", effect="open"
    )


def test_all_or_none_counts_copies() -> None:
    """One follower over its limit: no account of the route enters, and nothing stays reserved."""
    tight = replaced(WIDE, quantity_max=D(11))
    group = Group(TENTHS, limits={"account:large": tight}, route={"all_or_none": True})
    group.trade("buy", "4", effect="open")
    assert ["4", "0", "1", "10"] == group.held(*ALL)

    refused = ["all_or_none", "copy_below_step", "all_or_none", "quantity_over_limit"]
    answer = group.say("buy", symbol="NQ", quantity="5", effect="open")
    assert refused == [one.code for one in answer.accounts]
    assert {} == group.state.alive
    assert ["refused all_or_none"] == [
        f"{one.verdict} {one.code}" for one in answer.accounts if one.account == "lead"
    ]


def test_all_or_none_in_a_turn_closes_and_opens_nothing() -> None:
    """A follower may not open the other side: every account closes, and none of them opens."""
    tight = replaced(WIDE, quantity_max=D(10))
    half = {"half": copy("0.5"), "large": copy("2.5")}
    group = Group(half, limits={"account:large": tight}, route={"all_or_none": True})
    group.trade("buy", "4", effect="open")
    assert ["4", "2", "10"] == group.held("lead", *half)
    group.trade("sell", "8", effect="open")
    group.settle()

    assert ["0", "0", "0"] == group.held("lead", *half)
    assert {} == group.state.alive


def test_all_or_none_waits_for_nobody_whose_link_is_down() -> None:
    """A follower whose entry is held is no refusal; it follows when its link is back."""
    group = Group({"half": copy("0.5")}, route={"all_or_none": True})
    group.do(c.NoteLink(account="half", up=False, reason="cut"))
    assert ["admitted", "held link_down"] == group.trade("buy", "4", effect="open")
    assert ["4", "0"] == group.held("lead", "half")
    group.wait(10)
    group.recover("half")
    group.settle()

    assert ["4", "2"] == group.held("lead", "half")


def test_an_exit_while_an_entry_works_takes_the_share_of_what_is_held() -> None:
    """An entry on its way is none of the position that an exit closes a part of."""
    group = Group({"half": copy("0.5")})
    group.trade("buy", "4", effect="open")
    entry = group.say("buy", symbol="NQ", quantity="4", order_type="limit", price="19900")
    group.trade("sell", "2", effect="close")
    left = [group.order(name) for name in entry.orders]

    assert {"filled"} == {str(order.state) for order in left}
    assert ["6", "3"] == group.held("lead", "half")


def test_an_order_says_how_its_size_came_about() -> None:
    """The record of a copy's order names ratio, leader and what it is rounded from."""
    group = Group({"third": copy("0.3")})
    group.trade("buy", "5", effect="open")
    group.say("buy", symbol="NQ", quantity="5", effect="open")
    made = [one for one in group.records if isinstance(one, r.OrderIntended)]

    assert "0.3 of 5 NQ of lead = 1.5 cut down to 1" == made[1].sizing
    assert "0.3 of 10 NQ of lead = 3 cut down to 3, of which 1 is there" == made[3].sizing


def test_a_target_scales_with_each_ratio() -> None:
    """Of the leader's wanted position each follower wants its part, down to whole contracts; up,
    down, and through flat to the other side."""
    group = Group({"tenth": copy("0.1"), "third": copy("0.3"), "large": copy("2.5")})
    names = ("lead", "tenth", "third", "large")
    for wanted, held in (
        ("12", "12 1 3 30"), ("7", "7 0 2 17"), ("7", "7 0 2 17"), ("-10", "-10 -1 -3 -25"),
        ("-3", "-3 0 0 -7"), ("0", "0 0 0 0"),
    ):  # fmt: skip
        group.trade("target", target_position=wanted)
        group.settle()
        assert held.split() == group.held(*names), wanted
    group.wait(60)
    group.tick()

    assert {} == group.state.apart
