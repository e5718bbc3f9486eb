"""Hedging accounts: each entry is a ticket, exits close their own tickets, the oldest first."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core import snapshot
from core.money import ZERO
from core.positions import EXTERNAL
from tests.unit.core.floor import Floor
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def hedged(foreign: str = "halt") -> Floor:
    """Begin with a hedging account at a hedging exchange."""
    return Floor(setup_of(account={"hedging": True, "foreign": foreign}), hedging=True)


def bought(floor: Floor, *quantities: str, strategy: str = "trend", side: str = "buy") -> list[str]:
    """Open a ticket of each quantity, and name them."""
    made: list[str] = []
    for quantity in quantities:
        floor.trade(side, effect="open", quantity=quantity, strategy=strategy)
        floor.push()
        made.append(floor.exchange.tickets[-1].book)
    return made


def test_each_entry_is_a_ticket() -> None:
    """Both sides stand side by side, whoever holds them, and add up to the shares."""
    floor = hedged()
    first, second = bought(floor, "1", "2")
    (third,) = bought(floor, "4", strategy="fade", side="sell")

    assert {first: D(1), second: D(2)} == floor.tickets()
    assert {third: D(-4)} == floor.tickets("fade")
    assert {first: D(1), second: D(2), third: D(-4)} == floor.theirs()
    assert (D(3), D(-4), D(-1)) == (
        floor.share(), floor.share(strategy="fade"), floor.exposure().net,
    )  # fmt: skip


def test_an_exit_closes_the_oldest_tickets_first() -> None:
    """It is split: one order for each ticket, with the ticket to close; nothing is opened."""
    floor = hedged()
    first, second, third = bought(floor, "1", "2", "3")
    bought(floor, "9", strategy="fade", side="sell")
    names = floor.trade("exit", quantity="2.5")
    orders = [floor.order(name) for name in names]

    assert [(first, D(1)), (second, D("1.5"))] == [(one.closes, one.quantity) for one in orders]
    floor.push()
    assert {second: D("0.5"), third: D(3)} == floor.tickets()
    floor.trade("exit")
    floor.push()
    assert ({}, ZERO) == (floor.tickets(), floor.share())
    assert [D(-9)] == list(floor.theirs().values())


def test_an_exit_over_many_tickets_is_one_intent() -> None:
    """Control 12 counts what was asked for, not the tickets that it is split over."""
    floor = hedged()
    bought(floor, *["1"] * 5)
    assert 5 == len(floor.trade("exit"))
    floor.push()

    assert ({}, {}, {}) == (floor.theirs(), floor.tickets(), floor.state.halts)


def test_an_exit_takes_what_others_on_their_way_leave() -> None:
    """The second exit closes what the first one does not, ticket by ticket."""
    floor = hedged()
    first, second = bought(floor, "2", "2")
    floor.exchange.halted.add("BTCUSDT")
    one = [floor.order(name) for name in floor.trade("exit", quantity="1")]
    two = [floor.order(name) for name in floor.trade("exit", quantity="2")]
    assert [(first, D(1))] == [(order.closes, order.quantity) for order in one]
    assert [(first, D(1)), (second, D(1))] == [(order.closes, order.quantity) for order in two]
    floor.exchange.halted.clear()
    floor.push()

    assert {second: D(1)} == floor.tickets() == floor.theirs()


def test_a_bust_opens_its_ticket_again() -> None:
    """What was closed and is taken back stands where it stood."""
    floor = hedged()
    (ticket,) = bought(floor, "2")
    floor.trade("exit")
    floor.push()
    order = floor.exchange.tickets[-1]
    floor.exchange.bust(order, order.deals[0])
    floor.hear_all()

    assert {ticket: order.deals[0].quantity + D(2)} == floor.tickets() == floor.theirs()


@pytest.mark.parametrize("load", [False, True])
def test_tickets_survive_a_restart(load: bool) -> None:
    """From the journal or a snapshot, the same tickets in the same order."""
    floor = hedged()
    tickets = bought(floor, "1", "2")
    floor.trade("exit", quantity="0.5")
    floor.push()
    before = floor.tickets()
    state = snapshot.load(picture(floor.state)) if load else replay(floor.records)
    assert picture(state) == picture(floor.state)
    floor.state = state
    orders = [floor.order(name) for name in floor.trade("exit")]

    assert before == {tickets[0]: D("0.5"), tickets[1]: D(2)}
    assert tickets == [order.closes for order in orders]


def test_opposite_strategies_need_no_permission() -> None:
    """On a hedging account nobody's order touches another one's ticket."""
    floor = hedged()
    bought(floor, "1")

    assert "admitted" == codes(floor.send("sell", effect="open", strategy="fade"))


# --- strangers ------------------------------------------------------------------------------------


def test_a_stranger_closes_a_ticket() -> None:
    """Its owner's share follows, that of no other strategy, and a person is told."""
    floor = hedged()
    first, second = bought(floor, "1", "2")
    (other,) = bought(floor, "5", strategy="fade")
    floor.others("sell", "1.5", second)
    floor.compare_twice()

    assert {first: D(1), second: D("0.5")} == floor.tickets()
    assert {other: D(5)} == floor.tickets("fade")
    assert D("1.5") == floor.share()
    cuts = [one for one in floor.records if isinstance(one, r.ShareCut)]
    assert [(second, D("-1.5"))] == [(cut.ticket, cut.quantity) for cut in cuts]
    assert {"position_differs", "share_cut"} <= {a.code for a in floor.state.alarms.values()}
    assert ["account:one"] == list(floor.state.halts)


