"""Real pictures of a real account: what nobody told us is found by one or two of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bridge.pictures import FILLS_BACK_NS, known_before
from core import commands as c
from core import records as r
from core.answers import SignalAnswer
from core.links import LinkEvent
from core.orders import OrderType
from core.positions import EXTERNAL
from core.state import FLAT, State
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, recorded, replayed, until
from tests.unit.core.stage import Stage, replay

D = Decimal


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two pictures confirm each other without five seconds between them."""
    monkeypatch.setattr("core.weighing.CONFIRM_NS", 1)


async def look(running: Bridge, cause: str = "demand") -> None:
    """Compare the account once."""
    assert await running.runtime.links["paper"].reconcile(cause)


def differences(running: Bridge) -> list[tuple[str, str, bool, str]]:
    """Return what the journal tells of differences: kind, cause, confirmed, settled."""
    records = recorded(running.store.disk)
    found = [one for one in records if isinstance(one, r.DifferenceFound)]
    return [(str(one.kind), one.cause, one.confirmed, one.settled) for one in found]


async def by_hand(running: Bridge, quantity: str = "0.002", **fields: Any) -> Any:
    """Let somebody else send an order like one of ours."""
    own = await running.admitted(running.limit())
    await running.is_in(own.order, "accepted")
    known: dict[str, Any] = {
        "order": "by-hand-1", "quantity": D(quantity), "order_type": OrderType.MARKET, "price": None
    }  # fmt: skip
    order = msgspec.structs.replace(own, **(known | fields))
    await running.venue.by_hand(order)
    await running.runtime.writer.drain()
    return own


def external(state: State) -> Decimal:
    """Return what nobody of ours owns."""
    position = state.positions.get(("paper", "BTCUSDT", EXTERNAL))
    return position.quantity if position is not None else D(0)


async def test_a_manual_trade_is_found_by_two_pictures(tmp_path: Path) -> None:
    """Told, counted, nobody's of ours; the account stops, its entries end, exits pass."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        bought = await running.admitted(running.signal())
        await running.is_in(bought.order, "filled")
        resting = await by_hand(running)
        await look(running)
        assert D(0) == external(running.state)
        await look(running)

        assert D("0.002") == external(running.state)
        assert D("0.003") == running.state.exposures["paper", "BTCUSDT"].net
        assert running.state.halts["account:paper"].reason.startswith("position_differs")
        await running.is_in(resting.order, "cancelled")
        refused = await running.send(running.signal())
        assert isinstance(refused, SignalAnswer)
        assert "halted" == refused.code
        closed = await running.is_in((await running.admitted(running.exit())).order, "filled")
        assert D("0.001") == closed.quantity
        assert ("position", "demand", True, "") in differences(running)


async def test_a_missed_fill_is_found_by_one_picture(tmp_path: Path) -> None:
    """Its report never came: the venue lists it, and that is a fill like any other."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        command = running.signal()
        real = running.venue.submit

        async def submit(order: Any) -> Any:
            running.venue.silence(order.order)
            return await real(order)

        running.venue.submit = submit
        order = await running.admitted(command)
        await running.is_in(order.order, "sent")
        await look(running)

        assert "filled" == running.order(order.order).state
        assert [("fills_missing", "demand", False, "applied")] == differences(running)
        assert not any(fill.inferred for fill in running.state.fills.values())


