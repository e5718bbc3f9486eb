"""The dispatch: what goes again, what is asked for, and that nobody waits behind what hangs."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.port import Trouble, TroubleKind
from bridge import policies
from bridge.exits import Exit
from core import commands as c
from core.answers import AskCancel, Send
from core.fold import fold
from core.ids import order_id
from core.orders import Order, OrderEvent
from core.records import OrderIntended
from core.store.memory import Disk
from tests.unit.bridge.parts import Switch, bridge, until
from tests.unit.bridge.venues import Scripted, report, shown

NOT_SENT = Trouble(TroubleKind.NOT_SENT, "no_socket", "the connection is not there")
THROTTLED = Trouble(TroubleKind.THROTTLED, "slow_down", "too many")
UNKNOWN = Trouble(TroubleKind.UNKNOWN, "timeout", "no answer")
REFUSED = Trouble(TroubleKind.REFUSED, "no_money", "margin")
FATAL = Trouble(TroubleKind.FATAL, "bad_key", "the key is not valid any more")


@pytest.mark.parametrize("trouble", [NOT_SENT, THROTTLED])
async def test_what_did_not_leave_goes_again(tmp_path: Path, trouble: Trouble) -> None:
    """Under its own id, until the venue has it."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        running.venue.replies.extend([trouble, trouble])
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "sent")

        assert [order.order] * 3 == running.venue.sent


async def test_what_may_have_left_does_not_go_again(tmp_path: Path) -> None:
    """A timeout at a venue whose ids are not unique: asked for, proven absent, never sent twice."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        running.venue.replies.append(UNKNOWN)
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "not_placed")

        assert [order.order] == running.venue.sent
        assert [order.order] == running.venue.lookups


async def test_what_was_refused_is_over(tmp_path: Path) -> None:
    """A proven refusal ends the order with the venue's own words; nothing is asked."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        running.venue.replies.append(REFUSED)
        order = await running.admitted(running.signal())
        ended = await running.is_in(order.order, "rejected")

        assert "no_money" == ended.reason
        assert ([order.order], []) == (running.venue.sent, running.venue.lookups)


async def test_a_fatal_refusal_halts_the_account(tmp_path: Path) -> None:
    """A key that is not valid: the account is raised, and a person is called."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        running.venue.replies.append(FATAL)
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "rejected")

        assert "bad_key" in running.state.halts["account:paper"].reason
        assert "venue_fatal" in running.codes()


async def test_an_entry_that_cannot_leave_expires(tmp_path: Path) -> None:
    """Its time to live is over before the venue could be reached: it stays here."""

    def edit(text: str) -> str:
        return text.replace("order_life_s = 86_400", "order_life_s = 1")

    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted, edit=edit) as running:
        running.venue.replies.extend([NOT_SENT] * 1_000)
        order = await running.admitted(running.signal())
        ended = await running.is_in(order.order, "expired")

        assert "not_sent_in_time" == ended.reason


async def test_cancels_do_not_wait_behind_what_hangs(tmp_path: Path) -> None:
    """Every call for entries hangs at the venue; the cancel of another order goes out at once."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        resting = await running.admitted(running.limit())
        running.venue.tell(report(running.runtime.clock, resting, OrderEvent.ACCEPTED))
        await running.is_in(resting.order, "accepted")
        running.venue.gate.clear()
        stuck = [await running.admitted(running.signal()) for _ in range(20)]
        asked = c.CancelOrder(order=resting.order, by="test", reason="now")
        await running.runtime.writer.ask(asked)
        await until(lambda: running.venue.cancelled == [resting.order])
        running.venue.gate.set()
        for order in stuck:
            await running.is_in(order.order, "sent")

        assert sorted([resting.order, *(order.order for order in stuck)]) == sorted(
            running.venue.sent
        )


async def test_a_cancel_overtaken_by_its_own_submit_follows_it(tmp_path: Path) -> None:
    """The submit is under way when the cancel is asked for: the cancel goes out after it."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        running.venue.gate.clear()
        order = await running.admitted(running.limit())
        asked = c.CancelOrder(order=order.order, by="test", reason="now")
        await running.runtime.writer.ask(asked)
        before = list(running.venue.cancelled)
        running.venue.gate.set()
        await until(lambda: running.venue.cancelled == [order.order])

        assert ([], [order.order]) == (before, running.venue.sent)


async def test_a_cancel_that_stays_without_effect_calls_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for again and again, and after some tries an alarm names the order."""
    monkeypatch.setattr(policies, "cancel_wait_s", lambda tries: 0.0)
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await running.admitted(running.limit())
        running.venue.tell(report(running.runtime.clock, order, OrderEvent.ACCEPTED))
        running.venue.books[order.order] = shown(order)
        await running.is_in(order.order, "accepted")
        running.venue.cancel_replies.extend([UNKNOWN] * 30)
        asked = c.CancelOrder(order=order.order, by="test", reason="now")
        await running.runtime.writer.ask(asked)
        await until(lambda: "cancel_unconfirmed" in running.codes())
        running.venue.tell(report(running.runtime.clock, order, OrderEvent.CANCELLED))
        await running.is_in(order.order, "cancelled")

        assert 1 == running.codes().count("cancel_unconfirmed")


