"""Replaces in the running bridge: what goes again, what is looked for, what never leaves."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.port import Trouble, TroubleKind
from bridge import policies
from bridge.replacing import replace
from core.answers import AskReplace, Denied, Done
from core.orders import Order, OrderEvent, Terms
from core.store.memory import Disk
from tests.faults import Fault
from tests.unit.bridge.parts import Bridge, Switch, bridge, until
from tests.unit.bridge.venues import ABLE, Scripted, report, shown

D = Decimal
MORE = D("0.002")
NOT_SENT = Trouble(TroubleKind.NOT_SENT, "no_socket", "the connection is not there")
UNKNOWN = Trouble(TroubleKind.UNKNOWN, "timeout", "no answer")
REFUSED = Trouble(TroubleKind.REFUSED, "no_money", "margin")


async def working(running: Bridge) -> Order:
    """Bring an entry to where it rests at its venue."""
    order = await running.admitted(running.limit())
    if isinstance(running.venue, Scripted):
        running.venue.tell(report(running.runtime.clock, order, OrderEvent.ACCEPTED))
    return await running.is_in(order.order, "accepted")


async def ask(running: Bridge, order: Order, quantity: Decimal = MORE) -> Terms:
    """Ask for another quantity, and return the terms."""
    answer = await replace(running.runtime, order.order, by="anna", reason="x", quantity=quantity)
    assert Done(orders=(order.order,)) == answer
    return Terms(quantity=quantity, price=order.price)


async def settled(running: Bridge, order: Order) -> Order:
    """Wait until nothing about its terms is pending."""
    await until(lambda: not running.order(order.order).pending_replace)
    return running.order(order.order)


async def test_a_working_order_is_replaced_at_its_venue(tmp_path: Path) -> None:
    """The venue has the new terms, and so have we."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        order = await working(running)
        await ask(running, order)
        after = await settled(running, order)
        there = await running.at_venue(order.order)

        assert MORE == after.quantity == there.quantity
        assert "replaced_unasked" not in running.codes()


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.LOSE_ALL])
async def test_a_lost_answer_is_looked_for(tmp_path: Path, fault: Fault) -> None:
    """Nobody heard the venue: it is asked which terms the order has."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        order = await working(running)
        running.venue.script(fault, call="replace")
        await ask(running, order)

        assert MORE == (await settled(running, order)).quantity


async def test_what_did_not_leave_goes_again(tmp_path: Path) -> None:
    """Proven not to have left: the same terms go again, until the venue has them."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await working(running)
        running.venue.replace_replies.extend([NOT_SENT, NOT_SENT])
        terms = await ask(running, order)
        await until(lambda: len(running.venue.replaced) == 3)

        assert [(order.order, terms)] * 3 == running.venue.replaced


async def test_what_may_have_left_does_not_go_again(tmp_path: Path) -> None:
    """A timeout: asked for by look-ups, which show the new terms; sent once."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await working(running)
        running.venue.replace_replies.append(UNKNOWN)
        running.venue.books[order.order] = msgspec.structs.replace(shown(order), quantity=MORE)
        terms = await ask(running, order)
        after = await settled(running, order)

        assert [(order.order, terms)] == running.venue.replaced
        assert MORE == after.quantity


async def test_a_refusal_leaves_the_order_as_it_was(tmp_path: Path) -> None:
    """The venue's own words are kept; the order works on."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await working(running)
        running.venue.replace_replies.append(REFUSED)
        await ask(running, order)
        after = await settled(running, order)

        assert ("accepted", order.quantity) == (after.state, after.quantity)


async def test_a_replace_that_waits_does_not_leave_after_a_halt(tmp_path: Path) -> None:
    """It waits for its link, the bridge is raised: what would add exposure stays here."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await working(running)
        running.venue.replace_replies.extend([NOT_SENT] * 10_000)
        await ask(running, order)
        await until(lambda: bool(running.venue.replaced))
        await running.runtime.halt("global", by="anna", reason="news")
        before = len(running.venue.replaced)
        after = await settled(running, order)

        assert before == len(running.venue.replaced)
        assert (order.quantity, True) == (after.quantity, after.pending_cancel)


async def test_a_replace_that_was_given_up_is_dropped(tmp_path: Path) -> None:
    """An order that ended meanwhile is not replaced any more."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await working(running)
        running.venue.replace_replies.extend([NOT_SENT] * 10_000)
        await ask(running, order)
        await until(lambda: bool(running.venue.replaced))
        running.venue.tell(report(running.runtime.clock, order, OrderEvent.CANCELLED))
        await running.is_in(order.order, "cancelled")
        before = len(running.venue.replaced)
        other = await working(running)
        running.venue.replace_replies.clear()
        await ask(running, other)
        await until(lambda: running.venue.replaced[-1][0] == other.order)

        assert before + 1 == len(running.venue.replaced)


async def test_a_replace_that_was_refused_meanwhile_does_not_go_again(tmp_path: Path) -> None:
    """It waited for its link, was refused, and other terms were asked for: only those leave."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await working(running)
        running.venue.replace_replies.append(NOT_SENT)
        first = await ask(running, order)
        await until(lambda: bool(running.venue.replaced))
        running.venue.tell(report(running.runtime.clock, order, OrderEvent.REPLACE_REJECTED))
        await settled(running, order)
        second = await ask(running, order, D("0.003"))
        in_hand = running.runtime.dispatch._in_hand
        await until(lambda: not any(isinstance(one, AskReplace) for one in in_hand))

        assert [(order.order, first), (order.order, second)] == running.venue.replaced


async def test_it_is_asked_for_until_its_terms_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One look-up that shows the old terms settles nothing."""
    monkeypatch.setattr(policies, "LOOKUP_AFTER_S", (0.0, 0.01))
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await working(running)
        running.venue.replace_replies.append(UNKNOWN)
        running.venue.books[order.order] = shown(order)
        await ask(running, order)
        await until(lambda: len(running.venue.lookups) > 2)
        assert running.order(order.order).pending_replace
        running.venue.books[order.order] = msgspec.structs.replace(shown(order), quantity=MORE)

        assert MORE == (await settled(running, order)).quantity


async def test_a_restart_finds_out_what_became_of_it(tmp_path: Path) -> None:
    """The process dies with a replace under way: the next one reads the terms off the venue."""
    async with bridge(tmp_path) as running:
        order = await working(running)
        running.venue.script(Fault.LOSE_ALL, call="replace")
        await running.runtime.dispatch.close()  # the request leaves with the dying process
        await replace(running.runtime, order.order, by="anna", reason="x", quantity=MORE)
        pending = running.order(order.order)
        assert pending.asked is not None
        await running.venue.replace(pending, pending.asked)
        assert running.order(order.order).pending_replace
        await running.crash()
    async with bridge(tmp_path) as running:
        after = await settled(running, order)

        assert MORE == after.quantity == (await running.at_venue(order.order)).quantity


async def test_a_venue_that_cannot_replace_says_so_at_once(tmp_path: Path) -> None:
    """The denial names the way out; nothing is pending."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await working(running)
        running.venue.capabilities = dataclasses.replace(ABLE, replace=False)
        answer = await replace(running.runtime, order.order, by="anna", reason="x", quantity=MORE)

        assert isinstance(answer, Denied)
        assert "replace_not_offered" == answer.code
        assert [] == running.venue.replaced
