"""Bad days on purpose: what the settings of a paper account lose, and what stays true behind it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.paper import weather as weather_module
from adapters.paper.market import Market
from adapters.paper.settings import PaperSettings, SettingInvalid
from adapters.paper.venue import PaperVenue
from adapters.paper.weather import Weather, loses_report, outage_of
from adapters.port import Absence, LinkChanged, Trouble, TroubleKind, VenueEvent
from core.orders import OrderEvent, OrderType
from core.reports import Report, VenueOrder, VenueSnapshot
from tests.unit.paper.parts import INSTRUMENTS, NOW, order, quote

D = Decimal
SECOND = 1_000_000_000
HALF = D("0.5")


@dataclass
class Desk:
    """A paper account in its weather, with a clock that the test moves."""

    folder: Path
    settings: PaperSettings
    now: int = NOW
    events: list[VenueEvent] = field(default_factory=list[VenueEvent])

    def __post_init__(self) -> None:
        """Build the account, cold, in a market of 1.1000 to 1.1002."""
        market = Market()
        market.put(quote("1.1000", "1.1002"))
        self.account = PaperVenue(
            account="acct-1",
            instruments=INSTRUMENTS,
            settings=self.settings,
            market=market,
            ledger_path=self.folder / "paper.db",
            clock=lambda: self.now,
        )
        self.venue = Weather(self.account, self.settings, lambda: self.now)

    async def submit(self, name: str, **terms: object) -> Trouble | None:
        """Send an order and let the account work."""
        trouble = await self.venue.submit(order(name, **terms))
        for _ in range(3):
            await asyncio.sleep(0)
        return trouble

    def told(self) -> list[tuple[str, str]]:
        """Return who and what of the reports."""
        return [(one.order, one.event.value) for one in self.events if isinstance(one, Report)]

    def links(self) -> list[bool]:
        """Return what was told of the link."""
        return [one.up for one in self.events if isinstance(one, LinkChanged)]


async def opened(folder: Path, **settings: object) -> Desk:
    """Build an account and connect it."""
    desk = Desk(folder, PaperSettings(**settings))  # type: ignore[arg-type]
    assert await desk.venue.connect(desk.events.append) is None
    return desk


async def test_a_lost_reply_leaves_the_order_there(tmp_path: Path) -> None:
    """Nobody answers, and the order trades and is reported."""
    desk = await opened(tmp_path, lose_reply_probability=D(1))
    trouble = await desk.submit("a")
    found = await desk.venue.lookup(order("a"))

    assert trouble is not None
    assert (TroubleKind.UNKNOWN, "paper_no_answer") == (trouble.kind, trouble.code)
    assert [("a", "accepted"), ("a", "fill")] == desk.told()
    assert isinstance(found, VenueOrder)
    await desk.venue.close()


async def test_a_lost_request_leaves_nothing(tmp_path: Path) -> None:
    """It sounds the same as a lost reply; the books have nothing, and prove it."""
    desk = await opened(tmp_path, lose_request_probability=D(1))
    lost = await desk.submit("a")
    found = await desk.venue.lookup(order("a"))
    assert lost is not None
    assert isinstance(found, Absence)

    assert found.conclusive
    assert [] == desk.told()
    assert "a" in lost.text
    assert "submit" in lost.text
    await desk.venue.close()


async def test_a_lost_cancel_leaves_the_order_working(tmp_path: Path) -> None:
    """The cancel that got lost can be asked for again, and draws anew."""
    desk = await opened(tmp_path, lose_request_probability=HALF, seed=3)
    resting = order("a", order_type=OrderType.LIMIT, price="1.0900")
    while await desk.account.submit(resting) is not None:
        pass
    lost: list[bool] = []
    while ("a", "cancelled") not in desk.told():
        lost.append(await desk.venue.cancel(resting) is not None)
        await desk.venue.snapshot(1)

    assert [True] * (len(lost) - 1) + [False] == lost
    await desk.venue.close()


async def test_the_same_calls_lose_the_same(tmp_path: Path) -> None:
    """Two accounts with one seed and the same orders lose the same calls; about as many as asked
    for, and another seed loses others.
    """

    async def lost(folder: str, seed: int) -> list[bool]:
        desk = await opened(tmp_path / folder, lose_reply_probability=D("0.3"), seed=seed)
        answers = [await desk.venue.submit(order(f"o{number}")) for number in range(400)]
        await desk.venue.close()
        return [answer is not None for answer in answers]

    first, again, other = await lost("a", 1), await lost("b", 1), await lost("c", 2)

    assert first == again
    assert first != other
    assert 80 < sum(first) < 160


async def test_a_lost_report_is_in_the_books(tmp_path: Path) -> None:
    """It is never told, not even when it is repeated; the lookup has what it said."""
    desk = await opened(tmp_path, lose_report_probability=HALF, seed=5)
    for _ in range(2):
        for number in range(50):
            await desk.submit(f"o{number}")
    shown = [await desk.account.lookup(order(f"o{number}")) for number in range(50)]
    fills = [fill for one in shown if isinstance(one, VenueOrder) for fill in one.fills]
    lost = {fill.order for fill in fills if loses_report(desk.settings, fill)}
    told = Counter(desk.told())

    assert 50 == len(fills)
    assert 10 < len(lost) < 40
    expected = {f"o{n}": 0 if f"o{n}" in lost else 2 for n in range(50)}
    assert expected == {name: told[(name, "fill")] for name in expected}
    await desk.venue.close()


async def test_the_link_falls_and_comes_back(tmp_path: Path) -> None:
    """While it is down nothing leaves and nothing is heard; the account goes on meanwhile."""
    desk = await opened(tmp_path, drop_link_every_s=10, drop_link_s=D(2), seed=1)
    start_ns, end_ns = _next_outage(desk)
    desk.now = start_ns - 1
    assert await desk.submit("a") is None
    resting = order("b", order_type=OrderType.LIMIT, price="1.0900")
    await desk.account.submit(resting)
    desk.now = start_ns
    down = [
        await desk.submit("c"),
        await desk.venue.cancel(resting),
        await desk.venue.lookup(resting),
        await desk.venue.snapshot(1),
        await desk.venue.connect(desk.events.append),
    ]
    before = desk.told()
    await desk.account.cancel(resting)
    await desk.account.lookup(resting)
    unheard = desk.told()
    desk.now = end_ns
    still = await desk.submit("d")
    assert await desk.venue.connect(desk.events.append) is None
    found = await desk.venue.lookup(resting)

    assert {(TroubleKind.NOT_SENT, "paper_link_dropped")} == {
        (one.kind, one.code) for one in [*down, still] if isinstance(one, Trouble)
    }
    assert 5 == sum(isinstance(one, Trouble) for one in down)
    assert [True, False, True] == desk.links()
    assert before == unheard
    assert isinstance(found, VenueOrder)
    assert OrderEvent.CANCELLED is found.event
    assert isinstance(await desk.venue.lookup(order("d")), Absence)
    await desk.venue.close()


async def test_it_falls_while_nobody_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer of the drop is enough, and one that wakes early is set again."""
    timers: list[float] = []
    loop = asyncio.get_running_loop()
    later = loop.call_later

    def noted(delay: float, callback: object, *rest: object) -> asyncio.TimerHandle:
        if getattr(callback, "__self__", None) is desk.venue:
            timers.append(delay)
        return later(delay, callback, *rest)  # type: ignore[arg-type]

    desk = Desk(tmp_path, PaperSettings(drop_link_every_s=3600))
    monkeypatch.setattr(loop, "call_later", noted)
    await desk.venue.connect(desk.events.append)
    start_ns, _ = _next_outage(desk)
    desk.venue._on_timer()
    early = desk.links()
    desk.now = start_ns
    desk.venue._on_timer()

    assert [(start_ns - NOW) / SECOND] * 2 == timers
    assert [True] == early
    assert [True, False] == desk.links()
    await desk.venue.close()