async def test_a_cancel_that_the_venue_refuses_is_not_repeated(tmp_path: Path) -> None:
    """Proven refused: a person is called, the venue's books are asked once, and that is all."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        order = await running.admitted(running.limit())
        running.venue.tell(report(running.runtime.clock, order, OrderEvent.ACCEPTED))
        running.venue.books[order.order] = shown(order)
        await running.is_in(order.order, "accepted")
        running.venue.cancel_replies.append(REFUSED)
        asked = c.CancelOrder(order=order.order, by="test", reason="now")
        await running.runtime.writer.ask(asked)
        await until(lambda: "cancel_refused" in running.codes())
        await until(lambda: order.order in running.venue.lookups)

        assert [order.order] == running.venue.cancelled
        assert not running.order(order.order).pending_cancel


async def test_a_cancel_that_is_too_many_waits_as_long_as_its_venue_says(tmp_path: Path) -> None:
    """Asked again at once it would be one more of too many; the link stays, and the order is looked
    up meanwhile."""
    asked_at: list[int] = []

    class Counting(Scripted):
        async def cancel(self, order: Order) -> Trouble | None:
            asked_at.append(self._clock())
            return await super().cancel(order)

    async with bridge(tmp_path, store=Switch(Disk()), made=Counting) as running:
        clock = running.runtime.clock
        order = await running.admitted(running.limit())
        running.venue.books[order.order] = shown(order)
        running.venue.tell(report(clock, order, OrderEvent.ACCEPTED))
        await running.is_in(order.order, "accepted")
        until_ns = clock.now() + 1_500_000_000
        crowded = Trouble(
            TroubleKind.THROTTLED, "ccxt_orders_throttled", "", until_ns, orders_only=True
        )
        running.venue.cancel_replies.append(crowded)
        await running.runtime.writer.ask(c.CancelOrder(order=order.order, by="test", reason="now"))
        await until(lambda: len(asked_at) == 2)

        assert asked_at[0] < until_ns <= asked_at[1]
        assert order.order in running.venue.lookups
        assert running.runtime.ready


async def test_a_venue_that_knows_no_cancel_any_more_takes_no_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be ended is not opened: the account halts, once, and the cancel is asked for
    again all the same, until it works."""
    monkeypatch.setattr(policies, "cancel_wait_s", lambda tries: 0.0)
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        clock = running.runtime.clock
        order = await running.admitted(running.limit())
        running.venue.books[order.order] = shown(order)
        running.venue.tell(report(clock, order, OrderEvent.ACCEPTED))
        await running.is_in(order.order, "accepted")
        gone = Trouble(TroubleKind.INTERFACE_CHANGED, "ccxt_interface_changed", "HTTP 404")
        running.venue.cancel_replies.extend([gone] * 3)
        await running.runtime.writer.ask(c.CancelOrder(order=order.order, by="test", reason="now"))
        await until(lambda: len(running.venue.cancelled) == 4)

        assert "account:paper" in running.state.halts
        assert 1 == running.codes().count("venue_fatal")
        assert "cancel_refused" not in running.codes()
        assert running.order(order.order).pending_cancel


async def test_a_second_order_to_send_the_same_is_one(tmp_path: Path) -> None:
    """An effect that comes again while it is in hand makes no second call."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        running.venue.gate.clear()
        order = await running.admitted(running.signal())
        dispatch = running.runtime.dispatch
        dispatch.carry_out([Send(order.order), Send(order.order), AskCancel("unknown")])
        running.venue.gate.set()
        await running.is_in(order.order, "sent")
        await until(lambda: not dispatch.sends(order.order))

        assert [order.order] == running.venue.sent


async def test_a_defect_of_an_adapter_ends_the_process(tmp_path: Path) -> None:
    """A call that raises what its contract does not name: the next start looks the order up."""

    class Broken(Scripted):
        async def submit(self, order: Order) -> Trouble | None:
            raise KeyError("a defect")

    async with bridge(tmp_path, store=Switch(Disk()), made=Broken) as running:
        await running.admitted(running.signal())
        await until(running.runtime.ended.is_set)

        assert Exit.FAILED is running.runtime.exit_code


async def test_an_order_without_news_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was handed over and nothing came: after a while the venue's books are asked."""
    monkeypatch.setattr("bridge.recovery.REVIEW_EVERY_S", 0.05)
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        running.venue.gate.clear()
        order = await running.admitted(running.limit())
        running.venue.books[order.order] = shown(order)
        running.venue.gate.set()
        await running.is_in(order.order, "accepted")

        assert order.order in running.venue.lookups


async def test_what_goes_beyond_what_was_asked_stays_here_and_halts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect enters again and again for one signal, and the core's own guard is blind: nothing
    beyond the first leaves, and everything is raised."""
    monkeypatch.setattr("core.guards.over_asked", lambda *_: "")
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        first = await running.admitted(running.signal())
        await running.is_in(first.order, "sent")
        again = [
            replace(first, order=order_id("paper", first.origin, f"again {number}"))
            for number in range(3)
        ]
        for order in again:
            fold(running.state, OrderIntended(at_ns=first.intended_ns, order=order))
            running.state.number -= 1  # the journal does not know of it
        running.runtime.dispatch.carry_out([Send(order.order) for order in again])
        await until(lambda: "global" in running.state.halts)

        assert [first.order] == running.venue.sent
        assert "orders_over_asked" in running.codes()
