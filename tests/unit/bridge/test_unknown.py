"""An order of unknown outcome at a venue whose answers lag: only answers that count prove
anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.port import Trouble, TroubleKind
from bridge import policies
from core import commands as c
from core import records as r
from core.answers import Done, SignalAnswer
from core.orders import Order, OrderEvent
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, recorded, until
from tests.unit.bridge.venues import Lagging, report, shown

UNKNOWN = Trouble(TroubleKind.UNKNOWN, "timeout", "no answer")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask every few milliseconds, and let a twentieth of a second be the minute."""
    monkeypatch.setattr("bridge.policies.lookup_wait_s", lambda turn: 0.01)
    monkeypatch.setattr("core.doubt.SPAN_NS", 50_000_000)


@asynccontextmanager
async def doubtful(
    folder: Path, disk: Disk, *, proven: bool
) -> AsyncGenerator[tuple[Bridge, Order, Order | None]]:
    """Run a bridge with an entry whose submit was not answered, and perhaps one proven before."""
    async with bridge(folder, store=Switch(disk), made=Lagging) as running:
        canary = None
        if proven:
            canary = await running.admitted(running.limit())
            running.venue.tell(report(running.runtime.clock, canary, OrderEvent.ACCEPTED))
            running.venue.books[canary.order] = shown(canary)
            await running.is_in(canary.order, "accepted")
        running.venue.replies.append(UNKNOWN)
        order = await running.admitted(running.limit())
        running.venue.books[order.order] = shown(order)  # it did arrive
        await running.is_in(order.order, "unknown")
        yield running, order, canary


async def asked(running: Bridge, times: int) -> None:
    """Wait until the venue was asked so many times more."""
    until_now = len(running.venue.lookups)
    await until(lambda: len(running.venue.lookups) >= until_now + times)


async def test_no_answer_counts_while_the_venue_lags(tmp_path: Path) -> None:
    """It does not even show the canary: however often it is asked, the order stays unknown, and is
    adopted when it shows up."""
    disk = Disk()
    async with doubtful(tmp_path, disk, proven=True) as (running, order, canary):
        assert canary is not None
        await asked(running, 30)
        assert "unknown" == running.order(order.order).state
        refused = await running.send(running.signal())
        assert isinstance(refused, SignalAnswer)
        running.venue.visible |= {order.order, canary.order}
        await running.is_in(order.order, "accepted")
        assert {canary.order} == set(running.venue.canaries)

    answers = [one for one in recorded(disk) if isinstance(one, r.LookedUp)]
    assert "unknown_outcome" == refused.code
    assert len(answers) >= 30
    assert not any(one.qualified for one in answers)
    assert [order.order] == [one for one in running.venue.sent if one == order.order]


async def test_the_first_order_ever_waits_for_a_person(tmp_path: Path) -> None:
    """Nothing was ever proven: there is no canary, and no number of answers is enough."""
    async with doubtful(tmp_path, Disk(), proven=False) as (running, order, _):
        await asked(running, 30)

        assert "unknown" == running.order(order.order).state
        assert {""} == set(running.venue.canaries)
        assert 0 == running.state.doubts[order.order].negatives


async def test_a_late_order_after_enough_answers_is_adopted(tmp_path: Path) -> None:
    """The canary is shown, the order is not: not placed, with evidence. Its report comes late all
    the same: it counts, with an alarm, and nothing was sent twice."""
    disk = Disk()
    async with doubtful(tmp_path, disk, proven=True) as (running, order, canary):
        assert canary is not None
        running.venue.visible.add(canary.order)
        ended = await running.is_in(order.order, "not_placed")
        assert "did not show it" in ended.reason
        running.venue.tell(report(running.runtime.clock, order, OrderEvent.ACCEPTED))
        await until(lambda: "late_arrival" in running.codes())

    counted = [one for one in recorded(disk) if isinstance(one, r.LookedUp) and one.qualified]
    assert len(counted) >= 7
    assert {canary.order} == {one.canary for one in counted}
    assert 1 == running.venue.sent.count(order.order)


async def test_open_orders_alone_prove_nothing(tmp_path: Path) -> None:
    """A venue that lists open orders only would not show a filled one."""
    async with doubtful(tmp_path, Disk(), proven=True) as (running, order, canary):
        assert canary is not None
        running.venue.covers_closed = False
        running.venue.visible.add(canary.order)
        await asked(running, 30)

        assert "unknown" == running.order(order.order).state


async def test_a_crash_does_not_forget_the_doubt(tmp_path: Path) -> None:
    """The next process recovers the account, asks on, and the counted answers stay counted."""
    disk = Disk()
    async with doubtful(tmp_path, disk, proven=True) as (running, order, _):
        await asked(running, 3)
        await running.crash()
    before = sum(isinstance(one, r.LookedUp) for one in recorded(disk))

    async with bridge(tmp_path, store=Switch(disk), made=Lagging) as running:
        assert "unknown" == running.order(order.order).state
        assert running.state.doubts[order.order].asked >= before


async def test_what_was_not_placed_is_asked_for_again_when_it_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timer that is data: the venue is asked once more, shows it, and the entry is asked to
    end."""
    monkeypatch.setattr("core.fold_doubts.WATCH_AFTER_NS", (100_000_000,))
    async with doubtful(tmp_path, Disk(), proven=True) as (running, order, canary):
        assert canary is not None
        running.venue.visible.add(canary.order)
        await running.is_in(order.order, "not_placed")
        running.venue.visible.add(order.order)
        await running.is_in(order.order, "accepted")
        await until(lambda: order.order in running.venue.cancelled)

        assert "late_arrival" in running.codes()


async def test_a_person_ends_the_doubt(tmp_path: Path) -> None:
    """Nothing can be proven here: a named person says that it works, and nobody asks on."""
    async with doubtful(tmp_path, Disk(), proven=False) as (running, order, _):
        await asked(running, 3)
        said = c.ResolveOrder(
            order=order.order, outcome=c.Resolution.WORKING, by="anna", reason="seen"
        )
        assert Done() == await running.runtime.writer.ask(said)
        await running.is_in(order.order, "accepted")

        assert "anna" == running.order(order.order).resolved
        assert 1 == running.venue.sent.count(order.order)


async def test_silence_does_not_use_up_the_first_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions that nobody answers come at most 20 s apart; from the first answer on, the turns
    go on after as many as were answered."""
    waits: list[int] = []

    def wait_s(turn: int) -> float:
        waits.append(turn)
        return 0.01

    monkeypatch.setattr("bridge.policies.lookup_wait_s", wait_s)
    async with doubtful(tmp_path, Disk(), proven=False) as (running, _order, _):
        answering, silent = running.venue.lookup, [True]

        async def lookup(asked: Order, canary: Order | None = None) -> Any:
            found = await answering(asked, canary)
            return Trouble(TroubleKind.NOT_SENT, "away", "not now") if silent else found

        running.venue.lookup = lookup
        await asked(running, policies.LOOKUP_SILENT_TURN + 4)
        quiet = list(waits)
        silent.clear()
        await asked(running, 4)

        assert max(quiet) == policies.LOOKUP_SILENT_TURN
        after = waits[len(quiet) + 1 :]
        assert after[:2] == [after[0], after[0] + 1]
        assert after[0] < policies.LOOKUP_SILENT_TURN
