"""The paper venue on an event loop: turns, failures, several accounts, faults."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.paper import venue as shell
from adapters.paper.ledger import Ledger
from adapters.paper.market import Market
from adapters.paper.settings import PaperSettings
from adapters.paper.venue import PaperVenue
from adapters.paper.walk import Walk, WalkSettings
from adapters.port import Absence, LinkChanged, TroubleKind, VenueEvent
from core.orders import OrderEvent
from core.reports import AccountMark, Quote, Report, VenueOrder, VenueSnapshot
from tests.faults import Fault, FaultyVenue
from tests.unit.paper.parts import EURUSD, INSTRUMENTS, NOW, order, quote

D = Decimal


def venue(folder: Path, market: Market, account: str = "acct-1", **terms: object) -> PaperVenue:
    """Make a cold venue."""
    settings = terms.pop("settings", None) or PaperSettings()
    return PaperVenue(
        account=account,
        instruments=INSTRUMENTS,
        settings=settings,  # type: ignore[arg-type]
        market=market,
        ledger_path=folder / f"{account}.db",
        **terms,  # type: ignore[arg-type]
    )


def reports(events: list[VenueEvent]) -> list[tuple[str, str]]:
    """Return who and what of the reports."""
    return [(one.order, one.event.value) for one in events if isinstance(one, Report)]


async def turns(count: int = 3) -> None:
    """Let the event loop turn."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_one_turn_is_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders of one turn are written together, told after that, and marked once."""
    writes: list[int] = []
    written = Ledger.write

    def counted(self: Ledger, tickets: object, *rest: object) -> None:
        tickets = list(tickets)  # type: ignore[call-overload]
        writes.append(len(tickets))
        written(self, tickets, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "write", counted)
    market, events = Market(), list[VenueEvent]()
    market.put(quote("1.1000", "1.1002"))
    made = venue(tmp_path, market)
    await made.connect(events.append)
    await turns()
    events.clear()
    for number in range(100):
        assert await made.submit(order(f"o{number}")) is None
    assert [] == events
    await turns()

    assert [100] == writes
    assert 200 == len(reports(events))
    assert 1 == len([one for one in events if isinstance(one, AccountMark)])
    await made.close()


async def test_a_long_turn_is_cut(tmp_path: Path) -> None:
    """More orders than one turn takes are spread over several, and none is lost."""
    market, events = Market(), list[VenueEvent]()
    market.put(quote("1.1000", "1.1002"))
    made = venue(tmp_path, market)
    await made.connect(events.append)
    count = shell.TURN_MAX * 2 + 1
    for number in range(count):
        await made.submit(order(f"o{number}"))
    await turns(1)
    assert len(reports(events)) <= shell.TURN_MAX * 2
    await turns(4)

    assert count * 2 == len(reports(events))
    await made.close()


async def test_a_full_account_asks_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond its bound an account throttles, proven and with a time; a cancel always passes."""
    monkeypatch.setattr(shell, "ORDERS_MAX", 2)
    made = venue(tmp_path, Market())
    await made.connect(lambda _: None)
    assert await made.submit(order("a")) is None
    assert await made.submit(order("b")) is None
    trouble = await made.submit(order("c"))

    assert trouble is not None
    assert TroubleKind.THROTTLED is trouble.kind
    assert trouble.until_ns is not None
    assert await made.cancel(order("a")) is None
    assert isinstance(await made.lookup(order("c")), Absence)
    await made.close()


async def test_a_ledger_that_fails_takes_the_link_down(tmp_path: Path) -> None:
    """Nothing that was not durable is told; a new connect goes on from what is durable."""
    market, events = Market(), list[VenueEvent]()
    market.put(quote("1.1000", "1.1002"))
    made = venue(tmp_path, market)
    await made.connect(events.append)
    await made.submit(order("a"))
    await turns()
    desk = made._desk
    assert desk is not None
    assert desk.ledger._base is not None
    desk.ledger._base.execute("PRAGMA query_only = ON")
    events.clear()
    await made.submit(order("b"))
    await turns()
    refused = await made.submit(order("c"))

    assert [] == reports(events)
    assert isinstance(events[-1], LinkChanged)
    assert not events[-1].up
    assert refused is not None
    assert TroubleKind.NOT_SENT is refused.kind
    assert await made.connect(events.append) is None
    assert isinstance(await made.lookup(order("b")), Absence)
    assert isinstance(await made.lookup(order("a")), VenueOrder)
    await made.close()


async def test_an_order_of_another_account_is_refused(tmp_path: Path) -> None:
    """The refusal is proven, names both accounts, and leaves nothing behind."""
    made = venue(tmp_path, Market())
    await made.connect(lambda _: None)
    trouble = await made.submit(order("a", account="acct-9"))

    assert trouble is not None
    assert TroubleKind.REFUSED is trouble.kind
    assert "acct-9" in trouble.text
    assert isinstance(await made.lookup(order("a")), Absence)
    await made.close()


async def test_a_ledger_in_use_is_a_matter_for_a_person(tmp_path: Path) -> None:
    """A second venue on the same ledger does not connect, and says why."""
    market = Market()
    one, two = venue(tmp_path, market), venue(tmp_path, market)
    await one.connect(lambda _: None)
    trouble = await two.connect(lambda _: None)
    await one.close()

    assert trouble is not None
    assert TroubleKind.FATAL is trouble.kind
    assert "paper_ledger_in_use" == trouble.code
    assert await two.connect(lambda _: None) is None
    await two.close()
    await two.close()


async def test_accounts_share_a_market_and_nothing_else(tmp_path: Path) -> None:
    """Two accounts see the same quotes, one with a mark-up, and keep books of their own."""
    market = Market()
    heard: dict[str, list[VenueEvent]] = {"one": [], "two": [], "three": []}
    dear = PaperSettings(spread_markup_ticks=3)
    made = [
        venue(tmp_path, market, "one"),
        venue(tmp_path, market, "two", settings=dear),
        venue(tmp_path, market, "three", tells_quotes=False),
    ]
    for each in made:
        await each.connect(heard[each.account].append)
    market.put(quote("1.1000", "1.1002"))
    await made[1].submit(order("a", account="two"))
    await turns()
    quotes = {
        name: [(one.bid, one.ask) for one in events if isinstance(one, Quote)]
        for name, events in heard.items()
    }
    shown = await made[1].lookup(order("a"))
    others = await made[0].snapshot(1)
    for each in made:
        await each.close()

    assert [(D("1.1000"), D("1.1002"))] == quotes["one"]
    assert [(D("1.0997"), D("1.1005"))] == quotes["two"]
    assert [] == quotes["three"]
    assert isinstance(shown, VenueOrder)
    assert D("1.1005") == shown.fills[0].price
    assert isinstance(others, VenueSnapshot)
    assert () == others.positions


async def test_a_synthetic_market_runs_while_someone_listens(tmp_path: Path) -> None:
    """Quotes come by themselves while connected, marks at their interval, nothing after close."""
    market = Market([Walk(EURUSD, WalkSettings(price_start=D("1.1"), interval_ms=10))])
    events: list[VenueEvent] = []
    enough = asyncio.Event()

    def sink(event: VenueEvent) -> None:
        events.append(event)
        kinds = [type(one) for one in events]
        if kinds.count(Quote) >= 3 and kinds.count(AccountMark) >= 3:
            enough.set()

    made = venue(tmp_path, market, settings=PaperSettings(mark_interval_ms=10))
    await made.connect(sink)
    async with asyncio.timeout(20):
        await enough.wait()
    await made.close()

    assert market._timer is None
    assert isinstance(events[-1], LinkChanged)


async def test_marks_go_on_when_the_clock_was_set_back(tmp_path: Path) -> None:
    """The account's figures are told by the new clock, not an hour later."""
    now, events = [NOW], list[VenueEvent]()
    made = venue(tmp_path, Market(), clock=lambda: now[0])
    await made.connect(events.append)
    await turns()
    now[0] = earlier = NOW - 3600 * 1_000_000_000
    await made.snapshot(1)
    marks = [one.at_ns for one in events if isinstance(one, AccountMark)]

    assert [NOW, earlier] == marks
    await made.close()