async def test_a_ghost_order_is_found_by_one_picture(tmp_path: Path) -> None:
    """Somebody cancelled it and nobody told us: it is not shown, and its lookup says why."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        order = await running.admitted(running.limit())
        await running.is_in(order.order, "accepted")
        await running.venue.cancel_by_hand(running.order(order.order))
        await running.runtime.writer.drain()
        assert "accepted" == running.order(order.order).state
        await look(running)
        await running.is_in(order.order, "cancelled")

        assert [("order_missing", "demand", False, "")] == differences(running)
        assert running.state.exposures.get(("paper", "BTCUSDT"), FLAT) == FLAT


async def test_a_foreign_order_is_counted_and_survives_a_halt(tmp_path: Path) -> None:
    """It works at the venue before and after; it is in the exposure all the time."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        order_type, price = OrderType.LIMIT, D(30_000)
        own = await by_hand(running, "0.5", order_type=order_type, price=price)
        await look(running)
        exposure = running.state.exposures["paper", "BTCUSDT"]
        assert (D("0.501"), 2) == (exposure.buy, exposure.orders)
        assert "foreign_order" in running.codes()
        await running.runtime.halt("global", by="test", reason="stop")
        await running.is_in(own.order, "cancelled")
        await look(running)

        foreign = running.state.foreign.values()
        assert [D("0.5")] == [order.quantity for order in foreign]
        assert D("0.5") == running.state.exposures["paper", "BTCUSDT"].buy


async def test_a_gap_is_followed_by_a_picture(tmp_path: Path) -> None:
    """Something was missed: a picture tells how things stand, before new exposure passes."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        order = await running.admitted(running.limit())
        await running.is_in(order.order, "accepted")
        await running.venue.cancel_by_hand(running.order(order.order))
        running.venue.miss()
        await running.is_in(order.order, "cancelled")
        await until(lambda: running.runtime.ready)

        assert not running.state.mismatches


async def test_an_account_that_differs_is_looked_at_again_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manual trade is confirmed by the next look, not by the next timer."""
    monkeypatch.setattr("bridge.recovery.REVIEW_EVERY_S", 0.05)
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        await by_hand(running)
        await look(running)
        await until(lambda: "account:paper" in running.state.halts)

        assert D("0.002") == external(running.state)


async def test_what_differs_at_a_start_is_believed_before_exposure_passes(tmp_path: Path) -> None:
    """Somebody traded while the bridge was away: entries never see the old position."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        await by_hand(running, "0.004")
    async with bridge(tmp_path, store=Switch(disk)) as running:
        assert D("0.004") == external(running.state)
        assert "position_differs" in running.codes()
        assert "account:paper" in running.state.halts
    records = recorded(disk)
    recovered = max(n for n, one in enumerate(records) if isinstance(one, r.AccountRecovered))
    changed = max(n for n, one in enumerate(records) if isinstance(one, r.ExternalChanged))
    assert changed < recovered
    assert replayed(records)


async def test_a_first_start_takes_what_is_there_as_it_is(tmp_path: Path) -> None:
    """A new journal on an account with a history: a baseline and an alarm, no halt."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        bought = await running.admitted(running.signal())
        await running.is_in(bought.order, "filled")
    (tmp_path / "data" / "journal.mark").unlink()
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        assert D("0.001") == external(running.state)
        assert ["external_baseline"] == [c for c in running.codes() if "baseline" in c]
        assert {} == running.state.halts
        await running.is_in((await running.admitted(running.signal())).order, "filled")


def test_starts_that_compared_nothing_do_not_shorten_what_the_next_picture_lists() -> None:
    """They wrote into the journal, and saw nothing of the venue: a trade that was taken back
    meanwhile would never be missed."""
    stage = Stage(recovered=False)
    stage.recover("one")
    ready_ns = stage.now
    stage.wait(600)
    stage.tick()
    stage.do(c.RaiseAlarm(code="store_weak"))
    assert stage.now - FILLS_BACK_NS == known_before(stage.state, "one")
    for _ in range(3):
        stage.wait(600)
        stage.start()

        assert ready_ns - FILLS_BACK_NS == known_before(stage.state, "one")
    stage.recover("one")
    stage.wait(600)
    stage.do(c.NoteLink(account="one", up=False, reason="cut", event=LinkEvent.FELL))
    fell_ns = stage.now
    stage.wait(600)
    stage.start()

    assert fell_ns - FILLS_BACK_NS == known_before(stage.state, "one")
    assert known_before(replay(stage.records), "one") == known_before(stage.state, "one")