def test_each_span_has_one_drop_of_its_own() -> None:
    """The drops are drawn: on the average so far apart as asked for, and not in step."""
    settings = PaperSettings(drop_link_every_s=4, drop_link_s=D("0.5"), seed=1)
    starts = [outage_of(settings, "acct-1", span)[0] for span in range(1000)]
    others = [outage_of(settings, "acct-2", span)[0] for span in range(1000)]
    gaps = [later - start for start, later in pairwise(starts)]

    assert all(start // (4 * SECOND) == span for span, start in enumerate(starts))
    assert min(gaps) < SECOND
    assert max(gaps) > 7 * SECOND
    assert starts != others


async def test_the_count_of_calls_has_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is forgotten first is the oldest."""
    monkeypatch.setattr(weather_module, "CALLS_COUNTED_MAX", 2)
    desk = await opened(tmp_path, lose_reply_probability=HALF)
    for name in ("a", "b", "a", "c"):
        await desk.submit(name)

    assert {("submit", "a"): 2, ("submit", "c"): 1} == desk.venue._calls
    await desk.venue.close()


async def test_a_lagging_account_proves_no_absence(tmp_path: Path) -> None:
    """What it does not show yet may be there; a canary is named when it is shown itself."""
    desk = await opened(tmp_path, visibility_lag_ms=300)
    await desk.submit("a")
    young = await desk.venue.lookup(order("a"), order("b"))
    desk.now += 300_000_000
    found = await desk.venue.lookup(order("a"), order("b"))
    await desk.submit("b")
    with_canary = await desk.venue.lookup(order("b"), order("a"))

    assert not desk.venue.capabilities.ids_unique_for_ever
    assert Absence(calls=("ledger",), covers_closed=True) == young
    assert isinstance(found, VenueOrder)
    assert Absence(calls=("ledger",), covers_closed=True, canary="a") == with_canary
    await desk.venue.close()


async def test_a_lagging_picture_hangs_together(tmp_path: Path) -> None:
    """Orders, fills and positions of one moment; a restart in between changes nothing."""
    lag = {"visibility_lag_ms": 300}
    desk = await opened(tmp_path, **lag)
    await desk.submit("a", quantity="3")
    await desk.submit("b", order_type=OrderType.LIMIT, price="1.0900")
    desk.now += 200_000_000
    await desk.submit("c", side="sell", quantity="1")
    await desk.venue.cancel(order("b"))
    await desk.venue.lookup(order("b"))
    desk.now += 100_000_000
    await desk.venue.close()
    again = Desk(tmp_path, desk.settings, now=desk.now)
    assert await again.venue.connect(again.events.append) is None
    then = await again.venue.snapshot(1)
    again.now += 200_000_000
    now = await again.venue.snapshot(1)
    assert isinstance(then, VenueSnapshot)
    assert isinstance(now, VenueSnapshot)

    assert [("b", OrderEvent.ACCEPTED)] == [(one.order, one.event) for one in then.orders]
    assert [("EURUSD", D(3))] == [(one.instrument, one.quantity) for one in then.positions]
    assert ["a"] == [fill.order for fill in then.fills]
    assert NOW == then.at_ns
    assert () == now.orders
    assert [("EURUSD", D(2))] == [(one.instrument, one.quantity) for one in now.positions]
    assert ["a", "c"] == [fill.order for fill in now.fills]
    await again.venue.close()


def test_names_what_is_on() -> None:
    """An account on good days has no bad ones; each setting that is on is named."""
    bad = PaperSettings(lose_report_probability=D("0.1"), drop_link_every_s=5)

    assert () == PaperSettings().bad_days
    assert ("lose_report_probability", "drop_link_every_s") == bad.bad_days


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lose_reply_probability", D("1.1")),
        ("lose_request_probability", D("-0.1")),
        ("lose_report_probability", D("NaN")),
        ("visibility_lag_ms", 60_001),
        ("drop_link_every_s", 86_401),
        ("drop_link_s", D(0)),
        ("drop_link_s", D(6)),
    ],
)
def test_refuses_weather_that_cannot_be(name: str, value: object) -> None:
    """A value outside its range is refused with the name; a drop is no longer than its span."""
    good = PaperSettings(drop_link_every_s=5)
    with pytest.raises(SettingInvalid, match=f"^{name} = "):
        replace(good, **{name: value})


def _next_outage(desk: Desk) -> tuple[int, int]:
    every_ns = desk.settings.drop_link_every_s * SECOND
    spans = (desk.now // every_ns, desk.now // every_ns + 1)
    outages = [outage_of(desk.settings, "acct-1", span) for span in spans]
    return next(outage for outage in outages if outage[0] > desk.now)