async def test_a_checkpoint_copies_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After enough commits the log is copied beside the event loop, and nothing is lost."""
    monkeypatch.setattr("adapters.paper.ledger.CHECKPOINT_COMMITS", 5)
    market = Market()
    market.put(quote("1.1000", "1.1002"))
    made = venue(tmp_path, market)
    await made.connect(lambda _: None)
    before = (tmp_path / "acct-1.db").stat().st_size
    for number in range(200):
        await made.submit(order(f"o{number}"))
        await turns(1)
    if made._checkpoint is not None:
        await made._checkpoint

    assert (tmp_path / "acct-1.db").stat().st_size > before
    assert isinstance(await made.lookup(order("o0")), VenueOrder)
    await made.close()


async def test_scripted_faults_happen_in_order_and_once(tmp_path: Path) -> None:
    """Each scripted fault hits one call; after the script everything passes."""
    market, events = Market(), list[VenueEvent]()
    market.put(quote("1.1000", "1.1002"))
    made = FaultyVenue(venue(tmp_path, market))
    await made.connect(events.append)
    made.script(Fault.NONE)
    made.script(Fault.REFUSE)
    made.script(Fault.THROTTLE, until_ns=NOW)
    made.script(Fault.LOSE_ALL)
    made.script(Fault.LOSE_REQUEST, call="cancel")
    answers = [await made.submit(order(name)) for name in "abcde"]
    lost = await made.cancel(order("a"))
    await turns()
    kinds = [None if one is None else one.kind for one in answers]

    wanted = [None, TroubleKind.REFUSED, TroubleKind.THROTTLED, TroubleKind.UNKNOWN, None]
    assert wanted == kinds
    assert answers[2] is not None
    assert NOW == answers[2].until_ns
    assert lost is not None
    assert TroubleKind.UNKNOWN is lost.kind
    assert ["a", "a", "e", "e"] == [name for name, _ in reports(events)]
    silent = await made.lookup(order("d"))
    assert isinstance(silent, VenueOrder)
    assert OrderEvent.FILL is silent.event
    assert isinstance(await made.lookup(order("b")), Absence)
    await made.close()


async def test_a_link_that_drops_under_an_order_loses_it(tmp_path: Path) -> None:
    """The order did not arrive, nobody knows, and calls prove that they did not leave until
    then."""
    events: list[VenueEvent] = []
    made = FaultyVenue(venue(tmp_path, Market()))
    await made.connect(events.append)
    made.script(Fault.DROP_LINK)
    first = await made.submit(order("a"))
    second = await made.submit(order("b"))

    assert first is not None
    assert second is not None
    assert (TroubleKind.UNKNOWN, TroubleKind.NOT_SENT) == (first.kind, second.kind)
    assert await made.connect(events.append) is None
    assert isinstance(await made.lookup(order("a")), Absence)
    links = [one.up for one in events if isinstance(one, LinkChanged)]
    assert [True, False, True] == links
    await made.close()