def test_a_net_that_agrees_hides_no_ticket() -> None:
    """Somebody closes ours and opens as much of his own: the net is the same, the tickets not."""
    floor = hedged("allow")
    (ours,) = bought(floor, "2")
    floor.others("sell", "2", ours)
    theirs = floor.others("buy", "2")
    floor.compare_twice()

    assert ({}, {theirs: D(2)}) == (floor.tickets(), floor.tickets(EXTERNAL))
    assert (ZERO, D(2)) == (floor.share(), floor.exposure().net)


def test_an_exit_of_a_ticket_that_is_gone_is_asked_to_end() -> None:
    """What closes more of a ticket than is left of it has nothing to wait for."""
    floor = hedged("allow")
    first, second = bought(floor, "1", "2")
    fields = {"order_type": "limit", "price": "60000"}
    names = floor.trade("exit", **fields)
    floor.others("sell", "2", second)
    floor.compare_twice()

    ended = {floor.order(name).closes: str(floor.order(name).state) for name in names}
    assert {first: "accepted", second: "cancelled"} == ended


def test_where_its_venue_does_not_end_such_an_exit_it_is_asked_again() -> None:
    """It would close what others opened under the same ticket, or fail at the worst moment."""
    floor = hedged("allow")
    (ticket,) = bought(floor, "2")
    way_out = floor.order(floor.trade("exit", order_type="limit", price="60000")[0])
    floor.loses = True
    floor.others("sell", "1", ticket)
    floor.compare_twice()
    assert floor.order(way_out).pending_cancel
    floor.report(way_out, "cancel_rejected")
    floor.wait(5)
    floor.tick()

    assert [way_out.order] == floor.asked_to_end


def test_fills_that_nobody_told_are_no_strangers() -> None:
    """Reports that were lost are found by the pictures, and the tickets are ours."""
    floor = hedged()
    floor.loses = True
    floor.trade("buy", effect="open", quantity="2")
    floor.push()
    floor.loses = False
    floor.compare_twice()
    assert floor.theirs() == floor.tickets()
    floor.loses = True
    floor.trade("exit")
    floor.push()
    floor.loses = False
    floor.compare_twice()

    assert ({}, {}, {}) == (floor.tickets(), floor.theirs(), floor.state.halts)


def test_a_person_gives_a_ticket_to_a_strategy() -> None:
    """What nobody owned is closed by its new owner, by its ticket."""
    floor = hedged("allow")
    ticket = floor.others("buy", "3")
    floor.compare_twice()
    assert {ticket: D(3)} == floor.tickets(EXTERNAL)
    floor.do(
        c.AdoptPosition(
            account="one", instrument="BTCUSDT", strategy="trend", by="anna", reason="mine",
            quantity=D(2),
        )
    )  # fmt: skip
    assert ({ticket: D(2)}, {ticket: D(1)}) == (floor.tickets(), floor.tickets(EXTERNAL))
    floor.trade("exit")
    floor.push()

    assert ({}, {ticket: D(1)}) == (floor.tickets(), floor.theirs())


def test_a_person_takes_a_ticket_away() -> None:
    """An exit of what its strategy does not hold any more is asked to end."""
    floor = hedged()
    bought(floor, "2")
    (name,) = floor.trade("exit", order_type="limit", price="60000")
    floor.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source="trend", target="fade", by="anna",
            reason="theirs",
        )
    )  # fmt: skip

    assert floor.order(name).pending_cancel


# --- a flatten, a hold, a follow-up ---------------------------------------------------------------


def test_a_flatten_closes_every_ticket_in_one_go() -> None:
    """One order for each ticket at once, whatever their number, on both sides."""
    floor = hedged()
    bought(floor, *["1"] * 12)
    bought(floor, "2", strategy="fade", side="sell")
    floor.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test"))
    orders = [floor.order(name) for name in floor.state.alive]
    assert (13, set(floor.theirs())) == (len(orders), {order.closes for order in orders})
    floor.carry(list(floor.last.effects))
    floor.push()
    floor.compare()

    assert ({}, {}) == (floor.theirs(), floor.state.flattens)


def test_a_held_exit_goes_for_what_is_left_of_its_ticket() -> None:
    """It waits for the link, and is cut to what a stranger left meanwhile."""
    floor = hedged("allow")
    first, second = bought(floor, "1", "2")
    floor.do(c.NoteLink(account="one", up=False, reason="cut"))
    names = floor.trade("exit")
    floor.others("sell", "1.5", second)
    floor.compare_twice()
    floor.recover("one")

    assert {first: D(1), second: D("0.5")} == {
        floor.order(name).closes: floor.order(name).quantity for name in names
    }


def test_what_is_left_of_an_exit_follows_by_its_ticket() -> None:
    """The next revision closes the same ticket under a name of its own."""
    setup = setup_of(account={"hedging": True}, route={"reject_retries_max": 2})
    stage = Stage(setup)
    for count in (1, 2):
        order = stage.entry("1")
        stage.report(
            order, "fill", exec_id=f"e{count}", quantity="1", price="50000", position=f"t{count}"
        )
    names = stage.say("exit").orders
    for name in names:
        stage.report(name, "rejected", transient=True)
    stage.wait(2)
    stage.tick()
    again = [stage.order(name) for name in stage.state.alive]

    assert {"t1", "t2"} == {order.closes for order in again}
    assert 2 == len({order.order for order in again} - set(names))
